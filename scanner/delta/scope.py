"""Whether a part of a permission statement lets more or less through than it did.

Patterns as policies write them: `*` stands for any text, `?` for one letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

Way: TypeAlias = Literal["same", "wider", "narrower", "other", "open"]
"""What a change does to what is let through; other: more of one and less of another; open: that cannot be told."""

_HIDDEN = "~"
"""Stands in an element for text that is known only after apply."""

_POSITIVE = ("StringEquals", "StringLike", "ArnEquals", "ArnLike", "IpAddress", "NumericEquals", "DateEquals")
"""Operators under which one value more lets more through."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a statement before and after."""

    name: str
    gone: tuple[str, ...]
    new: tuple[str, ...]
    way: Way
    reason: str = ""
    """Why it cannot be told what the change does."""


def patterns(name: str, before: Any, after: Any, *, inverted: bool = False) -> Part:
    """Compare the patterns of one part; `inverted` where it names what is not meant, as NotAction does."""
    reason = unknown(before) or unknown(after)
    if reason:
        return Part(name, (), (), "open" if unknown(before) != unknown(after) else "same", reason)
    old, new = list(map(str, before)), list(map(str, after))
    gone, come = _without(old, new), _without(new, old)
    if any(_HIDDEN in item for item in (*gone, *come)):
        return Part(name, gone, come, "open", "a part of it is known only after apply")
    cased = not name.endswith("actions")
    way = _way(more=not _covered(new, old, cased=cased), less=not _covered(old, new, cased=cased))
    return Part(name, gone, come, turned(way) if inverted else way)


def conditions(before: Any, after: Any) -> Part:
    """Compare the conditions: each one more lets less through, each value more of one lets more through."""
    reason = unknown(before) or unknown(after)
    if reason:
        return Part("conditions", (), (), "open" if unknown(before) != unknown(after) else "same", reason)
    old, new = _by_key(before), _by_key(after)
    way = _way(more=bool(old.keys() - new.keys()), less=bool(new.keys() - old.keys()))
    for key in old.keys() & new.keys():
        more, less = bool(new[key] - old[key]), bool(old[key] - new[key])
        plain = key[0].split(":")[-1].removesuffix("IfExists") in _POSITIVE
        way = together((way, _way(more=more, less=less) if plain or not (more or less) else "other"))
    written = {str(key).lower(): str(key) for _, key, _ in (*before, *after)}
    told = [{f"{op} {written[key]} {', '.join(sorted(v))}" for (op, key), v in side.items()} for side in (old, new)]
    return Part("conditions", tuple(sorted(told[0] - told[1])), tuple(sorted(told[1] - told[0])), way)


def turned(way: Way) -> Way:
    """The same for what is refused or left out."""
    opposite: dict[Way, Way] = {"wider": "narrower", "narrower": "wider"}
    return opposite.get(way, way)


def together(ways: Iterable[Way]) -> Way:
    """What several changes come to."""
    found = set(ways) - {"same"}
    if "open" in found:
        return "open"
    return "same" if not found else found.pop() if len(found) == 1 else "other"


def unknown(value: Any) -> str:
    """Why a fact of a record is not known; empty where it is."""
    return str(value["unknown"]) if isinstance(value, dict) and set(value) == {"unknown"} else ""


def _way(*, more: bool, less: bool) -> Way:
    return "other" if more and less else "wider" if more else "narrower" if less else "same"


def _without(items: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    there = set(others)
    return tuple(item for item in items if item not in there)


def _covered(items: Iterable[str], by: Iterable[str], *, cased: bool) -> bool:
    """Whether each item is let through by one of the others."""
    others = list(by)
    return all(any(item == other or _covers(other, cased=cased).fullmatch(item) for other in others) for item in items)


@cache
def _covers(pattern: str, *, cased: bool) -> re.Pattern[str]:
    """What a pattern covers; `?` stands for no `*` of another pattern, which may be longer. Actions know no case."""
    signs = {"*": ".*", "?": "[^*]"}
    return re.compile(
        "".join(signs.get(letter, re.escape(letter)) for letter in pattern), re.DOTALL if cased else re.IGNORECASE
    )


def _by_key(told: Iterable[Any]) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for operator, key, values in told:
        name = (str(operator), str(key).lower())
        found[name] = found.get(name, frozenset()) | frozenset(map(str, values))
    return found
