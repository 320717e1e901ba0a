"""One way that a rule opens on certain things of a world, and who can go it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from scanner.iam.rules import Rule
from scanner.iam.scene import Several
from scanner.iam.sources import Held


@dataclass(slots=True, eq=False)
class Way:
    """One rule on certain things of the world."""

    rule: Rule
    becomes: int
    """The node that one becomes."""

    steps: tuple[tuple[Held, ...], ...]
    """Who is allowed each need of each step."""

    being: Several | None = None
    """Whom one must be besides: who is written to, or stands for it."""

    reason: str = ""
    """Why it is only possible for everybody; empty where it is certain."""

    on: tuple[str, ...] = ()
    """What is acted on, where it is not what one becomes."""

    beyond: tuple[tuple[str, int], ...] = ()
    """Patterns that reach what was not seen, each with those who have it."""

    intended: int = 0
    """Those whom somebody allowed it on these very things."""

    direct: list[tuple[int, int]] = field(default_factory=list)
    """Who is allowed each step as a whole, for certain and at most; whom one must be comes last."""

    certainly: list[tuple[int, int]] = field(default_factory=list)
    possibly: list[tuple[int, int]] = field(default_factory=list)
    """Who can go it: the round in which it opened, and for whom."""

    def __post_init__(self) -> None:
        """Put the needs of each step together."""
        self.direct.extend(map(_together, self.steps))
        if self.being is not None:
            self.direct.append((self.being.must, self.being.may))

    @property
    def must(self) -> int:
        """Those who can go it for certain."""
        return all_of(self.certainly)

    @property
    def may(self) -> int:
        """Those who can go it for certain or possibly."""
        return all_of(self.possibly) | self.must

    @property
    def open(self) -> bool:
        """Whether anybody can go it at all."""
        return all(may for _, may in self.direct)

    @property
    def own(self) -> tuple[int, int]:
        """Those who are themselves allowed one of its steps."""
        must = may = 0
        for some, at_most in self.direct[: len(self.steps)]:
            must, may = must | some, may | at_most
        return must, may


@lru_cache(maxsize=4096)
def _together(step: tuple[Held, ...]) -> tuple[int, int]:
    """Those who are allowed everything of a step: the same of the same needs."""
    must, may = step[0].must, step[0].may
    for held in step[1:]:
        must, may = must & held.must, may & held.may
    return must, may


def all_of(pairs: Iterable[tuple[object, int]]) -> int:
    """Everybody in the second of some pairs."""
    found = 0
    for _, bits in pairs:
        found |= bits
    return found
