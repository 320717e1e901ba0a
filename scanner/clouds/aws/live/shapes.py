"""Values brought into the shape that botocore's model gives an operation's answer, or refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.model import Shape

_TEXT = frozenset({"string", "character", "blob"})
_WHOLE = frozenset({"integer", "long", "bigdecimal"})
_MILLISECONDS = 1e11
"""Numbers from here on are milliseconds since 1970: as seconds they would be the year 5138."""


class MisfitError(Exception):
    """A value that is not of the shape; the message says which part, never its content."""


def shaped(value: Any, shape: Any, path: str = "") -> Any:
    """A value as a page of an answer has it: members under their own names, without those that are null.

    Raises MisfitError for a member that the shape lacks, another type, a value of no enumeration.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return _structure(value, shape, path)
    if kind == "list" and isinstance(value, list):
        return [shaped(one, shape.member, f"{path}[]") for one in value]
    if kind == "map" and isinstance(value, dict):
        return {name: shaped(one, shape.value, f"{path}{{}}") for name, one in value.items()}
    return _scalar(value, shape, path)


def _structure(value: dict[str, Any], shape: Any, path: str) -> dict[str, Any]:
    names = {name.lower(): name for name in shape.members}
    found: dict[str, Any] = {}
    for given, one in value.items():
        if one is None:
            continue
        name = names.get(given.lower())
        if name is None:
            raise MisfitError(f"{path or shape.name} has no {given} in the API")
        if name in found:
            raise MisfitError(f"{path}.{name} stands there twice")
        found[name] = shaped(one, shape.members[name], f"{path}.{name}" if path else name)
    return found


def _scalar(value: Any, shape: Any, path: str) -> Any:
    kind = shape.type_name
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind in _TEXT and isinstance(value, str) and _allowed(value, shape):
        return value
    if kind in _WHOLE and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind in {"float", "double"} and isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if kind == "timestamp" and (moment := _moment(value)):
        return moment
    raise MisfitError(f"{path} is no {kind} that the API gives")


def _allowed(value: str, shape: Shape) -> bool:
    enumeration = getattr(shape, "enum", None)
    return not enumeration or value in enumeration


def _moment(value: Any) -> str | None:
    """A moment as ISO 8601, from text or from a number of seconds or milliseconds since 1970."""
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value).isoformat()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS else value, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None
    return None
