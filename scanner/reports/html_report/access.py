"""Who can do what, told shortly: each duty, who holds it, on what, and by becoming whom; the rest is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.iam.access import Access
from scanner.iam.escalation import Becoming
from scanner.questions.chains import Chain, Chains
from scanner.questions.page import Holding, Page, Section, Who, page, redacted
from scanner.reports import text
from scanner.reports.html_report.shown import name
from scanner.run import Judged

_HOLDERS = 25
"""Holders of a duty that are named."""

_THINGS = 4
_REACHED = 5
_RISING = 15
_UNSEEN = 30


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who can do it."""

    who: Who
    about: str
    """Type, environment, and whether it is a person or an administrator."""

    sure: bool
    on: str
    reached: tuple[str, ...]
    """Who can become it, and how."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that somebody can do."""

    title: str
    sure: int
    """How many can for certain."""

    possible: int
    holders: tuple[Holder, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Told:
    """The section on access."""

    duties: tuple[Duty, ...]
    administrators: str
    rising: tuple[str, ...]
    unseen: tuple[str, ...]


def access(judged: Judged) -> Told | None:
    """Ask who can do what in a world; None where nothing in it acts or no cloud can tell."""
    if not judged.languages or not judged.world.statements:
        return None
    language: Any = judged.languages[0]
    asked = Access(judged.world, language.vocabulary)
    found = page(asked, language, Chains(Becoming(asked, language.escalation)))
    return _told(redacted(found, judged.hide))


def _told(found: Page) -> Told:
    rising = [f"{_chain(chain)}{'' if chain.definite else ' (possibly)'}" for _, chain in found.rising]
    return Told(
        duties=tuple(map(_duty, found.sections)),
        administrators=_few([holding.who.id for holding in found.administrators], _HOLDERS),
        rising=tuple(_capped(rising, _RISING)),
        unseen=tuple(_capped(found.unseen, _UNSEEN)),
    )


def _duty(section: Section) -> Duty:
    held = section.holdings
    sure = sum(holding.definite for holding in held)
    holders = tuple(map(_holder, held[:_HOLDERS]))
    return Duty(section.title, sure, len(held) - sure, holders, len(held) - len(holders))


def _holder(holding: Holding) -> Holder:
    who = holding.who
    people = {True: "a person", False: "", None: ""}[who.human]
    about = (who.type.replace("_", " "), who.environment, people, "administrator" if who.administrator else "")
    reached = [
        f"{_chain(chain)}{'' if chain.definite else ' (possibly)'}" for _, chain in holding.reached_by[: _REACHED + 1]
    ]
    left = len(holding.reached_by) - len(reached)
    more = (f"and {left:,} more",) if left > 0 else ()
    return Holder(who, ", ".join(filter(None, about)), holding.definite, _on(holding), (*reached, *more))


def _on(holding: Holding) -> str:
    count = sum(one.count for one in holding.on)
    shown = list(dict.fromkeys(name(thing.id) for one in holding.on for thing in one.things[:_THINGS]))[:_THINGS]
    left = count - len(shown)
    return f"{', '.join(shown)}{f' and {left:,} more' if left > 0 else ''}"


def _chain(chain: Chain) -> str:
    return " → ".join(name(part) for part in chain.told)


def _few(names: Sequence[str], most: int) -> str:
    shown, left = text.few([name(one) for one in names], most)
    return f"{', '.join(shown)}{f' and {left:,} more' if left else ''}"


def _capped(items: Iterable[str], most: int) -> Iterator[str]:
    listed = list(items)
    yield from listed[:most]
    if len(listed) > most:
        yield f"and {len(listed) - most:,} more"
