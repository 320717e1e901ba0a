"""Systems Manager: parameters by name, type and key; never a value."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.clouds.aws.live.collectors.tags import tags_for, tags_of
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "ssm"
everywhere = True
types = ("aws_ssm_parameter",)

LIST_PARAMETERS = call("ssm", "DescribeParameters", items="Parameters")
TAGGED = tagging.TAGGED

_NEVER_READ = Unknown("a scan never reads the value of a parameter")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every parameter."""
    listed = reader.every(LIST_PARAMETERS)
    yield from listed.unread(types)
    tags = tags_of(reader, "ssm:parameter") if listed.items else {}
    for parameter in listed.items:
        label = parameter["Name"]
        arn = parameter.get("ARN") or reader.arn("ssm", f"parameter/{label.removeprefix('/')}")
        values = {
            "arn": arn,
            "id": label,
            "name": label,
            "type": parameter["Type"],
            "key_id": parameter.get("KeyId"),
            "value": _NEVER_READ,
            "tags": tags_for(tags, arn),
        }
        yield Item("aws_ssm_parameter", arn, values)
