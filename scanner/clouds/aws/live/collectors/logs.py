"""CloudWatch Logs: log groups with what came in on the last day and where it is sent on, metric filters, policies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import log_subscriptions
from scanner.clouds.aws.live.collectors.tags import TAGGED, Tags, tags_for, tags_of
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "logs"
everywhere = True
types = (
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_log_metric_filter",
    "aws_cloudwatch_log_data_protection_policy",
    "aws_cloudwatch_log_account_policy",
    "aws_cloudwatch_log_resource_policy",
    *log_subscriptions.TYPES,
)
_GROUP, _FILTER, _PROTECTION, _ACCOUNT_POLICY, _RESOURCE_POLICY, *_ = types

GROUPS = call("logs", "DescribeLogGroups", items="logGroups")
FILTERS = call("logs", "DescribeMetricFilters", items="metricFilters")
PROTECTION = call("logs", "GetDataProtectionPolicy")
ACCOUNT_POLICIES = call(
    "logs", "DescribeAccountPolicies", items="accountPolicies", absent=("ResourceNotFoundException",)
)
RESOURCE_POLICIES = call("logs", "DescribeResourcePolicies", items="resourcePolicies")
SUBSCRIPTIONS = log_subscriptions.SUBSCRIPTIONS
DESTINATIONS = log_subscriptions.DESTINATIONS
METRICS = call("cloudwatch", "GetMetricData", items="MetricDataResults")

_QUERIES = 500
"""Metrics that one GetMetricData takes; source: Amazon CloudWatch API Reference."""

_DAY = 86_400


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every log group, its subscriptions, metric filters, data protection policies and resource policies."""
    groups = reader.every(GROUPS)
    yield from groups.unread((_GROUP, _PROTECTION))
    yield from _groups(reader, groups.items)
    yield from log_subscriptions.subscriptions(reader, groups.items)
    filters = reader.every(FILTERS)
    yield from filters.unread((_FILTER,))
    yield from (_filter(reader, found) for found in filters.items)
    policies = reader.every(ACCOUNT_POLICIES, policyType="DATA_PROTECTION_POLICY")
    yield from policies.unread((_ACCOUNT_POLICY,))
    yield from (_account_policy(reader, found) for found in policies.items)
    letting_in = reader.every(RESOURCE_POLICIES)
    if letting_in.missing is not None:
        yield _resource_policy(reader, {"policyName": "*", "policyDocument": letting_in.missing})
    yield from (_resource_policy(reader, found) for found in letting_in.items)


def _groups(reader: Reader, groups: list[dict[str, Any]]) -> Iterator[Item | Unread]:
    tags = tags_of(reader, "logs") if groups else {}
    if isinstance(tags, Unknown):
        yield Unread((_GROUP,), tags, TAGGED.action)
    else:
        tags = {arn.removesuffix(":*"): pairs for arn, pairs in tags.items()}
    came_in = _came_in(reader, [group["logGroupName"] for group in groups])
    yield from (_group(group, tags, came_in) for group in groups)
    protected = [group for group in groups if group.get("dataProtectionStatus") not in {None, "DELETED"}]
    for policy in reader.each(protected, lambda group: _protection(reader, group)):
        if policy is not None:
            yield policy


def _arn(group: dict[str, Any]) -> str:
    return str(group.get("logGroupArn") or group["arn"]).removesuffix(":*")


def _group(group: dict[str, Any], tags: dict[str, Tags] | Unknown, came_in: dict[str, float | Unknown]) -> Item:
    arn = _arn(group)
    return Item(
        _GROUP,
        arn,
        {
            "arn": arn,
            "name": group["logGroupName"],
            "kms_key_id": group.get("kmsKeyId"),
            "retention_in_days": group.get("retentionInDays"),
            "log_group_class": group.get("logGroupClass"),
            "tags": tags_for(tags, arn),
            "bytes_in_last_day": came_in[group["logGroupName"]],
        },
    )


def _protection(reader: Reader, group: dict[str, Any]) -> Item | None:
    answer = reader.ask(PROTECTION, logGroupIdentifier=group["logGroupName"])
    document = answer.get("policyDocument") if isinstance(answer, dict) else answer
    if document is None:
        return None
    values = {"log_group_name": _arn(group), "policy_document": document}
    return Item(_PROTECTION, f"{_arn(group)}:data-protection-policy", values)


def _came_in(reader: Reader, names: list[str]) -> dict[str, float | Unknown]:
    """Bytes that each log group took in on the day before the scan began, at least.

    No value is silence only where CloudWatch says that it told all: it may leave out the status as well (API
    Reference, "MetricDataResult"). Of what comes on several pages the last one says so.
    """
    end = reader.now.replace(second=0, microsecond=0)
    span = {"StartTime": (end - timedelta(seconds=_DAY)).isoformat(), "EndTime": end.isoformat()}
    found: dict[str, float | Unknown] = {}
    for some in (names[start : start + _QUERIES] for start in range(0, len(names), _QUERIES)):
        listed = reader.every(METRICS, MetricDataQueries=[_query(i, name) for i, name in enumerate(some)], **span)
        sums, ended = dict.fromkeys(some, 0.0), dict.fromkeys(some, "")
        for result in listed.items:
            group = some[int(result["Id"].removeprefix("g"))]
            sums[group] += sum(result.get("Values") or ())
            ended[group] = str(result.get("StatusCode") or "")
        found.update({name: sums[name] or listed.missing or _silent(reader, ended[name]) for name in some})
    return found


def _silent(reader: Reader, status: str) -> float | Unknown:
    """What no value of a metric means, by its status."""
    if status == "Complete":
        return 0.0
    return Unknown(f"{status or 'no status'} on {METRICS.action} in {reader.account} {reader.region}")


def _query(number: int, name: str) -> dict[str, Any]:
    dimensions = [{"Name": "LogGroupName", "Value": name}]
    metric = {"Namespace": "AWS/Logs", "MetricName": "IncomingBytes", "Dimensions": dimensions}
    return {"Id": f"g{number}", "MetricStat": {"Metric": metric, "Period": _DAY, "Stat": "Sum"}}


def _filter(reader: Reader, found: dict[str, Any]) -> Item:
    metrics = [
        {"name": metric["metricName"], "namespace": metric["metricNamespace"], "value": metric.get("metricValue")}
        for metric in found.get("metricTransformations") or ()
    ]
    values = {
        "name": found["filterName"],
        "log_group_name": found["logGroupName"],
        "pattern": found.get("filterPattern"),
        "metric_transformation": metrics,
    }
    id_ = reader.arn("logs", f"log-group:{found['logGroupName']}:metric-filter:{found['filterName']}")
    return Item(_FILTER, id_, values)


def _account_policy(reader: Reader, found: dict[str, Any]) -> Item:
    kind, called = found["policyType"], found["policyName"]
    values = {"policy_name": called, "policy_type": kind, "policy_document": found.get("policyDocument")}
    return Item(_ACCOUNT_POLICY, reader.arn("logs", f"account-policy:{kind}/{called}"), values)


def _resource_policy(reader: Reader, policy: dict[str, Any]) -> Item:
    values = {"policy_name": policy["policyName"], "policy_document": policy.get("policyDocument")}
    return Item(_RESOURCE_POLICY, reader.arn("logs", f"resource-policy:{policy['policyName']}"), values)
