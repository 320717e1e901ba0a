"""EventBridge Scheduler: schedules, and where what they could not deliver goes; never what they deliver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "scheduler"
everywhere = True
types = ("aws_scheduler_schedule",)

_hidden = hiding(
    "Description",
    "Input",
    "EcsParameters",
    "EventBridgeParameters",
    "EventBridgePutEventsV2Parameters",
    "EventBridgePutRawEventsParameters",
    "SageMakerPipelineParameters",
)

LIST_SCHEDULES = call("scheduler", "ListSchedules", items="Schedules")
GET_SCHEDULE = call("scheduler", "GetSchedule", absent=("ResourceNotFoundException",), mask=_hidden)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every schedule."""
    listed = reader.every(LIST_SCHEDULES)
    yield from listed.unread(types)
    yield from reader.each(listed.items, lambda schedule: _schedule(reader, schedule))


def _schedule(reader: Reader, schedule: dict[str, Any]) -> Item:
    answer = reader.ask(GET_SCHEDULE, Name=schedule["Name"], GroupName=schedule["GroupName"])
    values = {"arn": schedule["Arn"], "name": schedule["Name"], "group_name": schedule["GroupName"]}
    if isinstance(answer, Unknown):
        return Item("aws_scheduler_schedule", schedule["Arn"], {**values, "target": answer})
    target = (answer or {}).get("Target") or {}
    failed = target.get("DeadLetterConfig") or {}
    described = {
        "arn": target.get("Arn"),
        "role_arn": target.get("RoleArn"),
        "dead_letter_config": [{"arn": failed["Arn"]}] if failed.get("Arn") else [],
    }
    return Item("aws_scheduler_schedule", schedule["Arn"], {**values, "target": [described] if target else []})
