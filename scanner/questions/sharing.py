"""What environments share: keys, roles, secrets, stores and networks that things of several environments use.

An environment that is not known makes no failure, and one that is shared by agreement, such as a security account, is
no other environment.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from scanner.config import DEFAULT_NAME, Config, Described
from scanner.kinds import UNREAD, External, Identity, Key, Network, Secret, Store
from scanner.logic import Told
from scanner.model import Noted, Origin, Resource, Unknown, Wire, World
from scanner.questions.gaps import hiding

_NETWORKS = frozenset({"vpc", "peering", "transit_gateway", "endpoint_service"})

_USERS = frozenset({"compute", "secret", "store"})
"""Kinds of what uses keys, roles, secrets, stores and networks."""

_NON_PRODUCTION = "nonprod"
_COVERED = frozenset({"dev", "staging"})
_SHOWN = 3
_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):")


@dataclass(slots=True)
class Users:
    """Who uses one thing."""

    certain: list[Wire] = field(default_factory=list)
    perhaps: list[Wire] = field(default_factory=list)


def facts(world: World, config: Config) -> Iterator[tuple[str, dict[str, Told[tuple[str, ...]]]]]:
    """Environments in which each key, secret, identity, store and network is used, by id."""
    users, half = _users(world.wires), _half_read(world)
    for resource in world.resources:
        if _shareable(resource):
            serves = _serves_all(resource, config)
            hidden = _hidden(world, resource, half)
            yield resource.id, {"used_in": serves or used_in(users.get(resource.id, Users()), config, resource, hidden)}


def externals(world: World, config: Config) -> Iterator[External]:
    """What several things use that was not read itself, such as a key of another account."""
    known = {resource.id: resource for resource in world.resources}
    for target, users in _users(world.wires).items():
        wires = (*users.certain, *users.perhaps)
        if target in known or len({wire.source for wire in wires}) < 2:
            continue
        source = next((known[wire.source] for wire in wires if wire.source in known), None)
        yield External.of(
            id=target,
            type=wires[0].how,
            planned=source.planned if source else True,
            origin=source.origin if source else Origin(source="plan"),
            used_in=_archive(target, wires[0].how, config) or used_in(users, config),
        )


def used_in(users: Users, config: Config, itself: Resource | None = None, hidden: str = "") -> Told[tuple[str, ...]]:
    """Environments in which a thing is used, its own among them; `hidden` is why more may use it than were read."""
    found: dict[str, str] = {}
    if itself is not None and counts(itself.environment, config):
        found[str(itself.environment)] = f"it is itself of {itself.environment}"
    places = {wire.within for wire in users.certain}
    same = len(places) < 2
    told = sorted(users.certain, key=lambda wire: (str(wire.environment), wire.source))
    for wire in told if same else ():
        if counts(wire.environment, config):
            found.setdefault(str(wire.environment), f"{wire.source} of {wire.environment} uses it ({wire.attribute})")
    apart = distinct(found)
    if len(apart) < 2:
        doubt = _doubt(apart, users, config, same=same) or hidden
        if doubt:
            return Unknown(doubt)
    return Noted(apart, "; ".join(found[name] for name in apart[:_SHOWN]) or _used(users, config))


def _used(users: Users, config: Config) -> str:
    """What is told of a thing of which no environment of its own is known that uses it."""
    wires = sorted((*users.certain, *users.perhaps), key=lambda wire: (bool(wire.reason), wire.source, wire.attribute))
    if not wires:
        return "nothing that was seen uses it"
    wire = next((one for one in wires if isinstance(one.environment, Unknown)), wires[0])
    does = "may use it" if wire.reason else "uses it"
    if isinstance(wire.environment, Unknown):
        return f"{wire.source} {does} ({wire.attribute}), whose environment is not known"
    if counts(wire.environment, config):
        return f"{wire.source} of {wire.environment} {does} ({wire.attribute})"
    return f"{wire.source} of {wire.environment}, which serves all environments, {does} ({wire.attribute})"


def _hidden(world: World, resource: Resource, half: Iterable[tuple[str, str, str, str]]) -> str:
    """Why more may use a thing of an account than was read there; empty where nothing hides it."""
    if resource.planned:
        return ""
    region = "" if isinstance(resource, Identity) else resource.region or "none"
    if found := hiding(world, _USERS, resource.account, region):
        return f"not all that may use it was read: {found}"
    if isinstance(resource, Key | Store):
        wanted = (why for kind, *place, why in half if kind == resource.kind and _near(resource, *place))
        return next(wanted, "")
    return ""


def _near(resource: Resource, account: str, region: str) -> bool:
    """Whether something in an account and region, which may not be known, can use a resource."""
    return account == resource.account and (isinstance(resource, Store) or region in {"", resource.region})


def _half_read(world: World) -> list[tuple[str, str, str, str]]:
    """What was read of an account but for the key it uses, or where it logs: that kind, account, region, and why."""
    found: list[tuple[str, str, str, str]] = []
    for one in world.resources:
        if isinstance(one, Store | Secret) and not one.planned:
            facts = {"key": one.key_owner, "store": one.access_logged if isinstance(one, Store) else UNREAD}
            for kind, fact in facts.items():
                if isinstance(fact, Unknown) and fact is not UNREAD:
                    why = f"which {kind} {one.id} uses was not read: {fact.reason}"
                    found.append((kind, one.account, one.region, why))
    return found


def _shareable(resource: Resource) -> bool:
    """Whether things of several environments may use it."""
    if isinstance(resource, Network):
        return resource.type in _NETWORKS
    return isinstance(resource, Key | Secret | Store) or (isinstance(resource, Identity) and resource.type == "role")


def _serves_all(resource: Resource, config: Config) -> Noted[tuple[str, ...]] | None:
    """What may be used from everywhere: an archive, or a service behind endpoints, of an environment that is shared."""
    kept = isinstance(resource, Store) or (isinstance(resource, Network) and resource.type == "endpoint_service")
    own = resource.environment
    if not kept or isinstance(own, Unknown) or counts(own, config):
        return None
    return Noted((), f"it is of {own}, which serves all environments")


def _archive(name: str, type_: str, config: Config) -> Noted[tuple[str, ...]] | None:
    """A store elsewhere that a setting says to be of an environment that serves all: nothing else tells."""
    if type_ != "store":
        return None
    account = _ACCOUNT.match(name)
    called = re.split(r"[:/]", name.removesuffix(":*"))[-1]
    told, source = config.environment(Described(name, called, "", account[1] if account else "", {}))
    if source != DEFAULT_NAME or isinstance(told, Unknown) or counts(told, config):
        return None
    return Noted((), f"{DEFAULT_NAME} says that it is of {told}, which serves all environments")


def distinct(environments: Iterable[str]) -> tuple[str, ...]:
    """Environments apart from each other, in order: `nonprod` is what development and staging are too."""
    found = {*environments}
    return tuple(sorted(found - {_NON_PRODUCTION} if found & _COVERED else found))


def counts(environment: str | Unknown, config: Config) -> bool:
    """Whether it is known to be an environment of its own, and not one that serves all others."""
    return isinstance(environment, str) and environment not in config.shared_environments


def _doubt(known: tuple[str, ...], users: Users, config: Config, *, same: bool) -> str:
    """Why a thing may be used in more environments than are known; empty where it is not."""
    if not same:
        wires = users.certain
        if len(distinct(str(w.environment) for w in wires if counts(w.environment, config))) > 1:
            return (
                f"{wires[0].target} is named in {', '.join(sorted({w.within for w in wires}))}: whether it is the same"
            )
    possible = {str(wire.environment): wire for wire in users.perhaps if counts(wire.environment, config)}
    if len(distinct((*known, *possible))) > 1:
        wire = next((wire for name, wire in possible.items() if name not in known), next(iter(possible.values())))
        return f"{wire.source} of {wire.environment} may use it: {wire.reason}"
    unknown = {w.source: w for w in (*users.certain, *users.perhaps) if isinstance(w.environment, Unknown)}
    if not unknown or len(known) + len(unknown) < 2:
        return ""
    wire = next(iter(unknown.values()))
    reason = wire.environment.reason if isinstance(wire.environment, Unknown) else ""
    return f"the environment of {wire.source}, which {'may use' if wire.reason else 'uses'} it, is not known: {reason}"


def _users(wires: Iterable[Wire]) -> Mapping[str, Users]:
    found: dict[str, Users] = defaultdict(Users)
    for wire in wires:
        (found[wire.target].perhaps if wire.reason else found[wire.target].certain).append(wire)
    return found
