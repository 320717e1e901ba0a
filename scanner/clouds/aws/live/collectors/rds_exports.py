"""RDS: buckets that databases were exported to, warehouses that get what changes in them, backups of other regions'."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

types = ("aws_rds_export_task", "aws_rds_integration", "aws_db_instance_automated_backups_replication")
_TASK, _INTEGRATION, _BACKUPS = types
_GONE = frozenset({"FAILED", "CANCELED", "CANCELING"})

TASKS = call("rds", "DescribeExportTasks", items="ExportTasks")
BACKUPS = call("rds", "DescribeDBInstanceAutomatedBackups", items="DBInstanceAutomatedBackups")
INTEGRATIONS = call("rds", "DescribeIntegrations", items="Integrations")


def exports(reader: Reader, database: Callable[[str], str]) -> Iterator[Item | Unread]:
    """Exports that did not fail, and integrations; `database` tells whose snapshot one is, by its ARN."""
    tasks = reader.every(TASKS)
    yield from tasks.unread((_TASK,))
    yield from (_task(reader, one, database) for one in tasks.items if one.get("Status") not in _GONE)
    integrations = reader.every(INTEGRATIONS)
    yield from integrations.unread((_INTEGRATION,))
    for one in integrations.items:
        values = {
            "arn": one["IntegrationArn"],
            "source_arn": one.get("SourceArn"),
            "target_arn": one.get("TargetArn"),
        }
        yield Item(_INTEGRATION, one["IntegrationArn"], values)


def backups_from_elsewhere(reader: Reader) -> Iterator[Item | Unread]:
    """Backups that are kept here of databases of another region."""
    kept = reader.every(BACKUPS)
    yield from kept.unread((_BACKUPS,))
    for one in kept.items:
        if one.get("Region") not in {None, reader.region} and one.get("DBInstanceArn"):
            arn = one.get("DBInstanceAutomatedBackupsArn") or f"{one['DBInstanceArn']}/backups/{reader.region}"
            yield Item(_BACKUPS, arn, {"id": arn, "source_db_instance_arn": one["DBInstanceArn"]})


def _task(reader: Reader, one: dict[str, Any], database: Callable[[str], str]) -> Item:
    """An export; what it is of is told as the database, also where it was made from a snapshot."""
    id_, source = one["ExportTaskIdentifier"], str(one.get("SourceArn"))
    values = {"id": id_, "source_arn": database(source), "s3_bucket_name": one.get("S3Bucket")}
    return Item(_TASK, reader.arn("rds", f"export-task:{id_}"), values)
