"""Functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from scanner.hcl.functions.conversion import anything, number, sequence, to_number, whole
from scanner.hcl.functions.exact import BITS, DIGITS, digits, fraction, is_exact, rounded
from scanner.hcl.functions.exact import number as as_number
from scanner.hcl.functions.spec import Table, plain
from scanner.hcl.values import FunctionError, unfinished
from scanner.model import Unknown

_MOST_STEPS = 1024
_EXACT = 2**53
_NEAR = 1e-9
_SAME_BASES = (2, 10, 16)
_SAME_POWERS = 11


def _sum(items: list[Any]) -> Any:
    if not items:
        raise FunctionError("an empty list has no sum")
    total = Fraction(0)
    for item in items:
        value = to_number(anything(item))
        if isinstance(value, Unknown):
            return value
        total = rounded(total + rounded(fraction(value)))
    return as_number(total)


def _ceil(value: float) -> Any:
    return _whole(value, math.ceil)


def _floor(value: float) -> Any:
    return _whole(value, math.floor)


def _whole(value: float, turn: Callable[[float], int]) -> Any:
    if not is_exact(value) and _near_whole(value):
        return unfinished("a number so near to a whole one that its last digits decide")
    return turn(value)


def _abs(value: float) -> Any:
    return abs(value)


def _signum(value: int) -> int:
    return (value > 0) - (value < 0)


def _max(*values: float) -> float:
    if not values:
        raise FunctionError("at least one number is required")
    return max(values)


def _min(*values: float) -> float:
    if not values:
        raise FunctionError("at least one number is required")
    return min(values)


def _pow(base: float, power: float) -> Any:
    if isinstance(base, int) and isinstance(power, int) and 0 <= power <= BITS and abs(base) ** power < _EXACT:
        return base**power
    try:
        return _from_float(math.pow(base, power))
    except (ValueError, OverflowError):
        return unfinished("a power that is no finite number")


def _log(value: float, base: float) -> Any:
    """A logarithm as Terraform makes it, of two floats divided: 3 + 4e-16 for log(27, 3), say.

    So near to a whole number the last bit decides, and may be another one in Go.
    """
    if value <= 0 or base <= 0 or base == 1:
        return unfinished("a logarithm that is no finite number")
    result = math.log(value) / math.log(base)
    if base in _SAME_BASES and value <= base**_SAME_POWERS and result.is_integer():
        return int(result)
    return _from_float(result)


def _from_float(result: float) -> Any:
    """A float that another machine may round otherwise: none of its decimals is text, but `ceil` can take it."""
    if not math.isfinite(result) or abs(result) > _EXACT or digits(result) <= DIGITS or _near_whole(result):
        return unfinished("a number whose last digits depend on who computes it")
    return result


def _near_whole(value: float) -> bool:
    return abs(value - round(value)) < _NEAR


def _parseint(text: Any, base: int) -> Any:
    if not isinstance(text, str):
        raise FunctionError("a text is required")
    if not 2 <= base <= 62:
        raise FunctionError("a base from 2 to 62 is required")
    body = text[1:] if text[:1] in ("-", "+") else text
    if not body or len(body) > BITS:
        raise FunctionError("the text is no whole number")
    places = [_digit(letter, base) for letter in body]
    if max(places) >= base:
        raise FunctionError("the text is no whole number of that base")
    total = 0
    for place in places:
        total = total * base + place
    return -total if text[0] == "-" else as_number(Fraction(total))


def _digit(letter: str, base: int) -> int:
    if "0" <= letter <= "9":
        return ord(letter) - ord("0")
    if "a" <= letter <= "z":
        return ord(letter) - ord("a") + 10
    if "A" <= letter <= "Z":
        return ord(letter) - ord("A") + (10 if base <= 36 else 36)
    return 99


def _range(*given: float) -> Any:
    if not 1 <= len(given) <= 3:
        raise FunctionError("one to three numbers are required")
    start, end = (0, given[0]) if len(given) == 1 else given[:2]
    step = given[2] if len(given) == 3 else (1 if end >= start else -1)
    if step == 0 or (end > start and step < 0) or (end < start and step > 0):
        raise FunctionError("the step does not lead to the end")
    return _steps(fraction(start), fraction(end), fraction(step))


def _steps(start: Fraction, end: Fraction, step: Fraction) -> Any:
    if abs(end - start) > abs(step) * _MOST_STEPS:
        raise FunctionError(f"more than {_MOST_STEPS} values")
    at, last, width = rounded(start), rounded(end), rounded(step)
    result = []
    while (at < last) if step > 0 else (at > last):
        result.append(as_number(at))
        at = rounded(at + width)
    return result


ARITHMETIC: Table = {
    "abs": plain(_abs, number),
    "ceil": plain(_ceil, number),
    "floor": plain(_floor, number),
    "log": plain(_log, number, number),
    "max": plain(_max, rest=number),
    "min": plain(_min, rest=number),
    "parseint": plain(_parseint, anything, whole),
    "pow": plain(_pow, number, number),
    "range": plain(_range, rest=number),
    "signum": plain(_signum, whole),
    "sum": plain(_sum, sequence),
}
"""Functions of numbers."""
