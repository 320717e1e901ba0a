"""Version constraints, as the language reference's "Version Constraints" has them."""

from __future__ import annotations

import re
from itertools import zip_longest

_PART = re.compile(r"\s*(?P<sign>=|!=|>=|<=|>|<|~>)?\s*v?(?P<number>\d+(?:\.\d+)*)\s*")
_RELEASE = re.compile(r"v?(\d+(?:\.\d+)*)(?:\+.*)?")


def meets(version: str, constraint: str) -> bool:
    """Whether a version meets a constraint; one that is not understood (a pre-release) excludes nothing."""
    release = _RELEASE.fullmatch(version)
    parts = [_PART.fullmatch(part) for part in constraint.split(",")]
    if release is None:
        return True
    number = _numbers(release[1])
    return all(_holds(number, part["sign"] or "=", _numbers(part["number"])) for part in parts if part)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(".")]


def _holds(version: list[int], sign: str, wanted: list[int]) -> bool:
    order = _order(version, wanted)
    if sign == "~>":
        fixed = len(wanted) - 1
        return order >= 0 and version[:fixed] == wanted[:fixed]
    return {"=": order == 0, "!=": order != 0, ">": order > 0, ">=": order >= 0, "<": order < 0, "<=": order <= 0}[sign]


def _order(one: list[int], other: list[int]) -> int:
    for a, b in zip_longest(one, other, fillvalue=0):
        if a != b:
            return 1 if a > b else -1
    return 0
