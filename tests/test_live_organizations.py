"""An organization's policies, and the permission sets of Identity Center, read live through the real SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest

from denials import connections
from live import ACCOUNT, Answering, Live
from scanner.collect.calls import Answer
from scanner.findings import Status
from scanner.model import Statement, Unknown

DENIED = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "bedrock:*", "Resource": "*"}]}
OPT_OUT = {"services": {"default": {"opt_out_policy": {"@@assign": "optOut"}}}}
SORT = "SERVICE_CONTROL_POLICY"


@pytest.fixture
def organization(aws: Live) -> Any:
    client = aws.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    for sort in (SORT, "AISERVICES_OPT_OUT_POLICY"):
        client.enable_policy_type(RootId=root, PolicyType=sort)
    return client


def made(client: Any, sort: str, content: object, target: str = "") -> tuple[str, str]:
    named = client.create_policy(Name=f"{sort}-{target}", Description="-", Type=sort, Content=json.dumps(content))
    summary = named["Policy"]["PolicySummary"]
    if target:
        client.attach_policy(PolicyId=summary["Id"], TargetId=target)
    return summary["Arn"], summary["Id"]


def statements(aws: Live, *names: str, **how: Any) -> dict[str, Statement]:
    return {s.policy: s for s in aws.judge(*names, **how).world.statements}


def test_policies_are_read_with_what_they_bind(aws: Live, organization: Any) -> None:
    root = organization.list_roots()["Roots"][0]["Id"]
    guard, _ = made(organization, SORT, DENIED, root)
    loose, _ = made(organization, SORT, DENIED)
    out, _ = made(organization, "AISERVICES_OPT_OUT_POLICY", OPT_OUT, root)
    found = statements(aws, "organizations")
    assert found.keys() == {guard, loose, out}
    assert (found[guard].policy_kind, found[guard].effect, found[guard].binds) == ("scp", "Deny", (root,))
    assert found[loose].binds == ()
    assert (found[out].policy_kind, found[out].effect, found[out].resources) == ("ai_opt_out", "Deny", ("*",))


def test_what_is_refused_of_a_policy_is_unknown(aws: Live, organization: Any) -> None:
    arn, _ = made(organization, SORT, DENIED, organization.list_roots()["Roots"][0]["Id"])
    targets = statements(aws, "organizations", deny={"organizations:ListTargetsForPolicy"})[arn].binds
    assert isinstance(targets, Unknown)
    assert "organizations:ListTargetsForPolicy" in targets.reason
    actions = statements(aws, "organizations", deny={"organizations:DescribePolicy"})[arn].actions
    assert isinstance(actions, Unknown)
    assert "organizations:DescribePolicy" in actions.reason


def test_who_may_not_list_policies_is_told_so_and_what_it_means(aws: Live, organization: Any) -> None:
    refused = {"organizations:ListPolicies"}
    for deny in (refused, {*refused, "organizations:DescribeOrganization"}):
        managing = [g for g in aws.judge("organizations", deny=deny).run.gaps if g.call in refused]
        assert {kind for gap in managing for kind in gap.kinds} == {"statement"}
    others = organization.describe_organization() | {"ResponseMetadata": None}
    others["Organization"]["MasterAccountId"] = "999999999999"
    source = Answering(connections(), {"DescribeOrganization": Answer(pages=[others])})
    member = aws.judge("organizations", source=source, deny=refused).run
    gaps = [gap for gap in member.gaps if gap.call in refused]
    assert {kind for gap in gaps for kind in gap.hides} == {"statement"}
    assert not any(gap.kinds for gap in gaps)
    assert not [f for f in member.findings if f.control == "identity-no-wildcard-grants"]


def test_an_account_without_an_organization_has_no_gap(aws: Live) -> None:
    judged = aws.judge("organizations")
    assert not judged.world.statements
    assert not [gap for gap in judged.run.gaps if gap.call.startswith("organizations:")]


def test_permission_sets_are_judged_by_what_they_grant(aws: Live) -> None:
    client = aws.client("sso-admin")
    instance = client.list_instances()["Instances"][0]["InstanceArn"]
    sets = {}
    for name, actions in (("narrow", "sqs:ListQueues"), ("wide", "bedrock:*")):
        sets[name] = client.create_permission_set(Name=name, InstanceArn=instance)["PermissionSet"]["PermissionSetArn"]
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        client.put_inline_policy_to_permission_set(
            InstanceArn=instance, PermissionSetArn=sets[name], InlinePolicy=json.dumps(policy)
        )
    findings = aws.judge("sso-admin").run.findings
    judged = {f.subject: f.status for f in findings if f.control == "identity-no-wildcard-grants"}
    assert judged == {f"{sets['narrow']}/inline": Status.PASS, f"{sets['wide']}/inline": Status.FAIL}
    for action in ("sso:GetInlinePolicyForPermissionSet", "sso:ListPermissionSets", "sso:ListInstances"):
        findings = aws.judge("sso-admin", deny={action}).run.findings
        told = [f for f in findings if f.control == "identity-no-wildcard-grants"]
        assert told, action
        assert all(f.status is Status.UNKNOWN and action in f.reason for f in told), action
    findings = aws.judge("sso-admin", deny={"sso:ListManagedPoliciesInPermissionSet"}).run.findings
    told = [f for f in findings if f.control == "identity-no-wildcard-grants" and f.status is Status.UNKNOWN]
    assert {f.subject for f in told} == {f"{arn}/managed" for arn in sets.values()}
    assert ACCOUNT in told[0].reason
