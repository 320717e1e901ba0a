"""KMS keys and their replicas."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.kinds import Key
from scanner.model import Fact, Noted, Unknown
from scanner.terraform.planned import PlannedResource, PlannedWorld

terraform_types = ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key")
kinds = ("key",)

_SYMMETRIC = "SYMMETRIC_DEFAULT"
_DEFAULT_ROTATION_DAYS = 365


def from_plan(planned: PlannedWorld) -> Iterator[Key]:
    """Read every customer key; a replica takes its rotation from its primary."""
    for key in planned.of("aws_kms_key"):
        yield Key.of(
            **planned.labels(key),
            type="kms",
            rotatable=_rotatable(key),
            rotates=key.flag("enable_key_rotation"),
            rotation_days=key.number("rotation_period_in_days", _DEFAULT_ROTATION_DAYS),
        )
    for replica in planned.of("aws_kms_replica_key"):
        yield _replica(planned, replica)
    for external in planned.of("aws_kms_external_key", "aws_kms_replica_external_key"):
        yield Key.of(**planned.labels(external), type="kms", rotatable=Noted(False, "its material is imported"))


def _rotatable(key: PlannedResource) -> Fact[bool] | Noted[bool]:
    """Rotation applies to enabled, symmetric encryption keys whose material KMS made.

    Source: AWS KMS Developer Guide, "Rotate AWS KMS keys".
    """
    facts = (
        (key.flag("is_enabled", absent=True), True, "it is disabled"),
        (key.text("customer_master_key_spec", _SYMMETRIC), _SYMMETRIC, "it is asymmetric or HMAC"),
        (key.text("key_usage", "ENCRYPT_DECRYPT"), "ENCRYPT_DECRYPT", "it does not encrypt"),
        (key.text("custom_key_store_id"), "", "it lives in a custom key store"),
    )
    for value, wanted, otherwise in facts:
        if not isinstance(value, Unknown) and value != wanted:
            return Noted(False, otherwise)
    return next((value for value, _, _ in facts if isinstance(value, Unknown)), True)


def _replica(planned: PlannedWorld, replica: PlannedResource) -> Key:
    primary = planned.target(replica, "primary_key_arn", ("aws_kms_key",))
    if isinstance(primary, PlannedResource):
        note = f"a replica rotates with its primary {primary.address}"
        return Key.of(
            **planned.labels(replica),
            type="kms_replica",
            rotatable=_rotatable(primary),
            rotates=Noted(primary.flag("enable_key_rotation"), note),
        )
    unknown = Unknown("a replica rotates with its primary, which is not in the plan")
    return Key.of(**planned.labels(replica), type="kms_replica", rotatable=True, rotates=unknown)
