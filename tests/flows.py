"""Flows of a world, as tests compare them with what they expect by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from folders import PROVIDER, source
from scanner import plugins, run
from scanner.config import Config
from scanner.kinds import Flow
from scanner.model import Unknown, World
from scanner.terraform.planfile import Source
from scanner.terraform.read import read_plan
from scanner.terraform.sources.folder import from_folder
from sourcetree import written
from worlds import FIXTURES, plan


def world_of(*changes: dict[str, Any], **more: Any) -> World:
    """The world of a plan that is made of these changes."""
    return seen(Source("plan.json", plan(*changes, **more)))


def fixture(case: str, *, sources: bool = True) -> World:
    """The world of a plan that real terraform made, with the files it was made from or without."""
    folder = FIXTURES / "aws/flows" / case
    return seen(Source("plan.json", (folder / "plan.json").read_bytes(), from_folder(folder) if sources else None))


def seen(*sources: Source) -> World:
    """The world of several plans."""
    plans = [read_plan(source).after for source in sources]
    return run.see(plans, plugins.load_all("scanner.clouds"), Config(), {})


def flows(world: World) -> dict[str, Flow]:
    """Every flow by its id."""
    return {one.id: one for one in world.flows if isinstance(one, Flow)}


def told(world: World, *rules: str) -> set[tuple[str, str, str, str]]:
    """Source, how, target and tier of the flows that these rules found, or others whose names begin so."""
    found = (one for one in world.flows if isinstance(one, Flow) and one.rule.startswith(rules))
    return {(one.source, one.how, one.target, one.tier) for one in found}


def hidden(world: World) -> dict[str, str]:
    """Why flows of a node are not known, by its id."""
    return {gap.scope: gap.reason for gap in world.gaps if "flow" in (*gap.kinds, *gap.hides)}


def reason(fact: object) -> str:
    """Why a fact is not known; the test fails where it is."""
    assert isinstance(fact, Unknown), fact
    return fact.reason


def folder(path: Path, main: str) -> World:
    """The world of sources, judged without a plan."""
    return seen(source(written(path, **{"main.tf": PROVIDER + main})))
