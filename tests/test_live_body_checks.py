"""Which REST APIs of a live account check the bodies of requests, through the real SDK."""

from __future__ import annotations

from denials import connections, flips
from doors import HTTP, REST, Watched, http_api, rest_api
from live import ACCOUNT, REGION, Live
from scanner.model import Unknown

POST, GET = ("POST", "AWS_IAM", False), ("GET", "AWS_IAM", False)


def test_methods_that_take_a_body_check_it_or_not(aws: Live) -> None:
    checked, bare = rest_api(aws, POST, GET, checked=True), rest_api(aws, POST)
    without = rest_api(aws, GET)
    other = http_api(aws, ("POST /a", "AWS_IAM"))
    facts = aws.facts("apigateway", "apigatewayv2")
    told = {id_: (facts[f"{REST}/{id_}"].bodies_checkable, facts[f"{REST}/{id_}"].bodies_checked)
            for id_ in (checked, bare)}  # fmt: skip
    assert told == {checked: (True, True), bare: (True, False)}
    assert facts[f"{REST}/{without}"].bodies_checkable is False
    assert facts[f"{HTTP}/{other}"].bodies_checkable is False


def test_validators_are_asked_for_only_where_a_method_names_one(aws: Live) -> None:
    rest_api(aws, POST)
    (collected,) = aws.collect("apigateway")
    asked = {name for result in collected.results for name in result.asked}
    assert "apigateway:GetRequestValidators" not in asked


def test_a_validator_that_checks_parameters_alone_checks_no_body(aws: Live) -> None:
    api = rest_api(aws, POST, checked=True)
    client = aws.client("apigateway")
    (validator,) = client.get_request_validators(restApiId=api)["items"]
    patch = [{"op": "replace", "path": "/validateRequestBody", "value": "false"}]
    client.update_request_validator(restApiId=api, requestValidatorId=validator["id"], patchOperations=patch)
    assert aws.facts("apigateway")[f"{REST}/{api}"].bodies_checked is False


def test_no_refusal_turns_a_verdict_on_bodies(aws: Live) -> None:
    rest_api(aws, POST, checked=True)
    rest_api(aws, POST)
    assert list(flips(aws, "apigateway")) == []


def test_validators_that_may_not_be_listed_check_nothing_for_certain(aws: Live) -> None:
    api = rest_api(aws, POST, checked=True)
    (collected,) = aws.collect("apigateway", source=Watched(connections(), {"apigateway:GetRequestValidators"}))
    items = [item for result in collected.results for item in result.items if item.type.endswith("request_validator")]
    why = Unknown(f"AccessDeniedException on apigateway:GET in {ACCOUNT} {REGION}")
    assert [(item.values["rest_api_id"], item.values["validate_request_body"]) for item in items] == [(api, why)]
