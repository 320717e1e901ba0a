"""What runs code, the identity that each acts as, and why what it may do is not known.

What a service does for a setting alone, as an agent, a pipe or a delivery stream does, is told by that setting: what
else its identity may do is never done. So only what runs somebody's code, or a definition, acts here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scanner.clouds.aws.links.seen import Seen
from scanner.kinds import UNREAD, Compute, Identity
from scanner.model import Statement, Unknown
from scanner.questions.gaps import hiding
from scanner.terraform.instances import PlannedResource

_NO_CODE = frozenset({"configuration", "service", "stack", "target"})
"""Types of compute that run no code of their own: a service's runs as its task definition."""

_ROLE = re.compile(r"arn:[^:]*:iam::(\d{12}):role/(?:.*/)?([^/]+)")
_CONFIGURED = frozenset({"aws_pipes_pipe", "aws_scheduler_schedule"})


@dataclass(slots=True)
class Acting:
    """Something that runs, and who it is."""

    compute: Compute
    planned: PlannedResource
    identity: str
    """Empty where it has none, or where that is not known."""

    doubts: list[str] = field(default_factory=list)
    """Why it may do more than is told."""


class Policies:
    """Policies that are there and not known, by whom they bind."""

    def __init__(self, seen: Seen) -> None:
        """Read every statement once."""
        self._hidden: dict[str, list[Statement]] = defaultdict(list)
        for one in seen.world.statements:
            if _hidden(one):
                for id_ in one.binds if isinstance(one.binds, tuple) else ():
                    self._hidden[id_].append(one)

        self._roles = {(id(one.plan), one.values.get("name")): one for one in seen.planned.of("aws_iam_role")}

    def called(self, role: str, owner: PlannedResource) -> str:
        """The role of the same plan that goes by the name in an ARN, where the plan does not know its ARN yet."""
        match = _ROLE.fullmatch(role)
        found = self._roles.get((id(owner.plan), match[2])) if match else None
        return found.id if found is not None and found.values.get("arn") is None else role

    def hidden(self, identity: str) -> tuple[Statement, ...]:
        """What is not known of what an identity may do."""
        return tuple(self._hidden.get(identity, ()))


def _hidden(statement: Statement) -> bool:
    told = (statement.actions, statement.not_actions, statement.resources, statement.not_resources)
    return (
        statement.policy_kind == "identity"
        and statement.effect != "Deny"
        and any(isinstance(part, Unknown) for part in told)
    )


def acting(seen: Seen, policies: Policies) -> Iterator[Acting]:
    """Everything that runs, in the order of the world."""
    for one in seen.world.resources:
        planned = seen.by_id.get(one.id)
        if not isinstance(one, Compute) or planned is None or one.type in _NO_CODE or planned.type in _CONFIGURED:
            continue
        yield _acting(seen, policies, one, planned)


def _acting(seen: Seen, policies: Policies, one: Compute, planned: PlannedResource) -> Acting:
    found = Acting(one, planned, "")
    if isinstance(one.acts_as, Unknown):
        if one.acts_as is not UNREAD:
            found.doubts.append(f"the identity that it acts as is not known: {one.acts_as.reason}")
        return found
    role = policies.called(one.acts_as, planned)
    if role and not isinstance(seen.resources.get(role), Identity):
        why = hiding(seen.world, frozenset({"identity"}), one.account)
        found.doubts.append(f"what {role} may do was not read{f': {why}' if why else ''}")
    found.identity = role
    hidden = policies.hidden(role)
    if hidden:
        found.doubts.append(f"what {role} may do is not known: {_why(hidden[0])}")
    return found


def _why(statement: Statement) -> str:
    told = (statement.actions, statement.resources, statement.not_actions, statement.not_resources)
    return next(part.reason for part in told if isinstance(part, Unknown))


def mentioned(seen: Seen, statements: tuple[Statement, ...]) -> Mapping[str, str]:
    """What policies that are not known are made from, each with the statement that stands for its policy."""
    found: dict[str, str] = {}
    for one in statements:
        policy = seen.by_id.get(one.policy)
        for named in _made_from(seen, policy) if policy is not None else ():
            found.setdefault(named.id, one.id)
    return found


def _made_from(seen: Seen, policy: PlannedResource) -> Iterator[PlannedResource]:
    for attribute in (("policy",), ("inline_policy", "policy")):
        references = policy.references(*attribute) or ()
        if not policy.plan.resolver.resolve(references, policy.place()).problem:
            yield from (one for one in seen.planned.referred(policy, references) if one.mode == "managed")
