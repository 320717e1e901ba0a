"""What one gains by becoming another: whether that one is allowed anything that one is not allowed oneself.

Statements are compared: what a statement of the other allows is no gain where one of one's own covers it for certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.iam.access import Access
from scanner.iam.actions import action_set
from scanner.iam.compiled import Compiled
from scanner.iam.patterns import NOT_KNOWN, Reach, covers, relation
from scanner.model import Unknown

_MOST = 400
"""Actions of one statement that are compared one by one."""

_WILD = frozenset("*?")


class Gains:
    """Compares what principals of one world are allowed."""

    def __init__(self, access: Access) -> None:
        """Take the engine."""
        self._access = access
        self._covered: dict[tuple[str, str], tuple[int, int]] = {}
        library = access.library
        self._bounded = library.unbounded
        for bits in library.bounded.values():
            self._bounded |= bits
        self._unsure = self._bounded

    def of(
        self, some: int, rights: Iterable[Compiled], holder: int | None, *, bounding: bool = False
    ) -> tuple[int, int]:
        """Those of some who gain by these rights for certain, and those who may.

        `holder` is the principal whose rights they are: what is denied to it is no gain. Rights of a boundary are
        compared with what those who have it are allowed besides.
        """
        self._unsure = 0 if bounding else self._bounded
        certain = perhaps = 0
        for one in rights:
            if one.denies or certain == some:
                continue
            patterns = _patterns(one)
            if patterns is None:
                perhaps = some
                continue
            for action, resource in patterns:
                more, maybe = self._more(some & ~certain, one, action, resource, holder)
                certain, perhaps = certain | more, perhaps | maybe
                if certain == some:
                    break
        return certain, certain | perhaps

    def _more(self, some: int, one: Compiled, action: str, resource: str, holder: int | None) -> tuple[int, int]:
        """Those who are not allowed one action on one resource."""
        must, may = self._cover(action, resource)
        must &= ~self._unsure
        lacking, perhaps = some & ~may, some & ~must
        if not perhaps:
            return 0, 0
        if _WILD & set(action):
            return self._expanded(perhaps, one, action, resource, holder)
        sure = one.certain and one.first.conditions == () and NOT_KNOWN not in action + resource
        if holder is not None:
            answer = self._access.who_can(action, resource)
            if not answer.may >> holder & 1:
                return 0, 0
            sure = bool(answer.must >> holder & 1)
        return (lacking, perhaps) if sure else (0, perhaps)

    def _expanded(self, some: int, one: Compiled, action: str, resource: str, holder: int | None) -> tuple[int, int]:
        """The same of every action that a pattern stands for."""
        found, _ = action_set(self._access.vocabulary, (action,))
        certain = perhaps = 0
        for number, name in enumerate(found.named(self._access.vocabulary)):
            if number >= _MOST:
                return certain, some
            more, maybe = self._more(some & ~certain, one, name, resource, holder)
            certain, perhaps = certain | more, perhaps | maybe
            if certain == some:
                break
        return certain, certain | perhaps

    def _cover(self, action: str, resource: str) -> tuple[int, int]:
        """Those whom statements allow all of an action on all of a resource: for certain, and at most."""
        key = (action, resource)
        if key not in self._covered:
            self._covered[key] = self._find(action, resource)
        return self._covered[key]

    def _find(self, action: str, resource: str) -> tuple[int, int]:
        must = may = denied = 0
        for one, bits, acting in self._about(action, resource):
            whole = _whole(one, resource)
            if whole is False:
                continue
            if one.denies:
                denied |= bits
                continue
            may |= bits
            if acting and whole and one.certain and one.first.conditions == ():
                must |= one.must
        return must & ~denied, may

    def _about(self, action: str, resource: str) -> Iterator[tuple[Compiled, int, bool]]:
        library = self._access.library
        if not _WILD & set(action):
            yield from ((one, one.may, certain) for one, certain in library.near(action, (resource,)))
            return
        for one in library.granting:
            acts = _acts(one, action)
            if acts is not False:
                yield one, one.may, acts is True


def _acts(one: Compiled, pattern: str) -> bool | None:
    """Whether a statement is about every action that a pattern stands for."""
    actions = one.first.actions
    if isinstance(actions, Unknown) or isinstance(one.first.not_actions, Unknown) or one.first.not_actions:
        return None
    if one.denies:
        touched = any(covers(name.lower(), pattern) or covers(pattern, name.lower()) for name in actions)
        return None if touched else False
    return any(covers(name.lower(), pattern) for name in actions if NOT_KNOWN not in name)


def _whole(one: Compiled, resource: str) -> bool | None:
    """Whether a statement reaches all of a resource pattern."""
    patterns = one.first.resources
    if one.first.not_resources or not isinstance(patterns, tuple) or one.named:
        return None
    found = {relation(pattern, resource) for pattern in patterns}
    if one.denies:
        return None if found - {Reach.NONE} else False
    return True if Reach.ALL in found else None if Reach.MAYBE in found else False


def _patterns(one: Compiled) -> list[tuple[str, str]] | None:
    """What a statement allows, as patterns of actions and resources; None where that cannot be told."""
    first = one.first
    parts = (first.effect, first.actions, first.not_actions, first.resources, first.not_resources)
    if any(isinstance(part, Unknown) for part in parts) or first.not_resources:
        return None
    actions = ["*"] if first.not_actions else [str(name).lower() for name in first.actions]  # type: ignore[union-attr]
    return [(action, str(resource)) for action in actions for resource in first.resources]  # type: ignore[union-attr]
