"""What `file()`, `templatefile()` and `fileset()` of a module may read."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scanner.hcl.values import Failed
from scanner.model import Unknown
from scanner.terraform.sources.disk import Fence, contents, listed
from scanner.terraform.sources.files import MOST_BYTES, Found, loaded, printable, shown_folder, text_of
from scanner.terraform.sources.patterns import CannotMatchError, matching

_META = frozenset("*?[{\\")
_TOFU = (".tofu", ".tofu.json")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No file at all, for one reason."""

    why: str

    def read(self, path: str) -> Unknown:
        """Why not."""
        return Unknown(f"{printable(path)} is not read: {self.why}")

    def names(self, folder: str, pattern: str) -> Unknown:
        """Why not."""
        return Unknown(f"the files {printable(pattern)} in {printable(folder)} are not known: {self.why}")


@dataclass(frozen=True, slots=True)
class OnDisk:
    """Files in the root module's folder and in the module's own."""

    root: Path
    """What relative paths start from."""

    fence: Fence

    def read(self, path: str) -> bytes | Unknown:
        """Content of a file; Failed if there is none."""
        # As Terraform does: cleaned as a text first, whatever symbolic links there are.
        where = self.root / posixpath.normpath(path)
        if path.startswith("~") or not self.fence.admits(where):
            return Unknown(f"{printable(path)} is not read: it lies outside the folders of the configuration")
        if not os.path.lexists(where):
            return Failed(f"there is no file {printable(path)}")
        content = contents(where, MOST_BYTES)
        return content if isinstance(content, bytes) else Unknown(f"{printable(path)} {content}")

    def names(self, folder: str, pattern: str) -> list[str] | Unknown:
        """Files in a folder that match."""
        if _META.intersection(folder) or folder.startswith("~"):
            return Unreadable("the folder's name is part of the pattern").names(folder, pattern)
        try:
            return matching(self.root, folder, pattern, self.fence)
        except CannotMatchError as error:
            return Unreadable(str(error)).names(folder, pattern)


@dataclass(frozen=True)
class AsPlanned:
    """Files on disk, as long as the sources beside them are those that the plan was made from."""

    disk: Callable[[], OnDisk]
    """Asked when something is first read: of thousands of modules few read a file."""

    beside: Sequence[Beside]

    def read(self, path: str) -> bytes | Unknown:
        """Content of a file."""
        if self._why:
            return Unreadable(self._why).read(path)
        content = self._disk.read(path)
        # It may have been there when the plan was made: nothing follows from its absence.
        return Unknown(content.reason) if isinstance(content, Failed) else content

    def names(self, folder: str, pattern: str) -> list[str] | Unknown:
        """Files in a folder that match."""
        return Unreadable(self._why).names(folder, pattern) if self._why else self._disk.names(folder, pattern)

    @cached_property
    def _disk(self) -> OnDisk:
        return self.disk()

    @cached_property
    def _why(self) -> str:
        return next(filter(None, (one.difference for one in self.beside)), "")


@dataclass(frozen=True)
class Beside:
    """A module's folder on disk, beside what a saved plan holds of it."""

    folder: Path
    module: Found
    within: Fence

    @cached_property
    def difference(self) -> str:
        """How it is not what the plan was made from; empty if it is."""
        shown = shown_folder(self.folder) or "the working directory"
        if not self.within.admits(self.folder):
            return f"the module's folder {shown} lies outside the repository"
        if self.module.incomplete:
            return f"what the plan was made from is not known: {self.module.incomplete}"
        names = listed(self.folder)
        if isinstance(names, str):
            return f"{shown} {names}"
        differing = self._differing(names)
        return differing and (
            f"{printable(differing)} in {shown} is not what the plan was made from; "
            "give the folder as it was then with --chdir"
        )

    def _differing(self, names: list[str]) -> str:
        texts = {shown.rpartition("/")[2]: text for shown, text in self.module.texts.items()}
        tofu = any(name.endswith(_TOFU) for name in texts)
        there = loaded(name for name in names if tofu or not name.endswith(_TOFU))
        if unlike := sorted(set(map(printable, there)) ^ set(texts)):
            return unlike[0]
        return next((name for name in there if self._text(name) != texts[printable(name)]), "")

    def _text(self, name: str) -> object:
        raw = contents(self.folder / name, MOST_BYTES) if self.within.admits(self.folder / name) else ""
        return isinstance(raw, bytes) and text_of(name, raw)


def on_disk(root: Path, module: Path, within: Fence) -> OnDisk:
    """What a module may read: files in the root's folder, and in its own if that lies within the repository."""
    own = [module] if within.admits(module) else []
    return OnDisk(root, Fence.around([root, *own]))
