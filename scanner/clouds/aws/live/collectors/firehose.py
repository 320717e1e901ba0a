"""Data Firehose: delivery streams with what feeds them and where they deliver.

Of a destination its places are kept: buckets, domains, clusters, hosts and functions. Keys, tokens and users are not,
nor what a path or a query may hold. Source: Amazon Data Firehose API Reference, DescribeDeliveryStream.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import firehose_destinations as destinations
from scanner.clouds.aws.live.collectors.tags import (
    TAGGED,  # noqa: F401 - so that the call is declared
    Tags,
    tags_for,
    tags_of,
)
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "firehose"
everywhere = True
types = ("aws_kinesis_firehose_delivery_stream",)

LIST_STREAMS = call("firehose", "ListDeliveryStreams")
DESCRIBE_STREAM = call(
    "firehose", "DescribeDeliveryStream", absent=("ResourceNotFoundException",), mask=destinations.masked
)

_AT_ONCE = 10_000
"""The most that a list tells; without a limit it tells ten (API Reference, ListDeliveryStreams)."""

_SOURCES = ("kinesis_source_configuration", "msk_source_configuration", "server_side_encryption")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every delivery stream."""
    names, missing = _names(reader)
    if missing is not None:
        yield Unread(types, missing, LIST_STREAMS.action)
    tags = tags_of(reader, "firehose:deliverystream") if names else {}
    for item in reader.each(names, lambda stream: _stream(reader, stream, tags)):
        if item is not None:
            yield item


def _names(reader: Reader) -> tuple[list[str], Unknown | None]:
    """Names of all streams, and why there may be more: a page begins after the last name of the one before."""
    names: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = reader.ask(LIST_STREAMS, Limit=_AT_ONCE, **after)
        if not isinstance(page, dict):
            return names, page
        found = page.get("DeliveryStreamNames") or []
        names += found
        if not page.get("HasMoreDeliveryStreams") or not found:
            return names, None
        after = {"ExclusiveStartDeliveryStreamName": found[-1]}


def _stream(reader: Reader, stream: str, tags: dict[str, Tags] | Unknown) -> Item | None:
    answer = reader.ask(DESCRIBE_STREAM, DeliveryStreamName=stream)
    if answer is None:
        return None
    arn = reader.arn("firehose", f"deliverystream/{stream}")
    values: dict[str, Any] = {"arn": arn, "name": stream, "tags": tags_for(tags, arn)}
    if isinstance(answer, Unknown):
        return Item(types[0], arn, values | dict.fromkeys((*_SOURCES, *destinations.BLOCKS), answer))
    told = answer.get("DeliveryStreamDescription") or {}
    source = told.get("Source") or {}
    described = {
        "kinesis_source_configuration": _source(source, "KinesisStreamSourceDescription", "KinesisStreamARN"),
        "msk_source_configuration": _source(source, "MSKSourceDescription", "MSKClusterARN"),
        "server_side_encryption": _encryption(told.get("DeliveryStreamEncryptionConfiguration") or {}),
    }
    return Item(types[0], arn, values | described | destinations.blocks(told.get("Destinations") or ()))


_SOURCE_ARNS = {"KinesisStreamARN": "kinesis_stream_arn", "MSKClusterARN": "msk_cluster_arn"}


def _source(source: dict[str, Any], sort: str, arn: str) -> list[dict[str, Any]]:
    found = source.get(sort) or {}
    role = found.get("RoleARN") or (found.get("AuthenticationConfiguration") or {}).get("RoleARN")
    return [{_SOURCE_ARNS[arn]: found[arn], "role_arn": role}] if found.get(arn) else []


def _encryption(given: dict[str, Any]) -> list[dict[str, Any]]:
    enabled = given.get("Status") in {"ENABLED", "ENABLING", "DISABLING_FAILED"}
    return [{"enabled": enabled, "key_type": given.get("KeyType"), "key_arn": given.get("KeyARN")}] if given else []
