"""Which REST APIs check the bodies of requests, in methods and in documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.model import Unknown
from worlds import change, facts_of, plan, scan, verdicts

API = "aws_api_gateway_rest_api.chat"
CHECKS: dict[str, Any] = {"x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True}, "none": {}}}
SCHEMA: dict[str, Any] = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}


def told(*changes: dict[str, Any], **more: Any) -> tuple[Any, Any]:
    """Whether bodies can be checked, and are; None for what is not known."""
    entry = facts_of(plan(*changes, **more))[API]
    facts = (entry.bodies_checkable, entry.bodies_checked)  # type: ignore[attr-defined]
    return tuple(None if isinstance(fact, Unknown) else fact for fact in facts)  # type: ignore[return-value]


def api(**more: Any) -> dict[str, Any]:
    return change(API, {"id": "a1", "name": "chat", **more})


def method(verb: str, **more: Any) -> dict[str, Any]:
    return change(f"aws_api_gateway_method.{verb.lower()}", {"rest_api_id": "a1", "http_method": verb, **more})


def validator(*, checks: bool) -> dict[str, Any]:
    return change(
        "aws_api_gateway_request_validator.v", {"id": "v1", "rest_api_id": "a1", "validate_request_body": checks}
    )


MODELS = {"application/json": "Message"}


@pytest.mark.parametrize(
    ("more", "checks", "answer"),
    [
        ({}, True, False),
        ({"request_validator_id": "v1"}, True, False),
        ({"request_models": MODELS}, True, False),
        ({"request_validator_id": "v1", "request_models": MODELS}, True, True),
        ({"request_validator_id": "v1", "request_models": MODELS}, False, False),
        ({"request_validator_id": "elsewhere", "request_models": MODELS}, True, None),
    ],
)
def test_a_method_needs_a_validator_of_bodies_and_a_model(
    more: dict[str, Any],
    checks: bool,  # noqa: FBT001
    answer: bool | None,  # noqa: FBT001
) -> None:
    assert told(api(), validator(checks=checks), method("POST", **more)) == (True, answer)


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "ANY"])
def test_whatever_takes_a_body_is_asked(verb: str) -> None:
    assert told(api(), method("GET"), method(verb)) == (True, False)


def test_an_api_that_takes_no_body_is_not_asked() -> None:
    assert told(api(), method("GET"), method("DELETE"), method("OPTIONS")) == (False, False)


def test_an_api_without_methods_in_the_plan_is_not_known() -> None:
    assert told(api()) == (None, None)


def test_one_method_that_takes_anything_is_enough_to_fail() -> None:
    checked = {"request_validator_id": "v1", "request_models": MODELS}
    assert told(api(), validator(checks=True), method("POST", **checked), method("PUT")) == (True, False)
    assert told(api(), validator(checks=True), method("POST", **checked), method("GET")) == (True, True)


def document(operation: dict[str, Any], verb: str = "post", **root: Any) -> str:
    return json.dumps({"openapi": "3.0.1", "paths": {"/chat": {verb: operation}}, **root})


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (document({}), (True, False)),
        (document(SCHEMA, **CHECKS), (True, False)),
        (document({**SCHEMA, "x-amazon-apigateway-request-validator": "all"}, **CHECKS), (True, True)),
        (document({**SCHEMA, "x-amazon-apigateway-request-validator": "none"}, **CHECKS), (True, False)),
        (document({"x-amazon-apigateway-request-validator": "all"}, **CHECKS), (True, False)),
        (document(SCHEMA, **CHECKS, **{"x-amazon-apigateway-request-validator": "all"}), (True, True)),
        (
            document(
                {"parameters": [{"in": "body", "name": "b", "schema": {"$ref": "#/definitions/M"}}]},
                **CHECKS,
                **{"x-amazon-apigateway-request-validator": "all"},
            ),
            (True, True),
        ),
        (document({}, verb="get"), (False, False)),
        (document({}, verb="x-amazon-apigateway-any-method"), (True, False)),
        ("nothing: of the kind", (None, None)),
    ],
)
def test_documents_name_validators_by_extensions(body: str, answer: tuple[bool | None, bool | None]) -> None:
    assert told(api(body=body)) == answer


def test_apis_that_cannot_check_bodies_are_not_asked() -> None:
    content = plan(
        change("aws_apigatewayv2_api.feedback", {"name": "feedback", "protocol_type": "HTTP"}),
        change("aws_appsync_graphql_api.graph", {"name": "graph", "authentication_type": "AWS_IAM"}),
    )
    assert verdicts(scan(content), {"entrypoint-bodies-checked"}) == {}
