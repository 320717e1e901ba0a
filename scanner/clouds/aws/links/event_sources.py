"""What feeds functions and queues: event source mappings, notifications of buckets, subscriptions, failed events.

Sources: AWS Lambda Developer Guide, "How Lambda processes records from stream and queue-based event sources",
"Capturing records of asynchronous invocations"; Amazon S3 User Guide, "Amazon S3 Event Notifications"; Amazon SNS
Developer Guide, "Event destinations" and "Dead-letter queues"; Amazon SQS Developer Guide, "Dead-letter queues".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.clouds.aws.json_text import read_json
from scanner.clouds.aws.links.ends import End, gap
from scanner.clouds.aws.links.hosts import host_in, host_of, vendor
from scanner.clouds.aws.links.leads import MOST, Setting, leads, leads_to
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import (
    BUCKET,
    BUS,
    FIREHOSE,
    FUNCTION,
    QUEUE,
    STREAM,
    TABLE,
    TOPIC,
    at,
    called,
    ends_at,
    perhaps,
)
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.hcl.values import Symbol, Template, mentions
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource

_FEEDS = (QUEUE, STREAM, TABLE, "aws_kinesis_stream_consumer", "aws_msk_cluster", "aws_msk_serverless_cluster",
          "aws_mq_broker", "aws_docdb_cluster")  # fmt: skip
_FAILED = (QUEUE, TOPIC, BUCKET, BUS, FUNCTION)
_MAPPING = "aws_lambda_event_source_mapping"
_OUTSIDE = {"email": "@", "email-json": "@", "http": "", "https": ""}
_REDRIVE = "aws_sqs_queue_redrive_policy"
_MAIL = "whether a mail server takes messages over TLS is its own matter"


def flows(seen: Seen) -> Iterator[Linked]:
    """Everything that feeds something else when an event happens."""
    for mapping in seen.planned.of(_MAPPING):
        yield from _mapping(seen, mapping)
    for notification in seen.planned.of("aws_s3_bucket_notification"):
        yield from _notification(seen, notification)
    for subscription in seen.planned.of("aws_sns_topic_subscription"):
        yield from _subscription(seen, subscription)
    for config in seen.planned.of("aws_lambda_function_event_invoke_config"):
        for node in _ends(seen, config, "function_name", (FUNCTION,)):
            yield from _destinations(seen, config, node)
    for function in seen.planned.of(FUNCTION):
        yield from _dead_letters(seen, function, at(seen, function), ("dead_letter_config",), "target_arn")
    yield from _redriven(seen)


def _ends(seen: Seen, owner: PlannedResource, attribute: str, types: tuple[str, ...]) -> tuple[End, ...]:
    found = ends_at(seen, owner, attribute, types)
    if not isinstance(found, Unknown):
        return found
    doubtful = tuple(perhaps(seen, owner, attribute, types, None, found))
    return doubtful if len(doubtful) <= MOST else ()


def _mapping(seen: Seen, mapping: PlannedResource) -> Iterator[Linked]:
    if mapping.values.get("enabled") is False:
        return
    name = "function_name" if mapping.get("function_name") is not None else "function_arn"
    functions = _ends(seen, mapping, name, (FUNCTION,))
    for source in () if functions else _ends(seen, mapping, "event_source_arn", _FEEDS):
        yield gap(source.id, f"which function {mapping.id} feeds is not known")
    for function in functions:
        setting = Setting(
            owner=mapping, attribute="event_source_arn", anchor=("function_name",),
            rule="aws-event-source-mapping", types=_FEEDS,
            how="reads_from", reason="the function is fed what comes in there",
        )  # fmt: skip
        yield from leads(seen, function, setting, back=True)
        yield from _own_cluster(seen, mapping, function)
        yield from _destinations(seen, mapping, function)


def _own_cluster(seen: Seen, mapping: PlannedResource, function: End) -> Iterator[Linked]:
    """A Kafka cluster of one's own, by the names of its brokers."""
    for block in blocks_at(mapping, ("self_managed_event_source",)):
        brokers = block.mapping("endpoints")
        text = brokers if isinstance(brokers, Unknown) else brokers.get("KAFKA_BOOTSTRAP_SERVERS")
        host = host_in(text.split(",")[0]) if isinstance(text, str) else ""
        if host:
            setting = Setting(
                owner=mapping, attribute="endpoints", within="self_managed_event_source", how="reads_from",
                rule="aws-event-source-mapping", reason="the function is fed what comes in there",
            )  # fmt: skip
            yield from leads_to(seen, function, vendor(host), setting, back=True)


def _destinations(seen: Seen, owner: PlannedResource, function: End) -> Iterator[Linked]:
    for outcome in ("on_failure", "on_success"):
        for block in blocks_at(owner, ("destination_config", outcome)):
            setting = Setting(
                owner=owner, block=block, types=_FAILED, within=f"destination_config.{outcome}",
                attribute="destination_arn" if owner.type == _MAPPING else "destination", rule="aws-lambda-destination",
                reason=f"what the function was given goes there {outcome.replace('_', ' ')}",
            )  # fmt: skip
            yield from leads(seen, function, setting)


def _dead_letters(
    seen: Seen, owner: PlannedResource, node: End, within: tuple[str, ...], attribute: str
) -> Iterator[Linked]:
    """Where what could not be dealt with goes, as a block of `owner` says."""
    there = owner.blocks(within[0])
    if isinstance(there, Unknown):
        yield gap(node.id, f"{within[0]} of {owner.id} is not known: {there.reason}")
    for block in blocks_at(owner, within):
        setting = Setting(
            owner=owner, block=block, attribute=attribute, within=".".join(within), types=_FAILED,
            rule="aws-dead-letter", reason="what could not be dealt with goes there",
        )  # fmt: skip
        yield from leads(seen, node, setting)


def _notification(seen: Seen, notification: PlannedResource) -> Iterator[Linked]:
    sorts = (("lambda_function", "lambda_function_arn", FUNCTION), ("queue", "queue_arn", QUEUE),
             ("topic", "topic_arn", TOPIC))  # fmt: skip
    for bucket in _ends(seen, notification, "bucket", (BUCKET,)):
        for name, attribute, type_ in sorts:
            blocks = notification.blocks(name)
            if isinstance(blocks, Unknown):
                yield gap(bucket.id, f"{name} of {notification.id} is not known: {blocks.reason}")
                continue
            for block in blocks:
                setting = Setting(
                    owner=notification, block=block, attribute=attribute, within=name, types=(type_,),
                    rule="aws-s3-notification", reason="the bucket tells it of each new object",
                )  # fmt: skip
                yield from leads(seen, bucket, setting)


def _subscription(seen: Seen, subscription: PlannedResource) -> Iterator[Linked]:
    protocol = subscription.text("protocol")
    for topic in _ends(seen, subscription, "topic_arn", (TOPIC,)):
        setting = Setting(
            owner=subscription, attribute="endpoint", anchor=("topic_arn",),
            rule="aws-sns-subscription", types=(FUNCTION, QUEUE, FIREHOSE),
            reason="it is subscribed to the topic", facts={"encrypted": protocol != "http"},
        )  # fmt: skip
        if protocol in _OUTSIDE:
            yield from _outside(seen, topic, setting, str(protocol))
        elif protocol in {"sms", "application"}:
            setting = replace(setting, facts={"encrypted": False})
            yield from leads_to(seen, topic, vendor(str(protocol)), setting)
        else:
            yield from leads(seen, topic, setting)
        yield from _redrive(seen, subscription, topic, "redrive_policy")


def _outside(seen: Seen, topic: End, setting: Setting, protocol: str) -> Iterator[Linked]:
    """A subscriber that is no resource: the host of a URL, or what follows the @ of an address."""
    owner = setting.owner
    value = owner.get("endpoint")
    if _OUTSIDE[protocol] == "@":
        host = host_in(value.rpartition("@")[2]) if isinstance(value, str) else ""
        found = vendor(host or "email")
        yield from leads_to(seen, topic, found, replace(setting, facts={"encrypted": Unknown(_MAIL)}))
        return
    end = host_of(seen, owner, "endpoint")
    if isinstance(end, End):
        yield from leads_to(seen, topic, end, setting)
    elif end is not None:
        yield gap(topic.id, f"endpoint of {owner.id} is not known: {end.reason}")


def _redriven(seen: Seen) -> Iterator[Linked]:
    """Queues with a dead-letter queue, inline or by a resource of its own."""
    for queue in seen.planned.of(QUEUE):
        yield from _redrive(seen, queue, at(seen, queue), "redrive_policy")
    for policy in seen.planned.of(_REDRIVE):
        for node in _ends(seen, policy, "queue_url", (QUEUE,)):
            yield from _redrive(seen, policy, node, "redrive_policy")


def _redrive(seen: Seen, owner: PlannedResource, node: End, attribute: str) -> Iterator[Linked]:
    """The queue that JSON names as the target of what could not be dealt with."""
    value = owner.get(attribute)
    setting = Setting(
        owner=owner, attribute=attribute, rule="aws-dead-letter", types=(QUEUE,), how="sends_to",
        reason="what could not be dealt with goes there",
    )  # fmt: skip
    if isinstance(value, (str, Template)) and value:
        policy = read_json(value, attribute)
        target = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else policy
        if isinstance(target, str) and target:
            yield from leads_to(seen, node, called(seen, owner, target, (QUEUE,)), setting)
            return
        value = target if isinstance(target, Unknown) else None
    if isinstance(value, Unknown):
        yield from _mentioned(seen, owner, node, setting, value)


def _mentioned(seen: Seen, owner: PlannedResource, node: End, setting: Setting, value: Unknown) -> Iterator[Linked]:
    """The queue that an expression refers to, where it is one; the policy names no other."""
    symbols = [seen.planned.instance(owner, one) for one in mentions(value) if isinstance(one, Symbol)]
    found = [one for one in symbols if one is not None]
    if not found and not owner.plan.is_live and (owner.type != QUEUE or owner.configured(setting.attribute)):
        found = list(seen.planned.mentioned(owner, setting.attribute))
    queues = [one for one in dict.fromkeys(found) if one.type == QUEUE and one.id != node.id]
    if len(queues) == 1:
        yield from leads_to(seen, node, at(seen, queues[0]), setting)
    elif owner.plan.is_live or owner.configured(setting.attribute):
        yield gap(node.id, f"{setting.attribute} of {owner.id} is not known: {value.reason}")
