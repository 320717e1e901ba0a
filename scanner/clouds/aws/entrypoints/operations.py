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
from scanner.logic import Answer, both, plain
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
    if isinstance(body, Unknown):
        found.append(Operation(name="its document", authorized=body, needs_key=body))
    elif body:
        documented = from_document(str(body))
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
def from_document(text: str) -> tuple[Operation, ...] | Unknown:
    """Operations of an OpenAPI document, in JSON or YAML, version 2 or 3, with API Gateway's extensions."""
    document = read_json_or_yaml(text, "the API's document")
    if not isinstance(document, Mapping) or not isinstance(document.get("paths"), Mapping):
        return Unknown("the API's document cannot be read as OpenAPI")
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, Mapping) else None
    schemes = schemes or document.get("securityDefinitions")
    return tuple(_operations(document, schemes if isinstance(schemes, Mapping) else {}))


def _operations(document: Mapping[str, Any], schemes: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, operation in item.items() if isinstance(item, Mapping) else ():
            if str(method).lower() in _METHODS and isinstance(operation, Mapping):
                verb = "ANY" if str(method).startswith("x-") else str(method).upper()
                yield _operation(f"{verb} {path}", document, operation, schemes)


def _operation(
    name: str, document: Mapping[str, Any], operation: Mapping[str, Any], schemes: Mapping[str, Any]
) -> Operation:
    auth = operation.get("x-amazon-apigateway-auth")
    if isinstance(auth, Mapping) and str(auth.get("type", "")).upper() not in {"", "NONE"}:
        return Operation(name=name, authorized=True)
    at_root = "security" not in operation
    required = document.get("security") if at_root else operation.get("security")
    alternatives = [a for a in required if isinstance(a, Mapping)] if isinstance(required, list) else []
    proven = bool(alternatives) and all(any(_proves(schemes.get(s)) for s in a) for a in alternatives)
    keyed = bool(alternatives) and all(any(_is_key(schemes.get(s)) for s in a) for a in alternatives)
    if at_root and proven:
        return Operation(name=name, authorized=_ROOT_ONLY, needs_key=keyed)
    return Operation(name=name, authorized=proven, needs_key=keyed)


def _proves(scheme: Any) -> bool:
    """Whether API Gateway checks a caller's identity by this scheme: one without its extensions it does not apply."""
    return isinstance(scheme, Mapping) and (
        bool(scheme.get(_AUTHORIZER)) or str(scheme.get(_AUTHTYPE, "")).lower() == "awssigv4"
    )


def _is_key(scheme: Any) -> bool:
    return isinstance(scheme, Mapping) and str(scheme.get("type")) == "apiKey" and not _proves(scheme)
