"""What reading an account leaves out of settings that tell flows: a gap at each thing whose flows are not all seen.

Sources: Amazon Bedrock User Guide, "Prerequisites for your own vector store for a knowledge base"; Elastic Load
Balancing, "Listeners for your Application Load Balancers"; Amazon CloudWatch Logs API Reference, CreateDelivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.clouds.aws.links.ends import gap
from scanner.clouds.aws.links.logs import SENDERS as LOG_SENDERS
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import BALANCERS, TOPIC
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource

_AGENTS, _BASES = ("aws_bedrockagent_agent",), ("aws_bedrockagent_knowledge_base",)
_DISTRIBUTIONS = ("aws_cloudfront_distribution",)
_PARTS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "aws_bedrockagent_agent_action_group": (_AGENTS, "what acts for it is not all known"),
    "aws_bedrockagent_agent_collaborator": (_AGENTS, "whom it hands requests on to is not all known"),
    "aws_bedrockagent_agent_knowledge_base_association": (_AGENTS, "which knowledge it asks for is not all known"),
    "aws_bedrockagent_data_source": (_BASES, "where its documents come from is not all known"),
    "aws_cloudwatch_log_delivery": (_DISTRIBUTIONS, "where its logs go is not all known"),
    "aws_lb_listener": (BALANCERS, "what it hands requests on to is not all known"),
    "aws_cloudwatch_log_delivery_source": (_DISTRIBUTIONS, "where its logs go is not all known"),
}  # fmt: skip
"""What is read beside a thing and tells its flows: types of the things, and what is not known where it was not read."""

_DELIVERY, _SOURCE = "aws_cloudwatch_log_delivery", "aws_cloudwatch_log_delivery_source"
_DESTINATION = "aws_cloudwatch_log_delivery_destination"


def flows(seen: Seen) -> Iterator[Linked]:
    """Gaps at what was read of an account, where what tells its flows was not; none for plans."""
    for type_, (owners, said) in _PARTS.items():
        for owner in _live(seen, *owners):
            if why := seen.planned.left_out(owner, type_):
                yield gap(owner.id, f"{said}: {why}")
    for topic in _live(seen, TOPIC):
        if why := seen.planned.left_out(topic, "aws_sns_topic_subscription"):
            yield gap(topic.id, f"who gets what is sent to it is not known: {why}")
    yield from _deliveries(seen)


def _live(seen: Seen, *types: str) -> Iterator[PlannedResource]:
    return (one for one in seen.planned.of(*types) if one.plan.is_live)


def _deliveries(seen: Seen) -> Iterator[Linked]:
    """What logs by a delivery that was not read, or whose destination was not."""
    read = {one.get("arn") for one in seen.planned.of(_DESTINATION)}
    lost = {
        one.get("delivery_source_name"): seen.planned.left_out(one, _DESTINATION) or "its destination was not read"
        for one in _live(seen, _DELIVERY)
        if one.get("delivery_destination_arn") not in read
    }
    anybody = {name.reason: None for name in lost if isinstance(name, Unknown)}
    for source in _live(seen, _SOURCE):
        logs, why = source.get("resource_arn"), lost.get(source.get("name"))
        if isinstance(logs, Unknown):
            anybody[logs.reason] = None
        elif why and logs in seen.by_id:
            yield gap(logs, f"where its logs go is not known: {why}")
    for sender in _live(seen, *LOG_SENDERS) if anybody else ():
        yield gap(sender.id, f"where its logs go is not known: {', '.join(anybody)}")
