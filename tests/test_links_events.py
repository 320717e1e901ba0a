"""What events start, expected by hand from fixtures/aws/flows/events/main.tf; what is said where a plan is silent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flows import fixture, flows, folder, hidden, told, world_of
from scanner.kinds import Store, Vendor
from scanner.model import Unknown
from worlds import change

INDEX, REPLY, AUDIT = (f'module.worker["{name}"].aws_lambda_function.this' for name in ("index", "reply", "audit"))
DEAD, OTHER_DEAD = "aws_sqs_queue.dead[0]", "aws_sqs_queue.dead[1]"
QUESTIONS, UPLOADS = "aws_sqs_queue.questions", "aws_sqs_queue.uploads"
CLICKS, SESSIONS = "aws_kinesis_stream.clicks", "aws_dynamodb_table.sessions"
DOCUMENTS, INDEXED = "aws_s3_bucket.documents", "aws_sns_topic.indexed"
BUS, PIPE = "aws_cloudwatch_event_bus.chat", "aws_pipes_pipe.clicks"
INGEST, PLAIN = "aws_sfn_state_machine.ingest", "aws_sfn_state_machine.plain"
REPORT = "aws_ecs_task_definition.report"
THEIRS = "ext:arn:aws:sqs:eu-west-1:444455556666:theirs"

SOURCES = {
    (QUESTIONS, "reads_from", REPLY),
    (CLICKS, "reads_from", AUDIT),
    (SESSIONS, "reads_from", AUDIT),
    (THEIRS, "reads_from", AUDIT),
    (DOCUMENTS, "triggers", INDEX),
    (DOCUMENTS, "sends_to", UPLOADS),
    (DOCUMENTS, "sends_to", INDEXED),
    (INDEXED, "sends_to", QUESTIONS),
    (INDEXED, "triggers", AUDIT),
    (INDEXED, "sends_to", "ext:hooks.pagerduty.example"),
    (INDEXED, "sends_to", "ext:acme.example"),
}
FAILURES = {
    (AUDIT, "sends_to", OTHER_DEAD),
    (INDEX, "sends_to", INDEXED),
    (QUESTIONS, "sends_to", OTHER_DEAD),
    (UPLOADS, "sends_to", DEAD),
    (INDEXED, "sends_to", DEAD),
    (BUS, "sends_to", OTHER_DEAD),
}
STARTED = {
    (DOCUMENTS, "triggers", INGEST),
    (BUS, "triggers", AUDIT),
    (BUS, "sends_to", "ext:api.crm.example"),
    ("aws_cloudwatch_event_rule.nightly", "triggers", REPORT),
    ("aws_scheduler_schedule.purge", "triggers", INDEX),
    ("aws_scheduler_schedule.ask", "sends_to", QUESTIONS),
    (CLICKS, "reads_from", PIPE),
    (PIPE, "invokes", INDEX),
    (PIPE, "sends_to", BUS),
}
TASKS = {
    (INGEST, "invokes", INDEX),
    (INGEST, "writes_to", SESSIONS),
    (DOCUMENTS, "reads_from", INGEST),
    (INGEST, "invokes", "ext:bedrock"),
    (INGEST, "sends_to", UPLOADS),
    (INGEST, "sends_to", "ext:api.stripe.example"),
    (PLAIN, "invokes", REPLY),
}
HOOKS = {
    ("aws_cognito_user_pool.people", "triggers", AUDIT),
    ("aws_lex_bot.helper", "invokes", REPLY),
    ("aws_ecs_service.report", "sends_to", REPORT),
}
RULES = {
    "aws-event-source-mapping": "sources",
    "aws-s3-notification": "sources",
    "aws-sns-subscription": "sources",
    "aws-dead-letter": "failures",
    "aws-lambda-destination": "failures",
    "aws-event-rule": "started",
    "aws-schedule": "started",
    "aws-pipe": "started",
    "aws-state-machine": "tasks",
    "aws-cognito-trigger": "hooks",
    "aws-lex-hook": "hooks",
    "aws-ecs-service": "hooks",
}
EXPECTED = {"sources": SOURCES, "failures": FAILURES, "started": STARTED, "tasks": TASKS, "hooks": HOOKS}


def of(group: str) -> tuple[str, ...]:
    return tuple(rule for rule, one in RULES.items() if one == group)


@pytest.mark.parametrize("group", EXPECTED)
def test_every_way_in_which_an_event_starts_something(group: str) -> None:
    assert told(fixture("events"), *of(group)) == {(*one, "declared") for one in EXPECTED[group]}


def test_a_plan_without_its_sources_tells_all_but_what_a_definition_names() -> None:
    world = fixture("events", sources=False)
    found = {one[:3] for group in ("sources", "failures", "started", "hooks") for one in told(world, *of(group))}
    assert found == SOURCES | FAILURES | STARTED | HOOKS
    tiers = {one[:3]: one[3] for one in told(world, "aws-event-source-mapping")}
    assert tiers[CLICKS, "reads_from", AUDIT] == "likely", "one of two, of which each instance has one"
    assert told(world, "aws-state-machine") == {
        (INGEST, "invokes", INDEX, "likely"),
        (INGEST, "sends_to", UPLOADS, "likely"),
        (PLAIN, "invokes", REPLY, "likely"),
    }
    assert {INGEST, PLAIN} <= hidden(world).keys()


def test_what_is_worked_out_while_it_runs_is_a_gap() -> None:
    found = hidden(fixture("events"))
    assert found[INGEST].endswith("StateMachineArn is worked out while it runs")
    assert "dead_letter_config" in found[REPLY]
    assert PLAIN not in found


def test_ends_that_nobody_reads_are_nodes() -> None:
    world = fixture("events")
    nodes = {one.id: one for one in world.resources}
    assert isinstance(nodes[BUS], Store)
    assert nodes[BUS].type == "event_bus"
    assert nodes["aws_cloudwatch_event_rule.nightly"].kind == "alarm"
    assert isinstance(nodes[THEIRS], Store)
    assert isinstance(nodes["ext:hooks.pagerduty.example"], Vendor)
    assert {end for one in flows(world).values() for end in (one.source, one.target)} <= nodes.keys()


def test_secrets_of_urls_stay_inside() -> None:
    world = fixture("events")
    assert "secret-key-0123456789" not in repr((world.flows, [r for r in world.resources if r.kind == "vendor"]))


def test_models_and_guards_of_a_task() -> None:
    call = flows(fixture("events"))[f"{INGEST} -> ext:bedrock (invokes)"]
    assert call.models == ("anthropic.claude-3-haiku-20240307-v1:0",)
    assert call.guards == ()


def test_mail_may_go_unsealed() -> None:
    found = flows(fixture("events"))
    assert isinstance(found[f"{INDEXED} -> ext:acme.example (sends_to)"].encrypted, Unknown)
    assert found[f"{INDEXED} -> ext:hooks.pagerduty.example (sends_to)"].encrypted is True


MACHINE = {"name": "m", "role_arn": "arn:aws:iam::111122223333:role/m"}
QUEUE_ARN = "arn:aws:sqs:eu-west-1:111122223333:q"


def machine(*states: dict[str, Any]) -> set[tuple[str, str, str]]:
    text = json.dumps({"States": {str(at): state for at, state in enumerate(states)}})
    return {
        one[:3] for one in told(world_of(change("aws_sfn_state_machine.m", {**MACHINE, "definition": text})), "aws-")
    }


def task(service: str, **parameters: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{service}", "Parameters": parameters}


M = "aws_sfn_state_machine.m"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (task("aws-sdk:dynamodb:query", TableName="t"), ("ext:t", "reads_from", M)),
        (task("dynamodb:deleteItem", TableName="t"), (M, "deletes", "ext:t")),
        (task("aws-sdk:s3:putObject", Bucket="b-1"), (M, "writes_to", "ext:arn:aws:s3:::b-1")),
        (task("sns:publish", TopicArn="arn:aws:sns:eu-west-1:1:t"), (M, "sends_to", "ext:arn:aws:sns:eu-west-1:1:t")),
        (task("ecs:runTask.sync", TaskDefinition="job:3"), (M, "invokes", "ext:job:3")),
        (task("events:putEvents", Entries=[{"EventBusName": "bus"}]), (M, "sends_to", "ext:bus")),
        (task("aws-sdk:bedrockruntime:converse", ModelId="m-1"), (M, "invokes", "ext:bedrock")),
        (task("aws-sdk:bedrockagentruntime:retrieve", KnowledgeBaseId="KB"), (M, "invokes", "ext:KB")),
        (
            {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:f:live"},
            (M, "invokes", "ext:arn:aws:lambda:eu-west-1:111122223333:function:f:live"),
        ),
        (
            {"Type": "Map", "ResultWriter": {"Parameters": {"Bucket": "b-1"}}, "Iterator": {"States": {}}},
            (M, "writes_to", "ext:arn:aws:s3:::b-1"),
        ),
        (
            {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Arguments": {"QueueUrl": QUEUE_ARN}},
            (M, "sends_to", f"ext:{QUEUE_ARN}"),
        ),
    ],
)  # fmt: skip
def test_tasks_by_service(state: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert expected in machine(state)


@pytest.mark.parametrize(
    "state",
    [
        task("lambda:invoke", **{"FunctionName.$": "$.name"}),
        task("lambda:invoke", FunctionName="{% $name %}"),
        task("http:invoke", ApiEndpoint="{% $host %}"),
        task("lambda:invoke", FunctionName=7),
    ],
)
def test_a_task_that_decides_while_it_runs_is_a_gap(state: dict[str, Any]) -> None:
    text = json.dumps({"States": {"one": state}})
    world = world_of(change(M, {**MACHINE, "definition": text}))
    assert not told(world, "aws-state-machine")
    assert M in hidden(world)


def test_a_definition_that_is_no_json_is_a_gap() -> None:
    assert M in hidden(world_of(change(M, {**MACHINE, "definition": "{"})))
    assert not told(world_of(change(M, {**MACHINE, "definition": "[1, null]"})))


def test_what_is_off_starts_nothing(tmp_path: Path) -> None:
    world = folder(
        tmp_path,
        """
        resource "aws_sqs_queue" "q" { name = "q" }
        resource "aws_cloudwatch_event_rule" "r" {
          schedule_expression = "rate(1 day)"
          state               = "DISABLED"
        }
        resource "aws_cloudwatch_event_rule" "old" {
          schedule_expression = "rate(1 day)"
          is_enabled          = false
        }
        resource "aws_cloudwatch_event_target" "r" {
          rule = aws_cloudwatch_event_rule.r.name
          arn  = aws_sqs_queue.q.arn
        }
        resource "aws_cloudwatch_event_target" "old" {
          rule = aws_cloudwatch_event_rule.old.name
          arn  = aws_sqs_queue.q.arn
        }
        resource "aws_scheduler_schedule" "s" {
          state = "DISABLED"
          target { arn = aws_sqs_queue.q.arn }
        }
        resource "aws_pipes_pipe" "p" {
          desired_state = "STOPPED"
          source        = aws_sqs_queue.q.arn
          target        = aws_sqs_queue.q.arn
        }
        """,
    )
    assert not told(world, "aws-event-rule", "aws-schedule", "aws-pipe")


def test_jobs_and_tasks_that_targets_run(tmp_path: Path) -> None:
    world = folder(
        tmp_path,
        """
        resource "aws_batch_job_definition" "j" {
          name = "j"
          type = "container"
        }
        resource "aws_ecs_task_definition" "t" { family = "t" }
        resource "aws_ecs_cluster" "c" { name = "c" }
        resource "aws_sqs_queue" "q" { name = "q" }
        resource "aws_sqs_queue" "dead" { name = "dead" }
        resource "aws_cloudwatch_event_rule" "r" { schedule_expression = "rate(1 day)" }
        resource "aws_cloudwatch_event_target" "r" {
          rule = aws_cloudwatch_event_rule.r.name
          arn  = "arn:aws:batch:eu-west-1:111122223333:job-queue/jobs"
          batch_target {
            job_definition = aws_batch_job_definition.j.arn
            job_name       = "j"
          }
        }
        resource "aws_scheduler_schedule" "s" {
          target {
            arn = aws_ecs_cluster.c.arn
            ecs_parameters { task_definition_arn = aws_ecs_task_definition.t.arn }
            dead_letter_config { arn = aws_sqs_queue.dead.arn }
          }
        }
        resource "aws_pipes_pipe" "p" {
          source = aws_sqs_queue.q.arn
          target = aws_ecs_cluster.c.arn
          target_parameters {
            ecs_task_parameters { task_definition_arn = aws_ecs_task_definition.t.arn }
          }
        }
        """,
    )
    assert {one[:3] for one in told(world, "aws-event-rule", "aws-schedule", "aws-pipe", "aws-dead-letter")} == {
        ("aws_cloudwatch_event_rule.r", "triggers", "aws_batch_job_definition.j"),
        ("aws_scheduler_schedule.s", "triggers", "aws_ecs_task_definition.t"),
        ("aws_scheduler_schedule.s", "sends_to", "aws_sqs_queue.dead"),
        ("aws_sqs_queue.q", "reads_from", "aws_pipes_pipe.p"),
        ("aws_pipes_pipe.p", "triggers", "aws_ecs_task_definition.t"),
    }


def test_kafka_of_ones_own_phones_and_senders(tmp_path: Path) -> None:
    world = folder(
        tmp_path,
        """
        resource "aws_lambda_function" "f" { function_name = "f" }
        resource "aws_lambda_event_source_mapping" "k" {
          function_name = aws_lambda_function.f.arn
          self_managed_event_source {
            endpoints = { KAFKA_BOOTSTRAP_SERVERS = "kafka.acme.example:9092,other.acme.example:9092" }
          }
        }
        resource "aws_sns_topic" "t" { name = "t" }
        resource "aws_sns_topic_subscription" "p" {
          topic_arn = aws_sns_topic.t.arn
          protocol  = "sms"
          endpoint  = "+15550100"
        }
        resource "aws_cognito_user_pool" "p" {
          lambda_config {
            custom_email_sender {
              lambda_arn     = aws_lambda_function.f.arn
              lambda_version = "V1_0"
            }
          }
        }
        """,
    )
    assert {one[:3] for one in told(world, "aws-")} >= {
        ("ext:kafka.acme.example", "reads_from", "aws_lambda_function.f"),
        ("aws_sns_topic.t", "sends_to", "ext:sms"),
        ("aws_cognito_user_pool.p", "triggers", "aws_lambda_function.f"),
    }
    assert flows(world)["aws_sns_topic.t -> ext:sms (sends_to)"].encrypted is False
    assert "15550100" not in repr(world.flows)
