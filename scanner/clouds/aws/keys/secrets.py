"""Secrets Manager secrets with their rotation, policy and replicas, and encrypted SSM parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.clouds.aws.iam.resource_policy import attached_policy
from scanner.clouds.aws.keys.key_owner import key_owner, weakest
from scanner.clouds.aws.keys.strangers import OwnAccounts, opens_to_strangers, own_accounts
from scanner.kinds import Secret
from scanner.logic import Answer, Told
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld, first
from scanner.terraform.values import Block

terraform_types = (
    "aws_secretsmanager_secret",
    "aws_secretsmanager_secret_rotation",
    "aws_secretsmanager_secret_policy",
    "aws_secretsmanager_secret_version",
    "aws_ssm_parameter",
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


def _parameter_key(planned: PlannedWorld, parameter: PlannedResource) -> Told[str]:
    """The provider fills in the alias of AWS's own key by itself, never the ARN of a key."""
    return key_owner(planned, parameter, "key_id", absent=_PARAMETER_KEY, computed=parameter.is_unknown("key_id"))


def _rotatable(secret: PlannedResource) -> Answer:
    """A secret that a service owns is rotated by it; its name begins with the service and `!`.

    Source: AWS Secrets Manager User Guide, "Secrets managed by other AWS services". A replica follows its primary
    and has no resource of its own in Terraform.
    """
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
        return Noted(True, f"{rotation.address} rotates it")
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
    return Noted(False, "it has no policy") if document is None else opens_to_strangers(document, accounts)
