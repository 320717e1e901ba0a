"""Records of runs in a folder, each with the digest of the one before."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from scanner.errors import InputError, OutputError
from scanner.evidence.record import Record, canonical, decode, digest

_SUFFIX = ".run.json"
_HEAD = "HEAD"
_LOCK = ".lock"


def keep(folder: Path, document: Record) -> Path:
    """Write a record as the next of its folder, and say where.

    Two runs that end at once are chained one after the other. Raises OutputError where it cannot be written, and
    InputError where the last record is not the one that the folder says it is.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            chained = msgspec.structs.replace(document, previous=_head(folder))
            content = canonical(chained)
            mark = digest(content)
            path = folder / f"{document.began.replace(':', '').replace('-', '')[:15]}-{mark[:12]}{_SUFFIX}"
            _write(path, content)
            _write(folder / _HEAD, f"{mark} {path.name}\n".encode())
    except OSError as error:
        raise OutputError(f"{folder}: the run cannot be kept: {error.strerror}") from None
    return path


def load(path: Path) -> Record:
    """Read one record, or the last one of a folder.

    Raises InputError.
    """
    if path.is_dir():
        head = _last(path)
        if head is None:
            raise InputError(f"{path}: holds no run and no capture")
        path = path / head[1]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    return decode(content, str(path))


def _head(folder: Path) -> str:
    """Digest of the last record, checked."""
    last = _last(folder)
    if last is None:
        return ""
    mark, name = last
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: is the last run of its folder, and cannot be read: {error.strerror}") from None
    if digest(content) != mark:
        raise InputError(f"{path}: was changed since it was written: its SHA-256 is not the one in {_HEAD}")
    return mark


def _last(folder: Path) -> tuple[str, str] | None:
    path = folder / _HEAD
    if not path.exists():
        if found := next(folder.glob(f"*{_SUFFIX}"), None):
            raise InputError(
                f"{folder}: holds runs such as {found.name}, but not the {_HEAD} that says which is the last"
            )
        return None
    mark, _, name = path.read_text(encoding="utf-8", errors="replace").strip().partition(" ")
    if not name.endswith(_SUFFIX) or Path(name).name != name:
        raise InputError(f"{path}: does not say which run is the last")
    return mark, name


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, content: bytes) -> None:
    scratch = path.with_name(f".{path.name}.part")
    with scratch.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
