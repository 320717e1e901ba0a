"""Integrations of both versions of API Gateway: what of them tells where requests go on, without what may be secret.

Of a URL the scheme and host are kept, of templates and parameters the names of what they address, and no other value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scanner.clouds.aws.compute.credentials import literal_shape
from scanner.clouds.aws.links.request_names import named_in
from scanner.clouds.aws.live import masking
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.model import Unknown
from scanner.redact import HIDDEN

_ADDRESS = re.compile(r"(https?://)(?:[^/?#@]*@)?([A-Za-z0-9._-]+(?::\d{1,5})?)(?:[/?#].*)?", re.DOTALL)
_NAMED = re.compile(r"(arn:[\w:/.${}+*=@-]{1,1024})(?:\?.*)?", re.DOTALL)
_ENUMERATED = frozenset({"type", "httpMethod", "connectionType", "IntegrationType", "IntegrationMethod",
                         "IntegrationSubtype", "ConnectionType", "IntegrationId"})  # fmt: skip
_PLACES = frozenset({"uri", "IntegrationUri", "integrationTarget"})
_IDS = frozenset({"connectionId", "ConnectionId"})
_MAPS = frozenset({"requestTemplates", "requestParameters", "RequestTemplates", "RequestParameters"})


def masked(integration: Mapping[str, Any]) -> dict[str, Any]:
    """One integration, without what may be secret."""
    return {key: _masked(key, value) for key, value in integration.items()}


def told(uri: str | None) -> str | Unknown:
    """What an integration calls; not known where that was not kept."""
    return Unknown("what it calls is no plain name, and is not kept") if uri == HIDDEN else uri or ""


def _masked(key: str, value: Any) -> Any:
    if value is None or key in _ENUMERATED:
        return value
    if key in _PLACES:
        return place(value)
    if key in _IDS:
        return masking.place(value)
    if key in _MAPS and isinstance(value, Mapping):
        return {name: _names(name, str(text)) for name, text in value.items()}
    return hiding(key)({key: value})[key]


def place(uri: object) -> str:
    """What a URI calls: an ARN without a query, or the host of a URL."""
    text = str(uri or "")
    match = _ADDRESS.fullmatch(text)
    kept = match[1] + match[2] if match else text
    named = _NAMED.fullmatch(kept)
    kept = named[1] if named else kept
    return kept if (match or named) and literal_shape(kept) is None else HIDDEN if text else ""


def _names(name: str, text: str) -> str:
    """What a template or a parameter names, written so that it names the same again."""
    inside = [one for one in named_in("", text) if literal_shape(one[1]) is None]
    if inside:
        return "; ".join(f'{key}: "{value}"' for key, value in inside)
    whole = [value for _, value in named_in(name, text) if literal_shape(value) is None]
    return whole[0] if whole else HIDDEN
