"""What an identity or policy that something names is called in a world: one name, however it is referred to."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

from scanner.clouds.aws.iam.elements import element
from scanner.clouds.aws.iam.managed_policies import managed_name
from scanner.hcl.values import Template
from scanner.model import Fact, Unknown
from scanner.terraform.instances import External, PlannedResource, Target
from scanner.terraform.planned import PlannedWorld

_POLICY = ("aws_iam_policy",)
_READ = ("aws_iam_policy", "aws_iam_role", "aws_iam_user", "aws_iam_group")
"""Types that a data source may read, be they managed in another plan or in none."""


def subject(planned: PlannedWorld, target: PlannedResource | External) -> str:
    """The id of a resource of this world; else its ARN, or the name that stands for it."""
    if isinstance(target, PlannedResource) and target.mode != "data":
        return target.id
    arn = target.value if isinstance(target, External) else target.values.get("arn")
    if isinstance(arn, str):
        return planned.once(_managed).get(arn, arn)
    return target.id if isinstance(target, PlannedResource) else ""


def subject_of(planned: PlannedWorld, target: Target) -> Fact[str]:
    """The same of what an attribute names; empty where it names nothing."""
    if isinstance(target, Unknown):
        return target
    return "" if target is None else subject(planned, target)


def subjects(
    planned: PlannedWorld, targets: Iterable[PlannedResource | External] | Unknown
) -> tuple[str, ...] | Unknown:
    """The same of everything that a list names."""
    return targets if isinstance(targets, Unknown) else tuple(dict.fromkeys(subject(planned, one) for one in targets))


def named_policy_of(planned: PlannedWorld, owner: PlannedResource, attribute: str) -> Target:
    """The managed policy that an attribute names, one that AWS maintains also where only its partition is open."""
    found = planned.target(owner, attribute, _POLICY)
    return _of_aws(planned, owner, owner.get(attribute)) or found if isinstance(found, Unknown) else found


def named_policies_of(
    planned: PlannedWorld, owner: PlannedResource, attribute: str
) -> tuple[PlannedResource | External, ...] | Unknown:
    """The same of a list."""
    found = planned.targets(owner, attribute, _POLICY)
    values, marks = (part.get(attribute) if isinstance(part, dict) else None for part in (owner.values, owner.unknown))
    if not isinstance(found, Unknown) or not isinstance(values, list) or not isinstance(marks, list):
        return found
    told: list[PlannedResource | External] = []
    for value, mark in zip_longest(values, marks):
        known = isinstance(value, str) and (planned.by_name(value, *_POLICY) or External(value))
        one = known or _of_aws(planned, owner, mark)
        if one is None:
            return found
        told.append(one)
    return tuple(told)


def _of_aws(planned: PlannedWorld, owner: PlannedResource, written: object) -> External | None:
    text = element(planned, owner, written) if isinstance(written, Template) else ""
    return External(text) if managed_name(text) else None


def boundary(planned: PlannedWorld, limited: PlannedResource) -> Fact[str]:
    """What bounds a role or user: a policy of this world, or the ARN of another; empty where none does."""
    return subject_of(planned, named_policy_of(planned, limited, "permissions_boundary"))


def _managed(planned: PlannedWorld) -> dict[str, str]:
    """Ids of what some plan manages, by ARN."""
    return {arn: one.id for one in planned.of(*_READ) if isinstance(arn := one.values.get("arn"), str)}
