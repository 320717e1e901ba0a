"""KMS: keys with their rotation and policy, and aliases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
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
    "aws_kms_key_policy",
)

LIST_KEYS = call("kms", "ListKeys", items="Keys")
LIST_ALIASES = call("kms", "ListAliases", items="Aliases")
DESCRIBE_KEY = call("kms", "DescribeKey")
GET_ROTATION = call("kms", "GetKeyRotationStatus", absent=("UnsupportedOperationException",))
GET_POLICY = call("kms", "GetKeyPolicy")
LIST_TAGS = call("kms", "ListResourceTags", items="Tags")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every key and alias."""
    keys = reader.every(LIST_KEYS)
    if keys.missing is not None:
        yield Unread(types, keys.missing, LIST_KEYS.action)
    yield from reader.each(keys.items, lambda key: _key(reader, key))
    aliases = reader.every(LIST_ALIASES)
    if aliases.missing is not None:
        yield Unread(("aws_kms_alias",), aliases.missing, LIST_ALIASES.action)
    for alias in aliases.items:
        values = {
            "name": alias["AliasName"],
            "arn": alias["AliasArn"],
            "target_key_id": alias.get("TargetKeyId"),
        }
        yield Item("aws_kms_alias", alias["AliasArn"], values)


def _key(reader: Reader, listed: dict[str, Any]) -> Item:
    arn, id_ = listed["KeyArn"], listed["KeyId"]
    answer = reader.ask(DESCRIBE_KEY, KeyId=arn)
    if isinstance(answer, Unknown) or answer is None:
        why = answer or Unknown("not there")
        return Item(
            "aws_kms_key",
            arn,
            {
                "arn": arn,
                "key_id": id_,
                "is_enabled": why,
                "key_usage": why,
                "customer_master_key_spec": why,
                "custom_key_store_id": why,
                "enable_key_rotation": why,
                "policy": why,
                "rotation_period_in_days": why,
            },
        )
    about = answer["KeyMetadata"]
    if about.get("KeyManager") == "AWS":
        return Item("data.aws_kms_key", arn, {"arn": arn, "key_id": id_, "key_manager": "AWS"})
    rotation = reader.ask(GET_ROTATION, KeyId=arn)
    policy = reader.ask(GET_POLICY, KeyId=arn, PolicyName="default")
    values = {
        "arn": arn,
        "key_id": id_,
        "is_enabled": about.get("Enabled"),
        "key_usage": about.get("KeyUsage"),
        "customer_master_key_spec": about.get("KeySpec"),
        "custom_key_store_id": about.get("CustomKeyStoreId"),
        "enable_key_rotation": rotation.get("KeyRotationEnabled") if isinstance(rotation, dict) else rotation,
        "rotation_period_in_days": rotation.get("RotationPeriodInDays") if isinstance(rotation, dict) else rotation,
        "policy": policy.get("Policy") if isinstance(policy, dict) else policy,
    }
    return Item("aws_kms_key", arn, values)
