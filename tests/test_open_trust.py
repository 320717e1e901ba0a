"""Whom a role's trust policy and a secret's policy let in, judged alike from a plan and from an account."""

from __future__ import annotations

import json
from typing import Any

import pytest

from live import ACCOUNT, Faked, Live
from scanner.findings import Finding
from scanner.kinds import Identity
from scanner.logic import plain
from scanner.model import Unknown
from test_live_iam import said
from worlds import change, facts_of, plan, scan, verdicts

TRUST, SECRET = "identity-trust-not-open", "secret-policy-not-open"
ROLE = "aws_iam_role.r"
HUB = "token.actions.githubusercontent.com"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/"
WEB = "sts:AssumeRoleWithWebIdentity"
IAM = "iam:GetAccountAuthorizationDetails"
READ = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: object, action: object = "sts:AssumeRole", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**statement, "Condition": condition} if condition else statement


def token(issuer: str, **condition: Any) -> dict[str, Any]:
    return allow({"Federated": f"{OIDC}{issuer}"}, WEB, **condition)


def opened(*statements: dict[str, Any]) -> bool | Unknown:
    found = facts_of(plan(change(ROLE, {"name": "r", "assume_role_policy": text(*statements)})))[ROLE]
    assert isinstance(found, Identity)
    return plain(found.open)


@pytest.mark.parametrize(
    "statement",
    [
        allow("*"),
        allow({"AWS": "*"}),
        allow({"AWS": ["111122223333", "*"]}, ["sts:TagSession", "sts:*"]),
        allow("*", StringEquals={"sts:ExternalId": "helpdesk"}),
        allow("*", Bool={"aws:MultiFactorAuthPresent": "true"}),
        allow("*", StringEqualsIfExists={"aws:PrincipalOrgID": "o-abc"}),
        allow("*", StringLike={"aws:PrincipalArn": "*"}),
        {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": "*", "NotAction": "sts:TagSession"},
        token(HUB),
        token(HUB, StringEquals={f"{HUB}:aud": "sts.amazonaws.com"}),
        token(HUB, StringLike={f"{HUB}:sub": "repo:*"}),
        token(HUB, StringLike={f"{HUB}:sub": ["repo:ours/chat:*", "repo:our*/chat:*"]}),
        token(HUB, StringLikeIfExists={f"{HUB}:sub": "repo:ours/chat:*"}),
        token(HUB, **{"ForAllValues:StringLike": {f"{HUB}:sub": "repo:ours/chat:*"}}),
        token("gitlab.com", StringEquals={"gitlab.com:aud": "https://gitlab.com"}),
        allow({"Federated": "cognito-identity.amazonaws.com"}, WEB),
    ],
)
def test_who_lets_anyone_become_it(statement: dict[str, Any]) -> None:
    assert opened(statement) is True
    result = verdicts(scan(plan(change(ROLE, {"name": "r", "assume_role_policy": text(statement)}))))
    assert result[TRUST] == {ROLE: "fail"}


@pytest.mark.parametrize(
    "statement",
    [
        allow({"Service": "lambda.amazonaws.com"}),
        allow({"AWS": "arn:aws:iam::111122223333:root"}),
        allow({"AWS": "arn:aws:iam::999988887777:root"}, StringEquals={"sts:ExternalId": "helpdesk"}),
        allow("*", StringEquals={"aws:PrincipalOrgID": "o-abc"}),
        allow("*", ArnLike={"aws:PrincipalArn": "arn:aws:iam::111122223333:role/ci-*"}),
        allow("*", "sts:TagSession"),
        {**allow("*"), "Effect": "Deny"},
        allow({"Federated": "arn:aws:iam::111122223333:saml-provider/corp"}, "sts:AssumeRoleWithSAML"),
        token(HUB, StringEquals={f"{HUB}:sub": "repo:ours/chat:ref:refs/heads/main"}),
        token(HUB, StringLike={f"{HUB}:SUB": "repo:ours/*"}),
        token(HUB, StringLike={f"{HUB}:sub": "repo:ours/chat:*", f"{HUB}:aud": "*"}),
        token(HUB, StringEquals={f"{HUB}:repository_owner_id": "4711"}),
        token("gitlab.com", StringLike={"gitlab.com:sub": "project_path:ours/chat:*"}),
        token("app.terraform.io", StringLike={"app.terraform.io:sub": "organization:ours:project:*"}),
        token("oidc.eks.us-east-1.amazonaws.com/id/ABC"),
        allow(
            {"Federated": "cognito-identity.amazonaws.com"},
            WEB,
            StringEquals={"cognito-identity.amazonaws.com:aud": "us-east-1:pool"},
        ),
    ],
)
def test_who_names_whom_it_lets_in(statement: dict[str, Any]) -> None:
    assert opened(statement) is False
    result = verdicts(scan(plan(change(ROLE, {"name": "r", "assume_role_policy": text(statement)}))))
    assert result[TRUST] == {ROLE: "pass"}


def test_a_deny_of_everybody_else_shuts_it() -> None:
    deny = {**allow("*", StringNotEquals={"aws:PrincipalOrgID": "o-abc"}), "Effect": "Deny"}
    assert opened(allow("*"), deny) is False
    assert opened(allow("*"), {**deny, "Action": "sts:TagSession"}) is True


def test_a_trust_policy_that_is_not_known_is_not_judged() -> None:
    for after, unknown in (({}, {"assume_role_policy": True}), ({"assume_role_policy": "{"}, {})):
        found = verdicts(scan(plan(change(ROLE, {"name": "r", **after}, unknown=unknown))))
        assert found[TRUST] == {ROLE: "unknown"}


def planned_provider(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    """A role whose document is known only after apply, as it names a provider that the plan makes."""
    provider, document = "aws_iam_openid_connect_provider.p", "data.aws_iam_policy_document.d"
    principals = {
        "type": {"constant_value": "Federated"},
        "identifiers": {"references": [f"{provider}.arn", provider]},
    }
    told = [{name: {"constant_value": value} for name, value in one.items()} for one in conditions]
    statement: dict[str, Any] = {"actions": {"constant_value": [WEB]}, "principals": [principals], "condition": told}
    shown = {"actions": [WEB], "principals": [{"type": "Federated"}], "condition": conditions}
    hidden = {"json": True, "statement": [{"principals": [{"identifiers": True}]}]}
    return facts_of(
        plan(
            change(provider, {"url": f"https://{HUB}"}, unknown={"arn": True}),
            change(document, {"statement": [shown]}, unknown=hidden, actions=["read"]),
            change(ROLE, {"name": "r"}, unknown={"assume_role_policy": True}),
            config={
                ROLE: {"assume_role_policy": {"references": [f"{document}.json", document]}},
                document: {"statement": [statement]},
            },
        )
    )


def test_a_provider_that_the_plan_makes_is_told_by_the_conditions() -> None:
    def condition(claim: str, value: str) -> dict[str, Any]:
        return {"test": "StringLike", "variable": f"{HUB}:{claim}", "values": [value]}

    def fact(*conditions: dict[str, Any]) -> bool | Unknown:
        found = planned_provider(list(conditions))[ROLE]
        assert isinstance(found, Identity)
        return plain(found.open)

    assert fact(condition("sub", "repo:ours/chat:*")) is False
    assert fact(condition("aud", "sts.amazonaws.com")) is True
    assert isinstance(fact(), Unknown)


def by_name(findings: tuple[Finding, ...], control: str) -> dict[str, str]:
    return {f.subject.rpartition("/")[2]: f.status.value for f in findings if f.control == control}


def test_roles_of_an_account(faked: Faked) -> None:
    said(faked)
    iam = faked.client("iam")
    trusts = {
        "anyone": allow({"AWS": "*"}, StringEquals={"sts:ExternalId": "helpdesk"}),
        "ours": allow("*", StringEquals={"aws:PrincipalOrgID": "o-abc"}),
        "worker": allow({"Service": "lambda.amazonaws.com"}),
        "any-workflow": token(HUB, StringEquals={f"{HUB}:aud": "sts.amazonaws.com"}),
        "our-workflow": token(HUB, StringLike={f"{HUB}:sub": "repo:ours/chat:*"}),
    }
    for name, statement in trusts.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=text(statement))
    assert by_name(faked.judge("iam").run.findings, TRUST) == {
        "anyone": "fail", "ours": "pass", "worker": "pass", "any-workflow": "fail", "our-workflow": "pass",
    }  # fmt: skip
    refused = [f for f in faked.judge("iam", deny={IAM}).run.findings if f.control == TRUST]
    assert {f.status.value for f in refused} == {"unknown"}
    assert all(IAM in f.reason for f in refused)


def test_secrets_of_an_account(aws: Live) -> None:
    secrets = aws.client("secretsmanager")
    policies: dict[str, dict[str, Any]] = {
        "open": {**READ, "Principal": "*"},
        "foreign": {**READ, "Principal": {"AWS": "arn:aws:iam::999988887777:root"}},
        "ours": {**READ, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
        "bound": {**READ, "Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}},
    }
    names = {str(secrets.create_secret(Name=name, SecretString="x")["ARN"]): name for name in (*policies, "none")}
    for name, statement in policies.items():
        secrets.put_resource_policy(SecretId=name, ResourcePolicy=text(statement))
    aws.client("ssm").put_parameter(Name="p", Value="x", Type="SecureString")
    found = [f for f in aws.judge("secretsmanager", "ssm").run.findings if f.control == SECRET]
    assert {names[f.subject]: f.status.value for f in found} == {
        "open": "fail", "foreign": "fail", "ours": "pass", "bound": "pass", "none": "pass",
    }  # fmt: skip
    refusal = "secretsmanager:GetResourcePolicy"
    refused = [f for f in aws.judge("secretsmanager", deny={refusal}).run.findings if f.control == SECRET]
    assert {f.subject: f.status.value for f in refused} == dict.fromkeys(names, "unknown")
    assert all(refusal in f.reason for f in refused)


@pytest.mark.parametrize(
    ("principal", "verdict"), [("*", "fail"), ({"AWS": "999988887777"}, "fail"), ({"AWS": ACCOUNT}, "pass")]
)
def test_secrets_of_a_plan(principal: object, verdict: str) -> None:
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:s-abcdef"
    secret = change("aws_secretsmanager_secret.s", {"name": "s", "id": arn, "arn": arn})
    policy = {"secret_arn": arn, "policy": text({**READ, "Principal": principal})}
    result = verdicts(scan(plan(secret, change("aws_secretsmanager_secret_policy.p", policy))))
    assert result[SECRET] == {"aws_secretsmanager_secret.s": verdict}
