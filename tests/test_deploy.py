"""What is under deploy/ runs: every command line in it is one, every file it names is there, every format holds."""

from __future__ import annotations

import configparser
import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands import PROGRAM, parsed
from live import ACCOUNT, REGION, Live
from scanner import config, waivers
from tools import ROOT

DEPLOY = ROOT / "deploy"
NIGHTLY = DEPLOY / "nightly.sh"
INSTALLED = "trustscan-nightly"
"""What nightly.sh is called where it is installed."""


def nightly(*words: str, home: Path, program: Path | str = PROGRAM, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the script of one night."""
    known = {**os.environ, "TRUSTSCAN_HOME": str(home), "TRUSTSCAN": str(program), **env}
    return subprocess.run(["sh", NIGHTLY, *words], env=known, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A program in the place of trustscan that only says how it was called."""
    path = tmp_path / "trustscan"
    path.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 3\n', "utf-8")
    path.chmod(0o755)
    return path


# --- the script of one night -----------------------------------------------------------------------------------------


def saved(answer: subprocess.CompletedProcess[str]) -> tuple[str, bool]:
    """Name of the capture's folder, and whether it is an interrupted one."""
    options = parsed(answer.stdout.splitlines())
    return Path(options["save"]).name, options["resume"]


def test_a_night_is_a_command_line_of_ours_and_its_exit_code_is_kept(told: Path, tmp_path: Path) -> None:
    answer = nightly("--organization", "--region", REGION, home=tmp_path / "h", program=told)
    assert answer.returncode == 3, answer.stderr
    options = parsed(answer.stdout.splitlines())
    assert options["organization"]
    assert list(options["region"]) == [REGION]
    assert Path(options["run_dir"]) == tmp_path / "h" / "runs"
    assert Path(options["save"]).parent == tmp_path / "h" / "captures"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", Path(options["save"]).name)


def test_a_second_scan_of_a_night_has_a_folder_of_its_own(told: Path, tmp_path: Path) -> None:
    first, _ = saved(nightly(home=tmp_path, program=told))
    (tmp_path / "captures" / first).mkdir(parents=True)
    assert saved(nightly(home=tmp_path, program=told)) == (f"{first}.2", False)
    (tmp_path / "captures" / f"{first}.2").mkdir()
    assert saved(nightly(home=tmp_path, program=told)) == (f"{first}.3", False)


def test_what_was_interrupted_goes_on_while_it_is_the_same_night(told: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "captures" / "2026-11-20" / "ledger.sqlite"
    ledger.parent.mkdir(parents=True)
    ledger.touch()
    assert saved(nightly(home=tmp_path, program=told)) == ("2026-11-20", True)
    long_ago = time.time() - 13 * 3600
    os.utime(ledger, (long_ago, long_ago))
    name, resume = saved(nightly(home=tmp_path, program=told))
    assert name != "2026-11-20"
    assert not resume
    assert saved(nightly(home=tmp_path, program=told, TRUSTSCAN_RESUME_HOURS="24")) == ("2026-11-20", True)
    # SQLite writes beside the file first.
    (ledger.parent / "ledger.sqlite-wal").touch()
    assert saved(nightly(home=tmp_path, program=told)) == ("2026-11-20", True)


@pytest.mark.slow
def test_two_nights_leave_a_chain_captures_and_reports(faked: Live, tmp_path: Path) -> None:
    faked.client("kms").create_key()
    options = ("--region", REGION, "--control", "key-*", "--fail-on", "medium")
    for _ in range(2):
        answer = nightly(*options, home=tmp_path)
        assert answer.returncode == 1, answer.stderr
        assert "key-rotation-enabled" in answer.stdout
        assert f"note: {ACCOUNT}: " in answer.stderr
    records = [json.loads(path.read_bytes()) for path in sorted((tmp_path / "runs").glob("*.run.json"))]
    assert sorted(bool(record["previous"]) for record in records) == [False, True]
    assert [(path / "capture.json").exists() for path in (tmp_path / "captures").iterdir()] == [True, True]
    assert json.loads((tmp_path / "reports" / "last.json").read_bytes())["summary"]["inputs"] == [ACCOUNT]
    assert "key-rotation-enabled" in (tmp_path / "reports" / "last.md").read_text("utf-8")
    for path in tmp_path.rglob("*"):
        assert not path.stat().st_mode & 0o077, f"{path} is open to others"


# --- the container ---------------------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """Instructions of the container's file, continued lines joined."""
    text = (DEPLOY / "container" / "Containerfile").read_text("utf-8")
    lines = re.sub(r"(?m)^#.*\n", "", text).replace("\\\n", " ").splitlines()
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()]


def copied() -> Iterator[str]:
    """What is copied from the repository."""
    for name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from"):
            yield from rest.split()[:-1]


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps a file of the repository out: the last pattern that matches it, or a folder above."""
    answer = False
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        pattern, keep = line.removeprefix("!"), line.startswith("!")
        above = [path, *map(str, Path(path).parents)]
        if line and not line.startswith("#") and any(_matches(part, pattern) for part in above):
            answer = not keep
    return answer


def _matches(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return pattern[3:] in Path(path).parts
    return fnmatch.fnmatchcase(path, pattern) and path.count("/") == pattern.count("/")


def test_the_image_is_built_from_files_that_are_there_and_not_ignored() -> None:
    sources = list(copied())
    assert "scanner" in sources
    for source in sources:
        assert (ROOT / source).exists(), f"{source} is not there"
        assert not ignored(source), f".dockerignore keeps {source} out"
    assert ignored(".git/config")
    assert ignored("tests/live.py")
    assert ignored("scanner/cli/__pycache__/app.pyc")


def test_what_is_copied_is_enough_to_build_the_package(tmp_path: Path) -> None:
    for source in copied():
        target = tmp_path / "src" / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, target)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "out")]
    done = subprocess.run(build, cwd=tmp_path / "src", capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "out").glob("trustscan-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = [path.relative_to(ROOT).as_posix() for path in (ROOT / "scanner").rglob("*.py")]
    controls = [path.relative_to(ROOT).as_posix() for path in (ROOT / "policies").rglob("*.yaml")]
    assert {*wanted, *(f"scanner/_{path}" for path in controls)} <= held


def test_the_image_runs_as_nobody_and_installs_only_what_has_a_hash() -> None:
    steps = instructions()
    last = max(i for i, (name, _) in enumerate(steps) if name == "FROM")
    (user,) = (rest for name, rest in steps[last:] if name == "USER")
    assert user.split(":")[0].isdigit()
    assert user.split(":")[0] != "0"
    installs = [step for name, rest in steps if name == "RUN" for step in rest.split("&&") if "pip install" in step]
    assert len(installs) == 2
    for install in installs:
        assert "--require-hashes" in install or ("--no-deps" in install and "--no-build-isolation" in install), install
    assert "://" not in " ".join(rest for _, rest in steps)


def test_the_image_starts_the_program() -> None:
    told = dict(instructions())
    assert json.loads(told["ENTRYPOINT"]) == ["trustscan"]
    assert json.loads(told["CMD"]) == ["--help"]
    scripts = [rest.split() for name, rest in instructions() if name == "COPY"]
    assert [NIGHTLY.relative_to(ROOT).as_posix(), f"/usr/local/bin/{INSTALLED}"] in scripts
    assert os.access(NIGHTLY, os.X_OK)
    assert "TRUSTSCAN_HOME=/var/lib/trustscan" in told["ENV"].split()
    assert told["VOLUME"] == "/var/lib/trustscan"


# --- systemd ---------------------------------------------------------------------------------------------------------


def unit(name: str) -> configparser.ConfigParser:
    """A unit file; keys keep their letters, and may stand several times."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DEPLOY / "systemd" / name).read_text("utf-8"))
    return parser


def test_the_service_runs_a_night_with_the_arguments_of_its_settings(told: Path, tmp_path: Path) -> None:
    service = unit("trustscan.service")["Service"]
    program, arguments = service["ExecStart"].split()
    assert (Path(program).name, arguments) == (INSTALLED, "$TRUSTSCAN_ARGS")
    lines = (DEPLOY / "systemd" / "environment").read_text("utf-8").splitlines()
    settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    words = shlex.split(settings["TRUSTSCAN_ARGS"])[0].split()
    assert parsed(nightly(*words, home=tmp_path, program=told).stdout.splitlines())["organization"]


def test_the_service_tries_again_only_what_was_killed() -> None:
    service = unit("trustscan.service")["Service"]
    assert service["Type"] == "oneshot"
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"].split() == ["1", "2", "3"]
    assert service["DynamicUser"] == "yes"
    assert "TRUSTSCAN_HOME=%S/trustscan" in service["Environment"].split()
    assert service["StateDirectory"] == "trustscan"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on the path")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in ("trustscan.service", "trustscan.timer"):
        text = (DEPLOY / "systemd" / name).read_text("utf-8")
        # It asks whether the program is there: give it one that is.
        (tmp_path / name).write_text(text.replace(f"/usr/local/bin/{INSTALLED}", str(NIGHTLY)), "utf-8")
    verify = ["systemd-analyze", "verify", "./trustscan.service", "./trustscan.timer"]
    done = subprocess.run(verify, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    told = [line for line in done.stderr.splitlines() if "trustscan" in line]
    assert (done.returncode, told) == (0, []), done.stderr


# --- GitHub ----------------------------------------------------------------------------------------------------------


def workflow() -> dict[Any, Any]:
    """The nightly workflow; `on` is a truth in YAML 1.1."""
    loaded: dict[Any, Any] = yaml.safe_load((DEPLOY / "github" / "nightly.yml").read_text("utf-8"))
    return loaded


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow()["jobs"]["scan"]["steps"]
    return found


def test_the_workflow_has_a_night_a_role_and_no_key() -> None:
    flow = workflow()
    assert len(flow[True]["schedule"][0]["cron"].split()) == 5
    assert flow["permissions"] == {"contents": "read", "id-token": "write"}
    assert "cancel-in-progress" not in flow["concurrency"]
    text = (DEPLOY / "github" / "nightly.yml").read_text("utf-8")
    assert "AWS_SECRET" not in text.upper()
    (role,) = (step["with"] for step in steps() if "configure-aws-credentials" in step.get("uses", ""))
    assert role["role-to-assume"] == "${{ vars.AWS_ROLE_ARN }}"


def test_the_workflow_passes_values_as_variables_only() -> None:
    for step in steps():
        assert "${{" not in step.get("run", "")


def test_the_workflow_refers_only_to_steps_and_files_that_are_there() -> None:
    text = (DEPLOY / "github" / "nightly.yml").read_text("utf-8")
    assert set(re.findall(r"steps\.([\w-]+)\.", text)) <= {step["id"] for step in steps() if "id" in step}
    named = set(re.findall(r"\.trustscan/([\w./-]+)", text))
    assert named == {"requirements-aws.txt", "requirements-build.txt", "deploy/nightly.sh"}
    for name in named:
        assert (ROOT / name).is_file()


def test_what_is_kept_is_kept_whatever_was_found() -> None:
    kept = [
        step for step in steps() if "cache/save" in step.get("uses", "") or "upload-artifact" in step.get("uses", "")
    ]
    assert [step["if"] for step in kept] == ["always()", "always()"]
    assert "state/captures" in kept[1]["with"]["path"]


@pytest.mark.parametrize("code", [0, 1, 2, 3, 137])
def test_the_workflow_ends_with_the_code_of_the_scan(code: int, tmp_path: Path) -> None:
    scan = next(step["run"] for step in steps() if step.get("id") == "scan")
    verdict = next(step["run"] for step in steps() if step.get("name") == "Verdict")
    (tmp_path / ".trustscan").symlink_to(ROOT)
    (tmp_path / "waivers.yaml").write_text("waivers: []\n", "utf-8")
    program = tmp_path / "trustscan"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >called\nexit {code}\n', "utf-8")
    program.chmod(0o755)
    env = {
        **os.environ,
        "ARGS": f"--organization --region {REGION}",
        "EXTERNAL_ID": "a b $(touch pwned)",
        "TRUSTSCAN_HOME": str(tmp_path / "state"),
        "TRUSTSCAN": str(program),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    done = subprocess.run(
        ["bash", "-e", "-c", scan], cwd=tmp_path, env=env, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output").read_text("utf-8") == f"exit-code={code}\n"
    options = parsed((tmp_path / "called").read_text("utf-8").splitlines())
    assert (options["organization"], options["external_id"]) == (True, "a b $(touch pwned)")
    assert options["waivers"] == "waivers.yaml"
    assert not (tmp_path / "pwned").exists()
    ended = subprocess.run(["bash", "-e", "-c", verdict], env={**os.environ, "CODE": str(code)}, check=False)
    assert ended.returncode == code


# --- Kubernetes ------------------------------------------------------------------------------------------------------


def documents() -> dict[str, dict[str, Any]]:
    """The documents of the manifest, by kind."""
    text = (DEPLOY / "kubernetes" / "cronjob.yaml").read_text("utf-8")
    return {document["kind"]: document for document in yaml.safe_load_all(text)}


def pod() -> dict[str, Any]:
    spec: dict[str, Any] = documents()["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return spec


def test_the_manifest_refers_only_to_what_it_makes() -> None:
    made = documents()
    names = {kind: document["metadata"]["name"] for kind, document in made.items()}
    assert pod()["serviceAccountName"] == names["ServiceAccount"]
    volumes = {volume["name"]: volume for volume in pod()["volumes"]}
    assert volumes["state"]["persistentVolumeClaim"]["claimName"] == names["PersistentVolumeClaim"]
    assert volumes["settings"]["configMap"]["name"] == names["ConfigMap"]
    (container,) = pod()["containers"]
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys()


def test_the_job_runs_a_night_that_the_program_takes(told: Path, tmp_path: Path) -> None:
    (container,) = pod()["containers"]
    assert container["command"] == [INSTALLED]
    options = parsed(nightly(*container["args"], home=tmp_path, program=told).stdout.splitlines())
    mounts = {mount["name"]: Path(mount["mountPath"]) for mount in container["volumeMounts"]}
    data = documents()["ConfigMap"]["data"]
    for option in ("config", "waivers"):
        assert Path(options[option]).parent == mounts["settings"]
        (tmp_path / option).write_text(data[Path(options[option]).name], "utf-8")
    assert config.load(tmp_path / "config") == config.Config()
    assert waivers.load(tmp_path / "waivers") == ()
    home = {variable["name"]: variable["value"] for variable in container["env"]}["TRUSTSCAN_HOME"]
    assert Path(home) == mounts["state"]


def test_the_job_may_write_only_where_it_keeps_things() -> None:
    (container,) = pod()["containers"]
    assert pod()["securityContext"]["runAsNonRoot"]
    (user,) = (rest for name, rest in instructions() if name == "USER")
    assert f"{pod()['securityContext']['runAsUser']}:{pod()['securityContext']['runAsGroup']}" == user
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert not container["securityContext"]["allowPrivilegeEscalation"]
    assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]


def test_the_job_tries_again_only_what_was_killed() -> None:
    job = documents()["CronJob"]["spec"]["jobTemplate"]["spec"]
    # Kubernetes takes a policy of failures only with this one ("Pod failure policy").
    assert pod()["restartPolicy"] == "Never"
    first = job["podFailurePolicy"]["rules"][0]
    assert first["action"] == "FailJob"
    assert first["onExitCodes"]["values"] == [1, 2, 3]
    assert first["onExitCodes"]["containerName"] == pod()["containers"][0]["name"]
    assert job["backoffLimit"] > 0
    assert documents()["CronJob"]["spec"]["concurrencyPolicy"] == "Forbid"
