"""Guardrails before models where code is not all there is: enforced, in boundaries, in tasks, prompts and APIs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from flows import flows, folder, hidden, reason, told
from scanner.clouds.aws.links.model_ids import GEOGRAPHIES
from scanner.kinds import Flow
from scanner.model import Unknown
from test_links_in_account import ACCOUNT, FUNCTION, REGION, account
from test_links_models import ALLOWED, GUARDED, MODEL, ONE, ROLE, US

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/chat"
GUARDRAIL = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/abc123"
VERSION = "aws_bedrock_guardrail_version"
PEOPLE = [{"pii_entities_config": [{"type": kind, "action": "BLOCK"} for kind in ("NAME", "EMAIL", "PHONE")]}]
REDACTING = {"sensitive_information_policy_config": PEOPLE}
CALL = f"{FUNCTION} -> ext:bedrock (invokes)"


def allowing(*statements: Mapping[str, Any]) -> dict[str, Any]:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Resource": "*", **one} for one in statements],
    }
    return {"name": "own", "role": "chat", "policy": json.dumps(document)}


INVOKES = {"Action": ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]}
HOSTED = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/own"


def live(guardrail: Mapping[str, Any], *more: tuple[str, str, Mapping[str, Any]], **statement: Any) -> dict[str, Flow]:
    """The flows of an account with one guardrail and a function that calls models."""
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    about = {"guardrail_arn": GUARDRAIL, "guardrail_id": "abc123", "name": "g", "version": "DRAFT"}
    values = {"arn": FUNCTION, "function_name": "chat", "role": ROLE_ARN}
    world = account(
        ("aws_iam_role", ROLE_ARN, {"arn": ROLE_ARN, "name": "chat", "assume_role_policy": json.dumps(trust)}),
        (
            "aws_iam_role_policy",
            f"{ROLE_ARN}/own",
            allowing({**INVOKES, **statement}, {"Action": "sagemaker:InvokeEndpoint"}),
        ),
        ("aws_lambda_function", FUNCTION, values),
        ("aws_bedrock_guardrail", GUARDRAIL, {**about, **guardrail}),
        ("aws_sagemaker_endpoint", HOSTED, {"arn": HOSTED, "name": "own", "endpoint_config_name": "own"}),
        *more,
    )
    return flows(world)


def test_a_guardrail_that_the_account_enforces_stands_before_every_call_of_bedrock_and_no_other() -> None:
    found = live({"enforced": True, **REDACTING})
    assert (found[CALL].guards, found[CALL].redacts) == (("guardrail", "redaction"), True)
    assert found[f"{FUNCTION} -> {HOSTED} (invokes)"].guards == ()
    assert live({"enforced": False, **REDACTING})[CALL].guards == ()
    assert live({"enforced": True})[CALL].guards == ("guardrail",)


def test_a_condition_that_may_hold_anyway_leaves_open_whether_a_guardrail_is_demanded(tmp_path: Path) -> None:
    tagged = DENIED.replace("Condition = {", 'Condition = { StringEquals = { "aws:PrincipalTag/team" = "x" },')
    deny = policy("aws_iam_role_policy", "d", tagged % '"*"').replace(' name = "d"', " role = aws_iam_role.r.id")
    main = ROLE % ("aws_iam_role.r.arn", "") + ALLOWED % ('"bedrock:Invoke*"', '"*"') + deny + one_guardrail()
    assert "is not known" in reason(flows(folder(tmp_path, main))[ONE].guards)


def test_a_guardrail_that_is_enforced_elsewhere_stands_nowhere_else() -> None:
    other = GUARDRAIL.replace(REGION, "us-east-1")
    values = {"guardrail_arn": other, "guardrail_id": "abc123", "name": "g", "enforced": True, "arn": other}
    assert live({"enforced": False}, ("aws_bedrock_guardrail", other, values))[CALL].guards == ()


def test_which_version_of_a_guardrail_is_enforced_was_not_read() -> None:
    older = (VERSION, f"{GUARDRAIL}:1", {"guardrail_arn": GUARDRAIL, "version": "1"})
    found = live({"enforced": True, **REDACTING}, older)[CALL]
    assert (found.guards, "not told" in reason(found.redacts)) == (("guardrail",), True)


def test_what_is_enforced_may_not_be_readable() -> None:
    denied = Unknown("AccessDenied on bedrock:ListEnforcedGuardrailsConfiguration")
    assert live({"enforced": denied})[CALL].guards == denied
    asked = {"StringEquals": {"bedrock:GuardrailIdentifier": GUARDRAIL}}
    assert live({"enforced": denied, **REDACTING}, Condition=asked)[CALL].guards == ("guardrail", "redaction")


@pytest.mark.parametrize(("number", "redacts"), [("", True), (":DRAFT", True), (":1", False), (":2", None)])
def test_a_version_that_permissions_demand_is_judged_as_it_was_made(number: str, redacts: object) -> None:
    older = (VERSION, f"{GUARDRAIL}:1", {"guardrail_arn": GUARDRAIL, "version": "1"})
    asked = {"StringEquals": {"bedrock:GuardrailIdentifier": f"{GUARDRAIL}{number}"}}
    found = live({"enforced": False, **REDACTING}, older, Condition=asked)[CALL]
    assert "guardrail" in (() if isinstance(found.guards, Unknown) else found.guards)
    assert (None if isinstance(found.redacts, Unknown) else found.redacts) is redacts


DENIED = """
  Effect    = "Deny"
  Action    = "bedrock:Invoke*"
  Resource  = %s
  Condition = { StringNotEquals = { "bedrock:GuardrailIdentifier" = aws_bedrock_guardrail.g.guardrail_arn } }
"""


def policy(type_: str, target: str, *statements: str) -> str:
    joined = ", ".join(f"{{ {one} }}" for one in statements)
    document = f'jsonencode({{ Version = "2012-10-17", Statement = [{joined}] }})'
    return f'resource "{type_}" "{target}" {{\n name = "{target}"\n policy = {document}\n}}\n'


def one_guardrail() -> str:
    return GUARDED[: GUARDED.index('resource "aws_bedrock_guardrail" "idle"')] % "true"


def test_a_boundary_may_demand_a_guardrail(tmp_path: Path) -> None:
    role = ROLE.replace('name               = "r"', 'name = "r"\n  permissions_boundary = aws_iam_policy.b.arn')
    bound = policy("aws_iam_policy", "b", 'Effect = "Allow", Action = "*", Resource = "*"', DENIED % '"*"')
    main = role % ("aws_iam_role.r.arn", "") + ALLOWED % ('"bedrock:InvokeModel"', '"*"') + bound + one_guardrail()
    found = flows(folder(tmp_path, main))[ONE]
    assert (found.tier, found.guards) == ("likely", ("guardrail", "redaction"))


@pytest.mark.parametrize(
    ("allowed", "denied", "guards"),
    [
        (("foundation-model", "inference-profile"), "foundation-model", None),
        (("foundation-model", "inference-profile"), "inference-profile", ()),
        (("inference-profile",), "inference-profile", ("guardrail", "redaction")),
        (("foundation-model",), "foundation-model", ("guardrail", "redaction")),
    ],
)
def test_a_guardrail_is_asked_of_models_and_of_profiles(
    tmp_path: Path, allowed: tuple[str, ...], denied: str, guards: tuple[str, ...] | None
) -> None:
    names = {"foundation-model": "arn:aws:bedrock:*::foundation-model/*"}
    names["inference-profile"] = "arn:aws:bedrock:*:111122223333:inference-profile/*"
    main = ROLE % ("aws_iam_role.r.arn", "") + ALLOWED % (
        '"bedrock:Invoke*"',
        json.dumps([names[one] for one in allowed]),
    )
    deny = policy("aws_iam_role_policy", "d", DENIED % f'"{names[denied]}"').replace(
        ' name = "d"', " role = aws_iam_role.r.id"
    )
    found = flows(folder(tmp_path, main + deny + one_guardrail()))[ONE].guards
    assert (None if isinstance(found, Unknown) else found) == guards


TASK = """
resource "aws_sfn_state_machine" "m" {
  name       = "m"
  definition = jsonencode({ States = { Ask = { Type = "Task", Resource = "%s", Parameters = { %s } } } })
}
"""
OF_MACHINE = "aws_sfn_state_machine.m -> ext:bedrock (invokes)"


@pytest.mark.parametrize(
    ("given", "guards", "redacts"),
    [
        ("GuardrailIdentifier = aws_bedrock_guardrail.g.guardrail_id", ("guardrail", "redaction"), True),
        (
            "GuardrailConfig = { GuardrailIdentifier = aws_bedrock_guardrail.g.guardrail_arn }",
            ("guardrail", "redaction"),
            True,
        ),
        ('GuardrailIdentifier = "elsewhere"', ("guardrail",), None),
        ('"GuardrailIdentifier.$" = "$.guardrail"', ("guardrail",), None),
        ("GuardrailIdentifier = nowhere.id", ("guardrail",), None),
        ('Trace = "ENABLED"', (), False),
    ],
)
def test_a_task_names_its_guardrail_and_its_model(tmp_path: Path, given: str, guards: object, redacts: object) -> None:
    main = TASK % ("arn:aws:states:::bedrock:invokeModel", f'ModelId = "us.{MODEL}", {given}') + one_guardrail()
    found = flows(folder(tmp_path, main))[OF_MACHINE]
    assert (found.guards, None if isinstance(found.redacts, Unknown) else found.redacts) == (guards, redacts)
    assert (found.models, found.regions) == ((MODEL,), US)


def test_a_task_that_makes_a_model_calls_none(tmp_path: Path) -> None:
    main = TASK % ("arn:aws:states:::bedrock:createModelCustomizationJob.sync", 'JobName = "j"')
    assert told(folder(tmp_path, main), "aws-state-machine") == set()


PROMPTED = """
resource "aws_bedrockagent_flow" "w" {
  name               = "w"
  execution_role_arn = "arn:aws:iam::111122223333:role/w"
  definition {
    node {
      name = "ask"
      type = "Prompt"
      configuration {
        prompt {
          source_configuration {
            resource {
              prompt_arn = %s
            }
          }
          guardrail_configuration {
            guardrail_identifier = aws_bedrock_guardrail.g.guardrail_id
          }
        }
      }
    }
  }
}
resource "aws_bedrockagent_prompt" "p" {
  name            = "p"
  default_variant = "best"
  variant {
    name          = "best"
    model_id      = "%s"
    template_type = "TEXT"
  }
  variant {
    name          = "other"
    model_id      = "amazon.nova-pro-v1:0"
    template_type = "TEXT"
  }
}
"""


def test_a_node_asks_the_model_of_the_prompt_that_it_names(tmp_path: Path) -> None:
    world = folder(tmp_path / "a", PROMPTED % ("aws_bedrockagent_prompt.p.arn", MODEL) + one_guardrail())
    found = flows(world)["aws_bedrockagent_flow.w -> ext:bedrock (invokes)"]
    assert (found.models, found.guards, found.tier) == ((MODEL,), ("guardrail", "redaction"), "declared")
    elsewhere = folder(tmp_path / "b", PROMPTED % ('"arn:aws:bedrock:us-east-1:1:prompt/X"', MODEL) + one_guardrail())
    assert "its prompt was not seen" in hidden(elsewhere)["aws_bedrockagent_flow.w"]


def test_a_model_in_the_shadow_of_an_endpoint_reads_what_is_asked(tmp_path: Path) -> None:
    main = """
    resource "aws_sagemaker_model" "m" {
      for_each           = toset(["a", "b"])
      name               = each.key
      execution_role_arn = "arn:aws:iam::111122223333:role/m"
    }
    resource "aws_sagemaker_endpoint_configuration" "c" {
      name = "c"
      production_variants { model_name = aws_sagemaker_model.m["a"].name }
      shadow_production_variants { model_name = aws_sagemaker_model.m["b"].name }
    }
    resource "aws_sagemaker_endpoint" "e" {
      name                 = "e"
      endpoint_config_name = aws_sagemaker_endpoint_configuration.c.name
    }
    """
    found = {one[2] for one in told(folder(tmp_path, main), "aws-endpoint-model")}
    assert found == {'aws_sagemaker_model.m["a"]', 'aws_sagemaker_model.m["b"]'}


def test_the_arn_of_a_model_says_where_it_is_called(tmp_path: Path) -> None:
    settings = f'MODEL = "arn:aws:bedrock:eu-west-1::foundation-model/{MODEL}"'
    main = ROLE % ("aws_iam_role.r.arn", settings) + ALLOWED % ('"bedrock:InvokeModel"', '"*"')
    found = flows(folder(tmp_path, main))[ONE]
    assert (found.models, found.regions, found.regions_open) == ((MODEL,), ("eu-west-1",), ())


def test_settings_that_wait_for_apply_in_part_name_models_all_the_same(tmp_path: Path) -> None:
    main = """
    resource "aws_sqs_queue" "q" {}
    resource "aws_ecs_task_definition" "t" {
      family                = "t"
      task_role_arn         = aws_iam_role.r.arn
      container_definitions = jsonencode([{ name = "c", environment = [
        { name = "MODEL", value = "eu.%s" },
        { name = "QUEUE", value = aws_sqs_queue.q.url },
        { name = "OTHER", value = "meta.llama3-${aws_sqs_queue.q.id}" },
        { name = "FOURTH", value = "anthropic.claude-3-haiku${aws_sqs_queue.q.id}" },
      ] }])
    }
    """
    roles = ROLE[ROLE.index('resource "aws_iam_role"') :] + ALLOWED % ('"bedrock:InvokeModel"', '"*"')
    found = flows(folder(tmp_path, main.replace("%s", MODEL) + roles))[
        "aws_ecs_task_definition.t -> ext:bedrock (invokes)"
    ]
    assert (found.models, found.regions) == ((MODEL,), GEOGRAPHIES["eu"])
