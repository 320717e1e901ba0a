"""CloudTrail: the trails of each region, and those that record every region, an organization's among them.

Every region shows what records it, wherever that is kept (API Reference, "DescribeTrails", shadow trails): a region
that may not be asked hides its own trails alone. What is told of one trail is asked once, at its home.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.tags import pairs
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "cloudtrail"
everywhere = True
types = ("aws_cloudtrail",)

TRAILS = call("cloudtrail", "DescribeTrails", items="trailList")
STATUS = call("cloudtrail", "GetTrailStatus", shared=True)
SELECTORS = call("cloudtrail", "GetEventSelectors", shared=True)
LIST_TAGS = call("cloudtrail", "ListTags", items="ResourceTagList", shared=True)

_FIELD = {
    "Field": "field",
    "Equals": "equals",
    "StartsWith": "starts_with",
    "EndsWith": "ends_with",
    "NotEquals": "not_equals",
    "NotStartsWith": "not_starts_with",
    "NotEndsWith": "not_ends_with",
}


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read the trails that record a region."""
    listed = reader.every(TRAILS, includeShadowTrails=True)
    yield from listed.unread(types)
    yield from reader.each(listed.items, lambda trail: _trail(reader, trail))


def advanced(selectors: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Advanced event selectors in the provider's words."""
    return [
        {
            "name": selector.get("Name"),
            "field_selector": [
                {_FIELD[key]: value for key, value in field.items() if key in _FIELD}
                for field in selector.get("FieldSelectors") or ()
            ],
        }
        for selector in selectors or ()
    ]


def shown_as(reader: Reader, arn: str) -> str:
    """What a trail or event data store is called in this account.

    An organization's shows in each of its accounts under one ARN, and may deliver in one and not in another: each is
    judged by itself.
    """
    return arn if _own(reader, arn) else f"{arn}@{reader.account}"


def own_tags(reader: Reader, arn: str, home: str) -> dict[str, str] | Unknown:
    """Tags of a trail or event data store; those of another account's are its own matter."""
    if not _own(reader, arn):
        return {}
    listed = reader.every(LIST_TAGS, region=home, ResourceIdList=[arn])
    if listed.missing is not None:
        return listed.missing
    return {key: value for found in listed.items for key, value in pairs(found.get("TagsList")).items()}


def _own(reader: Reader, arn: str) -> bool:
    return f":{reader.account}:" in arn


def _trail(reader: Reader, trail: dict[str, Any]) -> Item:
    arn, home = trail["TrailARN"], trail["HomeRegion"]
    values = {
        "arn": arn,
        "name": trail["Name"],
        "home_region": home,
        "s3_bucket_name": trail.get("S3BucketName"),
        "s3_key_prefix": trail.get("S3KeyPrefix"),
        "sns_topic_name": trail.get("SnsTopicName"),
        "cloud_watch_logs_group_arn": trail.get("CloudWatchLogsLogGroupArn"),
        "kms_key_id": trail.get("KmsKeyId"),
        "enable_log_file_validation": trail.get("LogFileValidationEnabled"),
        "include_global_service_events": trail.get("IncludeGlobalServiceEvents"),
        "is_multi_region_trail": trail.get("IsMultiRegionTrail"),
        "is_organization_trail": trail.get("IsOrganizationTrail"),
        "tags": own_tags(reader, arn, home),
        **_status(reader, arn, home),
        **_selectors(reader, trail),
    }
    once = trail.get("IsMultiRegionTrail") is True
    return Item("aws_cloudtrail", shown_as(reader, arn), values, region=home, once=once)


def _status(reader: Reader, arn: str, home: str) -> dict[str, Any]:
    answer = reader.ask(STATUS, region=home, Name=arn)
    if not isinstance(answer, dict):
        return dict.fromkeys(("enable_logging", "delivered_hours_ago", "logging_for_hours", "delivery_error"), answer)
    return {
        "enable_logging": answer.get("IsLogging"),
        "delivered_hours_ago": reader.hours_since(answer.get("LatestDeliveryTime")),
        "logging_for_hours": reader.hours_since(answer.get("StartLoggingTime")),
        "delivery_error": answer.get("LatestDeliveryError") or None,
    }


def _selectors(reader: Reader, trail: dict[str, Any]) -> dict[str, Any]:
    answer = reader.ask(SELECTORS, region=trail["HomeRegion"], TrailName=trail["TrailARN"])
    if not isinstance(answer, dict):
        return {"event_selector": answer, "advanced_event_selector": answer}
    return {
        "event_selector": [_basic(selector) for selector in answer.get("EventSelectors") or ()],
        "advanced_event_selector": advanced(answer.get("AdvancedEventSelectors")),
    }


def _basic(selector: dict[str, Any]) -> dict[str, Any]:
    return {
        "read_write_type": selector.get("ReadWriteType"),
        "include_management_events": selector.get("IncludeManagementEvents"),
        "exclude_management_event_sources": selector.get("ExcludeManagementEventSources"),
        "data_resource": [
            {"type": resource.get("Type"), "values": resource.get("Values")}
            for resource in selector.get("DataResources") or ()
        ],
    }
