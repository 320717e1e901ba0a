"""Whether what agents and knowledge bases do is logged, by a delivery of CloudWatch Logs.

Sources: Amazon CloudWatch Logs API Reference, PutDeliverySource (agents send APPLICATION_LOGS and EVENT_LOGS, knowledge
bases APPLICATION_LOGS) and CreateDelivery: a source that no delivery carries on is dropped; Amazon Bedrock User Guide,
"Monitor knowledge bases using CloudWatch Logs".
"""

from __future__ import annotations

from scanner.logic import Answer, both, either
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

AGENT, BASE = "aws_bedrockagent_agent", "aws_bedrockagent_knowledge_base"
SOURCE = "aws_cloudwatch_log_delivery_source"
DELIVERY = "aws_cloudwatch_log_delivery"

_LOGS = frozenset({"APPLICATION_LOGS", "EVENT_LOGS"})


def logged(planned: PlannedWorld, owner: PlannedResource) -> Answer:
    """Whether a log of an agent or a knowledge base is delivered anywhere."""
    sources = planned.attached(owner, SOURCE, "resource_arn", owners=(AGENT, BASE), every=True)
    if isinstance(sources, Unknown):
        return sources
    nothing: Answer = planned.default(owner, value=False, because="no log of it is delivered anywhere")
    return either(*(_delivered(planned, source) for source in sources), nothing)


def _delivered(planned: PlannedWorld, source: PlannedResource) -> Answer:
    type_ = source.text("log_type")
    deliveries = planned.attached(source, DELIVERY, "delivery_source_name")
    carried = deliveries if isinstance(deliveries, Unknown) else bool(deliveries)
    told = Noted(True, f"{source.address} is delivered")
    return both(type_ if isinstance(type_, Unknown) else type_ in _LOGS, carried, told)
