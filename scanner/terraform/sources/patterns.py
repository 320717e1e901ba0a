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
_SPECIAL = re.compile(r"[*?\[{\\]")
# Terraform's glob library goes wrong where letters beyond ASCII stand before what follows a *.
_STAR_INSIDE = re.compile(r"\*.")
_TOKEN = re.compile(r"\\(?P<plain>.)|(?P<set>\[\^?(?:\\.|[^\\\]])+\])|(?P<other>.)", re.DOTALL)
_FREE = {"*": "[^/]*", "?": "[^/]"}


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


def _compiled(step: str) -> re.Pattern[str]:
    """One segment as a regular expression."""
    depth, built = 0, ""
    for token in _TOKEN.finditer(step):
        other = token["other"]
        if token["plain"]:
            built += re.escape(token["plain"])
        elif token["set"]:
            built += _set(token["set"])
        elif other in ("\\", "["):
            raise CannotMatchError(f"{step} is no pattern")
        elif other == "{":
            built, depth = f"{built}(?:", depth + 1
        elif other == "}" and depth:
            built, depth = f"{built})", depth - 1
        else:
            built += "|" if other == "," and depth else _FREE.get(other, re.escape(other))
    if depth:
        raise CannotMatchError(f"{step} is no pattern")
    return re.compile(built, re.DOTALL)


def _set(token: str) -> str:
    inner, negated = token[1:-1], token.startswith("[^")
    inner = re.sub(r"(?<!\\)([&~|\[])", r"\\\1", inner.removeprefix("^") if negated else inner)
    try:
        re.compile(built := f"[{'^' if negated else ''}{inner}]")
    except re.error:
        raise CannotMatchError(f"{token} is no set of characters") from None
    return built


_Steps = tuple[tuple[str, "re.Pattern[str] | None"], ...]


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
                if pattern.fullmatch(name):
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
