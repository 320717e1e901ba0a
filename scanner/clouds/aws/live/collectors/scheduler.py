"""EventBridge Scheduler: schedules, and where what they could not deliver goes; never what they deliver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.json_text import read_json
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown
from scanner.redact import HIDDEN

name = "scheduler"
everywhere = True
types = ("aws_scheduler_schedule",)

_hidden = hiding(
    "Description",
    "EventBridgeParameters",
    "EventBridgePutEventsV2Parameters",
    "EventBridgePutRawEventsParameters",
    "SageMakerPipelineParameters",
)

_NAMES = frozenset({"FunctionName", "QueueUrl", "TopicArn", "StateMachineArn"})
"""What the input of a universal target names of what it is for (EventBridge Scheduler User Guide, "Universal targets");
anything else there is what is delivered."""


def _masked(page: Page) -> Page:
    """A schedule without what it delivers."""
    kept = _hidden(page)
    target = kept.get("Target") or {}
    if "Input" in target:
        target["Input"] = _named(target["Input"]) if ":::aws-sdk:" in str(target.get("Arn")) else HIDDEN
    if "EcsParameters" in target:
        definition = target["EcsParameters"].get("TaskDefinitionArn")
        target["EcsParameters"] = {"TaskDefinitionArn": definition} if definition else {}
    return kept


def _named(text: str) -> str:
    document = read_json(text, "the input")
    found = document.items() if not isinstance(document, Unknown) and isinstance(document, dict) else ()
    return json.dumps({key: value for key, value in found if key in _NAMES and isinstance(value, str)})


LIST_SCHEDULES = call("scheduler", "ListSchedules", items="Schedules")
GET_SCHEDULE = call("scheduler", "GetSchedule", absent=("ResourceNotFoundException",), mask=_masked)


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
    failed, task = target.get("DeadLetterConfig") or {}, (target.get("EcsParameters") or {}).get("TaskDefinitionArn")
    values["state"] = (answer or {}).get("State")
    described = {
        "arn": target.get("Arn"),
        "role_arn": target.get("RoleArn"),
        "input": target.get("Input") if ":::aws-sdk:" in str(target.get("Arn")) else None,
        "ecs_parameters": [{"task_definition_arn": task}] if task else [],
        "dead_letter_config": [{"arn": failed["Arn"]}] if failed.get("Arn") else [],
    }
    return Item("aws_scheduler_schedule", schedule["Arn"], {**values, "target": [described] if target else []})
