"""The sources in a folder, without a plan: the root module, and the modules it calls as far as they are on disk."""

from __future__ import annotations

import os
import posixpath
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from scanner.errors import InputError
from scanner.hcl.tree import Problem
from scanner.terraform.sources import manifest
from scanner.terraform.sources.calls import Call, calls, installed_otherwise
from scanner.terraform.sources.disk import contents, data_folder, fence, listed, repository
from scanner.terraform.sources.files import (
    MOST_BYTES,
    MOST_LEVELS,
    MOST_MODULES,
    Collected,
    ModuleFiles,
    SourceTree,
    loaded,
    printable,
    shown_file,
    shown_folder,
)
from scanner.terraform.sources.reading import on_disk

Key = tuple[str, ...]


def from_folder(path: Path) -> SourceTree:
    """The modules of a folder.

    Raises InputError if it is none, or holds no Terraform.
    """
    if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where it may not look
        raise InputError(f"{printable(str(path))}: there is no such folder")
    names = listed(path)
    if isinstance(names, str):
        raise InputError(f"{printable(str(path))}: {names}")
    if not loaded(names):
        raise InputError(f"{printable(str(path))}: is a folder without Terraform; there is no *.tf in it")
    walk = _Walk(path)
    walk.start()
    return SourceTree(shown_folder(path) or ".", walk.modules, walk.collected.told())


@dataclass
class _Read:
    """A module's folder, read once however often it is called."""

    module: ModuleFiles
    calls: tuple[Call, ...]


@dataclass
class _Walk:
    """From the root module down the calls, level by level."""

    root: Path
    collected: Collected = field(default_factory=Collected)
    modules: dict[Key, ModuleFiles] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._data = data_folder(self.root)
        self._fence = fence(self.root)
        self._read: dict[Path, _Read | str] = {}
        self._prefix = shown_folder(self.root)

    def start(self) -> None:
        """Read every module."""
        self._installed = self._manifest()
        self.collected.problems += self._installed.problems
        root = self._folder(".")
        if isinstance(root, str):
            raise InputError(f"{self._prefix or '.'}: {root}")
        self.modules[()] = root.module
        waiting: deque[tuple[Key, _Read, tuple[Path, ...]]] = deque()
        waiting.append(((), root, (Path(os.path.realpath(self.root)),)))
        while waiting:
            key, read, above = waiting.popleft()
            for call in read.calls:
                found = self._called(key, read.module.folder, call, above)
                if isinstance(found, str):
                    self.collected.problems.append(Problem(call.file, call.line, 1, f"module {call.name} {found}"))
                    continue
                real = Path(os.path.realpath(self.root / found.module.folder))
                self.modules[*key, call.name] = found.module
                waiting.append(((*key, call.name), found, (*above, real)))

    def _manifest(self) -> manifest.Manifest:
        file = self._data / "modules" / "modules.json"
        if not os.path.lexists(file):
            return manifest.Manifest()
        shown = shown_folder(file)
        raw = contents(file, manifest.MOST_BYTES) if self._fence.admits(file) else "lies outside the repository"
        if isinstance(raw, str):
            return manifest.Manifest(problems=(Problem(shown, 1, 1, raw),))
        return manifest.of_folder(shown, raw)

    def _called(self, key: Key, folder: str, call: Call, above: tuple[Path, ...]) -> _Read | str:
        """The module that is called, or why it is not known."""
        if len(key) >= MOST_LEVELS or len(self.modules) >= MOST_MODULES:
            return f"is not read: there are more than {MOST_MODULES:,} modules, or {MOST_LEVELS} inside each other"
        if call.source is None:
            return "has a source that is not a plain text, and is not read"
        if call.is_local:
            where = posixpath.normpath(posixpath.join(folder, call.source))
        else:
            entry = self._installed.entries.get((*key, call.name))
            if entry is None:
                return "is not on disk; run 'terraform init' here"
            if different := installed_otherwise(call, entry):
                return f"{different}; run 'terraform init' here"
            where = posixpath.normpath(entry.folder)
        if Path(os.path.realpath(self.root / where)) in above:
            return "calls itself, and is not read again"
        return self._folder(where)

    def _folder(self, folder: str) -> _Read | str:
        path = self.root / folder
        if not self._fence.admits(path):
            around = shown_folder(repository(self.root)) or "the working directory"
            return f"is not read: {printable(folder)} lies outside {around}, the repository or folder that is judged"
        real = Path(os.path.realpath(path))
        if real not in self._read:
            self._read[real] = self._fresh(folder, path)
        return self._read[real]

    def _fresh(self, folder: str, path: Path) -> _Read | str:
        names = listed(path)
        if isinstance(names, str):
            return f"is not read: {printable(folder)} {names}"
        read = [(shown_file(self._prefix, folder, name), self._raw(path / name)) for name in loaded(names)]
        found = self.collected.module(folder, read)
        files = on_disk(self.root, path, self._fence)
        return _Read(ModuleFiles(found.folder, found.texts, files, found.incomplete), tuple(calls(found.texts)))

    def _raw(self, path: Path) -> bytes | str:
        if not self._fence.admits(path):
            return "is a link that leads outside the repository, and is not read"
        return contents(path, MOST_BYTES)
