"""Step Functions: state machines by name; not their definitions, in which prompts may stand."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "stepfunctions"
everywhere = True
types = ("aws_sfn_state_machine",)

LIST_MACHINES = call("stepfunctions", "ListStateMachines", items="stateMachines", action="states:ListStateMachines")

_NEVER_READ = Unknown("a scan never reads the definition of a state machine, in which prompts may stand")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every state machine."""
    listed = reader.every(LIST_MACHINES)
    yield from listed.unread(types)
    for machine in listed.items:
        arn = machine["stateMachineArn"]
        yield Item("aws_sfn_state_machine", arn, {"arn": arn, "name": machine["name"], "definition": _NEVER_READ})
