"""Requests that the AWS IAM User Guide tells of, with the answer that it gives."""

from __future__ import annotations

from typing import Any

from oracle.cases import HOME, OTHER, Context, Thing
from oracle.documented_elements import of_elements
from oracle.guide import (
    ACROSS,
    BOUNDARIES,
    KEY_POLICIES,
    LOGIC,
    NOT_PRINCIPAL,
    ORGANIZATIONS,
    Documented,
    asked_of,
    bucket,
    policy,
    statement,
)
from scanner.kinds import Secret, Store


def documented() -> list[Documented]:
    """Every one of them."""
    return [
        *_carlos(), *_explicit(), *_named_in_resource_policies(), *_shirley(), *_zhang(), *_nikhil(), *_across(),
        *of_elements(), *_not_principal(), *_organization(), *_keys(),
    ]  # fmt: skip


_CARLOS = "arn:aws:iam::123456789012:user/carlossalazar"


def _carlos() -> list[Documented]:
    own = policy(
        statement("Allow", ["s3:GetBucketLocation", "s3:ListAllMyBuckets"], "arn:aws:s3:::*"),
        statement("Allow", "s3:*", ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]),
        statement("Deny", "s3:*", "arn:aws:s3:::*log*"),
    )
    theirs = policy(
        {
            **statement("Allow", "s3:*", ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]),
            "Principal": {"AWS": _CARLOS},
        }
    )
    shut = policy({**theirs["Statement"][0], "Effect": "Deny"})
    mine, logs = bucket("carlossalazar", "123456789012"), bucket("carlossalazar-logs", "123456789012")
    put = f"{_CARLOS} s3:PutObject arn:aws:s3:::carlossalazar/a"
    return [
        asked_of(
            LOGIC, f"{_CARLOS} s3:PutObject arn:aws:s3:::carlossalazar-logs/a", False, thing=logs, identity=(own,)
        ),
        asked_of(LOGIC, put, True, thing=mine, identity=(own,), policy=theirs),
        asked_of(LOGIC, put, True, thing=mine, identity=(own,)),
        asked_of(LOGIC, put, True, thing=mine, policy=theirs),
        asked_of(LOGIC, put, False, thing=mine, identity=(own,), policy=shut),
        asked_of(LOGIC, put, False, thing=mine),
    ]


def _explicit() -> list[Documented]:
    reports = policy(statement("Allow", ["iam:Get*", "iam:List*"]), statement("Deny", "iam:*Report"))
    more = policy(statement("Allow", "iam:GenerateCredentialReport"))
    who = f"arn:aws:iam::{HOME}:user/reader"
    it = Thing(arn=f"arn:aws:iam::{HOME}:policy/one", provider_type="aws_iam_policy")
    return [
        asked_of(LOGIC, f"{who} iam:GetPolicy {it.arn}", True, thing=it, identity=(reports,)),
        asked_of(LOGIC, f"{who} iam:CreatePolicy {it.arn}", False, thing=it, identity=(reports,)),
        asked_of(LOGIC, f"{who} iam:GetCredentialReport *", False, identity=(reports,)),
        asked_of(LOGIC, f"{who} iam:GenerateCredentialReport *", False, identity=(reports, more)),
    ]


def _named_in_resource_policies() -> list[Documented]:
    """Implicit denies of a boundary beside a resource policy that names a role, or a user."""
    nothing = policy(statement("Allow", "ec2:*"))
    found = []
    for who, allowed in (
        (f"arn:aws:iam::{HOME}:role/examplerole", False),
        (f"arn:aws:iam::{HOME}:user/exampleuser", True),
    ):
        it = bucket("example", HOME)
        theirs = policy({**statement("Allow", "s3:GetObject", f"{it.arn}/*"), "Principal": {"AWS": who}})
        what = f"{who} s3:GetObject {it.arn}/a"
        found.append(asked_of(LOGIC, what, allowed, thing=it, policy=theirs, boundary=nothing))
        found.append(asked_of(LOGIC, what, True, thing=it, policy=theirs))
    return found


def _shirley() -> list[Documented]:
    who, limit = (
        f"arn:aws:iam::{HOME}:user/ShirleyRodriguez",
        policy(statement("Allow", ["s3:*", "cloudwatch:*", "ec2:*"])),
    )
    users = policy(statement("Allow", "iam:CreateUser"))
    it = bucket("example", HOME)
    get = f"{who} s3:GetObject {it.arn}/a"
    reads = policy(statement("Allow", "s3:GetObject"))
    made = Thing(arn=f"arn:aws:iam::{HOME}:user/new", provider_type="aws_iam_user")
    create = f"{who} iam:CreateUser {made.arn}"
    return [
        asked_of(BOUNDARIES, create, False, thing=made, identity=(users,), boundary=limit),
        asked_of(BOUNDARIES, create, True, thing=made, identity=(users,)),
        asked_of(BOUNDARIES, get, False, thing=it, identity=(users,), boundary=limit),
        asked_of(BOUNDARIES, get, True, thing=it, identity=(reads,), boundary=limit),
    ]


_X = f"arn:aws:iam::{HOME}:policy/XCompanyBoundaries"


def _zhang() -> list[Documented]:
    who = f"arn:aws:iam::{HOME}:user/Zhang"
    with_limit = {"StringEquals": {"iam:PermissionsBoundary": _X}}
    limit = policy(
        statement("Allow", ["iam:CreateUser", "iam:PutUserPermissionsBoundary"], Condition=with_limit),
        statement("Allow", ["cloudwatch:*", "iam:GetUser", "iam:DeleteUser", "iam:*Group*"]),
        statement("Deny", ["iam:DeletePolicy", "iam:CreatePolicyVersion"], [_X]),
        statement("Deny", "iam:DeleteUserPermissionsBoundary"),
    )
    own = policy(
        statement("Allow", "iam:*"),
        statement("Allow", ["cloudwatch:GetDashboard", "cloudwatch:ListDashboards"]),
        statement("Allow", "s3:ListBucket", "arn:aws:s3:::ZhangBucket"),
    )
    nikhil = Thing(arn=f"arn:aws:iam::{HOME}:user/Nikhil", provider_type="aws_iam_user")
    board = Thing(arn=f"arn:aws:cloudwatch::{HOME}:dashboard/one", provider_type="aws_cloudwatch_dashboard")
    its = Thing(arn=_X, provider_type="aws_iam_policy")
    both: dict[str, Any] = {"identity": (own,), "boundary": limit}
    given: Context = {"iam:PermissionsBoundary": _X}
    return [
        asked_of(BOUNDARIES, f"{who} iam:CreateUser {nikhil.arn}", False, thing=nikhil, **both),
        asked_of(BOUNDARIES, f"{who} iam:CreateUser {nikhil.arn}", True, thing=nikhil, context=given, **both),
        asked_of(BOUNDARIES, f"{who} iam:DeleteUserPermissionsBoundary {nikhil.arn}", False, thing=nikhil, **both),
        asked_of(BOUNDARIES, f"{who} iam:DeletePolicy {_X}", False, thing=its, **both),
        asked_of(
            BOUNDARIES,
            f"{who} s3:ListBucket arn:aws:s3:::ZhangBucket",
            False,
            thing=bucket("ZhangBucket", HOME),
            **both,
        ),
        asked_of(BOUNDARIES, f"{who} cloudwatch:GetDashboard {board.arn}", True, thing=board, **both),
        asked_of(BOUNDARIES, f"{who} cloudwatch:DeleteDashboards {board.arn}", False, thing=board, **both),
    ]


def _nikhil() -> list[Documented]:
    who = f"arn:aws:iam::{HOME}:user/Nikhil"
    instance = f"arn:aws:ec2:eu-central-1:{HOME}:instance/i-1234567890abcdef0"
    limit = policy(
        statement("Allow", ["s3:*", "cloudwatch:*", "ec2:*", "dynamodb:*"]),
        statement(
            "Allow", ["iam:*AccessKey*", "iam:ChangePassword", "iam:GetUser"], "arn:aws:iam::*:user/${aws:username}"
        ),
        statement("Deny", "s3:*", ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]),
        statement("Deny", "ec2:*", "arn:aws:ec2:*:*:instance/i-1234567890abcdef0"),
    )
    own = policy(statement("Allow", "iam:*"), statement("Allow", ["s3:Get*", "s3:List*"]))
    himself = Thing(arn=who, provider_type="aws_iam_user")
    other = Thing(arn=f"arn:aws:iam::{HOME}:user/Zhang", provider_type="aws_iam_user")
    secret = Thing(
        arn=f"arn:aws:secretsmanager:eu-central-1:{HOME}:secret:one-AbCdEf",
        provider_type="aws_secretsmanager_secret",
        kind=Secret,
    )
    lets = policy({**statement("Allow", "secretsmanager:GetSecretValue"), "Principal": {"AWS": who}})
    machine = Thing(arn=instance, provider_type="aws_instance")
    starts = policy(statement("Allow", "ec2:StartInstances"))
    both: dict[str, Any] = {"boundary": limit, "context": {"aws:username": "Nikhil"}}
    return [
        asked_of(BOUNDARIES, f"{who} iam:ChangePassword {who}", True, thing=himself, identity=(own,), **both),
        asked_of(BOUNDARIES, f"{who} iam:ChangePassword {other.arn}", False, thing=other, identity=(own,), **both),
        asked_of(BOUNDARIES, f"{who} iam:PutUserPolicy {who}", False, thing=himself, identity=(own,), **both),
        asked_of(
            BOUNDARIES,
            f"{who} s3:GetObject arn:aws:s3:::logs/a",
            False,
            thing=bucket("logs", HOME),
            identity=(own,),
            **both,
        ),
        asked_of(
            BOUNDARIES,
            f"{who} s3:GetObject arn:aws:s3:::his/a",
            True,
            thing=bucket("his", HOME),
            identity=(own,),
            **both,
        ),
        asked_of(
            BOUNDARIES, f"{who} ec2:StartInstances {instance}", False, thing=machine, identity=(own, starts), **both
        ),
        asked_of(
            BOUNDARIES,
            f"{who} secretsmanager:GetSecretValue {secret.arn}",
            True,
            thing=secret,
            identity=(own,),
            policy=lets,
            **both,
        ),
    ]


def _across() -> list[Documented]:
    who = "arn:aws:iam::111111111111:user/carlossalazar"
    own = policy(
        statement("Allow", "s3:ListAllMyBuckets"),
        statement("Allow", "s3:*Object*", "arn:aws:s3:::Production/*"),
        statement("Deny", "s3:*", ["arn:aws:s3:::*log*", "arn:aws:s3:::*log*/*"]),
    )
    actions = ["s3:GetObject*", "s3:PutObject*", "s3:ReplicateObject", "s3:RestoreObject"]
    theirs = policy({**statement("Allow", actions, "arn:aws:s3:::Production/*"), "Principal": {"AWS": who}})
    it, logs = bucket("Production", "222222222222"), bucket("Production-logs", "222222222222")
    put = f"{who} s3:PutObject arn:aws:s3:::Production/a"
    return [
        asked_of(ACROSS, f"{who} s3:PutObject arn:aws:s3:::Production-logs/a", False, thing=logs, identity=(own,)),
        asked_of(ACROSS, put, True, thing=it, identity=(own,), policy=theirs),
        asked_of(
            ACROSS, f"{who} s3:DeleteObject arn:aws:s3:::Production/a", False, thing=it, identity=(own,), policy=theirs
        ),
        asked_of(ACROSS, put, False, thing=it, identity=(own,)),
        asked_of(ACROSS, put, False, thing=it, policy=theirs),
    ]


def _not_principal() -> list[Documented]:
    it, bob = bucket("BUCKETNAME", HOME), f"arn:aws:iam::{OTHER}:user/Bob"
    where = [it.arn, f"{it.arn}/*"]
    theirs = policy(
        {**statement("Allow", "s3:*", where), "Principal": "*"},
        {**statement("Deny", "s3:*", where), "NotPrincipal": {"AWS": [bob, f"arn:aws:iam::{OTHER}:root"]}},
    )
    everything = policy(statement("Allow", "*"))
    found = []
    for who, boundary, allowed in (
        (bob, None, True),
        (f"arn:aws:iam::{HOME}:user/Mary", None, False),
        (f"arn:aws:iam::{OTHER}:user/Alice", None, False),
        (bob, everything, False),
    ):
        page = NOT_PRINCIPAL if boundary is None else BOUNDARIES
        what = f"{who} s3:GetObject {it.arn}/a"
        facts: dict[str, Any] = {"thing": it, "identity": (everything,), "policy": theirs, "boundary": boundary}
        found.append(asked_of(page, what, allowed, **facts))
    return found


def _organization() -> list[Documented]:
    """Each level must allow it; a Deny at any stops it."""
    it, who = bucket("one", HOME), f"arn:aws:iam::{HOME}:role/one"
    own, everything = policy(statement("Allow", "*")), policy(statement("Allow", "*"))
    only_ec2, no_s3 = policy(statement("Allow", "ec2:*")), policy(statement("Deny", "s3:*"))
    only_s3 = policy(statement("Allow", "s3:*"))
    get = f"{who} s3:GetObject {it.arn}/a"
    found = []
    for scps, allowed in (
        (((everything,), (everything,), (everything,)), True),
        (((everything,), (only_ec2,), (everything,)), False),
        (((everything,), (everything, no_s3), (everything,)), False),
        (((everything,), (only_s3,), (only_s3,)), True),
        (((only_s3,), (only_ec2,), (everything,)), False),
        (((everything,), (only_ec2, only_s3), (everything,)), True),
    ):
        found.append(asked_of(ORGANIZATIONS, get, allowed, thing=it, identity=(own,), scps=scps))
    found.append(asked_of(ORGANIZATIONS, get, False, thing=it, scps=((everything,),)))
    guarded = ((), (policy({**statement("Deny", "s3:*"), "Principal": "*"}),))
    found.append(asked_of(ORGANIZATIONS, get, False, thing=it, identity=(own,), rcps=guarded))
    return found


def _keys() -> list[Documented]:
    key = Thing(arn=f"arn:aws:kms:eu-central-1:{HOME}:key/1111", provider_type="aws_kms_key", kind=Store)
    own = policy(statement("Allow", "kms:Decrypt", key.arn))
    found = []
    home, role = f"arn:aws:iam::{HOME}:root", f"arn:aws:iam::{HOME}:role/one"
    foreign = f"arn:aws:iam::{OTHER}:role/two"
    for who, named, identity, allowed in (
        (role, home, (own,), True),
        (role, home, (), False),
        (role, role, (), True),
        (role, f"arn:aws:iam::{HOME}:role/other", (own,), False),
        (foreign, f"arn:aws:iam::{OTHER}:root", (own,), True),
        (foreign, f"arn:aws:iam::{OTHER}:root", (), False),
        (foreign, home, (own,), False),
    ):
        theirs = policy({**statement("Allow", "kms:*"), "Principal": {"AWS": named}})
        what = f"{who} kms:Decrypt {key.arn}"
        found.append(asked_of(KEY_POLICIES, what, allowed, thing=key, identity=identity, policy=theirs))
    return found
