"""Step Functions: state machines with the role of each; not their definitions, in which prompts may stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "stepfunctions"
everywhere = True
types = ("aws_sfn_state_machine",)


def _only_role(page: Page) -> Page:
    """What is kept of a description."""
    return {"roleArn": page["roleArn"]} if "roleArn" in page else {}


LIST_MACHINES = call("stepfunctions", "ListStateMachines", items="stateMachines", action="states:ListStateMachines")
DESCRIBE_MACHINE = call(
    "stepfunctions", "DescribeStateMachine", action="states:DescribeStateMachine", mask=_only_role,
)  # fmt: skip

_NEVER_READ = Unknown("a scan never reads the definition of a state machine, in which prompts may stand")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every state machine."""
    listed = reader.every(LIST_MACHINES)
    yield from listed.unread(types)
    yield from reader.each(listed.items, lambda machine: _machine(reader, machine))


def _machine(reader: Reader, machine: dict[str, Any]) -> Item:
    """Describe one; with METADATA_ONLY Step Functions leaves a definition out that it would have to decrypt."""
    arn = machine["stateMachineArn"]
    about = reader.ask(DESCRIBE_MACHINE, stateMachineArn=arn, includedData="METADATA_ONLY")
    role = about.get("roleArn") if isinstance(about, dict) else about
    values = {"arn": arn, "name": machine["name"], "role_arn": role, "definition": _NEVER_READ}
    return Item("aws_sfn_state_machine", arn, values)
