"""An API of which one route is open: what stands behind the others is asked for all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows import flows, folder
from scanner.kinds import Flow
from scanner.model import Unknown
from test_links_in_account import account

REST, HTTP = "aws_api_gateway_rest_api.r", "aws_apigatewayv2_api.web"
CODE = """
resource "aws_lambda_function" "f" {
  for_each      = toset(["chat", "health"])
  function_name = each.key
  role          = "arn:aws:iam::111122223333:role/f"
}
"""
API = """
resource "aws_api_gateway_rest_api" "r" {
  name = "r"
}
resource "aws_api_gateway_resource" "p" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  parent_id   = aws_api_gateway_rest_api.r.root_resource_id
  path_part   = "chat"
}
"""
WEB = """
resource "aws_apigatewayv2_api" "web" {
  name          = "web"
  protocol_type = "%s"
}
resource "aws_apigatewayv2_integration" "i" {
  for_each         = aws_lambda_function.f
  api_id           = aws_apigatewayv2_api.web.id
  integration_type = "AWS_PROXY"
  integration_uri  = each.value.invoke_arn
}
"""


def method(name: str, verb: str, asks: str, to: str) -> str:
    return f"""
resource "aws_api_gateway_method" "{name}" {{
  rest_api_id   = aws_api_gateway_rest_api.r.id
  resource_id   = aws_api_gateway_resource.p.id
  http_method   = "{verb}"
  authorization = {asks}
}}
resource "aws_api_gateway_integration" "{name}" {{
  rest_api_id             = aws_api_gateway_rest_api.r.id
  resource_id             = aws_api_gateway_resource.p.id
  http_method             = aws_api_gateway_method.{name}.http_method
  integration_http_method = "POST"
  type                    = "AWS_PROXY"
  uri                     = aws_lambda_function.f["{to}"].invoke_arn
}}
"""


def route(name: str, key: str, asks: str, to: str) -> str:
    return f"""
resource "aws_apigatewayv2_route" "{name}" {{
  api_id             = aws_apigatewayv2_api.web.id
  route_key          = "{key}"
  authorization_type = {asks}
  target             = {to}
}}
"""


def to(name: str) -> str:
    return f'"integrations/${{aws_apigatewayv2_integration.i["{name}"].id}}"'


def lead(tmp_path: Path, main: str, api: str) -> dict[str, Flow]:
    found = flows(folder(tmp_path, CODE + main))
    return {name: found[f'{api} -> aws_lambda_function.f["{name}"] (sends_to)'] for name in ("chat", "health")}


OPEN, SIGNED = '"NONE"', '"AWS_IAM"'
CHAT = method("chat", "POST", SIGNED, "chat")


@pytest.mark.parametrize(
    ("other", "chat"),
    [
        (method("health", "GET", OPEN, "health"), ("authentication",)),
        (method("health", "GET", OPEN, "health") + method("again", "PUT", OPEN, "chat"), ()),
        (
            method("health", "GET", OPEN, "health") + method("before", "OPTIONS", OPEN, "chat"),
            ("authentication",),
        ),
        (method("health", "GET", SIGNED, "health"), ()),  # all ask: that stands where the API is entered
    ],
)
def test_methods_of_one_backend(other: str, chat: tuple[str, ...], tmp_path: Path) -> None:
    found = lead(tmp_path, API + CHAT + other, REST)
    assert (found["chat"].guards, found["health"].guards) == (chat, ())


def test_a_method_that_may_ask(tmp_path: Path) -> None:
    asks = "aws_s3_object.o.version_id"
    more = method("health", "GET", OPEN, "health") + method("again", "PUT", asks, "chat")
    assert isinstance(lead(tmp_path, API + CHAT + more, REST)["chat"].guards, Unknown)


ASK = route("chat", "POST /chat", SIGNED, to("chat"))
HEALTH = route("health", "GET /health", OPEN, to("health"))


@pytest.mark.parametrize(
    ("more", "chat"),
    [
        ("", ("authentication",)),
        (route("again", "PUT /chat", OPEN, to("chat")), ()),
        (route("before", "OPTIONS /{any+}", OPEN, to("chat")), ("authentication",)),
        (route("elsewhere", "GET /status", OPEN, "aws_s3_object.o.version_id"), None),
    ],
)
def test_routes_of_one_backend(more: str, chat: tuple[str, ...] | None, tmp_path: Path) -> None:
    found = lead(tmp_path, WEB % "HTTP" + ASK + HEALTH + more, HTTP)
    assert found["health"].guards == ()
    assert found["chat"].guards == chat if chat is not None else isinstance(found["chat"].guards, Unknown)


def test_a_connection_is_asked_once_for_all_routes(tmp_path: Path) -> None:
    routes = route("c", "$connect", OPEN, to("health")) + route("m", "sendmessage", SIGNED, to("chat"))
    assert lead(tmp_path, WEB % "WEBSOCKET" + routes, HTTP)["chat"].guards == ()


def test_operations_of_a_document(tmp_path: Path) -> None:
    def operation(name: str, **more: object) -> dict[str, object]:
        uri = f'${{aws_lambda_function.f["{name}"].invoke_arn}}'
        return {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": uri}, **more}

    document = {
        "openapi": "3.0.1",
        "paths": {
            "/chat": {"post": operation("chat", security=[{"sign": []}]), "options": operation("chat")},
            "/health": {"get": operation("health")},
        },
        "components": {"securitySchemes": {"sign": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"}}},
    }
    text = json.dumps(document, indent=2).replace('[\\"', '["').replace('\\"]', '"]')
    main = f'resource "aws_api_gateway_rest_api" "r" {{\n  name = "r"\n  body = <<-BODY\n{text}\nBODY\n}}\n'
    found = lead(tmp_path, main, REST)
    assert (found["chat"].guards, found["health"].guards) == (("authentication",), ())


def test_routes_of_an_account_name_integrations_by_id() -> None:
    arn, region = "arn:aws:apigateway:eu-west-1::/apis/abc123", "arn:aws:lambda:eu-west-1:111122223333:function"
    api = ("aws_apigatewayv2_api", arn, {"id": "abc123", "protocol_type": "HTTP"})
    items = [("aws_apigatewayv2_stage", f"{arn}/stages/s", {"api_id": "abc123", "name": "$default"})]
    for name, asks in (("chat", "AWS_IAM"), ("health", "NONE")):
        values = {"api_id": "abc123", "route_key": f"GET /{name}", "authorization_type": asks}
        items += [
            ("aws_lambda_function", f"{region}:{name}", {"arn": f"{region}:{name}", "function_name": name}),
            ("aws_apigatewayv2_integration", f"{arn}/integrations/{name}", {
                "id": name, "api_id": "abc123", "integration_type": "AWS_PROXY",
                "integration_uri": f"{region}:{name}",
            }),
            ("aws_apigatewayv2_route", f"{arn}/routes/{name}", {**values, "target": f"integrations/{name}"}),
        ]  # fmt: skip
    found = flows(account(api, *items))
    assert found[f"{arn} -> {region}:chat (sends_to)"].guards == ("authentication",)
    assert found[f"{arn} -> {region}:health (sends_to)"].guards == ()


def test_a_place_that_is_not_known_may_be_asked_or_not(tmp_path: Path) -> None:
    lost = CHAT.replace("aws_api_gateway_resource.p.id", "aws_s3_object.o.version_id")
    found = lead(tmp_path, API + lost + method("health", "GET", OPEN, "health"), REST)
    assert isinstance(found["chat"].guards, Unknown)


@pytest.mark.parametrize(("asks", "known"), [(SIGNED, True), (OPEN, False)])
def test_a_route_that_may_lead_to_it(asks: str, known: bool, tmp_path: Path) -> None:  # noqa: FBT001
    perhaps = route("chat", "POST /chat", asks, "aws_s3_object.o.version_id")
    guards = lead(tmp_path, WEB % "HTTP" + HEALTH + perhaps, HTTP)["chat"].guards
    assert guards == ("authentication",) if known else isinstance(guards, Unknown)


def test_an_integration_that_no_route_names_is_guarded_by_none(tmp_path: Path) -> None:
    assert lead(tmp_path, WEB % "HTTP" + HEALTH, HTTP)["chat"].guards == ()
