"""Records of runs in a folder, each with the digest of the one before.

`HEAD` names the last one and its SHA-256, as `sha256sum` writes it. It is written before its record, and takes its name
after it: whatever kills a run, the chain is whole, and the next run finishes what was begun.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from scanner.errors import InputError, OutputError
from scanner.evidence.record import Record, canonical, decode, digest

_SUFFIX = ".run.json"
_HEAD = "HEAD"
_LOCK = ".lock"
_NAMED = re.compile(r"\d{8}T\d{6}-(?P<mark>[0-9a-f]{12})\.run\.json")


def ready(folder: Path) -> None:
    """Make a folder for records, or check that another record can follow on the last one that it holds.

    Raises OutputError where nothing can be written, and InputError where the last record is not the one that the folder
    says it is: before anything is scanned, rather than after.
    """
    with _own(folder):
        _head(folder)
        probe = _scratch(folder / "probe")
        _put(probe, b"-")
        probe.unlink()


def keep(folder: Path, document: Record) -> Path:
    """Write a record as the next of its folder, and say where.

    Two runs that end at once are chained one after the other. Raises OutputError where it cannot be written, and
    InputError where the last record is not the one that the folder says it is.
    """
    with _own(folder):
        content = canonical(msgspec.structs.replace(document, previous=_head(folder)))
        mark = digest(content)
        path = folder / f"{document.began.replace(':', '').replace('-', '')[:15]}-{mark[:12]}{_SUFFIX}"
        _put(_scratch(folder / _HEAD), f"{mark}  {path.name}\n".encode())
        _put(_scratch(path), content)
        _scratch(path).replace(path)
        _scratch(folder / _HEAD).replace(folder / _HEAD)
    return path


def load(path: Path) -> Record:
    """Read one record, or the last one of a folder.

    Raises InputError where there is none, or one that was changed.
    """
    if not path.is_dir():
        named = _NAMED.fullmatch(path.name)
        return decode(_checked(path, named["mark"] if named else ""), str(path))
    try:
        last = _last(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    if last is None:
        raise InputError(f"{path}: holds no run and no capture")
    mark, name = last
    return decode(_checked(path / name, mark), str(path / name))


def _head(folder: Path) -> str:
    """Digest of the last record, checked; empty before the first."""
    last = _last(folder)
    if last is None:
        return ""
    mark, name = last
    _checked(folder / name, mark)
    return mark


def _checked(path: Path, mark: str) -> bytes:
    """Content of a record, whose SHA-256 begins as it should."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: the record of a run cannot be read: {error.strerror}") from None
    if not digest(content).startswith(mark):
        raise InputError(f"{path}: was changed since it was written: its SHA-256 does not begin with {mark[:12]}")
    return content


def _last(folder: Path) -> tuple[str, str] | None:
    """SHA-256 and file name of the last record."""
    path = folder / _HEAD
    try:
        last = _named(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        if found := min(folder.glob(f"*{_SUFFIX}"), default=None):
            raise InputError(
                f"{folder}: holds runs such as {found.name}, but not the {_HEAD} that says which is the last"
            ) from None
        return None
    if last is None:
        raise InputError(f"{path}: does not say which run is the last")
    return last


def _named(text: str) -> tuple[str, str] | None:
    mark, _, name = text.rstrip("\n").partition("  ")
    named = _NAMED.fullmatch(name)
    return (mark, name) if named and len(mark) == 64 and mark.startswith(named["mark"]) else None


def _finish(folder: Path) -> None:
    """Finish what a run was killed in: its record counts if it was written whole, and is forgotten if not."""
    begun = _scratch(folder / _HEAD)
    if begun.exists():
        last = _named(begun.read_text(encoding="utf-8", errors="replace"))
        whole = last is not None and (folder / last[1]).exists()
        if whole:
            begun.replace(folder / _HEAD)
    for leftover in folder.glob(".*.part"):
        leftover.unlink()


@contextmanager
def _own(folder: Path) -> Iterator[None]:
    """Be the only one who writes to the folder, with nothing left half done."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _finish(folder)
            yield
    except OSError as error:
        raise OutputError(f"{folder}: runs cannot be kept there: {error.strerror or error}") from None


def _put(path: Path, content: bytes) -> None:
    """Write a file for good, or leave none."""
    try:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise


def _scratch(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
