"""Who is allowed what a rule needs, asked once for all things for which it comes to the same.

Two things come to the same where every pattern of every statement about the action reaches both alike, and where their
own policies say the same: of ten thousand roles few differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from scanner.iam.access import Access
from scanner.iam.answers import Answer
from scanner.iam.compiled import Compiled, text_of
from scanner.iam.patterns import relation
from scanner.iam.rules import ANYTHING, OWN, Need
from scanner.model import Resource

Place: TypeAlias = tuple[str, str]
"""An account and, where it is not known, the plan."""

_OPEN = frozenset("*?~{")


@dataclass(frozen=True, slots=True)
class Held:
    """Those who are allowed something."""

    must: int
    may: int
    answers: tuple[Answer, ...] = ()
    """What it is taken from."""

    def reasons(self, number: int) -> tuple[str, ...]:
        """Why it is only possible for one of them."""
        return tuple(reason for one in self.answers if one.may >> number & 1 for reason in one.why_of(number).reasons)


NOBODY = Held(0, 0)


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Resource patterns of all statements about an action."""

    exact: frozenset[str]
    open: tuple[str, ...]
    each: bool
    """Whether a pattern depends on who asks, so that no two things are alike."""


def place_of(resource: Resource) -> Place:
    """Where a resource is: whose principals are of its account."""
    if resource.account:
        return resource.account, ""
    return "", resource.origin.plan or ("plan" if resource.planned else "")


class Sources:
    """Asks the engine for rules."""

    def __init__(self, access: Access) -> None:
        """Take the engine."""
        self.access = access
        self._patterns: dict[str, _Patterns] = {}
        self._alike: dict[tuple[Any, ...], Held] = {}
        self._home: dict[Need, Held] = {}

    def on(self, need: Need, thing: Resource) -> Held:
        """Those who are allowed the need's action on one resource of the world."""
        action = need.action.lower()
        spellings = self.access.vocabulary.acted_on(action, thing)
        if not spellings:
            return NOBODY
        key = (need, place_of(thing), self._reached(action, spellings), self._own(action, thing))
        if key not in self._alike:
            self._alike[key] = _held(self.access.who_can(action, thing.id, dict(need.context)))
        return self._alike[key]

    def anywhere(self, need: Need) -> Held:
        """Those who are allowed the need's action on something of their own account."""
        if need not in self._home:
            self._home[need] = self._at_home(need)
        return self._home[need]

    def named(self, action: str, thing: Resource) -> int:
        """Those whom a statement allows an action on the very thing, by a name that is of nothing else."""
        spellings = set(self.access.vocabulary.acted_on(action.lower(), thing))
        spellings |= {f"{spelling}~" for spelling in spellings if spelling.startswith("${")}
        found = 0
        for one, _ in self.access.library.about(action.lower()):
            patterns = one.first.resources
            if not one.denies and isinstance(patterns, tuple) and not spellings.isdisjoint(patterns):
                found |= one.may
        return found

    def _at_home(self, need: Need) -> Held:
        action, given = need.action, dict(need.context)
        if need.on == ANYTHING:
            return _held(self.access.who_can(action, ANYTHING, given))
        if OWN not in need.on:
            return _held(self.access.who_can_at_home(action, need.on, given))
        must = may = 0
        answers = []
        for account, bits in self.access.people.accounts.items():
            answer = self.access.who_can_at_home(action, need.on.replace(OWN, account or ANYTHING), given)
            must, may = must | answer.must & bits, may | answer.may & bits
            answers.append(answer)
        return Held(must, may, tuple(answers))

    def _reached(self, action: str, spellings: tuple[str, ...]) -> tuple[Any, ...]:
        """How each pattern about an action relates to a thing, as far as that differs from thing to thing."""
        patterns = self._about(action)
        if patterns.each:
            return spellings
        certain = not any("{" in spelling.replace("${", "") for spelling in spellings)
        exact = patterns.exact.intersection(spellings)
        globs: Iterable[str] = patterns.open if certain else (*patterns.open, *patterns.exact)
        related = tuple(max(relation(glob, spelling) for spelling in spellings) for glob in globs)
        return (exact, related)

    def _about(self, action: str) -> _Patterns:
        if action not in self._patterns:
            library = self.access.library
            listed = [one for one, _ in library.about(action)]
            listed += [one for policy in library.policies.values() for one in policy]
            listed += [one for one, *_ in library.limits]
            found = {pattern for one in listed for pattern in _resources(one)} - {ANYTHING}
            exact = frozenset(pattern for pattern in found if not _OPEN & set(pattern.replace("${", "")))
            each = any(one.named for one in listed)
            self._patterns[action] = _Patterns(exact, tuple(sorted(found - exact)), each)
        return self._patterns[action]

    def _own(self, action: str, thing: Resource) -> tuple[Any, ...]:
        """What a thing's own policies say about an action."""
        guards = self.access.library.guards.get(thing.id, ())
        return tuple(text_of(one.first) for one in guards if one.acts(action) is not False)


def _held(answer: Answer) -> Held:
    return Held(answer.must, answer.may, (answer,))


def _resources(one: Compiled) -> Iterable[str]:
    for patterns in (one.first.resources, one.first.not_resources):
        if isinstance(patterns, tuple):
            yield from patterns
