"""IAM read live: who there is, what they may do, and since when nobody used it; through the real SDK."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from fake_aws import Fault
from live import ACCOUNT, NOW, REGION, UNHURRIED, Faked, Live
from scanner.clouds.aws.iam.account_settings import account_facts
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.clients import Tuning
from scanner.clouds.aws.live.connections import Connections
from scanner.collect import estate
from scanner.collect.calls import Answer, Request
from scanner.collect.reader import Source
from scanner.config import Config
from scanner.findings import Finding, Status
from scanner.kinds import Identity
from scanner.logic import plain
from scanner.model import Unknown
from scanner.plugins import load_all
from scanner.run import plan_world

WILDCARDS = "identity-no-wildcard-grants"
OURS = ("identity-", "account-root-", "account-password-")
IAM = f"arn:aws:iam::{ACCOUNT}"
AWS_POLICY = "arn:aws:iam::aws:policy"
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active,"
    "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date"
)


def policy(actions: object, resource: object = "*", effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(**principal: str) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


NARROW, WIDE = policy("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:chat"), policy("sqs:*")
LAMBDA = trust(Service="lambda.amazonaws.com")


def days_ago(days: int) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def row(name: str, **values: str) -> str:
    absent = dict.fromkeys(COLUMNS.split(","), "N/A")
    given = {"user": name, "arn": f"{IAM}:user/{name}", "password_enabled": "false", "mfa_active": "false"}
    keys = {"access_key_1_active": "false", "access_key_2_active": "false"}
    return ",".join({**absent, **keys, **given, **values}.values())


def said(faked: Faked, *rows: str, **summary: int) -> None:
    """Let AWS answer with this credential report and summary, and with nothing that moto lacks."""
    root = row("<root_account>", arn=f"{IAM}:root", access_key_1_active="true", access_key_1_last_rotated=days_ago(900))
    report = "\n".join((COLUMNS, root, *rows)).encode()
    faked.fake.say("iam", "GetCredentialReport", {"Content": report, "ReportFormat": "text/csv", "GeneratedTime": NOW})
    faked.fake.say("iam", "ListServiceSpecificCredentials", {"ServiceSpecificCredentials": [], "IsTruncated": False})
    faked.fake.say("iam", "GetAccountSummary", {"SummaryMap": summary})


def verdicts(findings: tuple[Finding, ...], control: str) -> dict[str, Status]:
    return {f.subject: f.status for f in findings if f.control == control}


def role(aws: Live, name: str, document: str = LAMBDA, **more: Any) -> str:
    return str(aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)["Role"]["Arn"])


def test_policies_of_every_sort_are_judged_on_who_has_them(faked: Faked) -> None:
    said(faked)
    iam = faked.client("iam")
    sound, inline, attached = role(faked, "sound"), role(faked, "inline"), role(faked, "attached")
    iam.put_role_policy(RoleName="sound", PolicyName="own", PolicyDocument=NARROW)
    iam.put_role_policy(RoleName="inline", PolicyName="own", PolicyDocument=NARROW)
    iam.put_role_policy(RoleName="inline", PolicyName="more", PolicyDocument=WIDE)
    wide = iam.create_policy(PolicyName="wide", PolicyDocument=WIDE)["Policy"]["Arn"]
    narrow = iam.create_policy(PolicyName="narrow", PolicyDocument=NARROW)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="attached", PolicyArn=wide)
    iam.create_group(GroupName="staff")
    iam.put_group_policy(GroupName="staff", PolicyName="own", PolicyDocument=WIDE)
    iam.create_user(UserName="robot")
    iam.attach_user_policy(UserName="robot", PolicyArn=narrow)
    iam.put_user_policy(UserName="robot", PolicyName="own", PolicyDocument=policy("secretsmanager:GetSecretValue"))
    judged = faked.judge("iam")
    assert verdicts(judged.run.findings, WILDCARDS) == {
        sound: Status.PASS,
        inline: Status.FAIL,
        wide: Status.FAIL,
        narrow: Status.PASS,
        f"{IAM}:group/staff": Status.FAIL,
        f"{IAM}:user/robot": Status.FAIL,
    }
    bound = {s.policy: s.binds for s in judged.world.statements if s.policy in {wide, narrow}}
    assert bound == {wide: (attached,), narrow: (f"{IAM}:user/robot",)}


def test_a_policy_changed_since_is_judged_by_its_default_version(faked: Faked) -> None:
    said(faked)
    iam = faked.client("iam")
    arn = iam.create_policy(PolicyName="app", PolicyDocument=WIDE)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=NARROW, SetAsDefault=True)
    assert verdicts(faked.judge("iam").run.findings, WILDCARDS) == {arn: Status.PASS}


def test_a_boundary_grants_nothing_unless_it_may_be_attached_as_well(faked: Faked) -> None:
    said(faked)
    iam = faked.client("iam")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=policy("*"))["Policy"]["Arn"]
    role(faked, "app", PermissionsBoundary=limit)
    assert verdicts(faked.judge("iam").run.findings, WILDCARDS) == {}
    iam.attach_role_policy(RoleName="app", PolicyArn=limit)
    assert verdicts(faked.judge("iam").run.findings, WILDCARDS) == {limit: Status.FAIL}


def details(**lists: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    return {**empty, "IsTruncated": False, **lists}


def detailed_role(name: str, path: str = "/", *policies: str, **more: Any) -> dict[str, Any]:
    return {
        "RoleName": name,
        "RoleId": "AROAEXAMPLEEXAMPLE",
        "Path": path,
        "Arn": f"{IAM}:role{path}{name}",
        "CreateDate": NOW - timedelta(days=1000),
        "AssumeRolePolicyDocument": LAMBDA,
        "AttachedManagedPolicies": [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in policies],
        **more,
    }


def of_aws(arn: str, text: str) -> dict[str, Any]:
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": text, "CreateDate": NOW}
    return {"PolicyName": arn.rpartition("/")[2], "Arn": arn, "Path": "/", "PolicyVersionList": [version]}


def test_what_aws_maintains_is_judged_where_it_is_attached(faked: Faked) -> None:
    said(faked)
    admin, basic = f"{AWS_POLICY}/AdministratorAccess", f"{AWS_POLICY}/service-role/AWSLambdaBasicExecutionRole"
    new, newer = f"{AWS_POLICY}/AmazonNewThingsFullAccess", f"{AWS_POLICY}/service-role/AmazonNewThingsRole"
    unused = f"{AWS_POLICY}/AmazonUnusedFullAccess"
    texts = {admin: policy("*"), basic: NARROW, new: WIDE, newer: policy("sqs:SendMessage"), unused: WIDE}
    everybody = [
        detailed_role("admin", "/", admin),
        detailed_role("basic", "/", basic),
        detailed_role("new", "/", new),
        detailed_role("newer", "/", newer),
        detailed_role("gone", "/", f"{AWS_POLICY}/AmazonNewestFullAccess"),
    ]
    group: dict[str, Any] = {"GroupName": "staff", "Path": "/", "Arn": f"{IAM}:group/staff"}
    group |= {"AttachedManagedPolicies": [{"PolicyName": "own", "PolicyArn": f"{AWS_POLICY}/job-function/NewJob"}]}
    texts[f"{AWS_POLICY}/job-function/NewJob"] = WIDE
    policies = [of_aws(arn, text) for arn, text in texts.items()]
    told = details(RoleDetailList=everybody, GroupDetailList=[group], Policies=policies)
    faked.fake.say("iam", "GetAccountAuthorizationDetails", told)
    judged = faked.judge("iam")
    assert verdicts(judged.run.findings, WILDCARDS) == {
        f"{IAM}:role/admin": Status.FAIL,
        f"{IAM}:role/basic": Status.PASS,
        f"{IAM}:role/new": Status.FAIL,
        f"{IAM}:role/newer": Status.PASS,
        f"{IAM}:role/gone": Status.UNKNOWN,
        f"{IAM}:group/staff": Status.FAIL,
    }
    assert {s.managed_by for s in judged.world.statements if s.policy_kind == "identity"} == {"provider"}


def test_roles_tell_since_when_nobody_used_them(faked: Faked) -> None:
    said(faked)
    used: dict[str, Any] = {"RoleLastUsed": {"LastUsedDate": NOW - timedelta(days=91), "Region": "us-east-1"}}
    everybody = [
        detailed_role("idle", **used),
        detailed_role("never"),
        detailed_role("fresh", CreateDate=NOW - timedelta(days=3), RoleLastUsed={}),
        detailed_role("AWSServiceRoleForSupport", "/aws-service-role/support.amazonaws.com/"),
    ]
    faked.fake.say("iam", "GetAccountAuthorizationDetails", details(RoleDetailList=everybody))
    facts = faked.facts("iam")
    assert {name: facts[f"{IAM}:role/{name}"].unused_days for name in ("idle", "never", "fresh")} == {
        "idle": 91,
        "never": 400,
        "fresh": 3,
    }
    assert not any("AWSServiceRole" in id_ for id_ in facts)


def test_a_role_that_identity_center_made_is_not_asked_who_takes_it(faked: Faked) -> None:
    said(faked)
    name = "AWSReservedSSO_Admin_0123456789abcdef"
    everybody = [
        detailed_role("idle"),
        detailed_role(name, "/aws-reserved/sso.amazonaws.com/eu-west-1/"),
        detailed_role("AWSReservedSSO_by_us", "/ours/"),
    ]
    faked.fake.say("iam", "GetAccountAuthorizationDetails", details(RoleDetailList=everybody))
    judged = faked.judge("iam")
    asked = {f.subject: f.status for f in judged.run.findings if f.control == "identity-roles-used"}
    assert asked == {f"{IAM}:role/idle": Status.FAIL, f"{IAM}:role/ours/AWSReservedSSO_by_us": Status.FAIL}


def test_users_tell_of_their_passwords_second_factors_and_keys(faked: Faked) -> None:
    iam = faked.client("iam")
    for name in ("anna", "ben", "robot", "new"):
        iam.create_user(UserName=name)
    said(
        faked,
        row("anna", password_enabled="TRUE", password_last_used=days_ago(2), mfa_active="TRUE"),
        row("ben", password_enabled="true", password_last_used="no_information", password_last_changed=days_ago(50)),
        row(
            "robot",
            access_key_1_active="true",
            access_key_1_last_rotated=days_ago(120),
            access_key_1_last_used_date=days_ago(1),
            access_key_2_active="false",
            access_key_2_last_rotated=days_ago(30),
        ),
    )
    facts = faked.facts("iam")
    anna, ben, robot, new = (facts[f"{IAM}:user/{name}"] for name in ("anna", "ben", "robot", "new"))
    assert (anna.signs_in, anna.second_factor, anna.unused_days, anna.human) == (True, True, 2, True)
    assert (ben.signs_in, ben.second_factor, ben.unused_days) == (True, False, 50)
    assert (robot.signs_in, robot.long_lived_key) == (False, True)
    first, second = facts[f"{IAM}:user/robot/access-key-1"], facts[f"{IAM}:user/robot/access-key-2"]
    assert (first.long_lived_key, first.age_days, first.unused_days) == (True, 120, 1)
    assert (second.long_lived_key, second.age_days, second.unused_days) == (False, 30, 30)
    assert isinstance(new.signs_in, Unknown)
    assert isinstance(new.long_lived_key, Unknown)
    assert "every four hours" in new.signs_in.reason
    assert f"{IAM}:root" not in facts


def test_credentials_of_single_services_are_keys_that_last_unless_they_expire(faked: Faked) -> None:
    faked.client("iam").create_user(UserName="robot")
    said(faked, row("robot"))
    common: dict[str, Any] = {"UserName": "robot", "Status": "Active", "ServiceName": "bedrock.amazonaws.com"}
    common |= {"CreateDate": NOW - timedelta(days=10)}
    listed = [
        {**common, "ServiceSpecificCredentialId": "ACCAEXAMPLEEXAMPLE11"},
        {**common, "ServiceSpecificCredentialId": "ACCAEXAMPLEEXAMPLE22", "ExpirationDate": NOW + timedelta(days=20)},
    ]
    faked.fake.say("iam", "ListServiceSpecificCredentials", {"ServiceSpecificCredentials": listed})
    facts = faked.facts("iam")
    keys = sorted((f.long_lived_key, f.age_days) for f in facts.values() if getattr(f, "type", "") == "access_key")
    assert keys == [(False, 10), (True, 10)]
    assert facts[f"{IAM}:user/robot"].long_lived_key is True


def of_account(aws: Live, **how: Any) -> dict[str, Any]:
    parts = tuple(estate.parts(aws.collect("iam", **how)))
    planned = plan_world(parts, load_all("scanner.clouds", ()), Config(), {})
    return {name: plain(fact) for name, fact in account_facts(planned, ACCOUNT).items()}


@pytest.mark.parametrize(
    ("summary", "second_factor", "keys"),
    [
        ({"AccountMFAEnabled": 1, "AccountPasswordPresent": 1, "AccountAccessKeysPresent": 0}, True, False),
        ({"AccountMFAEnabled": 0, "AccountPasswordPresent": 1, "AccountAccessKeysPresent": 1}, False, True),
        ({"AccountMFAEnabled": 0, "AccountPasswordPresent": 0, "AccountAccessKeysPresent": 0}, True, False),
        ({"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0}, False, False),
    ],
)
def test_the_root_user(faked: Faked, summary: dict[str, int], second_factor: bool, keys: bool) -> None:  # noqa: FBT001
    said(faked, **summary)
    facts = of_account(faked)
    assert (facts["root_mfa"], facts["root_access_keys"]) == (second_factor, keys)


def test_the_password_policy_or_what_aws_asks_without_one(faked: Faked) -> None:
    said(faked)
    facts = of_account(faked)
    assert (facts["password_length"], facts["password_reuse"]) == (8, 0)
    faked.client("iam").update_account_password_policy(MinimumPasswordLength=16, PasswordReusePrevention=24)
    facts = of_account(faked)
    assert (facts["password_length"], facts["password_reuse"]) == (16, 24)


def put_off(faked: Faked, code: str, times: int) -> list[str]:
    """Let AWS make a report of anna, and refuse so many requests for it; returns where each request is noted."""
    said(faked)
    faked.client("iam").create_user(UserName="anna")
    report = f"{COLUMNS}\n{row('anna', password_enabled='true')}\n".encode()
    asked: list[str] = []

    def answer(_ask: Any) -> dict[str, Any]:
        asked.append(code)
        if len(asked) <= times:
            raise Fault(code, status=404 if code == "ReportInProgress" else 410)
        return {"Content": report, "ReportFormat": "text/csv", "GeneratedTime": NOW}

    faked.fake.say("iam", "GetCredentialReport", answer)
    return asked


NOT_YET = ("ReportInProgress", "ReportExpired", "ReportNotPresent")


@pytest.mark.parametrize("code", NOT_YET)
def test_a_report_that_is_being_made_is_asked_for_again(faked: Faked, code: str) -> None:
    asked = put_off(faked, code, 3)
    judged = faked.judge("iam", tuning=Tuning(attempts=1, wait=0))
    anna = next(r for r in judged.world.resources if r.id == f"{IAM}:user/anna")
    assert isinstance(anna, Identity)
    assert anna.signs_in is True
    assert len(asked) == 4
    assert not [gap for gap in judged.run.gaps if code in gap.reason]


@pytest.mark.parametrize("code", NOT_YET)
def test_a_report_that_is_never_made_is_not_waited_for_without_end(faked: Faked, code: str) -> None:
    asked = put_off(faked, code, 1000)
    facts = faked.facts("iam", tuning=Tuning(attempts=1, wait=0, waits=2))
    assert f"{code} on iam:GetCredentialReport" in facts[f"{IAM}:user/anna"].signs_in.reason
    assert len(asked) == 3


@pytest.mark.parametrize("code", NOT_YET[1:])
def test_a_report_that_may_not_be_made_is_not_waited_for(faked: Faked, code: str) -> None:
    asked = put_off(faked, code, 1000)
    anna = faked.facts("iam", tuning=Tuning(attempts=1, wait=0), deny={"iam:GenerateCredentialReport"})[
        f"{IAM}:user/anna"
    ]
    assert "iam:GenerateCredentialReport" in anna.signs_in.reason
    assert len(asked) == 1


CALLS = (
    "iam:GetAccountAuthorizationDetails",
    "iam:GenerateCredentialReport",
    "iam:GetCredentialReport",
    "iam:GetAccountSummary",
    "iam:GetAccountPasswordPolicy",
    "iam:ListSAMLProviders",
    "iam:ListOpenIDConnectProviders",
    "iam:ListServiceSpecificCredentials",
    "tag:GetResources",
)


def furnish(faked: Faked) -> None:
    """Make everything that a control asks about, sound and faulty side by side."""
    iam = faked.client("iam")
    summary = {"AccountMFAEnabled": 1, "AccountPasswordPresent": 1, "AccountAccessKeysPresent": 0}
    sound = {"password_enabled": "true", "password_last_used": days_ago(1), "mfa_active": "true"}
    old = {"access_key_1_active": "true", "access_key_1_last_rotated": days_ago(99)}
    said(faked, row("anna", **sound), row("ben", **{**sound, "mfa_active": "false"}), row("robot", **old), **summary)
    for name in ("anna", "ben", "robot"):
        iam.create_user(UserName=name)
    iam.attach_user_policy(
        UserName="robot", PolicyArn=iam.create_policy(PolicyName="narrow", PolicyDocument=NARROW)["Policy"]["Arn"]
    )
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=policy("*"))["Policy"]["Arn"]
    role(faked, "bound", PermissionsBoundary=limit)
    role(faked, "wide")
    iam.put_role_policy(RoleName="wide", PolicyName="own", PolicyDocument=WIDE)
    iam.update_account_password_policy(MinimumPasswordLength=16, PasswordReusePrevention=24)
    iam.create_open_id_connect_provider(Url="https://token.example.com", ThumbprintList=["a" * 40])


def by_verdict(findings: tuple[Finding, ...]) -> dict[tuple[str, str], Finding]:
    return {(f.control, f.subject): f for f in findings if f.control.startswith(OURS)}


def test_what_is_refused_is_told_and_turns_no_verdict(faked: Faked) -> None:
    furnish(faked)
    whole = by_verdict(faked.judge("iam").run.findings)
    scope = f"aws:{ACCOUNT}"
    assert {f.status for f in whole.values()} == {Status.PASS, Status.FAIL}
    touched = set()
    for action in CALLS:
        judged = faked.judge("iam", deny={action})
        partial = by_verdict(judged.run.findings)
        assert any(gap.call == action for gap in judged.run.gaps), action
        for key, finding in whole.items():
            left = partial.get(key) or partial.get((key[0], scope))
            assert left is not None, (action, key)
            if left.status is not finding.status:
                assert left.status is Status.UNKNOWN, (action, key)
                assert action in left.reason, (action, key, left.reason)
                touched.add(action)
        if action in {"iam:ListServiceSpecificCredentials", "iam:GetCredentialReport"}:
            assert partial["identity-keys-replaced", scope].status is Status.UNKNOWN, action
        for key, finding in partial.items():
            assert finding.status is Status.UNKNOWN or whole[key].status is finding.status, (action, key)
    assert touched == {
        "iam:GetAccountAuthorizationDetails",
        "iam:GetCredentialReport",
        "iam:GetAccountSummary",
        "iam:GetAccountPasswordPolicy",
    }


def test_users_are_judged_by_the_report_where_their_policies_were_refused(faked: Faked) -> None:
    furnish(faked)
    findings = faked.judge("iam", deny={"iam:GetAccountAuthorizationDetails"}).run.findings
    factors = verdicts(findings, "identity-second-factor")
    assert factors[f"{IAM}:user/anna"] is Status.PASS
    assert factors[f"{IAM}:user/ben"] is Status.FAIL
    wide = [f for f in findings if f.control == WILDCARDS]
    assert wide
    assert all(f.status is Status.UNKNOWN and "iam:GetAccountAuthorizationDetails" in f.reason for f in wide)


def test_a_list_that_breaks_off_leaves_open_who_else_has_a_policy(faked: Faked) -> None:
    said(faked)
    limit = f"{IAM}:policy/limit"
    bounded = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": limit}
    first = details(
        RoleDetailList=[detailed_role("app", "/", PermissionsBoundary=bounded)],
        Policies=[of_aws(limit, policy("*"))],
    )

    def answer(ask: Any) -> dict[str, Any]:
        if "Marker" in ask.parameters:
            raise Fault("ServiceFailure", status=400)
        return {**first, "IsTruncated": True, "Marker": "next"}

    faked.fake.say("iam", "GetAccountAuthorizationDetails", answer)
    findings = faked.judge("iam").run.findings
    assert verdicts(findings, WILDCARDS) == {limit: Status.UNKNOWN, f"aws:{ACCOUNT}": Status.UNKNOWN}


def test_roles_of_people_and_providers(faked: Faked) -> None:
    said(faked)
    iam = faked.client("iam")
    saml = iam.create_saml_provider(SAMLMetadataDocument="x" * 1000, Name="staff")["SAMLProviderArn"]
    people, service = role(faked, "people", trust(Federated=saml)), role(faked, "service")
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="service")
    facts = faked.facts("iam")
    assert (facts[people].human, facts[people].trusts) == (True, (f"Federated:{saml}",))
    assert (facts[service].human, facts[service].name) == (False, "service")
    assert facts[saml].human is True
    assert facts[f"{IAM}:instance-profile/web"].type == "instance_profile"
    assert facts[f"{people}#trust#1"].policy_kind == "trust"


class Tagged:
    """Lists tags of IAM's policies, which moto does not; passes everything else on."""

    def __init__(self, source: Source, arn: str, tags: list[dict[str, str]]) -> None:
        self._source = source
        self._page = {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": tags}]}

    def answer(self, request: Request, /) -> Answer:
        """Answer a request."""
        ours = request.call.name == "resourcegroupstaggingapi:GetResources"
        return Answer(pages=[self._page]) if ours else self._source.answer(request)


def test_tags_decide_the_environment(faked: Faked) -> None:
    said(faked)
    tags = [{"Key": "environment", "Value": "production"}]
    arn = role(faked, "app", Tags=tags)
    made = faked.client("iam").create_policy(PolicyName="app", PolicyDocument=NARROW)["Policy"]["Arn"]
    asked = Connections(reach(Wanted(regions=(REGION,))).sessions, pace=UNHURRIED)
    facts = faked.facts("iam", source=Tagged(asked, made, tags))
    assert (facts[arn].environment, facts[f"{made}#1"].environment) == ("prod", "prod")
