"""Roles that what runs may assume, one by another: what such a role may do, who assumes it may do as well.

A step is likely where it is certain and a statement names the role, or the one that it lets in; else it is possible.
Source: AWS IAM User Guide, "Roles terms and concepts" (role chaining), "Policies and permissions: trust policies".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.clouds.aws.iam.patterns import matches_action
from scanner.clouds.aws.links.acting import Policies, acting
from scanner.clouds.aws.links.scope import Among, Width, means_many, width
from scanner.clouds.aws.links.seen import Seen
from scanner.iam.answers import members
from scanner.iam.patterns import NOT_KNOWN
from scanner.kinds import TIERS, Identity
from scanner.model import Statement, Unknown

_ASSUME = "sts:AssumeRole"
_LIKELY, _POSSIBLE = TIERS[1:]
_PAIRS = 100_000
"""Who may assume which role, of which so many are told; those that fewest may assume come first."""

_ROLES = 20
"""Roles that are followed from one that runs."""

_DEEP = 5
_ROLE = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+")


@dataclass(frozen=True, slots=True)
class Chain:
    """How one that runs becomes another."""

    roles: tuple[str, ...]
    """Each that is assumed, in their order; the last is the one that it acts as then."""

    tier: str
    by: tuple[str, ...]
    """The statement of each step."""

    doubt: str = ""
    """Why it is only possible."""

    @property
    def role(self) -> str:
        """Whom it becomes."""
        return self.roles[-1]

    def after(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """What is told of a flow of the last of it, told of who becomes it."""
        reason = str(facts["reason"]).replace("its identity", self.role)
        tier = max(self.tier, str(facts["tier"]), key=TIERS.index)
        return {**facts, "tier": tier, "reason": f"{reason}; {self.said}"}

    @property
    def said(self) -> str:
        """The chain in words."""
        steps = zip(self.roles, self.by, strict=True)
        told = ", then ".join(f"{role}{f' (by {by})' if by else ''}" for role, by in steps)
        return f"its identity may assume {told}{f', which is not certain: {self.doubt}' if self.doubt else ''}"


@dataclass(frozen=True, slots=True)
class _Step:
    role: str
    tier: str
    by: str
    doubt: str


class Chains:
    """Who may become whom by assuming roles."""

    def __init__(self, seen: Seen, identities: Iterable[str]) -> None:
        """Ask of each role that lets others in than services."""
        self._seen = seen
        self._among = Among(seen.resources)
        self._answers = {one.id: seen.access.who_can(_ASSUME, one.id) for one in _assumable(seen)}
        self._into: dict[int, list[str]] = {}
        self._steps: dict[str, list[_Step]] = {}
        self._chains: dict[str, list[Chain]] = {}
        self._holders: dict[int, tuple[Sequence[tuple[str, int]], dict[int, list[str]]]] = {}
        self.untold = 0
        """Those who may assume more roles than are told, as the access engine numbers them."""

        self._outward: dict[str, list[Statement]] = {}
        for one in seen.world.statements:
            if _assumes(one):
                for id_ in one.binds if isinstance(one.binds, tuple) else ():
                    self._outward.setdefault(id_, []).append(one)
        if self._answers:
            self._number(identities)

    def of(self, identity: str) -> list[Chain]:
        """Every role that an identity may become, each by its surest and then shortest chain."""
        if identity not in self._chains:
            self._chains[identity] = self._found(identity)
        return self._chains[identity]

    def _found(self, identity: str) -> list[Chain]:
        found: dict[str, Chain] = {}
        for tier in (_LIKELY, _POSSIBLE):
            layer = [Chain((), _LIKELY, ())] if tier == _LIKELY else [Chain((), _LIKELY, ()), *found.values()]
            for _ in range(_DEEP):
                layer = [one for before in layer for one in self._onward(identity, before, tier, found)]
        return list(found.values())

    def more(self, identity: str) -> bool:
        """Whether it may become more roles than are told."""
        number = self._seen.access.people.number.get(identity) if self._answers else None
        return number is not None and (bool(self.untold >> number & 1) or len(self._into.get(number, ())) > _ROLES)

    def elsewhere(self, identity: str) -> list[str]:
        """Roles that a policy of an identity lets it assume by name, of which nothing was read."""
        told = (one for statement in self._outward.get(identity, ()) for one in _named(statement))
        return [one for one in dict.fromkeys(told) if _ROLE.fullmatch(one) and not self._seen.access.subject(one)]

    def _onward(self, identity: str, before: Chain, tier: str, found: dict[str, Chain]) -> Iterator[Chain]:
        """One step on; every chain that is new is noted."""
        here = before.roles[-1] if before.roles else identity
        for step in self._from(here) if len(found) < _ROLES else ():
            new = step.role not in found and step.role != identity and len(found) < _ROLES
            if new and (tier == _POSSIBLE or step.tier == _LIKELY):
                sure = _LIKELY if before.tier == step.tier == _LIKELY else _POSSIBLE
                chain = Chain((*before.roles, step.role), sure, (*before.by, step.by), before.doubt or step.doubt)
                found[step.role] = chain
                yield chain

    def _from(self, identity: str) -> list[_Step]:
        """The roles that one may assume itself."""
        if identity not in self._steps:
            number = self._seen.access.people.number.get(identity) if self._answers else None
            roles = self._into.get(number, [])[:_ROLES] if number is not None else []
            self._steps[identity] = [self._step(role, number) for role in roles if number is not None]
        return self._steps[identity]

    def _step(self, role: str, number: int) -> _Step:
        answer, bit = self._answers[role], 1 << number
        certain = bool(answer.must & bit)
        parts = [part for part in answer.parts if part.role == "allow" and part.may & bit]
        ids = dict.fromkeys(id_ for part in parts for id_ in self._holding(part.statements).get(number, ()))
        statements = [self._seen.statements[one] for one in ids if one in self._seen.statements]
        doubts = (part.reason for part in answer.parts if part.reason and part.may & ~part.must & bit)
        naming = [one for one in statements if self._names(one, role)]
        by = next((one.id for one in (*naming, *statements)), "")
        return _Step(role, _LIKELY if certain and naming else _POSSIBLE, by, "" if certain else next(doubts, ""))

    def _holding(self, statements: Sequence[tuple[str, int]]) -> Mapping[int, list[str]]:
        """Ids of statements by the number of each whom they hold for; alike answers share them."""
        if id(statements) not in self._holders:
            found: dict[int, list[str]] = {}
            for id_, bits in statements:
                for number in members(bits):
                    found.setdefault(number, []).append(id_)
            self._holders[id(statements)] = (statements, found)
        return self._holders[id(statements)][1]

    def _names(self, statement: Statement, role: str) -> bool:
        """Whether a statement is about this role, or about who is let in, alone."""
        if statement.effect != "Allow":
            return False
        if statement.policy_kind != "trust":
            return width(statement, self._seen.resources[role], (_ASSUME,), self._among) is Width.NAMED
        told = () if isinstance(statement.principals, Unknown) else statement.principals
        names = [one.partition(":")[2] for one in told if one.startswith("AWS:")]
        return bool(names) and not any(means_many(one) or NOT_KNOWN in one for one in names)

    def _number(self, identities: Iterable[str]) -> None:
        """Who may assume which, as far as can be told of many."""
        known = self._seen.access.people.number
        ours = sum(1 << number for number in {known[one] for one in (*identities, *self._answers) if one in known})
        left = _PAIRS
        for role, answer in sorted(self._answers.items(), key=lambda one: ((one[1].may & ours).bit_count(), one[0])):
            bits = answer.may & ours & ~_bit(known.get(role))
            left -= bits.bit_count()
            if left < 0:
                self.untold |= bits
                continue
            for number in members(bits):
                self._into.setdefault(number, []).append(role)


def _bit(number: int | None) -> int:
    return 0 if number is None else 1 << number


def _named(statement: Statement) -> tuple[str, ...]:
    return statement.resources if isinstance(statement.resources, tuple) else ()


def _assumes(one: Statement) -> bool:
    """Whether a statement lets an identity assume roles that it names."""
    if one.policy_kind != "identity" or one.effect != "Allow" or isinstance(one.actions, Unknown):
        return False
    return isinstance(one.resources, tuple) and any(matches_action(action, _ASSUME) for action in one.actions)


def _assumable(seen: Seen) -> Iterator[Identity]:
    """Roles that let others in than services and people who sign in elsewhere."""
    for one in seen.world.resources:
        if isinstance(one, Identity) and one.type == "role":
            told = one.trusts
            if isinstance(told, Unknown) or any(not who.startswith(("Service:", "Federated:")) for who in told):
                yield one


def chains_of(seen: Seen) -> Chains:
    """The chains of everything that runs, made once for all rules."""
    return seen.once(_of_all)


def _of_all(seen: Seen) -> Chains:
    return Chains(seen, {one.identity for one in acting(seen, Policies(seen)) if one.identity})
