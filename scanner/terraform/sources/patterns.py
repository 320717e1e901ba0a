"""Patterns of `fileset()`, as Terraform's reference of that function has them and its glob library matches them.

`**` as a whole segment is any number of folders, symbolic links and hidden ones included; `*`, `?`, `[a-z]`, `[^a-z]`
and `{a,b}` stay within a segment.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scanner.terraform.sources.disk import Fence
from scanner.terraform.sources.files import printable

_MOST_SEEN = 100_000
_MOST_ALTERNATIVES = 100
_SPECIAL = re.compile(r"[*?\[{\\]")
# Terraform's glob library goes wrong where letters beyond ASCII stand before what follows a *.
_STAR_INSIDE = re.compile(r"\*.")
_LONE = re.compile("[\ud800-\udfff]")
_ONE = r"(?:\\.|[^\\\]-])"
_TOKEN = re.compile(rf"\\.|\[\^?(?:{_ONE}(?:-{_ONE})?)+\]|.", re.DOTALL)


class CannotMatchError(Exception):
    """Why the files are not known."""


def matching(root: Path, folder: str, pattern: str, fence: Fence) -> list[str]:
    """Regular files in a folder that match, relative to it, sorted; the folder seen from `root`.

    Raises CannotMatchError.
    """
    # As Terraform does: cleaned as a text first, whatever symbolic links there are.
    whole = posixpath.normpath(posixpath.join(folder, pattern))
    steps = [(step, None if step == "**" else _compiled(step)) for step in whole.strip("/").split("/") if step != "."]
    start = Path("/") if whole.startswith("/") else root
    found = set(_Walk(fence).below(start, (), tuple(steps), ())) if steps else set()
    # Somewhere deep enough that ".." does not end at the top.
    deep = "/_" * (whole.count("..") + folder.count("..") + 1)
    return sorted(posixpath.relpath(f"{deep}/{path}", f"{deep}/{folder}") for path in found)


@dataclass(frozen=True, slots=True)
class _Segment:
    """One segment of a pattern: alternatives, each a row of tests for one character; None is a *."""

    alternatives: tuple[tuple[re.Pattern[str] | None, ...], ...]

    def matches(self, name: str) -> bool:
        """Whether a name matches as a whole; in a time that does not explode, whatever the pattern."""
        return any(len(name) in _ends(tests, name) for tests in self.alternatives)


def _ends(tests: tuple[re.Pattern[str] | None, ...], name: str) -> set[int]:
    """Where in a name the tests can end."""
    ends = {0}
    for test in tests:
        if not ends:
            break
        if test is None:
            ends = set(range(min(ends), len(name) + 1))
        else:
            ends = {end + 1 for end in ends if end < len(name) and test.match(name[end])}
    return ends


def _compiled(step: str) -> _Segment:
    """Read one segment."""
    return _Segment(tuple(_tests(alternative) for alternative in _alternatives(step)))


def _alternatives(step: str) -> list[list[str]]:
    """The pieces of a segment, once for each way through its braces."""
    done: list[list[str]] = [[]]
    within: list[list[str]] | None = None
    for piece in (match[0] for match in _TOKEN.finditer(step)):
        if piece == "{" and within is None:
            within = [[]]
        elif piece == "," and within is not None:
            within.append([])
        elif piece == "}" and within is not None:
            done, within = [before + one for before in done for one in within], None
        elif piece in ("\\", "[", "{") or len(done) > _MOST_ALTERNATIVES:
            raise CannotMatchError(f"{printable(step)} is no pattern that is matched here")
        elif within is not None:
            within[-1].append(piece)
        else:
            done = [[*before, piece] for before in done]
    if within is not None:
        raise CannotMatchError(f"{printable(step)} is no pattern")
    return done


def _tests(pieces: list[str]) -> tuple[re.Pattern[str] | None, ...]:
    return tuple(None if piece == "*" else _test(piece) for piece in pieces)


def _test(piece: str) -> re.Pattern[str]:
    if piece == "?":
        return re.compile(".", re.DOTALL)
    if len(piece) > 2:
        return _set(piece)
    return re.compile(re.escape(piece[-1]))


def _set(piece: str) -> re.Pattern[str]:
    inner, negated = piece[1:-1], piece.startswith("[^")
    inner = re.sub(r"(?<!\\)([&~|\[])", r"\\\1", inner.removeprefix("^") if negated else inner)
    try:
        return re.compile(f"[{'^' if negated else ''}{inner}]")
    except re.error:
        raise CannotMatchError(f"{printable(piece)} is no set of characters") from None


_Steps = tuple[tuple[str, _Segment | None], ...]


@dataclass(slots=True)
class _Walk:
    """A walk through folders, with an end."""

    fence: Fence
    seen: int = field(default=0)

    def below(self, folder: Path, at: tuple[str, ...], steps: _Steps, above: tuple[str, ...]) -> Iterator[str]:
        """Files below a folder that match what is left of the pattern; `above` are the folders that ** came through."""
        (step, pattern), rest = steps[0], steps[1:]
        if pattern is None:
            yield from self._any_depth(folder, at, steps, above)
        elif not _SPECIAL.search(step):
            if rest or step in self._entries(folder):
                yield from self._taken(folder / step, (*at, step), rest, above)
        else:
            for name in self._entries(folder):
                if _STAR_INSIDE.search(step) and not name.isascii():
                    raise CannotMatchError(f"Terraform does not match {printable(name)} as its reference has it")
                if pattern.matches(name):
                    yield from self._taken(folder / name, (*at, name), rest, above)

    def _any_depth(self, folder: Path, at: tuple[str, ...], steps: _Steps, above: tuple[str, ...]) -> Iterator[str]:
        real = os.path.realpath(folder)
        if real in above:
            raise CannotMatchError(f"symbolic links lead in a circle at {'/'.join(at)}")
        if steps[1:]:
            yield from self.below(folder, at, steps[1:], above)
        for name in self._entries(folder):
            if self._is_folder(folder / name):
                yield from self.below(folder / name, (*at, name), steps, (*above, real))
            elif not steps[1:]:
                yield from self._taken(folder / name, (*at, name), (), above)

    def _taken(self, path: Path, at: tuple[str, ...], rest: _Steps, above: tuple[str, ...]) -> Iterator[str]:
        if rest and self._is_folder(path):
            yield from self.below(path, at, rest, above)
        elif not rest and self._is_file(path):
            yield "/".join(at)

    def _entries(self, folder: Path) -> list[str]:
        if not self.fence.admits(folder):
            raise CannotMatchError("it leads outside the folders of the configuration, and is not followed")
        try:
            names = sorted(path.name for path in folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except (OSError, ValueError):
            raise CannotMatchError("a folder in it cannot be read") from None
        if any(map(_LONE.search, names)):
            raise CannotMatchError("a file's name in it is no text")
        self.seen += len(names)
        if self.seen > _MOST_SEEN:
            raise CannotMatchError(f"it looks at more than {_MOST_SEEN:,} files")
        return names

    def _is_folder(self, path: Path) -> bool:
        try:
            return stat.S_ISDIR(path.stat().st_mode)
        except OSError:
            return False

    def _is_file(self, path: Path) -> bool:
        try:
            return stat.S_ISREG(path.stat().st_mode)
        except OSError:
            raise CannotMatchError("one of the files is a symbolic link to nothing") from None
