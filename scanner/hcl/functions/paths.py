"""Functions of files, and of their paths. Files are read through the sources' loader, never from the disk."""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from scanner.hcl.functions.conversion import string
from scanner.hcl.functions.encoding import as_text
from scanner.hcl.functions.hashes import hexadecimal, in_base64
from scanner.hcl.functions.sets import make_set
from scanner.hcl.functions.spec import Function, Table, plain
from scanner.hcl.values import Failed, unfinished
from scanner.model import Unknown


class Files(Protocol):
    """The files that may be read; paths are as Terraform resolves them."""

    def read(self, path: str) -> bytes | Unknown:
        """A file's bytes; Failed where it is certain that there is none, else Unknown with the reason."""

    def names(self, folder: str, pattern: str) -> list[str] | Unknown:
        """Paths below a folder that match a pattern of `fileset`, relative to the folder."""


def _cleaned(path: str) -> str:
    """A path without detours. Source: Go, path/filepath.Clean."""
    cleaned = posixpath.normpath(path) if path else "."
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _basename(path: str) -> str:
    if not path:
        return "."
    return posixpath.basename(path.rstrip("/")) or "/"


def _dirname(path: str) -> str:
    return _cleaned(path[: path.rfind("/") + 1])


def _abspath(path: str) -> Any:
    return _cleaned(path) if path.startswith("/") else unfinished("a path on the machine that plans")


def _pathexpand(path: str) -> Any:
    return unfinished("a path on the machine that plans") if path.startswith("~") else path


PATHS: Table = {
    "abspath": plain(_abspath, string),
    "basename": plain(_basename, string),
    "dirname": plain(_dirname, string),
    "pathexpand": plain(_pathexpand, string),
}
"""Functions of paths alone."""


def files_table(files: Files | None) -> Table:
    """Functions that read files."""
    return {name: _reading(run, files) for name, run in _CONTENTS.items()} | {
        "fileexists": plain(lambda path: _exists(path, files), string),
        "fileset": plain(lambda folder, pattern: _fileset(folder, pattern, files), string, string),
    }


def _reading(run: Callable[[bytes], Any], files: Files | None) -> Function:
    def value(path: str) -> Any:
        content = _read(path, files)
        return content if isinstance(content, Unknown) else run(content)

    return plain(value, string)


def _read(path: str, files: Files | None) -> bytes | Unknown:
    content = files.read(path) if files else Unknown("no files are at hand")
    if isinstance(content, Unknown) and not isinstance(content, Failed):
        return unfinished(content.reason)
    return content


def _exists(path: str, files: Files | None) -> Any:
    content = _read(path, files)
    if isinstance(content, Failed):
        return False
    return content if isinstance(content, Unknown) else True


def _fileset(folder: str, pattern: str, files: Files | None) -> Any:
    names = files.names(folder, pattern) if files else Unknown("no files are at hand")
    if isinstance(names, Failed):
        return names
    return unfinished(names.reason) if isinstance(names, Unknown) else make_set(list(names))


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


_CONTENTS: Mapping[str, Callable[[bytes], Any]] = {
    "file": as_text,
    "filebase64": _base64,
    "filebase64sha256": in_base64("sha256"),
    "filebase64sha512": in_base64("sha512"),
    "filemd5": hexadecimal("md5"),
    "filesha1": hexadecimal("sha1"),
    "filesha256": hexadecimal("sha256"),
    "filesha512": hexadecimal("sha512"),
}
