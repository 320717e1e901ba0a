"""Trust across environments: roles that a principal of another environment may become, and things that let one in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from scanner.config import Config, Described
from scanner.kinds import Identity, Key, Secret, Store
from scanner.logic import Told
from scanner.model import Noted, Resource, Statement, Unknown, World
from scanner.questions.sharing import counts, distinct

_NAMED = re.compile(r"AWS:\$\{(.+)\}$")
_OWN = "{account}"
"""The account of whoever applies a plan."""

_ACCOUNT = re.compile(r"AWS:(?:arn:[^:]*:(?:iam|sts)::)?(\d{12}|\{account\})(?::(.*))?$")
_OF_THINGS = frozenset({"trust", "resource"})
_SHOWN = 3


def facts(world: World, config: Config) -> Iterator[tuple[str, dict[str, Told[tuple[str, ...]]]]]:
    """Environments, other than its own, of those whom the policy of each role, store, key and secret names, by id."""
    policies: dict[str, list[Statement]] = defaultdict(list)
    for statement in world.statements:
        if statement.policy_kind in _OF_THINGS and not isinstance(statement.binds, Unknown):
            for id_ in statement.binds:
                policies[id_].append(statement)
    places = _Places(world, config)
    for one in world.resources:
        if isinstance(one, Store | Key | Secret) or (isinstance(one, Identity) and one.type == "role"):
            yield one.id, {"trusts_environments": _trusted(one, policies[one.id], places)}


def _trusted(one: Resource, statements: Iterable[Statement], places: _Places) -> Told[tuple[str, ...]]:
    found: dict[str, str] = {}
    doubt = ""
    for statement in statements:
        if statement.effect == "Deny" or statement.principals == ():
            continue
        if isinstance(statement.principals, Unknown) or isinstance(statement.effect, Unknown):
            unread = statement.principals if isinstance(statement.principals, Unknown) else statement.effect
            doubt = doubt or (unread.reason if isinstance(unread, Unknown) else "")
            continue
        for principal in statement.principals:
            where = places.of(principal, one)
            if isinstance(where, Unknown):
                doubt = doubt or where.reason
            elif where is not None and counts(where, places.config):
                found.setdefault(where, principal)
    return _others(one, found, doubt, places)


def _others(one: Resource, found: Mapping[str, str], doubt: str, places: _Places) -> Told[tuple[str, ...]]:
    """What of the environments found is not the role's own."""
    own = one.environment
    if not isinstance(own, Unknown) and not counts(own, places.config):
        return Noted((), f"it is of {own}, which serves all environments")
    if isinstance(own, Unknown):
        apart = distinct(found)
        if len(apart) < 2:
            why = "; ".join(filter(None, (f"its environment is not known: {own.reason}", doubt)))
            return Unknown(why) if found or doubt else Noted((), "it trusts nobody of an environment")
    else:
        apart = tuple(name for name in sorted(found) if len(distinct((own, name))) > 1)
    if not apart and doubt:
        return Unknown(doubt)
    told = "; ".join(f"it trusts {found[name].partition(':')[2]}, of {name}" for name in apart[:_SHOWN])
    return Noted(apart, told or "it trusts nobody of another environment")


def _principal(name: str) -> tuple[str, str]:
    """Type and name of what follows the account in an ARN: of a session its role's, and no name of a whole account."""
    type_, _, rest = name.partition("/")
    if type_ == "assumed-role":
        return "role", rest.partition("/")[0]
    return type_, rest.rpartition("/")[2]


def _environment(principal: Resource) -> str | Unknown:
    own = principal.environment
    told = f"it trusts {principal.id}, whose environment is not known"
    return Unknown(f"{told}: {own.reason}") if isinstance(own, Unknown) else own


class _Places:
    """Environments of principals."""

    def __init__(self, world: World, config: Config) -> None:
        self.config = config
        self._by_id = {resource.id: resource for resource in world.resources}
        identities = [one for one in world.resources if isinstance(one, Identity)]
        named = [one for one in identities if one.name]
        self._by_name = {(one.account or one.origin.plan, one.type, one.name): one for one in named}

    def of(self, principal: str, one: Resource) -> str | Unknown | None:
        """The environment of a principal; None for one that is of none: a service, or somebody known and no part."""
        if match := _NAMED.match(principal):
            known = self._by_id.get(match[1])
            return _environment(known) if known is not None else Unknown(f"{match[1]} was not read")
        if not principal.startswith("AWS:") or principal == "AWS:*":
            return None
        account = _ACCOUNT.match(principal)
        if account is None:
            return Unknown(f"it trusts {principal.partition(':')[2]}, whose environment is not known")
        if account[1] in self.config.trusted_accounts:
            return None
        return self._of_account(account[1], account[2] or "root", one)

    def _of_account(self, account: str, name: str, one: Resource) -> str | Unknown | None:
        sole = not one.account and self.config.own_accounts == {account}
        own = sole or account in {one.account, _OWN}
        if own and name == "root":
            return None  # hands the matter to the account's own policies
        type_, called = _principal(name)
        known = self._by_name.get(((one.account or one.origin.plan) if own else account, type_, called))
        if known is not None:
            return _environment(known)
        environment, source = self.config.environment(Described("", called, "", account, {}))
        if source:
            return environment
        return Unknown(
            f"it trusts {called or 'all'} of account {account}, and no setting says which environment that is; "
            "list it under environments, or under accounts.trusted, in trustscan.yaml"
        )
