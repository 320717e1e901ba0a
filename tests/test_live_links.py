"""Who is linked to whom in a live account: boundaries and groups, through the real SDK."""

from __future__ import annotations

from live import ACCOUNT, Faked
from scanner.clouds.aws.iam import hierarchy
from scanner.collect import estate
from scanner.config import Config
from scanner.model import Unknown
from scanner.plugins import load_all
from scanner.run import plan_world
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


def test_levels_of_every_account_are_told_by_the_one_that_manages_them(faked: Faked) -> None:
    client = faked.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    work = client.create_organizational_unit(ParentId=root, Name="work")["OrganizationalUnit"]["Id"]
    prod = client.create_organizational_unit(ParentId=work, Name="prod")["OrganizationalUnit"]["Id"]
    made = client.create_account(Email="chat@example.com", AccountName="chat")["CreateAccountStatus"]["AccountId"]
    client.move_account(AccountId=made, SourceParentId=root, DestinationParentId=prod)
    account = faked.facts("organizations")[f"aws:{ACCOUNT}"]
    assert (account.levels, account.manages_organization) == ((root, ACCOUNT), True)
    collected = faked.collect("organizations")
    assert "chat@example.com" not in str([result.items for one in collected for result in one.results])
    planned = plan_world(tuple(estate.parts(collected)), load_all("scanner.clouds", ()), Config(), {})
    assert hierarchy.Organization(planned).levels(made) == (root, work, prod, made)


def test_levels_that_may_not_be_read_are_not_known(faked: Faked) -> None:
    faked.client("organizations").create_organization(FeatureSet="ALL")
    account = faked.facts("organizations", deny={"organizations:ListAccountsForParent"})[f"aws:{ACCOUNT}"]
    assert isinstance(account.levels, Unknown)
    assert account.manages_organization is True
    refused = faked.facts("organizations", deny={"organizations:DescribeOrganization"})[f"aws:{ACCOUNT}"]
    assert isinstance(refused.manages_organization, Unknown)


def test_an_account_in_no_organization_has_no_levels(faked: Faked) -> None:
    account = faked.facts("organizations")[f"aws:{ACCOUNT}"]
    assert (account.levels, account.manages_organization) == ((), False)


def test_a_permission_set_binds_the_roles_it_became(faked: Faked) -> None:
    said(faked)
    client = faked.client("sso-admin")
    instance = client.list_instances()["Instances"][0]["InstanceArn"]
    for name in ("ops", "idle"):
        made = client.create_permission_set(Name=name, InstanceArn=instance)["PermissionSet"]["PermissionSetArn"]
        client.put_inline_policy_to_permission_set(InstanceArn=instance, PermissionSetArn=made, InlinePolicy=NARROW)
    became = role(faked, "AWSReservedSSO_ops_0123456789abcdef", Path="/aws-reserved/sso.amazonaws.com/")
    role(faked, "AWSReservedSSO_ops_mine")
    found = faked.judge("iam", "sso-admin").world
    sets = [one.binds for one in found.statements if ":sso:" in one.policy]
    assert sorted(sets) == [(), (became,)]
    hidden = faked.judge("iam", "sso-admin", deny={"sso:DescribePermissionSet"}).world
    binds = [one.binds for one in hidden.statements if ":sso:" in one.policy]
    assert len(binds) == 2
    assert all(isinstance(one, Unknown) and "sso:DescribePermissionSet" in one.reason for one in binds)
