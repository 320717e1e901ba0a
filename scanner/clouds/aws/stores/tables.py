"""DynamoDB tables and the replicas of global tables."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.iam.policydoc import read_document
from scanner.clouds.aws.iam.resource_policy import opens_to_anyone
from scanner.clouds.aws.keys.key_owner import key_owner, weakest
from scanner.clouds.aws.stores.backup_age import backed_up
from scanner.clouds.aws.stores.log_keys import LogKeys, place_of
from scanner.kinds import Store
from scanner.logic import Answer, Told
from scanner.model import Noted, Unknown
from scanner.terraform.computed import computed_block
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_TABLES = ("aws_dynamodb_table", "aws_dynamodb_table_replica")
terraform_types = (*_TABLES, "aws_dynamodb_resource_policy")
kinds = ("store",)

_ALWAYS_ENCRYPTED = "DynamoDB encrypts every table"
_NEVER_PUBLIC = "nothing opens the table, and DynamoDB itself refuses a policy that is open to the public"


def from_plan(planned: PlannedWorld) -> Iterator[Store]:
    """Read every table, and every replica that is a resource of its own."""
    log_keys = planned.once(LogKeys)
    for table in planned.of("aws_dynamodb_table"):
        yield Store.of(
            **planned.labels(table),
            shares_key_with_logs=log_keys.shared(place_of(table)),
            type="table",
            encrypted=Noted(True, _ALWAYS_ENCRYPTED),
            key_owner=_key_owner(planned, table),
            expires=_expires(table),
            point_in_time_recovery=_recoverable(table),
            public=_public(planned, table),
            **backed_up(table),
        )
    for replica in planned.of("aws_dynamodb_table_replica"):
        yield _replica(planned, replica)


def _replica(planned: PlannedWorld, replica: PlannedResource) -> Store:
    """A replica has its own key and recovery; its items expire with those of its table."""
    table = planned.target(replica, "global_table_arn", ("aws_dynamodb_table",))
    labels = planned.labels(replica)
    expires: Answer = Unknown("a replica expires with its table, which was not seen")
    if isinstance(table, PlannedResource):
        labels["data"] = labels["data"] or planned.labels(table)["data"]
        expires = _expires(table)
    return Store.of(
        **labels,
        type="table",
        encrypted=Noted(True, _ALWAYS_ENCRYPTED),
        key_owner=key_owner(planned, replica, "kms_key_arn", computed=True),
        expires=expires,
        point_in_time_recovery=replica.flag("point_in_time_recovery"),
        public=_public(planned, replica),
        **backed_up(replica),
    )


def _key_owner(planned: PlannedWorld, table: PlannedResource) -> Told[str]:
    """Who controls the table's key; a replica inside the table that has another one decides."""
    encryption = computed_block(table, "server_side_encryption")
    if isinstance(encryption, Unknown):
        return encryption
    enabled = encryption.flag("enabled") if encryption is not None else False
    if isinstance(enabled, Unknown):
        return enabled
    if encryption is None or not enabled:
        return Noted("provider", "no key is named, so DynamoDB uses its own")
    own = key_owner(planned, table, "kms_key_arn", encryption, computed=True)
    replicas = table.blocks("replica")
    if isinstance(replicas, Unknown):
        return replicas
    owners = [own, *(key_owner(planned, table, "kms_key_arn", block, computed=True) for block in replicas)]
    return weakest(owners)


def _expires(table: PlannedResource) -> Answer:
    ttl = computed_block(table, "ttl")
    if isinstance(ttl, Unknown):
        return ttl
    if ttl is None:
        return Noted(False, "no time to live is set, and items stay until they are deleted")
    return ttl.flag("enabled")


def _recoverable(table: PlannedResource) -> Answer:
    recovery = computed_block(table, "point_in_time_recovery")
    if isinstance(recovery, Unknown):
        return recovery
    if recovery is None:
        return Noted(False, "point-in-time recovery is off until it is switched on")
    return recovery.flag("enabled")


def _public(planned: PlannedWorld, table: PlannedResource) -> Answer:
    """Whether a resource policy lets anyone in; source: DynamoDB Developer Guide, "Blocking public access"."""
    found = planned.attached(table, "aws_dynamodb_resource_policy", "resource_arn", owners=_TABLES)
    if isinstance(found, Unknown):
        return found
    document = read_document(planned, found[0], "policy") if found else None
    if document is None:
        return Noted(False, _NEVER_PUBLIC)
    return document if isinstance(document, Unknown) else opens_to_anyone(document)
