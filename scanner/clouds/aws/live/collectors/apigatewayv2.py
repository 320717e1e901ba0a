"""API Gateway, HTTP and WebSocket APIs: routes, integrations, and stages with throttles and access logs.

Domain names are read by `apigateway_domains`. Authorizers are asked for only where a route calls a function as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.api_integrations import masked, told
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "apigatewayv2"
everywhere = True
types = (
    "aws_apigatewayv2_api",
    "aws_apigatewayv2_route",
    "aws_apigatewayv2_stage",
    "aws_apigatewayv2_integration",
    "aws_apigatewayv2_authorizer",
)

_ARN = "arn:*:apigateway:*::"
_GET = "apigateway:GET"
_ROUTE = "aws_apigatewayv2_route"
_INTEGRATION, _AUTHORIZER = types[-2:]


def _masked(page: Page) -> Page:
    return {**page, "Items": [masked(integration) for integration in page.get("Items") or ()]}


APIS = call("apigatewayv2", "GetApis", items="Items", action=_GET, resources=(f"{_ARN}/apis",))
ROUTES = call("apigatewayv2", "GetRoutes", items="Items", action=_GET, resources=(f"{_ARN}/apis/*/routes",))
INTEGRATIONS = call(
    "apigatewayv2",
    "GetIntegrations",
    items="Items",
    action=_GET,
    resources=(f"{_ARN}/apis/*/integrations",),
    mask=_masked,
)
AUTHORIZERS = call(
    "apigatewayv2",
    "GetAuthorizers",
    items="Items",
    action=_GET,
    resources=(f"{_ARN}/apis/*/authorizers",),
    mask=hiding("IdentityValidationExpression"),
)
STAGES = call(
    "apigatewayv2",
    "GetStages",
    items="Items",
    action=_GET,
    resources=(f"{_ARN}/apis/*/stages",),
    mask=hiding("StageVariables"),
)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every HTTP and WebSocket API."""
    apis = reader.every(APIS)
    yield from apis.unread(types)
    for found in reader.each(apis.items, lambda api: list(_api(reader, api))):
        yield from found


def _api(reader: Reader, api: dict[str, Any]) -> Iterator[Item | Unread]:
    id_ = api["ApiId"]
    arn = reader.arn("apigateway", f"/apis/{id_}", account="")
    values = {
        "id": id_,
        "arn": arn,
        "name": api.get("Name"),
        "protocol_type": api.get("ProtocolType"),
        "api_endpoint": api.get("ApiEndpoint"),
        "disable_execute_api_endpoint": api.get("DisableExecuteApiEndpoint", False),
        "tags": api.get("Tags") or {},
    }
    yield Item("aws_apigatewayv2_api", arn, values)
    routes = list(_routes(reader, id_, arn))
    yield from routes
    yield from _integrations(reader, id_, arn)
    if any(route.values.get("authorization_type") == "CUSTOM" for route in routes):
        yield from _authorizers(reader, id_, arn)
    yield from _stages(reader, id_, arn)


def _routes(reader: Reader, api: str, arn: str) -> Iterator[Item]:
    listed = reader.every(ROUTES, ApiId=api)
    if (why := listed.missing) is not None:
        values = {"api_id": api, **dict.fromkeys(("route_key", "authorization_type", "target"), why)}
        yield Item(_ROUTE, f"{arn}/routes/*", values)
    for route in listed.items:
        values = {
            "api_id": api,
            "route_key": route["RouteKey"],
            "authorization_type": route.get("AuthorizationType"),
            "authorizer_id": route.get("AuthorizerId"),
            "api_key_required": route.get("ApiKeyRequired", False),
            "target": route.get("Target"),
        }
        yield Item(_ROUTE, f"{arn}/routes/{route['RouteId']}", values)


def _integrations(reader: Reader, api: str, arn: str) -> Iterator[Item]:
    """What requests are handed on to."""
    listed = reader.every(INTEGRATIONS, ApiId=api)
    if (why := listed.missing) is not None:
        values = {"api_id": api, **dict.fromkeys(("integration_type", "integration_uri"), why)}
        yield Item(_INTEGRATION, f"{arn}/integrations/*", values)
    for one in listed.items:
        values = {
            "id": one["IntegrationId"],
            "api_id": api,
            "integration_type": one.get("IntegrationType"),
            "integration_subtype": one.get("IntegrationSubtype"),
            "integration_uri": told(one.get("IntegrationUri")),
            "integration_method": one.get("IntegrationMethod"),
            "connection_type": one.get("ConnectionType") or "INTERNET",
            "connection_id": one.get("ConnectionId"),
            "request_parameters": one.get("RequestParameters") or {},
            "request_templates": one.get("RequestTemplates") or {},
        }
        yield Item(_INTEGRATION, f"{arn}/integrations/{one['IntegrationId']}", values)


def _authorizers(reader: Reader, api: str, arn: str) -> Iterator[Item]:
    """Functions that are asked whether a caller may come in."""
    listed = reader.every(AUTHORIZERS, ApiId=api)
    if listed.missing is not None:
        yield Item(_AUTHORIZER, f"{arn}/authorizers/*", {"api_id": api, "authorizer_uri": listed.missing})
    for one in listed.items:
        values = {
            "id": one["AuthorizerId"],
            "api_id": api,
            "name": one.get("Name"),
            "authorizer_type": one.get("AuthorizerType"),
            "authorizer_uri": one.get("AuthorizerUri") or "",
        }
        yield Item(_AUTHORIZER, f"{arn}/authorizers/{one['AuthorizerId']}", values)


def _stages(reader: Reader, api: str, api_arn: str) -> Iterator[Item | Unread]:
    listed = reader.every(STAGES, ApiId=api)
    yield from listed.unread(("aws_apigatewayv2_stage",))
    for stage in listed.items:
        arn = f"{api_arn}/stages/{stage['StageName']}"
        logs = stage.get("AccessLogSettings") or {}
        default = stage.get("DefaultRouteSettings")
        by_route = (stage.get("RouteSettings") or {}).items()
        values = {
            "api_id": api,
            "name": stage["StageName"],
            "arn": arn,
            "access_log_settings": [{"destination_arn": logs["DestinationArn"]}] if logs.get("DestinationArn") else [],
            "default_route_settings": [_throttle(default)] if default else [],
            "route_settings": [{"route_key": key, **_throttle(settings)} for key, settings in by_route],
            "tags": stage.get("Tags") or {},
        }
        yield Item("aws_apigatewayv2_stage", arn, values)


def _throttle(settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "throttling_rate_limit": settings.get("ThrottlingRateLimit"),
        "throttling_burst_limit": settings.get("ThrottlingBurstLimit"),
    }
