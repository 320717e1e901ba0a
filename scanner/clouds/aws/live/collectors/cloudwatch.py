"""CloudWatch: metric alarms and composite alarms, with what they call; streams of metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.tags import (
    TAGGED,  # noqa: F401 - so that the call is declared
    Tags,
    tags_for,
    tags_of,
)
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "cloudwatch"
everywhere = True
types = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm", "aws_cloudwatch_metric_stream")
_METRIC, _COMPOSITE, _STREAM = types

ALARMS = call("cloudwatch", "DescribeAlarms", items="MetricAlarms")
COMPOSITE = call("cloudwatch", "DescribeAlarms", items="CompositeAlarms")
STREAMS = call("cloudwatch", "ListMetricStreams", items="Entries")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every alarm and stream of metrics."""
    metric = reader.every(ALARMS, AlarmTypes=["MetricAlarm"])
    yield from metric.unread((_METRIC,))
    composite = reader.every(COMPOSITE, AlarmTypes=["CompositeAlarm"])
    yield from composite.unread((_COMPOSITE,))
    tags = tags_of(reader, "cloudwatch") if metric.items or composite.items else {}
    yield from (Item(_METRIC, alarm["AlarmArn"], _metric(alarm, tags)) for alarm in metric.items)
    yield from (Item(_COMPOSITE, alarm["AlarmArn"], _alarm(alarm, tags)) for alarm in composite.items)
    streams = reader.every(STREAMS)
    yield from streams.unread((_STREAM,))
    for one in streams.items:
        values = {"arn": one["Arn"], "name": one.get("Name"), "firehose_arn": one.get("FirehoseArn")}
        yield Item(_STREAM, one["Arn"], {**values, "state": one.get("State")})


def _alarm(alarm: dict[str, Any], tags: dict[str, Tags] | Unknown) -> dict[str, Any]:
    return {
        "arn": alarm["AlarmArn"],
        "alarm_name": alarm["AlarmName"],
        "actions_enabled": alarm.get("ActionsEnabled"),
        "alarm_actions": alarm.get("AlarmActions") or [],
        "alarm_rule": alarm.get("AlarmRule"),
        "tags": tags_for(tags, alarm["AlarmArn"]),
    }


def _metric(alarm: dict[str, Any], tags: dict[str, Tags] | Unknown) -> dict[str, Any]:
    return _alarm(alarm, tags) | {
        "namespace": alarm.get("Namespace"),
        "metric_name": alarm.get("MetricName"),
        "metric_query": [_query(query) for query in alarm.get("Metrics") or ()],
    }


def _query(query: dict[str, Any]) -> dict[str, Any]:
    metric = (query.get("MetricStat") or {}).get("Metric")
    return {
        "id": query.get("Id"),
        "expression": query.get("Expression"),
        "metric": [{"namespace": metric.get("Namespace"), "metric_name": metric.get("MetricName")}] if metric else [],
    }
