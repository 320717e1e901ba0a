"""What an identity or policy that something names is called in a world: one name, however it is referred to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from scanner.model import Fact, Unknown
from scanner.terraform.instances import External, PlannedResource, Target
from scanner.terraform.planned import PlannedWorld

_READ = ("aws_iam_policy", "aws_iam_role", "aws_iam_user", "aws_iam_group")
"""Types that a data source may read, be they managed in another plan or in none."""

_Names: TypeAlias = "dict[tuple[str, str], str]"


def subject(planned: PlannedWorld, target: PlannedResource | External) -> str:
    """The id of a resource of this world; else its ARN, or the name that stands for it."""
    if isinstance(target, External):
        return target.value
    arn = target.values.get("arn")
    if target.mode != "data" or not isinstance(arn, str):
        return target.id
    return planned.once(_managed).get((target.type, arn), arn)


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


def boundary(planned: PlannedWorld, limited: PlannedResource) -> Fact[str]:
    """What bounds a role or user: a policy of this world, or the ARN of another; empty where none does."""
    return subject_of(planned, planned.target(limited, "permissions_boundary", ("aws_iam_policy",)))


def _managed(planned: PlannedWorld) -> _Names:
    """Ids of what some plan manages, by type and ARN."""
    return {(one.type, arn): one.id for one in planned.of(*_READ) if isinstance(arn := one.values.get("arn"), str)}
