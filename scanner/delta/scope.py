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

_TOLD = re.compile(
    r"aws:(?:source|resource)(?:account|arn|orgid|orgpaths|owner|ip|vpc|vpce|vpcarn)|aws:vpcsourceip|aws:calledvia\w*"
    r"|aws:principal(?:account|arn|orgid|orgpaths|type|isawsservice|servicename\w*)|aws:viaawsservice"
    r"|aws:securetransport|aws:multifactorauth\w+|aws:requestedregion|aws:currenttime|kms:viaservice|kms:calleraccount"
    r"|s3:(?:x-amz-server-side-encryption\S*|tlsversion|signatureversion|authtype|dataaccesspoint\w+)"
    r"|iam:passedtoservice|iam:permissionsboundary|lambda:functionurlauthtype|sns:protocol|[\w.-]+:(?:aud|sub)"
)
"""Condition keys, in lower case, whose values are told: they name accounts, networks and settings.

Those of others may be passwords: `aws:Referer`, `aws:UserAgent`, `sts:ExternalId`, a source's token. AWS Identity and
Access Management User Guide, "AWS global condition context keys".
"""


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
    gone, come = (
        tuple(sorted(told_condition(op, written[key], v) for (op, key), v in one.items() if other.get((op, key)) != v))
        for one, other in ((old, new), (new, old))
    )
    return Part("conditions", gone, come, way)


def told_condition(operator: str, key: str, values: Iterable[str]) -> str:
    """A condition in words; what may be a password is only counted."""
    listed = sorted(map(str, values))
    hidden = f"({len(listed)} hidden)"
    return f"{operator} {key} {', '.join(listed) if _TOLD.fullmatch(key.lower()) else hidden}"


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
