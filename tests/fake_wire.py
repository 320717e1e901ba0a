"""HTTP requests and answers of AWS's APIs, read and written by botocore's own service models, and nothing let through.

The protocols rest-json and json are written here; query (XML) is moto's. What a model lacks is a `MismatchError`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.parsers import create_parser
from botocore.validate import ParamValidator

_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_FORMS = frozenset({"query"})


class MismatchError(Exception):
    """A request or an answer that the service's model does not allow."""


@dataclass(frozen=True)
class Wire:
    """One HTTP request as it came."""

    method: str
    target: str
    """Path and query."""

    headers: Mapping[str, str]
    """By name in lower case."""

    body: bytes

    @property
    def scope(self) -> tuple[str, str, str]:
        """Access key, region and signing name, out of the signature; empty where it has none."""
        found = _SCOPE.search(self.headers.get("authorization", ""))
        return (found[1], found[2], found[3]) if found else ("", "", "")


@cache
def model(service: str) -> ServiceModel:
    """The model of a service, by botocore's name of it."""
    return _session().get_service_model(service)


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def recognized(wire: Wire, services: Iterable[str]) -> tuple[str, OperationModel] | None:
    """The service, of several, and the operation that a request is for; None where it is for none of them."""
    scope = wire.scope[2]
    for service in services:
        known = model(service)
        if known.signing_name == scope:
            found = _by_path(wire, known) if _spoken(known).startswith("rest") else _by_name(wire, known)
            if found is not None:
                return service, found
    return None


def parameters(wire: Wire, operation: OperationModel) -> dict[str, Any]:
    """Read and check a request's parameters."""
    shape = operation.input_shape
    if shape is None:
        return {}
    found = _from_rest(wire, operation) if _is_rest(operation) else _from_body(wire, operation)
    check(found, shape, f"request {operation.name}")
    return found


def check(value: Any, shape: Shape, what: str) -> None:
    """Raise MismatchError for what a shape does not allow: members, missing ones, types, values of no enumeration."""
    errors = ParamValidator().validate(value, shape)
    if errors.has_errors():
        raise MismatchError(f"{what}: {errors.generate_report()}")
    for path, text, allowed in _outside(value, shape, ""):
        raise MismatchError(f"{what}: {path} is {text!r}, none of {allowed}")


def answered(operation: OperationModel, answer: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Check an answer, write it in the service's protocol, and see that botocore reads the same out of it."""
    shape = operation.output_shape
    status = int(operation.http.get("responseCode", 200))
    if shape is None:
        if answer:
            raise MismatchError(f"answer {operation.name}: the operation has no answer")
        return status, {}, b""
    check(answer, shape, f"answer {operation.name}")
    protocol = _protocol(operation)
    headers, body = _as_xml(operation, answer) if protocol in _FORMS else _as_json(operation, answer)
    if status == 204:
        body = b""
    read = create_parser(protocol).parse({"status_code": status, "headers": headers, "body": body}, shape)
    read.pop("ResponseMetadata", None)
    if status != 204 and read != answer:
        raise MismatchError(f"answer {operation.name}: botocore reads {read}, not {answer}")
    return status, headers, body


def refused(operation: OperationModel, code: str, message: str, status: int) -> tuple[int, dict[str, str], bytes]:
    """Write an error in the service's protocol."""
    if _protocol(operation) in _FORMS:
        told = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        return status, {"Content-Type": "text/xml"}, f"<ErrorResponse>{told}</ErrorResponse>".encode()
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    return status, headers, json.dumps({"__type": code, "message": message}).encode()


def _protocol(operation: OperationModel) -> str:
    return _spoken(operation.service_model)


def _spoken(known: ServiceModel) -> str:
    """The protocol that botocore picks, of those that a service speaks."""
    return str(getattr(known, "resolved_protocol", known.metadata["protocol"]))


def _is_rest(operation: OperationModel) -> bool:
    return _protocol(operation).startswith("rest")


# -- which operation


def _by_name(wire: Wire, known: ServiceModel) -> OperationModel | None:
    target = wire.headers.get("x-amz-target", "")
    prefix, _, name = target.rpartition(".")
    if not target:
        name = dict(parse_qsl(wire.body.decode(errors="replace"))).get("Action", "")
    elif prefix != known.metadata.get("targetPrefix"):
        return None
    return known.operation_model(name) if name in known.operation_names else None


@cache
def _routes(known: ServiceModel) -> list[tuple[str, re.Pattern[str], dict[str, str], OperationModel]]:
    """Method, path and fixed query of every operation, the most telling first."""
    routes = []
    for name in known.operation_names:
        operation = known.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        parts = re.split(r"(\{[^}]+\})", path)
        pattern = "".join(_label(part) if part.startswith("{") else re.escape(part) for part in parts)
        fixed = dict(parse_qsl(query, keep_blank_values=True))
        routes.append((operation.http["method"], re.compile(pattern + r"\Z"), fixed, operation))
    return sorted(routes, key=lambda route: (-len(route[2]), route[1].pattern.count("(?P<")))


def _label(part: str) -> str:
    name = part.strip("{}")
    return f"(?P<{name.rstrip('+').replace('-', '__')}>{'.+' if name.endswith('+') else '[^/]+'})"


def _by_path(wire: Wire, known: ServiceModel) -> OperationModel | None:
    url = urlsplit(wire.target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    for method, path, fixed, operation in _routes(known):
        if method == wire.method and path.match(url.path) and fixed.items() <= query.items():
            return operation
    return None


# -- parameters


def _from_body(wire: Wire, operation: OperationModel) -> dict[str, Any]:
    if _protocol(operation) in _FORMS:
        from moto.core.model import ServiceModel as MotoModel  # noqa: PLC0415 - seconds, and few services need it
        from moto.core.parse import QueryParser  # noqa: PLC0415

        service = operation.service_model
        theirs = MotoModel(service._service_description, service.service_name)  # noqa: SLF001 - no other way
        request = {"url_path": "/", "values": dict(parse_qsl(wire.body.decode())), "headers": {}, "body": ""}
        parsed = QueryParser(theirs.operation_model(operation.name)).parse(request)  # type: ignore[arg-type]
        return dict(parsed or {})
    read: dict[str, Any] = _read(json.loads(wire.body or b"{}"), operation.input_shape)
    return read


def _from_rest(wire: Wire, operation: OperationModel) -> dict[str, Any]:
    shape = operation.input_shape
    assert shape is not None
    url = urlsplit(wire.target)
    query = parse_qsl(url.query, keep_blank_values=True)
    fixed = dict(parse_qsl(operation.http["requestUri"].partition("?")[2], keep_blank_values=True))
    route = next(path for _, path, _, found in _routes(operation.service_model) if found.name == operation.name)
    match = route.match(url.path)
    labels = match.groupdict() if match else {}
    payload = shape.serialization.get("payload")
    found: dict[str, Any] = {}
    known = {*fixed}
    for name, member in shape.members.items():
        wanted = member.serialization.get("name", name)
        where = member.serialization.get("location")
        if where == "uri":
            found[name] = _from_text(unquote(labels[wanted.replace("-", "__")]), member)
        elif where == "querystring" and member.type_name != "map":
            known.add(wanted)
            texts = [text for key, text in query if key == wanted]
            if texts:
                found[name] = texts if member.type_name == "list" else _from_text(texts[0], member)
        elif where == "header" and wanted.lower() in wire.headers:
            found[name] = _from_text(wire.headers[wanted.lower()], member)
        elif name == payload and wire.body:
            found[name] = _read(json.loads(wire.body), member) if member.type_name == "structure" else wire.body
    strange = {key for key, _ in query} - known - {"x-id"}
    if strange:
        raise MismatchError(f"request {operation.name}: unknown in the query: {sorted(strange)}")
    if payload is None and wire.body:
        body = json.loads(wire.body)
        found |= _read(body, shape)
    return found


def _from_text(text: str, shape: Shape) -> Any:
    if shape.type_name in {"integer", "long"}:
        return int(text)
    if shape.type_name == "boolean":
        return {"true": True, "false": False}[text.lower()]
    return datetime.fromisoformat(text) if shape.type_name == "timestamp" else text


def _read(value: Any, shape: Any) -> Any:
    """JSON as the parameters that botocore would have been given; members that are null are not set."""
    if getattr(shape, "is_document_type", False):
        return value
    if isinstance(value, dict) and shape.type_name == "structure":
        names = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        return {
            names[key][0] if key in names else key: _read(item, names[key][1]) if key in names else item
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, dict) and shape.type_name == "map":
        return {key: _read(item, shape.value) for key, item in value.items()}
    if isinstance(value, list) and shape.type_name == "list":
        return [_read(item, shape.member) for item in value]
    if shape.type_name == "timestamp" and isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC)
    return base64.b64decode(value) if shape.type_name == "blob" and isinstance(value, str) else value


def _outside(value: Any, shape: Any, path: str) -> Iterable[tuple[str, str, list[str]]]:
    """Texts that are none of their enumeration."""
    if shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield path, value, shape.enum
    elif shape.type_name == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        for name, item in value.items():
            yield from _outside(item, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "map":
        for name, item in value.items():
            yield from _outside(item, shape.value, f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            yield from _outside(item, shape.member, path)


# -- answers


def _as_json(operation: OperationModel, answer: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    shape = operation.output_shape
    assert shape is not None
    headers = {"Content-Type": "application/json"}
    body: Any = {}
    payload = shape.serialization.get("payload") if _is_rest(operation) else None
    for name, value in answer.items():
        member = shape.members[name]
        wanted = member.serialization.get("name", name)
        if _is_rest(operation) and member.serialization.get("location") in {"header", "statusCode"}:
            headers[wanted] = str(value)
        elif name == payload:
            body = _written(value, member)
        else:
            body[wanted] = _written(value, member)
    return headers, body if isinstance(body, bytes) else json.dumps(body).encode()


def _written(value: Any, shape: Any) -> Any:
    if isinstance(value, dict) and shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        members = shape.members
        return {
            members[name].serialization.get("name", name): _written(item, members[name]) for name, item in value.items()
        }
    if isinstance(value, dict) and shape.type_name == "map":
        return {name: _written(item, shape.value) for name, item in value.items()}
    if isinstance(value, list) and shape.type_name == "list":
        return [_written(item, shape.member) for item in value]
    if shape.type_name == "timestamp":
        iso = shape.serialization.get("timestampFormat") == "iso8601"
        return value.isoformat().replace("+00:00", "Z") if iso else value.timestamp()
    return base64.b64encode(value).decode() if shape.type_name == "blob" else value


def _as_xml(operation: OperationModel, answer: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    from moto.core.model import ServiceModel as MotoModel  # noqa: PLC0415 - seconds, and few services need it
    from moto.core.serialize import QuerySerializer  # noqa: PLC0415

    service = operation.service_model
    theirs = MotoModel(service._service_description, service.service_name)  # noqa: SLF001 - no other way
    written = QuerySerializer(theirs.operation_model(operation.name)).serialize(answer)
    body = written["body"]
    return {"Content-Type": "text/xml"}, body if isinstance(body, bytes) else body.encode()
