"""A narrower policy for what code acts as: what is granted, cut down to what its settings name and what it uses.

A suggestion, and never more: settings do not tell all that code does. Of a store that is wired to, what was granted of
reading, writing and deleting stays, as settings do not tell which of it is needed; a log is only written, a secret only
read, a key only used. Of a service that keeps no stores here nothing tells what is needed, and it stays as granted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from scanner.iam.actions import action_set
from scanner.iam.patterns import NOT_KNOWN, Reach, relation
from scanner.kinds import Identity, Key, Secret, Store
from scanner.model import Resource, Statement, Unknown
from scanner.questions.asked import Asked
from scanner.questions.breadth import Needs, needed

Conditions = tuple[tuple[str, str, tuple[str, ...]], ...]

_DATA = frozenset({"read", "write", "delete"})
_USE = frozenset({"decrypt", "invoke", "read", "write"})
_WILD = set("*?")
_COLONS = 5
"""In an ARN before its resource."""

_OF_ONE = re.compile(r"\$\{.+\}~")
_SECRET_TAIL = re.compile(r"-(\?{6}|\*)$")
"""Stands for the six letters that Secrets Manager adds to a name."""

_UNUSED = "not used in the last 400 days"
_UNWIRED = "on nothing that it is wired to"
_BEYOND = "beyond reading, writing and deleting what a store holds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One statement of a suggested policy."""

    effect: str = "Allow"
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    """In the notation of statements: `${<id>}` stands for the full name of a resource."""

    not_resources: tuple[str, ...] = ()
    conditions: Conditions = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A narrower policy for one identity."""

    identity: Identity
    workloads: tuple[str, ...]
    wired: tuple[str, ...]
    parts: tuple[Part, ...]
    removed: Mapping[str, tuple[str, ...]]
    """Actions that are no more allowed, by why."""

    dropped: tuple[str, ...]
    """Patterns of resources that are replaced by what they are needed on."""

    doubts: tuple[str, ...]
    """What of the identity's policies, or of what it needs, is not known."""


@dataclass
class _Making:
    """A suggestion while it is made."""

    asked: Asked
    identity: Identity
    needs: Needs
    kept: dict[tuple[tuple[str, ...], Conditions], dict[str, None]] = field(default_factory=dict)
    other: list[Part] = field(default_factory=list)
    removed: dict[str, dict[str, None]] = field(default_factory=dict)
    dropped: dict[str, None] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    narrowed: bool = False

    @cached_property
    def wired(self) -> list[Resource]:
        """What its workloads are wired to, and the keys that this is encrypted with."""
        known = {one.id: one for one in self.asked.world.resources}
        found = [known[one] for one in self.needs.wired if one in known]
        ids = {one.id for one in found}
        keys = {wire.target for wire in self.asked.world.wires if wire.how == "key" and wire.source in ids}
        return [*found, *(known[key] for key in sorted(keys) if key in known)]

    @cached_property
    def held(self) -> list[Resource]:
        """Every store, secret and key."""
        return [one for one in self.asked.world.resources if isinstance(one, Store | Secret | Key)]

    @cached_property
    def kinds(self) -> dict[str, Resource]:
        """One of them of each of the provider's types."""
        return {one.origin.type: one for one in self.held}

    @cached_property
    def levels(self) -> dict[str, set[str]]:
        """Levels of each action, in lower case, on what may be held."""
        found: dict[str, set[str]] = {}
        for level, by_type in self.asked.access.vocabulary.levels().items():
            for type_, actions in by_type.items():
                for action in actions if type_ in self.kinds else ():
                    found.setdefault(action.lower(), set()).add(level)
        return found

    def acts_on_held(self, action: str) -> bool:
        """Whether an action acts on a sort of store, secret or key."""
        acted_on = self.asked.access.vocabulary.acted_on
        return action in self.levels or any(acted_on(action, one) for one in self.kinds.values())

    def fits(self, action: str, pattern: str) -> bool:
        """Whether an action can act on what a pattern stands for."""
        return self.asked.access.vocabulary.fits(action, pattern)

    def remove(self, action: str, why: str) -> None:
        """Leave an action out."""
        self.removed.setdefault(why, {})[self.asked.language.written(action)] = None

    def keep(self, action: str, resources: Iterable[str], conditions: Conditions) -> None:
        """Take an action in."""
        self.kept.setdefault((tuple(resources), conditions), {})[self.asked.language.written(action)] = None


def suggestions(asked: Asked, identities: Iterable[str] = ()) -> Iterator[Suggestion]:
    """A narrower policy for each of these identities, or for everything that code acts as; none where none is.

    Nor for one of which it is not known all that its workloads are wired to.
    """
    needs = needed(asked.world, asked.access.subject)
    wanted = set(identities)
    for number, identity in asked.access.people.identities.items():
        need = needs.get(identity.id)
        if need is None and not isinstance(identity.used_services, tuple):
            continue
        if (not wanted or identity.id in wanted) and not (need and need.doubt):
            made = _made(asked, identity, need or Needs(), number)
            if made.narrowed:
                yield _finished(made)


def _made(asked: Asked, identity: Identity, needs: Needs, number: int) -> _Making:
    making = _Making(asked, identity, needs)
    for one in asked.access.library.granting:
        if one.may >> number & 1:
            why = one.hidden() or ("" if one.must >> number & 1 else "whether it binds it is not known")
            statement = next((id_ for id_, held in one.holders if held >> number & 1), one.first.id)
            why = why or _open(one.first)
            if why:
                making.doubts.append(f"{statement} is left as it is: {why}")
            else:
                _statement(making, one.first)
    return making


def _open(statement: Statement) -> str:
    """Why a statement cannot be taken apart; empty where it can."""
    if isinstance(statement.conditions, Unknown) or any(NOT_KNOWN in str(one) for one in statement.conditions):
        return "a condition of it is known only after apply"
    patterns = (*_texts(statement.resources), *_texts(statement.not_resources))
    if any(NOT_KNOWN in pattern and not _OF_ONE.fullmatch(pattern) for pattern in patterns):
        return "a resource of it is known only after apply"
    actions = (*_texts(statement.actions), *_texts(statement.not_actions))
    return "an action of it is known only after apply" if any(NOT_KNOWN in action for action in actions) else ""


def _finished(making: _Making) -> Suggestion:
    parts = [
        Part(actions=tuple(sorted(actions)), resources=resources, conditions=conditions)
        for (resources, conditions), actions in making.kept.items()
    ]
    return Suggestion(
        identity=making.identity,
        workloads=tuple(making.needs.workloads),
        wired=tuple(one.id for one in making.wired),
        parts=(*parts, *making.other),
        removed={why: tuple(sorted(actions)) for why, actions in sorted(making.removed.items())},
        dropped=tuple(making.dropped),
        doubts=tuple(dict.fromkeys(making.doubts)),
    )


def _statement(making: _Making, one: Statement) -> None:
    actions, resources = _texts(one.actions), _texts(one.resources)
    conditions = one.conditions if isinstance(one.conditions, tuple) else ()
    if one.effect == "Deny":
        told = Part(
            effect="Deny",
            actions=actions,
            not_actions=_texts(one.not_actions),
            resources=resources,
            not_resources=_texts(one.not_resources),
            conditions=conditions,
        )
        making.other.append(told)
        return
    patterns = ("*",) if one.not_resources else resources
    if one.not_resources:
        making.narrowed = True
    for action in actions:
        if _WILD & set(action):
            _wildcard(making, one, action, patterns, conditions)
        else:
            _action(making, action.lower(), patterns, conditions, written=True)
    if one.not_actions:
        _wildcard(making, one, "*", patterns, conditions)


def _wildcard(
    making: _Making, one: Statement, pattern: str, resources: tuple[str, ...], conditions: Conditions
) -> None:
    """Take apart a pattern of actions: what is known of the services that it is about."""
    vocabulary = making.asked.access.vocabulary
    service, colon, _ = pattern.partition(":")
    spared = action_set(vocabulary, _texts(one.not_actions))[1]
    if not colon or _WILD & set(service):
        making.narrowed = True
        services = _services(making)
        making.removed.setdefault(f"every service but {', '.join(services) or 'none'}", {})["*"] = None
        for each in services:
            _wildcard(making, one, f"{each}:{pattern.partition(':')[2] or '*'}", resources, conditions)
        return
    found = tuple((action_set(vocabulary, [pattern])[0] - spared).named(vocabulary))
    if not any(making.acts_on_held(name) for name in found):
        if _used(making, f"{service.lower()}:"):
            making.keep(pattern, resources, conditions)
        else:
            making.narrowed = True
            making.remove(pattern, _UNUSED)
        return
    making.narrowed = True
    for name in found:
        _action(making, name, resources, conditions, written=False)


def _services(making: _Making) -> list[str]:
    """Services that something tells a need of."""
    used = making.identity.used_services
    found = set(used) if isinstance(used, tuple) else set()
    types = {one.origin.type for one in making.wired}
    for by_type in making.asked.access.vocabulary.levels().values():
        found.update(action.partition(":")[0].lower() for type_ in types for action in by_type.get(type_, ()))
    return sorted(found)


def _action(making: _Making, action: str, resources: tuple[str, ...], conditions: Conditions, *, written: bool) -> None:
    """Keep one action on what it is needed on, or leave it out; `written` where its whole name is."""
    if not _used(making, action):
        making.narrowed = True
        making.remove(action, _UNUSED)
        return
    if not making.acts_on_held(action):
        if written or action in _lower(making.identity.used_actions):
            making.keep(action, resources, conditions)
        else:
            making.remove(action, _BEYOND)
        return
    broad = [pattern for pattern in resources if not names_one(pattern)]
    found = dict.fromkeys(text for one in making.held for text in _named(making, action, one, resources))
    wired = (one for one in making.wired if _needed(making, action, one, written=written))
    found.update(dict.fromkeys(text for one in wired for text in _cut(making, action, one, broad)))
    narrower = [pattern for pattern in broad if pattern not in found and making.fits(action, pattern)]
    if found:
        making.narrowed = making.narrowed or bool(narrower)
        making.dropped.update(dict.fromkeys(narrower))
        making.keep(action, found, conditions)
    elif written and (not narrower or _of_keys(making, action)):
        making.keep(action, resources, conditions)
    else:
        making.narrowed = True
        making.remove(action, _UNWIRED if making.levels.get(action, set()) & (_DATA | _USE) else _BEYOND)


def names_one(pattern: str) -> bool:
    """Whether a resource pattern names one thing, or what lies below one, and is no pattern of several."""
    pattern = pattern.removesuffix(NOT_KNOWN)
    if pattern.startswith("${"):
        return True
    base = _SECRET_TAIL.sub("", pattern) if ":secretsmanager:" in pattern else pattern
    cut = base.removesuffix("/*").removesuffix(":*")
    own = cut.split(":", 5)[-1] if cut.count(":") >= _COLONS else ""
    whole = bool(own) and (cut == base or ":s3:" in cut or bool(set("/:") & set(own)))
    return whole and not _WILD & set(cut)


def _needed(making: _Making, action: str, one: Resource, *, written: bool) -> bool:
    """Whether a workload that is wired to something may need an action on it."""
    told = making.levels.get(action, set())
    if not told:
        return making.asked.language.level_of(action) in ({"list", "read"} if written else {"list"})
    if isinstance(one, Key):
        return bool(told & _USE)
    if isinstance(one, Secret):
        return "read" in told
    return bool(told & ({"write"} if isinstance(one, Store) and one.type == "log_group" else _DATA))


def _named(making: _Making, action: str, one: Resource, patterns: Iterable[str]) -> Iterator[str]:
    """What the policy itself names of a resource that the action can act on: somebody meant that one."""
    symbol = f"${{{one.id}}}"
    for pattern in patterns:
        if not names_one(pattern):
            continue
        forms = tuple(_forms(making, action, one))
        if pattern == symbol + NOT_KNOWN:
            yield from (spellings[0] for spellings in forms)
        elif any(relation(pattern, spelling) is not Reach.NONE for spellings in forms for spelling in spellings):
            yield pattern


def _cut(making: _Making, action: str, one: Resource, patterns: Iterable[str]) -> Iterator[str]:
    """What of a resource the patterns reach: all that the action can act on, or the part that they name."""
    for spellings in _forms(making, action, one):
        for pattern in patterns:
            found = max(relation(pattern, spelling) for spelling in spellings)
            if found is Reach.ALL:
                yield spellings[0]
                break
            if found is not Reach.NONE:
                yield pattern


def _forms(making: _Making, action: str, one: Resource) -> Iterator[tuple[str, ...]]:
    """What an action can act on of a resource, such as a table and its indexes: each in every way to write it."""
    vocabulary = making.asked.access.vocabulary
    spellings, ways = vocabulary.acted_on(action, one), len(vocabulary.names(one))
    for start in range(0, len(spellings), ways or 1):
        yield spellings[start : start + ways]


def _of_keys(making: _Making, action: str) -> bool:
    """Whether an action uses keys while it is not known which the stores have."""
    return "decrypt" in making.levels.get(action, set()) and not any(isinstance(one, Key) for one in making.wired)


def _used(making: _Making, action: str) -> bool:
    """Whether an action, or any of a service, may be in use as far as the cloud tells."""
    services, tracked = making.identity.used_services, making.identity.tracked_actions
    service = action.partition(":")[0]
    if isinstance(services, tuple) and service not in services:
        return False
    if action.endswith(":") or not isinstance(tracked, tuple):
        return True
    return action not in _lower(tracked) or action in _lower(making.identity.used_actions)


def _lower(actions: tuple[str, ...] | Unknown) -> frozenset[str]:
    return frozenset(map(str.lower, actions)) if isinstance(actions, tuple) else frozenset()


def _texts(part: tuple[str, ...] | Unknown) -> tuple[str, ...]:
    return part if isinstance(part, tuple) else ()
