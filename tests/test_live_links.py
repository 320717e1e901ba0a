"""Who is linked to whom in a live account: boundaries and groups, through the real SDK."""

from __future__ import annotations

from live import ACCOUNT, Faked
from scanner.model import Unknown
from test_live_iam import NARROW, details, role, row, said

IAM = f"arn:aws:iam::{ACCOUNT}"
POWER = "arn:aws:iam::aws:policy/PowerUserAccess"


def test_boundaries_and_groups_are_called_as_the_account_calls_them(faked: Faked) -> None:
    said(faked)
    iam = faked.client("iam")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=NARROW)["Policy"]["Arn"]
    own = role(faked, "own", PermissionsBoundary=limit)
    aws = role(faked, "aws", PermissionsBoundary=POWER)
    free = role(faked, "free")
    iam.create_group(GroupName="staff")
    iam.create_group(GroupName="ops")
    for name in ("ann", "bob"):
        iam.create_user(UserName=name)
    iam.add_user_to_group(UserName="ann", GroupName="staff")
    iam.add_user_to_group(UserName="ann", GroupName="ops")
    facts = faked.facts("iam")
    assert [facts[one].boundary for one in (own, aws, free)] == [limit, POWER, ""]
    ann, bob = facts[f"{IAM}:user/ann"], facts[f"{IAM}:user/bob"]
    assert (ann.boundary, set(ann.member_of)) == ("", {f"{IAM}:group/staff", f"{IAM}:group/ops"})
    assert (bob.boundary, bob.member_of) == ("", ())
    assert facts[f"{limit}#1"].version == "2012-10-17"


def test_what_bounds_a_user(faked: Faked) -> None:
    said(faked)
    bounded = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": POWER}
    ann = {"UserName": "ann", "Arn": f"{IAM}:user/ann", "PermissionsBoundary": bounded, "GroupList": ["gone"]}
    faked.fake.say("iam", "GetAccountAuthorizationDetails", details(UserDetailList=[ann]))
    found = faked.facts("iam")[f"{IAM}:user/ann"]
    assert (found.boundary, found.member_of) == (POWER, ("gone",))


def test_links_of_a_user_whom_only_the_credential_report_tells_of_are_not_known(faked: Faked) -> None:
    said(faked, row("ann"))
    facts = faked.facts("iam", deny={"iam:GetAccountAuthorizationDetails"})
    ann = facts[f"{IAM}:user/ann"]
    for fact in (ann.boundary, ann.member_of):
        assert isinstance(fact, Unknown)
        assert "iam:GetAccountAuthorizationDetails" in fact.reason
