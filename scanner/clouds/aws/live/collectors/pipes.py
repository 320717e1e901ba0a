"""EventBridge Pipes: what each takes, enriches and hands on, as whom, and where it logs; never what it looks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "pipes"
everywhere = True
types = ("aws_pipes_pipe",)

_RUN_THERE = {
    "EcsTaskParameters": ("TaskDefinitionArn", "ecs_task_parameters", "task_definition_arn"),
    "BatchJobParameters": ("JobDefinition", "batch_job_parameters", "job_definition"),
}
_LOGS = {
    "CloudwatchLogsLogDestination": ("LogGroupArn", "cloudwatch_logs_log_destination", "log_group_arn"),
    "FirehoseLogDestination": ("DeliveryStreamArn", "firehose_log_destination", "delivery_stream_arn"),
    "S3LogDestination": ("BucketName", "s3_log_destination", "bucket_name"),
}
"""By part of a description: the field that names something, the provider's block, and its attribute."""

_LOGGING = ("Level", "IncludeExecutionData")


def _only_wiring(page: Page) -> Page:
    """What is kept of a description: filters, templates of input and parameters of targets may hold anything."""
    kept: Page = {key: page[key] for key in ("RoleArn", "DesiredState") if key in page}
    target, logs = page.get("TargetParameters") or {}, page.get("LogConfiguration") or {}
    return {
        **kept,
        "TargetParameters": _named(target, _RUN_THERE),
        "LogConfiguration": {**_named(logs, _LOGS), **{key: logs[key] for key in _LOGGING if key in logs}},
    }


def _named(given: dict[str, Any], parts: dict[str, tuple[str, str, str]]) -> dict[str, Any]:
    return {name: {key: given[name].get(key)} for name, (key, _, _) in parts.items() if given.get(name)}


LIST_PIPES = call("pipes", "ListPipes", items="Pipes")
DESCRIBE_PIPE = call("pipes", "DescribePipe", absent=("NotFoundException",), mask=_only_wiring)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every pipe."""
    listed = reader.every(LIST_PIPES)
    yield from listed.unread(types)
    for item in reader.each(listed.items, lambda pipe: _pipe(reader, pipe)):
        if item is not None:
            yield item


def _pipe(reader: Reader, pipe: dict[str, Any]) -> Item | None:
    answer = reader.ask(DESCRIBE_PIPE, Name=pipe["Name"])
    if answer is None:
        return None
    values = {
        "arn": pipe["Arn"],
        "name": pipe["Name"],
        "desired_state": pipe.get("DesiredState"),
        "source": pipe.get("Source"),
        "enrichment": pipe.get("Enrichment"),
        "target": pipe.get("Target"),
    }
    if isinstance(answer, Unknown):
        return Item(types[0], pipe["Arn"], values | dict.fromkeys(_DESCRIBED, answer))
    logs = answer["LogConfiguration"]
    told = {
        "role_arn": answer.get("RoleArn"),
        "target_parameters": _blocks(answer["TargetParameters"], _RUN_THERE),
        "log_configuration": [
            {**found, "level": logs.get("Level"), "include_execution_data": logs.get("IncludeExecutionData") or []}
            for found in _blocks(logs, _LOGS)
        ],
    }
    return Item(types[0], pipe["Arn"], values | told)


_DESCRIBED = ("role_arn", "target_parameters", "log_configuration")


def _blocks(given: dict[str, Any], parts: dict[str, tuple[str, str, str]]) -> list[dict[str, Any]]:
    """One block with what of these is named; none where nothing is."""
    found = {block: [{attribute: given[name][key]}] for name, (key, block, attribute) in parts.items() if name in given}
    return [found] if found else []
