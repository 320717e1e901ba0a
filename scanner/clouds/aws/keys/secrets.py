"""Secrets Manager secrets with their rotation, policy and replicas, and encrypted SSM parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.iam.resource_policy import attached_policy
from scanner.clouds.aws.keys.ages import days, live_only
from scanner.clouds.aws.keys.key_owner import key_owner, weakest
from scanner.clouds.aws.keys.strangers import OwnAccounts, opens_to_strangers, own_accounts
from scanner.kinds import Secret
from scanner.logic import Answer, Told
from scanner.model import Noted, Unknown
from scanner.terraform.completed import sourced
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld, first
from scanner.terraform.values import Block

terraform_types = (
    "aws_secretsmanager_secret",
    "aws_secretsmanager_secret_rotation",
    "aws_secretsmanager_secret_policy",
    "aws_secretsmanager_secret_version",
    "aws_ssm_parameter",
    "aws_acm_certificate",
)
kinds = ("secret",)

_AWS_KEY = Noted("provider", "no key is named, so AWS's own key aws/secretsmanager is used")
_REPLICA_KEY = "no key is named for the replica in {}, so AWS's own key aws/secretsmanager is used there"
_PARAMETER_KEY = Noted("provider", "no key is named, so AWS's own key aws/ssm is used")
_NO_ROTATION = "no rotation is configured for it"
_RATE = re.compile(r"rate\((\d+) (hour|day)s?\)")


def from_plan(planned: PlannedWorld) -> Iterator[Secret]:
    """Read every secret and every parameter of type SecureString, never their values."""
    accounts = own_accounts(planned)
    for secret in planned.of("aws_secretsmanager_secret"):
        rotation = _rotation(planned, secret)
        yield Secret.of(
            **planned.labels(secret),
            type="secret",
            rotatable=_rotatable(secret),
            rotates=_rotates(planned, secret, rotation),
            rotation_days=_rotation_days(rotation or secret),
            key_owner=_key_owner(planned, secret),
            open=_open(planned, secret, accounts),
            **_ages(secret, rotation),
        )
    for parameter in planned.of("aws_ssm_parameter"):
        if parameter.values.get("type") == "SecureString":
            yield Secret.of(
                **planned.labels(parameter),
                type="parameter",
                rotatable=Noted(False, "Parameter Store has no rotation"),
                rotates=False,
                key_owner=_parameter_key(planned, parameter),
                open=Noted(False, "a parameter has no policy that lets in others"),
            )
    yield from _certificates(planned)


def _certificates(planned: PlannedWorld) -> Iterator[Secret]:
    """Read certificates of a running account, for their attributes in_use and expires_days; a plan knows neither."""
    for certificate in planned.of("aws_acm_certificate"):
        if certificate.plan.is_live:
            labels = planned.labels(certificate)
            yield Secret.of(
                **{**labels, "name": str(certificate.values.get("domain_name") or "")},
                type="certificate",
                rotatable=Noted(False, "a certificate is renewed, not rotated"),
                rotates=False,
                key_owner=Noted("provider", "Certificate Manager keeps private keys under AWS's own key aws/acm"),
                open=Noted(False, "a certificate has no policy that lets in others"),
                in_use=certificate.flag("in_use"),
                expires_days=days(certificate, "expires_days"),
            )


def _parameter_key(planned: PlannedWorld, parameter: PlannedResource) -> Told[str]:
    """The provider fills in the alias of AWS's own key by itself, never the ARN of a key."""
    return key_owner(planned, parameter, "key_id", absent=_PARAMETER_KEY, computed=parameter.is_unknown("key_id"))


def _rotatable(secret: PlannedResource) -> Answer:
    """A secret that a service owns is rotated by it; its name begins with the service and `!`.

    Source: AWS Secrets Manager User Guide, "Secrets managed by other AWS services". A replica follows its primary; it
    has no resource of its own in Terraform, and one with a `primary_region` in an account. `owning_service` is the
    account's word for who owns it.
    """
    service, primary = (secret.values.get(name) for name in ("owning_service", "primary_region"))
    if service or primary:
        return Noted(False, f"{service} owns it and rotates it" if service else f"it follows its primary in {primary}")
    name = secret.text("name")
    if isinstance(name, str) and "!" in name:
        return Noted(False, f"{name.partition('!')[0]} owns it and rotates it")
    return True


def _rotation(planned: PlannedWorld, secret: PlannedResource) -> PlannedResource | Unknown | None:
    return first(planned.attached(secret, "aws_secretsmanager_secret_rotation", "secret_id"))


def _rotates(planned: PlannedWorld, secret: PlannedResource, rotation: PlannedResource | Unknown | None) -> Answer:
    """Whether a rotation is configured: its own resource, what older providers kept in the secret, or its state."""
    if isinstance(rotation, Unknown):
        return rotation
    if isinstance(rotation, PlannedResource):
        refreshed = rotation.values.get("rotation_enabled")
        if refreshed is False and "update" not in rotation.actions:
            return Noted(False, f"{rotation.address} says that rotation was switched off")
        return Noted(True, "it has a rotation" if rotation.plan.is_live else f"{rotation.address} rotates it")
    rules = secret.blocks("rotation_rules")
    if secret.values.get("rotation_lambda_arn") or (rules and not isinstance(rules, Unknown)):
        return True
    refreshed = secret.values.get("rotation_enabled")
    if isinstance(refreshed, bool) and not secret.settled:
        return Noted(refreshed, "its refreshed state says so")
    rotates: Answer = planned.default(secret, False, _NO_ROTATION)
    return rotates


def _rotation_days(owner: PlannedResource | Unknown) -> int | Unknown:
    """Days between rotations, of automatically_after_days or a rate() expression."""
    rules = owner if isinstance(owner, Unknown) else owner.block("rotation_rules")
    if isinstance(rules, Unknown) or rules is None:
        return rules or Unknown(_NO_ROTATION)
    schedule = rules.get("schedule_expression")
    rate = _RATE.fullmatch(schedule) if isinstance(schedule, str) else None
    if rate:
        return int(rate[1]) if rate[2] == "day" else max(1, int(rate[1]) // 24)
    return rules.number("automatically_after_days") or Unknown("its schedule is not a number of days")


def _ages(secret: PlannedResource, rotation: PlannedResource | Unknown | None) -> dict[str, Any]:
    """When it was rotated, will be, and was last read: last_rotated_days, next_rotation_days, last_accessed_days.

    Source: AWS Secrets Manager API Reference, "SecretListEntry": the date of the next rotation lies in the past where
    rotations have failed, and what never happened has no date.
    """
    if not secret.plan.is_live:
        return live_only("last_rotated_days", "next_rotation_days", "rotated_in_time", "last_accessed_days")
    last, next_ = days(secret, "last_rotated_days", "created_days"), days(secret, "next_rotation_days")
    return {
        "last_rotated_days": last,
        "next_rotation_days": next_,
        "rotated_in_time": _in_time(last, next_, _rotation_days(rotation or secret)),
        "last_accessed_days": days(secret, "last_accessed_days", "created_days"),
    }


def _in_time(last: int | Unknown, next_: int | Unknown, period: int | Unknown) -> Answer:
    """By the date of the next rotation, or by the last one where an account names no date."""
    if not isinstance(next_, Unknown):
        return Noted(next_ >= 0, f"its rotation is {-next_} days overdue" if next_ < 0 else f"{next_} days are left")
    if isinstance(last, Unknown):
        return last
    if isinstance(period, Unknown):
        return period
    return Noted(last <= period, f"it was last rotated {last} days ago, and its period is {period} days")


def _key_owner(planned: PlannedWorld, secret: PlannedResource) -> Told[str]:
    """Who controls its key and those of its replicas: the weakest of them."""
    owners = [key_owner(planned, secret, "kms_key_id", absent=_AWS_KEY)]
    replicas = secret.blocks("replica")
    if isinstance(replicas, Unknown):
        # The provider computes the whole block where the code has none; one in the code always shows in the plan.
        owners.extend([] if secret.settled and not secret.configured("replica") else [replicas])
    else:
        owners.extend(_replica_key(planned, secret, replica) for replica in replicas)
    return weakest(owners)


def _replica_key(planned: PlannedWorld, secret: PlannedResource, replica: Block) -> Told[str]:
    region = replica.text("region")
    absent = Noted("provider", _REPLICA_KEY.format("another region" if isinstance(region, Unknown) else region))
    return key_owner(planned, secret, "kms_key_id", replica, absent=absent, computed=replica.is_unknown("kms_key_id"))


def _open(planned: PlannedWorld, secret: PlannedResource, accounts: OwnAccounts) -> Answer:
    document = attached_policy(planned, secret, ("aws_secretsmanager_secret_policy", "secret_arn"), "policy")
    if isinstance(document, Unknown):
        return document
    if document is None:
        return Noted(False, "it has no policy")
    return sourced(opens_to_strangers(document, accounts), document.completed)
