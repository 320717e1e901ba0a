"""OpenAPI documents of APIs: the backends and authorizers that they name.

Sources: Amazon API Gateway Developer Guide, "x-amazon-apigateway-integration object", "x-amazon-apigateway-integrations
object" and "x-amazon-apigateway-authorizer object".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from scanner.clouds.aws.entrypoints import operations
from scanner.clouds.aws.json_text import read_json_or_yaml
from scanner.hcl.values import Template
from scanner.logic import plain
from scanner.model import Unknown

_INTEGRATION = "x-amazon-apigateway-integration"
_INTEGRATIONS = "x-amazon-apigateway-integrations"
_AUTHORIZER = "x-amazon-apigateway-authorizer"


@dataclass(frozen=True, slots=True)
class Integration:
    """A backend, or what an authorizer asks."""

    uri: Any
    """A text, or what is known of one."""

    authorizer: bool = False
    asks: bool | Unknown = True
    """Whether the operation asks who calls it; what a browser sends before it signs in is left out."""


@lru_cache(maxsize=256)
def integrations(body: str | Template) -> tuple[Integration, ...] | Unknown:
    """Every backend and authorizer that a document names, each once."""
    document = read_json_or_yaml(body, "the API's document")
    if not isinstance(document, Mapping):
        return document if isinstance(document, Unknown) else Unknown("the API's document cannot be read as OpenAPI")
    found: list[Integration] = []
    for one in _all(document):
        if one not in found:
            found.append(one)
    return tuple(found)


def _all(document: Mapping[str, Any]) -> Iterator[Integration]:
    components = document.get("components")
    shared = components.get(_INTEGRATIONS) if isinstance(components, Mapping) else None
    schemes = components.get("securitySchemes") if isinstance(components, Mapping) else None
    for scheme in _values(schemes or document.get("securityDefinitions")):
        authorizer = scheme.get(_AUTHORIZER)
        if isinstance(authorizer, Mapping) and authorizer.get("authorizerUri"):
            yield Integration(authorizer["authorizerUri"], authorizer=True)
    for path in _values(document.get("paths")):
        for method, operation in path.items():
            if isinstance(operation, Mapping):
                asks = method == "options" or plain(operations.asks(document, operation))
                yield from (replace(i, asks=asks) for i in _integration(operation.get(_INTEGRATION), shared))
    for one in _values(shared):
        yield from _integration(one, None)


def _integration(one: Any, shared: Any) -> Iterator[Integration]:
    if isinstance(one, Unknown):
        yield Integration(one)
    if not isinstance(one, Mapping):
        return
    reference = one.get("$ref")
    if isinstance(reference, str) and isinstance(shared, Mapping):
        yield from _integration(shared.get(reference.rpartition("/")[2]), None)
    elif str(one.get("type")).lower() != "mock" and one.get("uri"):
        yield Integration(one["uri"])


def _values(node: Any) -> Iterator[Mapping[str, Any]]:
    for one in node.values() if isinstance(node, Mapping) else ():
        if isinstance(one, Mapping):
            yield one
