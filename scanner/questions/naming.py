"""Who is let at a secret, or at Terraform's state, by a permission that names it: a use of it, like a setting is.

A permission that covers it among everything else is no use of it; what that reaches across environments is another
question.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from scanner.config import words
from scanner.kinds import Identity, Secret, Store
from scanner.logic import any_holds
from scanner.model import Resource, Statement, Unknown, Wire
from scanner.questions.asked import Asked

_NAMED = re.compile(r"arn:[^:]*:(?:secretsmanager|ssm|s3):([^:]*):([^:]*):(?:secret:|parameter/?)?([^:]+)")
_ENDING = re.compile(r"-(?:\?{6}|\*|[A-Za-z0-9]{6})$")
"""What follows a secret's name in its ARN: six characters that Secrets Manager adds, or wildcards for them."""

_BELOW = re.compile(r"(arn:[^:]*:s3:::[^/*?]+|\$\{[^}]+\})/.*")
_POSSIBLY = "whether its permission holds is not certain"
_LEVELS = ("read", "write")
_STATE = (frozenset({"tfstate"}), frozenset({"terraform", "state"}), frozenset({"tf", "state"}))
"""Words in the name of a bucket that holds Terraform's state."""


def wires(asked: Asked) -> Iterator[Wire]:
    """A wire from each identity to each secret or state that a permission of it names, where it has that permission."""
    things = _Things(one for one in asked.world.resources if isinstance(one, Secret) or keeps_state(one))
    if not things:
        return
    identities = {one.id: one for one in asked.world.resources if isinstance(one, Identity)}
    users = _used_in(asked)
    seen: set[tuple[str, str]] = set()
    for statement in asked.world.statements:
        if statement.policy_kind != "identity" or statement.effect == "Deny" or isinstance(statement.binds, Unknown):
            continue
        for target in things.named(statement):
            for identity in (identities[id_] for id_ in statement.binds if id_ in identities):
                may = (identity.id, target.id) not in seen and _may(asked, identity, target)
                if may is not False:
                    seen.add((identity.id, target.id))
                    yield from _uses(identity, target, statement, users, "" if may else _POSSIBLY)


def keeps_state(resource: Resource) -> bool:
    """Whether a bucket is, by its name, one that Terraform keeps its state in."""
    if not isinstance(resource, Store) or resource.type != "bucket":
        return False
    said = {*words(f"{resource.origin.address} {resource.name}")}
    return any(some <= said for some in _STATE)


class _Things:
    """Secrets and states, by what a statement calls them."""

    def __init__(self, found: Iterable[Resource]) -> None:
        self._by_id = {one.id: one for one in found}
        self._by_name: dict[str, list[Resource]] = defaultdict(list)
        for one in self._by_id.values():
            if one.name:
                self._by_name[one.name.strip("/")].append(one)

    def __bool__(self) -> bool:
        return bool(self._by_id)

    def named(self, statement: Statement) -> Iterator[Resource]:
        """Things that a statement names, each for itself."""
        for pattern in () if isinstance(statement.resources, Unknown) else statement.resources:
            below = _BELOW.fullmatch(pattern)
            name = below[1] if below else pattern
            if name.startswith("${") and name.endswith("}"):
                yield from filter(None, (self._by_id.get(name[2:-1]),))
            elif match := _NAMED.fullmatch(name):
                called = match[3].strip("/")
                ways = {called, _ENDING.sub("", called)} if ":secretsmanager:" in name else {called}
                found = (one for way in sorted(ways) for one in self._at(way))
                yield from (one for one in found if _is_there(one, match[1], match[2]))

    def _at(self, name: str) -> Iterable[Resource]:
        return self._by_name.get(name, ())


def _is_there(one: Resource, region: str, account: str) -> bool:
    """Whether a thing may be in a region and account; what is not known of it, or left open there, fits."""
    places = ((one.region, region), (one.account, account))
    return all(not own or wanted in {own, "", "*"} or wanted.startswith("{") for own, wanted in places)


def _may(asked: Asked, identity: Identity, target: Resource) -> bool | None:
    """Whether what the statement names comes to a permission, all policies together."""
    if identity.id not in asked.access.people.number:
        return False
    levels = asked.access.vocabulary.levels()
    actions = (action for level in _LEVELS for action in levels.get(level, {}).get(target.origin.type, ()))
    return any_holds(asked.access.can(identity.id, action, target.id) for action in actions)


def _uses(
    identity: Identity, target: Resource, statement: Statement, users: Mapping[str, Mapping[str, None]], reason: str
) -> Iterator[Wire]:
    """One wire for each environment that an identity acts in: its own, or those of what acts as it."""
    environments: tuple[str | Unknown, ...] = (identity.environment,)
    if isinstance(identity.environment, Unknown) and users.get(identity.id):
        environments = tuple(users[identity.id])
    for environment in environments:
        yield Wire(
            how=target.kind,
            source=identity.id,
            target=target.id,
            attribute=f"let in by {statement.policy}",
            environment=environment,
            reason=reason,
        )


def _used_in(asked: Asked) -> Mapping[str, Mapping[str, None]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for wire in asked.world.wires:
        if wire.how == "identity" and not wire.reason and isinstance(wire.environment, str):
            found[wire.target][wire.environment] = None
    return found
