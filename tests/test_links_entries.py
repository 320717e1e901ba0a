"""Where requests come in and go on to, by hand from fixtures/aws/flows/entries/main.tf; and single settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows import fixture, flows, folder, hidden, told, world_of
from scanner.model import Unknown
from worlds import change

REST, DOCUMENTED = "aws_api_gateway_rest_api.chat", "aws_api_gateway_rest_api.documented"
WEB, QUICK, SOCKET = (f"aws_apigatewayv2_api.{name}" for name in ("web", "quick", "socket"))
FRONT, INSIDE, SITE = "aws_lb.front", "aws_lb.inside", "aws_cloudfront_distribution.site"
GRAPH, ROWS, ASKED = "aws_appsync_graphql_api.graph", "aws_dynamodb_table.rows", "aws_sqs_queue.asked"
MACHINES, SERVICE = "aws_autoscaling_group.machines", "aws_ecs_service.app"


def function(name: str) -> str:
    return f'aws_lambda_function.f["{name}"]'


APIS = {
    (REST, "sends_to", function("rest")),
    (REST, "sends_to", function("check")),
    (REST, "sends_to", ASKED),
    (ROWS, "reads_from", REST),
    (REST, "sends_to", "ext:api.openai.com"),
    (REST, "sends_to", INSIDE),
    (WEB, "sends_to", function("http")),
    (WEB, "sends_to", "ext:backend.acme.example"),
    (WEB, "sends_to", INSIDE),
    (WEB, "sends_to", ASKED),
    (QUICK, "sends_to", function("http")),
    (SOCKET, "sends_to", function("socket")),
}
DOCUMENT = {(DOCUMENTED, "sends_to", function("document"))}
BALANCERS = {
    (FRONT, "sends_to", SERVICE),
    (FRONT, "sends_to", MACHINES),
    (FRONT, "sends_to", function("target")),
    (INSIDE, "sends_to", "aws_instance.old[0]"),
    (INSIDE, "sends_to", "aws_instance.old[1]"),
    (MACHINES, "sends_to", "aws_launch_template.machine"),
}
ORIGINS = {
    (SITE, "sends_to", "aws_s3_bucket.site"),
    (SITE, "sends_to", function("signed")),
    (SITE, "sends_to", "ext:status.vendor.example"),
    (SITE, "sends_to", function("edge")),
}
SOURCES = {
    (GRAPH, "sends_to", function("graph")),
    (ROWS, "reads_from", GRAPH),
    (GRAPH, "sends_to", "ext:search.vendor.example"),
}
PUBLIC = {
    (REST, "declared"),
    (WEB, "declared"),
    (QUICK, "declared"),
    (GRAPH, "declared"),
    (SITE, "declared"),
    (function("open"), "declared"),
    (function("signed"), "possible"),  # only whom permissions name
    (FRONT, "declared"),  # the distribution asks only its port 80, which sends viewers there themselves
}
BY_RULE = {
    "aws-api-": APIS | DOCUMENT,
    "aws-load-balancer": {one for one in BALANCERS if one[0] != MACHINES},
    "aws-instance-group": {one for one in BALANCERS if one[0] == MACHINES},
    "aws-cdn-": ORIGINS,
    "aws-graphql-source": SOURCES,
}


@pytest.mark.parametrize("rule", BY_RULE)
def test_what_every_way_in_hands_on_to(rule: str) -> None:
    assert told(fixture("entries"), rule) == {(*one, "declared") for one in BY_RULE[rule]}


@pytest.mark.parametrize("rule", BY_RULE)
def test_the_plan_alone_tells_the_same(rule: str) -> None:
    found = told(fixture("entries", sources=False), rule)
    assert {one[:3] for one in found} == BY_RULE[rule]
    assert {one[:3] for one in found if one[3] != "declared"} <= DOCUMENT, "a document that is not known"


@pytest.mark.parametrize("sources", [True, False])
def test_where_the_internet_comes_in(*, sources: bool) -> None:
    found = told(fixture("entries", sources=sources), "aws-public-entry", "aws-function-url")
    assert found == {("ext:internet", "sends_to", one, tier) for one, tier in PUBLIC}
    assert {DOCUMENTED, SOCKET}.isdisjoint(one for _, _, one, _ in found), "no stage makes them answer"


_ROUTE = 'resource "aws_apigatewayv2_route" "r" {\n api_id = aws_apigatewayv2_api.a.id\n route_key = "GET /"\n}\n'
_STAGE = 'resource "aws_apigatewayv2_stage" "s" {\n api_id = aws_apigatewayv2_api.a.id\n name = "$default"\n}\n'
_METHOD = """
resource "aws_api_gateway_method" "m" {
  rest_api_id   = aws_api_gateway_rest_api.a.id
  resource_id   = aws_api_gateway_rest_api.a.root_resource_id
  http_method   = "GET"
  authorization = "NONE"
}
"""
_DEPLOYED = 'resource "aws_api_gateway_deployment" "d" {\n rest_api_id = aws_api_gateway_rest_api.a.id\n%s}\n'
_REST_STAGE = """
resource "aws_api_gateway_stage" "s" {
  rest_api_id   = aws_api_gateway_rest_api.a.id
  deployment_id = aws_api_gateway_deployment.d.id
  stage_name    = "live"
}
"""
_HTTP_BODY = 'body = jsonencode({ openapi = "3.0.1", paths = { "/" = { get = {} } } })'


@pytest.mark.parametrize(
    ("more", "parts", "answers"),
    [
        ("", "", False),
        ("", _ROUTE, False),
        ("", _STAGE, False),
        ("", _ROUTE + _STAGE, True),
        (_HTTP_BODY, "", False),
        (_HTTP_BODY, _STAGE, True),
        ('target = "https://backend.acme.example"', "", True),
    ],
)
def test_an_http_api_answers_once_it_has_a_route_and_a_stage(
    tmp_path: Path, more: str, parts: str, *, answers: bool
) -> None:
    api = f'resource "aws_apigatewayv2_api" "a" {{\n name = "a"\n protocol_type = "HTTP"\n {more}\n}}\n'
    found = told(folder(tmp_path, api + parts), "aws-public-entry")
    assert found == ({("ext:internet", "sends_to", "aws_apigatewayv2_api.a", "declared")} if answers else set())


@pytest.mark.parametrize(
    ("parts", "answers"),
    [
        ("", False),
        (_METHOD, False),
        (_METHOD + _DEPLOYED % "", False),
        (_METHOD + _DEPLOYED % ' stage_name = "live"\n', True),
        (_METHOD + _DEPLOYED % "" + _REST_STAGE, True),
        (_DEPLOYED % "" + _REST_STAGE, False),
    ],
)
def test_a_rest_api_answers_once_it_has_a_method_and_a_stage(tmp_path: Path, parts: str, *, answers: bool) -> None:
    found = told(
        folder(tmp_path, 'resource "aws_api_gateway_rest_api" "a" { name = "a" }\n' + parts), "aws-public-entry"
    )
    assert found == ({("ext:internet", "sends_to", "aws_api_gateway_rest_api.a", "declared")} if answers else set())


def test_guards_of_each_way_in() -> None:
    found = flows(fixture("entries"))
    guards = {one: found[f"ext:internet -> {one} (sends_to)"].guards for one, _ in PUBLIC}
    assert guards[REST] == ("authentication", "rate_limit")
    assert guards[WEB] == ("authentication", "rate_limit")
    assert guards[QUICK] == ()
    assert guards[GRAPH] == ("authentication",)
    assert guards[FRONT] == ("rate_limit", "firewall")
    assert guards[function("open")] == ()
    assert guards[function("signed")] == ("authentication",)
    assert isinstance(guards[SITE], Unknown), "its web ACL is elsewhere"


def test_ways_that_are_not_sealed() -> None:
    found = flows(fixture("entries"))
    assert found[f"{FRONT} -> {SERVICE} (sends_to)"].encrypted is False
    assert found[f"{FRONT} -> {function('target')} (sends_to)"].encrypted is True
    assert isinstance(found[f"{INSIDE} -> aws_instance.old[0] (sends_to)"].encrypted, Unknown)
    assert found[f"{SITE} -> {function('signed')} (sends_to)"].encrypted is True
    assert found[f"{SITE} -> ext:status.vendor.example (sends_to)"].encrypted is True, (
        "as the viewer, who is redirected"
    )
    assert found[f"{SITE} -> aws_s3_bucket.site (sends_to)"].encrypted is True
    assert found[f"{REST} -> {INSIDE} (sends_to)"].encrypted is False
    assert found[f"ext:internet -> {FRONT} (sends_to)"].encrypted is True, "the plain listener only redirects"


def test_an_authorizer_hears_no_conversation() -> None:
    found = flows(fixture("entries"))
    assert found[f"{REST} -> {function('check')} (sends_to)"].content is False
    assert found[f"{REST} -> {function('rest')} (sends_to)"].content is True


def test_a_document_that_is_not_known_is_a_gap() -> None:
    assert DOCUMENTED in hidden(fixture("entries", sources=False))
    assert DOCUMENTED not in hidden(fixture("entries"))


API = {"name": "a", "id": "abc123"}
LAMBDA = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{}/invocations"
F_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:f"


def documented(integration: object, **more: object) -> set[tuple[str, str, str]]:
    body = {"openapi": "3.0.1", "paths": {"/": {"post": {"x-amazon-apigateway-integration": integration}}}, **more}
    world = world_of(
        change("aws_api_gateway_rest_api.a", {"name": "a", "body": json.dumps(body)}),
        change("aws_lambda_function.f", {"function_name": "f"}),
    )
    return {one[:3] for one in told(world, "aws-api-")}


A, F = "aws_api_gateway_rest_api.a", "aws_lambda_function.f"


@pytest.mark.parametrize(
    ("integration", "expected"),
    [
        ({"type": "aws_proxy", "uri": LAMBDA.format(F_ARN)}, F),
        ({"type": "aws_proxy", "uri": LAMBDA.format(f"{F_ARN}:live")}, F),
        ({"type": "AWS_PROXY", "uri": F_ARN}, F),
        ({"type": "http_proxy", "uri": "https://api.anthropic.com/v1/messages"}, "ext:api.anthropic.com"),
        ({"type": "mock", "uri": "https://x.example"}, ""),
        ("not an object", ""),
    ],
)
def test_integrations_of_a_document(integration: object, expected: str) -> None:
    assert documented(integration) == ({(A, "sends_to", expected)} if expected else set())


def test_integrations_that_a_document_shares_and_authorizers() -> None:
    reference = {"$ref": "#/components/x-amazon-apigateway-integrations/backend"}
    authorizer = {"x-amazon-apigateway-authorizer": {"authorizerUri": LAMBDA.format(F_ARN)}}
    components = {
        "x-amazon-apigateway-integrations": {"backend": {"type": "http_proxy", "uri": "https://b.example/x"}},
        "securitySchemes": {"check": authorizer},
    }
    assert documented(reference, components=components) == {(A, "sends_to", "ext:b.example"), (A, "sends_to", F)}


def test_a_document_that_cannot_be_read_is_a_gap() -> None:
    assert A in hidden(world_of(change(A, {"name": "a", "body": "{"})))
    body = {"paths": {"/": {"get": {"x-amazon-apigateway-integration": {"type": "aws", "uri": "${stage}"}}}}}
    assert A in hidden(world_of(change(A, {"name": "a", "body": json.dumps(body)})))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"uri": "arn:aws:apigateway:eu-west-1:s3:path/docs/{key}", "integration_http_method": "GET"},
         ("ext:arn:aws:s3:::docs", "reads_from", "ext:abc")),
        ({"uri": "arn:aws:apigateway:eu-west-1:s3:path/docs/{key}", "integration_http_method": "PUT"},
         ("ext:abc", "writes_to", "ext:arn:aws:s3:::docs")),
        ({"uri": "arn:aws:apigateway:eu-west-1:states:action/StartExecution",
          "request_templates": {"application/json": '{"stateMachineArn": "arn:aws:states:eu-west-1:1:stateMachine"}'}},
         ("ext:abc", "invokes", "ext:arn:aws:states:eu-west-1:1:stateMachine")),
        ({"uri": "arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem",
          "request_templates": {"application/json": '{"TableName": "t"}'}}, ("ext:abc", "writes_to", "ext:t")),
    ],
)  # fmt: skip
def test_services_that_an_api_calls_itself(values: dict[str, object], expected: tuple[str, str, str]) -> None:
    one = {"rest_api_id": "abc", "type": "AWS", "http_method": "POST", **values}
    world = world_of(change("aws_api_gateway_integration.i", one))
    assert {flow[:3] for flow in told(world, "aws-api-")} == {expected}


@pytest.mark.parametrize(
    "values",
    [
        {"uri": "arn:aws:apigateway:eu-west-1:s3:path/{bucket}/{key}"},
        {"uri": "arn:aws:apigateway:eu-west-1:sns:action/Publish"},
        {"uri": LAMBDA.format("arn:aws:lambda:eu-west-1:111122223333:function:${stageVariables.name}")},
        {"type": "HTTP", "connection_type": "VPC_LINK", "connection_id": "abcdef", "uri": "http://x.example"},
    ],
)
def test_what_a_request_or_stage_decides_is_a_gap(values: dict[str, object]) -> None:
    world = world_of(change("aws_api_gateway_integration.i", {"rest_api_id": "abc", "type": "AWS", **values}))
    assert not told(world, "aws-api-")
    assert "ext:abc" in hidden(world)


NETWORK = """
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.0.0/24"
}
resource "aws_security_group" "g" {
  vpc_id = aws_vpc.v.id
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["%s"]
  }
}
resource "aws_lb" "b" {
  subnets         = [aws_subnet.s.id]
  security_groups = [aws_security_group.g.id]
}
resource "aws_cloudfront_distribution" "c" {
  enabled = true
  origin {
    origin_id   = "b"
    domain_name = aws_lb.b.dns_name
  }
}
"""


@pytest.mark.parametrize(("range_", "tier"), [("0.0.0.0/0", "declared"), ("10.0.0.0/8", "possible")])
def test_security_groups_decide_who_goes_past_a_distribution(tmp_path: Path, range_: str, tier: str) -> None:
    found = flows(folder(tmp_path, NETWORK % range_))
    assert found["ext:internet -> aws_lb.b (sends_to)"].tier == tier


def test_an_inner_balancer_and_one_that_only_redirects_are_not_ways_in(tmp_path: Path) -> None:
    world = folder(
        tmp_path,
        """
        resource "aws_lb" "inner" { internal = true }
        resource "aws_lb" "redirects" {}
        resource "aws_lb_listener" "r" {
          load_balancer_arn = aws_lb.redirects.arn
          port              = 80
          protocol          = "HTTP"
          default_action {
            type = "redirect"
            redirect { status_code = "HTTP_301" }
          }
        }
        """,
    )
    assert not told(world, "aws-public-entry")


def test_targets_that_are_not_seen_are_gaps(tmp_path: Path) -> None:
    world = folder(
        tmp_path,
        """
        resource "aws_lb" "b" {}
        resource "aws_lb_target_group" "empty" { name = "empty" }
        resource "aws_lb_listener" "l" {
          load_balancer_arn = aws_lb.b.arn
          default_action {
            type             = "forward"
            target_group_arn = aws_lb_target_group.empty.arn
          }
        }
        resource "aws_lb" "c" {}
        resource "aws_lb_listener" "m" {
          load_balancer_arn = aws_lb.c.arn
          default_action {
            type             = "forward"
            target_group_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/elsewhere/1"
          }
        }
        """,
    )
    found = hidden(world)
    assert found["aws_lb.b"] == "what takes the requests of aws_lb_target_group.empty was not seen"
    assert found["aws_lb.c"].endswith("its target group was not seen")


def test_classic_balancers_and_groups_of_instances(tmp_path: Path) -> None:
    world = folder(
        tmp_path,
        """
        resource "aws_instance" "a" {}
        resource "aws_instance" "b" {}
        resource "aws_launch_configuration" "c" { name = "c" }
        resource "aws_autoscaling_group" "g" {
          name                 = "g"
          launch_configuration = aws_launch_configuration.c.name
          load_balancers       = [aws_elb.e.name]
        }
        resource "aws_launch_template" "t" { name = "t" }
        resource "aws_autoscaling_group" "mixed" {
          name = "mixed"
          mixed_instances_policy {
            launch_template {
              launch_template_specification { launch_template_id = aws_launch_template.t.id }
            }
          }
        }
        resource "aws_autoscaling_attachment" "m" {
          autoscaling_group_name = aws_autoscaling_group.mixed.name
          elb                    = aws_elb.e.name
        }
        resource "aws_elb" "e" {
          name      = "e"
          instances = [aws_instance.a.id]
          listener {
            instance_port     = 80
            instance_protocol = "http"
            lb_port           = 443
            lb_protocol       = "https"
          }
        }
        resource "aws_elb_attachment" "b" {
          elb      = aws_elb.e.id
          instance = aws_instance.b.id
        }
        """,
    )
    assert {one[:3] for one in told(world, "aws-load-balancer", "aws-instance-group", "aws-public-entry")} == {
        ("aws_elb.e", "sends_to", "aws_instance.a"),
        ("aws_elb.e", "sends_to", "aws_instance.b"),
        ("aws_elb.e", "sends_to", "aws_autoscaling_group.g"),
        ("aws_elb.e", "sends_to", "aws_autoscaling_group.mixed"),
        ("aws_autoscaling_group.g", "sends_to", "aws_launch_configuration.c"),
        ("aws_autoscaling_group.mixed", "sends_to", "aws_launch_template.t"),
        ("ext:internet", "sends_to", "aws_elb.e"),
    }
    assert flows(world)["ext:internet -> aws_elb.e (sends_to)"].encrypted is True


def test_custom_domains_lead_to_their_api_and_names_to_a_container_service(tmp_path: Path) -> None:
    world = folder(
        tmp_path,
        """
        resource "aws_apigatewayv2_api" "a" {
          name          = "a"
          protocol_type = "HTTP"
        }
        resource "aws_apigatewayv2_domain_name" "d" { domain_name = "api.acme.example" }
        resource "aws_apigatewayv2_api_mapping" "m" {
          api_id      = aws_apigatewayv2_api.a.id
          domain_name = aws_apigatewayv2_domain_name.d.id
          stage       = "$default"
        }
        resource "aws_cloudfront_distribution" "c" {
          enabled = true
          origin {
            origin_id   = "a"
            domain_name = "api.acme.example"
          }
          origin {
            origin_id   = "v"
            domain_name = "ignored.example"
            vpc_origin_config { vpc_origin_id = aws_cloudfront_vpc_origin.v.id }
          }
        }
        resource "aws_lb" "b" { internal = true }
        resource "aws_cloudfront_vpc_origin" "v" {
          vpc_origin_endpoint_config { arn = aws_lb.b.arn }
        }
        resource "aws_service_discovery_service" "s" { name = "s" }
        resource "aws_ecs_service" "e" {
          name = "e"
          service_registries { registry_arn = aws_service_discovery_service.s.arn }
        }
        resource "aws_apigatewayv2_integration" "i" {
          api_id           = aws_apigatewayv2_api.a.id
          integration_type = "HTTP_PROXY"
          connection_type  = "VPC_LINK"
          integration_uri  = aws_service_discovery_service.s.arn
        }
        resource "aws_cloudfront_distribution" "off" {
          enabled = false
          origin {
            origin_id   = "a"
            domain_name = "api.acme.example"
          }
        }
        """,
    )
    assert {one[:3] for one in told(world, "aws-cdn", "aws-api-")} == {
        ("aws_cloudfront_distribution.c", "sends_to", "aws_apigatewayv2_api.a"),
        ("aws_cloudfront_distribution.c", "sends_to", "aws_lb.b"),
        ("aws_apigatewayv2_api.a", "sends_to", "aws_ecs_service.e"),
    }


def test_people_sign_in_from_the_internet(tmp_path: Path) -> None:
    world = folder(tmp_path, 'resource "aws_cognito_user_pool" "p" { name = "p" }')
    assert told(world, "aws-public-entry") == {("ext:internet", "sends_to", "aws_cognito_user_pool.p", "declared")}


GRAPHQL = """
resource "aws_appsync_graphql_api" "a" {
  name                = "a"
  authentication_type = "API_KEY"
}
resource "aws_dynamodb_table" "t" { name = "t" }
resource "aws_iam_role" "r" { assume_role_policy = "{}" }
resource "aws_iam_role_policy" "r" {
  role = aws_iam_role.r.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["dynamodb:PutItem"], Resource = aws_dynamodb_table.t.arn }]
  })
}
resource "aws_appsync_datasource" "t" {
  api_id           = aws_appsync_graphql_api.a.id
  name             = "t"
  service_role_arn = %s
  dynamodb_config { table_name = aws_dynamodb_table.t.name }
}
resource "aws_appsync_resolver" "t" {
  api_id           = aws_appsync_graphql_api.a.id
  data_source      = aws_appsync_datasource.t.name
  request_template = "{}"
}
"""
WRITES = ("aws_appsync_graphql_api.a", "writes_to", "aws_dynamodb_table.t")
READS = ("aws_dynamodb_table.t", "reads_from", "aws_appsync_graphql_api.a")


@pytest.mark.parametrize(
    ("role", "expected"),
    [("aws_iam_role.r.arn", {WRITES}), ('"arn:aws:iam::111122223333:role/other"', {WRITES, READS})],
)
def test_a_role_tells_how_a_table_is_used(tmp_path: Path, role: str, expected: set[tuple[str, str, str]]) -> None:
    found = told(folder(tmp_path, GRAPHQL % role), "aws-graphql-source")
    assert {one[:3] for one in found} == expected
