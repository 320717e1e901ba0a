"""Records of runs on the command line, kept with --run-dir."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanner.cli import options
    from scanner.evidence.record import Input, Record
    from scanner.run import Judged


def now() -> str:
    """The time now in UTC, as records write it."""
    return written(datetime.now(UTC))


def written(moment: datetime) -> str:
    """A moment as records write it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def made(judged: Judged, prepared: options.Prepared, *, kind: str, began: str, inputs: Iterable[Input]) -> Record:
    """Make the record of what was judged just now."""
    from scanner.evidence.record import Made, record
    from scanner.evidence.tool import tool_digest

    return record(
        judged.run,
        judged.world,
        judged.hide,
        Made(
            tool_sha256=tool_digest(),
            kind=kind,
            began=began,
            ended=now(),
            inputs=tuple(inputs),
            rules={policy.control.id: policy.digest for policy in prepared.settings.policies},
            settings=prepared.digests,
        ),
    )


def ready(folder: Path | None) -> None:
    """Make sure, before anything is scanned, that its record can be kept.

    Raises InputError, OutputError.
    """
    from scanner.evidence import folder as kept

    if folder is not None:
        kept.ready(folder)


def keep(folder: Path, document: Record, *, quiet: bool) -> None:
    """Leave the record of a run in a folder.

    Raises InputError, OutputError.
    """
    from scanner.evidence import folder as kept
    from scanner.redact import visible

    path = kept.keep(folder, document)
    if not quiet:
        typer.echo(f"note: kept as {visible(str(path))}", err=True)


@contextmanager
def kept(
    judged: Judged, prepared: options.Prepared, folder: Path | None, *, kind: str, began: str, inputs: Iterable[Input]
) -> Iterator[None]:
    """Leave the record of a run in a folder, if one is named, however it ends that its results are written.

    Raises InputError, OutputError.
    """
    try:
        yield
    finally:
        if folder is not None:
            document = made(judged, prepared, kind=kind, began=began, inputs=inputs)
            keep(folder, document, quiet=prepared.judging.quiet)


def named(path: Path | str) -> str:
    """A path as inputs and records name it: bytes that are no UTF-8 are written as text."""
    return os.fsencode(path).decode(errors="backslashreplace")
