"""The sources inside a saved plan: what `terraform plan -out` was given, byte for byte."""

from __future__ import annotations

import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from scanner.hcl.functions import Files
from scanner.hcl.tree import Problem
from scanner.terraform import saved
from scanner.terraform.planfile import Source
from scanner.terraform.sources import manifest, reading
from scanner.terraform.sources.disk import fence
from scanner.terraform.sources.files import (
    MOST_BYTES,
    Collected,
    Found,
    ModuleFiles,
    SourceTree,
    is_source,
    loaded,
    printable,
    shown_file,
    shown_folder,
)

_MANIFEST = "tfconfig/modules.json"
_FILE = re.compile(r"tfconfig/m-(?P<key>[^/\\]*)/(?P<name>[^/\\]+)")
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)
_NO_FOLDER = "it is not in a saved plan, and the folder the plan was made in is not given (--chdir)"


def from_saved_plan(source: Source, folder: Path | None) -> SourceTree:
    """The modules that a saved plan holds; what their functions read comes from the `folder` the plan was made in.

    Raises InputError for what `terraform show` would not be asked of either: no saved plan, or a zip bomb.
    """
    members = saved.members(source)
    collected = Collected()
    with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
        held = _Held.sorted(source.name, archive, members)
        installed = held.manifest()
        collected.problems += [*held.problems, *installed.problems]
        prefix = shown_folder(folder) if folder else ""
        folders = {(): ".", **{key: entry.folder for key, entry in installed.entries.items()}}
        found = {key: held.module(key, where, prefix, collected) for key, where in folders.items()}
    collected.problems += held.unlisted(folders)
    files = _Readers(folder, found)
    modules = {
        key: ModuleFiles(module.folder, module.texts, files.of(key), module.incomplete) for key, module in found.items()
    }
    return SourceTree(source.name, modules, collected.told())


@dataclass
class _Held:
    """The entries of a saved plan, sorted by what they are."""

    name: str
    archive: zipfile.ZipFile
    files: dict[tuple[str, ...], dict[str, zipfile.ZipInfo]] = field(default_factory=dict)
    lists: list[zipfile.ZipInfo] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    odd: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Modules with an entry that is not read, and why."""

    @classmethod
    def sorted(cls, name: str, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> _Held:
        """Sort the entries; one whose name, kind or number is not what terraform writes is left out."""
        held = cls(name, archive)
        times = Counter(member.orig_filename for member in members)
        for member in members:
            match = _FILE.fullmatch(member.orig_filename)
            key = tuple(match["key"].split(".")) if match and match["key"] else ()
            wrong = _wrong(member, times[member.orig_filename])
            if wrong:
                held.problems.append(Problem(name, 0, 0, f"{printable(member.orig_filename)} {wrong}, and is not read"))
                if match:
                    held.odd[key] = f"an entry of it in {name} {wrong}"
            elif member.orig_filename == _MANIFEST:
                held.lists.append(member)
            elif match and is_source(match["name"]):
                held.files.setdefault(key, {})[match["name"]] = member
        return held

    def manifest(self) -> manifest.Manifest:
        """The called modules."""
        if not self.lists:
            missing = Problem(self.name, 0, 0, f"holds no {_MANIFEST}; the modules it calls are not read")
            return manifest.Manifest(problems=(missing,))
        raw = self._read(self.lists[0], manifest.MOST_BYTES)
        if isinstance(raw, str):
            return manifest.Manifest(problems=(Problem(self.name, 0, 0, f"{_MANIFEST} {raw}"),))
        return manifest.of_plan(f"{self.name}: {_MANIFEST}", raw)

    def module(self, key: tuple[str, ...], folder: str, prefix: str, collected: Collected) -> Found:
        """The texts of one module."""
        held = self.files.get(key, {})
        read = [(shown_file(prefix, folder, name), self._read(held[name], MOST_BYTES)) for name in loaded(held)]
        missing = self.odd.get(key, "" if held else f"{self.name} holds no file of it")
        return collected.module(folder, read, missing)

    def _read(self, member: zipfile.ZipInfo, most: int) -> bytes | str:
        """An entry's bytes, or why there are none. A size that the entry declares is no promise."""
        if member.file_size > most:
            return f"is larger than {most >> 20} MiB, and is not read"
        try:
            with self.archive.open(member) as file:
                raw = file.read(most + 1)
        except _DAMAGED:
            return "is damaged in the saved plan, and is not read"
        return raw if len(raw) <= most else f"is larger than {most >> 20} MiB, and is not read"

    def unlisted(self, folders: Mapping[tuple[str, ...], str]) -> Iterator[Problem]:
        """Modules that have files and no place in the list."""
        for key in self.files:
            if key not in folders and self.lists:
                name = printable(".".join(key))
                yield Problem(self.name, 0, 0, f"module {name} is not in {_MANIFEST}, and is not read")


def _wrong(member: zipfile.ZipInfo, times: int) -> str:
    name = member.orig_filename
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or "\\" in name or "\0" in name or {"", ".", ".."}.intersection(parts):
        return "is no path that a saved plan has"
    if times > 1:
        return "is there twice"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a symbolic link"
    return "is encrypted" if member.flag_bits & 0x41 else ""


@dataclass
class _Readers:
    """What each module's functions may read."""

    folder: Path | None
    found: Mapping[tuple[str, ...], Found]

    def __post_init__(self) -> None:
        self._within = fence(self.folder or Path())
        self._root = reading.Beside(self.folder or Path(), self.found[()], self._within)

    def of(self, key: tuple[str, ...]) -> Files:
        """Files of one module: its own folder has to be what it was, and the root module's."""
        if self.folder is None:
            return reading.Unreadable(_NO_FOLDER)
        folder = self.folder / self.found[key].folder
        beside = [self._root, *([reading.Beside(folder, self.found[key], self._within)] if key else [])]
        return reading.AsPlanned(partial(reading.on_disk, self.folder, folder, self._within), beside)
