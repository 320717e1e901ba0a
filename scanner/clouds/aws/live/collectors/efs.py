"""EFS: file systems, the access points by which code mounts them, and where they are replicated to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.tags import pairs
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "efs"
everywhere = True
types = ("aws_efs_file_system", "aws_efs_access_point", "aws_efs_replication_configuration")
_SYSTEM, _POINT, _REPLICATION = types

SYSTEMS = call("efs", "DescribeFileSystems", items="FileSystems")
POINTS = call("efs", "DescribeAccessPoints", items="AccessPoints")
REPLICATIONS = call(
    "efs", "DescribeReplicationConfigurations", items="Replications", absent=("ReplicationNotFound",)
)  # fmt: skip


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every file system; where there is none, there is nothing else."""
    systems = reader.every(SYSTEMS)
    yield from systems.unread(types)
    yield from (_system(reader, one) for one in systems.items)
    if not systems.items:
        return
    points = reader.every(POINTS)
    yield from points.unread((_POINT,))
    yield from (_point(one) for one in points.items)
    replications = reader.every(REPLICATIONS)
    yield from replications.unread((_REPLICATION,))
    yield from (_replication(one) for one in replications.items)


def _system(reader: Reader, one: dict[str, Any]) -> Item:
    id_ = one["FileSystemId"]
    arn = one.get("FileSystemArn") or reader.arn("elasticfilesystem", f"file-system/{id_}")
    values = {
        "arn": arn,
        "id": id_,
        "name": one.get("Name"),
        "encrypted": bool(one.get("Encrypted")),
        "kms_key_id": one.get("KmsKeyId"),
        "tags": pairs(one.get("Tags")),
    }
    return Item(_SYSTEM, arn, values)


def _point(one: dict[str, Any]) -> Item:
    arn = one["AccessPointArn"]
    values = {
        "arn": arn,
        "id": one["AccessPointId"],
        "file_system_id": one.get("FileSystemId"),
        "tags": pairs(one.get("Tags")),
    }
    return Item(_POINT, arn, values)


def _replication(one: dict[str, Any]) -> Item:
    copies = [
        {"file_system_id": copy.get("FileSystemId"), "region": copy.get("Region")}
        for copy in one.get("Destinations") or ()
    ]
    values = {"source_file_system_id": one["SourceFileSystemId"], "destination": copies}
    return Item(_REPLICATION, f"{one['SourceFileSystemArn']}/replication", values)
