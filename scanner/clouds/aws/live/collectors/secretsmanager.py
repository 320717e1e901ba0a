"""Secrets Manager: secrets with their key, rotation, last use and policy; never a value.

One list carries all but the policy. A replica is a secret of its own in its region.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.tags import pairs
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "secretsmanager"
everywhere = True
types = ("aws_secretsmanager_secret", "aws_secretsmanager_secret_rotation")

LIST_SECRETS = call("secretsmanager", "ListSecrets", items="SecretList")
GET_POLICY = call("secretsmanager", "GetResourcePolicy")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every secret that is not about to be deleted."""
    secrets = reader.every(LIST_SECRETS)
    yield from secrets.unread(types[:1])
    yield from reader.each(secrets.items, lambda secret: _secret(reader, secret))
    for secret in secrets.items:
        if secret.get("RotationEnabled"):
            yield _rotation(secret)


def _secret(reader: Reader, secret: dict[str, Any]) -> Item:
    arn = secret["ARN"]
    policy = reader.ask(GET_POLICY, SecretId=arn)
    since = reader.days_since(secret.get("NextRotationDate"))
    primary = secret.get("PrimaryRegion")
    values = {
        "arn": arn,
        "id": arn,
        "name": secret["Name"],
        "kms_key_id": secret.get("KmsKeyId"),
        "policy": policy.get("ResourcePolicy") if isinstance(policy, dict) else policy,
        "tags": pairs(secret.get("Tags")),
        "owning_service": secret.get("OwningService"),
        "primary_region": primary if primary != reader.region else None,
        "created_days": reader.days_since(secret.get("CreatedDate")),
        "last_rotated_days": reader.days_since(secret.get("LastRotatedDate")),
        "next_rotation_days": None if since is None else -since,
        "last_accessed_days": reader.days_since(secret.get("LastAccessedDate")),
    }
    return Item("aws_secretsmanager_secret", arn, values)


def _rotation(secret: dict[str, Any]) -> Item:
    rules = secret.get("RotationRules") or {}
    schedule = {
        "automatically_after_days": rules.get("AutomaticallyAfterDays"),
        "duration": rules.get("Duration"),
        "schedule_expression": rules.get("ScheduleExpression"),
    }
    values = {
        "id": secret["ARN"],
        "secret_id": secret["ARN"],
        "rotation_enabled": True,
        "rotation_lambda_arn": secret.get("RotationLambdaARN"),
        "rotation_rules": [schedule] if rules else [],
    }
    return Item("aws_secretsmanager_secret_rotation", f"{secret['ARN']} rotation", values)
