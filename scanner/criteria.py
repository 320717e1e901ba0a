"""The 61 Trust Services Criteria and the 136 requirements: ids, our own short titles, how each can be met."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One Trust Services Criterion (TSP section 100, 2017, revised 2022); the title is ours, not AICPA's."""

    id: str
    category: str
    series: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing an auditor of a chatbot asks for, and what can decide it."""

    id: str
    area: str
    text: str
    criteria: tuple[str, ...]
    plan: str
    """Whether a plan decides it: Y, P for in part, N."""

    live: str
    """Whether a live account decides it: Y, P for in part, N."""

    mode: str
    """AUTO_CONFIG, AUTO_PERIOD, HYBRID, RECORD (a person keeps it) or TOOL (this tool produces it)."""

    owner: str
    cadence: str


_CRITERION = re.compile(
    r"^- id: (?P<id>\S+)\n  category: (?P<category>\S+)\n  series: (?P<series>\S+)\n"
    r"  series_title: [^\n]+\n  title: (?P<title>[^\n]+)$",
    re.MULTILINE,
)


@cache
def criteria() -> Mapping[str, Criterion]:
    """Every criterion by id, in AICPA's order."""
    # The file is ours and regular; a YAML parse of its 500 lines would cost more than a whole small scan.
    text = (files("scanner") / "data" / "tsc.yaml").read_text(encoding="utf-8")
    return {match["id"]: Criterion(**match.groupdict()) for match in _CRITERION.finditer(text)}


@cache
def requirements() -> Mapping[str, Requirement]:
    """Every requirement by id, in the list's order."""
    text = (files("scanner") / "data" / "requirements.csv").read_text(encoding="utf-8")
    return {
        row["id"]: Requirement(
            id=row["id"],
            area=row["area"],
            text=row["requirement"],
            criteria=tuple(row["tsc"].split()),
            plan=row["plan"],
            live=row["live"],
            mode=row["mode"],
            owner=row["owner"],
            cadence=row["cadence"],
        )
        for row in csv.DictReader(text.splitlines())
    }
