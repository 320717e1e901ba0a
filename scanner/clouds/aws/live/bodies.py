"""Refuses bodies that are no answer: a proxy's page, or nothing at all, with status 200.

botocore reads many of them as an answer without content, which would look like an account without resources. How an
answer is written follows from the service's protocol (Smithy specification, "AWS protocols").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError

_ROOT = re.compile(rb"\s*(?:<[?!][^>]*>\s*)*<(?:[\w.-]+:)?([\w.-]+)")
_IN_HEADERS = frozenset({"header", "headers", "statusCode"})
_CBOR_MAPS = range(0xA0, 0xC0)
"""First bytes of a map in CBOR (RFC 8949, section 3)."""


class MalformedAnswerError(BotoCoreError):  # type: ignore[misc] # botocore has no types
    """The body of an answer is not one that the service gives."""

    fmt = "the body of the answer is none that {service} gives to {operation}"


def guarded(client: Any) -> Any:
    """Let `client` raise MalformedAnswerError for such bodies, before its parser falls over them; return it."""
    client.meta.events.register("before-parse", _check)
    return client


def _check(operation_model: Any, response_dict: Mapping[str, Any], **_: object) -> None:
    if response_dict["status_code"] >= 300:
        return
    service, operation, body = operation_model.service_model, operation_model.name, response_dict["body"]
    is_answer = not _is_text(operation_model) or body.strip()
    if _has_body(operation_model):
        is_answer = _is_answer(_protocol(service), operation, body)
    if not is_answer:
        raise MalformedAnswerError(service=service.service_name, operation=operation)


def _is_text(operation: Any) -> bool:
    """Whether the body as a whole is one text, such as a bucket's policy."""
    payload = operation.output_shape and operation.output_shape.serialization.get("payload")
    return bool(payload) and operation.output_shape.members[payload].type_name == "string"


def _has_body(operation: Any) -> bool:
    """Whether answers have members in a body whose form the protocol sets."""
    shape = operation.output_shape
    if shape is None or operation.has_streaming_output:
        return False
    payload = shape.serialization.get("payload")
    if payload is not None:
        return bool(shape.members[payload].type_name == "structure")
    return any(member.serialization.get("location") not in _IN_HEADERS for member in shape.members.values())


def _is_answer(protocol: str, operation: str, body: bytes) -> bool:
    if protocol.endswith("cbor"):
        return body[:1] != b"" and body[0] in _CBOR_MAPS
    if protocol.endswith("json"):
        return _is_object(body)
    root = _ROOT.match(body)
    if root is None:
        return False
    return root[1].lower() != b"html" if protocol == "rest-xml" else root[1].decode() == f"{operation}Response"


def _is_object(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return False
    return True


def _protocol(service: Any) -> str:
    """The protocol that botocore picks, of those that a service speaks; older ones know but one."""
    return str(getattr(service, "resolved_protocol", "") or service.metadata["protocol"])
