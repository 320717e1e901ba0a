"""Numbers as Terraform computes them: with 512 bits. What cannot be told exactly is given up on.

A known number is an int, or a float whose shortest decimal text has at most 15 digits: only such a text survives the
way through a float. Source: Terraform language, "Types and Values"; cty, "Number".
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

from scanner.hcl.values import FunctionError, unfinished

BITS = 512
"""Of Terraform's numbers."""

DIGITS = 15
"""Significant decimal digits that a float keeps."""

_LARGEST = 150
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")


def fraction(number: float) -> Fraction:
    """The exact value of an int, or of the decimal text of a float."""
    return Fraction(number) if isinstance(number, int) else Fraction(Decimal(repr(number)))


def rounded(value: Fraction, bits: int = BITS) -> Fraction:
    """The nearest value with that many bits, ties to even."""
    if not value:
        return value
    shift = bits - abs(value.numerator).bit_length() + value.denominator.bit_length()
    scaled = round(value * Fraction(2) ** shift)
    excess = abs(scaled).bit_length() - bits
    if excess > 0:
        shift -= excess
        scaled = round(value * Fraction(2) ** shift)
    return scaled / Fraction(2) ** shift


def number(value: Fraction) -> Any:
    """A result of 512 bits as a value; Unfinished where it is not exactly told by 15 digits."""
    if abs(value) > 10**_LARGEST:
        return unfinished("a number of more than 150 digits")
    if value.denominator == 1:
        return int(value)
    near = float(value)
    if digits(near) <= DIGITS and rounded(fraction(near)) == value:
        return near
    return unfinished("a number that is not told exactly by 15 digits")


def digits(value: float) -> int:
    """Significant decimal digits of a float's shortest text."""
    return len(Decimal(repr(value)).normalize().as_tuple().digits)


def parsed(text: str) -> Any:
    """The number that a text is.

    Raises FunctionError where it is none.
    """
    if not _NUMBER.fullmatch(text):
        raise FunctionError("a number is required")
    written = Decimal(text)
    if written and abs(written.adjusted()) > _LARGEST:
        return unfinished("a number of more than 150 digits")
    if not written and text.startswith("-"):
        return unfinished("a zero with a sign")
    return number(rounded(Fraction(written))) if len(written.as_tuple().digits) > DIGITS else _short(written)


def _short(written: Decimal) -> int | float:
    return int(written) if written == written.to_integral_value() else float(written)


def is_exact(value: float) -> bool:
    """Whether a number's text is certain."""
    if isinstance(value, int):
        return value.bit_length() <= BITS - 14
    return abs(value) <= float(10**_LARGEST) and (value.is_integer() or digits(value) <= DIGITS)


def written(value: float) -> Any:
    """A number as text, in full: 0.0000001, never 1e-07; Unfinished where the text is not certain."""
    if not is_exact(value):
        return unfinished("a number that is not told exactly by 15 digits")
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return format(Decimal(repr(value)), "f")
