"""Regular expressions of Go's syntax, parsed into a tree; what is not read here with certainty is given up on.

Source: RE2, "Syntax"; Go, regexp/syntax.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from scanner.hcl.values import FunctionError

Ranges: TypeAlias = tuple[tuple[int, int], ...]

_TOP = 0x10FFFF
_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_WHITE: Ranges = ((9, 10), (12, 13), (32, 32))
_PERL = {"d": _DIGIT, "w": _WORD, "s": _WHITE}
_POSIX: dict[str, Ranges] = {
    "alnum": ((48, 57), (65, 90), (97, 122)), "alpha": ((65, 90), (97, 122)), "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)), "cntrl": ((0, 31), (127, 127)), "digit": _DIGIT, "graph": ((33, 126),),
    "lower": ((97, 122),), "print": ((32, 126),), "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)), "upper": ((65, 90),), "word": _WORD, "xdigit": ((48, 57), (65, 70), (97, 102)),
}  # fmt: skip
_CONTROL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_REPEAT = re.compile(r"\{([0-9]{1,5})(,([0-9]{1,5})?)?\}")
_FLAGS = re.compile(r"\(\?([imsU]*)(-[imsU]+)?([:)])")
_NAME = re.compile(r"\(\?P?<([A-Za-z_0-9]+)>")
_MOST = 1000


class GivenUpError(Exception):
    """An expression that Go may read and this does not."""


@dataclass(frozen=True, slots=True)
class Letters:
    """One character among those of the ranges."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Place:
    """A place between characters: ^ $ A z b B, with ^ and $ of lines."""

    sort: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after another; none match the empty text."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first part that leads to a match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A part that is captured."""

    part: Node
    number: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part many times; `most` is None where there is no limit."""

    part: Node
    least: int
    most: int | None
    greedy: bool


Node: TypeAlias = Letters | Place | Sequence | Choice | Group | Repeat


@dataclass(frozen=True, slots=True)
class _Flags:
    i: bool = False
    m: bool = False
    s: bool = False
    U: bool = False


@dataclass(slots=True)
class Parser:
    """Reads one expression."""

    pattern: str
    at: int = 0
    flags: _Flags = field(default_factory=_Flags)
    names: list[str] = field(default_factory=list)
    """Of the groups, in order; empty for one without a name."""

    def parse(self) -> Node:
        """The tree. Raises FunctionError where Go would refuse the expression."""
        node = self._choice()
        if self.at < len(self.pattern):
            raise FunctionError("the regular expression has an unexpected parenthesis")
        return node

    def _rest(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _take(self) -> str:
        if self.at >= len(self.pattern):
            raise FunctionError("the regular expression ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def _choice(self) -> Node:
        parts = [self._sequence()]
        while self._rest() == "|":
            self.at += 1
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._rest() not in ("", "|", ")"):
            if node := self._repeated():
                parts.append(node)
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repeated(self) -> Node | None:
        node = self._atom()
        bounds = self._bounds()
        if bounds is None:
            return node
        if node is None:
            raise FunctionError("the regular expression repeats nothing")
        greedy = not self.flags.U
        if self._rest() == "?":
            self.at += 1
            greedy = not greedy
        if self._bounds() is not None:
            raise FunctionError("the regular expression repeats a repetition")
        return Repeat(node, *bounds, greedy)

    def _bounds(self) -> tuple[int, int | None] | None:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self._rest() in simple and self._rest():
            self.at += 1
            return simple[self.pattern[self.at - 1]]
        found = _REPEAT.match(self.pattern, self.at)
        if not found:
            return None
        self.at = found.end()
        least = int(found[1])
        most = least if not found[2] else int(found[3]) if found[3] else None
        if least > _MOST or (most is not None and not least <= most <= _MOST):
            raise FunctionError("the regular expression repeats too often")
        return least, most

    def _atom(self) -> Node | None:
        letter = self._take()
        if letter == "(":
            return self._group()
        if letter == "[":
            return Letters(self._class())
        if letter == "\\":
            return self._escape()
        if letter == ".":
            return Letters(((0, _TOP),) if self.flags.s else ((0, 9), (11, _TOP)))
        if letter in "^$":
            return Place(letter + "m" if self.flags.m else {"^": "A", "$": "z"}[letter])
        if letter in "*+?":
            raise FunctionError("the regular expression repeats nothing")
        return self._letter(ord(letter))

    def _letter(self, code: int) -> Letters:
        return Letters(self._folded(((code, code),)))

    def _folded(self, ranges: Ranges) -> Ranges:
        if not self.flags.i:
            return ranges
        if any(high > 127 for _, high in ranges):
            raise GivenUpError("a regular expression that ignores the case of letters other than a to z")
        upper = [(max(low, 97) - 32, min(high, 122) - 32) for low, high in ranges if low <= 122 and high >= 97]
        lower = [(max(low, 65) + 32, min(high, 90) + 32) for low, high in ranges if low <= 90 and high >= 65]
        special = [(0x212A, 0x212A)] if _holds(ranges, "kK") else []
        return (*ranges, *upper, *lower, *special, *([(0x17F, 0x17F)] if _holds(ranges, "sS") else []))

    def _group(self) -> Node | None:
        start = self.at - 1
        if found := _FLAGS.match(self.pattern, start):
            return self._flagged(found)
        name = ""
        if found := _NAME.match(self.pattern, start):
            name = found[1]
            if name in self.names:
                raise GivenUpError("a regular expression with two groups of one name")
            self.at = found.end()
        elif self._rest() == "?":
            raise FunctionError("the regular expression has a group that Go does not know")
        self.names.append(name)
        number, flags = len(self.names), self.flags
        node = self._choice()
        self._close(flags)
        return Group(node, number)

    def _flagged(self, found: re.Match[str]) -> Node | None:
        self.at = found.end()
        if not found[1] and not found[2] and found[3] == ")":
            raise GivenUpError("a regular expression with flags that say nothing")
        before = self.flags
        for letter in found[1]:
            self.flags = replace(self.flags, **{letter: True})
        for letter in (found[2] or "")[1:]:
            self.flags = replace(self.flags, **{letter: False})
        if found[3] == ")":
            return None
        node = self._choice()
        self._close(before)
        return node

    def _close(self, flags: _Flags) -> None:
        if self._take() != ")":
            raise FunctionError("the regular expression lacks a parenthesis")
        self.flags = flags

    def _escape(self) -> Node | None:
        letter = self._take()
        if letter in "AzbB":
            return Place(letter)
        if letter == "Q":
            return self._quoted()
        if letter.lower() in _PERL:
            return Letters(_turned(_PERL[letter.lower()]) if letter.isupper() else _PERL[letter])
        return self._letter(self._code(letter))

    def _quoted(self) -> Node:
        end = self.pattern.find("\\E", self.at)
        body = self.pattern[self.at :] if end < 0 else self.pattern[self.at : end]
        self.at = len(self.pattern) if end < 0 else end + 2
        if self._bounds() is not None:
            raise GivenUpError("a regular expression that repeats a quotation")
        return Sequence(tuple(self._letter(ord(letter)) for letter in body))

    def _code(self, letter: str) -> int:
        """The character of an escape."""
        if letter in _CONTROL:
            return _CONTROL[letter]
        if letter == "x":
            found = re.compile(r"([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\}").match(self.pattern, self.at)
            if not found or int(found[1] or found[2], 16) > _TOP:
                raise FunctionError("the regular expression has an unknown escape")
            self.at = found.end()
            return int(found[1] or found[2], 16)
        if letter in "pPC0123456789":
            raise GivenUpError("a regular expression with classes of Unicode or octal numbers")
        if not letter.isascii() or letter.isalnum():
            raise FunctionError("the regular expression has an unknown escape")
        return ord(letter)

    def _class(self) -> Ranges:
        turned = self._rest() == "^"
        self.at += turned
        ranges: list[tuple[int, int]] = []
        first = True
        while first or self._rest() != "]":
            ranges += self._member()
            first = False
        self.at += 1
        return _turned(tuple(ranges)) if turned else tuple(ranges)

    def _member(self) -> Ranges:
        posix = re.compile(r"\[:(\^?)([a-z]+):\]").match(self.pattern, self.at)
        if posix:
            if posix[2] not in _POSIX:
                raise FunctionError("the regular expression has an unknown class")
            self.at = posix.end()
            named = self._folded(_POSIX[posix[2]])
            return _turned(named) if posix[1] else named
        letter = self._take()
        if letter == "\\" and self._rest().lower() in _PERL and self._rest():
            name = self._take()
            return _turned(_PERL[name.lower()]) if name.isupper() else _PERL[name]
        low = high = self._code(self._take()) if letter == "\\" else ord(letter)
        if self._rest() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
            self.at += 1
            last = self._take()
            high = self._code(self._take()) if last == "\\" else ord(last)
            if high < low:
                raise FunctionError("the regular expression has a range that runs backwards")
        return self._folded(((low, high),))


def _holds(ranges: Ranges, letters: str) -> bool:
    return any(low <= ord(letter) <= high for low, high in ranges for letter in letters)


def _turned(ranges: Ranges) -> Ranges:
    """All characters but these."""
    result, at = [], 0
    for low, high in sorted(ranges):
        if low > at:
            result.append((at, low - 1))
        at = max(at, high + 1)
    return (*result, (at, _TOP)) if at <= _TOP else tuple(result)
