"""Functions of times, in the format of RFC 3339."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from scanner.hcl.functions.conversion import string
from scanner.hcl.functions.spec import Table, plain
from scanner.hcl.values import FunctionError, unfinished

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([.,]\d+)?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII)
_STEP = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_SECONDS = {
    "ns": Fraction(1, 10**9), "us": Fraction(1, 10**6), "µs": Fraction(1, 10**6), "μs": Fraction(1, 10**6),
    "ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60), "h": Fraction(3600),
}  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_PIECE = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time: to the second where it was given, the rest of a second, and its distance from UTC in minutes."""

    local: dt.datetime
    rest: Fraction
    offset: int

    @property
    def instant(self) -> tuple[dt.datetime, Fraction]:
        """The time in UTC."""
        return self.local - dt.timedelta(minutes=self.offset), self.rest

    @property
    def zone(self) -> str:
        """The distance from UTC, such as +02:00."""
        return f"{'-' if self.offset < 0 else '+'}{abs(self.offset) // 60:02}:{abs(self.offset) % 60:02}"


def _moment(given: str) -> Moment:
    found = _TIME.fullmatch(given)
    if not found:
        raise FunctionError("a time as in RFC 3339 is required")
    *parts, rest, sign, hours, minutes = found.groups()
    offset = (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1) if sign else 0
    if sign and (int(hours) > 23 or int(minutes) > 59):
        raise FunctionError("a time as in RFC 3339 is required")
    try:
        local = dt.datetime(*map(int, parts))  # type: ignore[arg-type]  # noqa: DTZ001 (the zone is kept beside it)
    except ValueError as error:
        raise FunctionError("a time as in RFC 3339 is required") from error
    return Moment(local, Fraction(f"0.{rest[1:]}") if rest else Fraction(0), offset)


def _timeadd(given: str, duration: str) -> Any:
    moment = _moment(given)
    total = moment.rest + _duration(duration)
    try:
        local = moment.local + dt.timedelta(seconds=total // 1)
    except OverflowError:
        return unfinished("a time out of range")
    zone = moment.zone if moment.offset else "Z"
    return f"{local:%Y-%m-%dT%H:%M:%S}{zone}".rjust(len("0000-00-00T00:00:00") + len(zone), "0")


def _duration(given: str) -> Fraction:
    """A span in seconds. Source: Go, time.ParseDuration."""
    sign, body = (-1, given[1:]) if given[:1] == "-" else (1, given.removeprefix("+"))
    steps = _STEP.findall(body)
    if body != "0" and (not steps or "".join(map("".join, steps)) != body):
        raise FunctionError("a duration such as 1h30m is required")
    total = sum((Fraction(amount) * _SECONDS[unit] for amount, unit in steps), Fraction(0))
    if total >= Fraction(2**63, 10**9):
        raise FunctionError("a duration that is too long")
    return sign * total


def _timecmp(one: str, other: str) -> int:
    first, second = _moment(one).instant, _moment(other).instant
    return (first > second) - (first < second)


def _formatdate(layout: str, given: str) -> Any:
    moment = _moment(given)
    return "".join(_piece(found, moment) for found in _PIECE.finditer(layout))


def _piece(found: re.Match[str], moment: Moment) -> str:
    whole = found[0]
    if whole == "'":
        raise FunctionError("a quoted text in a layout lacks its end")
    if whole.startswith("'"):
        return found[1].replace("''", "'") if found[1] else "'"
    if not found[2]:
        return whole
    verbs = _verbs(moment)
    if whole not in verbs:
        raise FunctionError("a layout has letters that mean nothing")
    return verbs[whole]


def _verbs(moment: Moment) -> dict[str, str]:
    at = moment.local
    hour = at.hour % 12 or 12
    half = "AM" if at.hour < 12 else "PM"
    day, month, zone = _DAYS[at.weekday()], _MONTHS[at.month - 1], moment.zone
    return {
        "YYYY": f"{at.year:04}", "YY": f"{at.year % 100:02}",
        "MMMM": month, "MMM": month[:3], "MM": f"{at.month:02}", "M": str(at.month),
        "EEEE": day, "EEE": day[:3], "DD": f"{at.day:02}", "D": str(at.day),
        "hh": f"{at.hour:02}", "h": str(at.hour), "HH": f"{hour:02}", "H": str(hour), "AA": half, "aa": half.lower(),
        "mm": f"{at.minute:02}", "m": str(at.minute), "ss": f"{at.second:02}", "s": str(at.second),
        "ZZZZZ": zone, "ZZZZ": zone.replace(":", ""),
        "ZZZ": zone.replace(":", "") if moment.offset else "UTC", "Z": zone if moment.offset else "Z",
    }  # fmt: skip


DATES: Table = {
    "formatdate": plain(_formatdate, string, string),
    "timeadd": plain(_timeadd, string, string),
    "timecmp": plain(_timecmp, string, string),
}
"""Functions of times."""
