"""Functions of lists, as far as their elements are known."""

from __future__ import annotations

import itertools
import math
from typing import Any

from scanner.hcl.functions.conversion import (
    anything,
    booleans,
    elements,
    kind,
    nullable,
    sequence,
    strings,
    unified,
    whole,
)
from scanner.hcl.functions.sets import make_set
from scanner.hcl.functions.spec import Table, lenient
from scanner.hcl.functions.symbols import all_apart, equal, is_filled, is_scalar, is_thing
from scanner.hcl.values import LONGEST_LIST, FunctionError, SetList, Template, open_set, unfinished, unknown_in
from scanner.model import Unknown


def not_listed(value: Any) -> bool:
    """Whether a value's elements cannot be gone through in order."""
    return isinstance(value, Unknown) or open_set(value)


def _concat(*lists: Any) -> Any:
    if any(isinstance(items, SetList) for items in lists):
        raise FunctionError("a list is required, not a set")
    if not lists:
        raise FunctionError("at least one list is required")
    if any(isinstance(items, Unknown) for items in lists):
        return unfinished("a list that is made from one not known", *lists)
    if sum(map(len, lists)) > LONGEST_LIST:
        return unfinished("a list that is too long", *lists)
    return [item for items in lists for item in items]


def _flatten(items: Any) -> Any:
    flat = _flat(items)
    return unfinished("flattens what is not known to be a list or none", items) if flat is None else flat


def is_single(item: Any) -> bool:
    """Whether a value is certainly no list and no set."""
    return is_scalar(item) or isinstance(item, dict) or is_thing(item)


def _flat(items: Any) -> list[Any] | None:
    if not_listed(items):
        return None
    result: list[Any] = []
    for item in items:
        inner = _flat(item) if isinstance(item, list) else [item] if is_single(item) else None
        if inner is None:
            return None
        result += inner
    return result


def _element(items: Any, index: Any) -> Any:
    if isinstance(items, SetList):
        raise FunctionError("a list is required, not a set")
    if isinstance(items, list) and not items:
        raise FunctionError("an empty list has no element")
    if isinstance(items, Unknown) or isinstance(index, Unknown):
        return unfinished("an element of a list that is not known", items, index)
    if index < 0:
        return unfinished("an element at a negative index", items)
    return items[index % len(items)]


def _index(items: Any, value: Any) -> Any:
    if isinstance(items, SetList) or items == []:
        raise FunctionError("a list with elements is required")
    if isinstance(items, Unknown):
        return unfinished("the place of an element in a list that is not known", items, value)
    for at, item in enumerate(items):
        answer = _found(item, value)
        if answer is None:
            return unfinished("whether two values are equal is not known", items, value)
        if answer:
            return at
    raise FunctionError("the list has no such element")


def _found(item: Any, value: Any) -> bool | None:
    """Whether two values are equal; not certain for collections, whose types are not kept."""
    answer = equal(item, value)
    return None if answer and isinstance(item, (list, dict)) else answer


def _contains(items: Any, value: Any) -> Any:
    if isinstance(items, Unknown):
        return unfinished("whether a list that is not known has an element", items, value)
    answers = [_found(item, value) for item in items]
    if True in answers:
        return True
    return unfinished("whether two values are equal is not known", items, value) if None in answers else False


def _coalesce(*values: Any) -> Any:
    try:
        types = unified([value for value in values if not isinstance(value, Unknown)] or [None])
    except FunctionError:
        if None in values:
            return unfinished("values of several types, and a null of none", *values)
        raise
    as_text = any(isinstance(value, str) for value in values)
    for value in values:
        if isinstance(value, Unknown):
            return value if is_filled(value) else unfinished("the first that is neither null nor empty", *values)
        if value is not None and value != "":
            return _chosen(value, values, types, as_text=as_text)
    raise FunctionError("every argument is null or empty")


def _chosen(value: Any, values: tuple[Any, ...], types: Any, *, as_text: bool) -> Any:
    unsure = any(isinstance(other, Unknown) for other in values) and not (as_text or isinstance(value, str))
    if unsure or isinstance(types, Unknown):
        return unfinished("a value whose type depends on what is not known", *values)
    return types[next(at for at, other in enumerate(_known(values)) if other is value)]


def _known(values: tuple[Any, ...]) -> list[Any]:
    return [value for value in values if not isinstance(value, Unknown)]


def _coalescelist(*lists: Any) -> Any:
    if any(isinstance(items, (SetList, dict, str, int, float, Template)) for items in lists):
        raise FunctionError("a list is required")
    for items in lists:
        if items is None or isinstance(items, Unknown):
            return unfinished("the first list that is not empty", *lists)
        if items:
            return items
    raise FunctionError("every list is empty")


def _compact(items: Any) -> Any:
    if not_listed(items) or any(isinstance(item, Unknown) and not is_filled(item) for item in items):
        return unfinished("whether an element is null or empty is not known", items)
    return [item for item in items if item is not None and item != ""]


def _reverse(items: Any) -> Any:
    if not_listed(items):
        return unfinished("a list that is not known, in reverse", items)
    return list(reversed(items))


def _slice(items: Any, start: Any, end: Any) -> Any:
    if isinstance(items, SetList):
        raise FunctionError("a list is required, not a set")
    if any(isinstance(arg, Unknown) for arg in (items, start, end)):
        return unfinished("a part of a list that is not known", items, start, end)
    if not 0 <= start <= end <= len(items):
        raise FunctionError("the indexes are outside the list")
    return items[start:end]


def _chunklist(items: Any, size: Any) -> Any:
    if isinstance(size, int) and size < 0:
        raise FunctionError("a size must not be negative")
    if not_listed(items) or isinstance(size, Unknown):
        return unfinished("parts of a list that is not known", items, size)
    if not items:
        return []
    return [items[at : at + size] for at in range(0, len(items), size)] if size else [items]


def _distinct(items: Any) -> Any:
    if not_listed(items):
        return unfinished("the distinct elements of a list that is not known", items)
    if not unknown_in(items):
        return _once(items)
    kept: list[Any] = []
    for item in items:
        if not any(equal(item, other) is True for other in kept):
            kept.append(item)
    return kept if len(kept) < 2 or all_apart(kept) else unfinished("whether two elements are equal", items)


def _once(items: list[Any]) -> Any:
    if all(isinstance(item, str) for item in items):
        return list(dict.fromkeys(items))
    if len(items) > 2000:
        return unfinished("the distinct elements of a long list", items)
    return [item for at, item in enumerate(items) if not any(equal(item, other) for other in items[:at])]


def _one(items: Any) -> Any:
    if isinstance(items, Unknown):
        return unfinished("the only element of a list that is not known", items)
    if open_set(items):
        return unfinished("the only element of a set that is not known", items)
    if len(items) > 1:
        raise FunctionError("a list with one element or none is required")
    return items[0] if items else None


def _alltrue(items: Any) -> Any:
    if isinstance(items, list):
        if False in items or None in items:
            return False
        if not any(isinstance(item, Unknown) for item in items):
            return True
    return unfinished("whether all are true is not known", items)


def _anytrue(items: Any) -> Any:
    if isinstance(items, list):
        if any(item is True for item in items):
            return True
        if not any(isinstance(item, Unknown) for item in items):
            return False
    return unfinished("whether any is true is not known", items)


def _setproduct(*sets: Any) -> Any:
    if len(sets) < 2:
        raise FunctionError("at least two sets are required")
    if any(not_listed(items) for items in sets):
        return unfinished("combinations of what is not known", *sets)
    if any(items and all(item is None for item in items) for items in sets):
        return unfinished("combinations with nulls of no type", *sets)
    if math.prod(map(len, sets)) > LONGEST_LIST:
        return unfinished("too many combinations", *sets)
    typed = [items if isinstance(items, SetList) else unified(items) for items in sets]
    if any(isinstance(items, Unknown) for items in typed):
        return unfinished("combinations of elements whose type is not certain", *sets)
    product = [list(row) for row in itertools.product(*typed)]
    return make_set(product) if any(isinstance(items, SetList) for items in sets) else product


def _matchkeys(values: Any, keys: Any, wanted: Any) -> Any:
    given = (values, keys, wanted)
    if any(isinstance(items, Unknown) for items in given) or open_set(values) or open_set(keys):
        return unfinished("elements chosen by keys that are not known", *given)
    if len(values) != len(keys):
        raise FunctionError("there must be as many keys as values")
    if len(keys) * len(wanted) > LONGEST_LIST * 10:
        return unfinished("too many keys", *given)
    if len({kind(key) for key in [*keys, *wanted] if key is not None}) > 1:
        return unfinished("keys of several types", *given)
    answers = [_any(equal(key, item) for item in wanted) for key in keys]
    if None in answers:
        return unfinished("whether two keys are equal is not known", *given)
    return [value for value, answer in zip(values, answers, strict=True) if answer]


def _any(answers: Any) -> bool | None:
    seen = list(answers)
    return True if True in seen else None if None in seen else False


LISTS: Table = {
    "alltrue": lenient(_alltrue, booleans),
    "anytrue": lenient(_anytrue, booleans),
    "chunklist": lenient(_chunklist, elements, whole),
    "coalesce": lenient(_coalesce, rest=nullable),
    "coalescelist": lenient(_coalescelist, rest=nullable),
    "compact": lenient(_compact, strings),
    "concat": lenient(_concat, rest=sequence),
    "contains": lenient(_contains, sequence, anything),
    "distinct": lenient(_distinct, elements),
    "element": lenient(_element, sequence, whole),
    "flatten": lenient(_flatten, sequence),
    "index": lenient(_index, sequence, anything),
    "matchkeys": lenient(_matchkeys, elements, elements, elements),
    "one": lenient(_one, sequence),
    "reverse": lenient(_reverse, sequence),
    "setproduct": lenient(_setproduct, rest=sequence),
    "slice": lenient(_slice, sequence, whole, whole),
}
"""Functions of lists."""
