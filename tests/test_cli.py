"""The commands as people and pipelines use them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from commands import PROGRAM, call, program
from scanner import plugins
from scanner.cli import inputs
from scanner.errors import ConfigError
from tools import AWS_PROVIDER, TERRAFORM
from worlds import FIXTURES, change, plan

LEAKY = FIXTURES / "stacks" / "leaky" / "plan.json"
SOUND = FIXTURES / "stacks" / "sound" / "plan.json"
ZOO = FIXTURES / "terraform" / "zoo"

ROTATES = change("aws_kms_key.good", {"enable_key_rotation": True})
NEVER = change("aws_kms_key.bad", {"enable_key_rotation": False})
UNSEEN = change("aws_kms_key.unseen", {}, unknown={"enable_key_rotation": True})
ONE = ("--control", "key-rotation-enabled")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(name: str, *changes: dict[str, Any], **top: Any) -> str:
    Path(name).write_bytes(plan(*changes, **top))
    return name


def result(*args: str | Path, stdin: bytes = b"") -> dict[str, Any]:
    answer = call("plan", *args, "-q", "--format", "json", stdin=stdin)
    assert answer.code in {0, 1, 3}, answer.said
    document: dict[str, Any] = json.loads(answer.out)
    return document


def statuses(document: dict[str, Any]) -> dict[str, str]:
    return {finding["subject"]: finding["status"] for finding in document["findings"]}


# --- the installed program


def test_version_is_told_without_importing_the_scanner() -> None:
    answer = program("--version")
    assert answer.code == 0
    assert answer.out.startswith("trustscan ")
    probe = (
        "import sys; sys.argv = ['trustscan', '--version']; from scanner.main import main; main(); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert not {"typer", "rich", "yaml", "msgspec", "scanner.model"} & set(done.stdout.split())


def test_a_scan_imports_no_cloud_sdk_and_nothing_to_draw_with() -> None:
    probe = (
        "import sys, atexit\n"
        f"sys.argv = ['trustscan', 'plan', {str(SOUND)!r}, '-q']\n"
        "atexit.register(lambda: print('MODULES', *sys.modules))\n"
        "from scanner.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    names = done.stdout.partition("MODULES")[2].split()
    modules = {name.partition(".")[0] for name in names} | set(names)
    assert "yaml" in modules
    # google.protobuf alone is CEL's, which takes it in where it is installed.
    assert (
        not {"boto3", "botocore", "google.auth", "google.cloud", "azure", "networkx", "rich", "jinja2", "sqlalchemy"}
        & modules
    )


def test_the_leaky_stack_fails_and_the_sound_one_does_not() -> None:
    leaky = program("plan", LEAKY)
    assert leaky.code == 1
    assert leaky.out.startswith("FAILS ")
    assert "store-not-public" in leaky.out
    sound = program("plan", SOUND, "--config", SOUND.with_name("trustscan.yaml"), "--allow-unknown")
    assert sound.code == 0, sound.said
    assert "\n    fail  0\n" in sound.out


def test_a_pipe_that_closes_early_changes_nothing(tmp_path: Path) -> None:
    script = f'set -o pipefail; "{PROGRAM}" plan "{LEAKY}" | head -n 1; echo "code ${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.endswith("code 1\n")
    assert done.stderr == ""


def test_output_is_utf8_whatever_the_locale() -> None:
    answer = program("plan", LEAKY, "-q", PYTHONIOENCODING="ascii")
    assert "FAILS ───" in answer.out
    assert answer.err == ""


def test_a_name_that_is_no_text_is_read(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"pl\xffan.json")
    file.write_bytes(plan(ROTATES))
    answer = program("plan", file, "-q", "--format", "json", *ONE)
    assert answer.code == 0, answer.said
    assert json.loads(answer.out)["summary"]["inputs"][0].endswith("pl\\xffan.json")


def test_the_shell_completes_formats_and_controls() -> None:
    def completed(words: str) -> list[str]:
        count = str(len(words.split()))
        return program(_TRUSTSCAN_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=count).out.split()

    assert completed("trustscan plan --format ") == list(plugins.names("scanner.reports"))
    assert "key-rotation-enabled" in completed("trustscan plan --control ")


# --- what is scanned


def test_several_plans_are_one_world_and_shared_addresses_are_told_apart(folder: Path) -> None:
    assert folder.is_dir()
    first = save("a.json", NEVER)
    second = save("b.json", change("aws_kms_key.bad", {"enable_key_rotation": True}), ROTATES)
    found = statuses(result(first, second, *ONE))
    assert found == {"a.json:aws_kms_key.bad": "fail", "b.json:aws_kms_key.bad": "pass", "aws_kms_key.good": "pass"}


def test_standard_input_is_a_plan() -> None:
    assert statuses(result("-", *ONE, stdin=plan(NEVER))) == {"aws_kms_key.bad": "fail"}
    twice = call("plan", "-", "-", stdin=plan(NEVER))
    assert (twice.code, twice.out) == (2, "")
    assert "only once" in twice.err


def test_a_state_is_judged_and_said_to_be_one() -> None:
    answer = call("plan", ZOO / "state" / "state.json", "--format", "json")
    assert answer.code in {0, 1, 3}
    assert "is a state" in answer.err
    assert all(f["change"] is None for f in json.loads(answer.out)["findings"])


@pytest.mark.parametrize("case", ["errored", "target", "deferred"])
def test_a_partial_plan_is_judged_and_said_to_be_partial(case: str) -> None:
    file = ZOO / case / "plan.json"
    answer = call("plan", file, "--format", "json")
    assert answer.code in {0, 1, 3}
    assert "does not hold the whole configuration" in answer.err
    assert json.loads(answer.out)["summary"]["notes"]
    assert call("plan", file, "--quiet", "--format", "json").err == ""


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that real terraform initialised, with a saved plan."""
    folder = tmp_path_factory.mktemp("workspace")
    shutil.copy(ZOO / "saved" / "main.tf", folder)
    env = {**os.environ, "CHECKPOINT_DISABLE": "1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    env |= {"TF_CLI_CONFIG_FILE": str(folder / "rc"), "TF_IN_AUTOMATION": "1"}
    (folder / "rc").write_text("")
    lock = ["flock", os.environ.get("TF_LOCK", str(folder / "lock"))] if shutil.which("flock") else []
    for args in (
        ["init", "-input=false", f"-plugin-dir={AWS_PROVIDER.path}"],
        ["plan", "-input=false", "-refresh=false", "-out=tfplan"],
    ):
        done = subprocess.run(
            [*lock, TERRAFORM.path, f"-chdir={folder}", *args], env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"terraform {args[0]} is not possible here: {done.stderr[-300:]}")
    return folder


@TERRAFORM.needed
@AWS_PROVIDER.needed
@pytest.mark.slow
def test_a_saved_plan_is_read_in_its_own_folder_or_the_one_named(workspace: Path, folder: Path) -> None:
    direct = result(workspace / "tfplan")
    assert statuses(direct)
    assert direct["summary"]["inputs"] == [str(workspace / "tfplan")]
    shutil.copy(workspace / "tfplan", "elsewhere")
    assert statuses(result("elsewhere", "--chdir", workspace)) == statuses(direct)
    content = (workspace / "tfplan").read_bytes()
    assert statuses(result("-", "--chdir", workspace, stdin=content)) == statuses(direct)
    assert "run 'terraform init'" in call("plan", folder / "elsewhere").err


# --- how it is judged


@pytest.mark.parametrize(
    ("changes", "options", "code"),
    [
        ([ROTATES], [], 0),
        ([NEVER], [], 0),
        ([NEVER], ["--fail-on", "medium"], 1),
        ([NEVER], ["--fail-on", "low"], 1),
        ([UNSEEN], [], 0),
        ([UNSEEN], ["--fail-on", "medium"], 3),
        ([UNSEEN], ["--fail-on", "medium", "--allow-unknown"], 0),
        ([NEVER, UNSEEN], ["--fail-on", "medium"], 1),
        ([NEVER, UNSEEN], ["--fail-on", "medium", "--allow-unknown"], 1),
    ],
)
def test_exit_codes(changes: list[dict[str, Any]], options: list[str], code: int, folder: Path) -> None:
    assert folder.is_dir()
    answer = call("plan", save("plan.json", *changes), *ONE, *options)
    assert answer.code == code, answer.said


def waive(control: str, subject: str, expires: str = "2999-12-31") -> str:
    entry = {"control": control, "subject": subject, "requester": "ann", "approver": "bob", "reason": "agreed"}
    Path("waivers.yaml").write_text(json.dumps({"waivers": [{**entry, "expires": expires}]}))
    return "waivers.yaml"


def test_a_waived_finding_keeps_its_status_is_shown_and_does_not_fail(folder: Path) -> None:
    assert folder.is_dir()
    file = save("plan.json", NEVER, UNSEEN)
    options = (*ONE, "--fail-on", "medium", "--waivers", waive("key-*", "aws_kms_key.*"))
    assert call("plan", file, *options).code == 0
    document = result(file, *options)
    assert statuses(document) == {"aws_kms_key.bad": "fail", "aws_kms_key.unseen": "unknown"}
    assert document["summary"]["waived"] == 2
    assert document["findings"][0]["waiver"]["approver"] == "bob"
    assert "WAIVED" in call("plan", file, *options).out


def test_a_waiver_that_covers_nothing_is_told(folder: Path) -> None:
    assert folder.is_dir()
    answer = call("plan", save("plan.json", ROTATES), *ONE, "--waivers", waive("key-*", "aws_kms_key.good"))
    assert answer.code == 0
    assert "covers nothing" in answer.err


def test_a_waivers_address_means_itself_and_stars_mean_any(folder: Path) -> None:
    assert folder.is_dir()
    file = save("plan.json", change('aws_kms_key.k["a"]', {"enable_key_rotation": False}), NEVER)
    options = (*ONE, "--fail-on", "medium", "--waivers")
    for subject in ('aws_kms_key.k["a"]', "aws_kms_key.k[*]"):
        waived = [f["subject"] for f in result(file, *options, waive("*", subject))["findings"] if f["waiver"]]
        assert waived == ['aws_kms_key.k["a"]']


def test_what_the_baseline_had_does_not_fail_and_what_is_new_does(folder: Path) -> None:
    assert folder.is_dir()
    old, new = save("plan.json", NEVER, UNSEEN), save("new.json", NEVER, UNSEEN, change("aws_kms_key.new", {}))
    Path("base.json").write_text(call("plan", old, *ONE, "--format", "json").out)
    options = (*ONE, "--fail-on", "medium", "--baseline", "base.json")
    assert call("plan", old, *options).code == 0
    assert "KNOWN FROM THE BASELINE" in call("plan", old, *options).out
    answer = call("plan", new, *options)
    assert answer.code == 1
    assert "aws_kms_key.new" in answer.out
    assert "aws_kms_key.bad" not in answer.out
    assert result(old, *options)["summary"]["baseline"] == 2


def test_a_baseline_follows_a_resource_that_was_moved(folder: Path) -> None:
    assert folder.is_dir()
    Path("base.json").write_text(call("plan", save("a.json", NEVER), *ONE, "--format", "json").out)
    moved = change("aws_kms_key.renamed", {"enable_key_rotation": False}) | {"previous_address": "aws_kms_key.bad"}
    assert call("plan", save("b.json", moved), *ONE, "--fail-on", "medium", "--baseline", "base.json").code == 0


def test_a_passing_finding_of_an_earlier_result_is_no_baseline(folder: Path) -> None:
    file = folder / "base.json"
    findings = [{"id": "a", "status": "pass"}, {"id": "b", "status": "fail"}, {"id": 5, "status": "fail"}, 7]
    file.write_text(json.dumps({"schema": "trustscan/1", "findings": findings}))
    assert inputs.baseline(file) == {"b": "fail"}
    file.write_text('{"schema": "trustscan/1", "findings": 5}')
    with pytest.raises(ConfigError):
        inputs.baseline(file)


@pytest.mark.parametrize(
    ("then", "now", "code"), [("unknown", "fail", 1), ("fail", "fail", 0), ("unknown", "unknown", 0)]
)
def test_what_an_earlier_result_could_not_decide_and_fails_now_is_new(
    folder: Path, then: str, now: str, code: int
) -> None:
    file = save("plan.json", NEVER if now == "fail" else UNSEEN)
    document = json.loads(call("plan", file, *ONE, "--format", "json").out)
    document["findings"][0]["status"] = then
    (folder / "base.json").write_text(json.dumps(document))
    assert call("plan", file, *ONE, "--fail-on", "medium", "--baseline", "base.json").code == code


def test_controls_are_chosen_by_globs(folder: Path) -> None:
    assert folder.is_dir()
    file = save("plan.json", NEVER)
    assert {f["control"] for f in result(file, "--control", "key-*")["findings"]} >= {"key-rotation-enabled"}
    both = result(file, "--control", "key-*", "--control", "store-*")["summary"]["controls"]
    left = result(file, "--control", "key-*", "--control", "store-*", "--skip", "key-policy-*", "--skip", "key-rot*")
    assert left["summary"]["controls"] == both - 3
    assert not any(f["control"].startswith(("key-policy", "key-rot")) for f in left["findings"])
    assert result(file)["summary"]["controls"] > result(file, *ONE)["summary"]["controls"] == 1


def test_the_users_own_controls_stand_beside_ours(folder: Path) -> None:
    own = folder / "own"
    own.mkdir()
    ours = (FIXTURES.parent / "policies" / "keys" / "key-rotation-enabled.yaml").read_text()
    (own / "mine.yml").write_text(ours.replace("id: key-rotation-enabled", "id: my-rotation"))
    document = result(save("plan.json", NEVER), "--policies", own, "--control", "*-rotation*")
    assert {"my-rotation", "key-rotation-enabled"} <= {f["control"] for f in document["findings"]}


def test_settings_are_read_from_the_folder_or_the_file_named(folder: Path) -> None:
    bucket = change("aws_s3_bucket.x", {"bucket": "x"})
    file = save("plan.json", bucket)
    control = ("--control", "store-retention-set")
    assert statuses(result(file, *control)) == {}
    text = "data:\n  - classes: [transcript]\n    match: {name: x}\n"
    (folder / "other.yaml").write_text(text)
    assert statuses(result(file, *control, "--config", "other.yaml")) == {"aws_s3_bucket.x": "fail"}
    (folder / "trustscan.yaml").write_text(text)
    assert statuses(result(file, *control)) == {"aws_s3_bucket.x": "fail"}


def test_each_failure_says_what_the_plan_does_to_it(folder: Path) -> None:
    assert folder.is_dir()
    off, on = {"enable_key_rotation": False}, {"enable_key_rotation": True}
    file = save(
        "plan.json",
        change("aws_kms_key.new", off),
        change("aws_kms_key.worse", off, before=on),
        change("aws_kms_key.same", off, before=off, actions=["no-op"]),
        change("aws_kms_key.better", on, before=off),
    )
    found = {f["subject"].removeprefix("aws_kms_key."): f["change"] for f in result(file, *ONE)["findings"]}
    assert found == {"new": "brings", "worse": "brings", "same": "keeps", "better": "resolves"}
    assert "RESOLVED BY THIS PLAN" in call("plan", file, *ONE).out


# --- what comes out


def test_several_formats_at_once(folder: Path) -> None:
    file = save("plan.json", NEVER)
    outputs = [f"--output={form}={form}.out" for form in ("json", "sarif", "junit", "markdown", "table")]
    answer = call("plan", file, *ONE, "--fail-on", "medium", *outputs)
    assert answer.code == 1
    assert answer.out == (folder / "table.out").read_text()
    assert json.loads((folder / "json.out").read_text())["schema"] == "trustscan/1"
    assert json.loads((folder / "sarif.out").read_text())["version"] == "2.1.0"
    assert (folder / "junit.out").read_text().startswith("<?xml")
    assert (folder / "markdown.out").read_text().startswith("## trustscan: 1 failure")
    assert not list(folder.glob(".trustscan-*"))


def test_an_output_replaces_the_old_one_and_keeps_its_mode(folder: Path) -> None:
    out, link = folder / "out.json", folder / "link.json"
    out.write_text("old")
    out.chmod(0o640)
    link.symlink_to(out)
    call("plan", save("plan.json", NEVER), *ONE, "-o", "json=link.json")
    assert link.is_symlink()
    assert json.loads(out.read_text())["schema"] == "trustscan/1"
    assert out.stat().st_mode & 0o777 == 0o640


def test_a_device_is_written_to_and_never_replaced(folder: Path) -> None:
    assert folder.is_dir()
    before = Path("/dev/null").stat()
    answer = call("plan", save("plan.json", NEVER), *ONE, "-o", "json=/dev/null")
    assert answer.code == 0
    after = Path("/dev/null").stat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    text = program("plan", "plan.json", "-q", *ONE, "-o", "json=/dev/stderr", cwd=folder)
    assert json.loads(text.err)["schema"] == "trustscan/1"


def test_results_go_to_standard_output_and_all_else_to_standard_error() -> None:
    answer = program("plan", ZOO / "drift" / "plan.json", "--format", "json")
    assert json.loads(answer.out)
    assert answer.err.startswith("note: ")


def test_a_hostile_name_does_not_reach_the_terminal(folder: Path) -> None:
    assert folder.is_dir()
    name = '\x1b[2Jevil\u202e"'
    bad = change("aws_s3_bucket.b", {"bucket": "b"}) | {"address": f"aws_s3_bucket.b[{name}]"}
    drift = {"resource_drift": [bad | {"change": {"actions": ["update"], "before": {}, "after": {"a": 1}}}]}
    answer = call("plan", save("plan.json", bad, **drift))
    assert "evil" in answer.out
    assert "evil" in answer.err
    assert "\x1b" not in answer.said
    assert "\u202e" not in answer.said


def test_help_tells_the_exit_codes() -> None:
    answer = call("--help")
    assert answer.code == 0
    assert "Exit codes" in answer.out
    assert "--baseline" in call("plan", "--help").out
