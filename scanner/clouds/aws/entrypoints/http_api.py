"""HTTP and WebSocket APIs (API Gateway version 2): routes and documents, stages, domain names.

Sources: Amazon API Gateway Developer Guide, "Controlling and managing access to HTTP APIs", "Throttle requests to your
HTTP APIs", "Working with WebSocket APIs" (authorization of $connect holds for the whole connection). AWS WAF does not
attach to these APIs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.clouds.aws.entrypoints import body_checks, operations, stages
from scanner.clouds.aws.entrypoints.api_gateway import domain_tls12
from scanner.clouds.aws.entrypoints.operations import Operation
from scanner.clouds.aws.entrypoints.protection import Protection
from scanner.hcl.values import Unfinished
from scanner.kinds import Entrypoint
from scanner.logic import Answer, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.completed import completed_in, sourced
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

terraform_types = (
    "aws_apigatewayv2_api",
    "aws_apigatewayv2_route",
    "aws_apigatewayv2_stage",
    "aws_apigatewayv2_domain_name",
    "aws_apigatewayv2_api_mapping",
)

_API = "aws_apigatewayv2_api"
_ROUTE = "aws_apigatewayv2_route"
_CONNECT = "$connect"


def from_plan(planned: PlannedWorld, protection: Protection) -> Iterator[Entrypoint]:
    """Read every HTTP and WebSocket API, its stages and custom domain names."""
    for api in planned.of(_API):
        yield Entrypoint.of(
            **planned.labels(api),
            type="api",
            public=True,
            authenticated=sourced(_authenticated(planned, api), completed_in(api, "body")),
            **body_checks.NEVER,
        )
    for route in planned.of(_ROUTE):
        if isinstance(planned.target(route, "api_id", (_API,)), External):
            for operation in operations.without_options([_route(route)]):
                answer = operations.alone(operation.authorized)
                yield Entrypoint.of(**planned.labels(route), type="route", authenticated=answer)
    for stage in planned.of("aws_apigatewayv2_stage"):
        yield Entrypoint.of(
            **planned.labels(stage),
            type="stage",
            public=True,
            rate_limited=_rate_limited(planned, stage, protection),
            access_logged=stages.access_logged(stage),
        )
    for domain in planned.of("aws_apigatewayv2_domain_name"):
        block = domain.block("domain_name_configuration")
        policy = block.get("security_policy") if isinstance(block, Block) else block
        yield Entrypoint.of(**planned.labels(domain), type="domain", tls12=domain_tls12(policy))


def _authenticated(planned: PlannedWorld, api: PlannedResource) -> Answer:
    if api.get("target") is not None:
        return Noted(False, "a quick-created API has one route, which asks for no authorization")
    found = _operations(planned, api)
    if isinstance(found, Unknown):
        return found
    if api.text("protocol_type") == "WEBSOCKET":
        found = [op for op in found if op.name == _CONNECT] or [_perhaps(op) for op in found if op.untold]
        if not found:
            missing: Answer = planned.default(api, False, "it has no $connect route, so that anybody connects")
            return missing
    answer = operations.authorized(found)
    if plain(answer) is not False:
        return answer
    guard = stages.mutual_tls(planned, api)
    return answer if plain(guard) is False else guard


def _operations(planned: PlannedWorld, api: PlannedResource) -> list[Operation] | Unknown:
    return operations.declared(planned, api, (_ROUTE, "api_id"), _route)


def _route(route: PlannedResource) -> Operation:
    kind = route.text("authorization_type", "NONE")
    key = route.text("route_key")
    name = route.address if isinstance(key, Unknown) else key
    authorized = (
        kind if isinstance(kind, Unknown) else kind != "NONE" or (key if isinstance(key, Unfinished) else False)
    )
    return Operation(name=name, authorized=authorized, untold=isinstance(key, Unknown))


def _perhaps(route: Operation) -> Operation:
    """A route that may be $connect: where it asks, it is not known whether $connect does."""
    if plain(route.authorized) is not True:
        return route
    return replace(route, authorized=Unknown(f"whether {route.name} is {_CONNECT} is not known"))


def _rate_limited(planned: PlannedWorld, stage: PlannedResource, protection: Protection) -> Answer:
    default = stage.block("default_route_settings")
    answer = default if isinstance(default, Unknown) else _throttled(default)
    api = planned.target(stage, "api_id", (_API,))
    if plain(answer) is False and isinstance(api, PlannedResource):
        answer = either(_each_route(planned, stage, api), answer)
    elif plain(answer) is False and isinstance(api, Unknown) and plain(_routes_throttled(stage)) is not False:
        answer = Unknown(f"whether it throttles each of its routes is not known: {api.reason}")
    return protection.instead(answer, (stage, api))


def _untold(block: Block) -> Answer:
    """Not known where it is open which route settings are for, or whether they throttle."""
    return next((one for one in (block.text("route_key"), _throttled(block)) if isinstance(one, Unknown)), False)


def _routes_throttled(stage: PlannedResource) -> Answer:
    """Whether route settings throttle any route."""
    blocks = stage.blocks("route_settings")
    return blocks if isinstance(blocks, Unknown) else either(False, *map(_throttled, blocks))


def _throttled(settings: Block | None) -> Answer:
    rate = settings.number("throttling_rate_limit") if settings is not None else 0
    if isinstance(rate, Unknown):
        return rate
    return Noted(True, "its routes are throttled") if rate > 0 else Noted(False, "it sets no throttle of its own")


def _each_route(planned: PlannedWorld, stage: PlannedResource, api: PlannedResource) -> Answer:
    """Whether route settings throttle every route by itself."""
    blocks = stage.blocks("route_settings")
    routes = planned.attached(api, _ROUTE, "api_id", every=True)
    if isinstance(blocks, Unknown):
        return blocks
    untold_block = either(False, *map(_untold, blocks))
    if isinstance(untold_block, Unknown):
        return untold_block
    throttled = {block.text("route_key") for block in blocks if plain(_throttled(block)) is True}
    if isinstance(routes, Unknown):
        return routes if throttled else False
    keys = [route.text("route_key") for route in routes]
    if not throttled or any(not isinstance(key, Unknown) and key not in throttled for key in keys):
        return False
    untold = next((key for key in keys if isinstance(key, Unknown)), None)
    return untold or (Noted(True, "each of its routes is throttled") if keys else False)
