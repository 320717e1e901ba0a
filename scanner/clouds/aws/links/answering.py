"""Whether an API of API Gateway answers at all: it does once it has something to call and is deployed to a stage.

Sources: Amazon API Gateway Developer Guide, "Deploy REST APIs in API Gateway", "Stages for HTTP APIs in API Gateway",
"Disable the default endpoint for REST APIs"; reference of `CreateApi` (`target` makes a route and a stage).
"""

from __future__ import annotations

from scanner.clouds.aws.links.seen import Seen
from scanner.clouds.aws.links.things import APIS
from scanner.logic import Answer, both
from scanner.model import Unknown
from scanner.terraform.computed import left_out, setting
from scanner.terraform.instances import PlannedResource

_OPERATIONS = {
    APIS[0]: {"aws_api_gateway_method": "rest_api_id", "aws_api_gateway_rest_api_put": "rest_api_id"},
    APIS[1]: {"aws_apigatewayv2_route": "api_id"},
}
_STAGES = {
    APIS[0]: {"aws_api_gateway_stage": "rest_api_id", "aws_api_gateway_deployment": "rest_api_id"},
    APIS[1]: {"aws_apigatewayv2_stage": "api_id"},
}
_MAPPINGS = {"aws_apigatewayv2_api_mapping": "api_id", "aws_api_gateway_base_path_mapping": "api_id"}
_KEY = {APIS[0]: "http_method", APIS[1]: "route_key"}


def answers(seen: Seen, api: PlannedResource) -> Answer:
    """Whether requests to an API are answered."""
    if api.type == APIS[1] and not left_out(api, "target") and api.get("target") not in (None, ""):
        return True
    return both(_operated(seen, api), _staged(seen, api), _addressed(seen, api))


def _operated(seen: Seen, api: PlannedResource) -> Answer:
    if not left_out(api, "body") and api.get("body") not in (None, ""):
        return True
    found = seen.planned.attached_of(api, _OPERATIONS[api.type], (api.type,))
    if isinstance(found, Unknown) or not found:
        return found if isinstance(found, Unknown) else _none(seen, api, "there is nothing that it can be asked for")
    unread = [one.get(_KEY[api.type]) for one in found] if api.plan.is_live else []
    doubts = [one for one in unread if isinstance(one, Unknown)]
    return doubts[0] if doubts and len(doubts) == len(unread) else True


def _staged(seen: Seen, api: PlannedResource) -> Answer:
    """Whether it is deployed to a stage: a deployment that names none is of none."""
    found = seen.planned.attached_of(api, _STAGES[api.type], (api.type,))
    if isinstance(found, Unknown):
        return found
    if any(not one.type.endswith("_deployment") or one.get("stage_name") not in (None, "") for one in found):
        return True
    return _none(seen, api, "it is deployed to no stage")


def _addressed(seen: Seen, api: PlannedResource) -> Answer:
    """Whether it has an address: its own, unless that is disabled, or a domain name, which may be made elsewhere."""
    disabled = setting(api, "disable_execute_api_endpoint", default=False)
    if not isinstance(disabled, Unknown) and not disabled:
        return True
    mapped = seen.planned.attached_of(api, _MAPPINGS, APIS)
    if isinstance(mapped, Unknown):
        return mapped
    if mapped or isinstance(disabled, Unknown):
        return True if mapped else disabled
    because = "its own endpoint is disabled, and no domain name that leads to it was seen"
    return _none(seen, api, because) if api.plan.is_live else Unknown(because)


def _none(seen: Seen, api: PlannedResource, because: str) -> Answer:
    answer: Answer = seen.planned.default(api, False, because)
    return answer
