"""How much of the fresh-plan stacks is UNKNOWN by the plan alone, and with its sources: `python tests/shares.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from scanner import config, run
from scanner.config import Config
from scanner.findings import Status
from scanner.model import Resource, Unknown, fact_names
from scanner.run import Judged
from scanner.terraform.planfile import Source
from scanner.terraform.sources.folder import from_folder
from worlds import FIXTURES, POLICIES, TODAY

STACKS = ("leaky", "sound")
MARK = "<!-- shares -->"
"""Stands before the table in docs/sources.md."""


@dataclass(frozen=True)
class Share:
    """Facts of every resource and statement, and verdicts; how many of each are UNKNOWN."""

    facts: int
    unknown_facts: int
    verdicts: int
    unknown_verdicts: int


def share(judged: Judged) -> Share:
    """Count the facts and verdicts of one run."""
    told = [fact for one in (*judged.world.resources, *judged.world.statements) for fact in _facts(one)]
    findings = judged.run.findings
    return Share(
        facts=len(told),
        unknown_facts=sum(isinstance(fact, Unknown) for fact in told),
        verdicts=len(findings),
        unknown_verdicts=sum(finding.status is Status.UNKNOWN for finding in findings),
    )


def _facts(one: Resource) -> Iterator[Any]:
    """Facts of a resource; one that no inspector set does not apply to its type."""
    defaults = {field.name: field.default for field in fields(one)}
    for name in fact_names(type(one)):
        fact = getattr(one, name)
        if not isinstance(fact, Unknown) or fact != defaults[name]:
            yield fact


def judged(stack: str, *, sources: bool) -> Judged:
    """Judge the fresh plan of a stack, with its sources or without."""
    folder = FIXTURES / "stacks" / stack
    named = folder / config.DEFAULT_NAME
    settings = run.Settings(policies=POLICIES, today=TODAY, config=config.load(named) if named.is_file() else Config())
    tree = from_folder(folder) if sources else None
    return run.judge_plans([Source("plan.json", (folder / "plan.json").read_bytes(), tree)], settings)


def table() -> Iterator[str]:
    """The table, in Markdown."""
    yield "| fresh plan of | facts UNKNOWN, plan alone | with sources | verdicts UNKNOWN, plan alone | with sources |"
    yield "|---|---|---|---|---|"
    for stack in STACKS:
        alone, told = share(judged(stack, sources=False)), share(judged(stack, sources=True))
        yield (
            f"| {stack} | {_part(alone.unknown_facts, alone.facts)} | {_part(told.unknown_facts, told.facts)} "
            f"| {_part(alone.unknown_verdicts, alone.verdicts)} | {_part(told.unknown_verdicts, told.verdicts)} |"
        )


def _part(some: int, of: int) -> str:
    return f"{some:,} of {of:,} ({100 * some / of:.1f} %)"


if __name__ == "__main__":
    sys.stdout.write("\n".join((*table(), "")))
