"""What an API lets people call: methods and routes, and whether each asks who is there.

Sources: Amazon API Gateway Developer Guide, "Controlling and managing access to REST APIs" and "to HTTP APIs"
(an API key alone does not authenticate), "x-amazon-apigateway-authtype", "x-amazon-apigateway-authorizer"
and "Working with WebSocket APIs" (only $connect is authorised).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scanner.clouds.aws.json_text import read_json_or_yaml
from scanner.hcl.values import Template
from scanner.logic import Answer, both, either, negated, plain
from scanner.model import Noted, Unknown
from scanner.terraform.computed import setting
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_METHODS = ("get", "put", "post", "delete", "head", "patch", "trace", "x-amazon-apigateway-any-method")
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_AUTHTYPE = "x-amazon-apigateway-authtype"
_SHOWN = 3
_ROOT_ONLY = Unknown(
    "the API's document asks for authorization at its root only, which API Gateway may not apply to each operation"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of a path, or one route."""

    name: str
    authorized: Answer
    """Whether a caller must prove who he is."""

    needs_key: Answer = False
    """Whether a caller must send an API key, by which usage plans count."""

    untold: bool = False
    """Whether it stands for methods or routes of which it cannot be told whose they are."""


def authorized(operations: Iterable[Operation]) -> Answer:
    """Whether every operation asks who calls; OPTIONS, which a browser sends before it may sign in, is left out."""
    asked = list(operations)
    opened = [op.name for op in asked if plain(op.authorized) is False]
    if opened:
        more = ", ..." if len(opened) > _SHOWN else ""
        return Noted(False, f"no authorization is asked for by {', '.join(opened[:_SHOWN])}{more}")
    return both(*(op.authorized for op in asked), True)


def alone(authorized_: Answer) -> Answer:
    """Whether a method or route asks, whose API is not in the plan: one that does not may be guarded by the API."""
    if plain(authorized_) is not False:
        return authorized_
    return Unknown("it asks for no authorization; whether its API, which was not seen, does is not known")


def declared(
    planned: PlannedWorld,
    api: PlannedResource,
    companion: tuple[str, str],
    read: Callable[[PlannedResource], Operation],
) -> list[Operation] | Unknown:
    """Every operation of an API: from its methods or routes (type and attribute of `companion`), and its document."""
    told = planned.attached(api, *companion)
    if isinstance(told, Unknown):
        return told
    found = [read(one) for one in told]
    noun = companion[0].rpartition("_")[2]
    every = planned.attached(api, *companion, every=True)
    if isinstance(every, Unknown):
        found.append(Operation(name=f"another {noun}", authorized=every, needs_key=every, untold=True))
    body = setting(api, "body", None)
    if isinstance(body, Unknown) and not isinstance(body, Template):
        found.append(Operation(name="its document", authorized=body, needs_key=body))
    elif body:
        documented = from_document(body if isinstance(body, Template) else str(body))
        if isinstance(documented, Unknown):
            return documented
        found.extend(documented)
    if not found and not api.plan.is_live:
        return Unknown(f"no {noun} of this API is in the plan")
    return without_options(found)


def without_options(operations: Iterable[Operation]) -> list[Operation]:
    """All but the preflight requests of browsers."""
    return [op for op in operations if not op.name.upper().startswith("OPTIONS")]


@lru_cache(maxsize=256)
def from_document(text: str | Template) -> tuple[Operation, ...] | Unknown:
    """Operations of an OpenAPI document, in JSON or YAML, version 2 or 3, with API Gateway's extensions."""
    document = read_json_or_yaml(text, "the API's document")
    paths = document.get("paths") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or not isinstance(paths, Mapping):
        return paths if isinstance(paths, Unknown) else Unknown("the API's document cannot be read as OpenAPI")
    return tuple(_operations(document, _schemes(document)))


def asks(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Answer:
    """Whether one operation of a document asks who calls it."""
    return _operation("", document, operation, _schemes(document)).authorized


def _schemes(document: Mapping[str, Any]) -> Any:
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, Mapping) else components
    return schemes or document.get("securityDefinitions")


def _operations(document: Mapping[str, Any], schemes: Any) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        if isinstance(item, Unknown):
            yield Operation(name=f"what is at {path}", authorized=item, needs_key=item)
        for method, operation in item.items() if isinstance(item, Mapping) else ():
            if str(method).lower() not in _METHODS:
                continue
            name = f"{'ANY' if str(method).startswith('x-') else str(method).upper()} {path}"
            if isinstance(operation, Unknown):
                yield Operation(name=name, authorized=operation, needs_key=operation)
            elif isinstance(operation, Mapping):
                yield _operation(name, document, operation, schemes)


def _operation(name: str, document: Mapping[str, Any], operation: Mapping[str, Any], schemes: Any) -> Operation:
    auth = operation.get("x-amazon-apigateway-auth")
    kind = auth.get("type", "") if isinstance(auth, Mapping) else auth if isinstance(auth, Unknown) else ""
    if not isinstance(kind, Unknown) and str(kind or "").upper() not in {"", "NONE"}:
        return Operation(name=name, authorized=True)
    at_root = "security" not in operation
    required = document.get("security") if at_root else operation.get("security")
    proven, keyed = (_asked(required, schemes, check) for check in (_proves, _is_key))
    if at_root and plain(proven) is True:
        proven = _ROOT_ONLY
    return Operation(
        name=name, authorized=either(proven, kind if isinstance(kind, Unknown) else False), needs_key=keyed
    )


def _asked(required: Any, schemes: Any, check: Callable[[Any], Answer]) -> Answer:
    """Whether each of the alternatives that `security` lists names a scheme that passes the check."""
    if isinstance(required, Unknown):
        return required
    listed = required if isinstance(required, list) else []
    alternatives = [a for a in listed if isinstance(a, (Mapping, Unknown))]
    answers = [a if isinstance(a, Unknown) else either(*(check(_named(schemes, s)) for s in a)) for a in alternatives]
    return both(bool(alternatives), *answers)


def _named(schemes: Any, name: str) -> Any:
    return schemes.get(name) if isinstance(schemes, Mapping) else schemes


def _proves(scheme: Any) -> Answer:
    """Whether API Gateway checks a caller's identity by this scheme: one without its extensions it does not apply."""
    if not isinstance(scheme, Mapping):
        return scheme if isinstance(scheme, Unknown) else False
    authorizer, kind = scheme.get(_AUTHORIZER), scheme.get(_AUTHTYPE, "")
    return either(
        authorizer if isinstance(authorizer, Unknown) else bool(authorizer),
        kind if isinstance(kind, Unknown) else str(kind).lower() == "awssigv4",
    )


def _is_key(scheme: Any) -> Answer:
    if not isinstance(scheme, Mapping):
        return scheme if isinstance(scheme, Unknown) else False
    kind = scheme.get("type")
    return both(kind if isinstance(kind, Unknown) else kind == "apiKey", negated(_proves(scheme)))
