"""What reading an account leaves out of settings that tell flows: a gap at each thing whose flows are not all seen.

Sources: Amazon Bedrock User Guide, "Prerequisites for your own vector store for a knowledge base"; Elastic Load
Balancing, "Listeners for your Application Load Balancers"; Amazon CloudWatch Logs API Reference, CreateDelivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.clouds.aws.links.copies import BACKED_UP
from scanner.clouds.aws.links.ends import gap
from scanner.clouds.aws.links.logs import SENDERS as LOG_SENDERS
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import BALANCERS, BUCKET, BUS, QUEUE, STREAM, TOPIC
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource

_AGENTS, _BASES = ("aws_bedrockagent_agent",), ("aws_bedrockagent_knowledge_base",)
_BACKED_UP = tuple(sorted(BACKED_UP))
_DISTRIBUTIONS = ("aws_cloudfront_distribution",)
_DATABASES, _TABLES = ("aws_db_instance", "aws_rds_cluster"), ("aws_dynamodb_table",)
_FUNCTIONS, _NETWORKS = ("aws_lambda_function",), ("aws_vpc", "aws_default_vpc")
_PARTS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "aws_backup_plan": (_BACKED_UP, "where it is backed up to is not all known"),
    "aws_backup_selection": (_BACKED_UP, "where it is backed up to is not all known"),
    "aws_bedrockagent_agent_action_group": (_AGENTS, "what acts for it is not all known"),
    "aws_bedrockagent_agent_collaborator": (_AGENTS, "whom it hands requests on to is not all known"),
    "aws_bedrockagent_agent_knowledge_base_association": (_AGENTS, "which knowledge it asks for is not all known"),
    "aws_bedrockagent_data_source": (_BASES, "where its documents come from is not all known"),
    "aws_appsync_datasource": (("aws_appsync_graphql_api",), "what its resolvers use is not all known"),
    "aws_cloudwatch_event_rule": ((BUS,), "where its events go is not all known"),
    "aws_cloudwatch_log_delivery": (_DISTRIBUTIONS, "where its logs go is not all known"),
    "aws_lb_listener": (BALANCERS, "what it hands requests on to is not all known"),
    "aws_cloudwatch_log_delivery_source": (_DISTRIBUTIONS, "where its logs go is not all known"),
    "aws_dynamodb_kinesis_streaming_destination": (_TABLES, "where its changes go is not all known"),
    "aws_dynamodb_table_export": (_TABLES, "where it was exported to is not all known"),
    "aws_efs_access_point": (("aws_efs_file_system",), "what mounts it is not all known"),
    "aws_efs_replication_configuration": (("aws_efs_file_system",), "where it is copied to is not all known"),
    "aws_flow_log": (_NETWORKS, "where connections are logged is not all known"),
    "aws_kinesis_firehose_delivery_stream": ((STREAM,), "where its records are delivered is not all known"),
    "aws_lambda_event_source_mapping": (_FUNCTIONS, "what it is fed is not all known"),
    "aws_lambda_function_event_invoke_config": (_FUNCTIONS, "where what it was given goes is not all known"),
    "aws_lexv2models_bot_alias": (("aws_lexv2models_bot",), "which functions it asks is not all known"),
    "aws_pipes_pipe": ((QUEUE, STREAM, *_TABLES), "who takes what comes in there is not all known"),
    "aws_rds_export_task": (_DATABASES, "where it was exported to is not all known"),
    "aws_rds_integration": ((*_DATABASES, *_TABLES), "where its changes go is not all known"),
    "aws_sns_topic_subscription": ((TOPIC,), "who gets what is sent to it is not known"),
    "aws_s3vectors_index": (("aws_s3vectors_vector_bucket",), "who uses its indexes is not all known"),
    "aws_wafv2_web_acl_logging_configuration": (("aws_wafv2_web_acl",), "where it logs requests is not all known"),
}  # fmt: skip
"""What is read beside a thing and tells its flows: types of the things, and what is not known where it was not read."""

_SETTINGS: Mapping[str, tuple[str, str]] = {
    "aws_athena_workgroup": ("configuration", "where results of its queries go is not known"),
    "aws_bedrockagent_agent": (
        "prompt_override_configuration", "which function reads what its model answers is not known",
    ),
    "aws_bedrockagent_flow": ("definition", "what it calls is not known"),
    "aws_cognito_user_pool": ("lambda_config", "which functions it hands who signs in is not known"),
    "aws_pipes_pipe": ("log_configuration", "what it runs, and where it logs, is not known"),
    "aws_scheduler_schedule": ("target", "what it starts is not known"),
}  # fmt: skip
"""Blocks that tell flows, and what is not known where they were not read."""

_DELIVERY, _SOURCE = "aws_cloudwatch_log_delivery", "aws_cloudwatch_log_delivery_source"
_DESTINATION = "aws_cloudwatch_log_delivery_destination"


def flows(seen: Seen) -> Iterator[Linked]:
    """Gaps at what was read of an account, where what tells its flows was not; none for plans."""
    for type_, (owners, said) in _PARTS.items():
        for owner in _live(seen, *owners):
            if why := seen.planned.left_out(owner, type_):
                yield gap(owner.id, f"{said}: {why}")
    for type_, (name, said) in _SETTINGS.items():
        for owner in _live(seen, type_):
            if isinstance(there := owner.blocks(name), Unknown):
                yield gap(owner.id, f"{said}: {there.reason}")
    yield from _deliveries(seen)
    for told in _live(seen, "aws_s3_bucket_notification"):
        bucket = seen.planned.target(told, "bucket", (BUCKET,))
        why = seen.planned.left_out(told, "aws_cloudwatch_event_rule") if told.get("eventbridge") is True else ""
        if why and isinstance(bucket, PlannedResource):
            yield gap(bucket.id, f"who is told of its objects is not all known: {why}")


def _live(seen: Seen, *types: str) -> Iterator[PlannedResource]:
    return (one for one in seen.planned.of(*types) if one.plan.is_live)


def _deliveries(seen: Seen) -> Iterator[Linked]:
    """What logs by a delivery that was not read, or whose destination was not."""
    read = {one.get("arn") for one in seen.planned.of(_DESTINATION)}
    lost = {
        one.get("delivery_source_name"): seen.planned.left_out(one, _DESTINATION) or "its destination was not read"
        for one in _live(seen, _DELIVERY)
        if one.get("delivery_destination_arn") not in read
    }
    anybody = {name.reason: None for name in lost if isinstance(name, Unknown)}
    for source in _live(seen, _SOURCE):
        logs, why = source.get("resource_arn"), lost.get(source.get("name"))
        if isinstance(logs, Unknown):
            anybody[logs.reason] = None
        elif why and logs in seen.by_id:
            yield gap(logs, f"where its logs go is not known: {why}")
    for sender in _live(seen, *LOG_SENDERS) if anybody else ():
        yield gap(sender.id, f"where its logs go is not known: {', '.join(anybody)}")
