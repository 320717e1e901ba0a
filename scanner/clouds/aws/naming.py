"""How AWS resources are called: ids, ARNs and names, and the account and region an ARN tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from scanner.terraform.address import reference
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.values import references_in

_OWN_NAME = {
    "aws_s3_bucket": "bucket",
    "aws_lambda_function": "function_name",
    "aws_lambda_alias": "name",
    "aws_db_instance": "identifier",
    "aws_rds_cluster": "cluster_identifier",
    "aws_elasticsearch_domain": "domain_name",
    "aws_opensearch_domain": "domain_name",
    "aws_ecs_task_definition": "family",
    "aws_bedrockagent_agent": "agent_name",
    "aws_bedrockagent_agent_alias": "agent_alias_name",
    "aws_iam_access_key": "id",
    "aws_api_gateway_domain_name": "domain_name",
    "aws_apigatewayv2_domain_name": "domain_name",
}
_IDENTITIES = ("id", "arn", "bucket", "url", "key_id", "function_name", "unique_id", "collection_endpoint")
_OWN_IDS = {
    "aws_bedrock_guardrail": ("guardrail_id", "guardrail_arn"),
    "aws_bedrockagent_agent": ("agent_id", "agent_arn"),
}
"""Ids of types whose companions carry an attribute of the same name."""

_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:([a-z0-9-]*):(\d{12})?:")
_NAMED_BY_NAME = frozenset(
    {
        "aws_dynamodb_table",
        "aws_cloudwatch_log_group",
        "aws_iam_role",
        "aws_iam_user",
        "aws_iam_group",
        "aws_iam_instance_profile",
        "aws_secretsmanager_secret",
        "aws_ssm_parameter",
        "aws_kms_alias",
        "aws_cloudtrail",
        "aws_ecs_cluster",
        "aws_db_parameter_group",
        "aws_rds_cluster_parameter_group",
        "aws_opensearchserverless_collection",
        "aws_sns_topic",
        "aws_sqs_queue",
        "aws_cloudwatch_event_rule",
        "aws_launch_template",
        "aws_sagemaker_endpoint_configuration",
        "aws_sagemaker_model",
        "aws_ecr_repository",
        "aws_cloudwatch_log_delivery_source",
        "aws_backup_vault",
        "aws_kinesis_firehose_delivery_stream",
        "aws_kinesis_stream",
    }
)


def identify(resource: PlannedResource) -> Iterator[str]:
    """Yield every known value by which another resource may name this one."""
    seen: set[str] = set()
    names = (*_IDENTITIES, "name") if resource.type in _NAMED_BY_NAME else _IDENTITIES
    for attribute in (*names, *_OWN_IDS.get(resource.type, ()), _OWN_NAME.get(resource.type, "id")):
        value = resource.values.get(attribute)
        if isinstance(value, str) and value and value not in seen and _own(resource, attribute):
            seen.add(value)
            yield value
    bucket = resource.values.get("bucket")
    if resource.type == "aws_s3_bucket" and isinstance(bucket, str):
        yield f"arn:aws:s3:::{bucket}"


def _own(resource: PlannedResource, attribute: str) -> bool:
    """Whether the attribute names the resource itself: a companion's `bucket` or `arn` may be its target's."""
    if attribute == "bucket":
        return resource.type == "aws_s3_bucket"
    if attribute == "function_name":
        return resource.type == "aws_lambda_function"
    if attribute == "id":
        return not resource.type.startswith("aws_s3_bucket_") and resource.type != "aws_secretsmanager_secret_rotation"
    return attribute != "arn" or resource.type != "aws_cloudwatch_event_target"


def locate(resource: PlannedResource) -> tuple[str, str, str]:
    """Name, account and region, each empty where the plan does not know it."""
    name = resource.values.get(_OWN_NAME.get(resource.type, "name"))
    arn = resource.values.get("arn")
    match = _ARN.match(arn) if isinstance(arn, str) else None
    region = (match[1] if match else "") or resource.region or resource.plan.region or _provider_region(resource)
    account = ((match[2] or "") if match else "") or resource.plan.account or _caller(resource)
    return (name if isinstance(name, str) else "", account, region)


def partition(region: str) -> str:
    """The partition that a region is in, as ARNs write it; of an unknown region, that of most."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _caller(resource: PlannedResource) -> str:
    """The account that the resource's provider signs in to, where a data source of the same provider has asked."""
    if resource.plan.is_live:
        return ""
    asked = _callers(resource.plan)
    return asked.get(provider_key(resource), "") if asked else ""


@lru_cache(maxsize=16)
def _callers(plan: Plan) -> dict[str, str]:
    """Account by provider configuration, as aws_caller_identity tells it, or ARNs of what is there already."""
    found: dict[str, set[str]] = {}
    for caller in plan.data:
        account = caller.values.get("account_id") if caller.type == "aws_caller_identity" else None
        if isinstance(account, str):
            found.setdefault(provider_key(caller), set()).add(account)
    if not found:
        # Where nobody asked, what is there already tells: its own ARNs, if they are all of one account.
        for resource in plan.resources:
            match = _ARN.match(str(resource.values.get("arn"))) if resource.mode == "managed" else None
            if match and match[2]:
                found.setdefault(provider_key(resource), set()).add(match[2])
    return {key: next(iter(accounts)) for key, accounts in found.items() if len(accounts) == 1}


def provider_key(resource: PlannedResource) -> str:
    """The provider configuration that makes a resource, as the plan calls it: aws, or aws.<alias>."""
    block = resource.plan.resolver.block(resource.module, resource.mode, resource.type, resource.name)
    return (block.provider_config_key if block else "").rpartition(":")[2] or "aws"


def _provider_region(resource: PlannedResource) -> str:
    provider = resource.plan.configuration.provider_config.get(provider_key(resource))
    expressions = provider.get("expressions") if isinstance(provider, dict) else None
    region = expressions.get("region") if isinstance(expressions, dict) else None
    if not isinstance(region, dict):
        return ""
    value = region.get("constant_value")
    named = next(references_in(region), "")
    if named and (read := reference(named)).scope == "var":
        value = resource.plan.variables.get(read.name)
    return value if isinstance(value, str) else ""
