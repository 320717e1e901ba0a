"""Who is allowed what a rule needs, asked once for all things for which it comes to the same.

Two things come to the same where every pattern of every statement about the action reaches both alike, and where their
own policies say the same: of ten thousand roles few differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from scanner.iam.access import Access
from scanner.iam.answers import Answer
from scanner.iam.compiled import Compiled, text_of
from scanner.iam.patterns import Reach, relation
from scanner.iam.people import plan_of
from scanner.iam.rules import ANYTHING, OWN, Need
from scanner.model import Resource

Place: TypeAlias = tuple[str, str]
"""An account and, where it is not known, the plan."""

_OPEN = frozenset("*?~{")
_NO_NAME = "\0"
"""What no pattern names that fixes a part of a name."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Those who are allowed something."""

    must: int
    may: int
    answers: tuple[Answer, ...] = ()
    """What it is taken from."""

    def reasons(self, number: int) -> tuple[str, ...]:
        """Why it is only possible for one of them."""
        return tuple(reason for one in self.answers if one.may >> number & 1 for reason in one.reasons_of(number))


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
    return "", plan_of(resource)


class Sources:
    """Asks the engine for rules."""

    def __init__(self, access: Access) -> None:
        """Take the engine."""
        self.access = access
        self._patterns: dict[str, _Patterns] = {}
        self._shared: dict[_Patterns, _Patterns] = {}
        """Each once, though many actions have the same."""

        self._related: dict[tuple[int, tuple[str, ...]], tuple[Any, ...]] = {}
        self._alike: dict[tuple[str, tuple[tuple[str, str], ...], int], Held] = {}
        self._alike_numbers: dict[tuple[Any, ...], int] = {}
        self._sorts: dict[tuple[str, str], int] = {}
        self._named: dict[tuple[str, str], int] = {}
        self._home: dict[Need, Held] = {}
        self._let_in: dict[str, bool] = {}

    def on(self, need: Need, thing: Resource) -> Held:
        """Those who are allowed the need's action on one resource of the world."""
        sort = self._sort(need.action.lower(), thing)
        if not sort:
            return NOBODY
        key = (need.action, need.context, sort)
        if key not in self._alike:
            self._alike[key] = _held(self.access.who_can(need.action, thing.id, dict(need.context)))
        return self._alike[key]

    def _sort(self, action: str, thing: Resource) -> int:
        """The number of all things for which an action comes to the same; 0 where it cannot act on it."""
        known = self._sorts.get((action, thing.id))
        if known is None:
            spellings = self.access.vocabulary.acted_on(action, thing)
            key = (action, place_of(thing), self._reached(action, spellings), self._own(action, thing))
            known = self._alike_numbers.setdefault(key, len(self._alike_numbers) + 1) if spellings else 0
            self._sorts[action, thing.id] = known
        return known

    def anywhere(self, need: Need) -> Held:
        """Those who are allowed the need's action on something of their own account."""
        if need not in self._home:
            self._home[need] = self._at_home(need)
        return self._home[need]

    def let_in(self, need: Need) -> bool:
        """Whether the policy of anything that the need may be about lets somebody do it."""
        action = need.action.lower()
        if need.on == ANYTHING or OWN in need.on:
            return False
        if action not in self._let_in:
            guards = (one for some in self.access.library.guards.values() for one in some)
            self._let_in[action] = any(not one.denies and one.acts(action) is not False for one in guards)
        return self._let_in[action]

    def named(self, action: str, thing: Resource) -> int:
        """Those whom a statement allows an action on the thing by its name, or by a pattern that fixes a part of it."""
        key = (action.lower(), thing.id)
        if key not in self._named:
            self._named[key] = self._naming(action.lower(), thing)
        return self._named[key]

    def _naming(self, action: str, thing: Resource) -> int:
        spellings = self.access.vocabulary.acted_on(action, thing)
        nameless = replace(thing, id=_NO_NAME, name=_NO_NAME, origin=replace(thing.origin, full=""))
        anything = self.access.vocabulary.acted_on(action, nameless)
        found = 0
        for one, _ in self.access.library.about(action):
            patterns = one.first.resources
            if one.denies or not isinstance(patterns, tuple):
                continue
            for pattern in patterns:
                wide = any(relation(pattern, other) is Reach.ALL for other in anything)
                if not wide and any(relation(pattern, spelling) for spelling in spellings):
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
        key = (id(patterns), spellings)
        if key not in self._related:
            self._related[key] = self._relations(patterns, spellings)
        return self._related[key]

    @staticmethod
    def _relations(patterns: _Patterns, spellings: tuple[str, ...]) -> tuple[Any, ...]:
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
            made = _Patterns(exact, tuple(sorted(found - exact)), each)
            self._patterns[action] = self._shared.setdefault(made, made)
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
