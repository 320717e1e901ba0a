"""Buses, rules and pipes of a live account, workgroups and backup plans: what each hands on, and what hides it."""

from __future__ import annotations

from typing import Any

import pytest

from denials import connections
from fake_aws import Fault
from flows import hidden, told
from live import ACCOUNT, REGION, Answering, Faked, settings_of
from scanner.collect.calls import Answer
from test_live_compute import function, role
from test_live_senders import queue

NAMES = ("iam", "lambda", "sqs", "events", "s3", "stepfunctions", "batch", "ecs", "dynamodb")
EVENTS = f"arn:aws:events:{REGION}:{ACCOUNT}"
BUS = f"{EVENTS}:event-bus/chat"
TASK = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/sweep:1"
CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/events"
RULES = ("aws-event-rule", "aws-pipe", "aws-execution-log", "aws-dead-letter")


def rules(faked: Faked) -> tuple[str, str]:
    """A bus whose rule feeds a function, a queue, a task and somebody else's API; one rule is off."""
    client, work, jobs = faked.client("events"), function(faked, "work", role(faked, "work")), queue(faked, "jobs")
    client.create_event_bus(Name="chat")
    secret = {"ApiKeyName": "key", "ApiKeyValue": "planted"}
    connection = client.create_connection(
        Name="crm", AuthorizationType="API_KEY", AuthParameters={"ApiKeyAuthParameters": secret}
    )["ConnectionArn"]
    api = client.create_api_destination(
        Name="crm",
        ConnectionArn=connection,
        InvocationEndpoint="https://crm.example.com/hooks/planted?token=planted",
        HttpMethod="POST",
    )["ApiDestinationArn"]
    for name, state in (("turns", "ENABLED"), ("off", "DISABLED")):
        client.put_rule(Name=name, EventBusName="chat", EventPattern='{"source": ["chat"]}', State=state)
    targets = [
        {"Id": "work", "Arn": work, "Input": "planted"},
        {"Id": "jobs", "Arn": jobs},
        {"Id": "crm", "Arn": api, "RoleArn": ROLE, "HttpParameters": {"HeaderParameters": {"X": "planted"}}},
        {"Id": "task", "Arn": CLUSTER, "RoleArn": ROLE, "EcsParameters": {"TaskDefinitionArn": TASK, "TaskCount": 1}},
    ]
    client.put_targets(Rule="turns", EventBusName="chat", Targets=targets)
    client.put_targets(Rule="off", EventBusName="chat", Targets=[{"Id": "work", "Arn": work}])
    return work, jobs


def test_where_rules_of_a_bus_send(faked: Faked) -> None:
    work, jobs = rules(faked)
    world = faked.judge(*NAMES).world
    assert told(world, *RULES) == {
        (BUS, "triggers", work, "declared"),
        (BUS, "sends_to", jobs, "declared"),
        (BUS, "sends_to", "ext:crm.example.com", "declared"),
        (BUS, "triggers", f"ext:{TASK}", "declared"),
    }
    found = settings_of(faked.collect("events"))
    assert found[BUS] == {"arn": BUS, "id": "chat", "name": "chat"}
    assert f"{EVENTS}:event-bus/default" not in found
    assert "planted" not in str(found)


@pytest.mark.parametrize("action", ["events:ListRules", "events:ListTargetsByRule"])
def test_rules_that_may_not_be_read_hide_flows(faked: Faked, action: str) -> None:
    rules(faked)
    assert action in hidden(faked.judge(*NAMES, deny={action}).world)[BUS]


@pytest.mark.parametrize("action", ["events:ListEventBuses", "events:ListApiDestinations"])
def test_buses_and_destinations_that_may_not_be_read_are_told(faked: Faked, action: str) -> None:
    rules(faked)
    assert action in {gap.call for gap in faked.judge(*NAMES, deny={action}).run.gaps}


def test_a_bucket_that_tells_eventbridge_hides_flows_where_rules_were_not_read(faked: Faked) -> None:
    faked.client("s3").create_bucket(Bucket="acme-uploads")
    told_of = Answer(pages=[{"EventBridgeConfiguration": {}}])
    source = Answering(connections(), {"GetBucketNotificationConfiguration": told_of})
    bucket = "arn:aws:s3:::acme-uploads"
    assert bucket not in hidden(faked.judge(*NAMES, source=source).world)
    assert "events:ListRules" in hidden(faked.judge(*NAMES, source=source, deny={"events:ListRules"}).world)[bucket]


def pipe(faked: Faked, target: str, **target_parameters: Any) -> str:
    """A pipe from a queue; what it lists is moto's, what it describes besides is told by the fake."""
    jobs = queue(faked, "jobs")
    made = faked.client("pipes").create_pipe(Name="turns", RoleArn=ROLE, Source=jobs, Target=target)
    logs = {"CloudwatchLogsLogDestination": {"LogGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/pipes"}}
    described = {
        "Arn": made["Arn"], "Name": "turns", "RoleArn": ROLE, "Source": jobs, "Target": target,
        "SourceParameters": {"FilterCriteria": {"Filters": [{"Pattern": "planted"}]}},
        "TargetParameters": {"InputTemplate": "planted", **target_parameters},
        "LogConfiguration": {**logs, "Level": "INFO", "IncludeExecutionData": ["ALL"]},
    }  # fmt: skip
    faked.fake.say("pipes", "DescribePipe", described)
    return str(made["Arn"])


PIPES = (*NAMES, "pipes")


def test_what_a_pipe_takes_and_hands_on(faked: Faked) -> None:
    work = function(faked, "work", role(faked, "work"))
    arn = pipe(faked, work)
    jobs = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
    world = faked.judge(*PIPES).world
    assert told(world, *RULES) == {
        (jobs, "reads_from", arn, "declared"),
        (arn, "triggers", work, "declared"),
        (arn, "logs_to", f"ext:arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/pipes", "declared"),
    }
    facts: dict[str, Any] = {one.id: one for one in world.resources}
    assert facts[arn].acts_as == ROLE
    assert "planted" not in str(settings_of(faked.collect("pipes")))


def test_a_pipe_that_runs_a_task(faked: Faked) -> None:
    arn = pipe(faked, CLUSTER, EcsTaskParameters={"TaskDefinitionArn": TASK})
    assert (arn, "triggers", f"ext:{TASK}", "declared") in told(faked.judge(*PIPES).world, "aws-pipe")


def test_pipes_that_may_not_be_read_hide_flows(faked: Faked) -> None:
    arn = pipe(faked, function(faked, "work", role(faked, "work")))
    refused = faked.judge(*PIPES, deny={"pipes:DescribePipe"}).world
    assert "pipes:DescribePipe" in hidden(refused)[arn]
    assert len(told(refused, "aws-pipe")) == 2
    refused = faked.judge(*PIPES, deny={"pipes:ListPipes"}).world
    assert "pipes:ListPipes" in hidden(refused)[f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"]
    faked.fake.say("pipes", "DescribePipe", Fault("NotFoundException", status=404))
    assert settings_of(faked.collect("pipes")) == {}


def test_where_results_of_queries_are_put(faked: Faked) -> None:
    results = {
        "OutputLocation": "s3://acme-results/queries/",
        "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
    }
    faked.client("s3").create_bucket(Bucket="acme-results")
    faked.client("athena").create_work_group(Name="analysts", Configuration={"ResultConfiguration": results})
    arn = f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/analysts"
    found = settings_of(faked.collect("athena"))[arn]["configuration"][0]["result_configuration"]
    encrypted = [{"encryption_option": "SSE_S3", "kms_key_arn": None}]
    assert found == [{"output_location": results["OutputLocation"], "encryption_configuration": encrypted}]
    world = faked.judge("athena", "s3").world
    assert told(world, "aws-query-results") == {(arn, "writes_to", "arn:aws:s3:::acme-results", "declared")}
    refused = faked.judge("athena", "s3", deny={"athena:GetWorkGroup"}).world
    assert "athena:GetWorkGroup" in hidden(refused)[arn]
    listed = faked.judge("athena", "s3", deny={"athena:ListWorkGroups"}).run
    assert "athena:ListWorkGroups" in {gap.call for gap in listed.gaps}


VAULTS = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault"
ABROAD = f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:abroad"
BACKUPS = ("backup", "dynamodb", "s3")


def backups(faked: Faked) -> tuple[str, str]:
    """Two tables, of which one is named by a selection and the other has a tag it asks for; copies go abroad."""
    client, tables = faked.client("backup"), faked.client("dynamodb")
    arns = []
    for name in ("sessions", "turns", "scratch"):
        made = tables.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=[{"Key": "backup", "Value": "yes" if name == "turns" else "no"}],
        )
        arns.append(made["TableDescription"]["TableArn"])
    client.create_backup_vault(BackupVaultName="nightly")
    rule = {
        "RuleName": "nightly", "TargetBackupVaultName": "nightly", "Lifecycle": {"DeleteAfterDays": 35},
        "CopyActions": [{"DestinationBackupVaultArn": ABROAD, "Lifecycle": {"DeleteAfterDays": 90}}],
    }  # fmt: skip
    plan = client.create_backup_plan(BackupPlan={"BackupPlanName": "nightly", "Rules": [rule]})["BackupPlanId"]
    tag = {"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "yes"}
    conditions = {"StringEquals": [{"ConditionKey": "aws:ResourceTag/a", "ConditionValue": "b"}]}
    chosen = {
        "SelectionName": "all", "IamRoleArn": ROLE, "Resources": [arns[0]], "ListOfTags": [tag],
        "Conditions": conditions,
    }  # fmt: skip
    client.create_backup_selection(BackupPlanId=plan, BackupSelection=chosen)
    return arns[0], arns[1]


def test_what_is_backed_up_and_where_it_is_copied(faked: Faked) -> None:
    named, tagged = backups(faked)
    world = faked.judge(*BACKUPS).world
    vault = f"{VAULTS}:nightly"
    assert told(world, "aws-backup") == {
        (named, "backs_up_to", vault, "declared"),
        (tagged, "backs_up_to", vault, "likely"),
        (vault, "backs_up_to", f"ext:{ABROAD}", "declared"),
    }
    assert not {named, tagged} & hidden(world).keys()
    found = settings_of(faked.collect("backup"))
    selection = next(one for one in found.values() if "plan_id" in one)
    assert selection["condition"] == [{"string_equals": [{"key": "aws:ResourceTag/a", "value": "b"}]}]
    assert next(one for one in found.values() if "rule" in one)["rule"] == [
        {
            "rule_name": "nightly", "target_vault_name": "nightly",
            "lifecycle": [{"cold_storage_after": None, "delete_after": 35}],
            "copy_action": [
                {"destination_vault_arn": ABROAD, "lifecycle": [{"cold_storage_after": None, "delete_after": 90}]}
            ],
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "operation", ["ListBackupPlans", "GetBackupPlan", "ListBackupSelections", "GetBackupSelection"]
)
def test_plans_that_may_not_be_read_hide_what_is_backed_up(faked: Faked, operation: str) -> None:
    named, tagged = backups(faked)
    found = hidden(faked.judge(*BACKUPS, deny={f"backup:{operation}"}).world)
    assert all(f"backup:{operation}" in found[one] for one in (named, tagged))


def test_vaults(faked: Faked) -> None:
    gapped = {
        "BackupVaultName": "locked", "BackupVaultArn": f"{VAULTS}:locked", "EncryptionKeyArn": "k",
        "VaultType": "LOGICALLY_AIR_GAPPED_BACKUP_VAULT",
    }  # fmt: skip
    faked.fake.say("backup", "ListBackupVaults", {"BackupVaultList": [gapped]})
    (collected,) = faked.collect("backup")
    (item,) = [item for result in collected.results for item in result.items]
    assert (item.type, item.values["encryption_key_arn"]) == ("aws_backup_logically_air_gapped_vault", "k")
    refused = faked.judge("backup", deny={"backup:ListBackupVaults"}).run
    assert "backup:ListBackupVaults" in {gap.call for gap in refused.gaps}


def test_a_selection_or_plan_that_is_deleted_meanwhile_is_none(faked: Faked) -> None:
    backups(faked)
    faked.fake.say("backup", "GetBackupSelection", Fault("ResourceNotFoundException", status=400))
    assert told(faked.judge(*BACKUPS).world, "aws-backup") == {
        (f"{VAULTS}:nightly", "backs_up_to", f"ext:{ABROAD}", "declared")
    }
