"""JSON inside an attribute."""

from __future__ import annotations

from typing import Any

import msgspec

from scanner import yamlfile
from scanner.hcl import functions
from scanner.hcl.values import Template
from scanner.model import Unknown

_LONGEST_YAML = 1_000_000


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


def read_json_or_yaml(text: str, where: str) -> Any:
    """The same of a document that may be written in either, such as OpenAPI."""
    found = read_json(text, where)
    if not isinstance(found, Unknown) or len(text) > _LONGEST_YAML:
        return found
    try:
        return yamlfile.parse(where, text).value
    except yamlfile.YamlError:
        return Unknown(f"{where} is neither JSON nor YAML")
