"""`--fail-on-new`: only what the plan brings decides the exit code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from commands import call, refused
from scanner.findings import Status
from worlds import change, plan, scan

ON, OFF = {"enable_key_rotation": True, "arn": "a"}, {"enable_key_rotation": False, "arn": "a"}
KEY = "aws_kms_key.k"
OPEN = {"enable_key_rotation": True}
"""What is known only after apply."""

OPTIONS = ("--control", "key-rotation-enabled", "--fail-on", "medium", "-q")
CREATED_FAILS = change(KEY, OFF)
WORSE = change(KEY, OFF, before=ON)
KEPT = change(KEY, {**OFF, "description": "new"}, before=OFF)
UNTOUCHED = change("aws_kms_key.old", OFF, before=OFF, actions=["no-op"])
LOST = change(KEY, {"arn": "a"}, before=ON, unknown=OPEN)
CREATED_OPEN = change(KEY, {}, unknown=OPEN)


def saved(folder: Path, *changes: dict[str, Any], **top: Any) -> Path:
    file = folder / "plan.json"
    file.write_bytes(plan(*changes, **top))
    return file


@pytest.mark.parametrize(
    ("changes", "options", "code"),
    [
        ([CREATED_FAILS], [], 1),
        ([WORSE], [], 1),
        ([WORSE], ["--fail-on", "critical"], 0),
        ([KEPT], [], 0),
        ([UNTOUCHED], [], 0),
        ([UNTOUCHED, change("aws_kms_key.new", ON)], [], 0),
        ([UNTOUCHED, CREATED_FAILS], [], 1),
        ([LOST], [], 3),
        ([LOST], ["--allow-unknown"], 0),
        ([CREATED_OPEN], [], 3),
        ([CREATED_OPEN, UNTOUCHED], ["--allow-unknown"], 0),
        ([change(KEY, None, before=OFF, actions=["delete"])], [], 0),
    ],
)
def test_only_what_the_plan_brings_decides(
    changes: Sequence[dict[str, Any]], options: list[str], code: int, tmp_path: Path
) -> None:
    answer = call("plan", saved(tmp_path, *changes), *OPTIONS, "--fail-on-new", *options)
    assert answer.code == code, answer.said


def test_what_is_kept_fails_without_the_option(tmp_path: Path) -> None:
    assert call("plan", saved(tmp_path, KEPT), *OPTIONS).code == 1


def test_a_new_policy_that_opens_a_bucket_which_stays_as_it_is_fails(tmp_path: Path) -> None:
    bucket = {"bucket": "chat", "id": "chat", "arn": "arn:aws:s3:::chat"}
    grant = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::chat/*"}
    policy = {"bucket": "chat", "policy": json.dumps({"Version": "2012-10-17", "Statement": [grant]})}
    block = {"bucket": "chat", **dict.fromkeys(("block_public_policy", "restrict_public_buckets"), False)}
    kept = (
        change("aws_s3_bucket.b", bucket, before=bucket, actions=["no-op"]),
        change("aws_s3_bucket_public_access_block.b", block, before=block, actions=["no-op"]),
    )
    options = ("--control", "store-not-public", "-q", "--fail-on-new", "--allow-unknown")
    assert call("plan", saved(tmp_path, *kept), *options).code == 0
    assert call("plan", saved(tmp_path, *kept, change("aws_s3_bucket_policy.open", policy)), *options).code == 1


def test_what_is_not_decided_is_kept_where_the_plan_leaves_it_as_it_was() -> None:
    bucket = {"bucket": "chat", "id": "chat"}
    still = change("aws_s3_bucket.b", bucket, before=bucket, actions=["no-op"])

    def marks(*changes: dict[str, Any]) -> set[str | None]:
        found = scan(plan(*changes)).findings
        return {f.change for f in found if f.subject == "aws_s3_bucket.b" and f.status is Status.UNKNOWN}

    assert marks(still) == marks(still, change("aws_kms_key.new", ON)) == {"keeps"}
    assert marks(change("aws_s3_bucket.b", {**bucket, "tags": {"a": "b"}}, before=bucket)) == {"brings"}


def test_a_failure_that_is_not_known_to_have_been_there_counts(tmp_path: Path) -> None:
    bucket = {"bucket": "chat", "id": "chat"}
    split = {"bucket": "chat", "versioning_configuration": [{"status": "Suspended"}]}
    file = saved(
        tmp_path,
        change("aws_s3_bucket.b", bucket, before=bucket, actions=["no-op"]),
        change("aws_s3_bucket_versioning.v", split),
    )
    options = ("--control", "store-versioned", "--fail-on", "low", "-q", "--fail-on-new")
    document = json.loads(call("plan", file, *options, "-f", "json").out)
    assert [(f["status"], f["change"]) for f in document["findings"]] == [("fail", None)]
    assert call("plan", file, *options, "--allow-unknown").code == 1


def test_waivers_and_baselines_take_away_from_what_is_new(tmp_path: Path) -> None:
    file = saved(tmp_path, CREATED_FAILS)
    entry = {"control": "*", "subject": KEY, "requester": "ann", "approver": "bob", "reason": "agreed"}
    waivers, base = tmp_path / "waivers.yaml", tmp_path / "base.json"
    base.write_text(call("plan", file, *OPTIONS, "-f", "json").out)
    new = (*OPTIONS, "--fail-on-new")
    assert call("plan", file, *new, "--baseline", base).code == 0
    waivers.write_text(json.dumps({"waivers": [{**entry, "expires": "2999-12-31"}]}))
    assert call("plan", file, *new, "--waivers", waivers).code == 0
    waivers.write_text(json.dumps({"waivers": [{**entry, "expires": "2001-12-31"}]}))
    assert call("plan", file, *new, "--waivers", waivers).code == 1


def test_an_expired_waiver_of_what_was_there_fails_no_plan(tmp_path: Path) -> None:
    entry = {"control": "*", "subject": KEY, "requester": "ann", "approver": "bob", "reason": "agreed"}
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text(json.dumps({"waivers": [{**entry, "expires": "2001-12-31"}]}))
    file = saved(tmp_path, KEPT)
    assert call("plan", file, *OPTIONS, "--waivers", waivers).code == 1
    answer = call("plan", file, *OPTIONS, "--waivers", waivers, "--fail-on-new")
    assert answer.code == 0
    assert "EXPIRED" in answer.err


def test_a_state_brings_nothing(tmp_path: Path) -> None:
    resource = {"address": KEY, "mode": "managed", "type": "aws_kms_key", "name": "k", "values": OFF}
    document = {"format_version": "1.0", "values": {"root_module": {"resources": [resource]}}}
    file = tmp_path / "state.json"
    file.write_text(json.dumps(document))
    assert call("plan", file, *OPTIONS).code == 1
    assert call("plan", file, *OPTIONS, "--fail-on-new").code == 0


def test_a_part_of_a_plan_that_does_not_tell_what_is_new_is_refused(tmp_path: Path) -> None:
    resource = {"address": KEY, "mode": "managed", "type": "aws_kms_key", "name": "k", "values": OFF}
    file = tmp_path / "part.json"
    file.write_text(json.dumps({"planned_values": {"root_module": {"resources": [resource]}}}))
    assert call("plan", file, *OPTIONS).code == 1
    told = call("plan", file, *OPTIONS, "--fail-on-new")
    refused(told, "part.json", "does not tell what is changed", "terraform show -json")


def test_what_goes_away_is_told_apart_from_what_another_plan_calls_so(tmp_path: Path) -> None:
    gone, other = tmp_path / "gone.json", tmp_path / "other.json"
    gone.write_bytes(plan(change(KEY, None, before=ON, actions=["delete"])))
    other.write_bytes(plan(change(KEY, OFF, before=OFF, actions=["no-op"])))
    assert call("plan", gone, other, *OPTIONS, "--fail-on-new").code == 0
