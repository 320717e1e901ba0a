"""Conversions between types: of arguments to what a function takes, and of a collection's elements to one type.

The elements of a list or map have one type. A tuple or object becomes such a collection by unification: texts win over
numbers and booleans; objects of the same attributes are unified one attribute at a time, others become maps. Source:
Terraform language, "Type Constraints"; cty, "Type Conversions and Unification".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from scanner.hcl.functions.exact import parsed, written
from scanner.hcl.functions.sets import make_set
from scanner.hcl.functions.symbols import is_text, is_thing
from scanner.hcl.values import FunctionError, Hidden, SetList, Symbol, Template, text, unfinished, unknown_in
from scanner.model import Unknown

Convert: TypeAlias = Callable[[Any], Any]


def nullable(value: Any) -> Any:
    """Take an argument as it is, null included."""
    return value


def anything(value: Any) -> Any:
    """Take an argument as it is, but not null."""
    if value is None:
        raise FunctionError("an argument must not be null")
    return value


def string(value: Any) -> Any:
    """Convert an argument to text, which is not null."""
    return to_string(anything(value))


def number(value: Any) -> Any:
    """Convert an argument to a number, which is not null."""
    return to_number(anything(value))


def whole(value: Any) -> Any:
    """Convert an argument to an integer."""
    converted = number(value)
    if isinstance(converted, Unknown):
        return converted
    if converted != int(converted):
        raise FunctionError("a whole number is required")
    return int(converted)


def sequence(value: Any) -> Any:
    """Take a list or tuple or set."""
    if isinstance(anything(value), (list, Unknown)) and not isinstance(value, Template):
        return value
    raise FunctionError("a list is required")


def elements(value: Any) -> Any:
    """Convert an argument to a list, with elements of one type."""
    return to_list(anything(value))


def set_of(value: Any) -> Any:
    """Convert an argument to a set."""
    return to_set(anything(value))


def strings(value: Any) -> Any:
    """Convert an argument to a list of text; an element may be null."""
    return _each(sequence(value), to_string)


def booleans(value: Any) -> Any:
    """Convert an argument to a list of booleans; an element may be null."""
    return _each(sequence(value), to_bool)


def _each(items: Any, convert: Convert) -> Any:
    if isinstance(items, Unknown):
        return items
    if isinstance(items, SetList) and unknown_in(items):
        return SetList(convert(item) for item in items)
    return [convert(item) for item in items]


def mapping(value: Any) -> Any:
    """Take a map or object."""
    if isinstance(anything(value), (dict, Unknown)) and not isinstance(value, Template):
        return value
    raise FunctionError("a map or an object is required")


def to_string(value: Any) -> Any:
    """Convert a value to text, where it is not null."""
    if isinstance(value, (Symbol, Hidden)) and not is_text(value):
        return text(value)
    if value is None or isinstance(value, (str, Unknown)):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return written(value)
    raise FunctionError("a text is required")


def to_number(value: Any) -> Any:
    """Convert a value to a number, where it is not null."""
    if isinstance(value, Template):
        return unfinished("a number, made of a text that is not known", value)
    if value is None or (isinstance(value, (int, float, Unknown)) and not isinstance(value, bool)):
        return value
    if isinstance(value, str):
        return parsed(value)
    raise FunctionError("a number is required")


def to_bool(value: Any) -> Any:
    """Convert a value to a boolean, where it is not null."""
    if isinstance(value, Template):
        return unfinished("a boolean, made of a text that is not known", value)
    if value is None or isinstance(value, (bool, Unknown)):
        return value
    if value in ("true", "false", "1", "0") and isinstance(value, str):
        return value in ("true", "1")
    raise FunctionError("a boolean is required")


def to_list(value: Any) -> Any:
    """Convert a list, tuple or set to a list."""
    if not isinstance(value, list):
        return _no_elements(value)
    if isinstance(value, SetList):
        return list(value) if not unknown_in(value) or len(value) == 1 else unfinished("the order of a set", value)
    return unified(value)


def to_set(value: Any) -> Any:
    """Convert a list, tuple or set to a set; elements that are not known may turn out to be equal."""
    if isinstance(value, SetList) or not isinstance(value, list):
        return value if isinstance(value, SetList) else _no_elements(value)
    items = unified(value)
    return items if isinstance(items, Unknown) else make_set(items)


def to_map(value: Any) -> Any:
    """Convert a map or object to a map."""
    if isinstance(value, dict):
        items = unified(list(value.values()))
        return items if isinstance(items, Unknown) else dict(zip(value, items, strict=True))
    return _no_elements(value)


def _no_elements(value: Any) -> Any:
    """What becomes of a value that has no elements to convert: its type might be one that is converted."""
    if value is None:
        return None
    if isinstance(value, Unknown) and not isinstance(value, Template):
        return unfinished("a collection made of what is not known", value)
    raise FunctionError("a list, set, map or object is required")


def unified(items: list[Any]) -> Any:
    """Convert all items to one type; Unfinished where that is not certain.

    Raises FunctionError where they have none in common.
    """
    given = [item for item in items if item is not None]
    nested = [item for item in given if isinstance(item, (list, dict))]
    if not nested:
        return _scalars(items, given)
    if any(isinstance(item, (str, bool, int, float, Template)) or is_text(item) for item in given):
        raise FunctionError("all elements must have the same type")
    if len(nested) < len(given):
        return unfinished("elements of one type, some of them not known", items)
    return _nested(items, nested)


def kind(value: Any) -> str:
    """The type of a scalar; empty where it is not known."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "string" if is_text(value) else ""


def _scalars(items: list[Any], given: list[Any]) -> Any:
    kinds = {kind(item) for item in given}
    if len(kinds) <= 1 and (kinds != {""} or _of_one_type(given)):
        return list(items)
    if "string" in kinds:
        return [to_string(item) for item in items]
    if "" in kinds:
        return unfinished("elements of one type, some of them not known", items)
    raise FunctionError("all elements must have the same type")


def _of_one_type(given: list[Any]) -> bool:
    """Whether values of unknown types have one: the same symbol again and again, or instances of resources."""
    return all(map(is_thing, given)) or (isinstance(given[0], Symbol) and all(item == given[0] for item in given))


def _nested(items: list[Any], nested: list[Any]) -> Any:
    if len({isinstance(item, dict) for item in nested}) > 1:
        raise FunctionError("all elements must have the same type")
    if any(isinstance(item, SetList) for item in nested):
        if all(_uniform(item) for item in nested) and len({isinstance(item, SetList) for item in nested}) == 1:
            return list(items)
        return unfinished("sets among elements of other types", items)
    together = _as_collections(items, nested)
    if len({frozenset(item) if isinstance(item, dict) else len(item) for item in nested}) > 1:
        if together is None:
            raise FunctionError("all elements must have the same type")
        return together
    return _apart(items, nested, together)


def _apart(items: list[Any], nested: list[Any], together: Any) -> Any:
    """Unify position by position, unless a collection among the items could make the outcome another one."""
    steps = list(nested[0]) if isinstance(nested[0], dict) else range(len(nested[0]))
    columns = {step: unified([item[step] for item in nested]) for step in steps}
    if any(isinstance(column, Unknown) for column in columns.values()):
        return unfinished("elements of one type, some of them not known", items)
    rows = iter(_row(item, columns, at) for at, item in enumerate(nested))
    result = [None if item is None else next(rows) for item in items]
    if result == together or not any(_uniform(item) for item in nested) or (_same(nested) and result == items):
        return result
    return unfinished("elements of which it is not certain that they are objects", items)


def _row(item: Any, columns: dict[Any, Any], at: int) -> Any:
    if isinstance(item, dict):
        return {key: columns[key][at] for key in item}
    return [columns[index][at] for index in range(len(item))]


def _as_collections(items: list[Any], nested: list[Any]) -> Any:
    """Convert as if each item were a list or map; None where it cannot be."""
    leaves = [leaf for item in nested for leaf in (item.values() if isinstance(item, dict) else item)]
    try:
        converted = unified(leaves)
    except FunctionError:
        return None
    if isinstance(converted, Unknown):
        return converted
    rest = iter(converted)
    return [_refilled(item, rest) if isinstance(item, (dict, list)) else item for item in items]


def _refilled(item: Any, rest: Any) -> Any:
    return {key: next(rest) for key in item} if isinstance(item, dict) else [next(rest) for _ in item]


def _uniform(item: Any) -> bool:
    """Whether an item could be a list or map: all its parts have one type."""
    parts = [part for part in (item.values() if isinstance(item, dict) else item) if part is not None]
    if any(isinstance(part, (list, dict)) for part in parts):
        return all(isinstance(part, (list, dict)) or not kind(part) for part in parts)
    return len({kind(part) for part in parts} - {""}) <= 1


def _same(nested: list[Any]) -> bool:
    """Whether all items have the same shape, without a null that would leave a type open."""
    return len({shape(item) for item in nested}) == 1 and all("null" not in shape(item) for item in nested)


def shape(value: Any) -> str:
    """A value's type, as an object's or tuple's."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{shape(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(shape, value)) + "]"
    return "null" if value is None else kind(value) or "?"
