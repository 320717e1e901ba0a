"""What identities may do: how closely each grant names what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.clouds.aws.iam.patterns import matches_action
from scanner.clouds.aws.links import named
from scanner.clouds.aws.links.acting import Policies, mentioned
from scanner.clouds.aws.links.collections import Documents
from scanner.clouds.aws.links.ends import end_of
from scanner.clouds.aws.links.moves import DELETES, LOGS, POST, READS, WRITES, moves, ways
from scanner.clouds.aws.links.scope import Among, Width, everything, width
from scanner.clouds.aws.links.seen import Seen
from scanner.iam.access import Access
from scanner.iam.grants import grants
from scanner.kinds import Grant
from scanner.model import Resource, Statement, Unknown
from scanner.terraform.instances import PlannedResource

_LEVELS = frozenset({"read", "write", "delete", "invoke"})
_COLLECTION = "aws_opensearchserverless_collection"

Pair = tuple[str, str]
"""A resource, and the way that data moves."""

_Pairs = dict[Pair, list[tuple[str, tuple[str, ...]]]]


@dataclass(frozen=True, slots=True)
class May:
    """That an identity may do something with a resource, by one statement."""

    width: Width
    statement: str
    grant: Grant
    actions: tuple[str, ...] = ()
    own: bool = False
    """Whether the policy of the resource itself says so."""

    @property
    def order(self) -> tuple[Width, bool]:
        """The closest and most certain first."""
        return self.width, not self.grant.definite

    @property
    def tells(self) -> bool:
        """Whether it says something of who may: what lets everybody in, and what is not known, says nothing."""
        return self.width < Width.WIDE or (self.width is Width.WIDE and not self.own)


@dataclass(slots=True)
class Rights:
    """What one identity may do."""

    found: dict[Pair, May] = field(default_factory=dict)
    """Where a statement names some resources."""

    broad: list[tuple[May, _Pairs]] = field(default_factory=list)
    """Grants on everything, and those whose statement is not known, with all that they are about."""

    made_from: dict[str, str] = field(default_factory=dict)
    """What policies that are not known are made from, each with its statement."""

    def of(self, target: str, way: str) -> May | None:
        """What it may do with a resource, by the closest statement."""
        told = [may for may, pairs in self.broad if (target, way) in pairs]
        if (target, way) in self.found:
            told.append(self.found[target, way])
        return min(told, key=lambda one: one.order, default=None)

    def everywhere(self) -> Iterator[tuple[Pair, May]]:
        """What only a grant on everything tells; all write logs by one, and what it may delete moves no data."""
        for may, pairs in self.broad:
            if may.width is Width.WIDE:
                yield from ((pair, may) for pair in pairs if pair[1] not in {LOGS, DELETES} and pair not in self.found)


class Grants:
    """What identities may do, read of the grants of a world."""

    def __init__(self, seen: Seen) -> None:
        """Take what is seen, and what data goes to that nothing reads for itself."""
        self._seen = seen
        unread = _unread(seen)
        self._things = {**seen.resources, **unread}
        self._all = (*seen.world.grants, *(_grants_of(seen, unread) if unread else ()))
        self._among, self._documents = Among(self._things), Documents(seen)
        self._pairs: dict[tuple[int, bool | None], _Pairs] = {}
        self._widths: dict[Pair, Width] = {}
        self._denies: dict[str, list[Statement]] = {}
        for one in seen.world.statements:
            if one.policy_kind == "identity" and one.effect == "Deny" and one.conditions == ():
                for id_ in one.binds if isinstance(one.binds, tuple) else ():
                    self._denies.setdefault(id_, []).append(one)

    def rights(self, policies: Policies, identities: set[str]) -> dict[str, Rights]:
        """What each of these identities may do."""
        found = {one: Rights(made_from=dict(mentioned(self._seen, policies.hidden(one)))) for one in identities}
        for grant in self._all:
            if isinstance(grant, Grant) and grant.level in _LEVELS:
                for identity in identities.intersection(grant.identities):
                    self._take(grant, identity, found[identity])
        for one in found.values():
            _without_searches(one)
        return found

    def _take(self, grant: Grant, identity: str, rights: Rights) -> None:
        binding = (one for one in grant.statements if _binds(self._seen.statements.get(one), identity))
        id_ = next(binding, grant.statements[0])
        statement = self._seen.statements.get(id_)
        whole = everything(statement)
        own = statement is not None and statement.policy_kind == "resource"
        if whole is not None:
            rights.broad.append((May(whole, id_, grant), self._of(grant)))
        for (target, way), about in self._of(grant, documents=whole is not None).items():
            for thing, actions in about:
                wide = whole if whole is not None else self._closely(statement, thing, actions)
                if wide is Width.NAMED and not grant.definite and self._denied(identity, thing, actions):
                    wide = Width.DOUBTED
                if self._holds_documents(thing):
                    wide = self._documents.narrowed(wide, thing, identity, way)
                may = May(wide, id_, grant, actions, own)
                kept = rights.found.get((target, way))
                if wide is not Width.NONE and (kept is None or may.order < kept.order):
                    rights.found[target, way] = may

    def _of(self, grant: Grant, *, documents: bool | None = None) -> _Pairs:
        """What a grant is about: by resource and way what stands for it, with the actions that move data.

        With `documents`, only those that a second policy guards, or all; without, only the others.
        """
        key = (id(grant), documents)
        if key not in self._pairs:
            found: _Pairs = {}
            for thing in grant.resources:
                resource = self._things.get(thing)
                type_ = resource.origin.type if resource is not None else ""
                if documents is not False and (type_ == _COLLECTION) is not bool(documents):
                    continue
                for way in ways(type_, grant.actions):
                    actions = tuple(one for one in grant.actions if one in moves(type_)[way])
                    found.setdefault((self._target(thing, type_), way), []).append((thing, actions))
            self._pairs[key] = found
        return self._pairs[key]

    def _target(self, thing: str, type_: str) -> str:
        """What people name: the agent rather than its alias."""
        planned = self._seen.by_id.get(thing)
        step = named.LEADS_TO.get(type_)
        found = self._seen.planned.target(planned, *step) if planned is not None and step is not None else None
        return found.id if isinstance(found, PlannedResource) else thing

    def _closely(self, statement: Statement | None, target: str, actions: tuple[str, ...]) -> Width:
        """How closely a statement names something."""
        if statement is None:
            return Width.WIDE
        if (statement.id, target) not in self._widths:
            self._widths[statement.id, target] = width(statement, self._things[target], actions, self._among)
        return self._widths[statement.id, target]

    def _denied(self, identity: str, target: str, actions: tuple[str, ...]) -> bool:
        """Whether a statement may take away what another allows, whatever the conditions."""
        return any(
            (one.not_actions or _about(one.actions, actions))
            and (one.not_resources or self._reaches(one.resources, target, actions))
            for one in self._denies.get(identity, ())
        )

    def _reaches(self, patterns: tuple[str, ...] | Unknown, target: str, actions: tuple[str, ...]) -> bool:
        if isinstance(patterns, Unknown):
            return True
        return any(self._among.reaches(pattern, self._things[target], actions) for pattern in patterns)

    def _holds_documents(self, target: str) -> bool:
        return self._things[target].origin.type == _COLLECTION


def _without_searches(rights: Rights) -> None:
    """A search is posted as well: who may get and post, and not put, only searches."""
    for (target, way), may in list(rights.found.items()):
        reads = rights.found.get((target, READS))
        if way == WRITES and may.actions == (POST,) and reads is not None and reads.actions != (POST,):
            del rights.found[target, way]


def _unread(seen: Seen) -> dict[str, Resource]:
    """What data goes to by a permission, and no inspector reads: streams of deliveries, buses of events."""
    types = [type_ for type_ in named.TYPES if moves(type_)]
    ends = (end_of(seen, one) for one in seen.planned.of(*types) if one.id not in seen.resources)
    return {end.id: end.node for end in ends if end.node is not None}


def _grants_of(seen: Seen, unread: dict[str, Resource]) -> Iterator[Grant]:
    """Grants on what no inspector reads, as the access engine tells those on everything else."""
    access = Access(replace(seen.world, resources=(*seen.world.resources, *unread.values())), VOCABULARY)
    alone = replace(seen.world, resources=tuple(unread.values()))
    return grants(alone, VOCABULARY, access.who_can, access.library.texts)


def _about(patterns: tuple[str, ...] | Unknown, actions: tuple[str, ...]) -> bool:
    if isinstance(patterns, Unknown):
        return True
    return any(matches_action(pattern, action) for pattern in patterns for action in actions)


def _binds(statement: Statement | None, identity: str) -> bool:
    return statement is not None and isinstance(statement.binds, tuple) and identity in statement.binds
