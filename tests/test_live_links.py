"""Who is linked to whom in a live account: boundaries and groups, through the real SDK."""

from __future__ import annotations

from live import ACCOUNT, REGION, Faked, settings_of
from scanner.clouds.aws.iam import hierarchy
from scanner.collect import estate
from scanner.config import Config
from scanner.model import Unknown
from scanner.plugins import load_all
from scanner.run import plan_world
from test_live_compute import function, instance
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
    assert set(sets) == {(), (became,)}
    hidden = faked.judge("iam", "sso-admin", deny={"sso:DescribePermissionSet"}).world
    binds = [one.binds for one in hidden.statements if ":sso:" in one.policy]
    assert len(binds) == 2
    assert all(isinstance(one, Unknown) and "sso:DescribePermissionSet" in one.reason for one in binds)


def test_whom_workloads_of_an_account_act_as(faked: Faked) -> None:
    said(faked)
    acts = role(faked, "acts")
    client, run = faked.client, {}
    run["function"] = function(faked, "chat", acts)
    profile = client("iam").create_instance_profile(InstanceProfileName="acts")["InstanceProfile"]["Arn"]
    client("iam").add_role_to_instance_profile(InstanceProfileName="acts", RoleName="acts")
    run["instance"] = instance(faked, IamInstanceProfile={"Arn": profile})
    run["machine"] = client("stepfunctions").create_state_machine(
        name="refunds", definition='{"Comment": "planted"}', roleArn=acts
    )["stateMachineArn"]
    run["notebook"] = client("sagemaker").create_notebook_instance(
        NotebookInstanceName="lab", InstanceType="ml.t3.medium", RoleArn=acts
    )["NotebookInstanceArn"]
    client("glue").create_dev_endpoint(EndpointName="lab", RoleArn=acts, Arguments={"--token": "planted"})
    run["endpoint"] = f"arn:aws:glue:{REGION}:{ACCOUNT}:devEndpoint/lab"
    job = {"image": "job:1", "vcpus": 1, "memory": 128, "jobRoleArn": acts, "executionRoleArn": f"{IAM}:role/starts"}
    run["job"] = client("batch").register_job_definition(
        jobDefinitionName="job", type="container", containerProperties=job
    )["jobDefinitionArn"]
    client("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    target = {"Id": "t", "Arn": run["machine"], "RoleArn": acts, "Input": "planted"}
    client("events").put_targets(Rule="nightly", Targets=[target, {"Id": "own", "Arn": run["function"]}])
    run["target"] = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly#t"
    names = ("iam", "lambda", "ec2", "stepfunctions", "sagemaker", "glue", "batch", "events")
    facts = faked.facts(*names)
    assert {name: facts[arn].acts_as for name, arn in run.items()} == dict.fromkeys(run, acts)
    assert f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly#own" not in facts
    assert "planted" not in str(settings_of(faked.collect(*names)))
    for action, name in (
        ("states:DescribeStateMachine", "machine"),
        ("sagemaker:DescribeNotebookInstance", "notebook"),
    ):
        hidden = faked.facts(*names, deny={action})[run[name]].acts_as
        assert isinstance(hidden, Unknown)
        assert action in hidden.reason
    unread = faked.facts("ec2", "iam", deny={"iam:GetAccountAuthorizationDetails"})[run["instance"]].acts_as
    assert isinstance(unread, Unknown)
    assert "iam:GetAccountAuthorizationDetails" in unread.reason


def test_whom_agents_and_bots_of_an_account_act_as(faked: Faked) -> None:
    said(faked)
    acts = role(faked, "acts")
    bot = faked.client("lexv2-models").create_bot(
        botName="orders", roleArn=acts, dataPrivacy={"childDirected": False}, idleSessionTTLInSeconds=60
    )["botId"]
    faked.fake.say("lexv2-models", "ListBotLocales", {"botLocaleSummaries": []})
    agents = faked.client("bedrock-agent")
    agent = agents.create_agent(agentName="helper", agentResourceRoleArn=acts)["agent"]["agentArn"]
    vectors = {"embeddingModelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"}
    base = agents.create_knowledge_base(
        name="docs",
        roleArn=acts,
        knowledgeBaseConfiguration={"type": "VECTOR", "vectorKnowledgeBaseConfiguration": vectors},
    )["knowledgeBase"]["knowledgeBaseArn"]
    arns = (f"arn:aws:lex:{REGION}:{ACCOUNT}:bot/{bot}", agent, base)
    facts = faked.facts("iam", "lex", "bedrock_agent")
    assert [facts[arn].acts_as for arn in arns] == [acts] * 3
    refused = {"lex:DescribeBot", "bedrock:GetAgent", "bedrock:GetKnowledgeBase"}
    facts = faked.facts("iam", "lex", "bedrock_agent", deny=refused)
    assert all(isinstance(facts[arn].acts_as, Unknown) for arn in arns)


def test_whom_stacks_act_as(faked: Faked) -> None:
    said(faked)
    acts, stacks = role(faked, "acts"), faked.client("cloudformation")
    made = {"TemplateBody": '{"Resources": {}, "Outputs": {"out": {"Value": "planted"}}}'}
    with_role = stacks.create_stack(StackName="base", RoleARN=acts, Tags=[{"Key": "env", "Value": "prod"}], **made)
    without = stacks.create_stack(StackName="own", **made)
    facts = faked.facts("iam", "cloudformation")
    assert facts[with_role["StackId"]].acts_as == acts
    assert facts[with_role["StackId"]].environment == "prod"
    assert facts[without["StackId"]].acts_as == ""
    assert "planted" not in str([one.results for one in faked.collect("cloudformation")])
    refused = faked.judge("cloudformation", deny={"cloudformation:DescribeStacks"}).run.gaps
    assert "cloudformation:DescribeStacks" in {gap.call for gap in refused}
