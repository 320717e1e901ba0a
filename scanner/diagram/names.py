"""What names of one environment begin with in common: it tells nothing apart, and takes the room of what does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_WORDS = {
    "prod": ("production", "prod", "prd", "live"),
    "staging": ("staging", "stage", "stg", "test"),
    "dev": ("development", "dev", "sandbox"),
}
"""Words by which names say an environment, which the box says as well."""

_LEAST = 3
_LONGEST = 60
_PART = re.compile(r"[^-_/.]*[-_/.]+")


def common(names: Iterable[str]) -> str:
    """The longest beginning, of whole words, that more than half of the names have; empty where there is none."""
    listed = list(names)
    counts: Counter[str] = Counter()
    for name in listed:
        at, whole = 0, name[:_LONGEST]
        for part in _PART.finditer(whole):
            if part.end() == len(whole) or part.start() != at:
                break
            at = part.end()
            counts[name[:at]] += 1
    enough = [start for start, count in counts.items() if count >= _LEAST and count * 2 > len(listed)]
    return max(enough, key=lambda start: (len(start), start), default="")


def without(name: str, start: str, environment: str) -> str:
    """A name without its beginning, and without the environment where that comes next; never without all."""
    left = name.removeprefix(start) if start else name
    for word in (*_WORDS.get(environment, ()), environment):
        for mark in "-_/.":
            if start and word and left.startswith(f"{word}{mark}"):
                left = left.removeprefix(f"{word}{mark}")
    return left or name
