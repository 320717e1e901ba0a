"""IAM policies of every kind that grant: managed, inline, attached, and those that AWS maintains."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.iam.attachments import Attachment, attachment_types, read_attachments
from scanner.clouds.aws.iam.named_policies import named_policy
from scanner.clouds.aws.iam.passing import judged
from scanner.clouds.aws.iam.permission_sets import bound
from scanner.clouds.aws.iam.policydoc import Texts
from scanner.clouds.aws.iam.roles import trusted_by
from scanner.clouds.aws.iam.statements import hidden, read_statements
from scanner.model import Statement, Unknown
from scanner.terraform.computed import computed_block, left_out
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_INLINE = (
    ("aws_iam_role_policy", "policy", "role"),
    ("aws_iam_user_policy", "policy", "user"),
    ("aws_iam_group_policy", "policy", "group"),
    ("aws_ssoadmin_permission_set_inline_policy", "inline_policy", "permission_set_arn"),
)

terraform_types = (
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_user",
    "aws_iam_group",
    "aws_iam_role_policies_exclusive",
    "aws_iam_user_policies_exclusive",
    "aws_iam_group_policies_exclusive",
    *(type_ for type_, _, _ in _INLINE),
    *attachment_types,
)
kinds = ("statement",)


def from_plan(planned: PlannedWorld) -> Iterator[Statement]:
    """Read every statement by which an identity is granted something, and those of boundaries."""
    for statement in _statements(planned):
        yield judged(statement, lambda name: _trusted(planned, name))


def _trusted(planned: PlannedWorld, name: str) -> Texts | None:
    """Who may become the role that an ARN or a subject names; None where that is no role."""
    role = planned.once(_by_id).get(name)
    if role is None and not name.startswith("arn:"):
        return None
    role = role or planned.by_name(name, "aws_iam_role") or planned.by_name(name.rpartition("/")[2], "aws_iam_role")
    return Unknown("it is not here") if role is None else trusted_by(planned, role)


def _by_id(planned: PlannedWorld) -> dict[str, PlannedResource]:
    return {role.id: role for role in planned.of("aws_iam_role", "data.aws_iam_role")}


def _statements(planned: PlannedWorld) -> Iterator[Statement]:
    attachments = read_attachments(planned)
    for policy in planned.of("aws_iam_policy"):
        kind, binds = attachments.kind(policy), attachments.of(policy)
        yield from read_statements(planned, policy, "policy", kind=kind, binds=binds)
    named: set[tuple[str, str]] = set()
    for type_, attribute, holder in _INLINE:
        for policy in planned.of(type_):
            binds = _holder(planned, policy, holder)
            if isinstance(binds, tuple):
                named.update((one, str(policy.values.get("name"))) for one in binds)
            yield from read_statements(planned, policy, attribute, binds=binds)
    for owner in planned.of("aws_iam_role", "aws_iam_user", "aws_iam_group"):
        yield from _inline_blocks(planned, owner, named)
    for attachment in attachments.found:
        yield from _attached(planned, attachment)


def _holder(planned: PlannedWorld, policy: PlannedResource, attribute: str) -> Texts:
    identity = planned.target(policy, attribute, (f"aws_iam_{attribute}", "aws_ssoadmin_permission_set"))
    if isinstance(identity, Unknown):
        return identity
    if identity is None:
        return ()
    return bound(planned, identity)


def _inline_blocks(planned: PlannedWorld, role: PlannedResource, named: set[tuple[str, str]]) -> Iterator[Statement]:
    """Policies inside a role, in a live account a user or group too.

    After a refresh they repeat those that have resources of their own.
    """
    blocks = role.blocks("inline_policy")
    if isinstance(blocks, Unknown):
        if computed_block(role, "inline_policy") is not None:
            yield hidden(planned.labels(role), blocks, f"{role.id}#inline", binds=(role.id,))
        return
    for block in blocks:
        empty = left_out(role, "policy", block) or block.get("policy") == ""
        if not empty and (role.id, str(block.values.get("name"))) not in named:
            yield from read_statements(planned, role, "policy", block, binds=(role.id,))


def _attached(planned: PlannedWorld, attachment: Attachment) -> Iterator[Statement]:
    """What an attachment grants, unless it is of a planned policy, which is judged by itself."""
    policy, labels = attachment.policy, planned.labels(attachment.by)
    where = f"{labels['id']}#attached"
    if isinstance(policy, Unknown):
        yield hidden(labels, policy, where, binds=attachment.to)
        return
    if isinstance(policy, PlannedResource) and policy.mode != "data":
        return
    yield from named_policy(labels, policy, where, kind="identity", binds=attachment.to)
