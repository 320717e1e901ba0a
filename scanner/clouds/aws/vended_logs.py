"""Logs that services send to CloudWatch Logs to be delivered elsewhere.

Source: Amazon CloudWatch Logs API Reference, PutDeliverySource and CreateDelivery: what a source sends is dropped
unless a delivery carries it on.
"""

from __future__ import annotations

from collections.abc import Collection

from scanner.logic import Answer, both, either
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

SOURCE = "aws_cloudwatch_log_delivery_source"
DELIVERY = "aws_cloudwatch_log_delivery"

DISTRIBUTION = "aws_cloudfront_distribution"
AGENT = "aws_bedrockagent_agent"
KNOWLEDGE_BASE = "aws_bedrockagent_knowledge_base"

_SENDERS = (DISTRIBUTION, AGENT, KNOWLEDGE_BASE)
"""Types that are asked for their logs: a source names one of any."""


def delivered(planned: PlannedWorld, sender: PlannedResource, log_types: Collection[str]) -> Answer:
    """Whether logs of one of these types are delivered anywhere."""
    known = planned.attached(sender, SOURCE, "resource_arn", owners=_SENDERS)
    if isinstance(known, Unknown):
        return known
    every = planned.attached(sender, SOURCE, "resource_arn", owners=_SENDERS, every=True)
    doubt = (every,) if isinstance(every, Unknown) else ()
    return either(*(_carried(planned, source, log_types) for source in known), *doubt)


def _carried(planned: PlannedWorld, source: PlannedResource, log_types: Collection[str]) -> Answer:
    type_ = source.text("log_type")
    deliveries = planned.attached(source, DELIVERY, "delivery_source_name")
    carried = deliveries if isinstance(deliveries, Unknown) else bool(deliveries)
    return both(type_ if isinstance(type_, Unknown) else type_ in log_types, carried)
