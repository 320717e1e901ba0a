"""What a bucket tells of new objects, and where it copies them: from S3's answers to the provider's attributes.

Sources: Amazon S3 API Reference, GetBucketNotificationConfiguration, GetBucketReplication; Amazon S3 User Guide,
"Requirements and considerations for replication" (only what is versioned can be copied).
"""

from __future__ import annotations

from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.s3_settings import Attributes, Given
from scanner.collect.calls import Page
from scanner.model import Unknown

TYPES = ("aws_s3_bucket_notification", "aws_s3_bucket_replication_configuration")

_TOLD = (
    ("lambda_function", "LambdaFunctionConfigurations", "lambda_function_arn", "LambdaFunctionArn"),
    ("queue", "QueueConfigurations", "queue_arn", "QueueArn"),
    ("topic", "TopicConfigurations", "topic_arn", "TopicArn"),
)
"""By sort of receiver: the provider's block, S3's list, and the ARN in each of them."""


def _only_receivers(page: Page) -> Page:
    """What is kept of notifications: keys of objects, by which they are chosen, may hold anything."""
    kept: Page = {"EventBridgeConfiguration": {}} if "EventBridgeConfiguration" in page else {}
    for _, listed, _, arn in _TOLD:
        kept[listed] = [{arn: one.get(arn), "Events": one.get("Events", [])} for one in page.get(listed) or ()]
    return kept


def _only_copies(page: Page) -> Page:
    """What is kept of replication, for the same reason."""
    found = page.get("ReplicationConfiguration") or {}
    rules = [{key: rule[key] for key in ("ID", "Status", "Destination") if key in rule} for rule in _rules(found)]
    return {"ReplicationConfiguration": {"Role": found.get("Role"), "Rules": rules}}


GET_NOTIFICATIONS = call(
    "s3", "GetBucketNotificationConfiguration", action="s3:GetBucketNotification", mask=_only_receivers
)
GET_REPLICATION = call(
    "s3",
    "GetBucketReplication",
    action="s3:GetReplicationConfiguration",
    absent=("ReplicationConfigurationNotFoundError",),
    mask=_only_copies,
)


def _rules(found: dict[str, Any]) -> list[dict[str, Any]]:
    return found.get("Rules") or []


def notification(answer: Given) -> Attributes:
    """Whom a bucket tells of its objects; nothing where it tells nobody."""
    if isinstance(answer, Unknown):
        return dict.fromkeys(("eventbridge", *(name for name, *_ in _TOLD)), answer)
    values: Attributes = {
        name: [{ours: one.get(theirs), "events": one.get("Events", [])} for one in answer.get(listed) or ()]
        for name, listed, ours, theirs in _TOLD
    }
    told = "EventBridgeConfiguration" in answer
    return {"eventbridge": told, **values} if told or any(values.values()) else {}


def replication(answer: Given) -> Attributes:
    """Where a bucket's objects are copied to."""
    if isinstance(answer, Unknown):
        return {"role": answer, "rule": answer}
    found = answer.get("ReplicationConfiguration") or {}
    return {"role": found.get("Role"), "rule": [_rule(rule) for rule in _rules(found)]}


def _rule(rule: dict[str, Any]) -> Attributes:
    copied = rule.get("Destination") or {}
    destination = {"bucket": copied.get("Bucket"), "account": copied.get("Account")}
    return {"id": rule.get("ID"), "status": rule.get("Status"), "destination": [destination]}
