"""RDS: instances and clusters, the parameter groups they use, and when they were last backed up.

The same lists hold the clusters of DocumentDB and Neptune, which are told apart by their engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scanner.clouds.aws.ages import DAY
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import backups, rds_exports, rds_parameters
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.collect.calls import Call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Listing, Reader
from scanner.model import Unknown

name = "rds"
everywhere = True
types = (
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_rds_cluster_instance",
    "aws_db_parameter_group",
    "aws_rds_cluster_parameter_group",
    "aws_docdb_cluster",
    "aws_neptune_cluster",
    *rds_exports.types,
)

LIST_INSTANCES = call("rds", "DescribeDBInstances", items="DBInstances")
LIST_CLUSTERS = call("rds", "DescribeDBClusters", items="DBClusters")
LIST_SNAPSHOTS = call("rds", "DescribeDBSnapshots", items="DBSnapshots")
LIST_CLUSTER_SNAPSHOTS = call("rds", "DescribeDBClusterSnapshots", items="DBClusterSnapshots")
LIST_GROUPS = rds_parameters.LIST_GROUPS
LIST_CLUSTER_GROUPS = rds_parameters.LIST_CLUSTER_GROUPS
LIST_PARAMETERS = rds_parameters.LIST_PARAMETERS
LIST_CLUSTER_PARAMETERS = rds_parameters.LIST_CLUSTER_PARAMETERS
EXPORTS, INTEGRATIONS, BACKUPS = rds_exports.TASKS, rds_exports.INTEGRATIONS, rds_exports.BACKUPS
PROTECTED = backups.PROTECTED

_SNAPSHOTS = {
    "snapshot": (LIST_SNAPSHOTS, "DBSnapshotArn", "DBInstanceIdentifier", "db"),
    "cluster-snapshot": (LIST_CLUSTER_SNAPSHOTS, "DBClusterSnapshotArn", "DBClusterIdentifier", "cluster"),
}
"""Lists of snapshots by how an ARN calls one: its own ARN, what it is of, and how an ARN calls that."""

_OTHERS = {"docdb": "aws_docdb_cluster", "neptune": "aws_neptune_cluster"}
"""Types of clusters of other services, by engine."""

_STOPPED = frozenset({"stopping", "stopped", "starting"})
"""States in which RDS makes no backup; source: Amazon RDS User Guide, "Backup retention period"."""
_NEW = frozenset({"creating", "backing-up"})


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every database."""
    clusters, instances = reader.every(LIST_CLUSTERS), reader.every(LIST_INSTANCES)
    yield from clusters.unread(("aws_rds_cluster", *_OTHERS.values()))
    yield from instances.unread(("aws_db_instance", "aws_rds_cluster_instance"))
    alone = [one for one in instances.items if not one.get("DBClusterIdentifier") and one["Engine"] not in _OTHERS]
    together = [one for one in clusters.items if one["Engine"] not in _OTHERS]
    ages = _Ages(reader)
    for one in alone:
        kept = ages.of(one, "DBInstanceArn", LIST_SNAPSHOTS, "DBInstanceIdentifier")
        yield Item("aws_db_instance", one["DBInstanceArn"], _instance(one) | {"backup_age_hours": kept})
    for one in together:
        kept = ages.of(one, "DBClusterArn", LIST_CLUSTER_SNAPSHOTS, "DBClusterIdentifier")
        yield Item("aws_rds_cluster", one["DBClusterArn"], _cluster(one) | {"backup_age_hours": kept})
    yield from map(_member, (one for one in instances.items if one.get("DBClusterIdentifier")))
    yield from map(_other, (one for one in clusters.items if one["Engine"] in _OTHERS))
    if alone or together:
        yield from rds_exports.exports(reader, ages.database)
    yield from rds_exports.backups_from_elsewhere(reader)
    yield from rds_parameters.of_instances(reader, map(_group, alone))
    yield from rds_parameters.of_clusters(reader, (one.get("DBClusterParameterGroup") for one in together))


def _shared(one: dict[str, Any]) -> dict[str, Any]:
    """What instances and clusters are told by alike."""
    return {
        "engine": one["Engine"],
        "engine_version": one.get("EngineVersion"),
        "storage_encrypted": bool(one.get("StorageEncrypted")),
        "kms_key_id": one.get("KmsKeyId"),
        "backup_retention_period": one.get("BackupRetentionPeriod"),
        "deletion_protection": bool(one.get("DeletionProtection")),
        "vpc_security_group_ids": _security_groups(one),
        "enabled_cloudwatch_logs_exports": one.get("EnabledCloudwatchLogsExports") or [],
        "tags": tagging.pairs(one.get("TagList")),
    }


def _security_groups(one: dict[str, Any]) -> list[str]:
    return [group["VpcSecurityGroupId"] for group in one.get("VpcSecurityGroups") or ()]


def _instance(one: dict[str, Any]) -> dict[str, Any]:
    source = one.get("ReadReplicaSourceDBInstanceIdentifier") or one.get("ReadReplicaSourceDBClusterIdentifier")
    return {
        **_shared(one),
        "arn": one["DBInstanceArn"],
        "identifier": one["DBInstanceIdentifier"],
        **_endpoint(one),
        "multi_az": bool(one.get("MultiAZ")),
        "replicate_source_db": source,
        "publicly_accessible": bool(one.get("PubliclyAccessible")),
        "parameter_group_name": _group(one),
    }


def _endpoint(one: dict[str, Any]) -> dict[str, Any]:
    """Where an instance answers; one that is being made has no address yet."""
    given = one.get("Endpoint") or {}
    address, port = given.get("Address"), given.get("Port")
    return {"address": address, "endpoint": f"{address}:{port}" if address and port else address, "port": port}


def _group(one: dict[str, Any]) -> str | None:
    """The group of parameters that an instance uses."""
    return next((group["DBParameterGroupName"] for group in one.get("DBParameterGroups") or ()), None)


def _cluster(one: dict[str, Any]) -> dict[str, Any]:
    return {
        **_shared(one),
        "arn": one["DBClusterArn"],
        "cluster_identifier": one["DBClusterIdentifier"],
        "endpoint": one.get("Endpoint"),
        "reader_endpoint": one.get("ReaderEndpoint"),
        "cluster_members": [member["DBInstanceIdentifier"] for member in one.get("DBClusterMembers") or ()],
        "engine_mode": one.get("EngineMode"),
        "db_cluster_instance_class": one.get("DBClusterInstanceClass"),
        "publicly_accessible": one.get("PubliclyAccessible"),
        "replication_source_identifier": one.get("ReplicationSourceIdentifier"),
        "global_cluster_identifier": one.get("GlobalClusterIdentifier"),
        "db_cluster_parameter_group_name": one.get("DBClusterParameterGroup"),
    }


def _member(one: dict[str, Any]) -> Item:
    values = {
        "arn": one["DBInstanceArn"],
        "identifier": one["DBInstanceIdentifier"],
        "cluster_identifier": one["DBClusterIdentifier"],
        "endpoint": _endpoint(one)["address"],
        "engine": one["Engine"],
        "availability_zone": one.get("AvailabilityZone"),
        "publicly_accessible": bool(one.get("PubliclyAccessible")),
        "tags": tagging.pairs(one.get("TagList")),
    }
    return Item("aws_rds_cluster_instance", one["DBInstanceArn"], values)


def _other(one: dict[str, Any]) -> Item:
    values = {
        "arn": one["DBClusterArn"],
        "cluster_identifier": one["DBClusterIdentifier"],
        "endpoint": one.get("Endpoint"),
        "reader_endpoint": one.get("ReaderEndpoint"),
        "vpc_security_group_ids": _security_groups(one),
        "tags": tagging.pairs(one.get("TagList")),
    }
    return Item(_OTHERS[one["Engine"]], one["DBClusterArn"], values)


class _Ages:
    """Hours since a region's databases were backed up; lists are asked for once, and only where one needs them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._snapshots: dict[str, Listing] = {}
        self._others: dict[str, str] | Unknown | None = None

    def of(self, one: dict[str, Any], arn: str, snapshots: Call, identifier: str) -> int | Unknown | None:
        """Whole hours since the latest moment that a database can be restored to; None where there is none.

        Not known of one that keeps backups but is stopped, or has just been made.
        """
        age = self._age(one, arn, snapshots, identifier)
        status = str(one.get("DBInstanceStatus") or one.get("Status"))
        if isinstance(age, Unknown) or not one.get("BackupRetentionPeriod") or (age is not None and age < DAY):
            return age
        if status in _STOPPED:
            return Unknown(f"it is {status}, and nothing is backed up until it is started")
        if age is None and status in _NEW:
            return Unknown("it is being made, and had no first backup yet")
        return age

    def database(self, arn: str) -> str:
        """The database that a snapshot was made of, by their ARNs; the ARN itself where it is of no snapshot known."""
        sort = arn.split(":", 6)[5] if arn.count(":") >= 6 else ""
        listed = _SNAPSHOTS.get(sort)
        if listed is None:
            return arn
        call_, own, identifier, kind = listed
        found = next((one for one in self._listed(call_).items if one.get(own) == arn), None)
        return arn.split(f":{sort}:", maxsplit=1)[0] + f":{kind}:{found[identifier]}" if found else arn

    def _age(self, one: dict[str, Any], arn: str, snapshots: Call, identifier: str) -> int | Unknown | None:
        latest = one.get("LatestRestorableTime")
        if latest:
            return backups.newest_age(self._reader, [latest])
        listed = self._listed(snapshots)
        own = _taken(listed.items, identifier, one[identifier])
        if self._others is None:
            self._others = backups.last_backups(self._reader)
        others = self._others if isinstance(self._others, Unknown) else self._others.get(one[arn])
        return backups.newest_age(self._reader, [*own, listed.missing, others])

    def _listed(self, snapshots: Call) -> Listing:
        if snapshots.operation not in self._snapshots:
            self._snapshots[snapshots.operation] = self._reader.every(snapshots)
        return self._snapshots[snapshots.operation]


def _taken(snapshots: Iterable[dict[str, Any]], identifier: str, of: str) -> Iterator[Any]:
    return (
        found.get("SnapshotCreateTime")
        for found in snapshots
        if found.get(identifier) == of and found.get("Status") == "available"
    )
