"""Which managed policies are attached to which identities, and which only limit them as boundaries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.clouds.aws.iam.permission_sets import bound, by_name
from scanner.clouds.aws.iam.policydoc import Texts
from scanner.clouds.aws.iam.subjects import named_policies_of, named_policy_of
from scanner.hcl.values import Unfinished
from scanner.model import Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

_POLICY = ("aws_iam_policy",)
_LIMITED = ("aws_iam_role", "aws_iam_user")
_HOLDERS = ("aws_iam_role", "aws_iam_user", "aws_iam_group")
_IDENTITIES = (*_HOLDERS, "aws_ssoadmin_permission_set")
_ATTACHMENTS = (
    ("aws_iam_role_policy_attachment", "policy_arn", ("role",)),
    ("aws_iam_user_policy_attachment", "policy_arn", ("user",)),
    ("aws_iam_group_policy_attachment", "policy_arn", ("group",)),
    ("aws_iam_policy_attachment", "policy_arn", ("roles", "users", "groups")),
    ("aws_iam_role_policy_attachments_exclusive", "policy_arns", ("role_name",)),
    ("aws_iam_user_policy_attachments_exclusive", "policy_arns", ("user_name",)),
    ("aws_iam_group_policy_attachments_exclusive", "policy_arns", ("group_name",)),
    ("aws_ssoadmin_managed_policy_attachment", "managed_policy_arn", ("permission_set_arn",)),
)

_BY_NAME = "aws_ssoadmin_customer_managed_policy_attachment"

attachment_types = (*(type_ for type_, _, _ in _ATTACHMENTS), _BY_NAME)
"""Resource types that attach managed policies, each to identities of its sort."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One managed policy that a resource attaches."""

    by: PlannedResource
    """The attachment, or the role, user or group that lists the policy itself."""

    policy: PlannedResource | External | Unknown
    to: Texts
    """Subjects of the identities it is attached to; the name where one is not in the plan."""


@dataclass
class Attachments:
    """Every attachment of a plan, and every boundary."""

    found: list[Attachment] = field(default_factory=list)
    undecided: bool = False
    """Whether an attachment may be of any policy."""

    unread: frozenset[str] = frozenset()
    """Accounts of which not everybody was read who may have a policy."""

    hidden: dict[int, str] = field(default_factory=dict)
    """Why roles or users of a plan are missing, whose boundary a policy may be; by the plan's identity."""

    _to: dict[str, list[Texts]] = field(default_factory=dict)
    _boundaries: set[str] = field(default_factory=set)

    def of(self, policy: PlannedResource) -> Texts:
        """Identities that a planned policy is attached to."""
        groups = self._to.get(policy.id, [])
        unknown = next((group for group in groups if isinstance(group, Unknown)), None)
        return unknown or tuple(one for group in groups if isinstance(group, tuple) for one in group)

    def kind(self, policy: PlannedResource) -> str | Unknown:
        """Whether a planned policy grants (identity), or is used as nothing but a boundary."""
        if policy.id in self._to:
            return "identity"
        if policy.id not in self._boundaries:
            hidden = self.hidden.get(id(policy.plan))
            return Unknown(f"it may be a boundary: {hidden}") if hidden else "identity"
        undecided = self.undecided or policy.plan.account in self.unread
        return Unknown("it is a boundary, and may be attached as well") if undecided else "boundary"

    def add(self, attachment: Attachment) -> None:
        """Take in one attachment."""
        self.found.append(attachment)
        policy = attachment.policy
        if isinstance(policy, PlannedResource):
            self._to.setdefault(policy.id, []).append(attachment.to)
        self.undecided = self.undecided or isinstance(policy, Unknown)

    def bound(self, policy: PlannedResource) -> None:
        """Take in that a policy limits somebody."""
        self._boundaries.add(policy.id)


def read_attachments(planned: PlannedWorld) -> Attachments:
    """Collect what attachment resources say, then what roles list themselves beyond that.

    Of a live account, users and groups list their policies as roles do.
    """
    unread = frozenset(plan.account for plan in planned.plans if not plan.unread.keys().isdisjoint(_HOLDERS))
    plans = [plan for plan in planned.plans if not plan.is_live]
    missing = {id(plan): next(filter(None, (planned.left_out(plan, t) for t in _LIMITED)), "") for plan in plans}
    all_ = Attachments(unread=unread, hidden={plan: why for plan, why in missing.items() if why})
    for type_, attribute, names in _ATTACHMENTS:
        for resource in planned.of(type_):
            to = _identities(planned, resource, names)
            for policy in _policies(planned, resource, attribute):
                all_.add(Attachment(resource, policy, to))
    for resource in planned.of(_BY_NAME):
        named = by_name(planned, resource, resource)
        if named is not None:
            all_.add(Attachment(resource, named, _identities(planned, resource, ("permission_set_arn",))))
    covered = {(one, _called(a.policy)) for a in all_.found if isinstance(a.to, tuple) for one in a.to}
    for holder in planned.of(*_HOLDERS):
        if left_out(holder, "managed_policy_arns"):
            continue
        for policy in _policies(planned, holder, "managed_policy_arns"):
            if (holder.id, _called(policy)) not in covered:
                all_.add(Attachment(holder, policy, (holder.id,)))
    _see_boundaries(planned, all_)
    return all_


def _see_boundaries(planned: PlannedWorld, all_: Attachments) -> None:
    for limited in planned.of(*_LIMITED):
        boundary = planned.target(limited, "permissions_boundary", _POLICY)
        if isinstance(boundary, PlannedResource):
            all_.bound(boundary)
        elif isinstance(boundary, Unfinished) and not limited.plan.is_live:
            all_.hidden.setdefault(id(limited.plan), boundary.reason)


def _policies(
    planned: PlannedWorld, owner: PlannedResource, attribute: str
) -> Iterator[PlannedResource | External | Unknown]:
    if attribute.endswith("s"):
        several = named_policies_of(planned, owner, attribute)
        yield from (several,) if isinstance(several, Unknown) else several
        return
    one = named_policy_of(planned, owner, attribute)
    if isinstance(one, Unknown):
        candidates = _candidates(planned, owner, attribute)
        yield from candidates or (one,)
    elif one is not None:
        yield one


def _candidates(planned: PlannedWorld, owner: PlannedResource, attribute: str) -> tuple[PlannedResource, ...]:
    """Planned policies of which it must be one; none where it may be another. Each is judged by itself."""
    references = owner.references(attribute) or ()
    parts = [owner.plan.resolver.resolve((reference,), owner.place()) for reference in references]
    found = planned.mentioned(owner, attribute)
    shown = not any("local." in part.problem for part in parts)
    return found if shown and all(r.type in _POLICY and r.mode == "managed" for r in found) else ()


def _identities(planned: PlannedWorld, owner: PlannedResource, attributes: tuple[str, ...]) -> Texts:
    found: list[str] = []
    for attribute in attributes:
        targets = planned.targets(owner, attribute, _IDENTITIES)
        if isinstance(targets, Unknown):
            return targets
        for target in targets:
            holders = bound(planned, target)
            if isinstance(holders, Unknown):
                return holders
            found.extend(holders)
    return tuple(found)


def _called(policy: PlannedResource | External | Unknown) -> str:
    if isinstance(policy, PlannedResource):
        return str(policy.values.get("arn") or policy.id)
    return policy.value if isinstance(policy, External) else ""
