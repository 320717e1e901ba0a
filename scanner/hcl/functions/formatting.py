"""format and formatlist, as far as their arguments are known. Source: cty, stdlib's Format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from scanner.hcl.functions.characters import countable
from scanner.hcl.functions.conversion import nullable, string, to_bool, to_number, to_string
from scanner.hcl.functions.exact import fraction, is_exact, rounded, written
from scanner.hcl.functions.jsons import jsonencode
from scanner.hcl.functions.spec import Table, lenient
from scanner.hcl.functions.symbols import is_scalar, is_thing
from scanner.hcl.values import LONGEST_LIST, LONGEST_TEXT, FunctionError, open_set, text, unfinished
from scanner.model import Unknown

_VERB = re.compile(r"%([ #+\-0]*)([1-9][0-9]*)?(?:\.([0-9]+))?(?:\[([0-9]+)\])?([A-Za-z%])")
_WIDEST = 10_000
_EXPONENT_FROM = 6


@dataclass(frozen=True, slots=True)
class _Verb:
    letter: str
    flags: str
    width: int
    precision: int | None


def _format(layout: Any, *args: Any) -> Any:
    if isinstance(layout, Unknown):
        return unfinished("a layout that is not known", layout, *args)
    pieces: list[Any] = []
    at = used = highest = 0
    for found in _VERB.finditer(layout):
        pieces.append(_literal(layout[at : found.start()]))
        at = found.end()
        if found[5] == "%":
            pieces.append(_percent(found[0]))
            continue
        used = int(found[4]) if found[4] else used + 1
        highest = max(highest, used)
        if not 0 < used <= len(args):
            raise FunctionError("a layout needs more arguments than there are")
        pieces.append(_shown(_verb(found), args[used - 1]))
    pieces.append(_literal(layout[at:]))
    if highest < len(args):
        raise FunctionError("more arguments than the layout takes")
    return text(*pieces)


def _literal(part: str) -> str:
    if "%" in part:
        raise FunctionError("a layout has a verb that is not understood")
    return part


def _percent(whole: str) -> Any:
    if whole != "%%":
        raise FunctionError("a layout has a verb that is not understood")
    return "%"


def _verb(found: re.Match[str]) -> _Verb:
    flags, width, precision, _, letter = found.groups()
    return _Verb(letter, flags, _small(width or "0"), _small(precision) if precision else None)


def _small(digits: str) -> int:
    return int(digits) if len(digits) < 9 else _WIDEST + 1


def _shown(verb: _Verb, value: Any) -> Any:
    if verb.width > _WIDEST or (verb.precision or 0) > _WIDEST:
        return unfinished("a text that is too long", value)
    if value is None:
        return unfinished("a null of no type", value) if verb.letter in _VERBS else _refuse()
    if verb.letter not in _VERBS:
        _refuse()
    return _VERBS[verb.letter](verb, value)


def _refuse() -> Any:
    raise FunctionError("a layout has a verb that is not understood")


def _as_is(verb: _Verb, value: Any) -> Any:
    if "#" in verb.flags or isinstance(value, (bool, list, dict)) or is_thing(value):
        return _padded(verb, jsonencode(value))
    if isinstance(value, (int, float)):
        return _padded(verb, _general(value)) if is_exact(value) else written(value)
    return _padded(verb, value)


def _string(verb: _Verb, value: Any) -> Any:
    given = to_string(value)
    if verb.precision:
        if not isinstance(given, str) or not countable(given):
            return unfinished("a part of a text", value)
        given = given[: verb.precision]
    return _padded(verb, given if verb.letter == "s" else jsonencode(given))


def _padded(verb: _Verb, given: Any) -> Any:
    if not verb.width:
        return given
    if not isinstance(given, str) or not countable(given):
        return unfinished("a text of a certain width", given)
    fill = "0" if "0" in verb.flags else " "
    return given.ljust(verb.width, fill) if "-" in verb.flags else given.rjust(verb.width, fill)


def _bool(_verb: _Verb, value: Any) -> Any:
    given = to_bool(value)
    return unfinished("a boolean that is not known", given) if isinstance(given, Unknown) else given


def _number(verb: _Verb, value: Any) -> Any:
    given = to_number(value)
    if isinstance(given, Unknown):
        return unfinished("a number that is not known", value)
    if not is_exact(given) or "#" in verb.flags:
        return unfinished("a number whose form is not certain", value)
    if verb.letter in "bdoxX":
        return _integer(verb, given)
    sign = "-" if given < 0 else "+" if "+" in verb.flags else " " if " " in verb.flags else ""
    shown = _FLOATS[verb.letter.lower()](abs(given), verb)
    return _aligned(verb, sign, shown) if isinstance(shown, str) else shown


def _integer(verb: _Verb, given: float) -> Any:
    if given != int(given):
        raise FunctionError("a whole number is required")
    if verb.precision is not None:
        return unfinished("a number whose form is not certain")
    sign = "-" if given < 0 else "+" if "+" in verb.flags else " " if " " in verb.flags else ""
    return _aligned(verb, sign, format(abs(int(given)), verb.letter))


def _aligned(verb: _Verb, sign: str, digits: str) -> str:
    shown = digits.upper() if verb.letter in "EG" else digits
    if "-" in verb.flags:
        return (sign + shown).ljust(verb.width)
    return sign + shown.rjust(verb.width - len(sign), "0") if "0" in verb.flags else (sign + shown).rjust(verb.width)


def _fixed(given: float, verb: _Verb) -> str:
    places = 6 if verb.precision is None else verb.precision
    return _point(round(rounded(fraction(given)) * 10**places), places)


def _point(scaled: int, places: int) -> str:
    digits = str(scaled).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def _scientific(given: float, verb: _Verb) -> str:
    return _with_exponent(rounded(fraction(given)), 6 if verb.precision is None else verb.precision)


def _with_exponent(value: Fraction, places: int) -> str:
    exponent = Decimal(value.numerator) / Decimal(value.denominator) if value else Decimal(0)
    power = exponent.adjusted() if value else 0
    scaled = round(value * Fraction(10) ** (places - power))
    if scaled >= 10 ** (places + 1):
        power += 1
        scaled = round(value * Fraction(10) ** (places - power))
    return f"{_point(scaled, places)}e{'-' if power < 0 else '+'}{abs(power):02}"


def _compact(given: float, verb: _Verb) -> Any:
    if verb.precision is None:
        return _general(given)
    return unfinished("a number whose form is not certain")


def _general(given: float) -> str:
    """The shortest form: with an exponent from a million on."""
    whole = Decimal(repr(given))
    power, minus = whole.adjusted(), "-" if given < 0 else ""
    if not given or -4 <= power < _EXPONENT_FROM:
        return str(written(given))
    shown = "".join(map(str, whole.as_tuple().digits)).rstrip("0")
    point = f"{shown[0]}.{shown[1:]}" if len(shown) > 1 else shown
    return f"{minus}{point}e{'-' if power < 0 else '+'}{abs(power):02}"


_FLOATS = {"f": _fixed, "e": _scientific, "g": _compact}
_VERBS = {"v": _as_is, "t": _bool, "s": _string, "q": _string} | dict.fromkeys("bdoxXeEfgG", _number)


def _formatlist(layout: Any, *args: Any) -> Any:
    lists = [arg for arg in args if isinstance(arg, list)]
    if any(isinstance(arg, Unknown) and not is_scalar(arg) for arg in args) or any(map(open_set, lists)):
        return unfinished("a layout for the elements of what is not known", layout, *args)
    if None in args:
        return unfinished("a null of no type", layout, *args)
    if len({len(items) for items in lists}) > 1:
        raise FunctionError("the lists must be of the same length")
    if any(None in items for items in lists):
        return unfinished("a null whose type is not known", layout, *args)
    count = len(lists[0]) if lists else 1
    if count * (len(layout) if isinstance(layout, str) else 1) > LONGEST_TEXT or count > LONGEST_LIST:
        return unfinished("a list that is too long", layout, *args)
    return [_format(layout, *(arg[at] if isinstance(arg, list) else arg for arg in args)) for at in range(count)]


FORMATTING: Table = {
    "format": lenient(_format, string, rest=nullable),
    "formatlist": lenient(_formatlist, string, rest=nullable),
}
"""The functions of layouts."""
