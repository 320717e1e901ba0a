"""What a source tree is: modules, their texts, and what could not be read.

Which files Terraform loads, and in what order: "Files and Configuration Structure" and "Override Files" of its
language reference; OpenTofu's "Files and Directories" for `.tofu`.
"""

from __future__ import annotations

import codecs
import os
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scanner.hcl.functions import Files
from scanner.hcl.tree import Problem

MOST_BYTES = 4 << 20
"""Of one file. The largest that people write are some hundred KiB; generated ones are data, and belong in JSON."""

MOST_IN_ALL = 64 << 20
"""Of all files of one tree, the same text counted once: what can be parsed and held without a second thought."""

MOST_MODULES = 20_000
"""Module calls of one tree. Each module that calls another twice doubles them, so that some limit there must be."""

MOST_LEVELS = 100
"""Module calls inside each other."""

_MOST_PROBLEMS = 50
_ENDINGS = (".tf.json", ".tofu.json", ".tf", ".tofu")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class ModuleFiles:
    """The files of one called module, or of the root module."""

    folder: str
    """`path.module`: relative to the root module's folder, with /; "." for the root."""

    texts: Mapping[str, str]
    """Texts by the path that people are shown, in the order Terraform loads them: override files last."""

    files: Files
    """What `file()`, `templatefile()` and `fileset()` in it may read."""

    incomplete: str = ""
    """Why some of it is missing; from what is not there nothing follows then."""


@dataclass(frozen=True, slots=True)
class SourceTree:
    """All modules of one configuration."""

    name: str
    modules: Mapping[tuple[str, ...], ModuleFiles]
    """By the names of the module calls from the root down: () is the root, ("bot", "store") a module in a module."""

    problems: tuple[Problem, ...] = ()


def loaded(names: Iterable[str]) -> list[str]:
    """Those of a folder's files that Terraform or OpenTofu loads, in order."""
    ours = {name for name in names if is_source(name)}
    replaced = {f"{_stem(name)}{_ending(name).replace('.tofu', '.tf')}" for name in ours if ".tofu" in _ending(name)}
    return sorted(ours - replaced, key=lambda name: (_is_override(name), name))


def is_source(name: str) -> bool:
    """Whether a file of this name is configuration; hidden files and those that editors leave behind are not."""
    left_behind = name.startswith(".") or name.endswith("~") or (name.startswith("#") and name.endswith("#"))
    return bool(_ending(name)) and not left_behind


def _ending(name: str) -> str:
    return next((ending for ending in _ENDINGS if name.endswith(ending)), "")


def _stem(name: str) -> str:
    return name.removesuffix(_ending(name))


def _is_override(name: str) -> bool:
    return _stem(name) == "override" or _stem(name).endswith("_override")


def text_of(shown: str, raw: bytes) -> str | Problem:
    """A file's text without byte order mark; a Problem where Terraform would refuse the bytes as well."""
    content = raw.removeprefix(codecs.BOM_UTF8)
    if content.startswith(_UTF16):
        return Problem(shown, 1, 1, "is UTF-16, where Terraform reads UTF-8; save it as UTF-8")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        at = error.start + len(raw) - len(content)
        return _at(shown, content[: error.start].decode(), f"is not UTF-8 at byte {at}; save it as UTF-8")
    head, nul, _ = text.partition("\0")
    return _at(shown, head, "holds a NUL byte; is it text?") if nul else text


def _at(shown: str, before: str, what: str) -> Problem:
    line = before.rpartition("\n")[2]
    return Problem(shown, before.count("\n") + 1, len(line) + 1, what)


def printable(name: str) -> str:
    """A name that may hold anything, fit to be shown: what cannot be printed is escaped."""
    plain = name.encode(errors="surrogateescape").decode(errors="backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in plain)


def shown_folder(folder: Path) -> str:
    """How a folder is written before its files: seen from the working directory if it lies in it."""
    absolute = Path(os.path.normpath(folder.absolute()))
    inside = absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else folder
    return printable("" if inside == Path() else inside.as_posix())


def shown_file(prefix: str, folder: str, name: str) -> str:
    """How a file of a module is written, its folder as `path.module` has it."""
    return printable(posixpath.normpath(posixpath.join(prefix, folder, name)))


@dataclass(slots=True)
class Collected:
    """Texts as they come in: each kept once, all of them within the limit."""

    problems: list[Problem] = field(default_factory=list)
    _kept: dict[str, str] = field(default_factory=dict)
    _bytes: int = 0

    def module(self, folder: str, found: Sequence[tuple[str, bytes | str]], missing: str = "") -> Found:
        """A module of files by the path people are shown: their bytes, or why there are none."""
        texts, left_out = {}, [missing] if missing else []
        for shown, raw in found:
            text = text_of(shown, raw) if isinstance(raw, bytes) else Problem(shown, 1, 1, raw)
            if isinstance(text, str) and isinstance(raw, bytes) and not self._fits(text, len(raw)):
                text = Problem(shown, 1, 1, f"is left out: there are more than {MOST_IN_ALL >> 20} MiB of sources")
            if shown in texts:
                text = Problem(shown, 1, 1, "is left out: another file's name is written like this one's")
            if isinstance(text, Problem):
                self.problems.append(text)
                left_out.append(str(text))
            else:
                texts[shown] = self._kept[text]
        return Found(folder, texts, "; ".join(left_out[:3]))

    def _fits(self, text: str, size: int) -> bool:
        if text not in self._kept:
            if self._bytes + size > MOST_IN_ALL:
                return False
            self._bytes += size
            self._kept[text] = text
        return True

    def told(self) -> tuple[Problem, ...]:
        """Each problem once, and of very many only the first."""
        unique = list(dict.fromkeys(self.problems))
        more = len(unique) - _MOST_PROBLEMS
        if more <= 0:
            return tuple(unique)
        first, last = unique[:_MOST_PROBLEMS], unique[_MOST_PROBLEMS]
        return (*first, replace(last, what=f"{last.what}; and {more - 1} more such things"))


@dataclass(frozen=True, slots=True)
class Found:
    """The texts of a module's folder, before it is said what its functions may read."""

    folder: str
    texts: Mapping[str, str]
    incomplete: str
