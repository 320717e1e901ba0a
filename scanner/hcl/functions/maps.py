"""Functions of maps, objects and sets, as far as their elements are known."""

from __future__ import annotations

from typing import Any

from scanner.hcl.functions.characters import count
from scanner.hcl.functions.conversion import (
    anything,
    kind,
    mapping,
    nullable,
    sequence,
    set_of,
    string,
    strings,
    to_bool,
    to_list,
    to_map,
    to_number,
    to_set,
    to_string,
    unified,
)
from scanner.hcl.functions.lists import not_listed
from scanner.hcl.functions.sets import make_set
from scanner.hcl.functions.spec import Table, lenient, plain
from scanner.hcl.functions.symbols import equal
from scanner.hcl.values import LONGEST_LIST, FunctionError, Template, Unfinished, open_set, unfinished
from scanner.model import Unknown


def _merge(*maps: Any) -> Any:
    if any(isinstance(part, (list, str, int, float, Template)) for part in maps):
        raise FunctionError("a map or an object is required")
    if any(isinstance(part, Unknown) for part in maps):
        return unfinished("a map that is made from one not known", *maps)
    merged = {key: value for part in maps if part for key, value in part.items()}
    return merged if len(merged) <= LONGEST_LIST else unfinished("a map that is too large", merged)


def in_order(keys: Any) -> list[str]:
    """Keys in Terraform's order, by their bytes."""
    return sorted(keys, key=str.encode)


def _keys(given: Any) -> Any:
    if isinstance(given, Unknown):
        return unfinished("the keys of a map that is not known", given)
    return in_order(given)


def _values(given: Any) -> Any:
    if isinstance(given, Unknown):
        return unfinished("the values of a map that is not known", given)
    return [given[key] for key in in_order(given)]


def _lookup(given: Any, key: Any, *default: Any) -> Any:
    if len(default) > 1:
        raise FunctionError("wrong number of arguments")
    if isinstance(given, Unknown) or isinstance(key, Unknown):
        return unfinished("an element of a map that is not known", given, key, *default)
    if key in given:
        return given[key]
    if not default:
        raise FunctionError("the map has no such key")
    return _default(given, default[0])


def _default(given: dict[str, Any], default: Any) -> Any:
    """A map converts its default to the type of its elements; an object does not."""
    if default is None or isinstance(default, Unknown):
        return default
    if isinstance(default, (list, dict)):
        return default
    kinds = {"other" if isinstance(value, (list, dict)) else kind(value) for value in given.values()}
    if len(kinds - {""}) > 1 or kinds == {kind(default)} or kinds == {"other"}:
        return default
    if isinstance(default, str) and not _convertible(default):
        return default
    return unfinished("a default that a map would convert and an object would not", given, default)


def _convertible(text: str) -> bool:
    try:
        to_number(text)
    except FunctionError:
        return text in ("true", "false")
    return True


def _length(value: Any) -> Any:
    if isinstance(value, Unknown) or open_set(value):
        return unfinished("the length of what is not known", value)
    if isinstance(value, str):
        return count(value)
    if isinstance(value, (list, dict)):
        return len(value)
    raise FunctionError("a text, list, map or object is required")


def _zipmap(keys: Any, values: Any) -> Any:
    if not_listed(keys) or not_listed(values):
        return unfinished("a map that is made from a list not known", keys, values)
    if len(keys) != len(values):
        raise FunctionError("there must be as many keys as values")
    if None in keys:
        raise FunctionError("a key must not be null")
    if any(isinstance(key, Unknown) for key in keys):
        return unfinished("a map of which a key is not known", keys, values)
    return dict(zip(keys, values, strict=True))


def _transpose(given: dict[str, Any]) -> Any:
    result: dict[str, list[str]] = {}
    for key in in_order(given):
        for value in strings(given[key]):
            result.setdefault(string(value), []).append(key)
    return result


def _setunion(*sets: Any) -> Any:
    typed = _one_type(*sets)
    if isinstance(typed, Unknown):
        return typed
    return make_set([item for items in typed for item in items])


def _setintersection(*sets: Any) -> Any:
    typed = _one_type(*sets)
    if isinstance(typed, Unknown):
        return typed
    first, *others = typed
    return make_set([item for item in first if all(_among(item, items) for items in others)])


def _setsubtract(one: Any, other: Any) -> Any:
    typed = _one_type(one, other)
    if isinstance(typed, Unknown):
        return typed
    return make_set([item for item in typed[0] if not _among(item, typed[1])])


def _among(item: Any, items: list[Any]) -> bool:
    if isinstance(item, str):
        return item in items
    return any(equal(item, other) for other in items)


def _one_type(*sets: Any) -> Any:
    """The sets with elements of one type."""
    if sum(map(len, sets)) > LONGEST_LIST:
        return unfinished("sets that are too large", *sets)
    typed = unified([item for items in sets for item in items])
    if isinstance(typed, Unknown):
        return typed
    rest = iter(typed)
    return [[next(rest) for _ in items] for items in sets]


def _union(*sets: Any) -> Any:
    """A union with parts that are not known: all elements that there are, some of which may be equal."""
    if any(isinstance(items, Unknown) for items in sets):
        return unfinished("a union with a set that is not known", *sets)
    return _setunion(*sets)


def _converted(value: Any) -> Any:
    """Keep what is not known out of a number or boolean: as text, it could not become one."""
    if isinstance(value, Unknown) and not isinstance(value, Unfinished):
        return unfinished("a conversion of what is not known", value)
    return value


MAPS: Table = {
    "keys": lenient(_keys, mapping),
    "length": lenient(_length, anything),
    "lookup": lenient(_lookup, mapping, string, rest=nullable),
    "merge": lenient(_merge, rest=nullable),
    "setintersection": plain(_setintersection, set_of, rest=set_of),
    "setsubtract": plain(_setsubtract, set_of, set_of),
    "setunion": lenient(_union, set_of, rest=set_of),
    "tobool": lenient(_converted, to_bool),
    "tolist": lenient(nullable, to_list),
    "tomap": lenient(nullable, to_map),
    "tonumber": lenient(_converted, to_number),
    "toset": lenient(nullable, to_set),
    "tostring": lenient(nullable, to_string),
    "transpose": plain(_transpose, mapping),
    "values": lenient(_values, mapping),
    "zipmap": lenient(_zipmap, strings, sequence),
}
"""Functions of maps, objects and sets, and conversions."""
