"""One request with every policy that has a say in it: as the oracle takes it, and as a world for the engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from scanner.clouds.aws.iam.policydoc import parse
from scanner.clouds.aws.iam.statements import statements
from scanner.kinds import Account, Identity, Store
from scanner.model import Origin, Resource, Statement, World

Policy: TypeAlias = Mapping[str, Any]
Context: TypeAlias = Mapping[str, "str | tuple[str, ...]"]

HOME, OTHER = "111122223333", "444455556666"
BOUNDARY = f"arn:aws:iam::{HOME}:policy/boundary"
_OF_IAM, _OF_ORGANIZATIONS = "aws_iam_policy", "aws_organizations_policy"
EVERYTHING: Policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A resource that a policy may be attached to."""

    arn: str
    provider_type: str
    account: str = HOME
    kind: type[Resource] = Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request: who wants to do what, and everything written about it."""

    name: str
    principal: str
    action: str
    resource: str
    thing: Thing | None = None
    """What the request is about, or is part of; none for an action without a resource."""

    context: Context = field(default_factory=dict)
    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    policy: Policy | None = None
    """The thing's own."""

    scps: tuple[tuple[Policy, ...], ...] = ()
    """By level, from the root down."""

    rcps: tuple[tuple[Policy, ...], ...] = ()

    @property
    def account(self) -> str:
        """Whose the resource is."""
        return self.thing.account if self.thing else account_of(self.principal)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """All of them."""
        every = (*self.identity, *(p for level in (*self.scps, *self.rcps) for p in level))
        return (*every, *(policy for policy in (self.boundary, self.policy) if policy is not None))

    @property
    def mentioned(self) -> frozenset[str]:
        """Condition keys, in lower case, that any policy of it speaks of."""
        return frozenset(key for policy in self.policies for key in keys_of(json.dumps(policy)))

    def simulation(self, context: Context | None = None) -> dict[str, Any]:
        """The same as the oracle takes it."""
        given = self.context if context is None else context
        return {
            "request": {
                "principal": self.principal,
                "action": self.action,
                "resource": {"resource": self.resource, "accountId": self.account},
                "contextVariables": {key: list(v) if isinstance(v, tuple) else v for key, v in given.items()},
            },
            "identityPolicies": _named(self.identity),
            "serviceControlPolicies": _levels(self.scps),
            "resourceControlPolicies": _levels(self.rcps),
            **({"resourcePolicy": self.policy} if self.policy is not None else {}),
            **({"permissionBoundaryPolicies": _named((self.boundary,))} if self.boundary is not None else {}),
        }

    def world(self) -> World:
        """The same as a running account would tell it."""
        return World(resources=tuple(self._resources()), statements=tuple(self._statements()), complete=COMPLETE)

    def _resources(self) -> Iterator[Resource]:
        if self.principal.startswith("arn:"):
            bound = BOUNDARY if self.boundary is not None else ""
            yield identity(self.principal, bound)
        if self.thing is not None and self.thing.arn != self.principal:
            yield resource(self.thing)
        for account in filter(None, dict.fromkeys((account_of(self.principal), self.account))):
            yield Account.of(
                id=account, account=account, levels=places(account), manages_organization=False, planned=False
            )

    def _statements(self) -> Iterator[Statement]:
        for number, policy in enumerate(self.identity):
            yield from read(f"{self.principal}#identity{number}", policy, "identity", (self.principal,), _OF_IAM)
        if self.boundary is not None:
            yield from read(BOUNDARY, self.boundary, "boundary", (self.principal,), _OF_IAM)
        if self.policy is not None and self.thing is not None:
            trust = self.thing.kind is Identity
            type_ = self.thing.provider_type if trust else f"{self.thing.provider_type}_policy"
            yield from read(self.thing.arn, self.policy, "trust" if trust else "resource", (self.thing.arn,), type_)
        for kind, levels in (("scp", self.scps), ("rcp", self.rcps)):
            for place, level in zip(self._places(kind), levels, strict=False):
                for number, policy in enumerate(level):
                    yield from read(f"{kind}-{place}-{number}", policy, kind, (place,), _OF_ORGANIZATIONS)

    def _places(self, kind: str) -> tuple[str, ...]:
        """Where control policies hang: above whoever asks, or above the resource."""
        return places(account_of(self.principal) if kind == "scp" else self.account)


def places(account: str) -> tuple[str, ...]:
    """An organization's root, a unit, and an account."""
    return ("r-chat", "ou-chat-prod" if account == HOME else "ou-vendors", account)


COMPLETE = frozenset({"identity", "statement", "store", "key", "secret"})


def identity(arn: str, boundary: str = "") -> Identity:
    """A role or user by its ARN."""
    path = arn.split(":", 5)[5].split("/")
    return Identity.of(
        id=arn,
        type=path[0],
        name=path[-1],
        account=account_of(arn),
        boundary=boundary,
        planned=False,
        origin=Origin(source="live", type=f"aws_iam_{path[0]}"),
    )


def resource(thing: Thing) -> Resource:
    """A resource by its ARN, as a running account tells it."""
    if thing.kind is Identity:
        return identity(thing.arn)
    return thing.kind.of(
        id=thing.arn,
        type=thing.provider_type.removeprefix("aws_"),
        name=thing.arn.split(":", 5)[5].rpartition("/")[2],
        account=thing.account,
        region=thing.arn.split(":")[3],
        planned=False,
        origin=Origin(source="live", type=thing.provider_type),
    )


def read(id_: str, policy: Policy, kind: str, binds: tuple[str, ...], type_: str) -> Iterator[Statement]:
    """The statements of one policy, by the path that every policy of a live account takes."""
    labels = {"id": id_, "planned": False, "origin": Origin(source="live", type=type_)}
    yield from statements(labels, parse(json.dumps(policy), id_), id_, kind=kind, binds=binds)


def account_of(arn: str) -> str:
    """The account in an ARN."""
    fields = arn.split(":", 5)
    return fields[4] if len(fields) == 6 else ""


def keys_of(text: str) -> Iterator[str]:
    """Condition keys in a policy's text, in lower case: those of conditions, and those of policy variables."""
    written = json.loads(text)["Statement"]
    for statement in written if isinstance(written, list) else [written]:
        for operator in (statement.get("Condition") or {}).values():
            yield from (key.lower() for key in operator)
    yield from variables(text)


@lru_cache(maxsize=1024)
def variables(text: str) -> tuple[str, ...]:
    """Keys, in lower case, of the policy variables in a text."""
    parts = [part.partition("}")[0] for part in text.split("${")[1:]]
    return tuple(part.partition(",")[0].strip().lower() for part in parts if ":" in part)


def _named(policies: tuple[Policy, ...]) -> list[dict[str, Any]]:
    return [{"name": f"policy{number}", "policy": policy} for number, policy in enumerate(policies)]


def _levels(levels: tuple[tuple[Policy, ...], ...]) -> list[dict[str, Any]]:
    return [{"orgIdentifier": f"level{number}", "policies": _named(level)} for number, level in enumerate(levels)]
