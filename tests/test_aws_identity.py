"""Identities and grants: rules and shapes that a real plan cannot show cheaply."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.clouds.aws.iam import actions as iam_actions
from scanner.clouds.aws.iam.managed_policies import managed_name, whole_services
from scanner.clouds.aws.iam.policydoc import PolicyStatement
from scanner.clouds.aws.iam.wildcards import names_whole_service, wildcard_action, wildcard_resource
from scanner.kinds import Identity
from scanner.model import Noted, Statement, Unknown
from worlds import change, facts_of, plan, scan, verdicts, world_of

CONTROL = "identity-no-wildcard-grants"
OLD = {"actions": ["no-op"], "before": {}}
AWS_POLICY = "arn:aws:iam::aws:policy/"
SQS_ALL = json.dumps({"Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]})


def plain(fact: object) -> bool | None:
    value = fact.value if isinstance(fact, Noted) else fact
    assert isinstance(value, (bool, Unknown))
    return None if isinstance(value, Unknown) else value


def wide(actions: str | tuple[str, ...], resources: str | tuple[str, ...] = "*", **more: Any) -> bool | None:
    acts = (actions,) if isinstance(actions, str) else actions
    names = (resources,) if isinstance(resources, str) else resources
    return plain(wildcard_resource(PolicyStatement(actions=acts, resources=names, **more)))


@pytest.mark.parametrize("action", ["*", "**", "*:*", "s3:*", "S3:**", "bedrock:*?"])
def test_actions_that_name_a_whole_service(action: str) -> None:
    assert names_whole_service(action)
    assert plain(wildcard_action(PolicyStatement(actions=("s3:GetObject", action)))) is True


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:Get*", "s3:?", "s3:*Object", ""])
def test_actions_that_do_not(action: str) -> None:
    assert not names_whole_service(action)


def test_an_action_that_is_not_known_leaves_it_open_unless_another_decides() -> None:
    assert plain(wildcard_action(PolicyStatement(actions=("~",)))) is None
    assert plain(wildcard_action(PolicyStatement(actions=("~", "s3:*")))) is True
    assert plain(wildcard_action(PolicyStatement(not_actions=("iam:*",)))) is True
    assert plain(wildcard_action(PolicyStatement(actions=Unknown("later")))) is None
    assert wide("~") is None
    assert wide(("~", "s3:GetObject")) is True
    assert wide("~", "arn:aws:s3:::chat/*") is None
    assert wide("~", "arn:aws:s3:::chat") is False


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("s3:GetObject", True),
        ("S3:getobject", True),
        ("s3:ListAllMyBuckets", False),
        ("s3:Get*", True),
        ("ec2:Describe*", False),
        ("ec2:*", True),
        ("logs:Describe*", False),
        ("cloudwatch:PutMetricData", False),
        ("xray:Put*", False),
        ("ecr:GetAuthorizationToken", False),
        ("comprehend:Detect*", False),
        ("bedrock:InvokeModel*", True),
        ("iam:PassRole", True),
        ("s3:NoSuchAction", None),
        ("nosuchservice:Get", None),
        ("../actions/s3:GetObject", None),
        ("*", True),
    ],
)
def test_which_actions_could_name_a_resource(action: str, expected: object) -> None:
    assert wide(action) is expected


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:GetObject", "**", True),
        ("s3:GetObject", "arn:aws:*", True),
        ("s3:GetObject", "arn:*", True),
        ("s3:GetObject", "arn:aws:*:*:*:*", True),
        ("s3:GetObject", "arn:aws:s3:::*", True),
        ("s3:GetObject", "arn:*:s3:::*/*", True),
        ("s3:ListBucket", "arn:aws:s3:::*/*", False),
        ("s3:GetObject", "arn:aws:s3:::chat-*", False),
        ("s3:GetObject", "arn:aws:s3:::*/public/*", False),
        ("s3:GetObject", "arn:aws:sqs:*:*:*", False),
        ("logs:PutLogEvents", "arn:aws:logs:*:*:*", True),
        ("logs:PutLogEvents", "arn:aws:logs:us-east-1:*:*", False),
        ("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/*", True),
        ("dynamodb:GetItem", "arn:aws:dynamodb:*:111122223333:table/*", False),
        ("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/*", False),  # AWS's own, the same for everybody
        ("bedrock:InvokeModel", "arn:aws:bedrock:*:*:inference-profile/*", True),
        ("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/anthropic.*", False),
        ("iam:PassRole", "arn:aws:iam::*:role/*", True),
        ("*", "arn:aws:s3:::*", True),
        ("*", "arn:aws:s3:::chat/*", False),
        ("s3:GetObject", "${aws_s3_bucket.chat}~", False),
        ("s3:GetObject", "~", None),
        ("s3:ListAllMyBuckets", "~", False),
        ("s3:GetObject", "${data.aws_partition.current}~", None),
    ],
)
def test_which_patterns_reach_every_resource(action: str, resource: str, expected: object) -> None:
    assert wide(action, resource) is expected


def test_not_resource_reaches_all_but_some() -> None:
    assert wide("s3:GetObject", (), not_resources=("arn:aws:s3:::audit/*",)) is True
    assert wide("s3:ListAllMyBuckets", (), not_resources=("arn:aws:s3:::audit/*",)) is False
    assert wide((), "arn:aws:s3:::*", not_actions=("iam:*",)) is True
    assert wide((), "arn:aws:s3:::chat", not_actions=("iam:*",)) is False
    assert plain(wildcard_resource(PolicyStatement(not_actions=Unknown("later"), resources=("*",)))) is None
    assert plain(wildcard_resource(PolicyStatement(actions=("s3:GetObject",), resources=Unknown("later")))) is None


def test_an_unknown_resource_that_is_surely_planned_is_not_everything() -> None:
    assert wide("kms:Decrypt", "~", names_resources=True) is False


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("StringEquals", "aws:ResourceTag/app", ("chat",)), False),
        (("StringLike", "ec2:ResourceTag/app", ("chat*",)), False),
        (("StringLike", "ec2:ResourceTag/app", ("*",)), True),
        (("StringLike", "ec2:ResourceTag/app", ("~",)), None),
        (("StringEquals", "ec2:ResourceTag/app", ("~",)), False),
        (("StringEquals", "ec2:ResourceTag/app", ()), True),
        (("StringEqualsIfExists", "aws:ResourceTag/app", ("chat",)), True),
        (("ForAllValues:StringEquals", "aws:ResourceTag/app", ("chat",)), True),
        (("ForAnyValue:StringEquals", "kms:ResourceAliases", ("alias/chat",)), False),
        (("StringNotEquals", "aws:ResourceTag/app", ("chat",)), True),
        (("Null", "aws:ResourceTag/app", ("false",)), False),
        (("Null", "aws:ResourceTag/app", ("true",)), True),
        (("StringEquals", "aws:ResourceAccount", ("111122223333",)), False),
        (("StringEquals", "aws:ResourceOrgID", ("o-1",)), True),
        (("StringEquals", "kms:ViaService", ("s3.us-east-1.amazonaws.com",)), True),
        (("StringEquals", "iam:PassedToService", ("lambda.amazonaws.com",)), True),
        (("~", "aws:ResourceTag/app", ("chat",)), None),
    ],
)
def test_which_conditions_name_the_resources(condition: tuple[str, str, tuple[str, ...]], expected: object) -> None:
    assert wide("kms:Decrypt", conditions=(condition,)) is expected


def test_conditions_that_cannot_be_read_leave_it_open() -> None:
    assert wide("kms:Decrypt", conditions=Unknown("later")) is None
    assert wide("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/1", conditions=Unknown("later")) is False


def test_the_action_data_lies_where_we_read_it() -> None:
    (found,) = iam_actions.actions("s3:GetObject")
    assert "arn:${Partition}:s3:::${BucketName}/${ObjectName}" in found.names
    assert found.only_sees


def test_managed_policies_of_aws() -> None:
    assert managed_name(f"{AWS_POLICY}service-role/AWSLambdaBasicExecutionRole") == "AWSLambdaBasicExecutionRole"
    assert managed_name("arn:aws-us-gov:iam::aws:policy/AdministratorAccess") == "AdministratorAccess"
    assert managed_name("arn:aws:iam::111122223333:policy/Own") == ""
    assert whole_services("AdministratorAccess") == ("*",)
    assert whole_services("PowerUserAccess") == ("*",)
    assert whole_services("AmazonS3FullAccess") == ("s3-object-lambda:*", "s3:*")
    assert whole_services("ReadOnlyAccess") == ()
    assert whole_services("AWSLambdaFullAccess") == ("lambda:*",)
    assert whole_services("NoSuchPolicy") is None


def judged(*changes: dict[str, Any], **more: Any) -> dict[str, str]:
    return verdicts(scan(plan(*changes, **more)), [CONTROL]).get(CONTROL, {})


def role(after: dict[str, Any], **more: Any) -> dict[str, Any]:
    return change("aws_iam_role.r", {"name": "r", "id": "r", "assume_role_policy": "{}", **after}, **more)


def test_what_a_role_lists_is_judged_once() -> None:
    listed = role(
        {
            "managed_policy_arns": [
                f"{AWS_POLICY}AdministratorAccess",
                f"{AWS_POLICY}service-role/AWSLambdaBasicExecutionRole",
            ]
        },
        **OLD,
    )
    assert judged(listed) == {"aws_iam_role.r": "fail"}
    address = "aws_iam_role_policy_attachment.a"
    attached = change(address, {"role": "r", "policy_arn": f"{AWS_POLICY}AdministratorAccess"}, **OLD)
    assert judged(listed, attached) == {address: "fail", "aws_iam_role.r": "pass"}


def test_an_inline_policy_that_a_resource_of_its_own_holds_is_judged_once() -> None:
    block = role({"inline_policy": [{"name": "p", "policy": SQS_ALL}, {"name": "", "policy": ""}]}, **OLD)
    assert judged(block) == {"aws_iam_role.r": "fail"}
    own = change("aws_iam_role_policy.p", {"role": "r", "name": "p", "policy": SQS_ALL}, **OLD)
    assert judged(block, own) == {"aws_iam_role_policy.p": "fail"}


def test_blocks_that_are_not_known() -> None:
    waits = {"aws_iam_role.r": {"inline_policy": [{"policy": {"references": ["local.p"]}}]}}
    assert judged(role({}, unknown={"inline_policy": True}, config=waits), config=waits) == {
        "aws_iam_role.r": "unknown"
    }
    left_out = {"aws_iam_role.r": {"name": {"constant_value": "r"}}}
    computed = role({}, unknown={"inline_policy": True, "managed_policy_arns": True})
    assert judged(computed, config=left_out) == {}
    assert judged(computed) == {"aws_iam_role.r": "unknown"}, "without a configuration nothing tells"


def test_a_boundary_that_is_attached_as_well_grants() -> None:
    policy = change("aws_iam_policy.p", {"arn": "arn:aws:iam::111122223333:policy/p", "policy": SQS_ALL})
    limited = role({"permissions_boundary": "arn:aws:iam::111122223333:policy/p"})
    assert judged(policy, limited) == {}
    address = "aws_iam_role_policy_attachment.a"
    both = change(address, {"role": "r", "policy_arn": "arn:aws:iam::111122223333:policy/p"})
    assert judged(policy, limited, both) == {"aws_iam_policy.p": "fail"}
    perhaps = change(address, {"role": "r"}, unknown={"policy_arn": True})
    config = {address: {"policy_arn": {"references": ["local.which"]}}}
    assert judged(policy, limited, perhaps, config=config) == {"aws_iam_policy.p": "unknown", address: "unknown"}


def test_an_attachment_that_must_be_of_a_planned_policy_hides_nothing() -> None:
    policies = [change(f'aws_iam_policy.p["{n}"]', {"name": n, "policy": SQS_ALL}) for n in "ab"]
    address = "aws_iam_role_policy_attachment.a"
    one = change(address, {"role": "r"}, unknown={"policy_arn": True})
    config = {address: {"policy_arn": {"references": ["aws_iam_policy.p", "var.which"]}}}
    found = judged(*policies, one, config=config)
    assert found == {'aws_iam_policy.p["a"]': "fail", 'aws_iam_policy.p["b"]': "fail"}


@pytest.mark.parametrize(
    ("after", "status"),
    [
        ({"arn": f"{AWS_POLICY}AmazonSQSFullAccess"}, "fail"),
        ({"arn": f"{AWS_POLICY}NewerThanUs", "policy": SQS_ALL}, "fail"),
        ({"arn": f"{AWS_POLICY}NewerThanUs"}, "unknown"),
        ({"arn": "arn:aws:iam::111122223333:policy/own", "policy": SQS_ALL}, "fail"),
        ({"arn": "arn:aws:iam::111122223333:policy/own"}, "unknown"),
    ],
)
def test_a_policy_that_is_looked_up(after: dict[str, str], status: str) -> None:
    source = change("data.aws_iam_policy.x", after, actions=["read"])
    address = "aws_iam_user_policy_attachment.a"
    assert judged(source, change(address, {"user": "u", "policy_arn": after["arn"]})) == {address: status}


def test_policies_that_are_hidden_or_no_policies() -> None:
    unreadable = change("aws_iam_policy.p", {"policy": "not json"})
    assert judged(unreadable) == {"aws_iam_policy.p": "unknown"}
    assert judged(change("aws_iam_group_policy.p", {"group": "g"})) == {"aws_iam_group_policy.p": "unknown"}
    for odd in ("[]", "3", '{"Statement": "x"}', '{"Statement": [null]}'):
        assert judged(change("aws_iam_policy.p", {"policy": odd})) == {"aws_iam_policy.p": "unknown"}


def test_a_statement_that_may_deny_is_not_a_failure() -> None:
    block = {"actions": ["sqs:*"], "resources": ["*"], "effect": None}
    source = change(
        "data.aws_iam_policy_document.d",
        {"statement": [block]},
        actions=["read"],
        unknown={"json": True, "statement": [{"effect": True}]},
    )
    policy = change("aws_iam_policy.p", {}, unknown={"policy": True})
    config = {
        "aws_iam_policy.p": {"policy": {"references": ["data.aws_iam_policy_document.d.json"]}},
        "data.aws_iam_policy_document.d": {"statement": [{"effect": {"references": ["local.e"]}}]},
    }
    assert judged(source, policy, config=config) == {"aws_iam_policy.p": "unknown"}


def identity(address: str, *changes: dict[str, Any]) -> Identity:
    found = facts_of(plan(*changes))[address]
    assert isinstance(found, Identity)
    return found


def trusting(principal: object, **more: object) -> Identity:
    document = json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}]}
    )
    return identity("aws_iam_role.r", role({"assume_role_policy": document}))


def test_whom_a_role_trusts() -> None:
    saml = "arn:aws:iam::111122223333:saml-provider/corp"
    assert trusting({"Federated": saml}).human is True
    assert trusting({"Service": "lambda.amazonaws.com"}).human is False
    assert isinstance(trusting({"AWS": "111122223333"}).human, Unknown)
    assert trusting("*").trusts == ("AWS:*",)
    assert trusting({"AWS": "111122223333"}, Effect="Deny").trusts == ()
    hidden = identity("aws_iam_role.r", change("aws_iam_role.r", {}, unknown={"assume_role_policy": True}))
    assert isinstance(hidden.trusts, Unknown)
    assert isinstance(identity("aws_iam_role.r", change("aws_iam_role.r", {})).trusts, Unknown)


def test_keys_of_users() -> None:
    user = change("aws_iam_user.u", {"name": "u"})
    off = change("aws_iam_access_key.k", {"user": "u", "status": "Inactive"})
    assert identity("aws_iam_user.u", user).long_lived_key is False
    assert identity("aws_iam_user.u", user, off).long_lived_key is False
    assert identity("aws_iam_user.u", user, change("aws_iam_access_key.k", {"user": "u"})).long_lived_key is True
    waits = change("aws_iam_access_key.k", {"user": "u"}, unknown={"status": True})
    assert isinstance(identity("aws_iam_user.u", user, waits).long_lived_key, Unknown)
    old = change("aws_iam_user.u", {"name": "u"}, **OLD)
    assert isinstance(identity("aws_iam_user.u", old).long_lived_key, Unknown)


def test_a_services_key_may_expire() -> None:
    address = "aws_iam_service_specific_credential.k"
    assert identity(address, change(address, {"credential_age_days": 30})).long_lived_key is False
    assert identity(address, change(address, {})).long_lived_key is True
    assert isinstance(
        identity(address, change(address, {}, unknown={"credential_age_days": True})).long_lived_key, Unknown
    )


def statements_of(content: bytes) -> list[Statement]:
    return list(world_of(content).statements)


@pytest.mark.parametrize("content", ["{", "[]", '{"services": 3}', '{"services": {"default": 3, "lex": {"x": 1}}}'])
def test_opt_out_policies_of_odd_shape(content: str) -> None:
    found = statements_of(
        plan(change("aws_organizations_policy.o", {"type": "AISERVICES_OPT_OUT_POLICY", "content": content}))
    )
    assert [s.policy_kind for s in found] == (["ai_opt_out"] if content == "{" else [])


def test_organization_policies_that_are_not_known() -> None:
    (one,) = statements_of(plan(change("aws_organizations_policy.o", {}, unknown={"type": True, "content": True})))
    assert isinstance(one.policy_kind, Unknown)
    opt_out = {"type": "AISERVICES_OPT_OUT_POLICY"}
    (two,) = statements_of(plan(change("aws_organizations_policy.o", opt_out, unknown={"content": True})))
    assert isinstance(two.actions, Unknown)
    plain_form = {**opt_out, "content": '{"services": {"default": {"opt_out_policy": "optOut"}}}'}
    (three,) = statements_of(plan(change("aws_organizations_policy.o", plain_form)))
    assert (three.effect, three.resources) == ("Deny", ("*",))
    assert statements_of(plan(change("aws_organizations_policy.o", {"type": "TAG_POLICY", "content": "{}"}))) == []


def test_organization_policies_are_not_grants() -> None:
    allow_all = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    policy = change("aws_organizations_policy.o", {"id": "p-1", "content": allow_all})
    attached = change("aws_organizations_policy_attachment.a", {"policy_id": "p-1"}, unknown={"target_id": True})
    assert judged(policy, attached) == {}
    assert isinstance(statements_of(plan(policy, attached))[0].binds, Unknown)
