"""yamldecode and yamlencode. Source: YAML 1.2, and how go-cty-yaml resolves plain scalars and writes values."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from scanner.hcl.functions.conversion import nullable, string, to_string
from scanner.hcl.functions.exact import parsed, written
from scanner.hcl.functions.spec import Table, plain
from scanner.hcl.values import LONGEST_LIST, FunctionError, unfinished
from scanner.model import Unknown

_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_NUMERIC = re.compile(r"[-+.0-9]")
_BASED = re.compile(r"0x[0-9a-fA-F]{1,15}|0o[0-7]{1,20}")
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_FOLDS_AT = 80


class _GivenUpError(Exception):
    """A document that another reader may read otherwise."""


def _yamldecode(given: str) -> Any:
    try:
        nodes = list(yaml.compose_all(given, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        raise FunctionError("the text is not YAML") from error
    if not nodes:
        raise FunctionError("the text has no YAML document")
    if len(nodes) != 1 or nodes[0] is None:
        return unfinished("a YAML text that is not one document")
    try:
        return _Builder().value(nodes[0])
    except _GivenUpError as why:
        return unfinished(str(why))


_RESOLVER = yaml.resolver.Resolver()


class _Builder:
    """Builds a value from nodes, aliases included, up to a limit."""

    def __init__(self) -> None:
        self.count = 0

    def value(self, node: yaml.Node) -> Any:
        """The value of a node."""
        self.count += 1
        if self.count > LONGEST_LIST:
            raise _GivenUpError("a YAML text of too many values")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if not str(node.tag).endswith((":map", ":seq")):
            raise _GivenUpError("a YAML text with tags")
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item) for item in node.value]
        return self._mapping(node)

    def _mapping(self, node: Any) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                raise _GivenUpError("a YAML text with keys that are merged or no text")
            name = to_string(_scalar(key))
            if not isinstance(name, str):
                raise _GivenUpError("a YAML text with a key that is no text")
            result[name] = self.value(value)
        return result


def _scalar(node: yaml.ScalarNode) -> Any:
    given = str(node.value)
    if node.style in ("'", '"', "|", ">"):
        if not str(node.tag).endswith(":str"):
            raise _GivenUpError("a YAML text with tags")
        return given
    if node.tag != _RESOLVER.resolve(yaml.ScalarNode, given, (True, False)):  # type: ignore[no-untyped-call]
        if str(node.tag) == "tag:yaml.org,2002:str":
            return given
        raise _GivenUpError("a YAML text with tags")
    if given in _WORDS:
        return _WORDS[given]
    return _plain_number(given) if _NUMERIC.match(given) else given


def _plain_number(given: str) -> Any:
    if date := _DATE.fullmatch(given):
        return _date(date)
    if given[:5].isascii() and given[:4].isdecimal() and given[4:5] == "-" and "-" in given[5:]:
        raise _GivenUpError("a YAML text with a time")
    if given.lower().lstrip("+-") in (".inf", ".nan") or re.fullmatch(r"[-+]0[xob].*|0[XOB].*", given):
        raise _GivenUpError("a YAML text with a number of an unusual form")
    if _BASED.fullmatch(given):
        return int(given, 0)
    try:
        number = parsed(given)
    except FunctionError:
        return given
    if isinstance(number, Unknown):
        raise _GivenUpError(number.reason)
    return number


def _date(found: re.Match[str]) -> str:
    try:
        return f"{dt.date(*map(int, found.groups())):%Y-%m-%d}T00:00:00Z".rjust(20, "0")
    except ValueError:
        return found[0]


def _yamlencode(value: Any) -> Any:
    try:
        return "".join(_block(value, 0)).lstrip("\n") + _end(value)
    except _GivenUpError as why:
        return unfinished(str(why), value)


def _end(value: Any) -> str:
    if isinstance(value, (list, dict)) and value:
        return ""
    return "\n" if isinstance(value, (str, list, dict)) else "\n...\n"


def _block(value: Any, depth: int) -> Iterator[str]:
    """A value that begins on the line of its key or dash."""
    if isinstance(value, dict) and value:
        yield "\n"
        yield from _entries(value, depth)
    elif isinstance(value, list) and value:
        yield "\n"
        yield from _items(value, depth)
    else:
        yield _inline(value, 0, depth)


def _entries(value: dict[str, Any], depth: int, first: str = "") -> Iterator[str]:
    for at, key in enumerate(sorted(value, key=str.encode)):
        lead = first if at == 0 and first else "  " * depth
        head = f"{lead}{_key(key)}:"
        yield head
        yield from _after(value[key], len(head) + 1, depth, depth)


def _items(value: list[Any], depth: int, first: str = "") -> Iterator[str]:
    for at, item in enumerate(value):
        lead = (first if at == 0 and first else "  " * depth) + "-"
        if isinstance(item, dict) and item:
            yield from _entries(item, depth + 1, lead + " ")
        elif isinstance(item, list) and item:
            yield from _items(item, depth + 1, lead + " ")
        else:
            yield f"{lead} {_inline(item, len(lead) + 1, depth)}\n"


def _after(item: Any, column: int, depth: int, of_list: int) -> Iterator[str]:
    if isinstance(item, dict) and item:
        yield "\n"
        yield from _entries(item, depth + 1)
    elif isinstance(item, list) and item:
        yield "\n"
        yield from _items(item, of_list)
    else:
        yield f" {_inline(item, column, depth)}\n"


def _key(key: str) -> str:
    if len(key) > 100 or "\n" in key:
        raise _GivenUpError("a YAML text with unusual keys")
    return _double(key, -(10**9), 0)


def _inline(value: Any, column: int, depth: int) -> str:
    if isinstance(value, str):
        return _literal(value, depth) if "\n" in value else _double(value, column, depth)
    if isinstance(value, (dict, list)):
        return "{}" if isinstance(value, dict) else "[]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    shown = written(value)
    if isinstance(shown, Unknown):
        raise _GivenUpError(shown.reason)
    return str(shown)


def _literal(value: str, depth: int) -> str:
    lines = value.split("\n")
    body, rest = (lines[:-1], "") if value.endswith("\n") else (lines, "-")
    odd = any(not letter.isprintable() for line in lines for letter in line) or body[0][:1] in ("", " ")
    if odd or value.endswith("\n\n") or any(line[-1:] == " " for line in body):
        raise _GivenUpError("a YAML text of several lines with white space at their ends")
    pad = "  " * (depth + 1)
    return f"|{rest}\n" + "\n".join(pad + line if line else "" for line in body)


def _double(value: str, column: int, depth: int) -> str:
    """A text between double quotes, folded at spaces beyond the width of a line."""
    if any(not (letter == "\t" or (letter.isprintable() and letter <= "\ufffd")) for letter in value):
        raise _GivenUpError("a YAML text with unusual characters")
    result, at = ['"'], column + 1
    for place, letter in enumerate(value):
        inner = 0 < place < len(value) - 1 and value[place - 1] != " "
        if letter == " " and inner and at > _FOLDS_AT:
            if value[place + 1] == " ":
                raise _GivenUpError("a YAML text folded between spaces")
            result.append("\n" + "  " * (depth + 1))
            at = 2 * (depth + 1)
            continue
        piece = "\\t" if letter == "\t" else f"\\{letter}" if letter in '"\\' else letter
        result.append(piece)
        at += len(piece)
    return "".join([*result, '"'])


YAMLS: Table = {"yamldecode": plain(_yamldecode, string), "yamlencode": plain(_yamlencode, nullable)}
"""The functions of YAML."""
