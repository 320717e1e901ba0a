"""JSON inside an attribute, and YAML where that is taken as well."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from scanner import yamlfile
from scanner.hcl import functions
from scanner.hcl.values import Hidden, Symbol, Template, text
from scanner.model import Unknown

_LONGEST_YAML = 1_000_000
_MARK = "\ue000{}\ue001"
_MARKED = re.compile("\ue000([0-9]+)\ue001")
"""Stands in YAML for a part that is not known."""


def read_json(value: object, where: str) -> Any:
    """What an attribute's JSON says; Unknown where it is not JSON, called `where` in the reason.

    Of a Template, parts of the answer may be not known themselves.
    """
    if isinstance(value, Template):
        found = functions.call("jsondecode", [value], None)
        return found if not isinstance(found, Unknown) else Unknown(f"{where} is not JSON as far as it is known")
    try:
        return msgspec.json.decode(str(value))
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return Unknown(f"{where} is not JSON")


def read_json_or_yaml(value: object, where: str) -> Any:
    """The same of a document that may be written in either, such as OpenAPI."""
    found = read_json(value, where)
    if not isinstance(found, Unknown):
        return found
    if isinstance(value, Template):
        return _from_template(value, where)
    return found if len(str(value)) > _LONGEST_YAML else _from_yaml(str(value), where)


def _from_yaml(written: str, where: str) -> Any:
    try:
        return yamlfile.parse(where, written).value
    except yamlfile.YamlError:
        return Unknown(f"{where} is neither JSON nor YAML")


def _from_template(template: Template, where: str) -> Any:
    """YAML of which parts are not known: values each, taken to be plain text as ARNs, names and identifiers are."""
    unknown = [part for part in template.parts if isinstance(part, Unknown)]
    known = [part for part in template.parts if isinstance(part, str)]
    plain = all(isinstance(part, (Symbol, Hidden)) for part in unknown)
    if not plain or sum(map(len, known)) > _LONGEST_YAML or any(_MARKED.search(part) for part in known):
        return Unknown(f"{where} is neither JSON nor YAML as far as it is known")
    places = iter(range(len(unknown)))
    marked = "".join(part if isinstance(part, str) else _MARK.format(next(places)) for part in template.parts)
    return _restored(_from_yaml(marked, where), unknown, where)


def _restored(value: Any, unknown: list[Unknown], where: str) -> Any:
    if isinstance(value, dict):
        if any(_MARKED.search(str(key)) for key in value):
            return Unknown(f"a name in {where} is known only after apply")
        return {key: _restored(item, unknown, where) for key, item in value.items()}
    if isinstance(value, list):
        return [_restored(item, unknown, where) for item in value]
    if not isinstance(value, str):
        return value
    pieces: list[Any] = _MARKED.split(value)
    pieces[1::2] = [unknown[int(at)] for at in pieces[1::2]]
    kept = [piece for piece in pieces if piece != ""]
    return kept[0] if len(kept) == 1 else text(*kept)
