"""RDS instances and clusters; the instances of a cluster count as part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from scanner.clouds.aws.keys.key_owner import key_owner
from scanner.clouds.aws.stores import redundancy
from scanner.clouds.aws.stores.backup_age import backed_up
from scanner.clouds.aws.stores.database_tls import requires_tls
from scanner.clouds.aws.stores.log_keys import LogKeys, place_of
from scanner.kinds import Store
from scanner.logic import Answer, Told, plain
from scanner.model import Noted, Unknown
from scanner.terraform.computed import left_out, setting
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

T = TypeVar("T")

terraform_types = (
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_rds_cluster_instance",
    "aws_db_parameter_group",
    "aws_rds_cluster_parameter_group",
)
kinds = ("store",)

_DELETED_BY_JOB = Unknown("rows are deleted by a job of the application, which no setting shows")


@dataclass(frozen=True, slots=True)
class _Sort:
    """What tells instances and clusters apart: the attributes that name what one is made from, and its parameters."""

    copies: str
    restored_from: str
    parameters: str
    group: str


_SORTS = {
    "aws_db_instance": _Sort(
        "replicate_source_db", "source_db_instance_identifier", "parameter_group_name", "aws_db_parameter_group"
    ),
    "aws_rds_cluster": _Sort(
        "replication_source_identifier",
        "source_cluster_identifier",
        "db_cluster_parameter_group_name",
        "aws_rds_cluster_parameter_group",
    ),
}


def from_plan(planned: PlannedWorld) -> Iterator[Store]:
    """Read every database."""
    log_keys = planned.once(LogKeys)
    for database in planned.of(*_SORTS):
        cluster = database.type == "aws_rds_cluster"
        yield Store.of(
            **planned.labels(database),
            shares_key_with_logs=log_keys.shared(place_of(database)),
            type="database",
            encrypted=_encrypted(planned, database),
            key_owner=_key_owner(planned, database),
            expires=_DELETED_BY_JOB,
            point_in_time_recovery=_ALWAYS_BACKED_UP if cluster else _recoverable(planned, database),
            requires_tls=_requires_tls(planned, database),
            public=_cluster_public(planned, database) if cluster else _public(database),
            redundant=redundancy.of_cluster(planned, database) if cluster else redundancy.of_instance(database),
            **_backed_up(planned, database),
        )


_ALWAYS_BACKED_UP = Noted(True, "a cluster always keeps backups, of one day at least")


_DECIDERS = {
    "snapshot_identifier": "the snapshot it is restored from decides this",
    "global_cluster_identifier": "the global cluster it belongs to decides this",
}
"""Attributes that let something outside the plan decide what the code leaves out."""


def _source(planned: PlannedWorld, database: PlannedResource) -> PlannedResource | Unknown | None:
    """What a new database is a copy of; it takes from there what the code leaves out."""
    sort = _SORTS[database.type]
    if not database.created:
        return None
    if not left_out(database, sort.copies):
        return _planned_source(planned, database, sort.copies)
    for attribute, decides in _DECIDERS.items():
        if not left_out(database, attribute):
            unsure = isinstance(database.get(attribute), Unknown)
            return Unknown(f"{attribute} is known only after apply; if set, {decides}" if unsure else decides)
    restored = database.block("restore_to_point_in_time")
    if restored is None:
        return None
    block = None if isinstance(restored, Unknown) else restored
    return _planned_source(planned, database, sort.restored_from, block)


def _planned_source(
    planned: PlannedWorld, database: PlannedResource, attribute: str, block: Block | None = None
) -> PlannedResource | Unknown:
    target = planned.target(database, attribute, (database.type,), block)
    if isinstance(target, PlannedResource) and target is not database:
        return target
    return Unknown("it is a copy of a database that was not seen, which decides this")


def _inherited(
    planned: PlannedWorld,
    database: PlannedResource,
    read: Callable[[PlannedWorld, PlannedResource], Told[T]],
    default: Told[T],
) -> Told[T]:
    """The fact of what `database` is a copy of; `default` where it is none."""
    source = _source(planned, database)
    if isinstance(source, PlannedResource):
        fact = read(planned, source)
        value, why = (fact.value, f"; {fact.because}") if isinstance(fact, Noted) else (fact, "")
        return value if isinstance(value, Unknown) else Noted(value, f"it is a copy of {source.address}{why}")
    return default if source is None else source


def _encrypted(planned: PlannedWorld, database: PlannedResource) -> Answer:
    """Encryption is off unless set, except for Aurora Serverless v1; a copy is encrypted as its source is.

    Source: the provider's aws_db_instance and aws_rds_cluster, storage_encrypted.
    """
    mode = setting(database, "engine_mode", "provisioned")
    serverless = mode == "serverless"
    if left_out(database, "storage_encrypted"):
        if isinstance(mode, Unknown):
            return mode
        if not database.settled:
            return Unknown(f"{database.address} existed before, and whether it is encrypted was not seen")
        because = (
            "Aurora Serverless v1 is always encrypted" if serverless else "storage_encrypted is off until it is set"
        )
        return _inherited(planned, database, _encrypted, Noted(serverless, because))
    own = database.flag("storage_encrypted")
    if own is False and database.settled:
        return _inherited(planned, database, _encrypted, Noted(False, "storage_encrypted is off"))
    return own


def _key_owner(planned: PlannedWorld, database: PlannedResource) -> Told[str]:
    value = plain(_encrypted(planned, database))
    if isinstance(value, Unknown):
        return value
    if not value:
        return Noted("none", "its storage is not encrypted")
    if left_out(database, "kms_key_id") and database.settled:
        return _inherited(planned, database, _key_owner, Noted("provider", "no key is named, so RDS uses aws/rds"))
    return key_owner(planned, database, "kms_key_id", computed=True)


def _recoverable(planned: PlannedWorld, database: PlannedResource) -> Answer:
    """Automatic backups, of which 0 days is none; a replica is restored through its source.

    Source: the provider's aws_db_instance, backup_retention_period (0 unless set); Amazon RDS User Guide,
    "Introduction to backups".
    """
    if left_out(database, "backup_retention_period"):
        if not database.settled:
            return Unknown(f"{database.address} existed before, and whether it keeps backups was not seen")
        off = Noted(False, "backup_retention_period is 0 until it is set")
        return _inherited(planned, database, _recoverable, off)
    days = database.number("backup_retention_period")
    if isinstance(days, Unknown) or days > 0:
        return days if isinstance(days, Unknown) else True
    if not left_out(database, "replicate_source_db"):
        return _of_source(planned, database)
    return Noted(False, "backups are kept for 0 days")


def _of_source(planned: PlannedWorld, replica: PlannedResource) -> Answer:
    source = _planned_source(planned, replica, "replicate_source_db")
    return source if isinstance(source, Unknown) else _recoverable(planned, source)


def _backed_up(planned: PlannedWorld, database: PlannedResource) -> dict[str, Any]:
    """How long ago it was backed up; a replica that keeps no backups is restored through its source."""
    own = backed_up(database)
    if plain(own["backed_up"]) is not False or left_out(database, _SORTS[database.type].copies):
        return own
    source = _planned_source(planned, database, _SORTS[database.type].copies)
    return dict.fromkeys(own, source) if isinstance(source, Unknown) else _backed_up(planned, source)


def _requires_tls(planned: PlannedWorld, database: PlannedResource) -> Answer:
    sort = _SORTS[database.type]
    own = requires_tls(planned, database, sort.parameters, sort.group)
    copy = not left_out(database, sort.copies) or left_out(database, "engine")
    if database.created and copy and left_out(database, sort.parameters):
        return _inherited(planned, database, _requires_tls, own)
    return own


_PUBLIC = "it has a public address, in front of which only security groups stand"


def _public(instance: PlannedResource) -> Answer:
    """Private unless told otherwise; source: the provider's publicly_accessible of instances, alone and in clusters.

    Whom its security groups let in does not count: one rule more opens it, and those groups are judged themselves.
    """
    if left_out(instance, "publicly_accessible"):
        return Noted(False, "publicly_accessible is off until it is set")
    public = instance.flag("publicly_accessible")
    return Noted(True, _PUBLIC) if public is True else public


def _cluster_public(planned: PlannedWorld, cluster: PlannedResource) -> Answer:
    """A cluster is reached through its instances; the provider makes them private unless told otherwise."""
    if cluster.get("engine_mode") == "serverless":
        return Noted(False, "Aurora Serverless v1 has no public address")
    if cluster.get("db_cluster_instance_class") is not None:
        by_subnets = Unknown("whether a Multi-AZ cluster has public addresses depends on its subnets")
        return _public(cluster) if cluster.plan.is_live else by_subnets
    instances = planned.attached(cluster, "aws_rds_cluster_instance", "cluster_identifier")
    if isinstance(instances, Unknown):
        return instances
    answers = [_public(instance) for instance in instances]
    public = next((one for one, answer in zip(instances, answers, strict=True) if plain(answer) is True), None)
    if public is not None:
        return Noted(True, f"{public.address}: {_PUBLIC}")
    unknown = next((answer for answer in answers if isinstance(answer, Unknown)), None)
    members = cluster.get("cluster_members")
    if unknown is None and isinstance(members, list) and len(members) > len(answers):
        return Unknown("it has instances that were not seen")
    return unknown or Noted(False, "none of its instances has a public address")
