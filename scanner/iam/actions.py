"""Sets of actions, as bits by service: what patterns of actions stand for, counted and compared.

An action that the cloud's list does not hold yet has no bit; it is matched by its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from scanner.iam.answers import members
from scanner.iam.patterns import NOT_KNOWN, covers
from scanner.iam.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class ActionSet:
    """Some of all actions there are, or ever will be."""

    rest: bool = False
    """Whether it holds every action of each service that has no mask."""

    masks: Mapping[str, int] = field(default_factory=dict)
    """By service: a bit for each action, by its number; below zero for all but some."""

    def mask(self, service: str) -> int:
        """The bits of one service."""
        return self.masks.get(service, -1 if self.rest else 0)

    def __or__(self, other: ActionSet) -> ActionSet:
        return self._with(other, self.rest or other.rest, lambda a, b: a | b)

    def __and__(self, other: ActionSet) -> ActionSet:
        return self._with(other, self.rest and other.rest, lambda a, b: a & b)

    def __sub__(self, other: ActionSet) -> ActionSet:
        return self & ~other

    def __invert__(self) -> ActionSet:
        return ActionSet(not self.rest, {service: ~mask for service, mask in self.masks.items()})

    def __bool__(self) -> bool:
        return self.rest or any(self.masks.values())

    def _with(self, other: ActionSet, rest: bool, done: object) -> ActionSet:  # noqa: FBT001 - a part of the set
        services = {**self.masks, **other.masks}
        return ActionSet(rest, {s: done(self.mask(s), other.mask(s)) for s in services})  # type: ignore[operator]

    def named(self, vocabulary: Vocabulary) -> Iterator[str]:
        """Every known action in it, as `service:action` in lower case."""
        for service in sorted(vocabulary.services() if self.rest else self.masks):
            known = vocabulary.actions(service)
            every = (1 << len(known)) - 1
            listed = sorted(known, key=known.__getitem__)
            yield from (f"{service}:{listed[number]}" for number in members(self.mask(service) & every))


NO_ACTIONS = ActionSet()
ALL_ACTIONS = ActionSet(rest=True)


def action_set(vocabulary: Vocabulary, patterns: Iterable[str]) -> tuple[ActionSet, ActionSet]:
    """What patterns of actions stand for, for certain and at most."""
    must = may = NO_ACTIONS
    for pattern in patterns:
        if NOT_KNOWN in pattern:
            may = ALL_ACTIONS
        else:
            found = _stands_for(vocabulary, lowered(pattern))
            must, may = must | found, may | found
    return must, may


@lru_cache(maxsize=16384)
def _stands_for(vocabulary: Vocabulary, pattern: str) -> ActionSet:
    service, colon, name = pattern.partition(":")
    if not pattern.strip("*") or (colon and not service.strip("*") and not name.strip("*")):
        return ALL_ACTIONS
    if not colon:
        return NO_ACTIONS
    if not set(service) & set("*?"):
        return ActionSet(masks={service: _mask(vocabulary.actions(service), name)})
    found = {one: _mask(vocabulary.actions(one), name) for one in vocabulary.services() if covers(service, one)}
    return ActionSet(masks={one: mask for one, mask in found.items() if mask})


def _mask(known: Mapping[str, int], name: str) -> int:
    if not name.strip("*"):
        return -1
    if not set(name) & set("*?"):
        return 1 << known[name] if name in known else 0
    return sum(1 << number for one, number in known.items() if covers(name, one))


@lru_cache(maxsize=1 << 17)
def names(pattern: str, action: str) -> bool | None:
    """Whether a pattern, in any case, stands for an action in lower case; None where a part of it is not known."""
    if NOT_KNOWN in pattern:
        return None
    return covers(lowered(pattern), action)


def lowered(name: str) -> str:
    """A name in lower case, as AWS compares them: another alphabet's letter never becomes one of theirs."""
    return name.lower() if name.isascii() else "".join(one.lower() if one.isascii() else one for one in name)
