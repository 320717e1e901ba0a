"""The access page for a person to read, at a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scanner.cli.columns import beside, rule
from scanner.questions.duties import ANYBODY
from scanner.redact import visible

if TYPE_CHECKING:
    from scanner.cli.access_asked import Told
    from scanner.questions.chains import Chain
    from scanner.questions.page import Holding, On, Page, Section, Who

_SHOWN = 3
"""Resources, statements and reasons that are named of one identity."""

_MANY = 20
"""Identities that are named of one duty."""

_CHAINS = 4
"""Chains by which others become one identity that are shown."""

_MOST = 2 / 3
"""Part of the duties in which one reason leaves it open whether an identity holds them: it is then told once."""


def written(told: Told) -> str:
    """Write the page as text."""
    return "".join(f"{line}\n" for line in _Text(told).lines())


class _Text:
    """The page as lines."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._open = {} if told.question else _open(told.page)

    def lines(self) -> Iterator[str]:
        """All of it."""
        page = self._told.page
        for section in page.sections:
            yield from self._section(section)
        if page.administrators or page.rising:
            yield from self._administrators(page)
        if self._open:
            yield from self._may_hold_any()
        yield rule("NOT SEEN")
        for line in page.unseen:
            yield from beside("", line)
        yield ""
        yield rule(", ".join(map(visible, self._told.inputs[:_SHOWN])))

    def _section(self, section: Section) -> Iterator[str]:
        yield rule(f"WHO CAN {visible(section.title)}" if section.duty else visible(section.title))
        told = _besides_everybody(section)
        every = [one for one in told if one.who.id not in self._open or one.definite]
        shown = [one for one in every if not (one.who.administrator and self._told.page.administrators)]
        yield from beside("", self._summary(section, every, len(told) - len(every)))
        groups = _alike(shown)
        for group in groups[:_MANY]:
            yield from self._holding(group)
        if more := sum(map(len, groups[_MANY:])):
            yield from beside("", f"and {more} more; --format json or csv lists them all")
        yield ""

    def _summary(self, section: Section, every: Sequence[Holding], left: int) -> str:
        """How many, of how many things; administrators and those left open are counted, and named elsewhere."""
        if not section.asked:
            return "there is nothing here that this is about"
        parts = [f"asked about {_count(len(section.asked), 'resource')}"] if section.duty else []
        if not section.holdings:
            parts.append("nobody of those who were seen")
        top = [one for one in every if one.who.administrator] if self._told.page.administrators else []
        if top:
            perhaps = "" if all(one.definite for one in top) else ", perhaps"
            parts.append(f"{_count(len(top), 'administrator')} (below) can as well{perhaps}")
        if left:
            parts.append(f"{_count(left, 'other')} (below) may")
        return "; ".join(parts)

    def _holding(self, alike: Sequence[Holding]) -> Iterator[str]:
        first = alike[0]
        definite = [one for one in first.on if one.definite]
        possible = [one for one in first.on if not one.definite]
        label = "can" if definite else "maybe"
        for number, holding in enumerate(alike):
            anybody = "anybody: " if holding.who.id in ANYBODY else ""
            yield from beside("" if number else label, f"{anybody}{holding.who.id}{_about(holding.who)}")
        for certain, found in ((True, definite), (False, possible)):
            if found:
                yield from self._on(found, also=bool(definite) and not certain)
        yield from self._reached(first.reached_by)

    def _on(self, found: Sequence[On], *, also: bool) -> Iterator[str]:
        where = _few([thing.id for one in found for thing in one.things], sum(one.count for one in found))
        yield from beside("", f"{'perhaps ' if also else ''}on {where}", 2)
        if statements := list(dict.fromkeys(text for one in found for text in one.statements)):
            yield from beside("", f"by {_few(statements)}", 2)
        if reasons := list(dict.fromkeys(text for one in found for text in one.reasons)):
            yield from beside("", f"not certain: {'; '.join(reasons[:_SHOWN])}", 2)

    def _reached(self, all_: Sequence[tuple[Who, Chain]]) -> Iterator[str]:
        reached = [pair for pair in all_ if pair[1].definite or not self._rests_on_open(pair[1])]
        for _, chain in reached[:_CHAINS]:
            yield from beside("as it", _arrows(chain), 2)
            if not chain.definite:
                yield from beside("", f"not certain: {chain.reasons[-1] if chain.reasons else ''}", 4)
        for can, rest in (("can", True), ("may", False)):
            if more := sum(chain.definite is rest for _, chain in reached[_CHAINS:]):
                yield from beside("", f"and {more} more {can} become it", 2)

    def _rests_on_open(self, chain: Chain) -> bool:
        """Whether it is only possible because somebody on it may do anything, which is told once."""
        return any(not step.definite and step.source in self._open for step in chain.steps)

    def _administrators(self, page: Page) -> Iterator[str]:
        yield rule("ADMINISTRATORS, WHO CAN DO EVERYTHING")
        for holding in page.administrators:
            yield from beside("can", f"{holding.who.id}{_about(holding.who)}")
        rising = [pair for pair in page.rising if pair[1].definite or pair[0].id not in self._open]
        for _, chain in rising[:_MANY]:
            yield from beside("can" if chain.definite else "maybe", _arrows(chain))
            if not chain.definite:
                yield from beside("", f"not certain: {'; '.join(chain.reasons[:_SHOWN])}", 2)
        if len(rising) > _MANY:
            yield from beside("", f"and {len(rising) - _MANY} more; --format json or csv lists them all")
        yield ""

    def _may_hold_any(self) -> Iterator[str]:
        yield rule("WHO MAY DO ANY OF THIS")
        by_reason: dict[str, list[str]] = {}
        for id_, reason in self._open.items():
            by_reason.setdefault(reason, []).append(id_)
        for reason, ids in by_reason.items():
            for id_ in ids:
                yield from beside("maybe", id_)
            yield from beside("", f"not certain: {reason}", 2)
        yield ""


def _besides_everybody(section: Section) -> list[Holding]:
    """Who can do it, and not only as everybody can, as certainly, on what is open to everybody."""
    public: dict[tuple[str, bool], set[str]] = {}
    for holding in section.holdings:
        for one in holding.on if holding.who.id in ANYBODY else ():
            for thing in one.things:
                for definite in {one.definite, False}:
                    public.setdefault((thing.id, definite), set()).update(_policies(one))
    found = []
    for holding in section.holdings:
        on = holding.on
        if holding.who.id not in ANYBODY:
            on = tuple(kept for kept in (_not_public(one, public) for one in on) if kept.count)
        if on:
            found.append(replace(holding, on=on))
    return found


def _not_public(on: On, public: Mapping[tuple[str, bool], set[str]]) -> On:
    """Without what everybody can do it on, by a policy of the thing itself."""
    policies = _policies(on)
    kept = tuple(thing for thing in on.things if not policies <= public.get((thing.id, on.definite), set()))
    return replace(on, things=kept, count=on.count - len(on.things) + len(kept)) if kept != on.things else on


def _policies(on: On) -> set[str]:
    return {statement.partition("#")[0] for statement in on.statements} or {""}


def _alike(holdings: Iterable[Holding]) -> list[list[Holding]]:
    """Those together who can do it on the same for the same reasons, and whom nobody becomes."""
    groups: dict[object, list[Holding]] = {}
    for holding in holdings:
        groups.setdefault(holding.who.id if holding.reached_by else holding.on, []).append(holding)
    return list(groups.values())


def _open(page: Page) -> Mapping[str, str]:
    """Identities of which one reason leaves open most of what is asked, such as a policy that is not known yet."""
    duties = sum(bool(section.asked) for section in page.sections)
    found: dict[tuple[str, str], int] = {}
    for section in page.sections:
        for holding in section.holdings:
            if not holding.definite:
                for reason in {reason for one in holding.on for reason in one.reasons[:1]}:
                    found[holding.who.id, reason] = found.get((holding.who.id, reason), 0) + 1
    return {id_: reason for (id_, reason), times in found.items() if times >= max(2, duties * _MOST)}


def _about(who: Who) -> str:
    told: Iterable[str] = (
        "not of this input" if who.type == "outside" else who.type,
        who.environment,
        {True: "people", False: "a program", None: ""}[who.human],
    )
    said = ", ".join(filter(None, told))
    return f" ({said})" if said else ""


def _few(names: Sequence[str], count: int = 0) -> str:
    left = max(count, len(names)) - _SHOWN
    more = f" and {left:,} more" if left > 0 else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _arrows(chain: Chain) -> str:
    first, *rest = chain.told
    steps = zip(rest[::2], rest[1::2], strict=True)
    return " ".join((first, *(f"→ {how} → {who}" for how, who in steps)))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
