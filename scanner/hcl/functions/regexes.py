"""regex, regexall and the replacement by a regular expression.

Python's `re` differs from Go's in syntax and meaning, and may take time exponential in the text. So the expression is
compiled to the same kind of program as Go's, and run by trying each state at each place at most once: the time is
bounded by the product of both lengths. Source: Go, regexp (backtrack.go) and regexp/syntax (compile.go).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from scanner.hcl.functions.conversion import string
from scanner.hcl.functions.regex_syntax import Choice, GivenUpError, Group, Letters, Node, Parser, Place, Repeat
from scanner.hcl.functions.spec import Table, plain
from scanner.hcl.values import LONGEST_TEXT, FunctionError, unfinished

LARGEST_PROGRAM = 2_000
"""Steps of a compiled expression, and MOST_TRIALS the trials of a step at a place, beyond which a call is given up."""

MOST_TRIALS = 1_000_000

Step: TypeAlias = tuple[str, Any, Any]
Match: TypeAlias = tuple[int | None, ...]

_REFERENCE = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Program:
    """An expression, compiled: step 0 is its beginning."""

    steps: list[Step]
    names: tuple[str, ...]


def compiled(pattern: str) -> Program:
    """Compile an expression.

    Raises FunctionError where Go would refuse it, GivenUpError where it is not certain how Go reads it.
    """
    parser = Parser(pattern)
    tree = parser.parse()
    steps: list[Step] = []
    _emit(tree, steps)
    steps.append(("match", None, None))
    return Program(steps, tuple(parser.names))


def _add(steps: list[Step], step: Step) -> int:
    if len(steps) >= LARGEST_PROGRAM:
        raise GivenUpError("a regular expression that is too large")
    steps.append(step)
    return len(steps) - 1


def _emit(node: Node, steps: list[Step]) -> None:
    """Add the steps of a node; they end where the next step to be added begins."""
    if isinstance(node, Letters):
        ranges = sorted(node.ranges)
        _add(steps, ("letters", [low for low, _ in ranges], _highest(ranges)))
    elif isinstance(node, Place):
        _add(steps, ("place", node.sort, None))
    elif isinstance(node, Group):
        _add(steps, ("save", node.number * 2, None))
        _emit(node.part, steps)
        _add(steps, ("save", node.number * 2 + 1, None))
    elif isinstance(node, Choice):
        _emit_choice(node.parts, steps)
    elif isinstance(node, Repeat):
        _emit_repeat(node, steps)
    else:
        for part in node.parts:
            _emit(part, steps)


def _highest(ranges: list[tuple[int, int]]) -> list[int]:
    """For each range the end of the furthest one that begins no later."""
    ends: list[int] = []
    for _, high in ranges:
        ends.append(max(high, ends[-1] if ends else high))
    return ends


def _emit_choice(parts: tuple[Node, ...], steps: list[Step]) -> None:
    exits = []
    for part in parts[:-1]:
        fork = _add(steps, ("fork", None, None))
        _emit(part, steps)
        exits.append(_add(steps, ("jump", None, None)))
        steps[fork] = ("fork", fork + 1, len(steps))
    _emit(parts[-1], steps)
    for at in exits:
        steps[at] = ("jump", len(steps), None)


def _emit_repeat(node: Repeat, steps: list[Step]) -> None:
    if node.most is None:
        for _ in range(node.least - 1):
            _emit(node.part, steps)
        if node.least == 0:
            _emit_optional(node, steps)
        else:
            _emit_plus(node, steps)
        return
    for _ in range(node.least):
        _emit(node.part, steps)
    forks = []
    for _ in range(node.most - node.least):
        forks.append(_add(steps, ("fork", None, None)))
        _emit(node.part, steps)
    for fork in forks:
        steps[fork] = _fork(fork + 1, len(steps), greedy=node.greedy)


def _emit_plus(node: Repeat, steps: list[Step]) -> None:
    start = len(steps)
    _emit(node.part, steps)
    end = _add(steps, ("fork", None, None))
    steps[end] = _fork(start, end + 1, greedy=node.greedy)


def _emit_optional(node: Repeat, steps: list[Step]) -> None:
    """x* is a loop; where x may be empty it is (x+)?, which keeps the order of preference."""
    fork = _add(steps, ("fork", None, None))
    if _nullable(node.part):
        _emit_plus(node, steps)
    else:
        _emit(node.part, steps)
        _add(steps, ("jump", fork, None))
    steps[fork] = _fork(fork + 1, len(steps), greedy=node.greedy)


def _fork(inside: int, outside: int, *, greedy: bool) -> Step:
    return ("fork", inside, outside) if greedy else ("fork", outside, inside)


def _nullable(node: Node) -> bool:
    if isinstance(node, Letters):
        return False
    if isinstance(node, Place):
        return True
    if isinstance(node, Group):
        return _nullable(node.part)
    if isinstance(node, Repeat):
        return node.least == 0 or _nullable(node.part)
    if isinstance(node, Choice):
        return any(map(_nullable, node.parts))
    return all(map(_nullable, node.parts))


def matches(program: Program, given: str, *, first: bool = False) -> list[Match]:
    """The matches that do not overlap, as Go finds them; each the ends of all groups, the whole one first."""
    if len(program.steps) * (len(given) + 1) > MOST_TRIALS:
        raise GivenUpError("a regular expression over a text that is too long")
    return list(_matches(program, given, first=first))


def _matches(program: Program, given: str, *, first: bool) -> Iterator[Match]:
    at, before = 0, -1
    seen: set[int] = set()
    while at <= len(given):
        found = _run(program, given, at, seen)
        if found is None:
            at += 1
            continue
        start, end = int(found[0] or 0), int(found[1] or 0)
        if start != end or start != before:
            yield found
            if first:
                return
        before = end
        at = end if end > start else end + 1
        seen = set()


def _run(program: Program, given: str, start: int, seen: set[int]) -> Match | None:
    """The preferred match that begins at a place. Steps that failed at a place before, fail there again."""
    steps, width = program.steps, len(given) + 1
    saved: list[int | None] = [None] * (2 * len(program.names) + 2)
    saved[0] = start
    waiting: list[tuple[int, int, int | None]] = [(0, start, None)]
    while waiting:
        at, place, old = waiting.pop()
        if at < 0:
            saved[-at] = old
            continue
        while at * width + place not in seen:
            seen.add(at * width + place)
            sort, one, other = steps[at]
            if sort == "match":
                saved[1] = place
                return tuple(saved)
            if sort == "letters":
                if place == len(given) or not _among(ord(given[place]), one, other):
                    break
                place += 1
            elif sort == "place" and not _is_at(one, given, place):
                break
            elif sort == "save":
                waiting.append((-one, 0, saved[one]))
                saved[one] = place
            elif sort == "fork":
                waiting.append((other, place, None))
            at = one if sort in ("fork", "jump") else at + 1
    return None


def _among(code: int, lows: list[int], highs: list[int]) -> bool:
    at = bisect_right(lows, code) - 1
    return at >= 0 and code <= highs[at]


def _is_at(sort: str, given: str, place: int) -> bool:
    if sort == "A":
        return place == 0
    if sort == "z":
        return place == len(given)
    if sort == "^m":
        return place == 0 or given[place - 1] == "\n"
    if sort == "$m":
        return place == len(given) or given[place] == "\n"
    return (_word(given, place - 1) is not _word(given, place)) is (sort == "b")


def _word(given: str, place: int) -> bool:
    return 0 <= place < len(given) and given[place].isascii() and (given[place].isalnum() or given[place] == "_")


def _value(program: Program, given: str, found: Match) -> Any:
    """What `regex` makes of a match: a text, or its groups as a list or object."""
    texts = [None if low is None else given[low:high] for low, high in zip(found[::2], found[1::2], strict=True)]
    if not program.names:
        return texts[0]
    if all(program.names):
        return dict(zip(program.names, texts[1:], strict=True))
    if any(program.names):
        raise FunctionError("the regular expression has groups with and without names")
    return texts[1:]


def _regex(pattern: str, given: str) -> Any:
    try:
        program = compiled(pattern)
        found = matches(program, given, first=True)
    except GivenUpError as why:
        return unfinished(str(why))
    if not found:
        raise FunctionError("the text does not match the regular expression")
    return _value(program, given, found[0])


def _regexall(pattern: str, given: str) -> Any:
    try:
        program = compiled(pattern)
        return [_value(program, given, found) for found in matches(program, given)]
    except GivenUpError as why:
        return unfinished(str(why))


def replace_all(pattern: str, given: str, new: str) -> Any:
    """A text with every match replaced; `$1` and `${name}` stand for groups.

    Raises FunctionError where Go would refuse the expression.
    """
    try:
        program = compiled(pattern)
        found = matches(program, given)
    except GivenUpError as why:
        return unfinished(str(why))
    if len(found) * (len(new) + (len(given) if "$" in new else 0)) > LONGEST_TEXT:
        return unfinished("a text that is too long")
    pieces, at = [], 0
    for match in found:
        low, high = int(match[0] or 0), int(match[1] or 0)
        pieces += [given[at:low], _expanded(program, given, match, new)]
        at = high
    return "".join([*pieces, given[at:]])


def _expanded(program: Program, given: str, found: Match, new: str) -> str:
    def one(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        number = int(name) if name.isdecimal() else _named(program, name)
        if number * 2 >= len(found) or found[number * 2] is None:
            return ""
        return given[found[number * 2] : found[number * 2 + 1]]

    return _REFERENCE.sub(one, new)


def _named(program: Program, name: str) -> int:
    return program.names.index(name) + 1 if name in program.names else len(program.names) + 1


REGEXES: Table = {"regex": plain(_regex, string, string), "regexall": plain(_regexall, string, string)}
"""The functions of regular expressions."""
