"""What reading an account leaves out of settings that tell flows: a gap at each thing whose flows are not all seen.

Sources: Amazon Bedrock User Guide, "Prerequisites for your own vector store for a knowledge base"; Elastic Load
Balancing, "Target groups for your Application Load Balancers"; Amazon CloudWatch Logs API Reference, CreateDelivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.clouds.aws.links.balancers import LISTENERS
from scanner.clouds.aws.links.ends import gap
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import BALANCERS, TOPIC
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.terraform.instances import PlannedResource

_PARTS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "aws_bedrockagent_data_source": (
        ("aws_bedrockagent_knowledge_base",), "where its documents come from is not all known",
    ),
}  # fmt: skip
"""What is read beside a thing and tells its flows: types of the things, and what is not known where it was not read."""

_GROUPS = ("aws_lb_target_group", "aws_alb_target_group")
_DELIVERY, _SOURCE = "aws_cloudwatch_log_delivery", "aws_cloudwatch_log_delivery_source"
_DESTINATION = "aws_cloudwatch_log_delivery_destination"


def flows(seen: Seen) -> Iterator[Linked]:
    """Gaps at what was read of an account, where what tells its flows was not; none for plans."""
    for type_, (owners, said) in _PARTS.items():
        for owner in _live(seen, *owners):
            if why := seen.planned.left_out(owner, type_):
                yield gap(owner.id, f"{said}: {why}")
    if not any(True for _ in seen.planned.of(*_GROUPS)):
        yield from _balancers(seen)
    for topic in _live(seen, TOPIC):
        if why := seen.planned.left_out(topic, "aws_sns_topic_subscription"):
            yield gap(topic.id, f"who gets what is sent to it is not known: {why}")
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
