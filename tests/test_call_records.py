"""What the record of calls of models keeps of who asked: a guardrail on the call takes nothing out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows import folder, told
from folders import PROVIDER, judged, said
from scanner.config import Config
from scanner.kinds import INTERNET, Flow, Model
from sourcetree import written
from test_flow_reviews import reviewed, rule
from test_links_models import ALLOWED, FOUNDATION, GUARDED, ROLE, THE
from test_propagation import OPEN, carried, seen
from test_reach import flow

STANDS: dict[str, Any] = {"guards": ("guardrail", "redaction"), "redacts": True}
CALL, RECORD = "chat -> model (invokes)", "model -> log (logs_to)"


def asked(*more: Flow, caller: str = "chat", config: Config | None = None, **call: Any) -> dict[str, Any]:
    """What becomes of a call of a model through a guardrail, where calls are recorded in two logs."""
    way = [flow(INTERNET, "api"), flow("api", "chat"), flow("chat", "agent", "invokes")]
    made = flow(caller, "model", "invokes", **{**STANDS, **call})
    return seen([*way, made, flow("model", "log", "logs_to"), flow("model", "masked", "logs_to"), *more], config=config)


def named(found: dict[str, Any], id_: str = "log") -> tuple[bool, bool]:
    """Whether a store surely holds who people are, and whether it may."""
    store = found[id_]
    return "user_identity" in store.may_hold, "user_identity" in store.may_hold_possibly


@pytest.mark.parametrize("redacts", [True, OPEN])
def test_a_guardrail_on_a_call_takes_nothing_out_of_the_record_of_calls(redacts: Any) -> None:
    found = asked(flow("log", "plain", "exports_to"), guards=("guardrail",), redacts=redacts)
    assert "user_identity" not in carried(found, "chat", "model", "invokes")[0]
    assert "user_identity" in carried(found, "model", "log", "logs_to")[0]
    assert named(found) == named(found, "plain") == (True, True)


def test_a_log_that_masks_people_holds_none_of_them() -> None:
    found = asked()
    assert named(found, "masked") == (False, False)
    assert "prompt" in found["masked"].may_hold


def test_what_a_guardrail_takes_out_goes_nowhere_but_into_the_record() -> None:
    found = asked(flow("model", "plain", "writes_to"))
    assert carried(found, "chat", "model", "invokes") == ({"prompt", "response"}, {"prompt", "response"})
    assert named(found, "plain") == (False, False)


@pytest.mark.parametrize(("content", "expected"), [(True, (True, True)), (False, (False, False))])
def test_a_call_by_a_profile_is_recorded_as_it_was(content: bool, expected: tuple[bool, bool]) -> None:  # noqa: FBT001
    way = [flow(INTERNET, "api"), flow("api", "chat"), flow("chat", "profile", "invokes", **STANDS)]
    on = [flow("profile", "model", "invokes", content=content), flow("model", "log", "logs_to")]
    found = seen([*way, *on], Model(id="profile", type="inference_profile"))
    assert named(found) == expected
    assert "user_identity" not in carried(found, "profile", "model", "invokes")[1]


def test_what_a_guardrail_does_for_an_agent_leaves_its_record_open() -> None:
    assert named(asked(caller="agent")) == (False, True)


def test_a_guard_that_code_may_ask_before_it_calls_leaves_the_record_open() -> None:
    assert named(asked(guards=OPEN, redacts=False)) == (False, True)


@pytest.mark.parametrize(
    ("content", "expected"), [(True, (True, True)), (OPEN, (False, True)), (False, (False, False))]
)
def test_only_what_is_asked_and_recorded_leaves_names(content: Any, expected: tuple[bool, bool]) -> None:
    assert named(asked(content=content)) == expected
    way = [flow(INTERNET, "api"), flow("api", "chat"), flow("chat", "model", "invokes", **STANDS)]
    assert named(seen([*way, flow("model", "log", "logs_to", content=content)])) == expected


@pytest.mark.parametrize(
    ("subject", "classes", "expected"),
    [
        (CALL, "prompt", (True, True)), (CALL, "user_identity", (False, False)),
        (RECORD, "response", (True, True)), (RECORD, "user_identity", (False, False)),
        ("model", "user_identity", (False, False)), ("model", "prompt", (True, True)),
    ],
)  # fmt: skip
def test_a_review_may_say_that_nobody_is_named(
    subject: str, classes: str, expected: tuple[bool, bool], tmp_path: Path
) -> None:
    assert named(asked(config=reviewed(tmp_path, rule(subject, "not", classes)))) == expected


RECORDED = """
resource "aws_lambda_function_url" "f" {
  function_name      = aws_lambda_function.f.function_name
  authorization_type = "NONE"
}
resource "aws_cloudwatch_log_group" "calls" {
  name = "calls"
}
resource "aws_bedrock_model_invocation_logging_configuration" "this" {
  logging_config {
    text_data_delivery_enabled = true
    cloudwatch_config {
      log_group_name = aws_cloudwatch_log_group.calls.name
      role_arn       = "arn:aws:iam::111122223333:role/record"
    }
  }
}
"""
MASKED = """
resource "aws_cloudwatch_log_data_protection_policy" "calls" {
  log_group_name  = aws_cloudwatch_log_group.calls.name
  policy_document = jsonencode({
    Name      = "mask"
    Version   = "2021-06-01"
    Statement = [{
      Sid            = "mask"
      Operation      = { Deidentify = { MaskConfig = {} } }
      DataIdentifier = [for kind in ["Name", "EmailAddress", "PhoneNumber-US"] :
        "arn:aws:dataprotection::aws:data-identifier/${kind}"]
    }]
  })
}
"""


OWN = """
resource "aws_bedrock_provisioned_model_throughput" "own" {
  provisioned_model_name = "own"
  model_arn              = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2"
  model_units            = 1
  %s
}
provider "aws" {
  alias  = "far"
  region = "eu-west-1"
}
"""


@pytest.mark.parametrize(("where", "recorded"), [("", True), ("provider = aws.far", False)])
def test_calls_of_ones_own_models_are_recorded_in_their_region(tmp_path: Path, where: str, recorded: bool) -> None:  # noqa: FBT001
    main = ROLE % ("aws_iam_role.r.arn", "") + RECORDED + OWN % where
    found = told(folder(tmp_path, main), "aws-invocation-log")
    own = ("aws_bedrock_provisioned_model_throughput.own", "logs_to", "aws_cloudwatch_log_group.calls", "declared")
    assert found - {own} == {("ext:bedrock", *own[1:])}
    assert (own in found) is recorded


@pytest.mark.parametrize(("masked", "expected"), [("", "fail"), (MASKED, "pass")])
def test_a_record_of_guarded_calls_that_is_kept_for_ever_passes_only_where_the_log_masks_people(
    tmp_path: Path, masked: str, expected: str
) -> None:
    main = ROLE % ("aws_iam_role.r.arn", "") + GUARDED % ("true", "Deny", "*", "StringNotEquals", THE)
    main += ALLOWED % ('["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]', f'"{FOUNDATION}"')
    found = said(judged(written(tmp_path, **{"main.tf": PROVIDER + main + RECORDED + masked})))
    assert found["conversations-redacted-for-archives", "aws_cloudwatch_log_group.calls"] == expected
