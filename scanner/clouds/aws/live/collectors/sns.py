"""SNS: topics, with encryption, policies and how many receivers confirmed; and who these are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import sns_subscriptions
from scanner.clouds.aws.live.collectors.tags import TAGGED, Tags, tags_for, tags_of
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "sns"
everywhere = True
types = ("aws_sns_topic", "aws_sns_topic_data_protection_policy", sns_subscriptions.TYPE)
_TOPIC, _PROTECTION, _ = types

TOPICS = call("sns", "ListTopics", items="Topics")
ATTRIBUTES = call("sns", "GetTopicAttributes")
PROTECTION = call("sns", "GetDataProtectionPolicy")
SUBSCRIPTIONS = sns_subscriptions.SUBSCRIPTIONS
OF_TOPIC = sns_subscriptions.OF_TOPIC
SUBSCRIPTION = sns_subscriptions.SUBSCRIPTION

_NAMES = {
    "Policy": "policy",
    "KmsMasterKeyId": "kms_master_key_id",
    "FifoTopic": "fifo_topic",
    "SubscriptionsConfirmed": "subscriptions_confirmed",
}


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every topic and subscription."""
    topics = reader.every(TOPICS)
    yield from topics.unread((_TOPIC, _PROTECTION))
    arns = [topic["TopicArn"] for topic in topics.items]
    tags = tags_of(reader, "sns") if arns else {}
    if isinstance(tags, Unknown):
        yield Unread((_TOPIC,), tags, TAGGED.action)
    found = [item for items in reader.each(arns, lambda arn: _topic(reader, arn, tags)) for item in items]
    yield from found
    yield from sns_subscriptions.subscriptions(reader, (one for one in found if one.type == _TOPIC))


def _topic(reader: Reader, arn: str, tags: dict[str, Tags] | Unknown) -> list[Item]:
    """A topic and its data protection policy, which a FIFO topic cannot have (SNS Developer Guide)."""
    answer = reader.ask(ATTRIBUTES, TopicArn=arn)
    values: dict[str, Any] = {
        "arn": arn,
        "id": arn,
        "name": arn.rpartition(":")[2],
        "tags": tags_for(tags, arn),
    }
    if isinstance(answer, dict):
        given = answer.get("Attributes") or {}
        values |= {ours: given.get(theirs) for theirs, ours in _NAMES.items()}
    else:
        values |= dict.fromkeys(_NAMES.values(), answer)
    items = [Item(_TOPIC, arn, values)]
    if not arn.endswith(".fifo"):
        answer = reader.ask(PROTECTION, ResourceArn=arn)
        policy = answer.get("DataProtectionPolicy") if isinstance(answer, dict) else answer
        if policy:
            items.append(Item(_PROTECTION, f"{arn}:data-protection-policy", {"arn": arn, "policy": policy}))
    return items
