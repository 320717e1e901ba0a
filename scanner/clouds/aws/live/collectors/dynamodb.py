"""DynamoDB: tables with key, time to live, recovery, replicas, policy and exports, and when they were backed up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import backups, dynamodb_exports
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "dynamodb"
everywhere = True
types = (
    "aws_dynamodb_table",
    "aws_dynamodb_resource_policy",
    *dynamodb_exports.types,
)

LIST_TABLES = call("dynamodb", "ListTables", items="TableNames")
DESCRIBE_TABLE = call("dynamodb", "DescribeTable")
DESCRIBE_BACKUPS = call("dynamodb", "DescribeContinuousBackups")
DESCRIBE_TTL = call("dynamodb", "DescribeTimeToLive")
GET_POLICY = call("dynamodb", "GetResourcePolicy", absent=("PolicyNotFoundException",))
LIST_BACKUPS = call("dynamodb", "ListBackups", items="BackupSummaries")
STREAMED = dynamodb_exports.STREAMED
LIST_EXPORTS, DESCRIBE_EXPORT = dynamodb_exports.LIST_EXPORTS, dynamodb_exports.DESCRIBE_EXPORT
TAGGED = tagging.TAGGED
PROTECTED = backups.PROTECTED


@dataclass(frozen=True, slots=True)
class _Table:
    """What was answered about one table."""

    name: str
    arn: str
    values: dict[str, Any]
    policy: Any
    restorable: Any
    """The latest moment that continuous backup can restore; None without it."""


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every table."""
    listed = reader.every(LIST_TABLES)
    yield from listed.unread(types[:1])
    if not listed.items:
        return
    tags = tagging.tags_of(reader, "dynamodb:table")
    tables = reader.each(listed.items, lambda table: _table(reader, table))
    kept = _Backups(reader) if any(table.restorable is None for table in tables) else None
    for table in tables:
        moments = [table.restorable] if kept is None or table.restorable is not None else kept.of(table)
        age = backups.newest_age(reader, moments)
        values = {**table.values, "tags": tagging.tags_for(tags, table.arn), "backup_age_hours": age}
        yield Item("aws_dynamodb_table", table.arn, values)
        if table.policy is not None:
            policy = {"resource_arn": table.arn, "policy": table.policy}
            yield Item("aws_dynamodb_resource_policy", f"{table.arn}?policy", policy)
    yield from dynamodb_exports.streams(reader, [(table.name, table.arn) for table in tables])
    # Only what can be restored to any moment can be exported (DynamoDB Developer Guide, "Requesting a table export").
    if any(table.restorable is not None for table in tables):
        yield from dynamodb_exports.exports(reader)


def _table(reader: Reader, table: str) -> _Table:
    arn = reader.arn("dynamodb", f"table/{table}")
    described = reader.ask(DESCRIBE_TABLE, TableName=table)
    recovery = _part(reader.ask(DESCRIBE_BACKUPS, TableName=table), "ContinuousBackupsDescription")
    expiry = _part(reader.ask(DESCRIBE_TTL, TableName=table), "TimeToLiveDescription")
    policy = _part(reader.ask(GET_POLICY, ResourceArn=arn), "Policy")
    point = recovery if isinstance(recovery, Unknown) else (recovery or {}).get("PointInTimeRecoveryDescription") or {}
    values = {
        "name": table,
        "arn": arn,
        "ttl": _switched(expiry, "TimeToLiveStatus"),
        "point_in_time_recovery": _switched(point, "PointInTimeRecoveryStatus"),
        **_described(reader, _part(described, "Table")),
    }
    restorable = point if isinstance(point, Unknown) else point.get("LatestRestorableDateTime")
    return _Table(table, arn, values, policy, restorable)


def _part(answer: Page | Unknown | None, name_: str) -> Any:
    return answer.get(name_) if isinstance(answer, dict) else answer


def _switched(setting: Any, status: str) -> Any:
    """A block that says that something is on; none where it is off."""
    if isinstance(setting, Unknown):
        return setting
    return [{"enabled": True}] if (setting or {}).get(status) == "ENABLED" else []


def _described(reader: Reader, table: Any) -> dict[str, Any]:
    """The table's key and those of its replicas in other regions, which matter only where it has one of its own."""
    if isinstance(table, Unknown):
        return {"server_side_encryption": table, "replica": table, "deletion_protection_enabled": table}
    encryption = (table or {}).get("SSEDescription") or {}
    on = encryption.get("Status") in {"ENABLED", "UPDATING"}
    others = [replica for replica in (table or {}).get("Replicas") or () if replica["RegionName"] != reader.region]
    return {
        "stream_arn": (table or {}).get("LatestStreamArn"),
        "server_side_encryption": [{"enabled": True, "kms_key_arn": encryption.get("KMSMasterKeyArn")}] if on else [],
        "replica": [_replica(reader, table["TableName"], replica, asked=on) for replica in others],
        "deletion_protection_enabled": bool((table or {}).get("DeletionProtectionEnabled")),
    }


def _replica(reader: Reader, table: str, replica: dict[str, Any], *, asked: bool) -> dict[str, Any]:
    """A replica; where the table does not tell the replica's key, its own region does."""
    region, key = replica["RegionName"], replica.get("KMSMasterKeyId")
    if asked and key is None:
        there = _part(reader.ask(DESCRIBE_TABLE, region=region, TableName=table), "Table")
        key = (
            there if isinstance(there, Unknown) else ((there or {}).get("SSEDescription") or {}).get("KMSMasterKeyArn")
        )
    return {"region_name": region, "arn": replica.get("ReplicaArn"), "kms_key_arn": key}


class _Backups:
    """Backups of a region's tables: those DynamoDB keeps, and those AWS Backup does."""

    def __init__(self, reader: Reader) -> None:
        self._own = reader.every(LIST_BACKUPS, BackupType="ALL")
        self._others = backups.last_backups(reader)

    def of(self, table: _Table) -> list[Any]:
        """Moments at which a table was backed up."""
        own = [found.get("BackupCreationDateTime") for found in self._own.items if found.get("TableArn") == table.arn]
        others = self._others if isinstance(self._others, Unknown) else self._others.get(table.arn)
        return [*own, self._own.missing, others]
