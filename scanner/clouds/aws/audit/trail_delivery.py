"""Whether a trail really writes, as a running account shows it.

A live account tells more of aws_cloudtrail than the provider describes, from GetTrailStatus: delivered_days_ago and
logging_for_days, whole days since LatestDeliveryTime and StartLoggingTime, and delivery_error, its LatestDeliveryError.
Source: AWS CloudTrail API Reference, "GetTrailStatus".
"""

from __future__ import annotations

from scanner.logic import Answer, negated
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource

_DAYS = 1
"""CloudTrail delivers within minutes of an event, and whoever looks at the account makes events."""


def delivers(trail: PlannedResource) -> Answer:
    """Whether a trail or event data store is on, and the last day's records arrived without an error."""
    if not trail.plan.is_live:
        return Unknown("only a running account shows what a trail delivers")
    if trail.type == "aws_cloudtrail_event_data_store":
        stopped = trail.flag("suspend")
        return Noted(False, "its ingestion is stopped") if stopped is True else negated(stopped)
    logging = trail.flag("enable_logging")
    if isinstance(logging, Unknown):
        return logging
    if not logging:
        return Noted(False, "it is switched off")
    error = trail.text("delivery_error")
    if isinstance(error, Unknown) or error:
        return error if isinstance(error, Unknown) else Noted(False, f"its last delivery failed: {error}")
    return _in_time(trail)


def _in_time(trail: PlannedResource) -> Answer:
    days = trail.get("delivered_days_ago")
    if days is None:
        started = trail.number("logging_for_days", absent=_DAYS)
        if isinstance(started, int) and started < _DAYS:
            return Unknown("it was switched on today, and nothing had to be delivered yet")
        return Noted(False, "it never delivered anything")
    if isinstance(days, Unknown):
        return days
    return bool(days <= _DAYS) or Noted(False, f"its last delivery was {days} days ago")
