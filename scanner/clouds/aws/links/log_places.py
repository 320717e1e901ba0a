"""Settings of AWS that name where logs go: whose they are, where they stand, and whether they hold what people say.

Names of attributes: documentation of the Terraform provider for AWS, version 5. What logs hold: the services' own
guides, under "access logs", "logging" or "monitoring".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from scanner.clouds.aws.links.ends import BUCKET, FIREHOSE, LOG_GROUP, STREAM
from scanner.model import Unknown
from scanner.terraform.values import Block

QUERIES = Unknown("whether it holds what is searched for depends on what is slow, or audited")
_GROUP_OR_STREAM = (*LOG_GROUP, *FIREHOSE)
_ANY = (*BUCKET, *LOG_GROUP, *FIREHOSE)
_ACCESS = "each request is logged there, without its content"

Holds = Callable[[Block], bool | Unknown | None]
"""Whether a log holds content, asked of its block; None where the log is switched off."""


def _always(*, content: bool | Unknown) -> Holds:
    return lambda _: content


def _if(name: str, *, content: bool | Unknown, absent: bool = False) -> Holds:
    """What is only logged where a flag is on."""
    return lambda block: None if block.flag(name, absent=absent) is False else content


def _execution(block: Block) -> bool | Unknown | None:
    """Step Functions: inputs and outputs of each step, where they are included."""
    return None if block.text("level", "OFF") == "OFF" else block.flag("include_execution_data")


def _piped(block: Block) -> bool | Unknown | None:
    included = block.texts("include_execution_data")
    return included if isinstance(included, Unknown) else "ALL" in included


def _status(block: Block) -> bool | Unknown | None:
    return None if block.text("status", "ENABLED") == "DISABLED" else False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One setting that names where a log goes."""

    type: str
    within: tuple[str, ...] = ()
    attribute: str
    targets: tuple[str, ...]
    holds: Holds = field(default=_always(content=False))
    switch: int = -1
    """Which of the blocks around it `holds` is asked of, the last where nothing is said."""

    owner: str = ""
    """The attribute that names whose log it is, where it is not that of the resource itself."""

    owners: tuple[str, ...] = ()
    reason: str = _ACCESS
    rule: str = "aws-access-log"


_BALANCERS = tuple(
    Place(type=type_, within=(name,), attribute="bucket", targets=BUCKET, holds=_if("enabled", content=False))
    for type_ in ("aws_lb", "aws_alb")
    for name in ("access_logs", "connection_logs")
)
_REST, _HTTP = ("aws_api_gateway_rest_api",), ("aws_apigatewayv2_api",)
_BROKERS = ("logging_info", "broker_logs")
_PIPE = "log_configuration"
_BUILT = "what a build says is logged there"
_EVENTS = "what it does is logged there"

PLACES: tuple[Place, ...] = (
    *_BALANCERS,
    Place(
        type="aws_elb", within=("access_logs",), attribute="bucket", targets=BUCKET,
        holds=_if("enabled", content=False, absent=True),
    ),
    Place(type="aws_cloudfront_distribution", within=("logging_config",), attribute="bucket", targets=BUCKET),
    Place(type="aws_s3_bucket", within=("logging",), attribute="target_bucket", targets=BUCKET),
    Place(
        type="aws_s3_bucket_logging", attribute="target_bucket", targets=BUCKET, owner="bucket", owners=BUCKET,
    ),
    Place(
        type="aws_api_gateway_stage", within=("access_log_settings",), attribute="destination_arn",
        targets=_GROUP_OR_STREAM, owner="rest_api_id", owners=_REST,
    ),
    Place(
        type="aws_apigatewayv2_stage", within=("access_log_settings",), attribute="destination_arn",
        targets=_GROUP_OR_STREAM, owner="api_id", owners=_HTTP,
    ),
    Place(
        type="aws_wafv2_web_acl_logging_configuration", attribute="log_destination_configs", targets=_ANY,
        owner="resource_arn", owners=("aws_wafv2_web_acl",), rule="aws-firewall-log",
        reason="each request that it looks at is logged there, without its body",
    ),
    *(
        Place(
            type="aws_flow_log", attribute=attribute, targets=targets, owner=owner, owners=(type_,),
            rule="aws-flow-log", reason="connections in the network are logged there, without their content",
        )
        for attribute, targets in (("log_destination", _ANY), ("log_group_name", LOG_GROUP))
        for owner, type_ in (("vpc_id", "aws_vpc"), ("subnet_id", "aws_subnet"))
    ),
    *(
        Place(
            type="aws_cloudtrail", attribute=attribute, targets=targets, rule="aws-trail",
            reason="the trail delivers its records there",
        )
        for attribute, targets in (("s3_bucket_name", BUCKET), ("cloud_watch_logs_group_arn", LOG_GROUP))
    ),
    Place(
        type="aws_sfn_state_machine", within=("logging_configuration",), attribute="log_destination",
        targets=LOG_GROUP, holds=_execution, rule="aws-execution-log", reason="its executions are logged there",
    ),
    *(
        Place(
            type="aws_pipes_pipe", within=(_PIPE, name), attribute=attribute, targets=targets, holds=_piped, switch=0,
            rule="aws-execution-log", reason="its executions are logged there",
        )
        for name, attribute, targets in (
            ("cloudwatch_logs_log_destination", "log_group_arn", LOG_GROUP),
            ("firehose_log_destination", "delivery_stream_arn", FIREHOSE),
            ("s3_log_destination", "bucket_name", BUCKET),
        )
    ),
    *(
        Place(
            type=type_, within=("log_publishing_options",), attribute="cloudwatch_log_group_arn", targets=LOG_GROUP,
            holds=_if("enabled", content=QUERIES, absent=True), rule="aws-store-log",
            reason="it publishes its log there",
        )
        for type_ in ("aws_opensearch_domain", "aws_elasticsearch_domain")
    ),
    *(
        Place(
            type=type_, within=("log_delivery_configuration",), attribute="destination", targets=_GROUP_OR_STREAM,
            holds=_always(content=QUERIES), rule="aws-store-log", reason="it delivers its log there",
        )
        for type_ in ("aws_elasticache_cluster", "aws_elasticache_replication_group")
    ),
    Place(
        type="aws_redshift_logging", attribute="bucket_name", targets=BUCKET, owner="cluster_identifier",
        owners=("aws_redshift_cluster",), holds=_always(content=QUERIES), rule="aws-store-log",
        reason="it delivers its log there",
    ),
    *(
        Place(
            type="aws_msk_cluster", within=(*_BROKERS, name), attribute=attribute, targets=targets,
            holds=_if("enabled", content=False), rule="aws-store-log", reason="its brokers log there",
        )
        for name, attribute, targets in (
            ("cloudwatch_logs", "log_group", LOG_GROUP),
            ("firehose", "delivery_stream", FIREHOSE),
            ("s3", "bucket", BUCKET),
        )
    ),
    Place(
        type="aws_codebuild_project", within=("logs_config", "cloudwatch_logs"), attribute="group_name",
        targets=LOG_GROUP, holds=_status, rule="aws-build-log", reason=_BUILT,
    ),
    Place(
        type="aws_codebuild_project", within=("logs_config", "s3_logs"), attribute="location", targets=BUCKET,
        holds=_status, rule="aws-build-log", reason=_BUILT,
    ),
    Place(
        type="aws_lex_bot_alias", within=("conversation_logs", "log_settings"), attribute="resource_arn",
        targets=(*LOG_GROUP, *BUCKET), holds=_always(content=True), owner="bot_name", owners=("aws_lex_bot",),
        rule="aws-conversation-log", reason="what people say to the bot is logged there",
    ),
    Place(
        type="aws_lexv2models_bot_alias", within=("conversation_log_settings", "log_settings"),
        attribute="resource_arn", targets=(*LOG_GROUP, *BUCKET), holds=_always(content=True), owner="bot_id",
        owners=("aws_lexv2models_bot",), rule="aws-conversation-log",
        reason="what people say to the bot is logged there",
    ),
    Place(
        type="aws_cloudfront_realtime_log_config", within=("endpoint", "kinesis_stream_config"),
        attribute="stream_arn", targets=STREAM, owner="", rule="aws-access-log",
    ),
)  # fmt: skip
"""Every such setting."""
