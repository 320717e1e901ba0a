"""KMS: keys with their rotation and policy, and aliases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.clouds.aws.live.collectors.tags import Tags, tags_for, tags_of
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "kms"
everywhere = True
types = (
    "aws_kms_key",
    "aws_kms_external_key",
    "aws_kms_replica_key",
    "aws_kms_replica_external_key",
    "aws_kms_alias",
)

LIST_KEYS = call("kms", "ListKeys", items="Keys")
LIST_ALIASES = call("kms", "ListAliases", items="Aliases")
DESCRIBE_KEY = call("kms", "DescribeKey")
GET_ROTATION = call("kms", "GetKeyRotationStatus", absent=("UnsupportedOperationException",))
LIST_ROTATIONS = call("kms", "ListKeyRotations", items="Rotations", absent=("UnsupportedOperationException",))
GET_POLICY = call("kms", "GetKeyPolicy")
TAGGED = tagging.TAGGED

_KEY_TYPES = types[:-1]
_OF_AWS = "alias/aws/"
"""How the alias of every key that AWS manages begins; no other may.

Source: AWS KMS API Reference, "CreateAlias".
"""


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every key and alias."""
    keys, aliases = reader.every(LIST_KEYS), reader.every(LIST_ALIASES)
    of_aws = {alias.get("TargetKeyId") for alias in aliases.items if alias["AliasName"].startswith(_OF_AWS)}
    work = _Keys(reader, tags_of(reader, "kms:key") if keys.items else {}, of_aws, aliases.missing)
    yield from keys.unread(_KEY_TYPES)
    if aliases.missing is not None:
        # What is missing is what a key is called, not a key: no verdict is asked for.
        yield Unread(("aws_kms_alias",), aliases.missing, LIST_ALIASES.action, expected=True)
    yield from reader.each(keys.items, work.read)
    for alias in aliases.items:
        values = {"name": alias["AliasName"], "arn": alias["AliasArn"], "target_key_id": alias.get("TargetKeyId")}
        yield Item("aws_kms_alias", alias["AliasArn"], values)


class _Keys:
    """Reads one key after the other."""

    def __init__(
        self, reader: Reader, tags: dict[str, Tags] | Unknown, of_aws: set[str | None], doubt: Unknown | None
    ) -> None:
        """Take what lists tell of keys; `doubt` says why keys that AWS manages may not be known as such."""
        self._reader = reader
        self._tags = tags
        self._of_aws = of_aws
        self._doubt = doubt

    def read(self, listed: dict[str, Any]) -> Item:
        arn, id_ = listed["KeyArn"], listed["KeyId"]
        of_aws = Item("data.aws_kms_key", arn, {"arn": arn, "key_id": id_, "key_manager": "AWS"})
        if id_ in self._of_aws:
            return of_aws
        answer = self._reader.ask(DESCRIBE_KEY, KeyId=arn)
        if not isinstance(answer, dict):
            return self._not_described(arn, id_, answer or Unknown(f"{arn} is not described"))
        about = answer["KeyMetadata"]
        return of_aws if about.get("KeyManager") == "AWS" else self._described(arn, id_, about)

    def _described(self, arn: str, id_: str, about: dict[str, Any]) -> Item:
        values = self._common(arn, id_, about.get("KeyUsage"))
        enabled, spec = about.get("Enabled"), about.get("KeySpec") or about.get("CustomerMasterKeySpec")
        multi = about.get("MultiRegionConfiguration")
        primary = multi["PrimaryKey"]["Arn"] if multi and multi["PrimaryKey"]["Arn"] != arn else None
        if about.get("Origin") == "EXTERNAL":
            type_ = "aws_kms_replica_external_key" if primary else "aws_kms_external_key"
            return Item(type_, arn, {**values, "primary_key_arn": primary, "enabled": enabled})
        if primary:
            rotates = self._rotation(arn)["enable_key_rotation"] if _may_rotate(about, spec) else False
            values |= {"primary_key_arn": primary, "enabled": enabled, "key_spec": spec}
            return Item("aws_kms_replica_key", arn, {**values, "key_rotation_enabled": rotates})
        values |= {
            "is_enabled": enabled,
            "customer_master_key_spec": spec,
            "custom_key_store_id": about.get("CustomKeyStoreId"),
            "created_days": self._reader.days_since(about.get("CreationDate")),
            "enable_key_rotation": False,
        }
        return Item("aws_kms_key", arn, values | (self._turns(arn) if _may_rotate(about, spec) else {}))

    def _common(self, arn: str, id_: str, usage: Any) -> dict[str, Any]:
        policy = self._reader.ask(GET_POLICY, KeyId=arn, PolicyName="default")
        return {
            "arn": arn,
            "id": id_,
            "key_id": id_,
            "key_usage": usage,
            "policy": policy.get("Policy") if isinstance(policy, dict) else policy,
            "tags": tags_for(self._tags, arn),
        }

    def _rotation(self, arn: str) -> dict[str, Any]:
        told = self._reader.ask(GET_ROTATION, KeyId=arn)
        if told is None:
            return {"enable_key_rotation": False}
        if isinstance(told, Unknown):
            names = ("enable_key_rotation", "rotation_period_in_days", "next_rotation_days")
            return dict.fromkeys(names, told)
        since = self._reader.days_since(told.get("NextRotationDate"))
        return {
            "enable_key_rotation": told.get("KeyRotationEnabled"),
            "rotation_period_in_days": told.get("RotationPeriodInDays"),
            "next_rotation_days": None if since is None else -since,
        }

    def _turns(self, arn: str) -> dict[str, Any]:
        """Rotation of a key that can rotate, and when its material was last replaced."""
        values = self._rotation(arn)
        if values["enable_key_rotation"] is False:
            return values
        past = self._reader.every(LIST_ROTATIONS, KeyId=arn)
        days = [self._reader.days_since(rotation.get("RotationDate")) for rotation in past.items]
        known = [day for day in days if day is not None]
        return {**values, "last_rotated_days": past.missing or (min(known) if known else None)}

    def _not_described(self, arn: str, id_: str, why: Unknown) -> Item:
        values = self._common(arn, id_, why) | self._rotation(arn)
        names = ("is_enabled", "customer_master_key_spec", "custom_key_store_id", "created_days", "last_rotated_days")
        values |= dict.fromkeys(names, why)
        return Item("aws_kms_key", arn, values if self._doubt is None else {**values, "key_manager": why})


def _may_rotate(about: dict[str, Any], spec: Any) -> bool:
    """Whether a key's rotation may be on: of all others, and of one to be deleted, it is off.

    Source: AWS KMS Developer Guide, "Rotate AWS KMS keys".
    """
    return (
        spec == "SYMMETRIC_DEFAULT"
        and about.get("Origin", "AWS_KMS") == "AWS_KMS"
        and about.get("KeyState") not in {"PendingDeletion", "PendingReplicaDeletion"}
    )
