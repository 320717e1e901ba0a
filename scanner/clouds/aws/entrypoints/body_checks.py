"""Whether a REST API checks the bodies of requests before it hands them on.

Source: Amazon API Gateway Developer Guide, "Request validation for REST APIs" (a validator checks a body against the
method's model; without a model nothing of it is checked) and the extensions x-amazon-apigateway-request-validators and
x-amazon-apigateway-request-validator. An HTTP API has no such check ("Choose between REST APIs and HTTP APIs").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from scanner.clouds.aws.json_text import read_json_or_yaml
from scanner.hcl.values import Template
from scanner.logic import Answer, both, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.completed import completed_in, sourced
from scanner.terraform.computed import setting
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

VALIDATOR = "aws_api_gateway_request_validator"
_METHOD = "aws_api_gateway_method"
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "ANY"})
_ANY = "x-amazon-apigateway-any-method"
_CHECKS = "x-amazon-apigateway-request-validators"
_CHECK = "x-amazon-apigateway-request-validator"
_SHOWN = 3
_NOT_HERE = Unknown("no method of this API is in the plan")
NEVER = {"bodies_checkable": False}
"""Facts of an API that cannot check bodies."""

_Found = list[tuple[str, Answer]]
"""Methods that take a body, by name, and whether each checks it."""


def body_facts(planned: PlannedWorld, api: PlannedResource) -> dict[str, Answer]:
    """Whether methods of a REST API take bodies, and whether each checks them."""
    found = _methods(planned, api)
    if isinstance(found, Unknown):
        return dict.fromkeys(("bodies_checkable", "bodies_checked"), found)
    more = planned.attached(api, _METHOD, "rest_api_id", every=True)
    unsure = [more] if isinstance(more, Unknown) else []
    completed = completed_in(api, "body")
    if not found:
        return {"bodies_checkable": unsure[0] if unsure else sourced(False, completed), "bodies_checked": False}
    bare = [name for name, answer in found if plain(answer) is False]
    shown = ", ".join(bare[:_SHOWN]) + (", ..." if len(bare) > _SHOWN else "")
    checked = Noted(False, f"no body is checked by {shown}") if bare else both(*(one for _, one in found), *unsure)
    return {"bodies_checkable": sourced(True, completed), "bodies_checked": sourced(checked, completed)}


def _methods(planned: PlannedWorld, api: PlannedResource) -> _Found | Unknown:
    told = planned.attached(api, _METHOD, "rest_api_id")
    if isinstance(told, Unknown):
        return told
    found: _Found = []
    for method in told:
        verb = method.get("http_method")
        if isinstance(verb, Unknown):
            return verb
        if str(verb).upper() in _WITH_BODY:
            found.append((f"{verb} ({method.address})", _checked(planned, method)))
    body = setting(api, "body", None)
    if isinstance(body, Unknown) and not isinstance(body, Template):
        return body
    documented = _of_document(body if isinstance(body, Template) else str(body)) if body else ()
    if isinstance(documented, Unknown):
        return documented
    return _NOT_HERE if not (told or body or api.plan.is_live) else [*found, *documented]


def _checked(planned: PlannedWorld, method: PlannedResource) -> Answer:
    """Whether a method has a validator of bodies, and a model to check them against."""
    validator = planned.target(method, "request_validator_id", (VALIDATOR,))
    if validator is None:
        return Noted(False, "it has no request validator")
    if not isinstance(validator, PlannedResource):
        return validator if isinstance(validator, Unknown) else Unknown("its request validator was not seen")
    models = method.mapping("request_models")
    named = bool(models) or not method.whole("request_models")
    return both(validator.flag("validate_request_body"), models if isinstance(models, Unknown) else named)


@lru_cache(maxsize=256)
def _of_document(text: str | Template) -> tuple[tuple[str, Answer], ...] | Unknown:
    """Methods of an OpenAPI document that take a body."""
    document = read_json_or_yaml(text, "the API's document")
    paths = document.get("paths") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or not isinstance(paths, Mapping):
        return paths if isinstance(paths, Unknown) else Unknown("the API's document cannot be read as OpenAPI")
    items = [item for item in paths.values() if isinstance(item, Mapping)]
    parts = (*paths.values(), *(operation for item in items for operation in item.values()))
    unread = next((part for part in parts if isinstance(part, Unknown)), None)
    return tuple(_documented(document)) if unread is None else unread


def _documented(document: Mapping[str, Any]) -> Iterator[tuple[str, Answer]]:
    for path, item in document["paths"].items():
        for key, operation in item.items() if isinstance(item, Mapping) else ():
            verb = "ANY" if str(key).lower() == _ANY else str(key).upper()
            if verb in _WITH_BODY and isinstance(operation, Mapping):
                checks = both(_checks_bodies(document, operation), _has_model(operation, item))
                none = Noted(False, "its document names no validator of its body")
                yield f"{verb} {path}", checks if plain(checks) is not False else none


def _checks_bodies(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Answer:
    validators, name = document.get(_CHECKS), operation.get(_CHECK, document.get(_CHECK))
    for part in (validators, name):
        if isinstance(part, Unknown):
            return part
    named = validators.get(name) if isinstance(validators, Mapping) and isinstance(name, str) else None
    checks = named.get("validateRequestBody") if isinstance(named, Mapping) else named
    return checks if isinstance(checks, Unknown) else checks is True


def _has_model(operation: Mapping[str, Any], item: Mapping[str, Any]) -> Answer:
    """Whether the body has a schema: in OpenAPI 3 its content has, in 2 the parameter that is the body."""
    body = operation.get("requestBody")
    if isinstance(body, Unknown):
        return body
    if isinstance(body, Mapping):
        content = body.get("content")
        if "$ref" in body:
            return True
        if isinstance(content, Unknown):
            return content
        return either(*map(_schema, content.values())) if isinstance(content, Mapping) else False
    parameters = [*_list(operation.get("parameters")), *_list(item.get("parameters"))]
    return either(*map(_is_model, parameters))


def _is_model(parameter: Any) -> Answer:
    place = parameter.get("in") if isinstance(parameter, Mapping) else parameter
    return place if isinstance(place, Unknown) else both(place == "body", _schema(parameter))


def _schema(value: Any) -> Answer:
    schema = value.get("schema") if isinstance(value, Mapping) else value
    return schema if isinstance(schema, Unknown) else isinstance(value, Mapping) and bool(schema)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, Unknown) else []
