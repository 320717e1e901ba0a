"""KMS keys and their replicas, with key policies and aliases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.iam.resource_policy import attached_policy
from scanner.clouds.aws.keys.ages import days, live_only
from scanner.clouds.aws.keys.strangers import OwnAccounts, opens_to_strangers, own_accounts
from scanner.kinds import Key
from scanner.logic import Answer
from scanner.model import Noted, Unknown
from scanner.terraform.completed import sourced
from scanner.terraform.computed import left_out, setting
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_KEYS = ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key")

terraform_types = (
    *_KEYS,
    "aws_kms_key_policy",
    "aws_kms_alias",
)
kinds = ("key",)

_SYMMETRIC = "SYMMETRIC_DEFAULT"
_DEFAULT_ROTATION_DAYS = 365
_GRACE_DAYS = 7
"""AWS rotates "approximately" when a period ends (AWS KMS Developer Guide, "Rotate AWS KMS keys")."""

_LIVE_ONLY = ("last_rotated_days", "next_rotation_days", "rotated_in_time")
_DEFAULT_POLICY = "no policy is set, so AWS's default applies, which trusts the own account alone"


def from_plan(planned: PlannedWorld) -> Iterator[Key]:
    """Read every customer key; a replica takes its rotation from its primary, and has a policy of its own."""
    accounts = own_accounts(planned)
    for key in planned.of("aws_kms_key"):
        yield Key.of(
            **_labels(planned, key),
            type="kms",
            rotatable=_rotatable(key),
            rotates=key.flag("enable_key_rotation"),
            rotation_days=_rotation_days(key),
            open=_open(planned, key, accounts),
            **_turns(key),
        )
    for replica in planned.of("aws_kms_replica_key"):
        yield _replica(planned, replica, accounts)
    for external in planned.of("aws_kms_external_key", "aws_kms_replica_external_key"):
        yield Key.of(
            **_labels(planned, external),
            type="kms_replica" if "replica" in external.type else "kms",
            rotatable=Noted(False, "its material is imported"),
            open=_open(planned, external, accounts),
        )


def _labels(planned: PlannedWorld, key: PlannedResource) -> dict[str, Any]:
    """Label a key, called by its alias if it has just one: it has no name of its own."""
    labels = planned.labels(key)
    aliases = planned.attached(key, "aws_kms_alias", "target_key_id", owners=_KEYS)
    if not isinstance(aliases, Unknown) and len(aliases) == 1:
        labels["name"] = str(aliases[0].values.get("name") or "")
    return labels


def _open(planned: PlannedWorld, key: PlannedResource, accounts: OwnAccounts) -> Answer:
    """Whether the key policy, its own resource or the key's attribute, lets in strangers.

    Source: AWS KMS Developer Guide, "Default key policy": it trusts the key's own account alone.
    """
    document = attached_policy(planned, key, ("aws_kms_key_policy", "key_id"), "policy", owners=_KEYS)
    if isinstance(document, Unknown):
        return document
    if _resets_policy(key):
        return Noted(False, _DEFAULT_POLICY)
    if document is None:
        default: Answer = planned.default(key, False, _DEFAULT_POLICY)
        return default
    return sourced(opens_to_strangers(document, accounts), document.completed)


def _resets_policy(key: PlannedResource) -> bool:
    """Whether the plan deletes the key's policy resource, which puts the default policy back."""
    gone = ("aws_kms_key_policy", str(key.values.get("key_id"))) in key.plan.deleted
    return gone and not key.configured("policy")


def _rotatable(key: PlannedResource) -> Answer:
    """Rotation applies to enabled, symmetric encryption keys whose material KMS made.

    Source: AWS KMS Developer Guide, "Rotate AWS KMS keys".
    """
    facts = (
        (key.flag("is_enabled", absent=True), True, "it is disabled"),
        (setting(key, "customer_master_key_spec", _SYMMETRIC), _SYMMETRIC, "it is asymmetric or HMAC"),
        (setting(key, "key_usage", "ENCRYPT_DECRYPT"), "ENCRYPT_DECRYPT", "it does not encrypt"),
        (setting(key, "custom_key_store_id", ""), "", "it lives in a custom key store"),
    )
    for value, wanted, otherwise in facts:
        if not isinstance(value, Unknown) and value != wanted:
            return Noted(False, otherwise)
    return next((value for value, _, _ in facts if isinstance(value, Unknown)), True)


def _rotation_days(key: PlannedResource) -> int | Unknown:
    left = left_out(key, "rotation_period_in_days")
    return _DEFAULT_ROTATION_DAYS if left else key.number("rotation_period_in_days", _DEFAULT_ROTATION_DAYS)


def _turns(key: PlannedResource) -> dict[str, Any]:
    """When its material was replaced, and will be: last_rotated_days, next_rotation_days, created_days.

    An account tells these of a key that rotates; a plan knows none of them.
    """
    if not key.plan.is_live:
        return live_only(*_LIVE_ONLY)
    if key.flag("enable_key_rotation") is False:
        return dict.fromkeys(_LIVE_ONLY, Unknown("it does not rotate"))
    last, period = days(key, "last_rotated_days", "created_days"), _rotation_days(key)
    return {
        "last_rotated_days": last,
        "next_rotation_days": days(key, "next_rotation_days"),
        "rotated_in_time": _in_time(last, period),
    }


def _in_time(last: int | Unknown, period: int | Unknown) -> Answer:
    if isinstance(last, Unknown):
        return last
    if isinstance(period, Unknown):
        return period
    because = f"its material is {last} days old, and its period is {period} days"
    return Noted(last <= period + _GRACE_DAYS, because)


def _replica(planned: PlannedWorld, replica: PlannedResource, accounts: OwnAccounts) -> Key:
    labels = _labels(planned, replica)
    opened = _open(planned, replica, accounts)
    primary = planned.target(replica, "primary_key_arn", ("aws_kms_key",))
    if isinstance(primary, PlannedResource) and primary.mode == "managed":
        note = f"a replica rotates with its primary {primary.address}"
        rotates = primary.flag("enable_key_rotation")
        return Key.of(
            **labels,
            type="kms_replica",
            rotatable=_rotatable(primary),
            rotates=rotates if isinstance(rotates, Unknown) else Noted(rotates, note),
            rotation_days=_rotation_days(primary),
            open=opened,
            **_turns(primary),
        )
    refreshed = replica.get("key_rotation_enabled")
    live = replica.plan.is_live
    seen = refreshed if isinstance(refreshed, bool) and (live or not replica.settled) else None
    unread = Unknown(f"a replica rotates with its primary, which {'was not read' if live else 'is not in the plan'}")
    unknown = refreshed if live and isinstance(refreshed, Unknown) else unread
    return Key.of(
        **labels,
        type="kms_replica",
        rotatable=_replicates(replica),
        rotates=unknown
        if seen is None
        else Noted(seen, "its own state says so" if live else "its refreshed state says so"),
        open=opened,
        **dict.fromkeys(_LIVE_ONLY, unread),
    )


def _replicates(replica: PlannedResource) -> Answer:
    """Rotation of a replica whose primary is elsewhere: its own refreshed specification says whether it applies."""
    if replica.values.get("key_spec", _SYMMETRIC) != _SYMMETRIC:
        return Noted(False, "it is asymmetric or HMAC")
    if replica.flag("enabled", absent=True) is False:
        return Noted(False, "it is disabled")
    return True
