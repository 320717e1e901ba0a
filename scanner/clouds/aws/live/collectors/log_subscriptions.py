"""CloudWatch Logs: what is sent on of log groups as it comes in, and the destinations that others may send to.

Sources: Amazon CloudWatch Logs API Reference, DescribeSubscriptionFilters, DescribeDestinations; Amazon CloudWatch Logs
User Guide, "Log classes" (only the standard class has subscriptions).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

TYPES = ("aws_cloudwatch_log_subscription_filter", "aws_cloudwatch_log_destination")
_FILTER, _DESTINATION = TYPES


def _without_pattern(page: Page) -> Page:
    """Leave out what a filter looks for: it may hold anything."""
    kept = ("filterName", "logGroupName", "destinationArn", "roleArn")
    found = page.get("subscriptionFilters") or ()
    return {**page, "subscriptionFilters": [{key: one[key] for key in kept if key in one} for one in found]}


SUBSCRIPTIONS = call(
    "logs",
    "DescribeSubscriptionFilters",
    items="subscriptionFilters",
    absent=("ResourceNotFoundException",),
    mask=_without_pattern,
)
DESTINATIONS = call("logs", "DescribeDestinations", items="destinations")


def subscriptions(reader: Reader, groups: list[dict[str, Any]]) -> Iterator[Item | Unread]:
    """Read the subscriptions of every log group that can have some, and every destination."""
    names = [one["logGroupName"] for one in groups if one.get("logGroupClass") in {None, "STANDARD"}]
    listings = reader.each(names, lambda name: reader.every(SUBSCRIPTIONS, logGroupName=name))
    for name, listed in zip(names, listings, strict=True):
        yield from (_filter(reader, found) for found in listed.items)
        if listed.missing is not None:
            values = {"log_group_name": name, **dict.fromkeys(("name", "destination_arn", "role_arn"), listed.missing)}
            yield Item(_FILTER, reader.arn("logs", f"log-group:{name}:subscription-filter:*"), values)
    destinations = reader.every(DESTINATIONS)
    yield from destinations.unread((_DESTINATION,))
    for one in destinations.items:
        values = {
            "name": one.get("destinationName"),
            "target_arn": one.get("targetArn"),
            "role_arn": one.get("roleArn"),
        }
        yield Item(_DESTINATION, one["arn"], {"arn": one["arn"], **values})


def _filter(reader: Reader, found: dict[str, Any]) -> Item:
    values = {
        "name": found["filterName"],
        "log_group_name": found["logGroupName"],
        "destination_arn": found.get("destinationArn"),
        "role_arn": found.get("roleArn"),
    }
    id_ = f"log-group:{found['logGroupName']}:subscription-filter:{found['filterName']}"
    return Item(_FILTER, reader.arn("logs", id_), values)
