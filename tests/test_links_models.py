"""Who calls models: expected by hand from fixtures/aws/flows/models/main.tf."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import fixture, flows, folder, hidden, reason, told
from scanner.clouds.aws.links.model_ids import GEOGRAPHIES, in_text
from scanner.model import Unknown

MODEL = "anthropic.claude-3-5-sonnet-20240620-v1:0"
OWN, ENDPOINT = "aws_bedrock_provisioned_model_throughput.own", "aws_sagemaker_endpoint.own"
US = ("us-east-1", "us-east-2", "us-west-2")
CAPTURED = "aws_s3_bucket.captured"


def caller(name: str) -> str:
    return f'aws_lambda_function.caller["{name}"]'


def call(name: str, target: str = "ext:bedrock") -> str:
    return f"{caller(name)} -> {target} (invokes)"


SURE = {
    **dict.fromkeys(("scoped", "profile", "guarded", "denied", "named"), "likely"),
    **dict.fromkeys(("everything", "wide", "perhaps"), "possible"),
}
"""Tiers of calls of Bedrock; `none` is denied every call, `masked` may call its own models alone."""


def test_calls_of_bedrock_by_permission() -> None:
    found = {
        (source, tier) for source, _, target, tier in told(fixture("models"), "aws-model") if target == "ext:bedrock"
    }
    assert found == {(caller(name), tier) for name, tier in SURE.items()}


def test_models_of_ones_own_are_nodes_of_their_own() -> None:
    found = flows(fixture("models"))
    assert found[call("masked", OWN)].tier == "likely"
    assert found[call("masked", ENDPOINT)].tier == "likely"
    assert found[call("masked", OWN)].attribute == "aws_iam_role_policy.masked#2"
    assert found[call("wide", OWN)].tier == "possible"
    assert call("none", OWN) not in found


def test_a_call_says_which_models_and_where() -> None:
    found = flows(fixture("models"))
    assert found[call("scoped")].models == (MODEL,)
    assert found[call("scoped")].regions == ("us-west-2",)
    assert found[call("profile")].models == (MODEL,)
    assert found[call("profile")].regions == US, "to us-west-1 it leads from nowhere else"
    assert found[call("profile")].regions_open == ("us-east-2",), "some profiles lead there, and others do not"
    assert found[call("named")].models == (MODEL,)
    assert found[call("named")].regions == GEOGRAPHIES["eu"]
    assert reason(found[call("wide")].models) == "its permissions name no single models"
    assert found[call("wide")].regions == ("us-east-1",), "where the function itself runs"
    assert found[call("scoped")].attribute == "aws_iam_role_policy.scoped#1"
    assert found[call("scoped")].origin.file.endswith("main.tf")


def test_a_guardrail_that_permissions_demand_stands_on_every_call() -> None:
    found = flows(fixture("models"))
    assert found[call("guarded")].guards == ("guardrail", "redaction")
    assert found[call("guarded")].redacts is True
    assert found[call("denied")].guards == ("guardrail",), "what it redacts is another matter"
    assert "abc123" in reason(found[call("denied")].redacts)
    assert found[call("scoped")].guards == ()
    assert "may apply guardrails" in reason(found[call("perhaps")].guards)


def test_what_an_endpoint_runs_and_keeps() -> None:
    assert told(fixture("models", sources=False), "aws-endpoint-capture", "aws-endpoint-model") == {
        (ENDPOINT, "writes_to", CAPTURED, "declared"),
        (ENDPOINT, "writes_to", "ext:arn:aws:s3:::elsewhere-answers", "declared"),
        (ENDPOINT, "sends_to", "aws_sagemaker_model.own", "declared"),
    }


def test_a_policy_that_the_plan_does_not_show_counts_by_what_it_is_made_from() -> None:
    found = flows(fixture("models", sources=False))
    assert call("guarded") in found, "its policy is made from a guardrail"
    assert found[call("guarded")].tier == "possible"
    assert found[call("masked", ENDPOINT)].tier == "likely"
    assert call("masked") not in found
    assert call("guarded", ENDPOINT) not in found


ROLE = """
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = %s
  filename      = "f.zip"
  environment {
    variables = { %s }
  }
}
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = "{}"
}
"""
ALLOWED = """
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = %s, Resource = %s }]
  })
}
"""
ONE = "aws_lambda_function.f -> ext:bedrock (invokes)"


def test_a_setting_alone_shows_a_possible_call(tmp_path: Path) -> None:
    settings = f'MODEL = "us.{MODEL}"'
    world = folder(tmp_path, ROLE % ('"arn:aws:iam::111122223333:role/elsewhere"', settings))
    found = flows(world)[ONE]
    assert (found.tier, found.models, found.regions) == ("possible", (MODEL,), US)
    assert isinstance(found.guards, Unknown)
    assert told(folder(tmp_path / "own", ROLE % ("aws_iam_role.r.arn", settings)), "aws-model") == set()


@pytest.mark.parametrize(
    ("resource", "models", "regions"),
    [
        ('"arn:aws:bedrock:us-east-1::foundation-model/meta.*"', Unknown, ("us-east-1",)),
        ('"arn:aws:bedrock:*:111122223333:inference-profile/global.*"', Unknown, ("global",)),
        (
            '["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0"]',
            ("amazon.nova-pro-v1:0",),
            ("eu-west-1",),
        ),
    ],
)
def test_patterns_of_models_leave_open_which(
    tmp_path: Path, resource: str, models: object, regions: tuple[str, ...]
) -> None:
    main = ROLE % ("aws_iam_role.r.arn", "") + ALLOWED % ('"bedrock:InvokeModel"', resource)
    found = flows(folder(tmp_path, main))[ONE]
    assert found.models == models or (models is Unknown and isinstance(found.models, Unknown))
    assert found.regions == regions
    assert found.tier == "likely"


def test_a_guardrail_of_settings_is_no_proof(tmp_path: Path) -> None:
    guardrail = """
    resource "aws_bedrock_guardrail" "g" {
      name                      = "g"
      blocked_input_messaging   = "no"
      blocked_outputs_messaging = "no"
    }
    """
    settings = "GUARDRAIL = aws_bedrock_guardrail.g.guardrail_id"
    main = ROLE % ("aws_iam_role.r.arn", settings) + ALLOWED % ('"bedrock:InvokeModel"', '"*"') + guardrail
    assert "settings name a guardrail" in reason(flows(folder(tmp_path, main))[ONE].guards)


GUARDED = """
resource "aws_bedrock_guardrail" "g" {
  name                      = "g"
  blocked_input_messaging   = "no"
  blocked_outputs_messaging = "no"
  sensitive_information_policy_config {
    dynamic "pii_entities_config" {
      for_each = toset(["NAME", "EMAIL", "PHONE"])
      content {
        type          = pii_entities_config.value
        action        = "ANONYMIZE"
        input_enabled = %s
      }
    }
  }
}
resource "aws_bedrock_guardrail" "idle" {
  name                      = "idle"
  blocked_input_messaging   = "no"
  blocked_outputs_messaging = "no"
}
resource "aws_bedrock_guardrail_version" "v" {
  guardrail_arn = aws_bedrock_guardrail.g.guardrail_arn
}
resource "aws_bedrock_guardrail_version" "lost" {
  guardrail_arn = "arn:aws:bedrock:us-east-1:111122223333:guardrail/elsewhere"
}
resource "aws_iam_role_policy" "d" {
  role   = aws_iam_role.r.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect    = "%s"
      Action    = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
      Resource  = "%s"
      Condition = { "%s" = { "bedrock:GuardrailIdentifier" = %s } }
    }]
  })
}
"""
FOUNDATION = f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"
OTHER = "arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-8b-instruct-v1:0"
THE = "aws_bedrock_guardrail.g.guardrail_arn"
BOTH = f"[{THE}, aws_bedrock_guardrail.idle.guardrail_arn]"
REDACTS, NOT_SO, OPEN = "guardrail, redaction", "guardrail", "guardrail?"


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("StringNotEquals", THE, REDACTS),
        ("StringNotLike", f'"${{{THE}}}:*"', REDACTS),
        ("StringNotEquals", f'"${{{THE}}}:1"', REDACTS),
        ("ArnNotEquals", BOTH, OPEN),
        ("StringNotEquals", "aws_bedrock_guardrail_version.v.guardrail_arn", REDACTS),
        ("StringNotEquals", "aws_bedrock_guardrail_version.lost.guardrail_arn", OPEN),
        ("StringNotLike", '"*"', OPEN),
        ("StringNotLike", '"arn:aws:bedrock:*:111122223333:guardrail/*"', OPEN),
        ("Null", '"true"', OPEN),
        ("StringNotEquals", '"arn:aws:bedrock:us-east-1:111122223333:guardrail/abc:2"', OPEN),
        ("StringNotEquals", "aws_bedrock_guardrail.idle.guardrail_arn", NOT_SO),
        ("Null", '"false"', ""),
        ("StringEquals", THE, ""),
        ("StringNotEqualsIfExists", THE, REDACTS),
        ("ForAnyValue:StringNotEquals", THE, ""),
    ],
)
def test_a_guardrail_stands_there_where_no_call_without_it_is_let_through(
    tmp_path: Path, condition: str, values: str, expected: str
) -> None:
    assert guard(tmp_path, "true", "Deny", "*", condition, values) == expected


def guard(path: Path, *about: str, settings: str = "", allowed: str = FOUNDATION) -> str:
    """What stands before the call; with a question mark where only what it redacts is open."""
    main = ROLE % ("aws_iam_role.r.arn", settings) + GUARDED % about
    if about[1] == "Deny":
        main += ALLOWED % ('["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]', f'"{allowed}"')
    found = flows(folder(path, main))[ONE]
    assert (found.tier, isinstance(found.guards, Unknown)) == ("likely", False), found
    return ", ".join(found.guards) + "?" * isinstance(found.redacts, Unknown)  # type: ignore[arg-type]


def test_a_guardrail_that_is_deaf_on_its_way_in_redacts_no_prompt(tmp_path: Path) -> None:
    assert guard(tmp_path, "false", "Deny", "*", "StringNotEquals", THE) == NOT_SO


def test_a_guardrail_may_be_a_condition_of_what_is_allowed(tmp_path: Path) -> None:
    assert guard(tmp_path / "a", "true", "Allow", FOUNDATION, "StringEquals", THE) == REDACTS
    assert guard(tmp_path / "b", "true", "Allow", FOUNDATION, "Null", '"false"') == OPEN
    assert guard(tmp_path / "c", "true", "Allow", "*", "StringLike", '"*"') == OPEN
    assert guard(tmp_path / "d", "true", "Allow", FOUNDATION, "StringEqualsIfExists", THE) == ""


def test_a_guardrail_that_another_model_demands_stands_before_none_else(tmp_path: Path) -> None:
    assert guard(tmp_path / "a", "true", "Deny", OTHER, "StringNotEquals", THE) == ""
    assert guard(tmp_path / "b", "true", "Deny", OTHER, "StringNotEquals", THE, allowed="*") == ""
    one = guard(
        tmp_path / "c", "true", "Deny", OTHER, "StringNotEquals", THE, settings=f'MODEL = "{MODEL}"', allowed="*"
    )
    assert one == ""


def test_a_model_of_settings_may_be_guarded_while_others_are_not(tmp_path: Path) -> None:
    named = ROLE % ("aws_iam_role.r.arn", f'MODEL = "{MODEL}"') + ALLOWED % ('"bedrock:InvokeModel"', '"*"')
    about = ("true", "Deny", f"arn:aws:bedrock:*::foundation-model/{MODEL}", "StringNotEquals", THE)
    found = flows(folder(tmp_path, named + GUARDED % about))[ONE]
    assert "do not name can be called without" in reason(found.guards)


def test_models_in_texts() -> None:
    assert tuple(in_text(f"MODEL=us.{MODEL} other").models) == (MODEL,)
    assert tuple(in_text("https://api.mistral.ai/v1, cohere.com, amazon.com, x-anthropic.y").models) == ()
    assert tuple(in_text('"arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-embed-text-v2:0"').models) == (
        "amazon.titan-embed-text-v2:0",
    )
    assert tuple(in_text(f"jp.{MODEL}").regions) == GEOGRAPHIES["jp"]


def test_where_a_profile_leads_depends_on_the_region_of_the_call() -> None:
    ours = in_text(f"us.{MODEL}")
    assert ours.places("us-east-1") == {"regions": US, "regions_open": ("us-east-2",)}
    assert ours.places("us-west-1") == {"regions": GEOGRAPHIES["us"], "regions_open": ("us-east-2", "us-west-1")}
    assert ours.places("")["regions_open"] == ("us-east-2", "us-west-1"), "where it is called from is not known"
    assert in_text(f"global.{MODEL}").places("eu-west-1") == {"regions": ("global",), "regions_open": ()}
    assert in_text(MODEL).places("eu-west-1") == {"regions": ("eu-west-1",), "regions_open": ()}


@pytest.mark.parametrize(
    ("region", "regions", "open_"),
    [
        ("*", ("eu-west-1", "us-east-1"), ("eu-west-1",)),
        ("us-east-1", ("us-east-1",), ()),
    ],
)
def test_a_region_of_settings_may_be_where_models_are_called(
    tmp_path: Path, region: str, regions: tuple[str, ...], open_: tuple[str, ...]
) -> None:
    resource = f'"arn:aws:bedrock:{region}::foundation-model/{MODEL}"'
    settings = 'BEDROCK_REGION = "eu-west-1", NOTE = "see us-west-2"'
    main = ROLE % ("aws_iam_role.r.arn", settings) + ALLOWED % ('"bedrock:InvokeModel"', resource)
    found = flows(folder(tmp_path, main))[ONE]
    assert (found.regions, found.regions_open) == (regions, open_)


def test_an_endpoint_of_which_the_configuration_was_not_seen_hides_flows(tmp_path: Path) -> None:
    endpoint = 'resource "aws_sagemaker_endpoint" "e" {\n  endpoint_config_name = "elsewhere"\n}'
    assert "aws_sagemaker_endpoint.e" in hidden(folder(tmp_path, endpoint))
