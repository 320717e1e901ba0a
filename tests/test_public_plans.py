"""Every public plan that is kept beside the repository is read and judged without an exception."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from scanner import run
from scanner.errors import InputError
from scanner.reports import table
from scanner.terraform.planfile import Source
from worlds import POLICIES, ROOT, TODAY

FOLDER = ROOT.parent / "shared" / "plans"
PLANS = sorted(FOLDER.glob("*.json"))
GROUPS = 8


@pytest.mark.skipif(not PLANS, reason="../shared/plans is not there: it is no part of this repository")
@pytest.mark.parametrize("group", range(GROUPS))
def test_public_plans_are_judged_without_an_exception(group: int) -> None:
    settings = run.Settings(policies=POLICIES, today=TODAY)
    refused: dict[str, str] = {}
    for path in PLANS[group::GROUPS]:
        try:
            result = run.judge_plans([Source(path.name, path.read_bytes())], settings).run
        except InputError as error:
            refused[path.name] = str(error)
            continue
        out = io.StringIO()
        table.write(result, out)
        assert "judged" in out.getvalue()
    assert refused == {}


def test_the_folder_is_named_from_the_repository() -> None:
    assert Path("shared", "plans") == FOLDER.relative_to(ROOT.parent)
