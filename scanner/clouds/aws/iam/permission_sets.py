"""Permission sets of IAM Identity Center: what people become who are assigned to them, a role in each account.

In a live account these roles are read themselves, so that what a set grants binds them; in a plan the set stands for
them. Sources: IAM Identity Center User Guide, "Manage AWS accounts with permission sets" and "Referencing permission
sets in resource policies" (the roles are called AWSReservedSSO_<set>_<16 hexadecimal digits>), "Permissions boundary".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from scanner.clouds.aws.iam.subjects import subject, subject_of
from scanner.kinds import Identity
from scanner.model import Fact, Noted, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld, first
from scanner.terraform.values import Block

SET = "aws_ssoadmin_permission_set"
OF_IDENTITY_CENTER = "/aws-reserved/sso.amazonaws.com/"
"""Path of the roles of permission sets."""

_ASSIGNMENT, _BOUNDARY = "aws_ssoadmin_account_assignment", "aws_ssoadmin_permissions_boundary_attachment"
_BY_NAME = "customer_managed_policy_reference"
_ROLE_NAME = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")

terraform_types = (SET, _ASSIGNMENT, _BOUNDARY)
kinds = ("identity",)


def from_plan(planned: PlannedWorld) -> Iterator[Identity]:
    """Read every permission set of a plan."""
    for one in planned.of(SET):
        if one.plan.is_live:
            continue
        assigned = planned.attached(one, _ASSIGNMENT, "permission_set_arn")
        assignments = () if isinstance(assigned, Unknown) else assigned
        yield Identity.of(
            **{**planned.labels(one), "account": _account(planned, assignments)},
            type="permission_set",
            human=Noted(True, "people sign in to it through IAM Identity Center"),
            long_lived_key=Noted(False, "its credentials last for a session"),
            boundary=_boundary(planned, one),
            trusts=assigned if isinstance(assigned, Unknown) else _people(planned, assignments),
        )


def bound(planned: PlannedWorld, holder: PlannedResource | External) -> tuple[str, ...] | Unknown:
    """Whom a policy binds that this has: itself, or the roles that a live permission set became."""
    if not isinstance(holder, PlannedResource) or holder.type != SET or not holder.plan.is_live:
        return (subject(planned, holder),)
    name = holder.get("name")
    return name if isinstance(name, Unknown) else planned.once(_roles).get(str(name), ())


def by_name(planned: PlannedWorld, owner: PlannedResource, block: Block) -> PlannedResource | Unknown | None:
    """The customer's policy that a set names in a block, one of that name in each account; None where it names none."""
    reference = block.block(_BY_NAME)
    if not isinstance(reference, Block):
        return reference
    name = reference.text("name")
    followed = planned.target(owner, "name", ("aws_iam_policy",), reference)
    if isinstance(followed, PlannedResource):
        return followed
    if isinstance(name, Unknown):
        return name
    found = [policy for policy in planned.of("aws_iam_policy") if policy.get("name") == name]
    return found[0] if len(found) == 1 else Unknown(f"the policy {name} of each account it is assigned to was not seen")


def _roles(planned: PlannedWorld) -> dict[str, tuple[str, ...]]:
    """Roles of live accounts by the permission set they are of."""
    found: dict[str, tuple[str, ...]] = {}
    for role in planned.of("aws_iam_role"):
        named = _ROLE_NAME.fullmatch(str(role.values.get("name")))
        if named and role.plan.is_live and str(role.values.get("path")).startswith(OF_IDENTITY_CENTER):
            found[named[1]] = (*found.get(named[1], ()), role.id)
    return found


def _account(planned: PlannedWorld, assignments: Iterable[PlannedResource]) -> str:
    """The account it is assigned in, where it is one alone and known."""
    found = {_target(planned, one) for one in assignments}
    return found.pop() if len(found) == 1 else ""


def _target(planned: PlannedWorld, assignment: PlannedResource) -> str:
    target = planned.target(assignment, "target_id")
    value = target.value if isinstance(target, External) else ""
    if isinstance(target, PlannedResource):
        value = str(target.values.get("id") or "")
    return value if value.isdigit() else ""


def _people(planned: PlannedWorld, assignments: Iterable[PlannedResource]) -> Fact[tuple[str, ...]]:
    """Users and groups that are assigned to it."""
    found: dict[str, None] = {}
    for one in assignments:
        sort, who = one.text("principal_type"), subject_of(planned, planned.target(one, "principal_id"))
        if isinstance(sort, Unknown):
            return sort
        if isinstance(who, Unknown):
            return who
        found[f"{sort}:{who}"] = None
    return tuple(found)


def _boundary(planned: PlannedWorld, one: PlannedResource) -> Fact[str]:
    attached = first(planned.attached(one, _BOUNDARY, "permission_set_arn"))
    if attached is None or isinstance(attached, Unknown):
        return attached or ""
    block = attached.block("permissions_boundary")
    if not isinstance(block, Block):
        return block or ""
    named = by_name(planned, attached, block)
    if named is not None:
        return subject_of(planned, named)
    return subject_of(planned, planned.target(attached, "managed_policy_arn", ("aws_iam_policy",), block))
