"""Whether a trail really writes, as a running account shows it.

A live account tells more of aws_cloudtrail than the provider describes, from GetTrailStatus: delivered_hours_ago and
logging_for_hours, whole hours since LatestDeliveryTime and StartLoggingTime, and delivery_error, its
LatestDeliveryError.
Source: AWS CloudTrail API Reference, "GetTrailStatus".
"""

from __future__ import annotations

from scanner.clouds.aws.ages import DAY, ago
from scanner.logic import Answer, negated
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource


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
    """Whether it delivered within a day: CloudTrail does within minutes of an event, and whoever looks makes events."""
    hours = trail.get("delivered_hours_ago")
    if hours is None:
        started = trail.number("logging_for_hours", absent=DAY)
        if isinstance(started, int) and started < DAY:
            return Unknown("it was switched on less than a day ago, and nothing had to be delivered yet")
        return Noted(False, "it never delivered anything")
    if isinstance(hours, Unknown):
        return hours
    return bool(hours < DAY) or Noted(False, f"its last delivery was {ago(hours)}")
