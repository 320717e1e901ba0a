"""Permission statements of resource policies, read for comparing two states: whom a resource lets in.

Judged are the resources themselves, by what their policies come to; so these statements are not part of a world.

Sources: Terraform AWS provider, the resources' documentation; AWS Lambda Developer Guide, "Resource-based policies".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.iam.policydoc import Texts
from scanner.clouds.aws.iam.statements import read_statements
from scanner.model import Statement, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

_SPLIT = {
    "aws_api_gateway_rest_api_policy": ("policy", "rest_api_id", "aws_api_gateway_rest_api"),
    "aws_backup_vault_policy": ("policy", "backup_vault_name", "aws_backup_vault"),
    "aws_cloudwatch_log_resource_policy": ("policy_document", "", ""),
    "aws_dynamodb_resource_policy": ("policy", "resource_arn", "aws_dynamodb_table"),
    "aws_ecr_registry_policy": ("policy", "", ""),
    "aws_ecr_repository_policy": ("policy", "repository", "aws_ecr_repository"),
    "aws_kms_key_policy": ("policy", "key_id", "aws_kms_key"),
    "aws_opensearch_domain_policy": ("access_policies", "domain_name", "aws_opensearch_domain"),
    "aws_s3_bucket_policy": ("policy", "bucket", "aws_s3_bucket"),
    "aws_secretsmanager_secret_policy": ("policy", "secret_arn", "aws_secretsmanager_secret"),
    "aws_sns_topic_policy": ("policy", "arn", "aws_sns_topic"),
    "aws_sqs_queue_policy": ("policy", "queue_url", "aws_sqs_queue"),
    "aws_vpc_endpoint_policy": ("policy", "vpc_endpoint_id", "aws_vpc_endpoint"),
}
"""Resources that are a policy: the attribute that holds it, the one that names whose it is, and of which type."""

_OWN = {
    "aws_api_gateway_rest_api": "policy",
    "aws_kms_key": "policy",
    "aws_opensearch_domain": "access_policies",
    "aws_sns_topic": "policy",
    "aws_sqs_queue": "policy",
    "aws_vpc_endpoint": "policy",
}
"""Resources that may hold their policy themselves; where no block sets it, it is what the refresh saw of another."""

_PERMISSION, _FUNCTION = "aws_lambda_permission", "aws_lambda_function"

terraform_types = (*_SPLIT, *_OWN, _PERMISSION)
kinds = ("statement",)


def from_plan(planned: PlannedWorld) -> Iterator[Statement]:
    """Read every statement of every resource policy."""
    for type_, (attribute, holder, owner_type) in _SPLIT.items():
        for policy in planned.of(type_):
            binds = _owner(planned, policy, holder, owner_type) if holder else ()
            yield from read_statements(planned, policy, attribute, kind="resource", binds=binds)
    for type_, attribute in _OWN.items():
        for owner in planned.of(type_):
            if owner.configured(attribute):
                yield from read_statements(planned, owner, attribute, kind="resource", binds=(owner.id,))
    for permission in planned.of(_PERMISSION):
        yield _permission(planned, permission)


def _owner(planned: PlannedWorld, policy: PlannedResource, attribute: str, type_: str) -> Texts:
    owner = planned.target(policy, attribute, (type_,))
    if isinstance(owner, Unknown):
        return owner
    if owner is None:
        return ()
    return (owner.value if isinstance(owner, External) else owner.id,)


def _permission(planned: PlannedWorld, permission: PlannedResource) -> Statement:
    """Who may invoke a function: one statement a resource."""
    action, principal = permission.text("action"), permission.text("principal")
    facts: dict[str, Any] = {
        **planned.labels(permission),
        "policy": permission.id,
        "policy_kind": "resource",
        "actions": action if isinstance(action, Unknown) else (action,),
        "principals": principal if isinstance(principal, Unknown) else (_principal(principal),),
        "conditions": _conditions(permission),
        "binds": _owner(planned, permission, "function_name", _FUNCTION),
        "wildcard_action": False,
        "wildcard_resource": False,
    }
    return Statement.of(**facts)


def _principal(principal: str) -> str:
    service = "." in principal and not principal.startswith("arn:")
    return f"{'Service' if service else 'AWS'}:{principal}"


def _conditions(permission: PlannedResource) -> tuple[tuple[str, str, tuple[str, ...]], ...] | Unknown:
    keys = {
        "source_arn": ("ArnLike", "aws:SourceArn"),
        "source_account": ("StringEquals", "aws:SourceAccount"),
        "principal_org_id": ("StringEquals", "aws:PrincipalOrgID"),
        "function_url_auth_type": ("StringEquals", "lambda:FunctionUrlAuthType"),
        "event_source_token": ("StringEquals", "lambda:EventSourceToken"),
    }
    found: list[tuple[str, str, tuple[str, ...]]] = []
    for attribute, (operator, key) in keys.items():
        value = permission.text(attribute)
        if isinstance(value, Unknown):
            return value
        if value:
            found.append((operator, key, (value,)))
    return tuple(found)
