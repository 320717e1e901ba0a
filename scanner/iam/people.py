"""Principals of a world by number, and whom a policy means by its principals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scanner.iam.answers import members
from scanner.iam.context import Principal
from scanner.iam.patterns import NOT_KNOWN, Reach, looked_up, relation
from scanner.iam.vocabulary import Vocabulary
from scanner.kinds import Identity
from scanner.model import Resource, Statement, Unknown, World

_ACT = frozenset({"role", "user", "permission_set"})
_ROOT = ":root"
_OF_ACCOUNT = frozenset({"aws:principalaccount", "kms:calleraccount", "aws:principalisawsservice"})


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a principal of a policy means, as bits: by name, as everybody, or as an account that may pass it on."""

    direct: int = 0
    direct_may: int = 0
    account: int = 0
    account_may: int = 0

    def __or__(self, other: Named) -> Named:
        return Named(
            self.direct | other.direct,
            self.direct_may | other.direct_may,
            self.account | other.account,
            self.account_may | other.account_may,
        )


def plan_of(resource: Resource) -> str:
    """The plan that a resource is of, which stands for its account where that is not known; empty for a live one."""
    return resource.origin.plan or ("plan" if resource.planned else "")


class People:
    """Everybody of a world who may act, by number."""

    def __init__(self, world: World, vocabulary: Vocabulary) -> None:
        found = [r for r in world.resources if isinstance(r, Identity) and r.type in _ACT]
        self.all = [self._principal(identity, vocabulary) for identity in found]
        self.identities = dict(enumerate(found))
        self.number = {one.id: number for number, one in enumerate(self.all)}
        known = {resource.id for resource in world.resources}
        for statement in world.statements:
            for name in _outsiders(statement, known):
                if name not in self.number:
                    self.number[name] = len(self.all)
                    self.all.append(Principal(name, "", vocabulary.account_of(name), name, (name,)))
        self.everybody = (1 << len(self.all)) - 1
        self.users = sum(1 << number for number, one in enumerate(self.all) if one.type == "user")
        self.groups, self.perhaps = _groups(found, self.number)
        self.accounts: dict[str, int] = {}
        self.places: dict[str, int] = {}
        for number, one in enumerate(self.all):
            self.accounts[one.account] = self.accounts.get(one.account, 0) | 1 << number
            if not one.account:
                self.places[one.place] = self.places.get(one.place, 0) | 1 << number
        self._by_name = {name: number for number, one in enumerate(self.all) for name in one.names}
        self._open = [
            (name, number) for number, one in enumerate(self.all) for name in one.names if "{" in name.replace("${", "")
        ]
        self._named: dict[tuple[str, str, str], Named] = {}
        self.nameless = sum(1 << number for number, one in enumerate(self.all) if not one.type)
        """Those of whom only the name is known."""

    @staticmethod
    def _principal(identity: Identity, vocabulary: Vocabulary) -> Principal:
        place = plan_of(identity)
        return Principal(identity.id, identity.type, identity.account, identity.name, vocabulary.names(identity), place)

    def alike(self, keys: frozenset[str], bits: int) -> Iterator[tuple[Principal, int]]:
        """One of each group, among some, for whom condition keys, in lower case, are the same, with all of them."""
        if not keys <= _OF_ACCOUNT:
            yield from ((self.all[number], 1 << number) for number in members(bits))
            return
        for everybody in self.accounts.values():
            for held in (everybody & bits & ~self.nameless, everybody & bits & self.nameless):
                if held:
                    yield self.all[next(members(held))], held

    def bound(self, binds: tuple[str, ...] | Unknown) -> tuple[int, int]:
        """Those whom a policy is attached to, for certain and at most."""
        if isinstance(binds, Unknown):
            return 0, self.everybody
        must = may = 0
        for one in binds:
            number = self.number.get(one)
            if number is not None:
                must |= 1 << number
            must |= self.groups.get(one, 0)
            if one in self.groups or number is None:
                may |= self.perhaps
        return must, must | may

    def of_account(self, account: str, place: str) -> tuple[int, int]:
        """Those of the same account as something, for certain and at most."""
        unknown = self.accounts.get("", 0)
        if account:
            return self.accounts.get(account, 0), self.accounts.get(account, 0) | unknown
        return self.places.get(place, 0), self.everybody if unknown or self.all else 0

    def named(self, principal: str, account: str, place: str) -> Named:
        """Whom one principal of a policy of something in an account means."""
        key = (principal, account, place)
        if key not in self._named:
            self._named[key] = self._find(principal, account, place)
        return self._named[key]

    def unbounded(self, principals: tuple[str, ...] | Unknown, account: str, place: str) -> int:
        """Those whom no boundary keeps from what a policy of something allows these principals, at most.

        Source: AWS IAM User Guide, "Permissions boundaries for IAM entities": users, sessions of roles, everybody.
        """
        listed = () if isinstance(principals, Unknown) else principals
        if {"AWS:*", "*:*"} & set(listed):
            return self.everybody
        found = self.users
        for principal in listed:
            found |= self.named(principal, account, place).direct_may if ":assumed-role/" in principal else 0
        return found

    def _find(self, principal: str, account: str, place: str) -> Named:
        sort, _, name = principal.partition(":")
        if sort == NOT_KNOWN or (sort in {"AWS", "*"} and name == NOT_KNOWN):
            return Named(direct_may=self.everybody, account_may=self.everybody)
        if sort not in {"AWS", "*"}:
            # A canonical user is an account, by an id that nothing here tells.
            return Named(account_may=self.everybody if sort == "CanonicalUser" else 0)
        if name == "*":
            return Named(direct=self.everybody, direct_may=self.everybody)
        if _is_account(name):
            return self._account(name, account, place)
        number = self._by_name.get(name)
        if number is not None:
            return Named(direct=1 << number, direct_may=1 << number)
        return Named(direct_may=self._perhaps(name))

    def _account(self, name: str, account: str, place: str) -> Named:
        meant = name.split(":")[4] if ":" in name else name
        if meant == "{account}":
            must, may = self.of_account(account, place)
            return Named(account=must, account_may=must or may)
        if "{" in meant or NOT_KNOWN in meant:
            return Named(account_may=self.everybody)
        must, may = self.accounts.get(meant, 0), self.accounts.get(meant, 0) | self.accounts.get("", 0)
        return Named(account=must, account_may=may)

    def _perhaps(self, name: str) -> int:
        """Those whose name is not known as a whole, and may be this one; a session is one of its role's."""
        if NOT_KNOWN in name:
            base = name.partition("}")[0][2:] if name.startswith("${") else ""
            if base:
                return 1 << self.number[base] if base in self.number else 0
            return sum(1 << i for i, one in enumerate(self.all) if any(relation(name, n) for n in one.names))
        if looked_up(name):
            return sum(1 << i for i, one in enumerate(self.all) if relation(name, one.names[0]) is not Reach.NONE)
        found = sum({1 << number for open_, number in self._open if relation(name, open_) is not Reach.NONE})
        parts = name.split(":", 5)
        if len(parts) > 5 and parts[5].startswith("assumed-role/"):
            role = parts[5].split("/")[1]
            same = self.accounts.get(parts[4], 0) | self.accounts.get("", 0)
            found |= sum(
                1 << i for i, p in enumerate(self.all) if p.type == "role" and p.name == role and same >> i & 1
            )
        return found


def _is_account(name: str) -> bool:
    return name == "{account}" or (name.isdigit() and len(name) == 12) or name.endswith(_ROOT)


def _outsiders(statement: Statement, known: set[str]) -> Iterable[str]:
    """Identities outside of the world that a policy is attached to."""
    if statement.policy_kind != "identity" or isinstance(statement.binds, Unknown):
        return ()
    return (name for name in statement.binds if name and name not in known)


def _groups(identities: Iterable[Identity], number: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """Members of each group, and users whose groups are not known."""
    groups: dict[str, int] = {}
    perhaps = 0
    for identity in identities:
        bit = 1 << number[identity.id]
        if isinstance(identity.member_of, Unknown):
            perhaps |= bit
        else:
            for group in identity.member_of:
                groups[group] = groups.get(group, 0) | bit
    return groups, perhaps
