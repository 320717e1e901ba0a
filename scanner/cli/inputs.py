"""The files a scan is given: plans from disk or standard input, and an earlier result as a baseline."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from scanner.cli.records import named
from scanner.errors import ConfigError, InputError
from scanner.findings import Status
from scanner.terraform import saved
from scanner.terraform.planfile import Source
from scanner.terraform.sources.files import is_source
from scanner.terraform.sources.folder import from_folder
from scanner.terraform.sources.unplanned import unplanned
from scanner.terraform.sources.zipped import from_saved_plan

STDIN = "-"


class Where(NamedTuple):
    """Where the sources of plans are found."""

    chdir: Path | None = None
    """Folder a saved plan was made in."""

    source: tuple[Path, ...] = ()
    """Folders of sources: one for all plans, or one for each."""

    none: bool = False
    """Whether none is read."""

    given: tuple[str | Path, ...] = ()
    """Values of variables, for folders that are judged without a plan: files of them, then name=value."""


def sources(files: list[str], where: Where) -> list[Source]:
    """Read every file named, with its sources; a saved plan is turned into JSON by terraform.

    Raises InputError.
    """
    if files.count(STDIN) > 1:
        raise InputError("standard input (-) can be read only once")
    if where.none and where.source:
        raise InputError("--source and --no-source speak against each other: give one of them")
    if len(where.source) not in {0, 1, len(files)}:
        raise InputError(f"--source is given {len(where.source)} times for {len(files)} plans: once, or once for each")
    trees = [from_folder(folder) for folder in where.source]
    given = [_standard_input() if name == STDIN else _file(name, where) for name in files]
    _fitting(given, where)
    read = [_shown(one, where) if one.is_saved else one.source for one in given]
    if not trees:
        return read
    return [replace(one, tree=trees[i if len(trees) > 1 else 0]) for i, one in enumerate(read)]


class _Given(NamedTuple):
    """One input, before terraform is asked what a saved plan says."""

    source: Source
    path: Path | None = None
    """Where it lies; None for standard input."""

    @property
    def is_saved(self) -> bool:
        return self.source.unplanned is None and saved.is_saved_plan(self.source.content)


def _fitting(read: list[_Given], where: Where) -> None:
    """Refuse what is said of plans where there is none, and of folders where there is none."""
    folder = next((one.source.name for one in read if one.source.unplanned is not None), None)
    if where.none and folder is not None:
        raise InputError(f"{folder}: is a folder of sources: --no-source leaves nothing to judge; give a plan")
    if where.given and folder is None:
        raise InputError("--var and --var-file are for a folder without a plan: a plan was made with values of its own")
    if where.source and folder is not None:
        raise InputError(f"{folder}: is a folder of sources itself; --source is for plans")
    if where.chdir is not None and read and not any(one.is_saved for one in read):
        raise InputError(f"{read[0].source.name}: is no saved plan, and --chdir is for those; leave it out")


def _file(name: str, where: Where) -> _Given:
    if not name:
        raise InputError("an empty name is no plan; write . for the current folder")
    path = Path(name)
    try:
        if path.is_dir():
            return _Given(_folder(name, path, where), path)
        return _Given(Source(named(name), path.read_bytes()), path)
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}") from None


def _shown(given: _Given, where: Where) -> Source:
    """A saved plan as JSON, with the sources that it holds."""
    if given.path is None:
        with tempfile.NamedTemporaryFile(prefix="trustscan-", suffix=".tfplan") as copy:
            copy.write(given.source.content)
            copy.flush()
            return _as_json(given.source, Path(copy.name), where.chdir or Path.cwd(), where)
    return _as_json(given.source, given.path, where.chdir or given.path.absolute().parent, where)


def _as_json(source: Source, path: Path, folder: Path, where: Where) -> Source:
    shown = saved.show(source, path, folder)
    return shown if where.none or where.source else replace(shown, tree=from_saved_plan(source, folder))


def _folder(name: str, path: Path, where: Where) -> Source:
    """Sources that are judged without a plan."""
    found = unplanned(path, from_folder(path), where.given)
    return Source(named(name), found.content, unplanned=found)


def _standard_input() -> _Given:
    if sys.stdin is None:
        raise InputError("standard input (-) is closed")
    return _Given(Source("stdin", sys.stdin.buffer.read()))


def spared(files: Iterable[str], written: Iterable[Path]) -> None:
    """Refuse to write a result over what is read, and to read one plan twice.

    Raises InputError.
    """
    read = [Path(file).resolve() for file in files if file != "-"]
    for path in written:
        if path.resolve() in read or (is_source(path.name) and path.resolve().parent in read):
            raise InputError(f"{path}: is read, and --output would replace it")
    for number, path in enumerate(read):
        if path in read[:number]:
            raise InputError(f"{path}: is named twice, and would count twice")


def baseline(path: Path | None) -> dict[str, Status]:
    """What an earlier result (`--format json`) already had, by id: its failures and what was not decided.

    Raises ConfigError.
    """
    if path is None:
        return {}
    try:
        document: Any = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ConfigError(f"{path}: is not JSON; a baseline is what 'trustscan plan --format json' wrote") from None
    findings = document.get("findings") if isinstance(document, dict) else None
    if not isinstance(findings, list) or document.get("schema") != "trustscan/1":
        raise ConfigError(f"{path}: is no trustscan result; a baseline is what 'trustscan plan --format json' wrote")
    told = {status.value: status for status in (Status.FAIL, Status.UNKNOWN)}
    kept = (f for f in findings if isinstance(f, dict) and f.get("status") in told)
    return {f["id"]: told[f["status"]] for f in kept if isinstance(f.get("id"), str)}
