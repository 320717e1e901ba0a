"""Attributes of a resource: known, absent, known only after apply, or not readable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.hcl.values import Symbol, Template, Unfinished
from scanner.model import Unknown
from scanner.terraform.address import absolute

_OWN_NAMES = ("sid", "id", "name")
"""Attributes that name a block among its siblings."""


class Block:
    """One block of a resource, the resource itself included: values, what is unknown of them, and expressions."""

    __slots__ = ("expressions", "unknown", "values", "where")

    def __init__(self, values: Any, unknown: Any, expressions: Any, where: str = "") -> None:
        """Take the block's part of `after`, `after_unknown` and the configuration's expressions.

        A mark in `unknown` is True, or an `Unknown` that says itself why.
        """
        self.values: dict[str, Any] = values if isinstance(values, dict) else {}
        self.unknown: Any = unknown
        self.expressions: dict[str, Any] = expressions if isinstance(expressions, dict) else {}
        self.where = where

    def get(self, name: str, absent: Any = None) -> Any:
        """Value of an attribute; `absent` where it is not set, Unknown where it is known only after apply.

        A list or map of which only a part is unknown is returned with that part as null: ask `whole` first.
        """
        value = self.values.get(name)
        if value is not None:
            return value
        mark = self.unknown.get(name) if isinstance(self.unknown, dict) else self.unknown
        if mark is True:
            return Unknown(f"{self.where}{name} is known only after apply")
        return mark if isinstance(mark, Unknown) else absent

    def is_unknown(self, name: str) -> bool:
        """Whether the whole attribute is known only after apply."""
        return isinstance(self.get(name), Unknown)

    def whole(self, name: str) -> bool:
        """Whether no part of the attribute is unknown."""
        return not any_true(self.unknown.get(name) if isinstance(self.unknown, dict) else self.unknown)

    def flag(self, name: str, *, absent: bool = False) -> bool | Unknown:
        """Read a boolean; older providers write one as text."""
        value = self.get(name, absent)
        if isinstance(value, str):
            return value.lower() in {"true", "1", "enabled"}
        return value if isinstance(value, Unknown) else bool(value)

    def text(self, name: str, absent: str = "") -> str | Unknown:
        """Read a string."""
        value = self.get(name, absent)
        return value if isinstance(value, Unknown) else str(value)

    def number(self, name: str, absent: int = 0) -> int | Unknown:
        """Read a whole number; one that is no number counts as absent."""
        value = self.get(name, absent)
        if isinstance(value, Unknown):
            return value
        try:
            return int(float(value))
        except (TypeError, ValueError, OverflowError):
            return absent

    def texts(self, name: str) -> tuple[str, ...] | Unknown:
        """Read a list or set of strings, or one string; unknown if any part is."""
        value = self.get(name)
        if isinstance(value, Unknown):
            return value
        if not self.whole(name):
            told = next(iter(marks_of(self.unknown, name)), None)
            return told or Unknown(f"a part of {self.where}{name} is known only after apply")
        if value is None:
            return ()
        return tuple(str(item) for item in value if item is not None) if isinstance(value, list) else (str(value),)

    def mapping(self, name: str) -> dict[str, Any] | Unknown:
        """Read a map, such as tags; unknown elements are left out, see `whole`."""
        value = self.get(name)
        if isinstance(value, Unknown):
            return value
        return value if isinstance(value, dict) else {}

    def blocks(self, name: str) -> tuple[Block, ...] | Unknown:
        """Nested blocks; unknown where even their number is known only after apply."""
        value = self.get(name)
        if isinstance(value, Unknown):
            return value
        items = value if isinstance(value, list) else [] if value is None else [value]
        unknown = self.unknown.get(name) if isinstance(self.unknown, dict) else self.unknown
        written = self.expressions.get(name)
        return tuple(
            Block(item, _at(unknown, i), _written(written, item, i, len(items)), f"{self.where}{name}.")
            for i, item in enumerate(items)
            if isinstance(item, dict)
        )

    def block(self, name: str) -> Block | Unknown | None:
        """The first nested block of that name, or None where there is none."""
        found = self.blocks(name)
        return found if isinstance(found, Unknown) else found[0] if found else None

    def references(self, *names: str) -> tuple[str, ...] | None:
        """What an attribute's expression refers to; None where the configuration does not show it.

        Several names go down through nested blocks. A nested attribute's references include those of all its parts. Of
        an attribute that the sources tell, these are the instances themselves, as `@<address>`.
        """
        told = _told(self.unknown, names)
        if told is not None:
            return told
        written: Any = self.expressions
        for name in names:
            if isinstance(written, list):
                written = _below(written, name)
            else:
                written = written.get(name) if isinstance(written, dict) else None
        return None if written in (None, []) else tuple(references_in(written))

    def configured(self, name: str) -> bool:
        """Whether the configuration itself sets the attribute."""
        told = self.unknown.get(name) if isinstance(self.unknown, dict) else None
        return name in self.expressions or isinstance(told, Unfinished)


def _told(marks: Any, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """What an attribute is made from, where its sources tell all of that."""
    for name in names:
        marks = marks.get(name) if isinstance(marks, dict) else None
    found = tuple(reasons_in(marks))
    parts = [part for mark in found for part in (mark.parts if isinstance(mark, Template) else (mark,))]
    symbols = [part for part in parts if not isinstance(part, str)]
    if not symbols or not all(isinstance(part, Symbol) for part in symbols):
        return None
    return tuple(dict.fromkeys(absolute(part) for part in symbols if isinstance(part, Symbol)))


def marks_of(marks: Any, name: str) -> tuple[Unknown, ...]:
    """What says itself why it is not known, of an attribute and of the elements it has."""
    mark = marks.get(name) if isinstance(marks, dict) else None
    found = mark.values() if isinstance(mark, dict) else mark if isinstance(mark, list) else (mark,)
    return tuple(one for one in found if isinstance(one, Unknown))


def reasons_in(marks: Any) -> Iterator[Unknown]:
    """Every mark of a tree; one that gives no reason makes the whole open."""
    if marks is True:
        yield Unknown("known only after apply")
    elif isinstance(marks, Unknown):
        yield marks
    for inner in marks.values() if isinstance(marks, dict) else marks if isinstance(marks, list) else ():
        yield from reasons_in(inner)


def references_in(expression: Any) -> Iterator[str]:
    """Every reference inside an expression or a tree of them."""
    if isinstance(expression, list):
        for item in expression:
            yield from references_in(item)
    elif isinstance(expression, dict):
        found = expression.get("references")
        if isinstance(found, list) and all(isinstance(item, str) for item in found):
            yield from found
            return
        for item in expression.values():
            yield from references_in(item)


def _below(blocks: list[Any], name: str) -> list[Any]:
    """What nested blocks, each a list of its own where they are nested deeper, hold under a name."""
    found: list[Any] = []
    for block in blocks:
        if isinstance(block, dict) and name in block:
            found.extend(block[name] if isinstance(block[name], list) else [block[name]])
    return found


def any_true(mark: Any) -> bool:
    """Whether a tree of marks, such as after_unknown, has a True in it, or the reason why something was not read."""
    if isinstance(mark, dict):
        return any(any_true(item) for item in mark.values())
    if isinstance(mark, list):
        return any(any_true(item) for item in mark)
    return mark is True or isinstance(mark, Unknown)


def _at(unknown: Any, index: int) -> Any:
    if isinstance(unknown, list):
        return unknown[index] if index < len(unknown) else None
    return unknown


def _written(written: Any, item: Any, index: int, count: int) -> Any:
    """Expressions of one of several blocks.

    Dynamic blocks are not in the configuration: beside one of them, a block is found again only by its own name.
    """
    if not isinstance(written, list):
        return written
    if len(written) == count:
        return written[index]
    names = [(n, item.get(n)) for n in _OWN_NAMES if isinstance(item, dict) and item.get(n)]
    return next((w for w in written for n, value in names if _constant(w, n) == value), None)


def _constant(written: Any, name: str) -> Any:
    expression = written.get(name) if isinstance(written, dict) else None
    return expression.get("constant_value") if isinstance(expression, dict) else None
