"""CloudWatch Logs: vended log deliveries, by which distributions write their access logs.

CloudFront's are set up in the partition's home region (CloudFront Developer Guide, "Configure standard logging (v2)");
nothing that is judged depends on those of other services.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "log-delivery"
everywhere = False
types = ("aws_cloudwatch_log_delivery_source", "aws_cloudwatch_log_delivery")

SOURCES = call("logs", "DescribeDeliverySources", items="deliverySources")
DELIVERIES = call("logs", "DescribeDeliveries", items="deliveries")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every source of vended logs and every delivery."""
    sources = reader.every(SOURCES)
    if sources.missing is not None:
        yield Unread(types[:1], sources.missing, SOURCES.action)
    for source in sources.items:
        values = {
            "name": source["name"],
            "arn": source.get("arn"),
            "service": source.get("service"),
            "log_type": source.get("logType"),
            "resource_arn": next(iter(source.get("resourceArns") or ()), None),
        }
        yield Item(types[0], source["arn"], values, reader.region)
    deliveries = reader.every(DELIVERIES)
    if deliveries.missing is not None:
        yield Unread(types[1:], deliveries.missing, DELIVERIES.action)
    for delivery in deliveries.items:
        values = {
            "id": delivery["id"],
            "arn": delivery.get("arn"),
            "delivery_source_name": delivery.get("deliverySourceName"),
            "delivery_destination_arn": delivery.get("deliveryDestinationArn"),
        }
        yield Item(types[1], delivery["arn"], values, reader.region)
