"""What is read from a value: attributes, elements, splats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from scanner.hcl.scope import Expression, Scope
from scanner.hcl.values import Failed, Hidden, SetList, Several, Symbol, Thing, Unfinished, open_set, unfinished
from scanner.model import Unknown

_DIGITS = 20
"""Of an index: no list is so long that it needs more."""


@dataclass(frozen=True, slots=True)
class GetAttribute:
    """`.name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """`[key]`."""

    key: Expression


@dataclass(frozen=True, slots=True)
class Splat:
    """`[*]` or `.*`, with the steps that are taken from each element."""

    steps: tuple[Step, ...]


Step: TypeAlias = "GetAttribute | Index | Splat"


def apply_steps(value: Any, steps: Sequence[Step], scope: Scope) -> Any:
    """Take steps one after the other."""
    for step in steps:
        if isinstance(step, GetAttribute):
            value = attribute_of(value, step.name)
        elif isinstance(step, Index):
            value = element_of(value, step.key.value(scope))
        else:
            value = _splat(value, step, scope)
    return value


def attribute_of(value: Any, name: str) -> Any:
    """Value of an attribute."""
    if isinstance(value, dict):
        return value[name] if name in value else Failed(f"there is no attribute {name!r}")
    if isinstance(value, (Unknown, Several)):
        return _below(value, name)
    if isinstance(value, list):
        return element_of(value, int(name)) if name.isdecimal() else Failed(f"a list has no attribute {name!r}")
    if isinstance(value, Thing):
        return value.attribute(name)
    return Failed(f"there is no attribute {name!r}")


def element_of(value: Any, key: Any) -> Any:
    """Element of a list by number, or of a map by key."""
    if isinstance(key, Unknown):
        return key if isinstance(key, Failed) else unfinished(f"its key is not known: {key.reason}", key, value)
    if isinstance(value, Unknown):
        return _below(value, int(key) if isinstance(key, float) else key)
    if isinstance(value, Several):
        return value.items.get(key, Unfinished(value.reason))
    if isinstance(value, list):
        return _item(value, key)
    if isinstance(value, (dict, Thing)) and key is not None:
        return attribute_of(value, str(key))
    return Failed("it has no elements")


def _item(value: list[Any], key: Any) -> Any:
    number = None if isinstance(value, SetList) else _number(key)
    if number is None or not -1 < number < len(value):
        return Failed(f"there is no element {key}")
    return value[number]


def _number(key: Any) -> int | None:
    if isinstance(key, str):
        return int(key) if key.isdecimal() and len(key) <= _DIGITS else None
    return int(key) if isinstance(key, (int, float)) and not isinstance(key, bool) and key == int(key) else None


def _below(value: Unknown | Several, step: str | int) -> Unknown:
    """A part of what is not known."""
    if isinstance(value, Several):
        return Unfinished(value.reason)
    if isinstance(value, Symbol):
        return Symbol(f"{value.reason}", value.address, (*value.path, step))
    if isinstance(value, (Hidden, Unfinished)):
        return value
    return Failed("a text has no attributes")


def _splat(value: Any, step: Splat, scope: Scope) -> Any:
    if value is None:
        return []
    if isinstance(value, Unknown):
        return value if isinstance(value, Failed) else unfinished(f"[*] of what is not known: {value.reason}", value)
    if isinstance(value, Several):
        return Unfinished(value.reason)
    if open_set(value):
        return unfinished("[*] of a set of which not every element is known", value)
    items = value if isinstance(value, list) else [value]
    return [apply_steps(item, step.steps, scope) for item in items]
