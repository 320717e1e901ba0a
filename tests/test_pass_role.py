"""iam:PassRole: which statements hand over any role, or roles to services that nobody named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.clouds.aws.iam.managed_policies import passes_roles
from scanner.clouds.aws.iam.passing import passes_freely
from scanner.logic import plain
from scanner.model import Statement, Unknown
from worlds import change, plan, scan, verdicts

CONTROL = "pass-role-scoped"
ROLE = "arn:aws:iam::111122223333:role/worker"
TO_LAMBDA = (("StringEquals", "iam:PassedToService", ("lambda.amazonaws.com",)),)
TRUST = {
    ROLE: ("Service:lambda.amazonaws.com",),
    "aws_iam_role.task": ("Service:ecs-tasks.amazonaws.com", "AWS:arn:aws:iam::111122223333:root"),
    "aws_iam_role.both": ("Service:ecs-tasks.amazonaws.com", "Service:ec2.amazonaws.com"),
    "aws_iam_role.people": ("AWS:arn:aws:iam::111122223333:root",),
    "aws_iam_role.open": ("AWS:*",),
}


def trusted(name: str) -> tuple[str, ...] | Unknown | None:
    if name.startswith("aws_s3_bucket"):
        return None
    return TRUST.get(name, Unknown("it is not here"))


def freely(resources: Any = "*", actions: Any = "iam:PassRole", **more: Any) -> bool | None:
    acts = (actions,) if isinstance(actions, str) else actions
    names = (resources,) if isinstance(resources, str) else resources
    answer = plain(passes_freely(Statement(id="p#1", actions=acts, resources=names, **more), trusted))
    return None if isinstance(answer, Unknown) else answer


@pytest.mark.parametrize("action", ["iam:PassRole", "IAM:passrole", "iam:Pass*", "iam:*", "*", "iam:?assRole"])
def test_every_way_to_allow_it_counts(action: str) -> None:
    assert freely("*", action) is True


@pytest.mark.parametrize("action", ["iam:GetRole", "s3:*", "iam:Get*", ""])
def test_other_actions_pass_no_role(action: str) -> None:
    assert freely("*", action) is False


def test_all_actions_but_some_pass_roles_unless_that_is_among_them() -> None:
    assert freely("*", (), not_actions=("s3:*",)) is True
    assert freely("*", (), not_actions=("iam:*", "s3:*")) is False
    assert freely("*", (), not_actions=("~",)) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "arn:aws:iam::*:role/*",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::111122223333:*",
        "arn:aws:iam::{account}:role/*",
        "arn:*:iam::*:*",
        "arn:aws:iam::*",
    ],
)
def test_every_role_of_an_account_is_too_much_whatever_the_service(pattern: str) -> None:
    assert freely(pattern) is True
    assert freely(pattern, conditions=TO_LAMBDA) is True
    assert freely((ROLE, pattern), conditions=TO_LAMBDA) is True


def test_all_roles_but_one_are_too_many() -> None:
    assert freely((), not_resources=(ROLE,), conditions=TO_LAMBDA) is True


@pytest.mark.parametrize(
    "pattern", ["arn:aws:iam::111122223333:role/chat-*", "arn:*:role/chat*", "arn:aws:iam::*:role/app/*", "arn:aws:i*r"]
)
def test_a_pattern_of_roles_needs_the_service(pattern: str) -> None:
    assert freely(pattern) is True
    assert freely(pattern, conditions=TO_LAMBDA) is False


@pytest.mark.parametrize(
    "pattern", ["arn:aws:s3:::chat/*", "arn:aws:iam::*:user/*", "arn:aws:iam::*:policy/chat", "arn:*:s3:::*"]
)
def test_what_is_no_role_cannot_be_passed(pattern: str) -> None:
    assert freely(pattern, "*") is False


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (ROLE, False),
        ("${aws_iam_role.task}", False),
        ("${aws_iam_role.both}", True),
        ("${aws_iam_role.both}~", True),
        ("${aws_iam_role.people}", False),
        ("${aws_iam_role.open}", True),
        ("${aws_s3_bucket.chat}/*", False),
        ("arn:aws:iam::111122223333:role/elsewhere", None),
        ("arn:aws:iam::{account}:role/~", None),
        ("~", None),
    ],
)
def test_one_role_without_a_service_is_as_narrow_as_its_trust(role: str, expected: object) -> None:
    assert freely(role) is expected


def test_one_role_that_goes_anywhere_is_enough_whatever_else_is_not_known() -> None:
    assert freely((ROLE, "arn:aws:iam::111122223333:role/elsewhere", "${aws_iam_role.both}")) is True
    assert freely((ROLE, "arn:aws:iam::111122223333:role/elsewhere")) is None


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("StringEquals", "IAM:passedtoservice", ("ec2.amazonaws.com", "ecs-tasks.amazonaws.com"), False),
        ("StringLike", "iam:PassedToService", ("lambda.*",), False),
        ("StringLike", "iam:PassedToService", ("*.amazonaws.com",), True),
        ("StringLike", "iam:PassedToService", ("*",), True),
        ("StringEqualsIfExists", "iam:PassedToService", ("lambda.amazonaws.com",), True),
        ("ForAllValues:StringEquals", "iam:PassedToService", ("lambda.amazonaws.com",), True),
        ("ForAnyValue:StringEquals", "iam:PassedToService", ("lambda.amazonaws.com",), False),
        ("StringNotEquals", "iam:PassedToService", ("ec2.amazonaws.com",), True),
        ("StringEquals", "iam:PassedToService", (), True),
        ("StringEquals", "iam:ResourceTag/team", ("chat",), True),
        ("ArnLike", "iam:AssociatedResourceArn", ("arn:aws:ec2:*:*:instance/*",), False),
        ("ArnLike", "iam:AssociatedResourceArn", ("arn:aws:*:*:*:*",), True),
        ("StringEquals", "~", ("x",), None),
        ("StringLike", "iam:PassedToService", ("~",), None),
    ],
)
def test_only_a_condition_that_must_hold_and_fixes_the_service_narrows(
    operator: str, key: str, values: tuple[str, ...], expected: object
) -> None:
    assert freely("${aws_iam_role.both}", conditions=((operator, key, values),)) is expected


def test_what_is_not_known_is_only_open_where_it_matters() -> None:
    assert freely("${aws_iam_role.both}", conditions=Unknown("later")) is None
    assert freely(ROLE, conditions=Unknown("later")) is False
    assert freely("*", conditions=Unknown("later")) is True
    assert freely("*", "~") is None
    assert freely(ROLE, "~") is False
    assert freely(ROLE, Unknown("later")) is False
    assert freely("*", Unknown("later")) is None
    assert freely(Unknown("later")) is None
    assert freely(Unknown("later"), "s3:GetObject") is False
    assert freely((), not_resources=Unknown("later")) is None


def test_awss_own_policies_are_judged_by_their_text() -> None:
    assert plain(passes_roles("AdministratorAccess")) is True
    assert plain(passes_roles("AWSCodePipeline_FullAccess")) is True
    assert plain(passes_roles("PowerUserAccess")) is False
    assert plain(passes_roles("AmazonS3ReadOnlyAccess")) is False
    assert isinstance(plain(passes_roles("OfNextYear")), Unknown)


def _role(name: str, *services: str) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": list(services)}}
    return change(f"aws_iam_role.{name}", {"name": name, "assume_role_policy": json.dumps({"Statement": [trust]})})


def _policy(name: str, resource: str, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": resource, **more}
    return change(
        f"aws_iam_role_policy.{name}",
        {"name": name, "role": "deployer", "policy": json.dumps({"Statement": [statement]})},
    )


def test_a_plan_finds_the_role_by_its_name() -> None:
    arn = "arn:aws:iam::111122223333:role/"
    to_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    found = verdicts(
        scan(
            plan(
                _role("deployer", "codebuild.amazonaws.com"),
                _role("worker", "lambda.amazonaws.com"),
                _role("shared", "lambda.amazonaws.com", "ec2.amazonaws.com"),
                _policy("one", f"{arn}worker"),
                _policy("several", f"{arn}shared"),
                _policy("told", f"{arn}shared", Condition=to_ec2),
                _policy("elsewhere", f"{arn}elsewhere"),
                change("aws_iam_role_policy_attachment.admin", {"role": "deployer", "policy_arn": ADMIN}),
            )
        ),
        [CONTROL],
    )[CONTROL]
    assert {subject.rpartition(".")[2]: verdict for subject, verdict in found.items()} == {
        "one": "pass",
        "several": "fail",
        "told": "pass",
        "elsewhere": "unknown",
        "admin": "fail",
    }


ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
