"""Fixtures whose sources tell what their fresh plans leave open, judged once for all tests."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from scanner import config, run
from scanner.model import World, fact_names
from scanner.terraform.planfile import Source
from scanner.terraform.sources.folder import from_folder
from worlds import FIXTURES, POLICIES

CASES = sorted(path.parent for path in FIXTURES.glob("aws/completed/*/plan.json"))
"""One family of inspectors each."""

STACKS = [FIXTURES / "stacks" / name for name in ("leaky", "sound")]


@cache
def judged(folder: Path, *, sources: bool = True) -> run.Judged:
    """A fixture's plan, judged with its sources or alone."""
    own = folder / config.DEFAULT_NAME
    settings = run.Settings(
        policies=tuple(POLICIES),
        today=date(2026, 11, 21),
        config=config.load(own) if own.is_file() else config.Config(),
    )
    tree = from_folder(folder) if sources else None
    return run.judge_plans([Source("plan.json", (folder / "plan.json").read_bytes(), tree)], settings)


def facts(world: World) -> dict[tuple[str, str], Any]:
    """Every fact of a world, by subject and name."""
    return {
        (r.id, name): getattr(r, name) for r in (*world.resources, *world.statements) for name in fact_names(type(r))
    }
