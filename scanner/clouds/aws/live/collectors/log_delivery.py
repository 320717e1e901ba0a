"""CloudWatch Logs: vended log deliveries, by which distributions write their access logs.

CloudFront's are set up in the partition's home region (CloudFront Developer Guide, "Configure standard logging (v2)").
Those of Bedrock are set up in every region, and read where it has agents or knowledge bases.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "log-delivery"
everywhere = False
types = (
    "aws_cloudwatch_log_delivery_source",
    "aws_cloudwatch_log_delivery",
    "aws_cloudwatch_log_delivery_destination",
)

SOURCES = call("logs", "DescribeDeliverySources", items="deliverySources")
DELIVERIES = call("logs", "DescribeDeliveries", items="deliveries")
DESTINATIONS = call("logs", "DescribeDeliveryDestinations", items="deliveryDestinations")

_BEDROCK = ":bedrock:"


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every source of vended logs and every delivery, but those of Bedrock."""
    sources = reader.every(SOURCES)
    yield from sources.unread(types[:1])
    ours = [source for source in sources.items if not _of_bedrock(source)]
    yield from (_source(reader, source) for source in ours)
    deliveries = reader.every(DELIVERIES)
    yield from deliveries.unread(types[1:2])
    theirs = {source["name"] for source in sources.items if _of_bedrock(source)}
    found = [one for one in deliveries.items if one.get("deliverySourceName") not in theirs]
    yield from _delivered(reader, found)


def of_bedrock(reader: Reader) -> Iterator[Item | Unread]:
    """Read sources of Bedrock's logs, and what is delivered of them.

    Where they may not be read, one stands for all there may be: it may be anybody's.
    """
    sources = reader.every(SOURCES)
    if sources.missing is not None:
        yield Item(types[0], reader.arn("logs", "delivery-source:*"), {"resource_arn": sources.missing})
    ours = [source for source in sources.items if _of_bedrock(source)]
    if not ours:
        return
    yield from (_source(reader, source) for source in ours)
    deliveries = reader.every(DELIVERIES)
    if deliveries.missing is not None:
        yield Item(types[1], reader.arn("logs", "delivery:*"), {"delivery_source_name": deliveries.missing})
    names = {source["name"] for source in ours}
    yield from _delivered(reader, [one for one in deliveries.items if one.get("deliverySourceName") in names])


def _delivered(reader: Reader, deliveries: list[dict[str, Any]]) -> Iterator[Item | Unread]:
    """Deliveries, and those of the account's destinations that they name."""
    yield from (_delivery(reader, one) for one in deliveries)
    named = {one.get("deliveryDestinationArn") for one in deliveries}
    if not named:
        return
    destinations = reader.every(DESTINATIONS)
    yield from destinations.unread(types[2:])
    yield from (_destination(reader, one) for one in destinations.items if one.get("arn") in named)


def _of_bedrock(source: dict[str, Any]) -> bool:
    return any(_BEDROCK in str(arn) for arn in source.get("resourceArns") or ())


def _source(reader: Reader, source: dict[str, Any]) -> Item:
    values = {
        "name": source["name"],
        "arn": source.get("arn"),
        "service": source.get("service"),
        "log_type": source.get("logType"),
        "resource_arn": next(iter(source.get("resourceArns") or ()), None),
    }
    return Item(types[0], source["arn"], values, reader.region)


def _delivery(reader: Reader, delivery: dict[str, Any]) -> Item:
    values = {
        "id": delivery["id"],
        "arn": delivery.get("arn"),
        "delivery_source_name": delivery.get("deliverySourceName"),
        "delivery_destination_arn": delivery.get("deliveryDestinationArn"),
    }
    return Item(types[1], delivery["arn"], values, reader.region)


def _destination(reader: Reader, destination: dict[str, Any]) -> Item:
    where = (destination.get("deliveryDestinationConfiguration") or {}).get("destinationResourceArn")
    values = {
        "name": destination.get("name"),
        "arn": destination["arn"],
        "delivery_destination_configuration": [{"destination_resource_arn": where}] if where else [],
    }
    return Item(types[2], destination["arn"], values, reader.region)
