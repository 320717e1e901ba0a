"""Flows that `trustscan graph` tells of the labelled stacks, held against the labels beside them.

A label is a pair of nodes, written by hand from the Terraform; `fixtures/flows/*/flows.yaml` has them. Counted is what
moves data, by evidence: declared and likely flows, no deletions and no mere networks, each pair once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
STACKS = ROOT / "fixtures" / "flows"

Pair = tuple[str, str]
"""Source and target of a flow."""

_MOVES_NONE = frozenset({"deletes", "network_reaches"})
_COUNTED = frozenset({"declared", "likely"})


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Flows of one stack, or of several together."""

    true: int = 0
    found: int = 0
    right: int = 0

    @property
    def precision(self) -> float:
        """Share of what was found that is true; 1 where nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of what is true that was found; 1 where nothing is."""
        return self.right / self.true if self.true else 1.0


def stacks() -> list[Path]:
    """Every labelled stack."""
    return sorted(path.parent for path in STACKS.glob("*/flows.yaml"))


def labels(stack: Path) -> dict[Pair, str]:
    """The true flows of a stack, and why each is one."""
    rows = yaml.safe_load((stack / "flows.yaml").read_text(encoding="utf-8"))
    return {(row["source"], row["target"]): row["why"] for row in rows}


def told(graph: str) -> dict[Pair, str]:
    """The counted flows in the JSON of `trustscan graph`, and the rules that found each."""
    pairs: dict[Pair, str] = {}
    flows: list[dict[str, Any]] = json.loads(graph)["flows"]
    for flow in flows:
        if flow["tier"] in _COUNTED and flow["kind"] not in _MOVES_NONE:
            pair = (flow["source"], flow["target"])
            pairs[pair] = ", ".join(filter(None, [pairs.get(pair, ""), f"{flow['rule']} ({flow['tier']})"]))
    return pairs


def measured(true: Iterable[Pair], found: Iterable[Pair]) -> Measured:
    """How far what was found is what is true."""
    true, found = set(true), set(found)
    return Measured(true=len(true), found=len(found), right=len(true & found))


def total(parts: Iterable[Measured]) -> Measured:
    """All stacks as one: each flow counts the same."""
    parts = list(parts)
    return Measured(
        true=sum(part.true for part in parts),
        found=sum(part.found for part in parts),
        right=sum(part.right for part in parts),
    )
