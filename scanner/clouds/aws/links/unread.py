"""What reading an account leaves out of settings that tell flows: a gap at each thing whose flows are not all seen.

Sources: Amazon Bedrock User Guide, "Prerequisites for your own vector store for a knowledge base"; Elastic Load
Balancing, "Target groups for your Application Load Balancers"; Amazon SNS API Reference, GetTopicAttributes; Amazon
CloudWatch Logs API Reference, CreateDelivery.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links.balancers import LISTENERS
from scanner.clouds.aws.links.ends import gap
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import BALANCERS, TOPIC
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource

_BASE = "aws_bedrockagent_knowledge_base"
_GROUPS = ("aws_lb_target_group", "aws_alb_target_group")
_DELIVERY, _SOURCE = "aws_cloudwatch_log_delivery", "aws_cloudwatch_log_delivery_source"
_DESTINATION = "aws_cloudwatch_log_delivery_destination"


def flows(seen: Seen) -> Iterator[Linked]:
    """Gaps at knowledge bases, balancers, topics and sources of logs of an account; none for plans."""
    for base in _live(seen, _BASE):
        if base.blocks("knowledge_base_configuration") in ((), []):
            yield gap(base.id, "what embeds its documents, and where they and their vectors are kept, was not read")
    if not any(True for _ in seen.planned.of(*_GROUPS)):
        yield from _balancers(seen)
    for topic in _live(seen, TOPIC):
        if topic.get("subscriptions_confirmed") not in (0, "0") and not _subscribed(seen, topic):
            yield gap(topic.id, "who gets what is sent to it is not known: its subscriptions were not read")
    yield from _deliveries(seen)


def _live(seen: Seen, *types: str) -> Iterator[PlannedResource]:
    return (one for one in seen.planned.of(*types) if one.plan.is_live)


def _balancers(seen: Seen) -> Iterator[Linked]:
    """Balancers that forward requests; one whose listeners only send callers elsewhere hands on nothing."""
    forwarding = {
        listener.get("load_balancer_arn")
        for listener in _live(seen, *LISTENERS)
        for action in blocks_at(listener, ("default_action",))
        if action.get("type") == "forward"
    }
    for balancer in _live(seen, *BALANCERS):
        if balancer.get("arn") in forwarding:
            yield gap(balancer.id, "what it hands requests on to is not known: its target groups were not read")


def _subscribed(seen: Seen, topic: PlannedResource) -> bool:
    found = seen.planned.attached(topic, "aws_sns_topic_subscription", "topic_arn")
    return not isinstance(found, Unknown) and bool(found)


def _deliveries(seen: Seen) -> Iterator[Linked]:
    """What logs by a delivery whose destination was not read."""
    read = {one.get("arn") for one in seen.planned.of(_DESTINATION)}
    delivered = {
        one.get("delivery_source_name")
        for one in _live(seen, _DELIVERY)
        if one.get("delivery_destination_arn") not in read
    }
    for source in _live(seen, _SOURCE):
        logs = source.get("resource_arn")
        if source.get("name") in delivered and isinstance(logs, str) and logs in seen.by_id:
            yield gap(logs, "where its logs go is not known: the destination of their delivery was not read")
