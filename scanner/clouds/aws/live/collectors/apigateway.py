"""API Gateway, REST APIs: policies, methods with their validators and integrations, stages, usage plans.

Domain names are read by `apigateway_domains`. A stage that a deployment made by itself is a stage like any other here.
Authorizers are asked for only where a method calls a function as one, links into networks only where one is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.api_integrations import masked, told
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "apigateway"
everywhere = True
types = (
    "aws_api_gateway_rest_api",
    "aws_api_gateway_method",
    "aws_api_gateway_request_validator",
    "aws_api_gateway_stage",
    "aws_api_gateway_method_settings",
    "aws_api_gateway_integration",
    "aws_api_gateway_authorizer",
    "aws_api_gateway_vpc_link",
    "aws_api_gateway_usage_plan",
)

_ARN = "arn:*:apigateway:*::"
_GET = "apigateway:GET"
_PAGE = 500
_METHOD = "aws_api_gateway_method"
_INTEGRATION, _AUTHORIZER, _LINK = types[-4:-1]
_OF_METHOD = ("http_method", "authorization", "api_key_required", "request_validator_id", "request_models")

_HIDING = hiding("requestParameters", "methodResponses")


def _masked(page: Page) -> Page:
    for resource in page.get("items") or ():
        methods = resource.get("resourceMethods") or {}
        for verb, method in methods.items():
            kept = _HIDING({key: value for key, value in method.items() if key != "methodIntegration"})
            integration = method.get("methodIntegration")
            methods[verb] = {**kept, **({"methodIntegration": masked(integration)} if integration else {})}
    return page


APIS = call("apigateway", "GetRestApis", items="items", action=_GET, resources=(f"{_ARN}/restapis",))
RESOURCES = call(
    "apigateway",
    "GetResources",
    items="items",
    action=_GET,
    resources=(f"{_ARN}/restapis/*/resources",),
    mask=_masked,
)
AUTHORIZERS = call(
    "apigateway",
    "GetAuthorizers",
    items="items",
    action=_GET,
    resources=(f"{_ARN}/restapis/*/authorizers",),
    mask=hiding("identityValidationExpression"),
)
LINKS = call("apigateway", "GetVpcLinks", items="items", action=_GET, resources=(f"{_ARN}/vpclinks",))
VALIDATORS = call(
    "apigateway",
    "GetRequestValidators",
    items="items",
    action=_GET,
    resources=(f"{_ARN}/restapis/*/requestvalidators",),
)
STAGES = call(
    "apigateway",
    "GetStages",
    items="item",
    action=_GET,
    resources=(f"{_ARN}/restapis/*/stages",),
    mask=hiding("variables", "stageVariableOverrides"),
)
PLANS = call("apigateway", "GetUsagePlans", items="items", action=_GET, resources=(f"{_ARN}/usageplans",))

_FILLED_IN = (10_000, 5_000)
"""Rate and burst that the API shows in method settings where nobody set a throttle (AWS CLI Command Reference,
"update-stage", examples)."""

_AMBIGUOUS = Unknown(
    "it shows 10000 requests a second with a burst of 5000, which API Gateway fills in too where no throttle is set"
)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every REST API and usage plan."""
    apis = reader.every(APIS, limit=_PAGE)
    yield from apis.unread(types[:-1])
    found = [one for group in reader.each(apis.items, lambda api: list(_api(reader, api))) for one in group]
    yield from found
    if any(isinstance(one, Item) and one.values.get("connection_type") == "VPC_LINK" for one in found):
        yield from _links(reader)
    plans = reader.every(PLANS, limit=_PAGE)
    yield from plans.unread(types[-1:])
    for plan in plans.items:
        yield _usage_plan(reader, plan)


def _api(reader: Reader, api: dict[str, Any]) -> Iterator[Item | Unread]:
    id_ = api["id"]
    arn = _arn(reader, f"/restapis/{id_}")
    endpoint = api.get("endpointConfiguration") or {}
    values = {
        "id": id_,
        "arn": arn,
        "name": api.get("name"),
        "policy": _unescaped(api.get("policy")),
        "disable_execute_api_endpoint": api.get("disableExecuteApiEndpoint", False),
        "endpoint_configuration": [
            {"types": endpoint.get("types") or [], "vpc_endpoint_ids": endpoint.get("vpcEndpointIds") or []}
        ],
        "tags": api.get("tags") or {},
    }
    yield Item("aws_api_gateway_rest_api", arn, values)
    yield from _methods(reader, id_, arn)
    yield from _stages(reader, id_, arn)


def _methods(reader: Reader, api: str, arn: str) -> Iterator[Item]:
    """Methods with their integrations, and the validators and authorizers that they name."""
    listed = reader.every(RESOURCES, restApiId=api, limit=_PAGE, embed=["methods"])
    if (why := listed.missing) is not None:
        every = f"{arn}/resources/*/methods/*"
        yield Item(_METHOD, every, {"rest_api_id": api, **dict.fromkeys(_OF_METHOD, why)})
        yield Item(_INTEGRATION, f"{every}/integration", {"rest_api_id": api, "type": why, "uri": why})
    methods = [
        (f"{arn}/resources/{resource['id']}/methods/{verb}", resource["id"], verb, method)
        for resource in listed.items
        for verb, method in (resource.get("resourceMethods") or {}).items()
    ]
    for id_, resource, verb, method in methods:
        place = {"rest_api_id": api, "resource_id": resource, "http_method": verb}
        yield _method(id_, place, method)
        if integration := method.get("methodIntegration"):
            yield _integration(id_, place, integration)
    told = [method for *_, method in methods]
    yield from _validators(
        reader, api, arn, [one["requestValidatorId"] for one in told if one.get("requestValidatorId")]
    )
    if any(method.get("authorizationType") == "CUSTOM" for method in told):
        yield from _authorizers(reader, api, arn)


def _method(id_: str, place: dict[str, str], method: dict[str, Any]) -> Item:
    values = {
        **place,
        "authorization": method.get("authorizationType"),
        "authorizer_id": method.get("authorizerId"),
        "api_key_required": method.get("apiKeyRequired", False),
        "request_validator_id": method.get("requestValidatorId"),
        "request_models": method.get("requestModels") or {},
    }
    return Item(_METHOD, id_, values)


def _integration(method: str, place: dict[str, str], integration: dict[str, Any]) -> Item:
    values = {
        **place,
        "type": integration.get("type"),
        "uri": told(integration.get("uri")),
        "integration_http_method": integration.get("httpMethod"),
        "connection_type": integration.get("connectionType") or "INTERNET",
        "connection_id": integration.get("connectionId"),
        "integration_target": told(integration.get("integrationTarget")) or None,
        "request_parameters": integration.get("requestParameters") or {},
        "request_templates": integration.get("requestTemplates") or {},
    }
    return Item(_INTEGRATION, f"{method}/integration", values)


def _authorizers(reader: Reader, api: str, arn: str) -> Iterator[Item]:
    """Functions that are asked whether a caller may come in."""
    listed = reader.every(AUTHORIZERS, restApiId=api, limit=_PAGE)
    if listed.missing is not None:
        yield Item(_AUTHORIZER, f"{arn}/authorizers/*", {"rest_api_id": api, "authorizer_uri": listed.missing})
    for one in listed.items:
        values = {
            "id": one["id"],
            "rest_api_id": api,
            "name": one.get("name"),
            "type": one.get("type"),
            "authorizer_uri": one.get("authorizerUri") or "",
        }
        yield Item(_AUTHORIZER, f"{arn}/authorizers/{one['id']}", values)


def _links(reader: Reader) -> Iterator[Item | Unread]:
    """Links into networks, with the balancers behind them."""
    listed = reader.every(LINKS, limit=_PAGE)
    yield from listed.unread((_LINK,))
    for link in listed.items:
        arn = _arn(reader, f"/vpclinks/{link['id']}")
        values = {
            "id": link["id"],
            "arn": arn,
            "name": link.get("name"),
            "target_arns": link.get("targetArns") or [],
            "tags": link.get("tags") or {},
        }
        yield Item(_LINK, arn, values)


def _validators(reader: Reader, api: str, arn: str, used: list[str]) -> Iterator[Item]:
    """What the validators check that methods name; nothing is asked where none does."""
    if not used:
        return
    listed = reader.every(VALIDATORS, restApiId=api, limit=_PAGE)
    told = {one["id"]: bool(one.get("validateRequestBody")) for one in listed.items}
    for id_ in dict.fromkeys(used):
        checks = told.get(id_, listed.missing)
        values = {"id": id_, "rest_api_id": api, "validate_request_body": checks}
        yield Item("aws_api_gateway_request_validator", f"{arn}/requestvalidators/{id_}", values)


def _stages(reader: Reader, api: str, api_arn: str) -> Iterator[Item | Unread]:
    listed = reader.every(STAGES, restApiId=api)
    yield from listed.unread(("aws_api_gateway_stage",))
    for stage in listed.items:
        name_ = stage["stageName"]
        arn = f"{api_arn}/stages/{name_}"
        logs = stage.get("accessLogSettings") or {}
        values = {
            "rest_api_id": api,
            "stage_name": name_,
            "arn": arn,
            "access_log_settings": [{"destination_arn": logs["destinationArn"]}] if logs.get("destinationArn") else [],
            "web_acl_arn": stage.get("webAclArn"),
            "tags": stage.get("tags") or {},
        }
        yield Item("aws_api_gateway_stage", arn, values)
        for path, settings in (stage.get("methodSettings") or {}).items():
            values = {"rest_api_id": api, "stage_name": name_, "method_path": path, "settings": [_throttle(settings)]}
            yield Item("aws_api_gateway_method_settings", f"{arn}/methodsettings/{path}", values)


def _throttle(settings: dict[str, Any]) -> dict[str, Any]:
    rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
    limit = _AMBIGUOUS if (rate, burst) == _FILLED_IN else rate
    return {"throttling_rate_limit": limit, "throttling_burst_limit": burst}


def _usage_plan(reader: Reader, plan: dict[str, Any]) -> Item:
    arn = _arn(reader, f"/usageplans/{plan['id']}")
    throttle = plan.get("throttle")
    values = {
        "id": plan["id"],
        "arn": arn,
        "name": plan.get("name"),
        "api_stages": [{"api_id": one.get("apiId"), "stage": one.get("stage")} for one in plan.get("apiStages") or ()],
        "throttle_settings": (
            [{"rate_limit": throttle.get("rateLimit"), "burst_limit": throttle.get("burstLimit")}] if throttle else []
        ),
        "tags": plan.get("tags") or {},
    }
    return Item("aws_api_gateway_usage_plan", arn, values)


def _arn(reader: Reader, path: str) -> str:
    return reader.arn("apigateway", path, account="")


def _unescaped(policy: str | None) -> str | None:
    r"""A policy as JSON: the API gives it with its quotes escaped, `{\"Version\"...`."""
    if not policy:
        return None
    try:
        plain = json.loads(f'"{policy}"')
    except ValueError:
        return policy
    return str(plain)
