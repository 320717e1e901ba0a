"""Functions of numbers."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from scanner.hcl.functions.conversion import anything, number, sequence, to_number, whole
from scanner.hcl.functions.exact import BITS, digits, fraction, rounded
from scanner.hcl.functions.exact import number as as_number
from scanner.hcl.functions.spec import Table, plain
from scanner.hcl.values import FunctionError, unfinished
from scanner.model import Unknown

_MOST_STEPS = 1024


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


def _ceil(value: float) -> int:
    return math.ceil(value)


def _floor(value: float) -> int:
    return math.floor(value)


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
    try:
        result = math.pow(base, power)
    except (ValueError, OverflowError):
        return unfinished("a power that is no finite number")
    return _from_float(result)


def _log(value: float, base: float) -> Any:
    """A logarithm as Terraform divides two of floats; what another machine may round otherwise is given up on."""
    try:
        result = math.log(value) / math.log(base)
    except (ValueError, ZeroDivisionError, OverflowError):
        return unfinished("a logarithm that is no finite number")
    return _from_float(result)


def _from_float(result: float) -> Any:
    if result.is_integer() and abs(result) < 2**53:
        return int(result)
    if not math.isfinite(result) or result.is_integer() or digits(result) > 15:
        return unfinished("a number that a float does not tell exactly")
    return result


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
    "abs": plain(abs, number),
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
