"""SQS: queues, with encryption and policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.tags import TAGGED, Tags, tags_for, tags_of
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "sqs"
everywhere = True
types = ("aws_sqs_queue",)

QUEUES = call("sqs", "ListQueues", items="QueueUrls")
ATTRIBUTES = call("sqs", "GetQueueAttributes")

_PAGE = 1000
"""Without MaxResults, SQS lists 1000 queues and never says that there are more (API Reference, "ListQueues")."""

_NAMES = {
    "Policy": "policy",
    "KmsMasterKeyId": "kms_master_key_id",
    "SqsManagedSseEnabled": "sqs_managed_sse_enabled",
    "MessageRetentionPeriod": "message_retention_seconds",
    "FifoQueue": "fifo_queue",
    "RedrivePolicy": "redrive_policy",
    "RedriveAllowPolicy": "redrive_allow_policy",
}


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every queue."""
    queues = reader.every(QUEUES, MaxResults=_PAGE)
    yield from queues.unread(types)
    tags = tags_of(reader, "sqs") if queues.items else {}
    if isinstance(tags, Unknown):
        yield Unread(types, tags, TAGGED.action)
    yield from reader.each(queues.items, lambda url: _queue(reader, url, tags))


def _queue(reader: Reader, url: str, tags: dict[str, Tags] | Unknown) -> Item:
    called = url.rpartition("/")[2]
    arn = reader.arn("sqs", called)
    answer = reader.ask(ATTRIBUTES, QueueUrl=url, AttributeNames=["All"])
    values: dict[str, Any] = {"arn": arn, "id": url, "url": url, "name": called, "tags": tags_for(tags, arn)}
    if not isinstance(answer, dict):
        return Item("aws_sqs_queue", arn, values | dict.fromkeys(_NAMES.values(), answer))
    given = answer.get("Attributes") or {}
    return Item("aws_sqs_queue", arn, values | {ours: given.get(theirs) for theirs, ours in _NAMES.items()})
