"""Split resources join to the right instance, or it is said why they cannot: shapes planned by real terraform."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.model import Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block
from worlds import FIXTURES, planned_of

SHAPES = sorted(path.parent for path in FIXTURES.glob("terraform/references/*/expected.yaml"))


_TYPE = re.compile(r"(aws_\w+)\.")


def wanted(join: dict[str, Any]) -> list[str]:
    """What a join is by the plan alone. A value known in the plan decides what references alone cannot."""
    target = join.get("decided_by_value", join["target"])
    return target if isinstance(target, list) else [target]


def meaning(planned: PlannedWorld, join: dict[str, Any]) -> list[str]:
    """What a join is found to be."""
    owner = next(r for plan in planned.plans for r in plan.resources if r.address == join["resource"])
    types = tuple({_TYPE.findall(target)[-1] for target in wanted(join) if "." in target})
    outer, _, attribute = join["attribute"].rpartition(".")
    block = owner.block(outer.removesuffix("[0]")) if outer else owner
    assert isinstance(block, Block)
    if isinstance(join["target"], list):
        found = planned.targets(owner, attribute, types, block)
        if isinstance(found, Unknown):
            return ["unknown"]
        return [t.address if isinstance(t, PlannedResource) else "external" for t in found]
    target = planned.target(owner, attribute, types, block)
    if isinstance(target, PlannedResource):
        return [target.address]
    return ["external" if isinstance(target, External) else "unknown" if isinstance(target, Unknown) else "none"]


def _case(folder: Path) -> object:
    if folder.name != "trap_rekeyed":
        return pytest.param(folder, id=folder.name)
    why = "a for expression that swaps the keys of for_each looks just like for_each over the resource itself"
    return pytest.param(folder, id=folder.name, marks=pytest.mark.xfail(reason=why, strict=True))


@pytest.mark.parametrize("folder", [_case(folder) for folder in SHAPES])
def test_joins(folder: Path) -> None:
    planned = planned_of((folder / "plan.json").read_bytes())
    expected = yaml.safe_load((folder / "expected.yaml").read_text())["joins"]
    found = {(j["resource"], j["attribute"]): meaning(planned, j) for j in expected}
    right = {(j["resource"], j["attribute"]): wanted(j) for j in expected}
    assert {k: sorted(v) for k, v in found.items()} == {k: sorted(v) for k, v in right.items()}
