"""The one list of differences between a plan and the account it was applied to that are as they must be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from parity import Difference

FILE = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True)
class Explained:
    """One sort of difference, and why it is no fault."""

    what: str
    """As `Difference.what`."""

    subject: str
    """As `Difference.subject`, with * for anything."""

    why: str

    def covers(self, difference: Difference) -> bool:
        """Whether it explains a difference."""
        pattern = ".*".join(map(re.escape, self.subject.split("*")))
        return difference.what == self.what and re.fullmatch(pattern, difference.subject) is not None


@dataclass(frozen=True)
class Sorted:
    """Differences with what explains them."""

    explained: Mapping[Difference, Explained]
    unexplained: tuple[Difference, ...]
    idle: tuple[Explained, ...]
    """What explains a difference that there is not."""


def load() -> tuple[Explained, ...]:
    """Read the list."""
    entries = yaml.safe_load(FILE.read_text())
    return tuple(Explained(entry["what"], subject, entry["why"]) for entry in entries for subject in entry["subjects"])


def sort(differences: Iterable[Difference], explanations: Iterable[Explained]) -> Sorted:
    """Find what explains each difference."""
    explanations = tuple(explanations)
    found = {d: next((e for e in explanations if e.covers(d)), None) for d in differences}
    used = {e for d in found for e in explanations if e.covers(d)}
    return Sorted(
        explained={difference: why for difference, why in found.items() if why},
        unexplained=tuple(sorted(difference for difference, why in found.items() if why is None)),
        idle=tuple(e for e in explanations if e not in used),
    )
