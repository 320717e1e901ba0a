"""Entry points of AWS: rules and odd shapes that a real plan does not show cheaply."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.clouds.aws.entrypoints import operations
from scanner.clouds.aws.entrypoints.api_gateway import domain_tls12
from scanner.clouds.aws.entrypoints.balancers import policy_tls12
from scanner.clouds.aws.entrypoints.callers import only_known_callers
from scanner.clouds.aws.iam.policydoc import Document, PolicyStatement, parse
from scanner.logic import plain
from scanner.model import Unknown
from worlds import change, facts_of, plan

Answer = bool | str


def said(fact: object) -> Answer:
    """True, False or "unknown"."""
    return "unknown" if isinstance(fact, Unknown) else bool(fact)


def _of(resource: object, name: str) -> object:
    """A fact of a resource of whichever kind."""
    return getattr(resource, name)


def _reference(*texts: str) -> dict[str, Any]:
    return {"references": list(texts)}


def _rest(policy: object = None, **more: Any) -> dict[str, Any]:
    return change("aws_api_gateway_rest_api.a", {"id": "api1", "name": "a", "policy": policy, **more}, before={})


def _method(authorization: str = "NONE", verb: str = "GET", *, key: bool = False) -> dict[str, Any]:
    values = {"rest_api_id": "api1", "http_method": verb, "authorization": authorization, "api_key_required": key}
    return change(f"aws_api_gateway_method.{verb.lower()}", values)


def _stage(**more: Any) -> dict[str, Any]:
    return change("aws_api_gateway_stage.s", {"rest_api_id": "api1", "stage_name": "live", **more})


def _fact(content: bytes, address: str, name: str) -> object:
    return getattr(facts_of(content)[address], name)


# Documents ------------------------------------------------------------------------------------------------------------

_LAMBDA = {
    "type": "apiKey",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {"type": "token"},
}


def _document(operation: dict[str, Any], **top: Any) -> str:
    schemes = {"lambda": _LAMBDA, "key": {"type": "apiKey", "name": "x-api-key"}, "bearer": {"type": "http"}}
    return json.dumps({"paths": {"/chat": {"post": operation}}, "components": {"securitySchemes": schemes}, **top})


@pytest.mark.parametrize(
    ("operation", "top", "wanted"),
    [
        ({"security": [{"lambda": []}]}, {}, True),
        ({"security": [{"lambda": [], "key": []}]}, {}, True),
        ({"security": [{"key": []}]}, {}, False),
        ({"security": [{"bearer": []}]}, {}, False),
        ({"security": [{"lambda": []}, {"key": []}]}, {}, False),
        ({"security": [{"lambda": []}, {}]}, {}, False),
        ({"security": []}, {"security": [{"lambda": []}]}, False),
        ({}, {"security": [{"lambda": []}]}, "unknown"),
        ({}, {"security": [{"key": []}]}, False),
        ({}, {}, False),
        ({"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}, {}, True),
        ({"x-amazon-apigateway-auth": {"type": "NONE"}}, {}, False),
        ({"security": [{"nowhere": []}]}, {}, False),
        ({"security": "lambda"}, {}, False),
    ],
)
def test_operations_of_a_document_ask_by_schemes_that_api_gateway_applies(
    operation: dict[str, Any], top: dict[str, Any], wanted: Answer
) -> None:
    found = operations.from_document(_document(operation, **top))
    assert not isinstance(found, Unknown)
    assert said(plain(operations.authorized(found))) == wanted


def test_any_method_and_yaml_are_read_and_options_left_out() -> None:
    text = "paths:\n  /chat:\n    x-amazon-apigateway-any-method: {}\n    options: {}\n    parameters: []\n  /odd: 1\n"
    found = operations.from_document(text)
    assert not isinstance(found, Unknown)
    assert [op.name for op in found] == ["ANY /chat"]


@pytest.mark.parametrize("text", ["{", "[]", "a: [", "{}", '{"paths": []}', "\x00", "x: !!python/name:os.system"])
def test_a_document_that_is_none_is_unknown(text: str) -> None:
    assert isinstance(operations.from_document(text), Unknown)


def test_a_key_is_asked_for_only_where_every_alternative_names_it() -> None:
    found = operations.from_document(_document({"security": [{"key": [], "lambda": []}]}))
    assert not isinstance(found, Unknown)
    assert [op.needs_key for op in found] == [True]


def test_a_document_of_a_rest_api_that_is_no_openapi_is_unknown() -> None:
    assert said(_fact(plan(_rest(body="nothing")), "aws_api_gateway_rest_api.a", "authenticated")) == "unknown"


# Resource policies ----------------------------------------------------------------------------------------------------


def _policy(*statements: dict[str, Any]) -> Document:
    document = parse(json.dumps({"Statement": list(statements)}), "policy")
    assert isinstance(document, Document)
    return document


_ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}
_BUT_ONE = {name: part for name, part in _ANYBODY.items() if name != "Principal"}
_ORG = {"aws:PrincipalOrgID": "o-1"}


@pytest.mark.parametrize(
    ("statements", "wanted"),
    [
        ([_ANYBODY], False),
        ([{**_ANYBODY, "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}}], True),
        ([{**_ANYBODY, "Condition": {"StringEquals": _ORG}}], True),
        ([{**_ANYBODY, "Condition": {"StringEqualsIfExists": _ORG}}], False),
        ([{**_ANYBODY, "Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abc/*"}}}], True),
        ([{**_ANYBODY, "Condition": {"StringLike": {"aws:PrincipalArn": "*"}}}], False),
        ([{**_ANYBODY, "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}], False),
        ([{**_ANYBODY, "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}], False),
        ([_ANYBODY, {**_ANYBODY, "Effect": "Deny", "Condition": {"StringNotEquals": _ORG}}], True),
        (
            [_ANYBODY, {**_ANYBODY, "Effect": "Deny", "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.1"}}}],
            False,
        ),
        ([_ANYBODY, {**_ANYBODY, "Effect": "Deny"}], False),
        ([{**_BUT_ONE, "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}}], False),
        ([_ANYBODY, {**_ANYBODY, "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}], False),
        (
            [
                _ANYBODY,
                {
                    **_ANYBODY,
                    "Effect": "Deny",
                    "Condition": {"StringNotEquals": _ORG, "NotIpAddress": {"aws:SourceIp": "192.0.2.1"}},
                },
            ],
            "unknown",
        ),
    ],
)
def test_a_policy_that_names_its_callers_stands_for_authentication(
    statements: list[dict[str, Any]], wanted: Answer
) -> None:
    assert said(plain(only_known_callers(_policy(*statements)))) == wanted


def test_what_a_policy_does_not_show_is_unknown() -> None:
    later = Unknown("later")
    unknown = [
        Document(statements=(), more="a part is not known"),
        Document(statements=(PolicyStatement(principals=later),)),
        Document(statements=(PolicyStatement(principals=("AWS:~",)),)),
        Document(statements=(PolicyStatement(principals=("AWS:*",), conditions=later),)),
        Document(statements=(PolicyStatement(principals=("AWS:*",)), PolicyStatement(effect="Deny", principals=later))),
    ]
    assert [said(plain(only_known_callers(one))) for one in unknown] == ["unknown"] * len(unknown)


def test_an_inline_policy_of_a_rest_api_counts_like_a_split_one() -> None:
    named = json.dumps({"Statement": {**_ANYBODY, "Condition": {"StringEquals": _ORG}}})
    address = "aws_api_gateway_rest_api.a"
    assert said(_fact(plan(_rest(named), _method()), address, "authenticated")) is True
    assert said(_fact(plan(_rest("{"), _method()), address, "authenticated")) == "unknown"
    assert said(_fact(plan(_rest(), _method()), address, "authenticated")) is False


# REST stages ----------------------------------------------------------------------------------------------------------


def _settings(**settings: Any) -> dict[str, Any]:
    values = {"rest_api_id": "api1", "stage_name": "live", "method_path": "*/*", "settings": [settings]}
    return change("aws_api_gateway_method_settings.m", values)


def _usage(stages: object, rate: object = 5, **unknown: Any) -> dict[str, Any]:
    values = {"name": "u", "api_stages": stages, "throttle_settings": [{"rate_limit": rate}]}
    return change("aws_api_gateway_usage_plan.u", values, unknown=unknown)


_LIVE = [{"api_id": "api1", "stage": "live"}]


@pytest.mark.parametrize(
    ("companions", "wanted"),
    [
        ([], False),
        ([_settings(throttling_rate_limit=0.5)], True),
        ([_settings(throttling_rate_limit="10")], True),
        ([_settings(throttling_rate_limit=-1)], False),
        ([_settings()], False),
        ([_usage(_LIVE), _method("AWS_IAM", key=True)], True),
        ([_usage(_LIVE), _method("AWS_IAM")], False),
        ([_usage(_LIVE), _method("AWS_IAM", key=True), _method("AWS_IAM", "PUT")], False),
        ([_usage(_LIVE)], "unknown"),
        ([_usage(_LIVE, rate=None), _method("AWS_IAM", key=True)], False),
        ([_usage([{"api_id": "api1", "stage": "test"}]), _method("AWS_IAM", key=True)], False),
        ([_usage([{"api_id": "api2", "stage": "live"}]), _method("AWS_IAM", key=True)], False),
        ([_usage(None, api_stages=True), _method("AWS_IAM", key=True)], "unknown"),
        ([_usage("live"), _method("AWS_IAM", key=True)], False),
    ],
)
def test_a_rest_stage_is_limited_by_settings_and_plans_of_its_own(
    companions: list[dict[str, Any]], wanted: Answer
) -> None:
    assert said(_fact(plan(_rest(), _stage(), *companions), "aws_api_gateway_stage.s", "rate_limited")) == wanted


def test_a_usage_plan_of_several_new_apis_with_different_stages_is_not_told_apart() -> None:
    stages = [{"stage": "live"}, {"stage": "test"}]
    usage = _usage(stages, api_stages=[{"api_id": True}, {"api_id": True}])
    expressions = [
        {"api_id": _reference(f"aws_api_gateway_rest_api.{name}.id", f"aws_api_gateway_rest_api.{name}")}
        for name in ("a", "b")
    ]
    content = plan(
        change("aws_api_gateway_rest_api.a", {"name": "a"}, unknown={"id": True}),
        change("aws_api_gateway_rest_api.b", {"name": "b"}, unknown={"id": True}),
        change("aws_api_gateway_stage.s", {"stage_name": "live"}, unknown={"rest_api_id": True}),
        change(
            "aws_api_gateway_method.m",
            {"http_method": "GET", "authorization": "AWS_IAM", "api_key_required": True},
            unknown={"rest_api_id": True},
        ),
        usage,
        config={
            "aws_api_gateway_stage.s": {"rest_api_id": expressions[0]["api_id"]},
            "aws_api_gateway_method.m": {"rest_api_id": expressions[0]["api_id"]},
            "aws_api_gateway_usage_plan.u": {"api_stages": expressions},
        },
    )
    assert said(_fact(content, "aws_api_gateway_stage.s", "rate_limited")) == "unknown"


def test_a_stage_whose_api_is_elsewhere_is_judged_by_what_names_the_same() -> None:
    assert said(_fact(plan(_stage(), _settings(throttling_rate_limit=1)), "aws_api_gateway_stage.s", "rate_limited"))
    facts = facts_of(plan(_stage(), _usage(_LIVE)))["aws_api_gateway_stage.s"]
    assert (said(_of(facts, "rate_limited")), said(_of(facts, "public"))) == ("unknown", "unknown")


def test_a_stage_that_names_no_api_is_unknown_only_beside_throttles() -> None:
    lost = change("aws_api_gateway_stage.s", {"stage_name": "live"}, unknown={"rest_api_id": True})
    assert (
        said(_fact(plan(lost, _settings(throttling_rate_limit=1)), "aws_api_gateway_stage.s", "rate_limited"))
        == "unknown"
    )
    assert said(_fact(plan(lost), "aws_api_gateway_stage.s", "rate_limited")) is False
    unnamed = _stage()
    unnamed["change"]["after"].pop("stage_name")
    unnamed["change"]["after_unknown"] = {"stage_name": True}
    found = _fact(plan(unnamed, _settings(throttling_rate_limit=1)), "aws_api_gateway_stage.s", "rate_limited")
    assert said(found) == "unknown"


@pytest.mark.parametrize(
    ("own", "wanted"),
    [("", "unknown"), ("arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/x/1", "unknown"), ("acl1", True)],
)
def test_an_existing_stage_shows_its_web_acl(own: str, wanted: Answer) -> None:
    stage = _stage(id="s1", web_acl_arn=own)
    stage["change"].update(actions=["no-op"], before=stage["change"]["after"])
    content = plan(_rest(), stage, _acl([_rule("block")], arn="acl1"))
    assert said(_fact(content, "aws_api_gateway_stage.s", "rate_limited")) == wanted


def test_a_private_api_is_not_public_and_odd_settings_do_not_disturb() -> None:
    address = "aws_api_gateway_rest_api.a"
    assert _fact(plan(_rest(endpoint_configuration=[{"types": ["PRIVATE"]}])), address, "public") is False
    assert _fact(plan(_rest(endpoint_configuration="PRIVATE")), address, "public") is True
    assert said(_fact(plan(_stage(access_log_settings=[None])), "aws_api_gateway_stage.s", "access_logged")) is False
    later = change("aws_api_gateway_stage.s", {"stage_name": "x"}, unknown={"access_log_settings": True})
    assert said(_fact(plan(later), "aws_api_gateway_stage.s", "access_logged")) == "unknown"


def test_a_deployment_without_a_stage_name_or_beside_its_stage_is_no_entry_point() -> None:
    named = change("aws_api_gateway_deployment.d", {"rest_api_id": "api1", "stage_name": "live"})
    bare = change("aws_api_gateway_deployment.e", {"rest_api_id": "api1", "stage_name": None})
    found = facts_of(plan(_rest(), _stage(), named, bare))
    assert [address for address in found if "deployment" in address] == []


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ("TLS_1_2", True),
        ("TLS_1_0", False),
        (None, True),
        ("SecurityPolicy_TLS13_1_3_2025_09", True),
        ("SecurityPolicy_TLS12_2018_EDGE", True),
        ("Other", "unknown"),
        (Unknown("later"), "unknown"),
    ],
)
def test_security_policies_of_domain_names(policy: object, wanted: Answer) -> None:
    assert said(plain(domain_tls12(policy))) == wanted


# Mutual TLS -----------------------------------------------------------------------------------------------------------


def _mutual(*, disabled: object = True, domain: str = "chat.example.com") -> bytes:
    return plan(
        _rest(disable_execute_api_endpoint=disabled),
        _method(),
        change("aws_api_gateway_base_path_mapping.m", {"api_id": "api1", "domain_name": domain}),
        change(
            "aws_api_gateway_domain_name.d",
            {"domain_name": "chat.example.com", "mutual_tls_authentication": [{"truststore_uri": "s3://t/c.pem"}]},
        ),
    )


def test_client_certificates_authenticate_only_where_there_is_no_other_way_in() -> None:
    address = "aws_api_gateway_rest_api.a"
    assert said(_fact(_mutual(), address, "authenticated")) is True
    assert said(_fact(_mutual(disabled=False), address, "authenticated")) is False
    assert said(_fact(_mutual(domain="other.example.com"), address, "authenticated")) is False


# HTTP APIs ------------------------------------------------------------------------------------------------------------


def _http(**more: Any) -> dict[str, Any]:
    return change("aws_apigatewayv2_api.h", {"id": "h1", "protocol_type": "HTTP", **more}, before={})


def _route(key: str = "GET /", kind: str = "NONE", **unknown: Any) -> dict[str, Any]:
    values = {"api_id": "h1", "route_key": key, "authorization_type": kind}
    return change("aws_apigatewayv2_route.r", values, unknown=unknown)


def test_routes_and_documents_of_http_apis() -> None:
    def asks(*changes: dict[str, Any]) -> Answer:
        return said(_fact(plan(*changes), "aws_apigatewayv2_api.h", "authenticated"))

    assert asks(_http()) == "unknown"
    assert asks(_http(), _route(kind="CUSTOM")) is True
    assert asks(_http(), _route()) is False
    assert asks(_http(body=_document({"security": [{"lambda": []}]}))) is True
    assert asks(_http(body=_document({}))) is False
    assert asks(_http(body="no document")) == "unknown"
    late = change("aws_apigatewayv2_route.r", {"api_id": "h1"}, unknown={"route_key": True, "authorization_type": True})
    assert asks(_http(), late) == "unknown"
    with_certificates = change(
        "aws_apigatewayv2_domain_name.d", {"domain_name": "x", "mutual_tls_authentication": [{}]}
    )
    mapping = change("aws_apigatewayv2_api_mapping.m", {"api_id": "h1", "domain_name": "x"})
    assert asks(_http(disable_execute_api_endpoint=True), _route(), mapping, with_certificates) is True


def test_a_body_that_is_known_only_after_apply_leaves_the_rest_open() -> None:
    later = change("aws_apigatewayv2_api.h", {"id": "h1"}, unknown={"body": True})
    configured = {"aws_apigatewayv2_api.h": {"body": _reference("aws_lambda_function.f.arn", "aws_lambda_function.f")}}
    function = change("aws_lambda_function.f", {}, unknown={"arn": True})
    assert said(_fact(plan(later, function, config=configured), "aws_apigatewayv2_api.h", "authenticated")) == "unknown"
    both = plan(later, function, _route(), config=configured)
    assert said(_fact(both, "aws_apigatewayv2_api.h", "authenticated")) is False


def test_throttles_of_http_stages() -> None:
    def limited(*others: dict[str, Any], unknown: dict[str, Any] | None = None, **settings: Any) -> Answer:
        stage = change("aws_apigatewayv2_stage.s", {"api_id": "h1", "name": "x", **settings}, unknown=unknown or {})
        return said(_fact(plan(_http(), stage, *others), "aws_apigatewayv2_stage.s", "rate_limited"))

    assert limited() is False
    assert limited(default_route_settings=[{"throttling_rate_limit": 5}]) is True
    assert limited(default_route_settings=[{"throttling_rate_limit": 0}]) is False
    assert (
        limited(default_route_settings=[{}], unknown={"default_route_settings": [{"throttling_rate_limit": True}]})
        == "unknown"
    )
    assert limited(unknown={"default_route_settings": True}) == "unknown"
    assert limited(unknown={"route_settings": True}) == "unknown"
    one = [{"route_key": "GET /", "throttling_rate_limit": 5}]
    assert limited(_route(), route_settings=one) is True
    assert limited(_route("PUT /"), route_settings=one) is False
    assert limited(route_settings=one) is False
    lost = _route(api_id=True)
    lost["change"]["after"].pop("api_id")
    assert limited(lost, route_settings=one) == "unknown"
    assert limited(lost) is False


# Web ACLs -------------------------------------------------------------------------------------------------------------


def _rule(action: str = "", *, statement: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    rate = {"rate_based_statement": [{"limit": 100, "scope_down_statement": []}]}
    return {"name": "r", "action": [{action: [{}]}] if action else [], "statement": [statement or rate], **more}


def _acl(rules: object, **more: Any) -> dict[str, Any]:
    return change("aws_wafv2_web_acl.w", {"arn": "acl1", "scope": "REGIONAL", "rule": rules, **more}, before={})


def _group_rule(arn: object, **more: Any) -> dict[str, Any]:
    return _rule(statement={"rule_group_reference_statement": [{"arn": arn, **more}]})


def _json_rule(action: str, **rate: Any) -> str:
    return json.dumps([{"Action": {action: {}}, "Statement": {"RateBasedStatement": {"Limit": 100, **rate}}}])


_GROUP = change("aws_wafv2_rule_group.g", {"arn": "group1", "rule": [_rule("block")]}, before={})
_COUNTED = [{"name": "r", "action_to_use": [{"count": [{}]}]}]


@pytest.mark.parametrize(
    ("acl", "wanted"),
    [
        (_acl([_rule("block")]), True),
        (_acl([_rule("captcha")]), True),
        (_acl([_rule("count")]), False),
        (_acl([_rule()]), False),
        (_acl([{"name": "odd"}, None, "odd"]), False),
        (_acl([]), False),
        (_acl([_group_rule("group1")]), True),
        (_acl([_group_rule("group1", rule_action_override=_COUNTED)]), False),
        (_acl([{**_group_rule("group1"), "override_action": [{"count": [{}]}]}]), False),
        (_acl([_group_rule("group2")]), "unknown"),
        (_acl([_rule(statement={"managed_rule_group_statement": [{"vendor_name": "AWS"}]})]), False),
        (_acl([_rule(statement={"managed_rule_group_statement": [{"vendor_name": "Shop"}]})]), "unknown"),
        (_acl(None, rule_json=_json_rule("Block")), True),
        (_acl(None, rule_json=_json_rule("Count")), False),
        (_acl(None, rule_json=_json_rule("Block", ScopeDownStatement={"GeoMatchStatement": {}})), "unknown"),
        (_acl(None, rule_json='[{"Statement": {"RuleGroupReferenceStatement": {}}}, 1, {}]'), "unknown"),
        (_acl(None, rule_json="{}"), False),
        (_acl(None, rule_json="["), "unknown"),
    ],
)
def test_rules_of_a_web_acl(acl: dict[str, Any], wanted: Answer) -> None:
    balancer = change("aws_lb.l", {"arn": "lb1"})
    association = change("aws_wafv2_web_acl_association.a", {"resource_arn": "lb1", "web_acl_arn": "acl1"})
    assert said(_fact(plan(balancer, association, acl, _GROUP), "aws_lb.l", "rate_limited")) == wanted


def test_rules_known_only_after_apply_are_unknown() -> None:
    late = change("aws_wafv2_web_acl.w", {"arn": "acl1"}, unknown={"rule": True})
    action = change(
        "aws_wafv2_web_acl.w", {"arn": "acl1", "rule": [_rule("block")]}, unknown={"rule": [{"action": True}]}
    )
    action["change"]["after"]["rule"][0].pop("action")
    balancer = change("aws_lb.l", {"arn": "lb1"})
    association = change("aws_wafv2_web_acl_association.a", {"resource_arn": "lb1", "web_acl_arn": "acl1"})
    text = change("aws_wafv2_web_acl.w", {"arn": "acl1", "rule": []}, unknown={"rule_json": True})
    for acl in (late, action, text):
        assert said(_fact(plan(balancer, association, acl), "aws_lb.l", "rate_limited")) == "unknown"


def test_a_new_rule_group_may_be_any_that_the_web_acl_names() -> None:
    def limited(*names: str) -> Answer:
        rules = [_rule(statement={"rule_group_reference_statement": [{}]}) for _ in names]
        mark = {"statement": [{"rule_group_reference_statement": [{"arn": True}]}]}
        written = [
            {
                "statement": [
                    {
                        "rule_group_reference_statement": [
                            {"arn": _reference(f"aws_wafv2_rule_group.{name}.arn", f"aws_wafv2_rule_group.{name}")}
                        ]
                    }
                ]
            }
            for name in names
        ]
        content = plan(
            change("aws_lb.l", {"arn": "lb1"}),
            change("aws_wafv2_web_acl_association.a", {"resource_arn": "lb1", "web_acl_arn": "acl1"}),
            change("aws_wafv2_web_acl.w", {"arn": "acl1", "rule": rules}, unknown={"rule": [mark for _ in names]}),
            change("aws_wafv2_rule_group.one", {"rule": [_rule("block")]}, unknown={"arn": True}),
            change("aws_wafv2_rule_group.none", {"rule": []}, unknown={"arn": True}),
            config={"aws_wafv2_web_acl.w": {"rule": written}},
        )
        return said(_fact(content, "aws_lb.l", "rate_limited"))

    assert (limited("one"), limited("none"), limited("one", "none")) == (True, False, "unknown")


def test_web_acls_of_waf_classic() -> None:
    rate = {"type": "RATE_BASED", "action": [{"type": "BLOCK"}]}
    counting = {"type": "RATE_BASED", "action": [{"type": "COUNT"}]}

    def limited(rule: dict[str, Any] | None, unknown: dict[str, Any] | None = None) -> list[Answer]:
        rules = {} if rule is None else {"rule": [rule], "rules": [rule]}
        content = plan(
            change("aws_lb.l", {"arn": "lb1"}),
            change("aws_wafregional_web_acl.r", {"id": "r1", **rules}, unknown=unknown or {}),
            change("aws_wafregional_web_acl_association.a", {"resource_arn": "lb1", "web_acl_id": "r1"}),
            change("aws_cloudfront_distribution.d", {"enabled": True, "web_acl_id": "g1"}),
            change("aws_waf_web_acl.g", {"id": "g1", **rules}, unknown=unknown or {}),
        )
        found = facts_of(content)
        return [said(_of(found[a], "rate_limited")) for a in ("aws_lb.l", "aws_cloudfront_distribution.d")]

    assert limited(rate) == [True, True]
    assert limited(counting) == [False, False]
    assert limited(None, {"rule": True, "rules": True}) == ["unknown", "unknown"]


def test_an_association_that_cannot_be_followed_leaves_each_balancer_open() -> None:
    lost = change("aws_wafv2_web_acl_association.a", {"web_acl_arn": "acl1"}, unknown={"resource_arn": True})
    content = plan(change("aws_lb.l", {}, unknown={"arn": True}), lost, _acl([_rule("block")]))
    assert said(_fact(content, "aws_lb.l", "rate_limited")) == "unknown"
    partial = plan(change("aws_lb.l", {}), config={"aws_wafv2_web_acl_association.a": {}}, complete=False)
    assert said(_fact(partial, "aws_lb.l", "rate_limited")) == "unknown"
    whole = plan(change("aws_lb.l", {}), complete=False)
    assert said(_fact(whole, "aws_lb.l", "rate_limited")) is False


# Load balancers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ("ELBSecurityPolicy-2016-08", False),
        ("ELBSecurityPolicy-2015-05", False),
        ("ELBSecurityPolicy-TLS-1-0-2015-04", False),
        ("ELBSecurityPolicy-TLS-1-1-2017-01", False),
        ("ELBSecurityPolicy-FS-1-1-2019-08", False),
        ("ELBSecurityPolicy-FS-2018-06", False),
        ("ELBSecurityPolicy-TLS13-1-0-2021-06", False),
        ("ELBSecurityPolicy-TLS13-1-1-2021-06", False),
        ("ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04", False),
        ("ELBSecurityPolicy-TLS-1-2-2017-01", True),
        ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", True),
        ("ELBSecurityPolicy-FS-1-2-Res-2020-10", True),
        ("ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", True),
        ("ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04", True),
        ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", True),
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", True),
        ("own-policy", "unknown"),
        ("", "unknown"),
        (Unknown("later"), "unknown"),
    ],
)
def test_security_policies_of_balancers_tell_their_oldest_protocol(policy: str | Unknown, wanted: Answer) -> None:
    assert said(plain(policy_tls12(policy))) == wanted


def _listener(*actions: dict[str, Any], protocol: str = "HTTPS", **more: Any) -> bytes:
    values = {"arn": "li1", "load_balancer_arn": "lb1", "protocol": protocol, "default_action": list(actions), **more}
    return plan(change("aws_alb.l", {"arn": "lb1"}), change("aws_alb_listener.l", values))


_FORWARD = {"type": "forward", "target_group_arn": "tg1"}


def test_what_a_listener_asks_before_it_forwards() -> None:
    def asks(*actions: dict[str, Any], **more: Any) -> Answer:
        return said(_fact(_listener(*actions, **more), "aws_alb_listener.l", "authenticated"))

    cognito = {"type": "authenticate-cognito", "authenticate_cognito": [{"on_unauthenticated_request": "allow"}]}
    assert asks({"type": "authenticate-oidc", "authenticate_oidc": [{}]}, _FORWARD) is True
    assert asks(cognito, _FORWARD) == "unknown"
    assert asks({"type": "jwt-validation"}, _FORWARD) is True
    assert asks(_FORWARD) == "unknown"
    assert asks(_FORWARD, mutual_authentication=[{"mode": "verify"}]) is True
    assert asks(_FORWARD, mutual_authentication=[{"mode": "passthrough"}]) == "unknown"
    assert asks(_FORWARD, mutual_authentication="odd") == "unknown"


def test_actions_known_only_after_apply_leave_a_listener_open() -> None:
    listener = change(
        "aws_lb_listener.l",
        {"load_balancer_arn": "lb1", "protocol": "HTTP"},
        unknown={"default_action": True},
    )
    found = facts_of(plan(change("aws_lb.l", {"arn": "lb1"}), listener))["aws_lb_listener.l"]
    assert [said(getattr(found, name)) for name in ("forwards", "authenticated", "tls12")] == ["unknown"] * 3
    late = change("aws_lb_listener.l", {}, unknown={"protocol": True, "load_balancer_arn": True})
    configured = {"aws_lb_listener.l": {"protocol": _reference("local.protocol")}}
    found = facts_of(plan(late, config=configured))["aws_lb_listener.l"]
    assert [said(getattr(found, name)) for name in ("public", "tls12")] == ["unknown"] * 2


def test_a_rule_that_cannot_be_followed_leaves_a_redirect_open() -> None:
    rule = change("aws_lb_listener_rule.r", {"action": [_FORWARD]}, unknown={"listener_arn": True})
    redirect = {"type": "redirect", "redirect": [{"protocol": "HTTPS"}]}
    listener = change("aws_lb_listener.l", {"arn": "li1", "protocol": "HTTP", "default_action": [redirect]})
    assert said(_fact(plan(listener, rule), "aws_lb_listener.l", "tls12")) == "unknown"


@pytest.mark.parametrize(
    ("access_logs", "wanted"),
    [
        (None, False),
        ([], False),
        ([{"bucket": "b", "enabled": True}], True),
        ([{"bucket": "b", "enabled": "true"}], True),
        ([{"bucket": "b"}], False),
        ([{"bucket": "", "enabled": True}], False),
        ("on", False),
    ],
)
def test_access_logs_of_a_balancer(access_logs: object, wanted: Answer) -> None:
    content = plan(change("aws_lb.l", {"access_logs": access_logs}))
    assert said(_fact(content, "aws_lb.l", "access_logged")) == wanted


def test_what_is_not_known_of_a_balancer_is_not_judged() -> None:
    late = change("aws_lb.l", {"name": "x"}, unknown={"access_logs": True, "internal": True})
    switch = change("aws_lb.s", {"access_logs": [{"bucket": "b"}]}, unknown={"access_logs": [{"enabled": True}]})
    configured = {"aws_lb.l": {"internal": _reference("local.internal")}}
    found = facts_of(plan(late, switch, config=configured))
    assert said(_of(found["aws_lb.l"], "access_logged")) == "unknown"
    assert said(_of(found["aws_lb.l"], "public")) == "unknown"
    assert said(_of(found["aws_lb.s"], "access_logged")) == "unknown"


def test_a_balancer_that_does_not_say_internal_is_public() -> None:
    unset = change("aws_lb.l", {"name": "x"}, unknown={"internal": True})
    variable = change("aws_lb.v", {"name": "x"}, unknown={"internal": True})
    configured: dict[str, dict[str, Any]] = {
        "aws_lb.l": {"name": {}},
        "aws_lb.v": {"internal": _reference("var.internal")},
    }
    found = facts_of(plan(unset, variable, config=configured))
    assert [said(_of(found[a], "public")) for a in ("aws_lb.l", "aws_lb.v")] == [True, True]
    alone = facts_of(plan(unset))
    assert said(_of(alone["aws_lb.l"], "public")) == "unknown"


def _classic(*listeners: dict[str, Any], policy: dict[str, Any] | None = None, **unknown: Any) -> Answer:
    balancer = change("aws_elb.e", {"name": "e", "id": "e", "listener": list(listeners)}, unknown=unknown)
    if unknown:
        balancer["change"]["after"].pop("listener")
    policies = [change("aws_load_balancer_policy.p", {"load_balancer_name": "e", **policy})] if policy else []
    return said(_fact(plan(balancer, *policies), "aws_elb.e", "tls12"))


def test_tls_of_classic_balancers() -> None:
    https = {"lb_protocol": "https"}

    def policy(name: str, type_: str = "SSLNegotiationPolicyType") -> dict[str, Any]:
        attribute = {"name": "Reference-Security-Policy", "value": name}
        return {"policy_type_name": type_, "policy_attribute": [{"name": "Other", "value": "x"}, attribute]}

    assert _classic(https) is False
    assert _classic(https, {"lb_protocol": "http"}) is False
    assert _classic({"lb_protocol": "tcp"}) == "unknown"
    assert _classic(listener=True) == "unknown"
    assert _classic(https, policy=policy("ELBSecurityPolicy-TLS-1-2-2017-01")) is True
    assert _classic(https, policy=policy("ELBSecurityPolicy-2016-08")) is False
    assert _classic(https, policy=policy("x", "ProxyProtocolPolicyType")) is False
    own = {"policy_type_name": "SSLNegotiationPolicyType", "policy_attribute": [{"name": "Protocol-TLSv1.2"}]}
    assert _classic(https, policy=own) == "unknown"


# Distributions --------------------------------------------------------------------------------------------------------


def _cdn(address: str = "aws_cloudfront_distribution.d", **values: Any) -> dict[str, Any]:
    unknown = values.pop("unknown", {})
    behaviour = [{"viewer_protocol_policy": "https-only"}]
    certificate = [{"minimum_protocol_version": "TLSv1.2_2021"}]
    values = {"enabled": True, "default_cache_behavior": behaviour, "viewer_certificate": certificate, **values}
    return change(address, {k: v for k, v in values.items() if v is not None}, unknown=unknown)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, True),
        ({"viewer_certificate": [{"minimum_protocol_version": "TLSv1.3_2025"}]}, True),
        ({"viewer_certificate": [{"minimum_protocol_version": "TLSv1.2_2025"}]}, True),
        ({"viewer_certificate": [{"minimum_protocol_version": "TLSv1_2016"}]}, False),
        ({"viewer_certificate": [{"minimum_protocol_version": "SSLv3"}]}, False),
        ({"viewer_certificate": [{"minimum_protocol_version": "TLSv9"}]}, "unknown"),
        ({"viewer_certificate": [{}]}, False),
        ({"viewer_certificate": []}, False),
        ({"viewer_certificate": None, "unknown": {"viewer_certificate": True}}, "unknown"),
        (
            {"viewer_certificate": [{}], "unknown": {"viewer_certificate": [{"minimum_protocol_version": True}]}},
            "unknown",
        ),
        ({"default_cache_behavior": [{"viewer_protocol_policy": "redirect-to-https"}]}, True),
        ({"default_cache_behavior": [{"viewer_protocol_policy": "allow-all"}]}, False),
        ({"default_cache_behavior": [{}]}, False),
        ({"default_cache_behavior": None, "unknown": {"default_cache_behavior": True}}, "unknown"),
        ({"default_cache_behavior": [{}], "unknown": {"default_cache_behavior": True}}, "unknown"),
        ({"ordered_cache_behavior": [{"viewer_protocol_policy": "allow-all", "path_pattern": "/x"}]}, False),
    ],
)
def test_tls_of_distributions(values: dict[str, Any], wanted: Answer) -> None:
    assert said(_fact(plan(_cdn(**values)), "aws_cloudfront_distribution.d", "tls12")) == wanted


def test_access_logs_of_distributions() -> None:
    def logged(*others: dict[str, Any], **values: Any) -> Answer:
        return said(_fact(plan(_cdn(arn="d1", **values), *others), "aws_cloudfront_distribution.d", "access_logged"))

    source = change(
        "aws_cloudwatch_log_delivery_source.s", {"name": "s", "log_type": "ACCESS_LOGS", "resource_arn": "d1"}
    )
    other = change("aws_cloudwatch_log_delivery_source.s", {"name": "s", "log_type": "TRACES", "resource_arn": "d1"})
    delivery = change("aws_cloudwatch_log_delivery.d", {"delivery_source_name": "s"})
    lost = change("aws_cloudwatch_log_delivery_source.s", {"name": "s"}, unknown={"resource_arn": True})
    assert logged() is False
    assert logged(logging_config=[{"bucket": "b.s3.amazonaws.com"}]) is True
    assert logged(unknown={"logging_config": True}) == "unknown"
    assert logged(source, delivery) is True
    assert logged(source) is False
    assert logged(other, delivery) is False
    assert logged(lost, delivery) == "unknown"
    behaviour = [{"viewer_protocol_policy": "https-only", "realtime_log_config_arn": "rt1"}]
    config = change("aws_cloudfront_realtime_log_config.c", {"arn": "rt1", "sampling_rate": 100})
    sampled = change("aws_cloudfront_realtime_log_config.c", {"arn": "rt1", "sampling_rate": 5})
    assert logged(config, default_cache_behavior=behaviour) is True
    assert logged(sampled, default_cache_behavior=behaviour) is False
    later = change("aws_cloudfront_realtime_log_config.c", {"arn": "rt1"}, unknown={"sampling_rate": True})
    assert logged(later, default_cache_behavior=behaviour) == "unknown"
    assert logged(default_cache_behavior=behaviour) == "unknown"


def test_an_existing_distribution_may_have_a_log_delivery_elsewhere() -> None:
    cdn = _cdn(web_acl_id="")
    cdn["change"].update(actions=["no-op"], before=cdn["change"]["after"])
    found = facts_of(plan(cdn))["aws_cloudfront_distribution.d"]
    assert (said(_of(found, "access_logged")), said(_of(found, "rate_limited"))) == ("unknown", False)


def test_a_new_web_acl_by_a_way_not_followed_limits_where_all_of_the_plan_do() -> None:
    def limited(*rules: list[dict[str, Any]]) -> Answer:
        acls = [
            change(f"aws_wafv2_web_acl.w{i}", {"scope": "CLOUDFRONT", "rule": own}, unknown={"arn": True})
            for i, own in enumerate(rules)
        ]
        cdn = _cdn(unknown={"web_acl_id": True})
        written = _reference("local.firewall", "aws_wafv2_web_acl.w0.arn", "aws_wafv2_web_acl.w0")
        configured = {"aws_cloudfront_distribution.d": {"web_acl_id": written}}
        return said(_fact(plan(cdn, *acls, config=configured), "aws_cloudfront_distribution.d", "rate_limited"))

    assert limited([_rule("block")]) is True
    assert limited([_rule("block")], [_rule("challenge")]) is True
    assert limited([_rule("block")], []) == "unknown"


# Function URLs and GraphQL --------------------------------------------------------------------------------------------


def test_function_urls_known_only_after_apply_are_not_judged() -> None:
    url = change("aws_lambda_function_url.u", {}, unknown={"authorization_type": True, "function_url": True})
    origin = [{"domain_name": _reference("aws_lambda_function_url.u.function_url", "aws_lambda_function_url.u")}]
    content = plan(
        url,
        _cdn(web_acl_id="acl1", origin=[{"origin_id": "u"}]),
        _acl([_rule("block")]),
        config={"aws_cloudfront_distribution.d": {"origin": origin}},
    )
    found = facts_of(content)["aws_lambda_function_url.u"]
    assert (said(_of(found, "authenticated")), said(_of(found, "rate_limited"))) == ("unknown", "unknown")


def test_graphql_apis_are_open_by_any_key() -> None:
    def asks(unknown: dict[str, Any] | None = None, **values: Any) -> Answer:
        api = change("aws_appsync_graphql_api.g", values, unknown=unknown or {})
        return said(_fact(plan(api), "aws_appsync_graphql_api.g", "authenticated"))

    key = {"authentication_type": "API_KEY"}
    assert asks(authentication_type="OPENID_CONNECT") is True
    assert asks(authentication_type="API_KEY") is False
    assert asks(authentication_type="AWS_IAM", additional_authentication_provider=[key]) is False
    assert asks({"authentication_type": True}) == "unknown"
    assert asks({"additional_authentication_provider": True}, authentication_type="AWS_IAM") == "unknown"
    assert asks({"additional_authentication_provider": True}, authentication_type="API_KEY") is False


def test_whether_an_api_is_public_waits_for_what_is_known_only_after_apply() -> None:
    graphql = change("aws_appsync_graphql_api.g", {"authentication_type": "AWS_IAM"}, unknown={"visibility": True})
    assert said(_fact(plan(graphql), "aws_appsync_graphql_api.g", "public")) == "unknown"
    hidden = {"endpoint_configuration": True}
    rest = change("aws_api_gateway_rest_api.a", {"name": "a"}, unknown=hidden)
    assert said(_fact(plan(rest), "aws_api_gateway_rest_api.a", "public")) is True
    written = {"aws_api_gateway_rest_api.a": {"endpoint_configuration": [{"types": _reference("local.types")}]}}
    assert said(_fact(plan(rest, config=written), "aws_api_gateway_rest_api.a", "public")) == "unknown"


@pytest.mark.parametrize("settings", [None, {"region": None}, {"region": {"references": [1]}}, {"region": "eu-west-1"}])
def test_a_provider_block_of_an_odd_shape_tells_no_region(settings: object) -> None:
    configuration = {"provider_config": {"aws": {"expressions": settings}}, "root_module": {}}
    function = change("aws_lambda_function_url.u", {"authorization_type": "NONE"})
    found = facts_of(plan(function, configuration=configuration))["aws_lambda_function_url.u"]
    assert found.region == ""


def test_a_user_pool_asks_for_a_second_factor_only_where_it_is_on() -> None:
    def asks(mode: object, **unknown: Any) -> Answer:
        pool = change("aws_cognito_user_pool.p", {"mfa_configuration": mode}, unknown=unknown)
        return said(_fact(plan(pool), "aws_cognito_user_pool.p", "second_factor"))

    assert [asks("ON"), asks("OPTIONAL"), asks(None)] == [True, False, False]
    assert asks(None, mfa_configuration=True) == "unknown"


def test_a_stage_that_nothing_limits_names_every_means() -> None:
    stage = facts_of(plan(_rest(), _stage()))["aws_api_gateway_stage.s"]
    assert stage.because["rate_limited"] == "no stage throttle, usage plan or web ACL with a rate rule covers it"


@pytest.mark.parametrize(
    ("balancer", "type_", "wanted"),
    [
        ("arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/x/1", "application", False),
        ("arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/x/1", "application", "unknown"),
        ("lb1", "application", False),
        ("lb1", "network", "unknown"),
    ],
)
def test_a_listener_without_protocol_takes_its_balancers(balancer: str, type_: str, wanted: Answer) -> None:
    listener = change(
        "aws_lb_listener.l",
        {"load_balancer_arn": balancer, "default_action": [_FORWARD]},
        unknown={"protocol": True},
    )
    owner = change("aws_lb.l", {"arn": "lb1", "load_balancer_type": type_})
    content = plan(owner, listener, config={"aws_lb_listener.l": {"port": {"constant_value": 80}}})
    assert said(_fact(content, "aws_lb_listener.l", "tls12")) == wanted
