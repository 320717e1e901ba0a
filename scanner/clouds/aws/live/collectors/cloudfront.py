"""CloudFront: distributions with their origins and logging, and the web ACLs and log configurations that they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.cloudfront_origins import CONTROLS, VPC_ORIGIN, named_by, origin
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.clouds.aws.live.collectors.tags import TAGGED, tags_for, tags_of
from scanner.clouds.aws.live.collectors.wafv2 import ACL, GROUP, LOGGING, acls, logging
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "cloudfront"
everywhere = False
types = (
    "aws_cloudfront_distribution",
    "aws_cloudfront_realtime_log_config",
    "aws_cloudfront_vpc_origin",
    "aws_cloudfront_origin_access_control",
    "aws_wafv2_web_acl",
    "aws_wafv2_rule_group",
    "aws_wafv2_web_acl_logging_configuration",
)

_DISTRIBUTION, _REAL_TIME = types[:2]
_SECRET = hiding("CustomHeaders")
"""Headers that prove to an origin that a request came this way."""

DISTRIBUTIONS = call("cloudfront", "ListDistributions", items="DistributionList.Items", mask=_SECRET)
CONFIG = call("cloudfront", "GetDistributionConfig", mask=_SECRET)
REAL_TIME = call("cloudfront", "GetRealtimeLogConfig")
# Made by those that help, and declared here.
WEB_ACL, RULE_GROUP, WEB_ACL_LOGS, TAGS = ACL, GROUP, LOGGING, TAGGED
VPC_ORIGINS, ORIGIN_CONTROLS = VPC_ORIGIN, CONTROLS


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every distribution."""
    listed = reader.every(DISTRIBUTIONS)
    yield from listed.unread(types[:1])
    if not listed.items:
        return
    tags = tags_of(reader, "cloudfront:distribution")
    items = reader.each(listed.items, lambda one: _distribution(reader, one))
    for item in items:
        item.values["tags"] = tags_for(tags, item.id)
    yield from items
    # One of WAF Classic is named by a bare id.
    named = {str(item.values["web_acl_id"]) for item in items}
    arns = sorted(arn for arn in named if arn.startswith("arn:") and ":wafv2:" in arn)
    yield from acls(reader, arns)
    yield from logging(reader, arns, "CLOUDFRONT")
    yield from named_by(reader, (one for item in items for one in item.values["origin"]))
    yield from reader.each(_real_time_logs(items), lambda arn: _real_time(reader, arn))


def _distribution(reader: Reader, listed: dict[str, Any]) -> Item:
    certificate = listed.get("ViewerCertificate") or {}
    values = {
        "id": listed["Id"],
        "arn": listed["ARN"],
        "domain_name": listed.get("DomainName"),
        "enabled": listed.get("Enabled"),
        "web_acl_id": listed.get("WebACLId") or "",
        "aliases": _items(listed.get("Aliases")),
        "origin": [origin(one) for one in _items(listed.get("Origins"))],
        "default_cache_behavior": [_behaviour(listed.get("DefaultCacheBehavior") or {})],
        "ordered_cache_behavior": [_behaviour(one) for one in _items(listed.get("CacheBehaviors"))],
        "viewer_certificate": [
            {
                "cloudfront_default_certificate": certificate.get("CloudFrontDefaultCertificate"),
                "minimum_protocol_version": certificate.get("MinimumProtocolVersion"),
            }
        ],
        "logging_config": _logging(reader.ask(CONFIG, Id=listed["Id"])),
    }
    return Item(_DISTRIBUTION, listed["ARN"], values)


def _behaviour(behaviour: dict[str, Any]) -> dict[str, Any]:
    return {
        "path_pattern": behaviour.get("PathPattern"),
        "target_origin_id": behaviour.get("TargetOriginId"),
        "viewer_protocol_policy": behaviour.get("ViewerProtocolPolicy"),
        "realtime_log_config_arn": behaviour.get("RealtimeLogConfigArn"),
        "lambda_function_association": [
            {"event_type": one.get("EventType"), "lambda_arn": one.get("LambdaFunctionARN")}
            for one in _items(behaviour.get("LambdaFunctionAssociations"))
        ],
    }


def _logging(answer: dict[str, Any] | Unknown | None) -> list[dict[str, Any]] | Unknown | None:
    """Standard logging, which the list does not tell."""
    if not isinstance(answer, dict):
        return answer
    logging = answer["DistributionConfig"].get("Logging") or {}
    on = logging.get("Enabled", True) and logging.get("Bucket")
    return [{"bucket": logging["Bucket"], "prefix": logging.get("Prefix")}] if on else []


def _real_time_logs(distributions: Iterable[Item]) -> list[str]:
    named = {
        behaviour["realtime_log_config_arn"]
        for item in distributions
        for block in ("default_cache_behavior", "ordered_cache_behavior")
        for behaviour in item.values[block]
    }
    return sorted(arn for arn in named if arn)


def _real_time(reader: Reader, arn: str) -> Item:
    answer = reader.ask(REAL_TIME, ARN=arn)
    rate: Any = answer or Unknown(f"{arn} is not there")
    streams: Any = rate
    if isinstance(rate, dict):
        config = rate["RealtimeLogConfig"]
        rate, streams = config.get("SamplingRate"), [_stream(one) for one in config.get("EndPoints") or ()]
    return Item(_REAL_TIME, arn, {"id": arn, "arn": arn, "sampling_rate": rate, "endpoint": streams})


def _stream(endpoint: dict[str, Any]) -> dict[str, Any]:
    stream = (endpoint.get("KinesisStreamConfig") or {}).get("StreamARN")
    return {"stream_type": endpoint.get("StreamType"), "kinesis_stream_config": [{"stream_arn": stream}]}


def _items(listed: dict[str, Any] | None) -> list[Any]:
    return (listed or {}).get("Items") or []
