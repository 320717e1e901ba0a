"""Commands about the controls: listed, explained, counted, started from."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from scanner import policy
from scanner.cli import app, facts, templates
from scanner.kinds import KINDS
from scanner.model import Resource, fact_names
from worlds import POLICIES, ROOT

runner = CliRunner()


def _run(*arguments: str, code: int = 0) -> str:
    result = runner.invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


def test_controls_are_listed_with_severity_and_criteria() -> None:
    text = _run("controls")
    for one in POLICIES:
        assert any(one.control.id in line and one.control.severity in line for line in text.splitlines())
    assert f"{len(POLICIES)} controls serve" in text


@pytest.mark.parametrize("one", POLICIES, ids=lambda p: p.control.id)
def test_a_control_is_explained_whole(one: policy.Policy) -> None:
    text = _run("explain", one.control.id)
    flat = " ".join(text.split())
    for part in ("risk", "objective", "activity", "evidence", "fix"):
        assert " ".join(getattr(one.control, part).split()) in flat
    assert all(example.name in flat for example in one.examples)
    assert all(id_ in flat for id_ in (*one.control.criteria, *one.control.requirements))


def test_a_control_that_is_none_is_refused_with_a_guess() -> None:
    assert "store-versioned?" in _run("explain", "store-version", code=2)


def test_coverage_names_every_criterion_and_requirement() -> None:
    text = _run("coverage")
    assert sum(line.startswith("  CC") for line in text.splitlines()) == 33
    assert "CC1.1  Integrity" in text
    assert "outside this tool" in text
    assert "not served yet" in text
    assert "outside: a record people keep" in " ".join(text.split())
    missing = _run("coverage", "--missing")
    assert len(missing.splitlines()) < len(text.splitlines())
    assert "store-versioned" not in missing
    assert max(map(len, text.splitlines())) <= 80


def test_init_writes_once(tmp_path: Path) -> None:
    path = tmp_path / "trustscan.yaml"
    _run("init", str(path))
    assert path.read_text() == templates.CONFIG
    path.write_text("mine")
    assert "is there already" in _run("init", str(path), code=2)
    assert path.read_text() == "mine"
    _run("init", str(path), "--force")
    assert path.read_text() == templates.CONFIG
    assert "cannot be written" in _run("init", str(path / "below"), code=2)


def test_a_new_control_loads_and_passes_its_examples(tmp_path: Path) -> None:
    _run("new-control", "my-own-rule", "--policies", str(tmp_path))
    (one,) = policy.load([tmp_path])
    assert (one.control.id, one.control.area) == ("my-own-rule", "own")
    assert "my-own-rule" in _run("controls", "--policies", str(tmp_path))
    assert "my-own-rule" in _run("explain", "my-own-rule", "--policies", str(tmp_path))
    assert "is there already" in _run("new-control", "my-own-rule", "--policies", str(tmp_path), code=2)
    assert "already" in _run("new-control", "store-versioned", "--policies", str(tmp_path), code=2)
    assert "kebab-case" in _run("new-control", "MyRule", "--policies", str(tmp_path), code=2)
    assert sorted(p.name for p in tmp_path.rglob("*.yaml")) == ["my-own-rule.yaml"]


def test_the_catalogue_is_up_to_date_and_tells_every_fact() -> None:
    text = (ROOT / "policies" / "README.md").read_text()
    assert text == templates.catalogue(POLICIES)
    common = set(fact_names(Resource))
    for kind in KINDS.values():
        for name in set(fact_names(kind)) - common:
            assert f"`{kind.kind}.{name}`" in text


def test_every_fact_has_a_meaning() -> None:
    common = set(fact_names(Resource))
    for kind, meaning, described in facts.described():
        assert meaning
        assert {name for name, _, _ in described} == set(fact_names(KINDS[kind])) - common
        assert all(text.strip() for _, _, text in described)


def test_docs_check_says_when_the_catalogue_is_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "policies" / "own"
    folder.mkdir(parents=True)
    (folder / "my-own-rule.yaml").write_text(templates.control("my-own-rule"))
    monkeypatch.setattr("scanner.cli.catalogue.built_in", lambda: tmp_path / "policies")
    assert "not up to date" in _run("docs", "--check", code=2)
    _run("docs")
    _run("docs", "--check")
    assert "my-own-rule" in (tmp_path / "policies" / "README.md").read_text()
