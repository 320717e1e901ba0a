"""What every inspector makes of a fresh plan whose sources tell what the plan leaves open."""

from __future__ import annotations

import io
import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import applied
from scanner import config, run
from scanner.config import _ConfigFile, _Environment, _Match
from scanner.hcl.values import Unfinished
from scanner.model import FROM_SOURCES, Completed, Finding, Status, Unknown, World, fact_names
from scanner.reports import json_report
from scanner.terraform.planfile import Source
from scanner.terraform.read import ReadPlan, read_plan
from scanner.terraform.sources.folder import from_folder
from sourcetree import written
from worlds import FIXTURES, POLICIES, ROOT, change, plan

CASES = sorted(path.parent for path in FIXTURES.glob("aws/completed/*/plan.json"))
STACKS = [FIXTURES / "stacks" / name for name in ("leaky", "sound")]
LEAKS = ("Symbol(", "Template(", "Unfinished(", "Hidden(", "LeftOut(", "Failed(", "@aws", "@module", "\0", "\ue000")
NAMES = frozenset({"id", "name", "account", "region", "actions", "resources", "principals", "conditions", "trusts"})
"""Facts that hold names: those that were made up are not known before."""


@cache
def judged(folder: Path, *, sources: bool = True) -> run.Judged:
    """A fixture's plan, judged with its sources or alone."""
    own = folder / config.DEFAULT_NAME
    settings = run.Settings(
        policies=tuple(POLICIES),
        today=date(2026, 11, 21),
        config=config.load(own) if own.is_file() else config.Config(),
    )
    tree = from_folder(folder) if sources else None
    return run.judge_plans([Source("plan.json", (folder / "plan.json").read_bytes(), tree)], settings)


def facts(world: World) -> dict[tuple[str, str], Any]:
    """Every fact of a world, by subject and name."""
    return {
        (r.id, name): getattr(r, name) for r in (*world.resources, *world.statements) for name in fact_names(type(r))
    }


def _applied(source: Source) -> ReadPlan:
    read = read_plan(source)
    applied.apply(read.after)
    return read


@pytest.mark.parametrize("folder", [*CASES, *STACKS], ids=lambda folder: folder.name)
def test_what_the_sources_tell_is_what_the_applied_plan_tells(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = facts(judged(folder).world)
    monkeypatch.setattr(run, "read_plan", _applied)
    known = facts(judged.__wrapped__(folder).world)
    pairs = {
        key: (told[key], known[key])
        for key in told
        if key in known and key[1] not in NAMES and not key[0].startswith("aws:")  # accounts, which get their number
    }
    assert len(pairs) > 50
    unlike = {key: pair for key, pair in pairs.items() if _differ(*pair)}
    assert unlike == {}


def _differ(told: Any, known: Any) -> bool:
    if isinstance(known, Unfinished):
        return False  # an expression that nobody worked out is not made known either
    if isinstance(told, Unknown) or isinstance(known, Unknown):
        return isinstance(told, Unknown) != isinstance(known, Unknown)
    return bool(told != known)


@pytest.mark.parametrize("folder", [*CASES, *STACKS], ids=lambda folder: folder.name)
def test_nothing_of_how_values_are_kept_inside_gets_out(folder: Path) -> None:
    found = judged(folder)
    said = [text for finding in found.run.findings for text in (finding.message, finding.reason, *finding.path)]
    said += [f"{gap.scope} {gap.reason}" for gap in found.run.gaps] + list(found.run.notes)
    for resource in (*found.world.resources, *found.world.statements):
        values = (getattr(resource, name) for name in fact_names(type(resource)))
        said += [value.reason if isinstance(value, Unknown) else str(value) for value in values]
        said += resource.because.values()
    assert [text for text in said if any(leak in text for leak in LEAKS)] == []
    assert [text for text in said if "\n" in text] == []


def test_a_tag_that_waits_for_apply_is_not_guessed(tmp_path: Path) -> None:
    written(tmp_path, main=TAGGED)
    queues = ("prod_chat", "prod_other", "prod_key")
    changes = [change(f"aws_sqs_queue.{name}", {"name": name}, unknown={"tags": True, "arn": True}) for name in queues]
    key = change("aws_kms_key.k", {}, unknown={"arn": True, "key_id": True})
    references = {"tags": {"references": ["aws_kms_key.k.key_id", "aws_kms_key.k"]}}
    content = plan(*changes, key, config={"aws_kms_key.k": {}, **{f"aws_sqs_queue.{n}": references for n in queues}})
    rule = _Environment(environment="staging", match=_Match(tags={"Stage": "one"}))
    settings = run.Settings(policies=(), today=date(2026, 11, 21))
    ruled = run.Settings(policies=(), today=date(2026, 11, 21), config=config.Config(_ConfigFile(environments=[rule])))
    source = Source("plan.json", content, from_folder(tmp_path))
    told, by_rule = facts(run.judge_plans([source], settings).world), facts(run.judge_plans([source], ruled).world)
    assert told["aws_sqs_queue.prod_chat", "environment"].reason.startswith("its tag Environment")
    assert told["aws_sqs_queue.prod_chat", "data"] == ("prompt",)
    assert told["aws_sqs_queue.prod_other", "environment"] == "prod"
    assert told["aws_sqs_queue.prod_other", "data"].reason.startswith("its tag DataClass")
    assert by_rule["aws_sqs_queue.prod_key", "environment"].reason.startswith("its tag Stage")
    assert by_rule["aws_sqs_queue.prod_other", "environment"] == "prod"


TAGGED = """
resource "aws_kms_key" "k" {}
resource "aws_sqs_queue" "prod_chat" {
  tags = { Environment = aws_kms_key.k.key_id, DataClass = "prompt" }
}
resource "aws_sqs_queue" "prod_other" {
  tags = { Owner = aws_kms_key.k.key_id, DataClass = "x-${aws_kms_key.k.key_id}", Stage = "prod" }
}
resource "aws_sqs_queue" "prod_key" {
  tags = { Stage = aws_kms_key.k.key_id }
}
"""


def test_documents_of_queues_topics_and_log_groups_are_read() -> None:
    told = facts(judged(FIXTURES / "aws/completed/messages").world)
    for name, fact, value in (
        ('aws_sqs_queue.this["sound"]', "keeps_failures", True),
        ('aws_sqs_queue.this["dead"]', "takes_failures", True),
        ("aws_sqs_queue.failed", "takes_failures", True),
        ('aws_sqs_queue.this["empty"]', "keeps_failures", False),
        ('aws_sqs_queue.this["sound"]', "requires_tls", True),
        ('aws_sqs_queue.this["plain"]', "requires_tls", False),
        ('aws_sqs_queue.this["sound"]', "public", False),
        ('aws_sqs_queue.this["other"]', "public", False),
        ('aws_sqs_queue.this["open"]', "public", True),
        ('aws_sns_topic.this["sound"]', "public", False),
        ('aws_sns_topic.this["open"]', "public", True),
        ('aws_sns_topic.this["sound"]', "masks_personal_data", True),
        ('aws_sns_topic.this["open"]', "masks_personal_data", False),
        ('aws_cloudwatch_log_group.this["sound"]', "masks_personal_data", True),
        ('aws_secretsmanager_secret.this["sound"]', "open", False),
        ('aws_secretsmanager_secret.this["open"]', "open", True),
        ('aws_kms_key.policed["sound"]', "open", False),
        ('aws_kms_key.policed["open"]', "open", True),
        ('aws_ecr_repository.this["sound"]', "public", False),
        ('aws_ecr_repository.this["open"]', "public", True),
        ('aws_sqs_queue.this["sound"]', "environment", "prod"),
        ('aws_sqs_queue.this["sound"]', "data", ("prompt",)),
    ):
        assert told[name, fact] == value, (name, fact, told[name, fact])


def test_documents_and_rules_of_ways_in_are_read() -> None:
    told = facts(judged(FIXTURES / "aws/completed/doors").world)
    for name, fact, value in (
        ('aws_api_gateway_rest_api.this["sound"]', "authenticated", True),
        ('aws_api_gateway_rest_api.this["sound"]', "bodies_checked", True),
        ('aws_api_gateway_rest_api.this["open"]', "authenticated", False),
        ('aws_api_gateway_rest_api.this["open"]', "bodies_checked", False),
        ('aws_api_gateway_rest_api.this["yaml"]', "authenticated", True),
        ('aws_api_gateway_rest_api.this["yaml_open"]', "authenticated", False),
        ("aws_api_gateway_rest_api.guarded", "authenticated", True),
        ('aws_apigatewayv2_api.http["sound"]', "authenticated", True),
        ('aws_apigatewayv2_api.http["open"]', "authenticated", False),
        ('aws_lb.this["sound"]', "rate_limited", True),
        ('aws_lb.this["open"]', "rate_limited", False),
        ('aws_security_group.inline["ours"]', "open", False),
        ('aws_security_group.inline["anybody"]', "open", True),
        ('aws_security_group.inline["network"]', "open", False),
        ('aws_security_group.split["ours"]', "open", False),
        ('aws_security_group.split["anybody"]', "open", True),
        ("aws_security_group.from_group", "open", False),
        ("aws_security_group.balancer", "open", False),
    ):
        assert told[name, fact] == value, (name, fact, told[name, fact])
    assert isinstance(told['aws_api_gateway_rest_api.this["root"]', "authenticated"], Unknown)


def test_what_watches_records_and_tells_is_followed() -> None:
    told = facts(judged(FIXTURES / "aws/completed/watch").world)
    for name, fact, value in (
        ('aws_cloudwatch_metric_alarm.models["errors"]', "watches", ("errors",)),
        ('aws_cloudwatch_metric_alarm.models["slow"]', "watches", ("latency",)),
        ('aws_cloudwatch_metric_alarm.models["slow"]', "notifies", True),
        ('aws_cloudwatch_log_metric_filter.root["sound"]', "notifies", True),
        ('aws_cloudwatch_event_rule.this["sound"]', "notifies", True),
        ('aws_cloudwatch_event_rule.this["silent"]', "notifies", False),
        ('aws_s3_bucket.store["trail"]', "requires_tls", True),
        ('aws_s3_bucket.store["trail"]', "immutable", True),
        ("aws_cloudtrail.part", "destination_immutable", True),
        # Its selector names a part of each bucket.
        ("aws_cloudtrail.part", "conversation_data_events", False),
    ):
        assert told[name, fact] == value, (name, fact, told[name, fact])
    whole = facts(judged(FIXTURES / "aws/completed/record").world)
    assert whole["aws_cloudtrail.whole", "conversation_data_events"] is True


def test_agents_guardrails_and_search_are_read() -> None:
    told = facts(judged(FIXTURES / "aws/completed/models").world)
    for name, fact, value in (
        ('aws_bedrockagent_agent.this["sound"]', "guarded", True),
        ('aws_bedrockagent_agent.this["bare"]', "guarded", False),
        ('aws_bedrockagent_agent_action_group.this["sound"]', "irreversible", True),
        ('aws_bedrockagent_agent_action_group.this["sound"]', "confirmed", True),
        ('aws_bedrockagent_agent_action_group.this["open"]', "irreversible", True),
        ('aws_bedrockagent_agent_action_group.this["open"]', "confirmed", False),
        ("aws_bedrockagent_agent_action_group.yaml", "confirmed", True),
        ('aws_bedrock_guardrail.this["sound"]', "attached", True),
        ('aws_bedrock_guardrail.this["unused"]', "attached", False),
        ("aws_lambda_function.chat", "plaintext_credentials", True),
        ("aws_lambda_function.chat", "credential_names", ("DATABASE_URL",)),
        ("aws_iam_role_policy.invoke#3", "wildcard_action", True),
        ("aws_iam_role_policy.invoke#1", "wildcard_action", False),
        ('aws_opensearchserverless_collection.this["sound"]', "key_owner", "customer"),
        ('aws_opensearchserverless_collection.this["open"]', "key_owner", "provider"),
        ('aws_opensearchserverless_collection.this["sound"]', "public", False),
        ('aws_opensearchserverless_collection.this["open"]', "public", True),
        ('aws_opensearch_domain.this["sound"]', "public", False),
        ('aws_opensearch_domain.this["open"]', "public", True),
    ):
        assert told[name, fact] == value, (name, fact, told[name, fact])


def _findings(folder: str, control: str) -> dict[str, Finding]:
    found = judged(FIXTURES / "aws/completed" / folder).run.findings
    return {finding.subject: finding for finding in found if finding.control == control}


def test_a_finding_says_what_it_rests_on_that_the_sources_alone_tell() -> None:
    queues = _findings("messages", "store-not-public")
    opened = queues['aws_sqs_queue.this["open"]']
    (policy,) = opened.completed
    assert (policy.address, policy.attribute) == ('aws_sqs_queue_policy.this["open"]', "policy")
    assert "policy = jsonencode({" in _line(policy)
    assert opened.reason.endswith(f'this["open"]: policy is read from the sources ({policy.file}:{policy.line})')
    bound = queues['aws_sqs_queue.this["other"]']
    assert {one.attribute for one in bound.completed} == {"statement.resources", "statement.condition.values"}
    assert "are read from the sources" in bound.reason
    # What is known in the plan is not marked, and neither is what only names another resource.
    assert queues["aws_sqs_queue.inline"].completed == ()
    rotating = _findings("messages", "key-rotation-enabled")
    assert [finding for finding in rotating.values() if finding.completed] == []
    trail = _findings("watch", "audit-trail-complete")["aws_cloudtrail.part"]
    assert [one.attribute for one in trail.completed] == ["event_selector.data_resource.values"]


def test_without_sources_and_where_nothing_is_decided_nothing_is_marked() -> None:
    alone = judged(FIXTURES / "aws/completed/messages", sources=False).run.findings
    assert [finding for finding in alone if finding.completed or FROM_SOURCES in finding.reason] == []
    for folder in (*CASES, *STACKS):
        for finding in judged(folder).run.findings:
            assert bool(finding.completed) == (FROM_SOURCES in finding.reason)
            assert finding.status is not Status.UNKNOWN or not finding.completed


def test_a_completed_attribute_is_named_where_it_stands() -> None:
    seen = {one for folder in (*CASES, *STACKS) for finding in judged(folder).run.findings for one in finding.completed}
    assert len(seen) > 50
    for one in seen:
        assert _line(one).split("=")[0].strip().strip('"') == one.attribute.rpartition(".")[2]


def test_json_tells_what_is_completed() -> None:
    out = io.StringIO()
    json_report.write(judged(FIXTURES / "aws/completed/messages").run, out)
    told = {(f["control"], f["subject"]): f["completed"] for f in json.loads(out.getvalue())["findings"]}
    (policy,) = told["store-not-public", 'aws_sqs_queue.this["open"]']
    assert policy["attribute"] == "policy"
    assert policy["file"].endswith("fixtures/aws/completed/messages/main.tf")


def _line(one: Completed) -> str:
    path = Path(one.file) if Path(one.file).is_file() else ROOT / one.file
    return path.read_text().splitlines()[one.line - 1]


CONTAINERS = """
resource "aws_sqs_queue" "q" {}
resource "aws_iam_access_key" "k" { user = "bot" }
resource "aws_ecs_task_definition" "labels" {
  family                = "labels"
  container_definitions = jsonencode([{
    name             = "chat"
    dockerLabels     = { token = aws_sqs_queue.q.arn }
    logConfiguration = { options = { "splunk-token" = aws_sqs_queue.q.name, "awslogs-group" = aws_sqs_queue.q.url } }
  }])
}
resource "aws_ecs_task_definition" "secret" {
  family                = "secret"
  container_definitions = jsonencode([{
    name             = "chat"
    logConfiguration = { options = { "splunk-token" = aws_iam_access_key.k.secret } }
  }])
}
resource "aws_ecs_task_definition" "names" {
  family                = "names"
  container_definitions = jsonencode([{
    name        = "chat"
    environment = [{ name = "X_${aws_sqs_queue.q.name}", value = "chat" }, { name = "U", value = aws_sqs_queue.q.url }]
  }])
}
resource "aws_launch_template" "script" {
  user_data = "run ${aws_sqs_queue.q.name} ${uuid()}"
}
resource "aws_launch_template" "known" {
  user_data = "run ${aws_sqs_queue.q.url} --queue ${aws_sqs_queue.q.name}"
}
"""


def test_settings_of_which_a_name_or_part_is_open_are_not_judged_by_how_that_is_kept(tmp_path: Path) -> None:
    written(tmp_path, main=CONTAINERS)
    tasks = [f"aws_ecs_task_definition.{name}" for name in ("labels", "secret", "names")]
    scripts = [f"aws_launch_template.{name}" for name in ("script", "known")]
    queue = change("aws_sqs_queue.q", {}, unknown={"arn": True, "url": True, "name": True})
    key = change("aws_iam_access_key.k", {"user": "bot"}, unknown={"secret": True})
    changes = [change(name, {}, unknown={"container_definitions": True}) for name in tasks]
    changes += [change(name, {}, unknown={"user_data": True}) for name in scripts]
    read = {
        tasks[0]: ("q.arn", "q.name", "q.url"), tasks[1]: ("k.secret",), tasks[2]: ("q.name", "q.url"),
        scripts[0]: ("q.name",), scripts[1]: ("q.url", "q.name"),
    }  # fmt: skip
    types = {"q": "aws_sqs_queue", "k": "aws_iam_access_key"}
    blocks: dict[str, dict[str, Any]] = {"aws_sqs_queue.q": {}}
    blocks["aws_iam_access_key.k"] = {"user": {"constant_value": "bot"}}
    for block, attributes in read.items():
        references = [f"{types[one[0]]}.{part}" for one in attributes for part in (one, one[0])]
        constant = {"family": {"constant_value": block.rpartition(".")[2]}} if block in tasks else {}
        name = "container_definitions" if block in tasks else "user_data"
        blocks[block] = {name: {"references": references}, **constant}
    source = Source("plan.json", plan(queue, key, *changes, config=blocks), from_folder(tmp_path))
    told = facts(run.judge_plans([source], run.Settings(policies=(), today=date(2026, 11, 21))).world)
    answers = {name: told[name, "plaintext_credentials"] for name in (*tasks, *scripts)}
    assert answers["aws_ecs_task_definition.labels"] is False
    assert answers["aws_ecs_task_definition.secret"] is True
    assert told["aws_ecs_task_definition.secret", "credential_names"] == ("splunk-token",)
    assert isinstance(answers["aws_ecs_task_definition.names"], Unknown)
    assert isinstance(answers["aws_launch_template.script"], Unknown)
    assert answers["aws_launch_template.known"] is False


def test_roles_policies_and_buckets_that_name_each_other_are_read() -> None:
    told = facts(judged(FIXTURES / "aws/completed/access").world)
    three = tuple(f"module.{name}.aws_iam_role.this" for name in ("reader", "partner", "bound"))
    for name, fact, value in (
        ("module.reader.aws_iam_role.this", "open", False),
        ("module.writer.aws_iam_role.this", "trusts", ("Service:lambda.amazonaws.com",)),
        # An external id is no secret; a planned role's ARN binds.
        ("module.partner.aws_iam_role.this", "open", True),
        ("module.bound.aws_iam_role.this", "open", False),
        ("aws_iam_policy.narrow#1", "binds", three),
        ("aws_iam_policy.narrow#4", "wildcard_resource", False),
        ("aws_iam_policy.wide#4", "wildcard_action", True),
        ("aws_iam_policy.wide#1", "wildcard_action", False),
        ("module.writer.aws_iam_role_policy.this#1", "wildcard_action", True),
        ("module.bound.aws_iam_role_policy.this#1", "wildcard_action", True),
        ("module.reader.aws_iam_role_policy.this#1", "wildcard_resource", False),
        ('aws_s3_bucket.this["chats"]', "public", False),
        ('aws_s3_bucket.this["open"]', "public", True),
        ('aws_s3_bucket.this["chats"]', "requires_tls", True),
        ('aws_s3_bucket.this["open"]', "requires_tls", False),
        ('aws_s3_bucket.this["logs"]', "access_log_target", True),
        ('aws_s3_bucket.this["chats"]', "access_log_target", False),
        ('aws_s3_bucket.this["chats"]', "shares_key_with_logs", True),
        ('aws_s3_bucket.this["logs"]', "shares_key_with_logs", False),
        ("aws_dynamodb_table.sessions", "key_owner", "customer"),
        ("aws_organizations_policy.guard#1", "effect", "Deny"),
    ):
        assert told[name, fact] == value, (name, fact, told[name, fact])


SECRETS = """
variable "token" {
  type      = string
  sensitive = true
}
variable "names" { default = ["a"] }
locals { header = "Bearer ${var.token}" }
resource "aws_sqs_queue" "q" {
  policy = jsonencode({ Statement = [{ Sid = var.token, Effect = "Allow", Action = var.token, Principal = "*" }] })
  tags   = { Environment = "x-${var.token}", Owner = aws_sns_topic.t.arn }
}
resource "aws_sns_topic" "t" {}
resource "aws_lambda_function" "f" {
  function_name = "f"
  environment {
    variables = { (local.header) = aws_sns_topic.t.arn, HEADER = "${local.header}-${aws_sns_topic.t.arn}" }
  }
}
resource "aws_api_gateway_rest_api" "api" {
  body = jsonencode({ paths = { "/${var.token}" = { get = { operationId = aws_sns_topic.t.arn } } } })
}
resource "aws_wafv2_web_acl" "acl" {
  rule_json = jsonencode([{ Name = var.token, Statement = aws_sns_topic.t.arn }])
}
"""


def test_a_sensitive_variable_gets_out_nowhere(tmp_path: Path) -> None:
    written(tmp_path, main=SECRETS)
    token, whole = "zebra-quartz-99817", {"references": ["var.token", "aws_sns_topic.t.arn", "aws_sns_topic.t"]}
    changes = [
        change("aws_sqs_queue.q", {}, unknown={"policy": True, "tags": True}),
        change("aws_sns_topic.t", {}, unknown={"arn": True}),
        change("aws_lambda_function.f", {"environment": [{}]}, unknown={"environment": [{"variables": True}]}),
        change("aws_api_gateway_rest_api.api", {}, unknown={"body": True}),
        change("aws_wafv2_web_acl.acl", {}, unknown={"rule_json": True}),
    ]
    blocks: dict[str, dict[str, Any]] = {
        "aws_sqs_queue.q": {"policy": {"references": ["var.token"]}, "tags": whole},
        "aws_sns_topic.t": {},
        "aws_lambda_function.f": {
            "function_name": {"constant_value": "f"},
            "environment": [{"variables": {"references": ["local.header", *whole["references"][1:]]}}],
        },
        "aws_api_gateway_rest_api.api": {"body": whole},
        "aws_wafv2_web_acl.acl": {"rule_json": whole},
    }
    document = json.loads(plan(*changes, config=blocks))
    document["variables"] = {"token": {"value": token}}
    document["configuration"]["root_module"]["variables"] = {"token": {"sensitive": True}}
    source = Source("plan.json", json.dumps(document).encode(), from_folder(tmp_path))
    found = run.judge_plans([source], run.Settings(policies=tuple(POLICIES), today=date(2026, 11, 21)))
    assert any(finding.completed for finding in found.run.findings)
    out = io.StringIO()
    json_report.write(found.run, out)
    assert token not in out.getvalue()
    # Nor is it in what is not yet hidden: it was never put together.
    assert token not in "".join(map(repr, (*found.world.resources, *found.world.statements)))


NAMED_AFTER = """
resource "aws_s3_bucket" "b" { bucket_prefix = "b-" }
locals {
  other  = "${aws_s3_bucket.b.id}-logs"
  origin = aws_lb.front.dns_name
}
resource "aws_s3_bucket_versioning" "other" {
  bucket = local.other
  versioning_configuration { status = "Enabled" }
}
resource "aws_lb" "front" {}
resource "aws_wafv2_web_acl" "acl" {
  rule_json = jsonencode([{
    Name = "limit", Action = { Block = {} }, Statement = { RateBasedStatement = { Limit = 100 } }
    Data = aws_s3_bucket.b.arn
  }])
}
resource "aws_cloudfront_distribution" "cdn" {
  web_acl_id = aws_wafv2_web_acl.acl.arn
  origin {
    origin_id   = "front"
    domain_name = local.origin
  }
}
resource "aws_apprunner_service" "app" {
  source_configuration {
    code_repository {
      code_configuration {
        code_configuration_values {
          start_command = "run --queue ${aws_s3_bucket.b.id} --password=hunter2hunter2"
        }
      }
    }
  }
}
"""


def test_what_is_called_after_a_resource_is_another(tmp_path: Path) -> None:
    written(tmp_path, main=NAMED_AFTER)
    command = {"code_repository": [{"code_configuration": [{"code_configuration_values": [{"start_command": True}]}]}]}
    after: dict[str, Any] = {"code_repository": [{"code_configuration": [{"code_configuration_values": [{}]}]}]}
    references = {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]}
    values = {"code_configuration_values": [{"start_command": references}]}
    shown = {"code_repository": [{"code_configuration": [values]}]}
    changes = [
        change("aws_s3_bucket.b", {"bucket_prefix": "b-"}, unknown={"id": True, "arn": True, "bucket": True}),
        change(
            "aws_s3_bucket_versioning.other",
            {"versioning_configuration": [{"status": "Enabled"}]},
            unknown={"bucket": True},
        ),
        change("aws_lb.front", {}, unknown={"dns_name": True, "arn": True}),
        change("aws_wafv2_web_acl.acl", {}, unknown={"arn": True, "rule_json": True}),
        change(
            "aws_cloudfront_distribution.cdn",
            {"enabled": True, "origin": [{"origin_id": "front"}]},
            unknown={"web_acl_id": True, "origin": [{"domain_name": True}]},
        ),
        change(
            "aws_apprunner_service.app", {"source_configuration": [after]}, unknown={"source_configuration": [command]}
        ),
    ]
    bucket = {"references": ["aws_s3_bucket.b.arn", "aws_s3_bucket.b"]}
    acl = {"references": ["aws_wafv2_web_acl.acl.arn", "aws_wafv2_web_acl.acl"]}
    origin = {"origin_id": {"constant_value": "front"}, "domain_name": {"references": ["local.origin"]}}
    blocks: dict[str, dict[str, Any]] = {
        "aws_s3_bucket.b": {"bucket_prefix": {"constant_value": "b-"}},
        "aws_s3_bucket_versioning.other": {
            "bucket": {"references": ["local.other"]},
            "versioning_configuration": [{"status": {"constant_value": "Enabled"}}],
        },
        "aws_lb.front": {},
        "aws_wafv2_web_acl.acl": {"rule_json": bucket},
        "aws_cloudfront_distribution.cdn": {"web_acl_id": acl, "origin": [origin]},
        "aws_apprunner_service.app": {"source_configuration": [shown]},
    }
    source = Source("plan.json", plan(*changes, config=blocks), from_folder(tmp_path))
    told = facts(run.judge_plans([source], run.Settings(policies=(), today=date(2026, 11, 21))).world)
    # Versioning is that of another bucket, or so it may be: not this one's for certain.
    assert isinstance(told["aws_s3_bucket.b", "versioned"], Unknown)
    # The distribution in front limits the rate; whether requests can go past it was not seen.
    assert isinstance(told["aws_lb.front", "rate_limited"], Unknown)
    assert told["aws_cloudfront_distribution.cdn", "rate_limited"] is True
    assert told["aws_apprunner_service.app", "plaintext_credentials"] is True
    assert told["aws_apprunner_service.app", "credential_names"] == ("password",)


KEYS = """
locals { key = aws_kms_key.k.arn }
resource "aws_kms_key" "k" {}
resource "aws_cloudwatch_log_group" "by_local" { kms_key_id = local.key }
resource "aws_cloudwatch_log_group" "by_name" { kms_key_id = aws_kms_key.k.arn }
"""


def test_a_name_is_marked_where_the_plan_alone_does_not_tell_it(tmp_path: Path) -> None:
    written(tmp_path, main=KEYS)
    groups = {"by_local": ["local.key"], "by_name": ["aws_kms_key.k.arn", "aws_kms_key.k"]}
    changes = [change(f"aws_cloudwatch_log_group.{name}", {}, unknown={"kms_key_id": True}) for name in groups]
    blocks: dict[str, dict[str, Any]] = {"aws_kms_key.k": {}}
    blocks |= {f"aws_cloudwatch_log_group.{name}": {"kms_key_id": {"references": r}} for name, r in groups.items()}
    content = plan(change("aws_kms_key.k", {}, unknown={"arn": True}), *changes, config=blocks)
    source = Source("plan.json", content, from_folder(tmp_path))
    found = run.judge_plans([source], run.Settings(policies=(), today=date(2026, 11, 21))).world.resources
    told = {one.name or one.id: (getattr(one, "key_owner", ""), one.completed) for one in found}
    assert told["aws_cloudwatch_log_group.by_name"] == ("customer", {})
    owner, completed = told["aws_cloudwatch_log_group.by_local"]
    assert owner == "customer"
    assert [(one.attribute, one.line) for one in completed["key_owner"]] == [("kms_key_id", 4)]
