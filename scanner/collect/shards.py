"""The unit of work and what comes of it; the accounts that work is done for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from scanner.collect.items import Item, Unread
from scanner.collect.reader import Refusal
from scanner.model import Gap

GLOBAL = ""
"""The region of what an account has once."""


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """The unit of work: what one collector reads in one region of one account."""

    account: str
    region: str
    """Empty for the services that an account has once."""

    collector: str


@dataclass(frozen=True, slots=True)
class Borrowed:
    """Answers that another source gave in an account's place."""

    source: str
    oldest: str
    newest: str
    """When it captured the oldest and the newest of them, as ISO 8601 in UTC."""

    answers: int

    @classmethod
    def of(cls, given: Iterable[tuple[str, str]]) -> list[Borrowed]:
        """Sum up answers, told as source and time, by source."""
        times: dict[str, list[str]] = {}
        for source, at in given:
            times.setdefault(source, []).append(at)
        return [cls(source, min(ats), max(ats), len(ats)) for source, ats in sorted(times.items())]


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What one collector read."""

    shard: Shard
    items: list[Item] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Names of the operations it asked for, one a request."""

    borrowed: list[Borrowed] = field(default_factory=list)
    asides: set[str] = field(default_factory=set)
    """Why another source did not answer in the account's place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One account to read."""

    account: str
    partition: str = "aws"
    regions: tuple[str, ...] = ()
    """Regions to read."""

    home: str = "us-east-1"
    """Region whose endpoints answer for the account's global services."""

    name: str = ""
    identity: str = ""
    """ARN of the identity that reads."""

    gaps: tuple[Gap, ...] = ()
    """What was not seen of it before reading began: regions, or the whole account."""


@dataclass(kw_only=True)
class Collected:
    """All that was read of one account."""

    target: Target
    results: list[ShardResult] = field(default_factory=list)
    read_at: datetime | None = None
    """When the scan began."""
