"""Whether each method or route of an API by which requests get to a backend asks who sends them.

An API of which one route is open, such as a check of its health, still asks on every way to what stands behind others.
Sources: Amazon API Gateway Developer Guide, "Methods for REST APIs", "Create routes for HTTP APIs" (a route's target is
`integrations/<id>`), "Working with WebSocket APIs" (authorization of $connect holds for the whole connection).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import APIS
from scanner.kinds import Entrypoint, Flow
from scanner.logic import Answer, both, plain
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource

_INTEGRATION, _ROUTE = "aws_apigatewayv2_integration", "aws_apigatewayv2_route"
_METHOD = "aws_api_gateway_method"
_PLACES = ("aws_api_gateway_resource", APIS[0])
_SIGN_IN = ("authentication",)
_BEFORE = "OPTIONS"
"""What a browser asks before it may sign in."""


def guarded(seen: Seen, integration: PlannedResource, found: Iterator[Linked]) -> Iterator[Linked]:
    """The flows of an integration, with whether every way to it asks who sends a request where others do not."""
    rest = integration.type != _INTEGRATION
    api = seen.planned.target(integration, "rest_api_id" if rest else "api_id", APIS)
    if not isinstance(api, PlannedResource) or not _is_open(seen, api):
        yield from found
        return
    answer: Answer = both(*(_methods if rest else _routes)(seen, api, integration))
    yield from guarded_by(seen, api, answer.value if isinstance(answer, Noted) else answer, found)


def guarded_by(
    seen: Seen,
    api: PlannedResource,
    asks: bool | Unknown,  # noqa: FBT001 - a fact
    found: Iterator[Linked],
) -> Iterator[Linked]:
    """The flows of an operation, with whether it asks who sends a request where others of its API do not."""
    guards = asks if isinstance(asks, Unknown) else _SIGN_IN
    told = asks is not False and _is_open(seen, api)
    for one in found:
        yield replace(one, guards=guards) if told and isinstance(one, Flow) and one.how != "reads_from" else one


def _is_open(seen: Seen, api: PlannedResource) -> bool:
    """Whether some route of an API asks nobody; where all ask, that stands on every way into it."""
    entry = seen.resources.get(api.id)
    socket = api.type == APIS[1] and api.text("protocol_type") == "WEBSOCKET"
    return isinstance(entry, Entrypoint) and entry.authenticated is False and not socket


def _routes(seen: Seen, api: PlannedResource, integration: PlannedResource) -> Iterator[Answer]:
    """Whether each route that hands on to an integration asks; one that may be another's counts where it does not."""
    found = seen.planned.attached(api, _ROUTE, "api_id", every=True)
    if isinstance(found, Unknown):
        yield found
        found = seen.planned.attached(api, _ROUTE, "api_id")
    leading = 0
    for route in () if isinstance(found, Unknown) else found:
        leads = _leads(seen, route, integration)
        before = str(route.values.get("route_key")).upper().startswith(_BEFORE)
        asks = before or _asks(route, "authorization_type")
        leading += leads is not False
        if leads is True:
            yield asks
        elif isinstance(leads, Unknown) and plain(asks) is not True:
            yield leads
    if not leading:
        yield False


def _leads(seen: Seen, route: PlannedResource, integration: PlannedResource) -> bool | Unknown:
    value = route.get("target")
    if isinstance(value, str):
        return value == f"integrations/{integration.values.get('id')}"
    target = seen.planned.target(route, "target", (_INTEGRATION,))
    return target if isinstance(target, Unknown) else target is integration


def _methods(seen: Seen, api: PlannedResource, integration: PlannedResource) -> Iterator[Answer]:
    """Whether the method of an integration asks: it is at the same place, by the same verb."""
    place = seen.planned.target(integration, "resource_id", _PLACES)
    verb = integration.values.get("http_method")
    found = seen.planned.attached(api, _METHOD, "rest_api_id")
    if isinstance(place, Unknown) or isinstance(found, Unknown) or verb is None:
        yield next((one for one in (place, found) if isinstance(one, Unknown)), Unknown("its verb is not known"))
        return
    same = [
        one
        for one in found
        if one.values.get("http_method") == verb and seen.planned.target(one, "resource_id", _PLACES) == place
    ]
    yield both(*(verb == _BEFORE or _asks(one, "authorization") for one in same)) if same else False


def _asks(one: PlannedResource, attribute: str) -> Answer:
    kind = one.text(attribute, "NONE")
    return kind if isinstance(kind, Unknown) else kind != "NONE"
