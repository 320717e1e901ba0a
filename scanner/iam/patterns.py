"""How a resource pattern of a policy relates to what a question is about.

A pattern holds `*` and `?`. Both sides may hold `${<id>}` for the ARN of a planned resource, and `{account}`,
`{region}`, `{name}` and the like for a text that is fixed and not known; a pattern also `~` for a rest that is not
known. In what a question is about, `*` stands for all that lies below, such as a bucket's objects.

Source: AWS IAM User Guide, "IAM JSON policy elements: Resource" (wildcards, and that `*` at the end of a segment goes
beyond it); a pattern that matches as a whole and not segment by segment is taken for one that may match.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import lru_cache

NOT_KNOWN = "~"
_FIXED = re.compile(r"(?<!\$)\{[a-z_]+\}")
_LOOKED_UP = re.compile(r"\$\{(?:[^}]*[.:])?data\.([a-z0-9_]+)\.")
_LONGEST = 2048
"""Characters of the longest ARN; a pattern that is longer is not looked into."""

_FIELDS = 6


class Reach(IntEnum):
    """What of the things asked about a pattern reaches."""

    NONE = 0
    MAYBE = 1
    """Perhaps some: that is not known."""

    PART = 2
    """Some, for certain."""

    ALL = 3


def reach(patterns: Iterable[str], spellings: Iterable[str]) -> Reach:
    """What the patterns reach together, of something that can be written in each of these ways."""
    wanted = tuple(spellings)
    found = Reach.NONE
    for pattern in patterns:
        for spelling in wanted:
            found = max(found, relation(pattern, spelling))
            if found is Reach.ALL:
                return found
    return found


@lru_cache(maxsize=1 << 18)
def relation(pattern: str, wanted: str) -> Reach:
    """What of `wanted` one pattern reaches."""
    if pattern in {"*", wanted}:
        return Reach.ALL
    if pattern == NOT_KNOWN or len(pattern) > _LONGEST:
        return Reach.MAYBE
    if _are_apart(pattern, wanted):
        return Reach.MAYBE if _may_be_one(pattern, wanted) else Reach.NONE
    if pattern.endswith(NOT_KNOWN):
        return Reach.MAYBE if _meets(_opened(pattern[:-1]) + "*", _opened(wanted)) else Reach.NONE
    found = _plain(pattern, wanted)
    if found is Reach.NONE:
        open_, asked = _opened(pattern), _opened(wanted)
        if (open_, asked) != (pattern, wanted) and _plain(open_, asked) is not Reach.NONE:
            return Reach.MAYBE
    return found


def _are_apart(pattern: str, wanted: str) -> bool:
    """Whether one is built from a planned resource and the other from another, or from none: a quick look."""
    ours, theirs = pattern.startswith("${"), wanted.startswith("${")
    if ours and theirs:
        return pattern[: pattern.find("}") + 1] != wanted[: wanted.find("}") + 1]
    return (ours and wanted.startswith("arn:")) or (theirs and pattern.startswith("arn:"))


def looked_up(text: str) -> str:
    """The type of what a text's symbol stands for, where that is only looked up, by a data source nobody has read."""
    match = _LOOKED_UP.match(text)
    return match[1] if match else ""


def _may_be_one(pattern: str, wanted: str) -> bool:
    """Whether what one of them looks up may be what the other one is: of one type they are not told apart."""
    for one, other in ((pattern, wanted), (wanted, pattern)):
        type_ = looked_up(one)
        if type_ and other.startswith("${") and f"{type_}." in other:
            return True
    return False


@lru_cache(maxsize=1 << 16)
def _opened(text: str) -> str:
    """With `*` for each fixed part that is not known."""
    return _FIXED.sub("*", text)


def covers(pattern: str, wanted: str) -> bool:
    """Whether a glob matches all that another one matches: `*` of the other is taken up by `*` alone."""
    pieces = pattern.split("*")
    if len(pieces) == 1:
        return _same(pattern, wanted)
    head, tail = pieces[0], pieces[-1]
    if len(wanted) < len(head) + len(tail) or not _same(head, wanted[: len(head)]):
        return False
    end = len(wanted) - len(tail)
    if not _same(tail, wanted[end:]):
        return False
    at = len(head)
    for piece in pieces[1:-1]:
        at = _find(piece, wanted, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def common(one: str, other: str) -> str | None:
    """A text that both globs match, the shortest there is; None where there is none.

    As many steps at most as there are pairs of places in them.
    """
    before: dict[tuple[int, int], tuple[tuple[int, int], str] | None] = {(0, 0): None}
    todo = deque([(0, 0)])
    while todo:
        i, j = place = todo.popleft()
        if i == len(one) and j == len(other):
            return _walked(before, place)
        a, b = one[i : i + 1], other[j : j + 1]
        steps = [((i + 1, j), "")] if a == "*" else []
        steps += [((i, j + 1), "")] if b == "*" else []
        if a and b:
            letter = b if a in _WILD else a
            steps += [(step, "_" if letter in _WILD else letter) for step in _steps(a, b, i, j)]
        for step, letter in steps:
            if step not in before:
                before[step] = (place, letter)
                todo.append(step)
    return None


def _steps(a: str, b: str, i: int, j: int) -> Iterable[tuple[int, int]]:
    """Places after one letter that both take."""
    if a == "*" and b != "*":
        return ((i, j + 1),)
    if b == "*" and a != "*":
        return ((i + 1, j),)
    return ((i + 1, j + 1),) if a == b or "?" in {a, b} else ()


def _walked(before: Mapping[tuple[int, int], tuple[tuple[int, int], str] | None], place: tuple[int, int]) -> str:
    letters: list[str] = []
    while (step := before[place]) is not None:
        place, letter = step
        letters.append(letter)
    return "".join(reversed(letters))


def _plain(pattern: str, wanted: str) -> Reach:
    """The same for globs of which everything is known."""
    found = Reach.ALL if covers(pattern, wanted) else Reach.PART if _meets(pattern, wanted) else Reach.NONE
    if found is Reach.NONE or not pattern.startswith("arn:") or not wanted.startswith("arn:"):
        return found
    if _by_fields(pattern, wanted, found):
        return Reach.MAYBE if _wild_type(pattern) else found
    # What lies below the things asked about has no colons of its own that `*` could take for those of an ARN.
    return Reach.MAYBE if covers(pattern, wanted.replace("*", _ANY)) else Reach.NONE


def _by_fields(pattern: str, wanted: str, found: Reach) -> bool:
    """Whether the ARNs relate the same way field by field."""
    ours, theirs = pattern.split(":", _FIELDS - 1), wanted.split(":", _FIELDS - 1)
    if len(ours) < _FIELDS or len(theirs) < _FIELDS:
        return len(theirs) >= len(ours) and ours[-1].endswith("*") and _fields(ours[:-1], theirs, found)
    return _fields(ours, theirs, found)


def _wild_type(pattern: str) -> bool:
    """Whether a wildcard stands where an ARN tells the type of resource, and more follows.

    Source: AWS IAM User Guide, "ARN format", "Incorrect wildcard usage": it is not allowed, so what it does is open.
    """
    fields = pattern.split(":", _FIELDS - 1)
    if len(fields) < _FIELDS or fields[2] in _WITHOUT_TYPE:
        return False
    type_ = _TYPE.match(fields[5])
    return type_ is not None and not _WILD.isdisjoint(type_[1])


def _fields(ours: list[str], theirs: list[str], found: Reach) -> bool:
    test = covers if found is Reach.ALL else _meets
    return all(test(one, other) for one, other in zip(ours, theirs, strict=False))


def _same(pattern: str, text: str) -> bool:
    """Whether a pattern without `*` matches; `?` stands for one letter, and for no `*` of the other side."""
    if "?" not in pattern:
        return pattern == text
    return len(pattern) == len(text) and all(p in {"?", t} and (t != "*") for p, t in zip(pattern, text, strict=True))


def _find(piece: str, text: str, start: int, end: int) -> int:
    """Where a piece without `*` is found first; -1 where it is not."""
    if "?" not in piece:
        return text.find(piece, start, end)
    places = range(start, end - len(piece) + 1)
    return next((at for at in places if _same(piece, text[at : at + len(piece)])), -1)


def _meets(one: str, other: str) -> bool:
    """Whether some text is matched by both globs."""
    while "**" in one:
        one = one.replace("**", "*")
    if not _WILD.intersection(other):
        return covers(one, other)
    if not _WILD.intersection(one):
        return covers(other, one)
    head, theirs = _head(one), _head(other)
    if not (head.startswith(theirs) or theirs.startswith(head)):
        return False
    if not _tails_agree(one, other):
        return False
    if other[len(theirs) :] == "*" and one[len(head)] == "*":
        return True
    return _both(one, other)


_WILD = frozenset("*?")
_ANY = "\0"
"""Stands for any text in what a question is about."""

_TYPE = re.compile(r"([^/:]*)[/:]")
_WITHOUT_TYPE = frozenset({"s3", "execute-api"})
"""Services in whose ARNs no type stands in front of the name."""


def _tails_agree(one: str, other: str) -> bool:
    """Whether what stands behind the last wildcards can be the same."""
    ours, theirs = (glob[max(glob.rfind("*"), glob.rfind("?")) + 1 :] for glob in (one, other))
    return ours.endswith(theirs) or theirs.endswith(ours)


def _head(glob: str) -> str:
    """What stands before the first wildcard."""
    ends = [at for at in (glob.find("*"), glob.find("?")) if at >= 0]
    return glob[: min(ends)] if ends else glob


def _both(one: str, other: str) -> bool:
    """Walk through both at once: the places in the first that are reached after each letter of the second, as bits."""
    letters, stars = _places(one)
    plain = ((1 << len(one)) - 1) & ~stars
    reached = _past(1, stars)
    for letter in other:
        if letter == "*":
            # Whatever follows the first of them can be reached: any text stands here.
            reached = ((1 << len(one) + 1) - 1) & -(reached & -reached)
        else:
            taken = plain if letter == "?" else letters.get(letter, letters["?"])
            reached = _past((reached & taken) << 1 | reached & stars, stars)
        if not reached:
            return False
    return bool(reached >> len(one) & 1)


def _past(reached: int, stars: int) -> int:
    """With those reached by leaving out a `*`; several in a row are one."""
    return reached | (reached & stars) << 1


@lru_cache(maxsize=1 << 16)
def _places(glob: str) -> tuple[dict[str, int], int]:
    """Where each letter of a glob can be taken, `?` anywhere, and where its `*` stand, as bits."""
    anything = sum(1 << at for at, letter in enumerate(glob) if letter == "?")
    letters = {"?": anything}
    for at, letter in enumerate(glob):
        if letter not in _WILD:
            letters[letter] = letters.get(letter, anything) | 1 << at
    return letters, sum(1 << at for at, letter in enumerate(glob) if letter == "*")
