"""Operators, and the conversions they make."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scanner.hcl.functions.exact import parsed
from scanner.hcl.values import Failed, FunctionError, SetList, Symbol, Template, Thing, to_text, unfinished, unknown_in
from scanner.model import Unknown

_NUMBERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LARGEST = 1 << 256


def operate(name: str, operands: Sequence[Any], *, alike: bool = False) -> Any:
    """Apply an operator of one or two operands; never raises. `alike` operands are both tuples or both objects."""
    failed = next((operand for operand in operands if isinstance(operand, Failed)), None)
    if failed is not None:
        return failed
    if name in {"&&", "||"}:
        return _logic(name, truth(operands[0]), truth(operands[1]))
    if name == "!":
        value = truth(operands[0])
        return _open(value) if isinstance(value, Unknown) else not value
    if name in {"==", "!="}:
        same = _equal_parts(*operands) if alike else equal(operands[0], operands[1])
        return same if isinstance(same, Unknown) or name == "==" else not same
    return _arithmetic(name, [number(operand) for operand in operands])


def _logic(name: str, left: bool | Unknown, right: bool | Unknown) -> bool | Unknown:  # noqa: FBT001 - operands
    decisive = name == "||"
    if left is decisive or right is decisive:
        return decisive
    unknown = next((side for side in (left, right) if isinstance(side, Unknown)), None)
    return _open(unknown) if unknown is not None else not decisive


def _open(value: Unknown) -> Unknown:
    """A truth value that is made from what is not known."""
    return value if isinstance(value, Failed) else unfinished(f"a condition is not known: {value.reason}", value)


def truth(value: Any) -> bool | Unknown:
    """A value as a boolean."""
    if isinstance(value, (Unknown, bool)):
        return value
    if value in ("true", "false") and isinstance(value, str):
        return value == "true"
    return Failed("a boolean is required")


def equal(left: Any, right: Any) -> bool | Unknown:
    """Whether two values are the same; types are told apart, so 1 is not "1"."""
    if isinstance(left, Symbol) and left == right:
        return True
    if unknown_in(left) or unknown_in(right):
        differ = _parts_differ(left, right) or _parts_differ(right, left)
        return False if differ else unfinished("what is compared is not known", left, right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (dict, list)) and isinstance(right, (dict, list)):
        return _same_collection(left, right)
    return bool(left == right)


def _parts_differ(left: Any, right: Any) -> bool:
    """Whether two values that are not known in full can be told apart all the same."""
    if isinstance(left, Thing):
        return right is None
    if isinstance(left, (dict, list)) and right is None:
        return True
    if isinstance(left, Template):
        return right is None or isinstance(right, (bool, int, float, dict, list))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() != right.keys()
    if isinstance(left, list) and isinstance(right, list) and (isinstance(left, SetList) or isinstance(right, SetList)):
        return bool(left) != bool(right)  # elements that are not known may turn out to be one
    return isinstance(left, list) and isinstance(right, list) and len(left) != len(right)


def _same_collection(left: Any, right: Any) -> bool | Unknown:
    """A list is never equal to a tuple, nor a map to an object, and values do not tell which they are."""
    if not _same_shape(left, right):
        return False
    sets = isinstance(left, SetList) and isinstance(right, SetList)
    return True if sets else unfinished("whether both are of the same type is not known", left, right)


def _equal_parts(left: Any, right: Any) -> bool | Unknown:
    """Whether two tuples or two objects are the same."""
    if not isinstance(left, (list, dict)) or not isinstance(right, (list, dict)) or len(left) != len(right):
        return equal(left, right)
    if isinstance(left, dict) and isinstance(right, dict):
        if left.keys() != right.keys():
            return False
        left, right = list(left.values()), [right[key] for key in left]
    parts = [equal(one, other) for one, other in zip(left, right, strict=True)]
    if False in parts:
        return False
    return next((part for part in parts if isinstance(part, Unknown)), True)


def _same_shape(left: Any, right: Any) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) is not False for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(equal(a, b) is not False for a, b in zip(left, right, strict=True))
    return False


def number(value: Any) -> Any:
    """A value as a number."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, str):
        try:
            return parsed(value)
        except FunctionError:
            return Failed("a number is required")
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else Failed("a number is required")


def _arithmetic(name: str, numbers: Sequence[Any]) -> Any:
    unknown = [one for one in numbers if isinstance(one, Unknown)]
    if unknown:
        failed = next((one for one in unknown if isinstance(one, Failed)), None)
        return failed or unfinished("a number is not known", *unknown)
    if name == "-" and len(numbers) == 1:
        return -numbers[0]
    left, right = numbers
    if max(abs(left), abs(right)) > _LARGEST:
        return unfinished("a very large number")
    if name in {"/", "%"}:
        return _divided(name, left, right)
    result = _NUMBERS[name](left, right)
    if isinstance(result, float):
        return int(result) if result.is_integer() else unfinished("a fraction, whose last digits are not worked out")
    return result


def _divided(name: str, left: Any, right: Any) -> Any:
    if right == 0:
        return Failed("a division by zero")
    if not isinstance(left, int) or not isinstance(right, int):
        return unfinished("a fraction, whose last digits are not worked out")
    if name == "%":
        return abs(left) % abs(right) * (-1 if left < 0 else 1)
    return left // right if left % right == 0 else unfinished("a fraction, whose last digits are not worked out")


def as_text(value: Any) -> Any:
    """A key as text, as objects convert them."""
    if isinstance(value, Unknown) or value is None:
        return value
    try:
        return to_text(value)
    except FunctionError:
        return Failed("a key must be text")
