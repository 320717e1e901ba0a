"""What a user gets: the wheel, the pins, the action and the hooks, and a repository that names no machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import GIT, ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PINNED = sorted(path.name for path in ROOT.glob("requirements*.txt"))
LEAKY = ROOT / "fixtures" / "stacks" / "leaky" / "plan.json"
TIMEOUT = 300
"""Seconds after which a program counts as hung."""


def run(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program away from the repository; nothing of ours is on its path."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE_"))}
    return subprocess.run(
        words, cwd=cwd, env=clean | (env or {}), capture_output=True, text=True, check=False, timeout=TIMEOUT
    )


# --- the wheel -------------------------------------------------------------------------------------------------------


def build(source: Path, folder: Path, target: str) -> Path:
    """Build one distribution of the tree in `source`, with the pinned backend and no network."""
    done = run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=source)
    assert done.returncode == 0, done.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs' folder of an environment with the wheel in it; what it depends on is borrowed from this one."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False)
    paths = sysconfig.get_paths(vars={"base": str(home), "platbase": str(home)})
    # A path in a .pth file lends the packages, but not the editable trustscan: that one hangs on a .pth of its own.
    (Path(paths["purelib"]) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    python = Path(paths["scripts"]) / "python"
    pip = (sys.executable, "-m", "pip", "--python", str(python), "install")
    done = run(*pip, "--no-deps", "--no-index", "--ignore-installed", wheel, cwd=home)
    assert done.returncode == 0, done.stderr
    return Path(paths["scripts"])


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_carries_the_package_and_nothing_beside_it(wheel: Path) -> None:
    assert {name.split("/")[0] for name in names(wheel)} == {"scanner"}


def test_the_wheel_carries_every_policy(wheel: Path) -> None:
    policies = {path.relative_to(ROOT).as_posix() for path in (ROOT / "policies").rglob("*.yaml")}
    assert policies
    assert {f"scanner/_{policy}" for policy in policies} <= names(wheel)


def test_the_wheel_carries_requirements_criteria_and_types(wheel: Path) -> None:
    assert {"scanner/data/requirements.csv", "scanner/data/tsc.yaml", "scanner/py.typed"} <= names(wheel)


def test_the_source_distribution_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(build(ROOT, tmp_path / "sdist", "sdist")) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    assert names(build(source, tmp_path / "again", "wheel")) == names(wheel)


def test_the_installed_package_is_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "python", "-c", "import scanner; print(scanner.__file__)", cwd=tmp_path)
    assert Path(done.stdout.strip()).is_relative_to(installed.parent), done.stderr


def test_the_version_is_told_from_any_folder(installed: Path, tmp_path: Path) -> None:
    version = PROJECT["project"]["version"]
    programs: list[list[str | Path]] = [[installed / "python", "-m", "scanner.main"], [installed / "trustscan"]]
    for program in programs:
        done = run(*program, "--version", cwd=tmp_path)
        assert (done.returncode, version in done.stdout) == (0, True), done.stderr


def test_the_controls_are_found_from_any_folder(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "trustscan", "controls", cwd=tmp_path, env={"COLUMNS": "200"})
    assert done.returncode == 0, done.stderr
    for policy in (ROOT / "policies").rglob("*.yaml"):
        assert policy.stem in done.stdout


def test_the_requirement_list_is_found_from_any_folder(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "trustscan", "coverage", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "136" in done.stdout


def test_a_plan_is_judged_from_any_folder(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "trustscan", "plan", LEAKY, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("Traceback")) == (1, 0), done.stderr


@pytest.mark.parametrize("group", sorted(PROJECT["project"]["entry-points"]))
def test_every_plugin_of_ours_loads(group: str) -> None:
    ours = PROJECT["project"]["entry-points"][group]
    found = {plugin.name: plugin for plugin in entry_points(group=group)}
    assert ours.keys() <= found.keys()
    for name in ours:
        assert found[name].load() is not None


# --- the pins --------------------------------------------------------------------------------------------------------


def pins(name: str) -> dict[str, set[str]]:
    """Each package of a requirements file with the versions pinned, which may differ by platform."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text("utf-8").splitlines():
        if pin := re.match(r"([a-z0-9-]+)==([^ ;]+)", line):
            found.setdefault(pin[1], set()).add(pin[2])
    return found


@pytest.mark.parametrize("name", PINNED)
def test_every_pin_has_a_hash_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    blocks = re.split(r"\n(?=\S)", re.sub(r"(?m)^ *#.*\n", "", text).strip())
    for block in blocks:
        assert re.match(r"[a-z0-9-]+==\S+( ; [^\\]+)? \\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n?)+\Z", block), block
    assert "://" not in text


def test_all_files_pin_the_same_versions() -> None:
    first = pins("requirements-dev.txt")
    for name in ("requirements.txt", "requirements-build.txt"):
        assert pins(name).items() <= first.items(), f"{name} and requirements-dev.txt disagree: run `make lock`"
    assert pins("requirements.txt").items() <= pins("requirements-all.txt").items()
    assert pins("requirements-aws.txt").items() <= pins("requirements-all.txt").items()


@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("requirements.txt", ()),
        ("requirements-aws.txt", ("aws",)),
        ("requirements-checkov.txt", ("checkov",)),
        ("requirements-dev.txt", ("dev",)),
    ],
)
def test_what_the_project_declares_is_pinned(name: str, extras: tuple[str, ...]) -> None:
    wanted = [*PROJECT["project"]["dependencies"]]
    for extra in extras:
        wanted += PROJECT["project"]["optional-dependencies"][extra]
    declared = {re.split(r"[<>=\[]", requirement)[0].lower() for requirement in wanted}
    assert declared <= pins(name).keys(), "run `make lock`"


def test_a_plan_check_stays_light() -> None:
    heavy = {"boto3", "botocore", "google-auth", "google-cloud-kms", "azure-core", "azure-identity", "checkov"}
    assert not heavy & pins("requirements.txt").keys()
    assert "checkov" not in pins("requirements-all.txt")


def test_checkov_and_we_live_in_one_environment_too() -> None:
    """It pins an SDK too old for live scans: no cloud's extra is in that environment, only what a plan needs."""
    beside = pins("requirements-checkov.txt")
    ours = {name: version for name, version in pins("requirements.txt").items() if name != "networkx"}
    assert ours.items() <= beside.items()
    assert beside["checkov"] == {"3.3.30"}
    assert beside["networkx"] == {"2.6.3"}


# --- the action and the hooks ----------------------------------------------------------------------------------------


def test_the_hooks_name_commands_that_exist(tmp_path: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [hook["id"] for hook in hooks] == ["trustscan-plan"]
    for hook in hooks:
        assert run(sys.executable, "-m", "scanner.main", *hook["entry"].split()[1:], "--help", cwd=tmp_path)
    matches = re.compile(hooks[0]["files"]).search
    assert all(map(matches, ("tfplan.json", "plan.json", "infra/prod/plan.json", "infra/tfplan.prod.json")))
    assert not any(map(matches, ("package.json", "floorplan.json", "plan.json.bak", "plan/main.json")))


def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    return loaded


def test_the_action_refers_only_to_what_it_declares() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    steps = action()["runs"]["steps"]
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == action()["inputs"].keys()
    assert set(re.findall(r"steps\.(\w+)\.", text)) <= {step["id"] for step in steps if "id" in step}


def test_the_action_passes_inputs_as_variables_only() -> None:
    for step in action()["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("sarif", ["out/report.sarif", ""])
def test_the_action_scans(sarif: str, tmp_path: Path) -> None:
    (script,) = (step["run"] for step in action()["runs"]["steps"] if step.get("id") == "scan")
    (tmp_path / "out").mkdir()
    told = tmp_path / "github-output"
    env = {
        "TRUSTSCAN": str(Path(sysconfig.get_path("scripts")) / "trustscan"),
        "PLAN": f"{LEAKY}\n",
        "SOURCE": str(LEAKY.parent),
        "FAIL_ON": "high",
        "OUTPUT": "markdown=out/a comment.md\njson=out/$(touch pwned).json\n",
        "SARIF": sarif,
        "ARGS": "--allow-unknown  --skip store-versioned*",
        "FAIL_ON_NEW": "true",
        "DELTA": "",
        "COMMENT": "true" if sarif else "false",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(told),
    }
    done = run("bash", "-c", script, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    delta = tmp_path / "trustscan-delta.md"
    expected = ["exit-code=1"] + ([f"sarif={sarif}", f"delta={delta}"] if sarif else [])
    assert told.read_text("utf-8").splitlines() == expected, done.stderr
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"a comment.md", "$(touch pwned).json"} | ({"report.sarif"} if sarif else set())
    assert not (tmp_path / "pwned").exists()
    result = json.loads((tmp_path / "out" / "$(touch pwned).json").read_text("utf-8"))
    places = [finding["location"] for finding in result["findings"]]
    assert any(place and place["file"].endswith(".tf") for place in places)
    assert delta.exists() is bool(sarif)


# --- the repository --------------------------------------------------------------------------------------------------

ELSEWHERE = {
    # Written in pieces, so that this file passes its own test.
    "a folder of a build machine": r"(?<![\w.}/-])/(?:" + "|".join(["op" + "t", "wor" + "k", "roo" + "t"]) + r")/",
    "a registry's address": "|".join(
        ["pypi" + r"\.org/simple", "python" + r"hosted\.org", r"registry\." + r"npmjs\.org", "deb" + r"\.debian\.org"]
    ),
}


@GIT.needed
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
@pytest.mark.parametrize("what", ELSEWHERE)
def test_no_committed_file_names(what: str) -> None:
    listed = run(GIT.path, "ls-files", "-z", cwd=ROOT).stdout.split("\0")
    pattern = re.compile(ELSEWHERE[what])
    guilty = []
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file() and (hit := pattern.search(path.read_bytes().decode("utf-8", "replace"))):
            guilty.append(f"{name}: {hit.string[max(0, hit.start() - 20) : hit.end() + 30]!r}")
    assert not guilty


def test_the_licence_is_whole() -> None:
    licence = (ROOT / "LICENSE").read_text("utf-8")
    assert licence.lstrip().startswith("Apache License")
    assert "END OF TERMS AND CONDITIONS" in licence
