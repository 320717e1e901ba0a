"""Which APIs and services the internet reaches: those with an address of their own, or one that leads to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import flows, folder, world_of
from scanner.model import Unknown
from test_links_guarding import API, GATEWAY
from test_links_in_account import account
from worlds import change

DISABLED = "disable_execute_api_endpoint = true"
MAPPED = """
resource "aws_apigatewayv2_domain_name" "d" {
  domain_name = "api.acme.example"
}
resource "aws_apigatewayv2_api_mapping" "m" {
  api_id      = aws_apigatewayv2_api.web.id
  domain_name = aws_apigatewayv2_domain_name.d.id
  stage       = aws_apigatewayv2_stage.web.id
}
"""


@pytest.mark.parametrize(
    ("own", "mapped", "tier"),
    [
        ("", "", "declared"),
        (DISABLED, MAPPED, "declared"),
        (DISABLED, "", "possible"),  # a domain name may be made elsewhere
        ("disable_execute_api_endpoint = aws_s3_object.o.bucket_key_enabled", "", "possible"),
        ("disable_execute_api_endpoint = aws_s3_object.o.bucket_key_enabled", MAPPED, "declared"),
        (DISABLED, MAPPED.replace("aws_apigatewayv2_api.web.id", "aws_s3_object.o.version_id"), "possible"),
    ],
)
def test_an_api_whose_own_endpoint_is_disabled(own: str, mapped: str, tier: str, tmp_path: Path) -> None:
    main = GATEWAY.replace('protocol_type = "HTTP"', f'protocol_type = "HTTP"\n  {own}')
    assert flows(folder(tmp_path, main + mapped))[f"ext:internet -> {API} (sends_to)"].tier == tier


def test_an_account_tells_that_no_domain_name_leads_to_an_api() -> None:
    arn = "arn:aws:apigateway:eu-west-1::/apis/abc123"
    route = ("aws_apigatewayv2_route", f"{arn}/routes/r", {"api_id": "abc123", "route_key": "GET /"})
    stage = ("aws_apigatewayv2_stage", f"{arn}/stages/s", {"api_id": "abc123", "name": "$default"})
    api = {"id": "abc123", "protocol_type": "HTTP", "disable_execute_api_endpoint": False}
    entry = f"ext:internet -> {arn} (sends_to)"
    assert entry in flows(account(("aws_apigatewayv2_api", arn, api), route, stage))
    shut = {**api, "disable_execute_api_endpoint": True}
    assert entry not in flows(account(("aws_apigatewayv2_api", arn, shut), route, stage))


SERVICE = """
resource "aws_apprunner_service" "s" {
  service_name = "s"
  source_configuration {
    image_repository {
      image_identifier      = "public.ecr.aws/acme/chat:1"
      image_repository_type = "ECR_PUBLIC"
    }
  }
  network_configuration {
    ingress_configuration {
      is_publicly_accessible = %s
    }
  }
}
"""


@pytest.mark.parametrize(
    ("public", "tier"), [("true", "declared"), ("false", ""), ("aws_s3_object.o.bucket_key_enabled", "possible")]
)
def test_a_service_that_runs_itself_answers_the_internet(public: str, tier: str, tmp_path: Path) -> None:
    found = flows(folder(tmp_path, SERVICE % public)).get("ext:internet -> aws_apprunner_service.s (sends_to)")
    assert (found.tier if found else "") == tier
    assert found is None or found.guards == ()


def test_a_service_has_an_address_unless_its_settings_take_it_away(tmp_path: Path) -> None:
    plain = SERVICE.partition("  network_configuration")[0] + "}\n"
    one = flows(folder(tmp_path, plain))["ext:internet -> aws_apprunner_service.s (sends_to)"]
    assert (one.tier, one.encrypted) == ("declared", True)


def test_an_api_of_graphs_behind_a_firewall_with_a_rate_rule() -> None:
    world = world_of(
        change("aws_appsync_graphql_api.g", {"name": "g", "arn": "arn:g", "authentication_type": "AWS_IAM"}),
        change("aws_wafv2_web_acl.w", {
            "arn": "arn:w", "scope": "REGIONAL",
            "rule": [{
                "name": "r", "priority": 1, "action": [{"block": [{}]}],
                "statement": [{"rate_based_statement": [{"limit": 100}]}],
            }],
        }),
        change("aws_wafv2_web_acl_association.w", {"resource_arn": "arn:g", "web_acl_arn": "arn:w"}),
    )  # fmt: skip
    one = flows(world)["ext:internet -> aws_appsync_graphql_api.g (sends_to)"]
    assert one.guards == ("authentication", "rate_limit", "firewall")
    assert not isinstance(one.guards, Unknown)
