"""Sets, and the order in which Terraform goes through them.

Text is ordered by its bytes, numbers ascending, false before true; anything else by a key that is made of all parts.
Source: cty, "Set Types", and its set rules.
"""

from __future__ import annotations

import json
from typing import Any

from scanner.hcl.functions.exact import fraction, written
from scanner.hcl.functions.symbols import equal
from scanner.hcl.values import SetList, unfinished, unknown_in
from scanner.model import Unknown


def make_set(items: list[Any]) -> Any:
    """The set of items of one type."""
    if any(unknown_in(item) for item in items):
        return _partly_known(items)
    try:
        keys = {_key(item): item for item in reversed(items)}
    except ValueError as why:
        return items_in_one(items) if len(items) < 2 else unfinished(str(why), items)
    return SetList(keys[key] for key in sorted(keys))


def items_in_one(items: list[Any]) -> SetList:
    """A set of one item, or of none."""
    return SetList(items)


def _partly_known(items: list[Any]) -> SetList:
    kept = SetList()
    for item in items:
        if not any(equal(item, other) is True for other in kept):
            kept.append(item)
    return kept


def _key(item: Any) -> tuple[int, Any]:
    if item is None:
        return (9, "")
    if isinstance(item, str):
        return (0, item.encode())
    if isinstance(item, (int, float)):
        return (0, fraction(item))
    return (0, _hashed(item).encode())


def _hashed(value: Any) -> str:
    """The key that cty orders objects, lists and tuples by; the brackets make no difference within one type."""
    if value is None:
        return "~"
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, str):
        if not value.isascii() or not value.isprintable():
            raise ValueError("the order of a set of objects with unusual characters")
        return json.dumps(value)
    if isinstance(value, dict):
        return "<" + "".join(f"{_hashed(value[key])};" for key in sorted(value, key=str.encode)) + ">"
    return "<" + "".join(f"{_hashed(part)};" for part in value) + ">"


def _number(value: float) -> str:
    text = written(value)
    if isinstance(text, Unknown) or len(text) > 10:
        raise ValueError("the order of a set of objects with long numbers")
    return str(text)
