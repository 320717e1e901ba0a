"""Whether what agents and knowledge bases do is logged, by a delivery of CloudWatch Logs.

Sources: Amazon CloudWatch Logs API Reference, PutDeliverySource (agents send APPLICATION_LOGS and EVENT_LOGS, knowledge
bases APPLICATION_LOGS); Amazon Bedrock User Guide, "Monitor knowledge bases using CloudWatch Logs".
"""

from __future__ import annotations

from scanner.clouds.aws import vended_logs
from scanner.logic import Answer, both, either
from scanner.model import Noted
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_LOGS = frozenset({"APPLICATION_LOGS", "EVENT_LOGS"})


def logged(planned: PlannedWorld, owner: PlannedResource) -> Answer:
    """Whether a log of an agent or a knowledge base is delivered anywhere."""
    sent = both(vended_logs.delivered(planned, owner, _LOGS), Noted(True, "its log is delivered"))
    return either(sent, planned.default(owner, value=False, because="no log of it is delivered anywhere"))
