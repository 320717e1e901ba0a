"""A folder of sources beside the plan that terraform made of it: no verdict differs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from folders import FOLDERS, judged, planned_run, said, source, world
from scanner.terraform.planfile import Source, decode
from scanner.terraform.read import read_plan
from scanner.terraform.sources.configuration import configuration
from scanner.terraform.sources.folder import from_folder
from scanner.terraform.sources.modules import read_modules
from scanner.terraform.sources.providers import Providers
from test_completion import truth
from test_references import SHAPES, meaning
from worlds import FIXTURES

# --- beside the plans that real terraform made -----------------------------------------------------------------------


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(FIXTURES).as_posix())
def test_no_verdict_contradicts_that_of_the_plan(folder: Path) -> None:
    planned, found = said(planned_run(folder)), said(judged(folder))
    decided = {key: status for key, status in planned.items() if status != "unknown"}
    assert [key for key, status in decided.items() if found.get(key) not in {status, "unknown"}] == []
    invented = [key for key, status in found.items() if key not in planned and status != "unknown"]
    assert invented == []


def test_most_of_what_a_plan_decides_is_decided_without_one() -> None:
    shares: Counter[str] = Counter()
    for name in ("sound", "leaky"):
        folder = FIXTURES / "stacks" / name
        planned, found = said(planned_run(folder)), said(judged(folder))
        shares.update("open" if found[key] == "unknown" else "same" for key in planned if planned[key] != "unknown")
    assert shares["open"] <= 0.01 * shares["same"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(FIXTURES).as_posix())
def test_the_instances_are_those_of_the_plan(folder: Path) -> None:
    changes = decode(Source("plan", (folder / "plan.json").read_bytes())).resource_changes or []
    expected = {one.address for one in changes if one.mode == "managed"}
    plan = read_plan(source(folder)).after
    assert {one.address for one in plan.resources} == expected
    assert plan.unexpanded == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(FIXTURES).as_posix())
def test_the_configuration_is_what_terraform_writes(folder: Path) -> None:
    told = decode(Source("plan", (folder / "plan.json").read_bytes())).configuration
    if told is None or not any(block.expressions for block in told.root_module.resources):
        pytest.skip("the plan shows no expressions")
    if any(folder.rglob("*.tf.json")):
        pytest.skip("terraform repeats the text of templates in JSON syntax as constants")
    modules = read_modules(from_folder(folder))
    made = configuration(modules, Providers(modules))
    assert _plain(made.root_module) == _plain(told.root_module)


def _plain(module: Any) -> Any:
    """A module's configuration, but for what depends on schemas: single blocks, and blocks that are attributes."""
    raw = msgspec.to_builtins(module)
    raw.pop("variables")
    for block in raw["resources"]:
        block["provider_config_key"] = block["provider_config_key"].rpartition(":")[2]
        for name in ("ingress", "egress", "logging_config"):
            block["expressions"].pop(name, None)
    raw["resources"].sort(key=lambda block: (block["mode"], block["type"], block["name"]))
    for called in raw["module_calls"].values():
        called["module"] = called["module"] and _plain(msgspec.convert(called["module"], type(module)))
    return raw


@pytest.mark.parametrize("folder", SHAPES, ids=lambda folder: folder.name)
def test_every_join_is_the_one_that_an_apply_makes(folder: Path) -> None:
    planned = world(folder)
    joins = yaml.safe_load((folder / "expected.yaml").read_text())["joins"]
    found = {(j["resource"], j["attribute"]): sorted(meaning(planned, j)) for j in joins}
    assert found == {(j["resource"], j["attribute"]): sorted(truth(j)) for j in joins}
