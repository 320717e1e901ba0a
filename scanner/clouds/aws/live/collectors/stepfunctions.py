"""Step Functions: state machines with the role of each, what its tasks call, and where it logs.

Of a definition what names a resource is kept, and nothing of the texts that stand in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.tags import (
    TAGGED,  # noqa: F401 - so that the call is declared
    Tags,
    tags_for,
    tags_of,
)
from scanner.clouds.aws.live.definitions import definition
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "stepfunctions"
everywhere = True
types = ("aws_sfn_state_machine",)

_KEPT = ("roleArn", "type", "definition", "loggingConfiguration")


def _masked(page: Page) -> Page:
    """What is kept of a description."""
    kept = {key: page[key] for key in _KEPT if key in page}
    return {**kept, "definition": definition(page["definition"])} if page.get("definition") else kept


LIST_MACHINES = call("stepfunctions", "ListStateMachines", items="stateMachines", action="states:ListStateMachines")
DESCRIBE_MACHINE = call(
    "stepfunctions",
    "DescribeStateMachine",
    action="states:DescribeStateMachine",
    absent=("StateMachineDoesNotExist",),
    mask=_masked,
)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every state machine."""
    listed = reader.every(LIST_MACHINES)
    yield from listed.unread(types)
    tags = tags_of(reader, "states:stateMachine") if listed.items else {}
    for item in reader.each(listed.items, lambda machine: _machine(reader, machine, tags)):
        if item is not None:
            yield item


def _machine(reader: Reader, machine: dict[str, Any], tags: dict[str, Tags] | Unknown) -> Item | None:
    """Describe one; of one whose key is not ours to use, all but the definition is told (API Reference)."""
    arn = machine["stateMachineArn"]
    about = reader.ask(DESCRIBE_MACHINE, stateMachineArn=arn)
    unread = about if isinstance(about, Unknown) else None
    if unread is not None and unread.reason.startswith("Kms"):
        about = reader.ask(DESCRIBE_MACHINE, stateMachineArn=arn, includedData="METADATA_ONLY")
    if about is None:
        return None
    values = {"arn": arn, "name": machine["name"], "tags": tags_for(tags, arn)}
    if isinstance(about, Unknown):
        refused = dict.fromkeys(("role_arn", "type", "definition", "logging_configuration"), about)
        return Item("aws_sfn_state_machine", arn, values | refused)
    told: dict[str, Any] = {
        "role_arn": about.get("roleArn"),
        "type": about.get("type"),
        "definition": unread or about.get("definition"),
        "logging_configuration": _logging(about.get("loggingConfiguration") or {}),
    }
    return Item("aws_sfn_state_machine", arn, values | told)


def _logging(given: dict[str, Any]) -> list[dict[str, Any]]:
    groups = [(one.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn") for one in given.get("destinations") or ()]
    settings = {"level": given.get("level"), "include_execution_data": given.get("includeExecutionData")}
    return [{**settings, "log_destination": group} for group in groups if group] or ([settings] if given else [])
