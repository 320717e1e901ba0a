"""`trustscan plan --with checkov`: how the program is found and run, and the real one on real plans."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from commands import Answer, call, program, refused
from scanner.importers import checkov
from scanner.importers import program as programs
from scanner.redact import HIDDEN, credential_shape, hide_shapes
from scanner.terraform.planfile import Source
from scanner.terraform.read import read_plan
from test_importers import SECRETS, WRITTEN
from tools import CHECKOV
from worlds import FIXTURES, change, plan

STACK = WRITTEN / "stack" / "plan.json"
LEAKY = FIXTURES / "stacks" / "leaky"
ANSWER = WRITTEN / "checkov.json"
FORMATS = ("html", "json", "junit", "markdown", "sarif", "table")


def script(path: Path, *lines: str) -> Path:
    """A program that is a few lines of shell."""
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing but the shell's tools on it, no checkov beside us, none named."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("cat", "env", "head", "ls", "pwd", "sleep", "stat", "touch"):
        (folder / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("TRUSTSCAN_CHECKOV", raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere" / "python"))
    return folder


def with_checkov(*arguments: str | Path) -> Answer:
    return call("plan", *arguments, "--with", "checkov", "--format", "json")


def document(answer: Answer) -> dict[str, Any]:
    assert answer.code in {0, 1, 3}, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    return found


# --- how it is found


def test_where_there_is_none_the_ways_to_it_are_named(alone: Path) -> None:
    answer = with_checkov(STACK)
    refused(answer, "checkov: ", "pipx install checkov==3.3.30", "$TRUSTSCAN_CHECKOV", "install uv")
    assert len(answer.err.splitlines()) == 1
    assert alone.is_dir()


def test_it_is_found_as_named_then_beside_us_then_on_the_path_then_through_uv(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> list[str]:
        return programs.find("checkov", "3.3.30").words

    uv = script(alone / "uv")
    assert found() == [
        *(str(uv), "tool", "run", "--compile-bytecode"),
        *("--from", "checkov==3.3.30", "checkov"),
    ]
    on_path = script(alone / "checkov")
    assert found() == [str(on_path)]
    (tmp_path / "venv").mkdir()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    beside = script(tmp_path / "venv" / "checkov")
    assert found() == [str(beside)]
    (tmp_path / "my tools").mkdir()
    named = script(tmp_path / "my tools" / "ckv")
    monkeypatch.setenv("TRUSTSCAN_CHECKOV", str(named))
    assert found() == [str(named)]
    monkeypatch.setenv("TRUSTSCAN_CHECKOV", "uv tool run --offline checkov")
    assert found() == [str(uv), "tool", "run", "--offline", "checkov"]


def test_a_program_named_from_the_folder_at_hand_is_found_there(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "ckv", f"cat '{ANSWER}'")
    monkeypatch.chdir(tmp_path)
    for named in ("ckv", "./ckv"):
        monkeypatch.setenv("TRUSTSCAN_CHECKOV", named)
        assert document(with_checkov(STACK))["others"][0]["failed"] == 20
    monkeypatch.delenv("TRUSTSCAN_CHECKOV")
    monkeypatch.setenv("PATH", f"{alone}:here")
    (tmp_path / "here").mkdir()
    script(tmp_path / "here" / "checkov", f"cat '{ANSWER}'")
    assert document(with_checkov(STACK))["others"][0]["failed"] == 20


@pytest.mark.parametrize("named", ["nosuchprogram", "/nowhere/checkov", "'", " "])
@pytest.mark.usefixtures("alone")
def test_a_name_that_is_no_program_is_refused(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTSCAN_CHECKOV", named)
    refused(with_checkov(STACK), "$TRUSTSCAN_CHECKOV")


def test_a_scanner_that_is_not_run_here_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    refused(call("plan", tmp_path / "none.json", "--with", "trivy"), "there is no importer 'trivy'", "checkov")
    refused(call("plan", tmp_path / "none.json", "--with", "sarif"), "trustscan import")


# --- how it is run


def test_it_gets_the_plan_alone_no_input_and_no_key_and_nothing_of_it_is_left(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    script(
        alone / "checkov",
        f'exec 3>"{seen}"; echo "$*" >&3; pwd >&3; ls "$HOME" >&3; stat -c %a "$2" >&3; env >&3; cat >&3; cat "$2" >&3',
        f"cat '{ANSWER}'",
    )
    secrets = {
        "BC_API_KEY": "bc-key-of-mine",
        "PRISMA_API_URL": "https://prisma.example",
        "AWS_SECRET_ACCESS_KEY": "aws-key-of-mine",
        "CHECKOV_EXTERNAL_CHECKS_DIR": "/checks-of-mine",
        "LOG_LEVEL": "DEBUG",
        "HTTPS_PROXY": "http://proxy.example",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    assert with_checkov(STACK).code == 1
    text = seen.read_text("utf-8")
    arguments, folder, mode = text.splitlines()[:3]
    file = arguments.split()[1]
    assert arguments == f"-f {file} --framework terraform_plan --compact --skip-download -o json"
    assert mode == "600"
    assert not [value for value in secrets.values() if value in text]
    assert "CKV_SKIP_PACKAGE_UPDATE_CHECK=true" in text
    assert f"HOME={folder}" in text
    assert text.endswith(STACK.read_text("utf-8"))
    assert not Path(file).exists()
    assert not Path(folder).exists()


def test_uv_keeps_its_folders_and_settings_though_checkov_gets_a_home_of_its_own(tmp_path: Path) -> None:
    given = {"UV_INDEX_URL": "https://index.example", "PATH": "/bin", "XDG_DATA_HOME": "/data", "BC_API_KEY": "x"}
    env = programs.environment(programs.Command(["uv"], is_uv=True), tmp_path, given)
    assert (env["UV_INDEX_URL"], env["XDG_DATA_HOME"], env["HOME"]) == (
        "https://index.example",
        "/data",
        str(tmp_path),
    )
    assert env["XDG_CACHE_HOME"] == str(Path.home() / ".cache")
    assert "BC_API_KEY" not in env
    assert "UV_INDEX_URL" not in programs.environment(programs.Command(["checkov"]), tmp_path, given)


CRASHES = {
    "ends with 2": ("echo 'Traceback: password=hunter2hunter2' >&2; exit 2", "ended with 2"),
    "is killed": ("kill -9 $$", "was ended by signal 9"),
    "writes nothing": ("exit 0", "wrote nothing"),
    "writes words": ("echo 'all good, hunter2hunter2'", "is not JSON"),
    "writes half": (f"head -c 2000 '{ANSWER}'", "ends in the middle of the JSON"),
    "writes another JSON": ('echo \'{"secret": "hunter2hunter2"}\'', "is not checkov's JSON"),
}


@pytest.mark.parametrize("case", CRASHES)
def test_a_program_that_fails_ends_in_one_line_without_what_it_said(case: str, alone: Path) -> None:
    line, said = CRASHES[case]
    script(alone / "checkov", line)
    answer = with_checkov(STACK)
    refused(answer, "checkov", str(STACK), said)
    assert len(answer.err.splitlines()) == 1
    assert "hunter2" not in answer.said


def test_a_program_that_cannot_be_started_is_refused(alone: Path) -> None:
    file = script(alone / "checkov")
    file.write_text("#!/nowhere/python\n", "utf-8")
    refused(with_checkov(STACK), "checkov: ", "cannot be started")


def test_a_program_that_does_not_end_is_ended_with_all_it_started(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_TIMEOUT", 1)
    pids = tmp_path / "pids"
    script(alone / "checkov", f'sleep 600 & echo $! >>"{pids}"; echo $$ >>"{pids}"; wait')
    refused(with_checkov(STACK), "took longer than", "was ended")
    assert not [pid for pid in map(int, pids.read_text("utf-8").split()) if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_another_version_and_a_plan_it_sees_nothing_in_are_said(alone: Path) -> None:
    nothing = (WRITTEN / "checkov-nothing.json").read_text("utf-8").replace("3.3.30", "3.2.1")
    (alone / "nothing.json").write_text(nothing, "utf-8")
    script(alone / "checkov", f"cat '{alone / 'nothing.json'}'")
    answer = with_checkov(STACK)
    assert "of checkov 3.2.1" in answer.err
    assert "saw no resource" in answer.err


def test_each_plan_is_given_to_it_and_joined_with_its_own(alone: Path, tmp_path: Path) -> None:
    script(alone / "checkov", f"cat '{ANSWER}'")
    other = tmp_path / "other.json"
    other.write_bytes(plan(change("aws_kms_key.fixed", {"enable_key_rotation": False})))
    found = document(with_checkov(STACK, other))
    assert [one["where"] for one in found["others"]] == [str(STACK), str(other)]
    both = {f["subject"] for f in found["findings"] if f["control"] == "key-rotation-enabled" and f["also"]}
    assert {f"{STACK}:aws_kms_key.fixed", f"{other}:aws_kms_key.fixed"} <= both


def test_a_record_names_what_it_wrote(alone: Path, tmp_path: Path) -> None:
    script(alone / "checkov", f"cat '{ANSWER}'")
    call("plan", STACK, "--with", "checkov", "--run-dir", tmp_path / "runs", "-q")
    (file,) = (tmp_path / "runs").glob("*.json")
    inputs = json.loads(file.read_bytes())["inputs"]
    assert [one["name"] for one in inputs] == [str(STACK), f"checkov 3.3.30: {STACK}"]
    assert len({one["sha256"] for one in inputs}) == 2


# --- the real program


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every format of the leaky stack, judged with the real program beside, and what was said meanwhile."""
    folder = tmp_path_factory.mktemp("leaky")
    assert CHECKOV.path
    outputs = [word for form in FORMATS for word in ("--output", f"{form}={folder / form}")]
    scan = ("plan", LEAKY / "plan.json", "--config", LEAKY / "trustscan.yaml")
    answer = program(*scan, "--with", "checkov", *outputs)
    assert answer.code == 1, answer.err
    return {"said": answer.said, **{form: (folder / form).read_text("utf-8") for form in FORMATS}}


@CHECKOV.needed
def test_the_recorded_answer_is_what_the_program_still_says() -> None:
    (now,) = checkov.read(programs.answer(STACK.read_bytes(), "plan.json", "checkov", "3.3.30"), "plan.json")
    (then,) = checkov.read(ANSWER.read_bytes(), "plan.json")
    assert set(now.results) == set(then.results)
    assert now.version == then.version


@CHECKOV.needed
def test_beside_checkov_every_verdict_of_ours_stays(leaky: dict[str, str]) -> None:
    alone = program("plan", LEAKY / "plan.json", "--config", LEAKY / "trustscan.yaml", "--format", "json")
    ours = {f["id"]: (f["status"], f["reason"]) for f in json.loads(alone.out)["findings"]}
    beside = json.loads(leaky["json"])
    assert {f["id"]: (f["status"], f["reason"]) for f in beside["findings"] if not f["tool"]} == ours
    (other,) = beside["others"]
    assert (other["version"], other["failed"]) == ("3.3.30", 290)
    shared = [f for f in beside["findings"] if f["also"] and f["status"] == "fail"]
    assert len(shared) > 25
    theirs = sum(f["tool"] == "checkov" and f["status"] == "fail" for f in beside["findings"])
    folded = {(o["check"], f["subject"]) for f in beside["findings"] for o in f["also"] if f["status"] == "fail"}
    otherwise = {(d["check"], d["subject"]) for d in beside["disagreements"] if d["says"] == "fail"}
    # Nothing it found is lost: folded, told as a disagreement, a finding of its own, or listed as mapped to nothing.
    assert len(folded) + len(otherwise) + theirs + len(other["unmapped"]) == other["failed"]


@CHECKOV.needed
def test_the_leaky_stack_leaks_nothing_beside_checkov(leaky: dict[str, str]) -> None:
    planted = planted_secrets()
    assert len(planted) > 3
    assert not [secret for secret in planted for text in leaky.values() if secret in text]


def planted_secrets() -> set[str]:
    """What the leaky plan marks as sensitive, or holds in the shape of a credential."""
    read = read_plan(Source("plan.json", (LEAKY / "plan.json").read_bytes()))
    shaped = set(re.findall(r'"([^"\\]{16,})"', (LEAKY / "plan.json").read_text("utf-8")))
    return {text for text in shaped if credential_shape(text) and hide_shapes(text) == HIDDEN} | {
        secret for secret in read.secrets if len(secret) > 8
    }


@CHECKOV.needed
def test_a_plan_on_one_line_leaks_nothing(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(json.loads(STACK.read_bytes())), "utf-8")
    outputs = [word for form in FORMATS for word in ("--output", f"{form}={tmp_path / form}")]
    answer = program("plan", file, "--with", "checkov", *outputs)
    texts = [answer.said, *((tmp_path / form).read_text("utf-8") for form in FORMATS)]
    assert all("CKV_AWS_16" in text for text in texts)
    assert not [secret for secret in SECRETS if any(secret in text for text in texts)]


@CHECKOV.needed
def test_a_plan_from_standard_input_is_given_to_it() -> None:
    answer = program("plan", "-", "--with", "checkov", "--format", "json", stdin=STACK.read_bytes())
    (other,) = document(answer)["others"]
    assert (other["where"], other["failed"]) == ("stdin", 20)


@CHECKOV.needed
def test_of_a_state_it_sees_nothing_and_that_is_said() -> None:
    state = FIXTURES / "terraform" / "zoo" / "state" / "state.json"
    answer = program("plan", state, "--with", "checkov", "--format", "json")
    assert "checkov saw no resource in" in answer.err
    assert document(answer)["others"][0]["failed"] == 0


WATCHED = """
import runpy, sys

def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        with open(sys.argv[0] + ".seen", "a") as seen:
            print(event, arguments, file=seen)

program = sys.argv[1]
sys.addaudithook(watch)
sys.argv = [sys.argv[0], *sys.argv[2:]]
runpy.run_path(program, run_name="__main__")
"""


@CHECKOV.needed
def test_it_opens_no_connection(tmp_path: Path) -> None:
    interpreter = Path(CHECKOV.path).read_bytes().split(b"\n", 1)[0].removeprefix(b"#!").decode().strip()
    if not Path(interpreter).is_file():
        pytest.skip("checkov here is no script of a Python that can be watched")
    watched = tmp_path / "watched.py"
    watched.write_text(WATCHED, "utf-8")
    command = f"{interpreter} {watched} {CHECKOV.path}"
    answer = program("plan", STACK, "--with", "checkov", "--format", "json", TRUSTSCAN_CHECKOV=command)
    assert document(answer)["others"][0]["failed"] == 20
    assert not (tmp_path / "watched.py.seen").exists()


@CHECKOV.needed
def test_it_needs_no_network() -> None:
    apart = ("unshare", "--net", "--map-root-user")
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], check=False, capture_output=True).returncode:
        pytest.skip("unshare cannot take the network away here")
    command = " ".join([*apart, CHECKOV.path])
    answer = program("plan", STACK, "--with", "checkov", "--format", "json", TRUSTSCAN_CHECKOV=command)
    assert document(answer)["others"][0]["failed"] == 20
