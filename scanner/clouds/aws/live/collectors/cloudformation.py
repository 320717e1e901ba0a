"""CloudFormation: stacks with the role of each; never their parameters and outputs, which may hold secrets."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.tags import pairs
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "cloudformation"
everywhere = True
types = ("aws_cloudformation_stack",)

_KEPT = ("StackId", "StackName", "RoleARN", "Tags")


def _masked(page: Page) -> Page:
    stacks = [{key: stack[key] for key in _KEPT if key in stack} for stack in page.get("Stacks") or ()]
    return {**page, "Stacks": stacks}


DESCRIBE_STACKS = call("cloudformation", "DescribeStacks", items="Stacks", mask=_masked)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every stack that was not deleted."""
    listed = reader.every(DESCRIBE_STACKS)
    yield from listed.unread(types)
    for stack in listed.items:
        arn = stack["StackId"]
        values = {"id": arn, "name": stack["StackName"], "iam_role_arn": stack.get("RoleARN")}
        yield Item("aws_cloudformation_stack", arn, {**values, "tags": pairs(stack.get("Tags"))})
