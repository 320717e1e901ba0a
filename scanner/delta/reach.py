"""What a plan lets identities reach that they could not, and no more: by level and by resource, and how many actions.

Compared is what the access engine says of the state before and of what the plan leaves, all policies together: a
statement that another one already gives, or that a boundary stops, adds nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from scanner.iam.access import Access
from scanner.iam.actions import NO_ACTIONS, ActionSet
from scanner.iam.answers import members
from scanner.kinds import Grant, Store
from scanner.model import CLASS_GROUPS, Resource, World
from scanner.questions.asked import Language
from scanner.questions.tracked import allowed, count

_Masks: TypeAlias = dict[tuple[str, str], int]
"""By identity and level, a bit for each resource."""

_LEVELS = ("admin", "decrypt", "read", "write", "delete", "invoke")
"""The gravest first."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Resources of one sort that an identity reaches at one level."""

    level: str
    """read, write, delete, decrypt, invoke or admin."""

    sort: str
    """What they are: their data class with their kind, such as transcript store."""

    ids: tuple[str, ...]
    certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachChange:
    """What one identity can do that it could not, and no more."""

    identity: str
    more: tuple[Reached, ...] = ()
    fewer: tuple[Reached, ...] = ()
    actions: Mapping[str, int] = field(default_factory=dict)
    """How many actions its policies allow that they did not, by the cloud's own levels."""

    withdrawn: int = 0
    """How many they no more allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachDelta:
    """All of it: by identity, and together."""

    changes: tuple[ReachChange, ...] = ()

    def total(self, *, more: bool = True) -> list[tuple[str, str, int]]:
        """How many different resources are reached, or no more, by level and sort, the most first."""
        found: dict[tuple[str, str], set[str]] = {}
        for change in self.changes:
            for one in change.more if more else change.fewer:
                if one.certain:
                    found.setdefault((one.level, one.sort), set()).update(one.ids)
        counted = [(level, sort, len(ids)) for (level, sort), ids in found.items()]
        return sorted(counted, key=lambda one: (-one[2], one[:2]))

    @property
    def actions(self) -> Counter[str]:
        """How many more actions are allowed to anybody, by level: each counted once an identity."""
        return sum((Counter(change.actions) for change in self.changes), Counter())


def reached(before: World, after: World, languages: Iterable[Language]) -> ReachDelta:
    """Compare what both worlds' identities reach."""
    resources = {one.id: one for world in (before, after) for one in world.resources}
    number = {id_: bit for bit, id_ in enumerate(resources)}
    old, new = _masks(before.grants, number), _masks(after.grants, number)
    actions = [_actions(before, after, language) for language in languages]
    identities = dict.fromkeys(identity for identity, _ in (*old[1], *new[1]))
    identities.update(dict.fromkeys(one for counted in actions for one in counted))
    listed = tuple(resources.values())
    changes = (_change(identity, old, new, listed, actions) for identity in identities)
    return ReachDelta(changes=tuple(change for change in changes if change is not None))


def _masks(grants: Iterable[Resource], number: Mapping[str, int]) -> tuple[_Masks, _Masks]:
    """What each identity reaches at each level: for certain, and at most."""
    must: _Masks = {}
    may: _Masks = {}
    for grant in (one for one in grants if isinstance(one, Grant)):
        mask = 0
        for id_ in grant.resources:
            mask |= 1 << number[id_] if id_ in number else 0
        for identity in grant.identities:
            key = (identity, grant.level)
            may[key] = may.get(key, 0) | mask
            if grant.definite:
                must[key] = must.get(key, 0) | mask
    return must, may


def _change(
    identity: str,
    old: tuple[_Masks, _Masks],
    new: tuple[_Masks, _Masks],
    resources: tuple[Resource, ...],
    actions: Iterable[Mapping[str, tuple[Mapping[str, int], int]]],
) -> ReachChange | None:
    more: list[Reached] = []
    fewer: list[Reached] = []
    for level in _LEVELS:
        key = (identity, level)
        was_must, was_may, is_must, is_may = (side.get(key, 0) for side in (*old, *new))
        certain = is_must & ~was_may
        more.extend(_sorted(level, certain, resources, certain=True))
        more.extend(_sorted(level, is_may & ~was_may & ~certain, resources, certain=False))
        fewer.extend(_sorted(level, was_must & ~is_may, resources, certain=True))
    added: Counter[str] = Counter()
    withdrawn = 0
    for counted in actions:
        come, gone = counted.get(identity, ({}, 0))
        added.update(come)
        withdrawn += gone
    if not (more or fewer or added or withdrawn):
        return None
    return ReachChange(identity=identity, more=tuple(more), fewer=tuple(fewer), actions=added, withdrawn=withdrawn)


def _sorted(level: str, mask: int, resources: tuple[Resource, ...], *, certain: bool) -> Iterator[Reached]:
    """The resources of a mask, those of one sort together."""
    found: dict[str, list[str]] = {}
    for bit in members(mask):
        found.setdefault(_sort(resources[bit]), []).append(resources[bit].id)
    for sort in sorted(found):
        yield Reached(level, sort, tuple(found[sort]), certain)


def _sort(resource: Resource) -> str:
    """What a resource is to a reader: what it holds, where that is known, and its kind."""
    kind = resource.kind.replace("_", " ")
    if isinstance(resource, Store) and isinstance(resource.data, tuple) and resource.data:
        conversation = ("transcript", *CLASS_GROUPS["conversation"])
        most = next((one for one in conversation if one in resource.data), resource.data[0])
        return f"{most.replace('_', ' ')} {kind}"
    return kind


def _actions(before: World, after: World, language: Language) -> dict[str, tuple[Mapping[str, int], int]]:
    """By identity, how many actions come, by level, and how many go."""
    old, new = _allowed(before, language), _allowed(after, language)
    found: dict[str, tuple[Mapping[str, int], int]] = {}
    for identity in {**old, **new}:
        was, is_ = old.get(identity, NO_ACTIONS), new.get(identity, NO_ACTIONS)
        come, gone = is_ - was, was - is_
        if come or gone:
            told = Counter(map(language.level_of, come.named(language.vocabulary)))
            found[identity] = (told, count(gone, language.vocabulary))
    return found


def _allowed(world: World, language: Language) -> dict[str, ActionSet]:
    access = Access(world, language.vocabulary)
    return {access.principals[number]: actions for number, actions in allowed(access).items()}


def hidden(delta: ReachDelta, hide: Callable[[str], str]) -> ReachDelta:
    """The same, every id as it may leave."""

    def each(reached: tuple[Reached, ...]) -> tuple[Reached, ...]:
        return tuple(replace(one, ids=tuple(map(hide, one.ids))) for one in reached)

    return ReachDelta(
        changes=tuple(
            replace(one, identity=hide(one.identity), more=each(one.more), fewer=each(one.fewer))
            for one in delta.changes
        )
    )
