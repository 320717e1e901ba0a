"""Requests that the AWS IAM User Guide tells of, with the answer that it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from oracle.cases import HOME, OTHER, Case, Context, Policy, Thing
from scanner.kinds import Secret, Store

LOGIC = "Policy evaluation logic"
ACROSS = "Cross-account policy evaluation logic"
BOUNDARIES = "Permissions boundaries for IAM entities"
OPERATORS = "IAM JSON policy elements: Condition operators"
CONDITION = "IAM JSON policy elements: Condition"
SETS = "Creating a condition that tests multiple key values"
VARIABLES = "IAM policy elements: Variables and tags"
NOT_ACTION = "IAM JSON policy elements: NotAction"
NOT_RESOURCE = "IAM JSON policy elements: NotResource"
NOT_PRINCIPAL = "AWS JSON policy elements: NotPrincipal"
ORGANIZATIONS = "AWS Organizations User Guide, SCP evaluation"
KEY_POLICIES = "AWS KMS Developer Guide, Key policies"


@dataclass(frozen=True, slots=True)
class Documented:
    """One request of a page."""

    page: str
    case: Case
    allowed: bool


def statement(effect: str, action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """One statement."""
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> Policy:
    """A policy of the current version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def bucket(name: str, account: str) -> Thing:
    """A bucket of an account."""
    return Thing(arn=f"arn:aws:s3:::{name}", provider_type="aws_s3_bucket", account=account)


def _asked(page: str, what: str, allowed: bool, **facts: Any) -> Documented:  # noqa: FBT001 - the documented answer
    principal, action, resource = what.split()
    return Documented(page, Case(name=what, principal=principal, action=action, resource=resource, **facts), allowed)


def documented() -> list[Documented]:
    """Every one of them."""
    return [
        *_carlos(), *_explicit(), *_named_in_resource_policies(), *_shirley(), *_zhang(), *_nikhil(), *_across(),
        *_conditions(), *_sets(), *_variables(), *_excepted(), *_not_principal(), *_organization(), *_keys(),
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
        _asked(LOGIC, f"{_CARLOS} s3:PutObject arn:aws:s3:::carlossalazar-logs/a", False, thing=logs, identity=(own,)),
        _asked(LOGIC, put, True, thing=mine, identity=(own,), policy=theirs),
        _asked(LOGIC, put, True, thing=mine, identity=(own,)),
        _asked(LOGIC, put, True, thing=mine, policy=theirs),
        _asked(LOGIC, put, False, thing=mine, identity=(own,), policy=shut),
        _asked(LOGIC, put, False, thing=mine),
    ]


def _explicit() -> list[Documented]:
    reports = policy(statement("Allow", ["iam:Get*", "iam:List*"]), statement("Deny", "iam:*Report"))
    more = policy(statement("Allow", "iam:GenerateCredentialReport"))
    who = f"arn:aws:iam::{HOME}:user/reader"
    it = Thing(arn=f"arn:aws:iam::{HOME}:policy/one", provider_type="aws_iam_policy")
    return [
        _asked(LOGIC, f"{who} iam:GetPolicy {it.arn}", True, thing=it, identity=(reports,)),
        _asked(LOGIC, f"{who} iam:CreatePolicy {it.arn}", False, thing=it, identity=(reports,)),
        _asked(LOGIC, f"{who} iam:GetCredentialReport *", False, identity=(reports,)),
        _asked(LOGIC, f"{who} iam:GenerateCredentialReport *", False, identity=(reports, more)),
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
        found.append(_asked(LOGIC, what, allowed, thing=it, policy=theirs, boundary=nothing))
        found.append(_asked(LOGIC, what, True, thing=it, policy=theirs))
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
        _asked(BOUNDARIES, create, False, thing=made, identity=(users,), boundary=limit),
        _asked(BOUNDARIES, create, True, thing=made, identity=(users,)),
        _asked(BOUNDARIES, get, False, thing=it, identity=(users,), boundary=limit),
        _asked(BOUNDARIES, get, True, thing=it, identity=(reads,), boundary=limit),
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
        _asked(BOUNDARIES, f"{who} iam:CreateUser {nikhil.arn}", False, thing=nikhil, **both),
        _asked(BOUNDARIES, f"{who} iam:CreateUser {nikhil.arn}", True, thing=nikhil, context=given, **both),
        _asked(BOUNDARIES, f"{who} iam:DeleteUserPermissionsBoundary {nikhil.arn}", False, thing=nikhil, **both),
        _asked(BOUNDARIES, f"{who} iam:DeletePolicy {_X}", False, thing=its, **both),
        _asked(
            BOUNDARIES,
            f"{who} s3:ListBucket arn:aws:s3:::ZhangBucket",
            False,
            thing=bucket("ZhangBucket", HOME),
            **both,
        ),
        _asked(BOUNDARIES, f"{who} cloudwatch:GetDashboard {board.arn}", True, thing=board, **both),
        _asked(BOUNDARIES, f"{who} cloudwatch:DeleteDashboards {board.arn}", False, thing=board, **both),
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
        _asked(BOUNDARIES, f"{who} iam:ChangePassword {who}", True, thing=himself, identity=(own,), **both),
        _asked(BOUNDARIES, f"{who} iam:ChangePassword {other.arn}", False, thing=other, identity=(own,), **both),
        _asked(BOUNDARIES, f"{who} iam:PutUserPolicy {who}", False, thing=himself, identity=(own,), **both),
        _asked(
            BOUNDARIES,
            f"{who} s3:GetObject arn:aws:s3:::logs/a",
            False,
            thing=bucket("logs", HOME),
            identity=(own,),
            **both,
        ),
        _asked(
            BOUNDARIES,
            f"{who} s3:GetObject arn:aws:s3:::his/a",
            True,
            thing=bucket("his", HOME),
            identity=(own,),
            **both,
        ),
        _asked(
            BOUNDARIES, f"{who} ec2:StartInstances {instance}", False, thing=machine, identity=(own, starts), **both
        ),
        _asked(
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
        _asked(ACROSS, f"{who} s3:PutObject arn:aws:s3:::Production-logs/a", False, thing=logs, identity=(own,)),
        _asked(ACROSS, put, True, thing=it, identity=(own,), policy=theirs),
        _asked(
            ACROSS, f"{who} s3:DeleteObject arn:aws:s3:::Production/a", False, thing=it, identity=(own,), policy=theirs
        ),
        _asked(ACROSS, put, False, thing=it, identity=(own,)),
        _asked(ACROSS, put, False, thing=it, policy=theirs),
    ]


def _conditions() -> list[Documented]:
    it = bucket("example_bucket", HOME)
    key = Thing(arn=f"arn:aws:iam::{HOME}:user/one", provider_type="aws_iam_user")
    lists, makes = f"s3:ListBucket {it.arn}", f"iam:CreateAccessKey {key.arn}"

    def asked(page: str, what: str, condition: Any, context: Context, allowed: bool) -> Documented:  # noqa: FBT001
        own = policy(statement("Allow", what.split(maxsplit=1)[0], Condition=condition))
        thing = it if what is lists else key
        context = {**context, "aws:username": "johndoe"}
        who = f"arn:aws:iam::{HOME}:user/johndoe"
        return _asked(page, f"{who} {what}", allowed, thing=thing, identity=(own,), context=context)

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
        found.append(_asked(SETS, what, allowed, thing=it, identity=(own,), context=context))
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
        _asked(VARIABLES, mine, True, thing=it, identity=(own,), context=david),
        _asked(VARIABLES, hers, False, thing=it, identity=(own,), context=david),
        _asked(VARIABLES, mine, False, thing=it, identity=(old,), context=david),
        _asked(
            OPERATORS,
            f"{who} s3:ListBucket {it.arn}",
            True,
            thing=it,
            identity=(own,),
            context={**david, "s3:prefix": "home/David/"},
        ),
        _asked(
            OPERATORS,
            f"{who} s3:ListBucket {it.arn}",
            False,
            thing=it,
            identity=(own,),
            context={**david, "s3:prefix": "home/Anna/"},
        ),
        _asked(
            VARIABLES,
            mine,
            True,
            thing=it,
            identity=(apart,),
            context={**david, tag: "x", "aws:PrincipalTag/Team": "x"},
        ),
        _asked(
            VARIABLES,
            mine,
            False,
            thing=it,
            identity=(apart,),
            context={**david, tag: "y", "aws:PrincipalTag/Team": "x"},
        ),
        _asked(VARIABLES, mine, False, thing=it, identity=(apart,), context={**david, tag: "x"}),
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
        _asked(NOT_ACTION, f"{who} s3:GetObject {it.arn}/a", True, thing=it, identity=(keeps,)),
        _asked(NOT_ACTION, f"{who} s3:DeleteBucket {it.arn}", False, thing=it, identity=(keeps,)),
        _asked(NOT_ACTION, f"{who} s3:ListAllMyBuckets *", False, identity=(keeps,)),
        _asked(NOT_ACTION, f"{who} ec2:DescribeInstances *", False, identity=(keeps,)),
        _asked(NOT_ACTION, get, True, thing=it, identity=(no_iam,)),
        _asked(NOT_ACTION, user, False, thing=person, identity=(no_iam,)),
        _asked(NOT_ACTION, get, True, thing=it, identity=(signed,), context={key: "true"}),
        _asked(NOT_ACTION, get, False, thing=it, identity=(signed,), context={key: "false"}),
        _asked(NOT_ACTION, get, False, thing=it, identity=(signed,)),
        _asked(NOT_ACTION, user, True, thing=person, identity=(signed,), context={key: "false"}),
        _asked(NOT_RESOURCE, get, True, thing=it, identity=(payroll,)),
        _asked(NOT_RESOURCE, f"{who} s3:GetObject {it.arn}/Contracts/a", False, thing=it, identity=(payroll,)),
        _asked(NOT_RESOURCE, f"{who} s3:ListBucket {it.arn}", False, thing=it, identity=(payroll,)),
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
        found.append(_asked(page, what, allowed, **facts))
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
        found.append(_asked(ORGANIZATIONS, get, allowed, thing=it, identity=(own,), scps=scps))
    found.append(_asked(ORGANIZATIONS, get, False, thing=it, scps=((everything,),)))
    guarded = ((), (policy({**statement("Deny", "s3:*"), "Principal": "*"}),))
    found.append(_asked(ORGANIZATIONS, get, False, thing=it, identity=(own,), rcps=guarded))
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
        found.append(_asked(KEY_POLICIES, what, allowed, thing=key, identity=identity, policy=theirs))
    return found
