"""What is told of answers that another source gave in an account's place: how many, how old, and why not more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from scanner.collect.estate import place
from scanner.collect.shards import Borrowed, Collected
from scanner.model import Gap

_TWO_DAYS = 48
"""Hours from which an age is told in days."""


def notes(collected: Iterable[Collected]) -> Iterator[str]:
    """How much of each account another source told, and when it captured that."""
    for one in collected:
        asked = sum(len(result.asked) for result in one.results)
        given: dict[str, list[Borrowed]] = {}
        for borrowed in (borrowed for result in one.results for borrowed in result.borrowed):
            given.setdefault(borrowed.source, []).append(borrowed)
        for source, parts in sorted(given.items()):
            answers = sum(part.answers for part in parts)
            oldest, newest = min(part.oldest for part in parts), max(part.newest for part in parts)
            yield (
                f"{one.target.account}: {source} answered {answers} of {asked} requests, as it captured them "
                f"{_age(oldest, one.read_at)} ({oldest}) to {_age(newest, one.read_at)} ({newest}) before the scan"
            )


def gaps(collected: Iterable[Collected]) -> Iterator[Gap]:
    """Why another source did not answer, told once an account and reason; the account was asked instead."""
    for one in collected:
        account = one.target.account
        for reason in sorted({reason for result in one.results for reason in result.asides}):
            yield Gap(scope=place(one.target.partition, account, ""), kinds=(), reason=reason, account=account)


def _age(at: str, now: datetime | None) -> str:
    """How long ago a moment was, in days or hours."""
    hours = int(((now or datetime.now(UTC)) - datetime.fromisoformat(at)).total_seconds() // 3600)
    number, unit = (hours // 24, "day") if hours >= _TWO_DAYS else (max(hours, 0), "hour")
    return f"{number} {unit}{'' if number == 1 else 's'}"
