"""What is recorded, and who is told."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.kinds.marks import UNREAD
from scanner.model import Resource, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTrail(Resource):
    """A record of what was done.

    Types: trail (administration; together with other trails of its account), model_invocations (prompts and responses).
    """

    kind = "audit_trail"

    all_regions: bool | Unknown = UNREAD
    """Whether it covers every region."""

    management_events: bool | Unknown = UNREAD
    """Whether it records every administrative read and write."""

    conversation_data_events: bool | Unknown = UNREAD
    """Whether it records access to each store of conversation data that can be recorded."""

    log_validation: bool | Unknown = UNREAD
    """Whether its files are signed, so that a change shows."""

    destination_immutable: bool | Unknown = UNREAD
    """Whether its destination keeps records unchanged until their time, with no deleting statement."""

    text_delivered: bool | Unknown = UNREAD
    """Whether prompts and responses themselves are recorded."""

    destination_encrypted: bool | Unknown = UNREAD
    """Whether its destination is encrypted."""

    delivers: bool | Unknown = UNREAD
    """Whether a trail delivered on the last day, the last time without an error; only a running account shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm(Resource):
    """What tells somebody: alarm, metric_filter or event_rule."""

    kind = "alarm"

    enabled: bool | Unknown = UNREAD
    """Whether it is switched on."""

    notifies: bool | Unknown = UNREAD
    """Whether it has a target that acts on it."""

    watches: tuple[str, ...] | Unknown = ()
    """What of models an alarm watches: latency, errors, throttling or interventions of guardrails."""

    received: bool | Unknown = UNREAD
    """Whether a target is there that acts, or tells somebody who confirmed; only a running account shows it."""
