"""What `trustscan plan --diff` writes of plans, for tests."""

from __future__ import annotations

import io
from typing import Any

from scanner import plugins, run
from scanner.config import Config
from scanner.delta.made import Delta, PlanRun, with_delta
from scanner.terraform.planfile import Source
from worlds import POLICIES, TODAY


def compared(*contents: bytes, config: Config | None = None, **settings: Any) -> PlanRun:
    """Judge plans with every control, and the states before them."""
    sources = [Source(f"plan{i or ''}.json", content) for i, content in enumerate(contents)]
    made = run.Settings(policies=POLICIES, today=TODAY, config=config or Config(), **settings)
    return with_delta(run.judge_plans(sources, made))


def delta_of(*contents: bytes, **settings: Any) -> Delta:
    """What plans change."""
    return compared(*contents, **settings).delta


def written(result: PlanRun) -> str:
    """The same, as Markdown."""
    out = io.StringIO()
    plugins.load("scanner.reports", "delta")(result, out)
    return out.getvalue()
