"""jsonencode and jsondecode, as far as the value or text is known.

A symbol that is a value stands between quotes, `"${aws_s3_bucket.b.arn}"`; the text that it will be has to be escaped,
as one in a JSON text has. So jsondecode gives back what jsonencode was given, symbols included. In a JSON text that
was written by hand a symbol is taken to be text that needs no escaping, as ARNs, names and identifiers are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from scanner.hcl.functions.characters import normal
from scanner.hcl.functions.conversion import nullable, string
from scanner.hcl.functions.exact import parsed, written
from scanner.hcl.functions.spec import Table, lenient
from scanner.hcl.functions.symbols import is_thing
from scanner.hcl.values import FunctionError, Template, open_set, text, unfinished
from scanner.model import Unknown

_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_TO_ESCAPE = re.compile("[<>&\u2028\u2029]")
_MARK = "\ue000{}\ue001"
_MARKED = re.compile("\ue000([0-9]+)\ue001")
_MARKS = ("\ue000", "\ue001")


def quoted(given: str) -> str:
    """A text as JSON, with what HTML could mistake escaped, as Go writes it."""
    return _TO_ESCAPE.sub(lambda found: _ESCAPED[found[0]], json.dumps(given, ensure_ascii=False))


def jsonencode(value: Any) -> Any:
    """The value as JSON: a text, or a Template where parts are not known."""
    return text(*_written(value))


def _written(value: Any) -> Iterator[Any]:
    if isinstance(value, Unknown):
        yield '"'
        yield from _inside(value)
        yield '"'
    elif isinstance(value, dict):
        yield from _object(value)
    elif isinstance(value, list):
        yield from _array(value)
    elif is_thing(value):
        yield from _written(unfinished("a resource as a whole", value))
    else:
        yield _scalar(value)


def _inside(value: Unknown) -> Iterator[Any]:
    for part in value.parts if isinstance(value, Template) else (value,):
        yield quoted(part)[1:-1] if isinstance(part, str) else part


def _object(value: dict[str, Any]) -> Iterator[Any]:
    yield "{"
    for at, key in enumerate(sorted(value, key=str.encode)):
        yield f"{',' if at else ''}{quoted(key)}:"
        yield from _written(value[key])
    yield "}"


def _array(value: list[Any]) -> Iterator[Any]:
    if open_set(value):
        yield from _written(unfinished("the order of a set with elements that are not known", value))
        return
    yield "["
    for at, item in enumerate(value):
        if at:
            yield ","
        yield from _written(item)
    yield "]"


def _scalar(value: Any) -> Any:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else written(value)


def jsondecode(given: Any) -> Any:
    """The value that a JSON text is; what is not known of the text becomes what is not known of the value.

    Raises FunctionError where the text is no JSON.
    """
    if isinstance(given, Template):
        return _decoded_template(given)
    if isinstance(given, Unknown):
        return unfinished("the value of a JSON text that is not known", given)
    return _restored(_loaded(given), ())


def _decoded_template(given: Template) -> Any:
    unknown = [part for part in given.parts if isinstance(part, Unknown)]
    if any(mark in part for part in given.parts if isinstance(part, str) for mark in _MARKS):
        return unfinished("the value of a JSON text with private characters", given)
    places = iter(range(len(unknown)))
    marked = "".join(part if isinstance(part, str) else _MARK.format(next(places)) for part in given.parts)
    try:
        return _restored(_loaded(marked), tuple(unknown))
    except FunctionError:
        return unfinished("the value of a JSON text of which a part is not known", given)


def _loaded(given: str) -> Any:
    if re.search(r"\\u[dD][89a-fA-F]", given):
        return unfinished("a JSON text with surrogates")
    try:
        return json.loads(given, parse_float=_Number, parse_int=_Number, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        if isinstance(error, RecursionError):
            return unfinished("a JSON text that is nested too deeply")
        raise FunctionError("the text is not JSON") from error


class _Number(str):
    """A number's text, until it is known whether it is exact."""

    __slots__ = ()


def _refuse(_name: str) -> None:
    raise FunctionError("the text is not JSON")


def _restored(value: Any, unknown: tuple[Unknown, ...]) -> Any:
    if isinstance(value, dict):
        if any(_MARKED.search(key) for key in value) and unknown:
            return unfinished("an object of which a key is not known", list(unknown))
        return {normal(key): _restored(item, unknown) for key, item in value.items()}
    if isinstance(value, list):
        return [_restored(item, unknown) for item in value]
    if isinstance(value, _Number):
        return parsed(value)
    if isinstance(value, str):
        return _unmarked(value, unknown) if unknown else normal(value)
    return value


def _unmarked(value: str, unknown: tuple[Unknown, ...]) -> Any:
    pieces: list[Any] = _MARKED.split(value)
    pieces[1::2] = [unknown[int(at)] for at in pieces[1::2]]
    kept = [piece for piece in pieces if piece != ""]
    return kept[0] if len(kept) == 1 else text(*kept)


JSONS: Table = {"jsonencode": lenient(jsonencode, nullable), "jsondecode": lenient(jsondecode, string)}
"""The functions of JSON."""
