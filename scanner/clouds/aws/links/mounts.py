"""File systems that code mounts: it reads and writes them as files, without asking for permission each time.

Sources: AWS Lambda Developer Guide, "Configuring file system access for Lambda functions"; Amazon ECS Developer Guide,
"Use Amazon EFS volumes with Amazon ECS".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links.ends import end_of, ends, hidden, link
from scanner.clouds.aws.links.moves import READS, WRITES
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_SYSTEM, _POINT = ("aws_efs_file_system",), ("aws_efs_access_point",)
_PLACES = (
    ("aws_lambda_function", ("file_system_config",), "arn"),
    ("aws_ecs_task_definition", ("volume", "efs_volume_configuration"), "file_system_id"),
)


def flows(seen: Seen) -> Iterator[Linked]:
    """What is read from, and written to, every file system that code mounts."""
    for type_, path, attribute in _PLACES:
        for owner in seen.planned.of(type_):
            for block in blocks_at(owner, path):
                yield from _mounted(seen, owner, block, path, attribute)


def _mounted(
    seen: Seen, owner: PlannedResource, block: Block, path: tuple[str, ...], attribute: str
) -> Iterator[Linked]:
    code = end_of(seen, owner)
    named = list(ends(seen, owner, attribute, (*_POINT, *_SYSTEM), block))
    if not named:
        yield from hidden(seen, owner, attribute, (*_POINT, *_SYSTEM), owner.id, block)
    for one in named:
        point = seen.by_id.get(one.id)
        of_point = point is not None and point.type in _POINT
        for system in ends(seen, point, "file_system_id", _SYSTEM) if point is not None and of_point else (one,):
            sealed = block.values.get("transit_encryption") == "ENABLED" or attribute == "arn"
            about = {
                "owner": owner, "rule": "aws-file-system", "attribute": ".".join((*path, attribute)),
                "encrypted": sealed, "reason": "it mounts the file system",
            }  # fmt: skip
            yield from link(seen, READS, system, code, **about)
            yield from link(seen, WRITES, code, system, **about)
