"""An index of statements by what their resource patterns begin with: which ones may be about a thing at all."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from scanner.iam.compiled import Compiled
from scanner.iam.context import variables
from scanner.iam.patterns import looked_up
from scanner.model import Unknown

_FIELDS = 6
_HEAD = re.compile(r"[^*?{}~$]*")
_WILD = frozenset("*?{~")

About = tuple[Compiled, bool]
"""A statement, and whether it is certain that it is about the action."""


class Nearby:
    """Statements about one action, found by what is asked about.

    A pattern that is built from a planned resource is about that one alone. One that is an ARN can only be about what
    begins as it does, or the other way round, up to the first part of either that is not fixed.
    """

    def __init__(self, statements: Iterable[About]) -> None:
        """Sort the statements."""
        self._all = tuple(statements)
        self._anything: list[int] = []
        self._symbols: dict[str, list[int]] = {}
        heads: dict[str, list[int]] = {}
        for number, (one, _) in enumerate(self._all):
            keys = _keys(one)
            if keys is None:
                self._anything.append(number)
            for key in keys or ():
                (self._symbols if key.startswith("${") else heads).setdefault(key, []).append(number)
        self._heads = heads
        self._sorted = sorted(heads)

    def to(self, spellings: Iterable[str]) -> Iterator[About]:
        """Those that may be about what can be written in these ways, in order."""
        found = set(self._anything)
        for spelling in spellings:
            key = _key(spelling)
            if key is None:
                yield from self._all
                return
            found.update(self._symbols.get(key, ()) if key.startswith("${") else self._beginning(key))
        yield from (self._all[number] for number in sorted(found))

    def _beginning(self, key: str) -> Iterator[int]:
        """Numbers of those whose head begins the key, or is begun by it."""
        for length in range(len(key)):
            yield from self._heads.get(key[:length], ())
        at = bisect_left(self._sorted, key)
        while at < len(self._sorted) and self._sorted[at].startswith(key):
            yield from self._heads[self._sorted[at]]
            at += 1


def _keys(one: Compiled) -> frozenset[str] | None:
    """What the patterns of a statement begin with; None where it may be about anything."""
    named, spared = one.first.resources, one.first.not_resources
    if isinstance(named, Unknown) or isinstance(spared, Unknown) or spared or not named:
        return None
    found = frozenset(_key(pattern) if not variables(pattern) else None for pattern in named)
    return None if None in found else frozenset(filter(None, found))


def _key(text: str) -> str | None:
    """The planned resource a text is built from, or what it is fixed to begin with; None where that tells nothing.

    Wildcards in the account or region of an ARN may reach beyond it, unless what follows says what sort of thing it is.
    """
    if looked_up(text):
        return None
    if text.startswith("${"):
        end = text.find("}")
        return text[: end + 1] if end > 0 else None
    fields = text.split(":", _FIELDS - 1)
    if len(fields) < _FIELDS or fields[0] != "arn" or _WILD & set(fields[2]):
        return None
    match = _HEAD.match(fields[5])
    head = match[0] if match else ""
    reaches_on = bool({"*", "?", "~"} & set(fields[3] + fields[4])) and not {"/", ":"} & set(head)
    return f"{fields[2]}:{head}" if head and not reaches_on else None
