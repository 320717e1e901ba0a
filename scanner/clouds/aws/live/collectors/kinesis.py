"""Kinesis: data streams, with how they encrypt and how long they keep."""

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

name = "kinesis"
everywhere = True
types = ("aws_kinesis_stream",)

LIST_STREAMS = call("kinesis", "ListStreams", items="StreamNames")
DESCRIBE_STREAM = call("kinesis", "DescribeStreamSummary", absent=("ResourceNotFoundException",))


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every stream."""
    listed = reader.every(LIST_STREAMS)
    yield from listed.unread(types)
    tags = tags_of(reader, "kinesis:stream") if listed.items else {}
    for item in reader.each(listed.items, lambda stream: _stream(reader, stream, tags)):
        if item is not None:
            yield item


def _stream(reader: Reader, stream: str, tags: dict[str, Tags] | Unknown) -> Item | None:
    answer = reader.ask(DESCRIBE_STREAM, StreamName=stream)
    if answer is None:
        return None
    arn = reader.arn("kinesis", f"stream/{stream}")
    values: dict[str, Any] = {"arn": arn, "name": stream, "tags": tags_for(tags, arn)}
    if isinstance(answer, Unknown):
        return Item(
            types[0], arn, values | dict.fromkeys(("encryption_type", "kms_key_id", "retention_period"), answer)
        )
    told = answer.get("StreamDescriptionSummary") or {}
    described = {
        "encryption_type": told.get("EncryptionType"),
        "kms_key_id": told.get("KeyId"),
        "retention_period": told.get("RetentionPeriodHours"),
    }
    return Item(types[0], arn, values | described)
