"""Permission statements of resource policies: whom a resource lets in, and what a VPC endpoint lets through.

They are filed under what holds the policy, the resource itself or one that is its policy, and bind the resource. A
policy that binds none is that of a whole region: its resources say what of it.

Sources: Terraform AWS provider, the resources' documentation; AWS KMS Developer Guide, "Default key policy".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scanner.clouds.aws.iam.policydoc import Document, PolicyStatement, Texts
from scanner.clouds.aws.iam.resource_policy import policy_holder
from scanner.clouds.aws.iam.statements import hidden, read_statements, statements
from scanner.model import Statement, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld


@dataclass(frozen=True, slots=True)
class _Sort:
    """Resources of one sort, and where their policies stand."""

    owners: tuple[str, ...]
    split: str
    """Type of the resource that is a policy."""

    names: str
    """Attribute of it that names whose."""

    text: str = "policy"
    """Attribute of it that holds the text."""

    inline: str = ""
    """Attribute of the owner that holds it as well; where no block sets it, it is what the refresh saw."""

    kind: str = "resource"


_KEYS = ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key")
_DOMAIN = "access_policies"
_SORTS = (
    _Sort(("aws_api_gateway_rest_api",), "aws_api_gateway_rest_api_policy", "rest_api_id", inline="policy"),
    _Sort(("aws_dynamodb_table", "aws_dynamodb_table_replica"), "aws_dynamodb_resource_policy", "resource_arn"),
    _Sort(("aws_ecr_repository",), "aws_ecr_repository_policy", "repository"),
    _Sort(("aws_elasticsearch_domain",), "aws_elasticsearch_domain_policy", "domain_name", _DOMAIN, _DOMAIN),
    _Sort(_KEYS, "aws_kms_key_policy", "key_id", inline="policy"),
    _Sort(("aws_opensearch_domain",), "aws_opensearch_domain_policy", "domain_name", _DOMAIN, _DOMAIN),
    _Sort(("aws_s3_bucket",), "aws_s3_bucket_policy", "bucket", inline="policy"),
    _Sort(("aws_secretsmanager_secret",), "aws_secretsmanager_secret_policy", "secret_arn", inline="policy"),
    _Sort(("aws_sns_topic",), "aws_sns_topic_policy", "arn", inline="policy"),
    _Sort(("aws_sqs_queue",), "aws_sqs_queue_policy", "queue_url", inline="policy"),
    _Sort(("aws_vpc_endpoint",), "aws_vpc_endpoint_policy", "vpc_endpoint_id", inline="policy", kind="endpoint"),
)
_ALONE = {
    "aws_backup_vault_policy": ("policy", "backup_vault_name", "aws_backup_vault"),
    "aws_cloudwatch_log_resource_policy": ("policy_document", "resource_arn", "aws_cloudwatch_log_group"),
    "aws_ecr_registry_policy": ("policy", "", ""),
}
"""Policies of what is not asked for its own: the attribute that holds the text, and whose it is, if of one resource."""

_CALLED = ("id", "arn", "key_id", "url", "bucket", "name", "domain_name")
"""Attributes of an owner of which one is the id of its policy's resource."""

terraform_types = (
    *(type_ for sort in _SORTS for type_ in (*sort.owners, sort.split)),
    *_ALONE,
)
kinds = ()
"""None: of a list of resources that was not read, no verdict on identities is open."""


def from_plan(planned: PlannedWorld) -> Iterator[Statement]:
    """Read every statement of every resource policy."""
    for sort in _SORTS:
        for policy in planned.of(sort.split):
            binds = _owner(planned, policy, sort.names, sort.owners)
            yield from _said(planned, policy, sort.text, kind=sort.kind, binds=binds)
        for owner in planned.of(*sort.owners):
            yield from _own(planned, owner, sort)
    for type_, (attribute, names, owner_type) in _ALONE.items():
        for policy in planned.of(type_):
            binds = _owner(planned, policy, names, (owner_type,)) if names else ()
            yield from _said(planned, policy, attribute, kind="resource", binds=binds)


def _said(
    planned: PlannedWorld, holder: PlannedResource, attribute: str, *, kind: str, binds: Texts
) -> Iterator[Statement]:
    """Statements of a policy; of one without any, one that allows nothing: it is there, and lets nobody in."""
    empty = True
    for statement in read_statements(planned, holder, attribute, kind=kind, binds=binds):
        empty = False
        yield statement
    if empty:
        labels = planned.labels(holder)
        document = Document(statements=(PolicyStatement(),))
        yield from statements(labels, document, f"{holder.id}#empty", kind=kind, binds=binds)


def _own(planned: PlannedWorld, owner: PlannedResource, sort: _Sort) -> Iterator[Statement]:
    """What an owner's policy says where no resource of its own holds it."""
    split = (sort.split, sort.names)
    holder = policy_holder(planned, owner, split, sort.inline, sort.text, owners=sort.owners)
    if isinstance(holder, Unknown):
        yield _unseen(planned, owner, sort, holder)
        return
    if holder is not None and holder[0] is not owner:
        return
    written = bool(sort.inline) and owner.configured(sort.inline)
    gone = not written and _deletes_policy(owner, sort.split)
    value = owner.get(sort.inline) if holder is not None and not gone else None
    if value is not None and value != "":
        found = _said(planned, owner, sort.inline, kind=sort.kind, binds=(owner.id,))
        yield from found if written else (replace(one, written=False) for one in found)
    elif not gone and _unread(owner, sort):
        why = f"{owner.address} existed before, and neither this plan nor its state holds its policy"
        yield _unseen(planned, owner, sort, Unknown(why))
    elif owner.type in _KEYS:
        yield from _by_default(planned, owner)


def _unread(owner: PlannedResource, sort: _Sort) -> bool:
    """Whether a resource that the provider reads with its policy at each refresh comes without one."""
    left = owner.type in _KEYS or (owner.type == "aws_s3_bucket" and sort.inline not in owner.values)
    return left and not owner.settled


def _deletes_policy(owner: PlannedResource, split: str) -> bool:
    """Whether the plan deletes the resource that holds the owner's policy: what the refresh saw is then untrue."""
    return any((split, str(owner.values.get(name))) in owner.plan.deleted for name in _CALLED)


def _unseen(planned: PlannedWorld, owner: PlannedResource, sort: _Sort, why: Unknown) -> Statement:
    found = hidden(planned.labels(owner), why, f"{owner.id}#policy", kind=sort.kind, binds=(owner.id,))
    return replace(found, written=False)


def _by_default(planned: PlannedWorld, key: PlannedResource) -> Iterator[Statement]:
    """The policy of a key that names none: it leaves to the account's own policies who may use it."""
    labels = planned.labels(key)
    principal = f"AWS:arn:{{partition}}:iam::{labels['account'] or '{account}'}:root"
    text = PolicyStatement(actions=("kms:*",), resources=("*",), principals=(principal,))
    document = Document(statements=(text,))
    for one in statements(labels, document, f"{key.id}#default", kind="resource", binds=(key.id,)):
        yield replace(one, written=False, managed_by="provider")


def _owner(planned: PlannedWorld, policy: PlannedResource, attribute: str, types: tuple[str, ...]) -> Texts:
    owner = planned.target(policy, attribute, types)
    if isinstance(owner, Unknown):
        return owner
    if owner is None:
        return ()
    return (owner.value if isinstance(owner, External) else owner.id,)
