"""Condition operators of policies over values that are known, or not: true, false or not known.

Source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued context
keys": several values of an operator are alternatives, a negated one matches where the key is missing, `IfExists` too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

from scanner.iam.patterns import NOT_KNOWN, covers
from scanner.logic import all_hold, any_holds, contrary

Test = Callable[[str, str], bool | None]

_OPEN = re.compile(r"\$\{[^}]*\}|(?<!\$)\{[a-z_]+\}")
"""Parts of a text that are not known: names of planned resources, policy variables, one's own account."""

_MONTH = re.compile(r"\d{4}-\d{2}")


def holds(operator: str, values: tuple[str, ...], actual: tuple[str, ...] | None) -> bool | None:
    """Whether a condition holds; `actual` are the values in the request, None where the key is missing.

    A value may hold parts that are not known. None as an answer: that is not known, or the operator is not.
    """
    name = operator.lower()
    each, _, rest = name.partition(":")
    quantifier = each if rest else ""
    name = rest or name
    if name == "null":
        return any_holds(None if NOT_KNOWN in v else (v.lower() == "true") is (actual is None) for v in values)
    optional = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    negated = name in _NEGATED
    test = _TESTS.get(_NEGATED.get(name, name))
    if test is None or quantifier not in {"", "forallvalues", "foranyvalue"}:
        return None
    if not actual:
        return _without(quantifier, optional=optional and actual is None, negated=negated)

    def one(value: str) -> bool | None:
        found = any_holds(test(wanted, value) for wanted in values)
        return contrary(found) if negated else found

    if quantifier == "forallvalues":
        return all_hold(one(value) for value in actual)
    if not quantifier and len(actual) > 1:
        # The guide asks for a quantifier then, and does not say what happens without.
        return None
    return any_holds(one(value) for value in actual)


def whatever(operator: str, values: tuple[str, ...]) -> bool | None:
    """Whether a condition holds, or fails, whatever the key is in a request, and without it; None where it depends."""
    name = operator.lower().rpartition(":")[2].removesuffix("ifexists")
    if name == "null" or any(NOT_KNOWN in value or _OPEN.search(value) for value in values):
        return None
    base = _NEGATED.get(name, name)
    if base in {"stringlike", "arnlike"} and any(value and not value.strip("*") for value in values):
        present: bool | None = True if base == "stringlike" else None
    else:
        present = False if not any(_sensible(base, value) for value in values) else None
    if present is None or base not in _TESTS:
        return None
    if name in _NEGATED:
        present = not present
    missing = {holds(operator, values, None)} | ({holds(operator, values, ())} if ":" in operator else set())
    return present if missing == {present} else None


def _sensible(base: str, value: str) -> bool:
    """Whether there is anything that a test of this sort could find equal, smaller or the like."""
    if base == "bool":
        return value.lower() in {"true", "false"}
    if base.startswith("numeric"):
        return _number(lambda a, b: a == b)(value, value) is True
    if base.startswith("date"):
        return _moment(value) is not None
    return base != "ipaddress" or _address(value, value.partition("/")[0]) is True


def _without(quantifier: str, *, optional: bool, negated: bool) -> bool | None:
    """Whether a condition on a key without values holds."""
    if optional and quantifier == "foranyvalue":
        # Of IfExists the guide says that it holds, of ForAnyValue that it does not.
        return None
    return quantifier == "forallvalues" or optional or (negated and not quantifier)


def _text(fold: Callable[[str], str], same: Test) -> Test:
    """A test of texts of which parts may not be known."""

    def test(wanted: str, actual: str) -> bool | None:
        wanted, actual = fold(wanted), fold(actual)
        if wanted == actual and NOT_KNOWN not in wanted:
            return True
        if NOT_KNOWN in wanted or _OPEN.search(wanted) or _OPEN.search(actual):
            open_ = _OPEN.sub("*", wanted.replace(NOT_KNOWN, "*"))
            return None if covers(open_, _OPEN.sub("*", actual)) or _perhaps(open_, actual) else False
        return same(wanted, actual)

    return test


def _perhaps(open_: str, actual: str) -> bool:
    """Whether a text of which parts are open may be one that is open as well: not told apart any further."""
    return _OPEN.search(actual) is not None and "*" in open_ + _OPEN.sub("*", actual)


def _as_is(text: str) -> str:
    return text


def _equal(wanted: str, actual: str) -> bool:
    return wanted == actual


def _arn(wanted: str, actual: str) -> bool:
    ours, theirs = wanted.split(":", 5), actual.split(":", 5)
    return len(ours) == len(theirs) and all(covers(o, t) for o, t in zip(ours, theirs, strict=True))


def _number(compare: Callable[[float, float], bool]) -> Test:
    def test(wanted: str, actual: str) -> bool | None:
        try:
            return compare(float(actual), float(wanted))
        except ValueError:
            return None if NOT_KNOWN in wanted else False

    return test


def _date(compare: Callable[[float, float], bool]) -> Test:
    def test(wanted: str, actual: str) -> bool | None:
        ours, theirs = _moment(wanted), _moment(actual)
        if ours is None or theirs is None:
            return None if NOT_KNOWN in wanted else False
        return compare(theirs, ours)

    return test


def _moment(text: str) -> float | None:
    """Seconds since 1970 of a date as W3C profiles ISO 8601, or of such seconds themselves."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _address(wanted: str, actual: str) -> bool | None:
    if NOT_KNOWN in wanted or _OPEN.search(wanted):
        return None
    try:
        return ip_address(actual) in ip_network(wanted, strict=False)
    except ValueError:
        return False


def _bool(wanted: str, actual: str) -> bool | None:
    return None if NOT_KNOWN in wanted else wanted.lower() == actual.lower()


_TESTS: Mapping[str, Test] = {
    "stringequals": _text(_as_is, _equal),
    "stringequalsignorecase": _text(str.lower, _equal),
    "stringlike": _text(_as_is, covers),
    "arnequals": _text(_as_is, _arn),
    "arnlike": _text(_as_is, _arn),
    "binaryequals": _text(_as_is, _equal),
    "numericequals": _number(lambda a, b: a == b),
    "numericlessthan": _number(lambda a, b: a < b),
    "numericlessthanequals": _number(lambda a, b: a <= b),
    "numericgreaterthan": _number(lambda a, b: a > b),
    "numericgreaterthanequals": _number(lambda a, b: a >= b),
    "dateequals": _date(lambda a, b: a == b),
    "datelessthan": _date(lambda a, b: a < b),
    "datelessthanequals": _date(lambda a, b: a <= b),
    "dategreaterthan": _date(lambda a, b: a > b),
    "dategreaterthanequals": _date(lambda a, b: a >= b),
    "bool": _bool,
    "ipaddress": _address,
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
}
