"""Documents, settings, tags and names of which a part is open: judged by what is known of them, and guessed never."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from completions import facts
from scanner import config, run
from scanner.clouds.aws.entrypoints.operations import from_document
from scanner.clouds.aws.entrypoints.waf import _json_rule
from scanner.hcl.functions.jsons import jsonencode
from scanner.hcl.values import Symbol
from scanner.logic import plain
from scanner.model import Unknown
from scanner.reports import json_report
from scanner.settings_form import ConfigFile, EnvironmentRule, Match
from scanner.terraform.planfile import Source
from scanner.terraform.sources.folder import from_folder
from sourcetree import written
from worlds import POLICIES, change, plan


def test_a_tag_that_waits_for_apply_is_not_guessed(tmp_path: Path) -> None:
    written(tmp_path, main=TAGGED)
    queues = ("prod_chat", "prod_other", "prod_key")
    changes = [change(f"aws_sqs_queue.{name}", {"name": name}, unknown={"tags": True, "arn": True}) for name in queues]
    key = change("aws_kms_key.k", {}, unknown={"arn": True, "key_id": True})
    references = {"tags": {"references": ["aws_kms_key.k.key_id", "aws_kms_key.k"]}}
    content = plan(*changes, key, config={"aws_kms_key.k": {}, **{f"aws_sqs_queue.{n}": references for n in queues}})
    rule = EnvironmentRule(environment="staging", match=Match(tags={"Stage": "one"}))
    settings = run.Settings(policies=(), today=date(2026, 11, 21))
    ruled = run.Settings(policies=(), today=date(2026, 11, 21), config=config.Config(ConfigFile(environments=[rule])))
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


ARN = Symbol("known only after apply", "aws_sns_topic.t", ("arn",))


def _document(**operation: Any) -> Any:
    """An API's document with one operation, of which the topic's ARN is not known."""
    pool = {"x-amazon-apigateway-authorizer": {"providerARNs": [ARN]}}
    return jsonencode(
        {
            "components": {"securitySchemes": {"pool": pool, "kind": {"x-amazon-apigateway-authtype": ARN}, "s": ARN}},
            "paths": {"/chat": {"get": operation}},
            "x-arn": ARN,
        }
    )


@pytest.mark.parametrize(
    ("operation", "authorized"),
    [
        ({}, False),
        ({"security": [{"pool": []}]}, True),
        ({"security": [{"pool": []}, {}]}, False),
        ({"security": [{"kind": []}]}, None),
        ({"security": [{"s": []}]}, None),
        ({"security": [{"s": []}, {"none": []}]}, False),
        ({"security": ARN}, None),
        ({"security": [ARN]}, None),
        ({"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}, True),
        ({"x-amazon-apigateway-auth": {"type": ARN}}, None),
        ({"x-amazon-apigateway-auth": {"type": ARN}, "security": [{"pool": []}]}, True),
        ({"x-amazon-apigateway-auth": ["odd"]}, False),
        ({"x-amazon-apigateway-auth": "AWS_IAM"}, False),
    ],
)
def test_an_operation_of_which_a_part_is_open(operation: dict[str, Any], *, authorized: bool | None) -> None:
    operations = from_document(_document(**operation))
    assert not isinstance(operations, Unknown)
    (found,) = operations
    answer = plain(found.authorized)
    assert (None if isinstance(answer, Unknown) else answer) is authorized


def test_paths_and_operations_that_are_open_are_not_absent() -> None:
    for paths in (ARN, {"/chat": ARN}, {"/chat": {"get": ARN}}):
        found = from_document(jsonencode({"paths": paths, "x": 1}))
        answers = [found] if isinstance(found, Unknown) else [operation.authorized for operation in found]
        assert answers
        assert all(isinstance(answer, Unknown) for answer in answers)


@pytest.mark.parametrize(
    ("rule", "limits"),
    [
        ({"Action": {"Block": {}}, "Statement": {"RateBasedStatement": {"Limit": ARN}}}, True),
        ({"Action": {"Count": {}}, "Statement": {"RateBasedStatement": {"Limit": ARN}}}, False),
        ({"Action": ARN, "Statement": {"RateBasedStatement": {"Limit": 1}}}, None),
        ({"Action": {"Block": {}}, "Statement": {"RateBasedStatement": ARN}}, None),
        ({"Action": {"Block": {}}, "Statement": {"RateBasedStatement": {"ScopeDownStatement": ARN}}}, None),
        ({"Action": {"Block": {}}, "Statement": ARN}, None),
        (ARN, None),
    ],
)
def test_a_rule_of_which_a_part_is_open(rule: Any, *, limits: bool | None) -> None:
    answer = plain(_json_rule(rule))
    assert (None if isinstance(answer, Unknown) else answer) is limits
