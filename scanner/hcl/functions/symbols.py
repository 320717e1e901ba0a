"""What is certain of values that are not known yet: that they are text, that they are equal, that they differ.

The provider's types are not at hand, so a symbol is text only by the name of its attribute: the AWS provider gives
`arn` and `id` to every resource as a text that is never empty, and text to each name that ends as below. Source: its
resources' schemas.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from scanner.hcl.values import SetList, Symbol, Template, Unfinished, certain_ends, unknown_in
from scanner.model import Unknown

_FILLED = ("arn", "id")
_TEXTS = (
    "address", "arn", "availability_zone", "bucket", "cidr_block", "domain", "endpoint", "hex", "id", "json", "name",
    "policy", "private_ip", "public_ip", "region", "result", "url",
)  # fmt: skip
_PROVIDERS = re.compile(r"(?:^|\.)(?:aws|random)_")


def is_text(value: Any) -> bool:
    """Whether a value is certainly a text, or null."""
    if isinstance(value, Symbol):
        last = value.path[-1] if value.path and _PROVIDERS.search(value.address) else 0
        return isinstance(last, str) and (last in _TEXTS or last.endswith(tuple(f"_{name}" for name in _TEXTS)))
    return isinstance(value, (str, Template))


def is_filled(value: Any) -> bool:
    """Whether something unknown is certainly neither null nor an empty text."""
    if isinstance(value, Template):
        return any(isinstance(part, str) or is_filled(part) for part in value.parts)
    return is_text(value) and isinstance(value, Symbol) and len(value.path) == 1 and value.path[0] in _FILLED


def is_thing(value: Any) -> bool:
    """Whether a value is a resource or module instance, an object whose attributes are worked out later."""
    return value is not None and not isinstance(value, (str, int, float, list, dict, Unknown))


def is_scalar(value: Any) -> bool:
    """Whether a value is certainly no list, set, map or object."""
    return value is None or isinstance(value, (str, int, float)) or is_text(value)


def equal(one: Any, other: Any) -> bool | None:
    """Whether two values are equal; None where that is not known."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return _equal_unknown(one, other)
    if isinstance(one, (list, dict)) and isinstance(other, (list, dict)):
        return _equal_collections(one, other)
    if is_thing(one) or is_thing(other):
        return False if is_scalar(one) or is_scalar(other) else None
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def all_of(answers: list[bool | None]) -> bool | None:
    """Kleene's conjunction."""
    if False in answers:
        return False
    return None if None in answers else True


def _equal_collections(one: Any, other: Any) -> bool | None:
    if isinstance(one, dict) is not isinstance(other, dict):
        return False
    if isinstance(one, list):
        return _equal_lists(one, other)
    return all_of([equal(one[key], other[key]) for key in one]) if one.keys() == other.keys() else False


def _equal_lists(one: list[Any], other: list[Any]) -> bool | None:
    if isinstance(one, SetList) or isinstance(other, SetList):
        if unknown_in(one) or unknown_in(other):
            return None
        if isinstance(one, SetList) is not isinstance(other, SetList):
            return None
    if len(one) != len(other):
        return False
    return all_of([equal(a, b) for a, b in zip(one, other, strict=True)])


def _equal_unknown(one: Any, other: Any) -> bool | None:
    if isinstance(one, Symbol) and one == other:
        return True
    if isinstance(one, Template) and isinstance(other, Template) and one.parts == other.parts:
        return None if any(isinstance(part, Unfinished) for part in one.parts) else True
    if _never_text(one, other) or _never_text(other, one):
        return False
    ends = certain_ends(one), certain_ends(other)
    return False if _apart(*ends) else None


def _never_text(one: Any, other: Any) -> bool:
    if one is None or one == "":
        return is_filled(other)
    return isinstance(one, (bool, int, float, list, dict)) and isinstance(other, Template)


def _apart(one: tuple[str, str], other: tuple[str, str]) -> bool:
    heads = one[0].startswith(other[0]) or other[0].startswith(one[0])
    tails = one[1].endswith(other[1]) or other[1].endswith(one[1])
    return not (heads and tails)


def all_apart(items: list[Any]) -> bool:
    """Whether no two of the items can be equal."""
    known = [item for item in items if not unknown_in(item)]
    if len(known) == len(items) and all(isinstance(item, str) for item in items):
        return all(a != b for a, b in pairwise(sorted(items)))
    return all(equal(a, b) is False for at, a in enumerate(items) for b in items[:at])
