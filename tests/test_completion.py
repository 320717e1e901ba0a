"""What sources tell of a plan: right, or not told. Shapes planned and applied by real terraform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner import plugins, run
from scanner.config import Config
from scanner.terraform.planfile import Source
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.read import read_plan
from scanner.terraform.sources.folder import from_folder
from test_references import SHAPES, meaning, wanted


def _world(folder: Path) -> PlannedWorld:
    """The plan in a folder, with the sources beside it."""
    read = read_plan(Source("plan.json", (folder / "plan.json").read_bytes(), from_folder(folder)))
    assert read.notes == []
    return run.plan_world([read.after], plugins.load_all("scanner.clouds"), Config(), {})


def _truth(join: dict[str, Any]) -> list[str]:
    """What a join is once applied: the sources decide what the plan alone cannot."""
    told = wanted(join)
    applied = join.get("applied", told)
    return told if told != ["unknown"] else applied if isinstance(applied, list) else [applied]


@pytest.mark.parametrize("folder", SHAPES, ids=lambda folder: folder.name)
def test_with_sources_every_join_is_the_one_that_an_apply_makes(folder: Path) -> None:
    planned = _world(folder)
    joins = yaml.safe_load((folder / "expected.yaml").read_text())["joins"]
    found = {(j["resource"], j["attribute"]): sorted(meaning(planned, j)) for j in joins}
    assert found == {(j["resource"], j["attribute"]): sorted(_truth(j)) for j in joins}
