"""`trustscan live aws` as a user runs it: one account, several, a whole organization; kept, resumed, judged again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest

from commands import PROGRAM, call, program, refused
from faulty import FaultyServer, Reply, Seen, error
from furnished import furnish
from live import ACCOUNT, REGION, Live
from scanner.collect.gather import Gathering

OTHER = "222222222222"
ONE = ("--region", REGION)


def _findings(out: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(out)["findings"]
    return found


def _verdicts(out: str) -> set[tuple[str, str, str]]:
    return {(f["control"], f["subject"], f["status"]) for f in _findings(out)}


def _in(account: str, region: str = REGION) -> Callable[[str], Any]:
    """Clients of another account, entered through a role."""
    role = f"arn:aws:iam::{account}:role/trustscan"
    given = boto3.client("sts", region_name=region).assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    return lambda service: boto3.client(service, region_name=region, **keys)


def test_an_account_is_judged(faked: Live) -> None:
    key = faked.client("kms").create_key()["KeyMetadata"]["Arn"]
    answer = call("live", "aws", *ONE, "--format", "json", "--control", "key-*")
    assert answer.code == 0, "rotation is of medium severity"
    assert ("key-rotation-enabled", key, "fail") in _verdicts(answer.out)
    document = json.loads(answer.out)
    assert document["summary"]["inputs"] == [ACCOUNT]
    assert "1 resources" in answer.err or f"note: {ACCOUNT}: " in answer.err


def test_a_capture_is_judged_again_to_the_same_findings(faked: Live, tmp_path: Path) -> None:
    furnish(faked.client, 2)
    saved = tmp_path / "night"
    live = call("live", "aws", *ONE, "--format", "json", "--save", saved)
    faked.server.reset()
    again = call("judge", saved, "--format", "json")
    assert _findings(live.out), "there is something to judge"
    assert json.loads(again.out) == json.loads(live.out)
    assert again.code == live.code


def test_a_capture_holds_no_secret(faked: Live, tmp_path: Path) -> None:
    furnish(faked.client, 2)
    saved = tmp_path / "night"
    call("live", "aws", *ONE, "--save", saved)
    import gzip  # noqa: PLC0415 - only here

    text = "".join(gzip.decompress(path.read_bytes()).decode() for path in saved.rglob("*.gz"))
    assert "vendor/1" in text, "the secret's name is metadata"
    assert "correct-horse-battery-staple" not in text
    assert "xxxxxxxxxx" not in text


def test_two_nights_are_compared(faked: Live, tmp_path: Path) -> None:
    kms = faked.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    gone = faked.client("secretsmanager").create_secret(Name="old", SecretString="x" * 20)["ARN"]
    call("live", "aws", *ONE, "--save", tmp_path / "one")
    kms.enable_key_rotation(KeyId=key)
    new = kms.create_key()["KeyMetadata"]["Arn"]
    faked.client("secretsmanager").delete_secret(SecretId=gone, ForceDeleteWithoutRecovery=True)
    call("live", "aws", *ONE, "--save", tmp_path / "two")
    answer = call("diff", tmp_path / "one", tmp_path / "two", "--json")
    assert answer.code == 1
    found = json.loads(answer.out)
    assert [thing["id"] for thing in found["new"] if thing["kind"] == "key"] == [new]
    assert gone in [thing["id"] for thing in found["gone"]]
    assert (key, "key.rotates", "changed", False, True) in [
        (c["resource"], c["fact"], c["how"], c["before"], c["after"]) for c in found["facts"]
    ]
    assert ("key-rotation-enabled", key, "fail", "pass") in [
        (c["control"], c["subject"], c["before"], c["after"]) for c in found["findings"]
    ]
    told = call("diff", tmp_path / "one", tmp_path / "two")
    assert "rotates: False -> True" in told.out
    assert "key-rotation-enabled (medium): fail -> pass" in told.out
    assert call("diff", tmp_path / "one", tmp_path / "one").code == 0


def test_several_accounts_are_one_world(faked: Live) -> None:
    mine = faked.client("kms").create_key()["KeyMetadata"]["Arn"]
    theirs = _in(OTHER)("kms").create_key()["KeyMetadata"]["Arn"]
    roles = [f"arn:aws:iam::{account}:role/trustscan" for account in (ACCOUNT, OTHER)]
    answer = call("live", "aws", *ONE, "--format", "json", *(part for role in roles for part in ("--role-arn", role)))
    subjects = {f["subject"] for f in _findings(answer.out) if f["control"] == "key-rotation-enabled"}
    assert subjects == {mine, theirs}
    assert json.loads(answer.out)["summary"]["inputs"] == [ACCOUNT, OTHER]


def test_an_organization_is_read_account_by_account(faked: Live) -> None:
    organizations = faked.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="prod")["OrganizationalUnit"]["Id"]
    made = {}
    for name in ("chat", "billing"):
        status = organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
        made[name] = status["AccountId"]
        organizations.move_account(AccountId=made[name], SourceParentId=root, DestinationParentId=unit)
        _in(made[name])("kms").create_key()

    def accounts(*options: str) -> set[str]:
        answer = call("live", "aws", *ONE, "--organization", "--format", "json", "--control", "key-*", *options)
        return {subject.split(":")[4] for _, subject, _ in _verdicts(answer.out) if ":key/" in subject}

    assert accounts() == set(made.values())
    assert accounts("--include", unit, "--exclude", made["billing"]) == {made["chat"]}
    refused(call("live", "aws", *ONE, "--organization", "--include", "nobody"), "no account is left to read")


def test_an_account_that_cannot_be_entered_is_unknown_and_stops_nobody(
    faked: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = faked.client("kms").create_key()["KeyMetadata"]["Arn"]

    def fault(seen: Seen) -> Reply | None:
        denied = seen.operation == "AssumeRole" and OTHER.encode() in seen.body
        return error("AccessDenied", 403, "sts", "not you") if denied else None

    with FaultyServer(faked.server.url, fault) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        roles = [f"arn:aws:iam::{account}:role/trustscan" for account in (ACCOUNT, OTHER)]
        options = [part for role in roles for part in ("--role-arn", role)]
        answer = call("live", "aws", *ONE, "--format", "json", "--control", "key-*", *options)
    assert ("key-rotation-enabled", key, "fail") in _verdicts(answer.out)
    assert ("key-rotation-enabled", f"aws:{OTHER}", "unknown") in _verdicts(answer.out)
    reasons = [f["reason"] for f in _findings(answer.out) if f["subject"] == f"aws:{OTHER}"]
    assert all("AccessDenied on sts:AssumeRole" in reason for reason in reasons)


@pytest.mark.slow
def _distinct(seen: Sequence[Seen]) -> int:
    """How many different requests: moto answers some, which it lacks, with an error at each attempt."""
    return len({(one.service, one.operation, one.path, one.body) for one in seen})


def test_a_killed_scan_is_resumed_without_asking_again(
    faked: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(faked.client, 6)
    saved = tmp_path / "night"

    def slow(seen: Seen) -> Reply | None:
        return Reply(delay=0.05) if seen.number > 30 else None

    with FaultyServer(faked.server.url, slow) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        scan: list[str | Path] = [PROGRAM, "live", "aws", *ONE, "--save", saved, "--format", "json"]
        killed = subprocess.Popen(scan, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while _distinct(list(server.seen)) < 160 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(killed.pid, signal.SIGKILL)
        assert killed.wait(30) == -signal.SIGKILL
        before = list(server.seen)
        refused(program(*scan[1:]), "holds an interrupted scan", "--resume")
        again = program(*scan[1:], "--resume")
        resumed = server.seen[len(before) :]
        server.fault = lambda _: None
        whole = program("live", "aws", *ONE, "--format", "json")
        alone = server.seen[len(before) + len(resumed) :]
    assert again.code == whole.code
    assert _verdicts(again.out) == _verdicts(whole.out)
    kept = _distinct(before) - Gathering.shards_at_once * (1 + Gathering.calls_at_once)
    assert _distinct(resumed) <= _distinct(alone) - kept + 8, (
        "all that was answered is not asked again; what was on its way is"
    )
    assert not (saved / "ledger.sqlite").exists()
    assert _verdicts(call("judge", saved, "--format", "json").out) == _verdicts(whole.out)


def test_a_scan_whose_credentials_expire_goes_on_when_somebody_signed_in_again(
    faked: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = faked.client("kms").create_key()["KeyMetadata"]["Arn"]
    saved, scan = tmp_path / "night", ("live", "aws", *ONE, "--format", "json", "--control", "key-*")

    def expired(seen: Seen) -> Reply | None:
        return error("ExpiredTokenException", 400, "kms", "expired") if seen.operation == "GetKeyPolicy" else None

    with FaultyServer(faked.server.url, expired) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        answer = call(*scan, "--save", saved)
        assert f"credentials expired while {ACCOUNT} was read; sign in again, and --resume goes on" in answer.err
        assert ("key-policy-not-open", key, "unknown") in _verdicts(answer.out)
        before = len(server.seen)
        server.fault = lambda _: None
        again = call(*scan, "--save", saved, "--resume")
        operations = {seen.operation for seen in server.seen[before:]}
    assert "expired" not in again.err
    assert ("key-policy-not-open", key, "pass") in _verdicts(again.out)
    assert {"GetKeyPolicy", "GetCallerIdentity"} <= operations
    assert not {"ListKeys", "DescribeKey", "ListAliases"} & operations, "what was answered is not asked again"
    assert _verdicts(call("judge", saved, "--format", "json", "--control", "key-*").out) == _verdicts(again.out)
