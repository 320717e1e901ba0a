"""Every option of the live commands, and every mistake that a person can make with them, as one clear line."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from commands import HEEDING, PROGRAM, call, program, refused
from faulty import FaultyServer, Reply, Seen, error
from live import ACCOUNT, REGION, Live
from runs import small
from scanner.clouds.aws.live import checks
from scanner.clouds.aws.live.accounts import Wanted
from scanner.reports import table
from tools import ROOT

ONE = ("--region", REGION, "--control", "key-*")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/trustscan"


@pytest.fixture
def saved(faked: Live, tmp_path: Path) -> Path:
    """A finished capture of an account with one key that never rotates."""
    faked.client("kms").create_key()
    folder = tmp_path / "night"
    assert call("live", "aws", *ONE, "--save", folder, "--quiet").code == 0
    return folder


# --- which accounts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--role-arn", "abc"), "--role-arn 'abc': write arn:aws:iam::<account>:role/<name>"),
        (("--role-arn", f"arn:aws:iam::{ACCOUNT}:user/dana"), "write arn:aws:iam::<account>:role/<name>"),
        (("--role-arn", ""), "--role-arn '': write arn:aws:iam::<account>:role/<name>"),
        (("--role-arn", ROLE, "--session-name", "x"), "--session-name 'x': write 2 to 64"),
        (("--role-arn", ROLE, "--session-name", "two words"), "--session-name 'two words': write 2 to 64"),
        (("--role-arn", ROLE, "--session-name", "x" * 65), "write 2 to 64"),
        (("--role-arn", ROLE, "--external-id", "x"), "--external-id 'x': write 2 to 1,224"),
        (("--external-id", "some-id"), "--external-id goes with --role-arn or --organization"),
        (("--organization", "--role-name", "two words"), "--role-name 'two words': write the name of a role"),
        (("--role-name", "auditor"), "--role-name goes with --organization"),
        (("--include", ACCOUNT), "--include goes with --organization"),
        (("--exclude", "ou-1*"), "--exclude goes with --organization"),
        (("--organization", "--role-arn", ROLE), "is --role-name"),
        (("--region", "us-esat-1"), "has no such region; did you mean "),
        (("--region", "the moon"), "has no such region; it has "),
        (("--region", ""), "--region: is empty"),
        (("--profile", ""), "--profile: is empty"),
        (("--profile", "nobody"), "profile 'nobody': there is none of this name"),
        (("--format", "xml"), "there is no report 'xml'"),
    ],
)
def test_a_wrong_option_is_refused_in_a_line(faked: Live, options: tuple[str, ...], words: str) -> None:
    assert faked.server
    answer = call("live", "aws", *options)
    refused(answer, words)
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("name", ["x=1,y@b.c-d_e+f", "ab", "x" * 64])
def test_a_session_name_that_aws_takes_is_taken(name: str) -> None:
    checks.check(Wanted(role_arns=(ROLE,), session_name=name, external_id="a:b/c"))


def test_a_region_that_is_not_enabled_is_no_account_without_faults(faked: Live) -> None:
    assert faked.server
    answer = call("live", "aws", "--region", "ap-east-1", "--format", "json")
    assert answer.code == 3
    findings = json.loads(answer.out)["findings"]
    assert {finding["status"] for finding in findings} == {"unknown"}
    assert all("none of the regions asked for is enabled" in finding["reason"] for finding in findings)


def test_a_role_that_can_be_entered_stands_in_for_one_that_cannot(faked: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    key = faked.client("kms").create_key()["KeyMetadata"]["Arn"]

    def fault(seen: Seen) -> Reply | None:
        first = seen.operation == "AssumeRole" and not [s for s in server.seen[:-1] if s.operation == "AssumeRole"]
        return error("AccessDenied", 403, "sts", "not you") if first else None

    with FaultyServer(faked.server.url, fault) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        roles = ("--role-arn", ROLE, "--role-arn", f"arn:aws:iam::{ACCOUNT}:role/other")
        answer = call("live", "aws", *ONE, "--format", "json", *roles)
    found = json.loads(answer.out)
    assert found["summary"]["inputs"] == [ACCOUNT]
    assert (key, "fail") in {(f["subject"], f["status"]) for f in found["findings"] if "rotation" in f["control"]}


def test_accounts_that_are_left_out_are_told(faked: Live) -> None:
    organizations = faked.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="sandbox-1", Email="a@example.com")["CreateAccountStatus"]
    options = ("--organization", "--exclude", "sandbox-*", "--format", "json")
    answer = call("live", "aws", *ONE, *options)
    gaps = {(gap["scope"], gap["reason"]) for gap in json.loads(answer.out)["gaps"]}
    assert (f"aws:{made['AccountId']}", "left out with --include and --exclude") in gaps
    assert answer.code == 0, "what nobody asked for is told, and judged by nobody"


# --- credentials and the way to AWS ----------------------------------------------------------------------------------


def test_no_credentials_are_told(faked: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    assert faked.server
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    refused(call("live", "aws"), "there are no AWS credentials: name a --profile, set AWS_PROFILE")
    refused(call("live", "aws", "--role-arn", ROLE), "there are no AWS credentials")
    refused(call("live", "aws", "--organization"), "there are no AWS credentials")


def test_half_of_a_key_is_told(faked: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    assert faked.server
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    refused(call("live", "aws"), "the credentials of the environment cannot be used", "AWS_SECRET_ACCESS_KEY")


@pytest.mark.parametrize("options", [(), ("--organization",), ("--role-arn", ROLE)])
def test_expired_credentials_are_told(faked: Live, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]) -> None:
    def fault(_: Seen) -> Reply:
        return error("ExpiredToken", 403, "sts", "The security token included in the request is expired")

    with FaultyServer(faked.server.url, fault) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        refused(call("live", "aws", *options), "ExpiredToken", "token included in the request is expired")


def test_an_endpoint_that_does_not_answer_is_told(faked: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    assert faked.server
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    refused(call("live", "aws"), "AWS cannot be reached with the credentials of the environment: Could not connect")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AWS_ENDPOINT_URL", "garbage", "AWS_ENDPOINT_URL=garbage: is no address"),
        ("AWS_ENDPOINT_URL_KMS", "garbage", "AWS_ENDPOINT_URL_KMS=garbage: is no address"),
        ("AWS_MAX_ATTEMPTS", "many", "AWS_MAX_ATTEMPTS=many: must be a whole number from 1 on"),
        ("AWS_MAX_ATTEMPTS", "0", "must be a whole number from 1 on"),
        ("AWS_PROFILE", "nobody", "AWS_PROFILE: 'nobody': there is none of this name"),
    ],
)
def test_a_wrong_variable_is_told(
    faked: Live, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    assert faked.server
    monkeypatch.setenv(name, value)
    refused(call("live", "aws", *ONE), words)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[profile broken\n", "Unable to parse config file"),
        (f"[profile a]\nrole_arn={ROLE}\nsource_profile=nope\n", '"nope"'),
        ("[profile a]\ncredential_process=false\n", "custom-process"),
        ("[profile a]\nregion=eu-central-1\n", "profile 'a' has no credentials"),
    ],
)
def test_wrong_settings_of_aws_are_told(
    faked: Live, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: str, words: str
) -> None:
    assert faked.server
    (tmp_path / "config").write_text(settings, "utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    refused(call("live", "aws", "--profile", "a"), words)


# --- folders ---------------------------------------------------------------------------------------------------------


def test_folders_that_will_not_do_are_told_before_anything_is_asked(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    other = tmp_path / "notes"
    other.mkdir()
    (other / "todo.txt").write_text("mine", "utf-8")
    scan = ("live", "aws", *ONE)
    refused(call(*scan, "--save", other), "notes: is not empty", "new folder")
    refused(call(*scan, "--save", other / "todo.txt"), "todo.txt: is a file")
    refused(call(*scan, "--save", saved), "holds a finished capture")
    refused(call(*scan, "--save", saved, "--resume"), "holds a finished capture")
    refused(call(*scan, "--save", tmp_path / "none", "--resume"), "holds no interrupted scan to resume")
    refused(call(*scan, "--resume"), "--resume goes with --save")
    refused(call(*scan, "--run-dir", other / "todo.txt"), "todo.txt: runs cannot be kept there")
    refused(call(*scan, "--output", f"json={tmp_path}/none/x.json"), "none: there is no such folder")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [("none", "there is no such folder"), (".", "is no capture"), ("night/capture.json", "name its folder")],
)
def test_what_is_no_capture_is_not_judged(saved: Path, tmp_path: Path, name: str, words: str) -> None:
    assert saved.is_dir()
    refused(call("judge", tmp_path / name), words)


def test_things_that_cannot_be_compared_are_told(saved: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"format_version": "1.2", "resource_changes": []}', "utf-8")
    refused(call("diff", saved, plan), "plan.json: is no record of a run")
    refused(call("diff", saved, tmp_path / "none"), "none: ")
    refused(call("diff", saved, tmp_path), "holds no run and no capture")
    refused(call("diff", saved / "capture.json", saved), "capture.json: is of format 'trustscan-capture/1'")


def test_a_run_is_compared_with_its_capture_and_a_plan_with_both(saved: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    assert call("judge", saved, "--control", "key-*", "--run-dir", runs).code == 0
    assert call("diff", runs, runs).code == 0
    (record,) = runs.glob("*.run.json")
    assert call("diff", record, runs).code == 0
    plan = tmp_path / "plan.json"
    plan.write_text('{"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": []}', "utf-8")
    call("plan", plan, "--control", "key-*", "--run-dir", tmp_path / "planned")
    answer = call("diff", tmp_path / "planned", saved)
    assert answer.code == 1
    assert "+ key arn:aws:kms:" in answer.out


# --- what is said on the way -----------------------------------------------------------------------------------------


def test_where_things_were_kept_is_said_and_quiet_says_nothing(faked: Live, tmp_path: Path) -> None:
    assert faked.server
    answer = call("live", "aws", *ONE, "--save", tmp_path / "night", "--run-dir", tmp_path / "runs")
    assert f"note: saved in {tmp_path / 'night'}" in answer.err
    assert f"note: kept as {tmp_path / 'runs'}" in answer.err
    quiet = call("live", "aws", *ONE, "--save", tmp_path / "two", "--run-dir", tmp_path / "runs", "--quiet")
    assert quiet.err == ""


@pytest.mark.slow
def test_an_interrupt_says_how_to_go_on(faked: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultyServer(faked.server.url, lambda seen: Reply(delay=0.05) if seen.number > 5 else None) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        scan: list[str | Path] = [*HEEDING, "live", "aws", "--save", tmp_path / "night"]
        running = subprocess.Popen(scan, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while len(server.seen) < 40 and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=120)
    assert running.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert "interrupted; what was read is kept" in err
    assert "--resume" in err


def screen(*words: str | Path, columns: int) -> str:
    """What a program shows on a terminal."""
    main, side = pty.openpty()
    subprocess.run(["stty", "cols", str(columns)], stdin=side, check=True)
    running = subprocess.Popen(
        [PROGRAM, *words], stdin=side, stdout=side, stderr=side, env={**os.environ, "TERM": "xterm"}
    )
    os.close(side)
    shown = b""
    while select.select([main], [], [], 120)[0]:
        try:
            part = os.read(main, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    running.wait(120)
    os.close(main)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode(errors="replace"))


@pytest.mark.slow
@pytest.mark.parametrize("columns", [80, 60])
def test_the_bar_stays_on_one_line(faked: Live, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    assert faked.server
    monkeypatch.delenv("COLUMNS", raising=False)
    shown = screen("live", "aws", *ONE, columns=columns)
    bars = [part for line in shown.splitlines() for part in line.split("\r") if part.startswith("reading")]
    assert len(bars) > 2
    assert max(map(len, bars)) <= columns
    assert any(re.search(r" \d+/\d+", bar) for bar in bars)


@pytest.mark.parametrize("words", [("live", "aws"), ("judge",), ("diff",), ("permissions", "aws"), ()])
def test_help_fits_a_terminal(words: tuple[str, ...]) -> None:
    answer = program(*words, "--help", COLUMNS="80", NO_COLOR="1")
    assert answer.code == 0
    assert max(map(len, answer.out.splitlines())) <= 80
    assert "…" not in answer.out


def test_reports_tell_accounts_from_plans(saved: Path) -> None:
    sarif = json.loads(call("judge", saved, "--control", "key-*", "--format", "sarif").out)
    # GitHub takes the alerts of one category as closed that its next report leaves out.
    assert sarif["runs"][0]["automationDetails"]["id"] == "trustscan/account/"
    many, out = replace(small(), scanned="accounts", inputs=tuple("3456")), io.StringIO()
    table.write(many, out)
    assert "\n4 accounts ──" in out.getvalue()


def test_the_policy_of_the_caller_is_shown() -> None:
    shown = call("permissions", "aws", "--format", "caller")
    assert shown.out == (ROOT / "deploy" / "aws" / "caller.json").read_text("utf-8")
    assert "sts:AssumeRole" in shown.out


def test_help_tells_the_exit_codes() -> None:
    for words in (("live", "aws"), ("diff",), ()):
        assert "Exit codes: 0" in program(*words, "--help").out
