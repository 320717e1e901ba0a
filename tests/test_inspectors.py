"""Real plans, family by family: what each control must say of each resource, written down by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner import config
from scanner.model import Unknown
from worlds import FIXTURES, facts_of, scan, verdicts

CASES = sorted(path.parent for path in FIXTURES.glob("aws/*/*/expected.yaml"))


def _config(folder: Path) -> config.Config:
    own = folder / config.DEFAULT_NAME
    return config.load(own) if own.is_file() else config.Config()


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_findings_are_exactly_those_expected(folder: Path) -> None:
    expected: dict[str, Any] = yaml.safe_load((folder / "expected.yaml").read_text())
    content = (folder / "plan.json").read_bytes()
    wanted = {
        control: {subject: status for status, subjects in (by_status or {}).items() for subject in subjects or ()}
        for control, by_status in expected["findings"].items()
    }
    found = verdicts(scan(content, config=_config(folder)), wanted)
    assert {control: found.get(control, {}) for control in wanted} == wanted
    resources = facts_of(content, _config(folder))
    for address, facts in expected.get("facts", {}).items():
        for name, value in facts.items():
            fact = getattr(resources[address], name)
            assert (value == "unknown") == isinstance(fact, Unknown), (address, name, fact)
            if value != "unknown":
                assert (list(fact) if isinstance(fact, tuple) else fact) == value, (address, name)
