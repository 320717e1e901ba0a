"""The files a scan is given: plans from disk or standard input, and an earlier result as a baseline."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from scanner.errors import ConfigError, InputError
from scanner.model import Status
from scanner.terraform import saved
from scanner.terraform.planfile import Source

STDIN = "-"


def sources(files: list[str], chdir: Path | None) -> list[Source]:
    """Read every file named; a saved plan is turned into JSON by terraform.

    Raises InputError.
    """
    if files.count(STDIN) > 1:
        raise InputError("standard input (-) can be read only once")
    return [_standard_input(chdir) if name == STDIN else _file(name, chdir) for name in files]


def _file(name: str, chdir: Path | None) -> Source:
    path = Path(name)
    try:
        if path.is_dir():
            raise InputError(_folder(name, path))
        source = Source(_printable(name), path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}") from None
    return saved.show(source, path, chdir or path.absolute().parent) if saved.is_saved_plan(source.content) else source


def _printable(name: str) -> str:
    r"""A file's name as text: bytes that are no UTF-8 are written as `\xff`."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _folder(name: str, path: Path) -> str:
    holds = any(path.glob("*.tf")) or any(path.glob("*.tf.json"))
    what = "is a folder; a plan is read, not its source" if holds else "is a folder without Terraform"
    return f"{name}: {what}; run 'terraform plan -out tfplan' in it and give that file"


def _standard_input(chdir: Path | None) -> Source:
    if sys.stdin is None:
        raise InputError("standard input (-) is closed")
    source = Source("stdin", sys.stdin.buffer.read())
    if not saved.is_saved_plan(source.content):
        return source
    with tempfile.NamedTemporaryFile(prefix="trustscan-", suffix=".tfplan") as copy:
        copy.write(source.content)
        copy.flush()
        return saved.show(source, Path(copy.name), chdir or Path.cwd())


def spared(files: Iterable[str], written: Iterable[Path]) -> None:
    """Refuse to write a result over what is read, and to read one plan twice.

    Raises InputError.
    """
    read = [Path(file).resolve() for file in files if file != "-"]
    for path in written:
        if path.resolve() in read:
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
