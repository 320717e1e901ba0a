"""Requests that the AWS IAM User Guide tells of where it speaks of conditions, variables, NotAction and NotResource."""

from __future__ import annotations

from typing import Any

from oracle.cases import HOME, Context, Policy, Thing
from oracle.guide import (
    CONDITION,
    NOT_ACTION,
    NOT_RESOURCE,
    OPERATORS,
    SETS,
    VARIABLES,
    Documented,
    asked_of,
    bucket,
    policy,
    statement,
)


def of_elements() -> list[Documented]:
    """Every one of them."""
    return [*_conditions(), *_sets(), *_variables(), *_excepted()]


def _conditions() -> list[Documented]:
    it = bucket("example_bucket", HOME)
    key = Thing(arn=f"arn:aws:iam::{HOME}:user/one", provider_type="aws_iam_user")
    lists, makes = f"s3:ListBucket {it.arn}", f"iam:CreateAccessKey {key.arn}"

    def asked(page: str, what: str, condition: Any, context: Context, allowed: bool) -> Documented:  # noqa: FBT001
        own = policy(statement("Allow", what.split(maxsplit=1)[0], Condition=condition))
        thing = it if what is lists else key
        context = {**context, "aws:username": "johndoe"}
        who = f"arn:aws:iam::{HOME}:user/johndoe"
        return asked_of(page, f"{who} {what}", allowed, thing=thing, identity=(own,), context=context)

    category = {"StringEquals": {"aws:PrincipalTag/job-category": "iamuser-admin"}}
    fresh = {"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}}
    office = {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:DB8:1234:5678::/64"]}}
    both = {"NumericLessThanEquals": {"s3:max-keys": "10"}, "StringEquals": {"s3:prefix": ["a/", "b/"]}}
    no_token = {"Null": {"aws:TokenIssueTime": "true"}}
    return [
        asked(CONDITION, makes, {"StringEquals": {"AWS:UserName": "johndoe"}}, {}, True),
        asked(CONDITION, makes, {"StringEquals": {"aws:username": "JohnDoe"}}, {}, False),
        asked(CONDITION, makes, {"StringEqualsIgnoreCase": {"aws:username": "JohnDoe"}}, {}, True),
        asked(OPERATORS, makes, category, {"aws:PrincipalTag/job-category": "iamuser-admin"}, True),
        asked(OPERATORS, makes, category, {}, False),
        asked(OPERATORS, makes, fresh, {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}, True),
        asked(OPERATORS, makes, fresh, {"aws:TokenIssueTime": "2019-01-01T00:00:00Z"}, False),
        asked(OPERATORS, makes, fresh, {}, False),
        asked(OPERATORS, makes, no_token, {}, True),
        asked(OPERATORS, makes, no_token, {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}, False),
        asked(OPERATORS, makes, office, {"aws:SourceIp": "203.0.113.9"}, True),
        asked(OPERATORS, makes, office, {"aws:SourceIp": "2001:db8:1234:5678::1"}, True),
        asked(OPERATORS, makes, office, {"aws:SourceIp": "203.0.114.9"}, False),
        asked(OPERATORS, makes, office, {}, False),
        asked(OPERATORS, makes, {"StringNotLike": {"aws:PrincipalTag/team": "x*"}}, {}, True),
        asked(CONDITION, lists, both, {"s3:max-keys": "10", "s3:prefix": "b/"}, True),
        asked(CONDITION, lists, both, {"s3:max-keys": "11", "s3:prefix": "b/"}, False),
        asked(CONDITION, lists, both, {"s3:max-keys": "9", "s3:prefix": "c/"}, False),
        asked(CONDITION, lists, both, {"s3:max-keys": "9"}, False),
    ]


def _sets() -> list[Documented]:
    it = Thing(arn=f"arn:aws:dynamodb:eu-central-1:{HOME}:table/Thread", provider_type="aws_dynamodb_table")
    who = f"arn:aws:iam::{HOME}:role/forum"
    only = policy(
        statement(
            "Allow", "dynamodb:GetItem", it.arn,
            Condition={"ForAllValues:StringLike": {"dynamodb:Attributes": ["PostDateTime", "Message", "Tags"]}},
        )
    )  # fmt: skip
    none = policy(
        statement("Allow", "dynamodb:PutItem"),
        statement(
            "Deny", "dynamodb:PutItem", it.arn,
            Condition={"ForAnyValue:StringLike": {"dynamodb:Attributes": ["ID", "PostDateTime"]}},
        ),
    )  # fmt: skip
    found = []
    for own, action, asked, allowed in (
        (only, "GetItem", ("PostDateTime", "Message"), True),
        (only, "GetItem", ("PostDateTime", "ID"), False),
        (only, "GetItem", ("PostDateTime", "UserName"), False),
        (only, "GetItem", (), True),
        (none, "PutItem", ("PostDateTime", "Message"), False),
        (none, "PutItem", ("UserName",), True),
        (none, "PutItem", ("UserName", "Message", "PostDateTime"), False),
        (none, "PutItem", (), True),
    ):
        context: Context = {"dynamodb:Attributes": asked} if asked else {}
        what = f"{who} dynamodb:{action} {it.arn}"
        found.append(asked_of(SETS, what, allowed, thing=it, identity=(own,), context=context))
    return found


def _variables() -> list[Documented]:
    it, who = bucket("home", HOME), f"arn:aws:iam::{HOME}:user/David"
    own = policy(
        statement(
            "Allow", "s3:ListBucket", it.arn, Condition={"StringLike": {"s3:prefix": ["", "home/${aws:username}/"]}}
        ),
        statement("Allow", "s3:*", f"{it.arn}/home/${{aws:username}}/*"),
    )
    old: Policy = {"Statement": own["Statement"]}
    tag = "s3:ExistingObjectTag/Team"
    apart = policy(
        statement("Allow", "s3:GetObject"),
        statement(
            "Deny", "s3:GetObject", f"{it.arn}/*", Condition={"StringNotEquals": {tag: "${aws:PrincipalTag/Team}"}}
        ),
    )
    david: Context = {"aws:username": "David"}
    mine, hers = f"{who} s3:GetObject {it.arn}/home/David/a", f"{who} s3:GetObject {it.arn}/home/Anna/a"
    return [
        asked_of(VARIABLES, mine, True, thing=it, identity=(own,), context=david),
        asked_of(VARIABLES, hers, False, thing=it, identity=(own,), context=david),
        asked_of(VARIABLES, mine, False, thing=it, identity=(old,), context=david),
        asked_of(
            OPERATORS,
            f"{who} s3:ListBucket {it.arn}",
            True,
            thing=it,
            identity=(own,),
            context={**david, "s3:prefix": "home/David/"},
        ),
        asked_of(
            OPERATORS,
            f"{who} s3:ListBucket {it.arn}",
            False,
            thing=it,
            identity=(own,),
            context={**david, "s3:prefix": "home/Anna/"},
        ),
        asked_of(
            VARIABLES,
            mine,
            True,
            thing=it,
            identity=(apart,),
            context={**david, tag: "x", "aws:PrincipalTag/Team": "x"},
        ),
        asked_of(
            VARIABLES,
            mine,
            False,
            thing=it,
            identity=(apart,),
            context={**david, tag: "y", "aws:PrincipalTag/Team": "x"},
        ),
        asked_of(VARIABLES, mine, False, thing=it, identity=(apart,), context={**david, tag: "x"}),
    ]


def _excepted() -> list[Documented]:
    """NotAction and NotResource."""
    who, it = f"arn:aws:iam::{HOME}:user/one", bucket("HRBucket", HOME)
    keeps = policy({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"})
    no_iam = policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    mfa = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    signed = policy(
        statement("Allow", "*"), {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": mfa}
    )
    spared = ["arn:aws:s3:::HRBucket/Payroll", "arn:aws:s3:::HRBucket/Payroll/*"]
    payroll = policy(statement("Allow", "s3:*"), {"Effect": "Deny", "Action": "s3:*", "NotResource": spared})
    person = Thing(arn=f"arn:aws:iam::{HOME}:user/two", provider_type="aws_iam_user")
    key = "aws:MultiFactorAuthPresent"
    get, user = f"{who} s3:GetObject {it.arn}/Payroll/a", f"{who} iam:GetUser {person.arn}"
    return [
        asked_of(NOT_ACTION, f"{who} s3:GetObject {it.arn}/a", True, thing=it, identity=(keeps,)),
        asked_of(NOT_ACTION, f"{who} s3:DeleteBucket {it.arn}", False, thing=it, identity=(keeps,)),
        asked_of(NOT_ACTION, f"{who} s3:ListAllMyBuckets *", False, identity=(keeps,)),
        asked_of(NOT_ACTION, f"{who} ec2:DescribeInstances *", False, identity=(keeps,)),
        asked_of(NOT_ACTION, get, True, thing=it, identity=(no_iam,)),
        asked_of(NOT_ACTION, user, False, thing=person, identity=(no_iam,)),
        asked_of(NOT_ACTION, get, True, thing=it, identity=(signed,), context={key: "true"}),
        asked_of(NOT_ACTION, get, False, thing=it, identity=(signed,), context={key: "false"}),
        asked_of(NOT_ACTION, get, False, thing=it, identity=(signed,)),
        asked_of(NOT_ACTION, user, True, thing=person, identity=(signed,), context={key: "false"}),
        asked_of(NOT_RESOURCE, get, True, thing=it, identity=(payroll,)),
        asked_of(NOT_RESOURCE, f"{who} s3:GetObject {it.arn}/Contracts/a", False, thing=it, identity=(payroll,)),
        asked_of(NOT_RESOURCE, f"{who} s3:ListBucket {it.arn}", False, thing=it, identity=(payroll,)),
    ]
