"""Where results go: one format on standard output, any number in files, and the exit code."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from scanner import plugins
from scanner.errors import OutputError
from scanner.model import SEVERITIES, Finding, Run, Status
from scanner.plugins import Report

GROUP = "scanner.reports"


def targets(outputs: Sequence[str], allowed: Sequence[str]) -> list[tuple[Report, Path]]:
    """Read `FORMAT=FILE` pairs and load their formats, before anything is scanned.

    Raises OutputError for a pair that is none, PluginError for a format there is not.
    """
    pairs: list[tuple[Report, Path]] = []
    for text in outputs:
        name, equals, file = text.partition("=")
        if not equals or not file:
            raise OutputError(f"--output {text!r}: write FORMAT=FILE, such as sarif=out.sarif")
        pairs.append((plugins.load(GROUP, name, allowed), Path(file)))
    return pairs


def write(run: Run, report: Report, files: Iterable[tuple[Report, Path]]) -> None:
    """Write `report` to standard output and each other format to its file.

    Raises OutputError for a file that cannot be written; what stood there before stays whole.
    """
    for other, path in files:
        text = io.StringIO()
        other(run, text)
        _replace(path, text.getvalue())
    report(run, sys.stdout)
    sys.stdout.flush()


def _replace(path: Path, text: str) -> None:
    scratch = ""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False, newline=""
        ) as file:
            scratch = file.name
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        Path(scratch).chmod(mode)
        Path(scratch).replace(path)
    except OSError as error:
        if scratch:
            with suppress(OSError):
                Path(scratch).unlink()
        raise OutputError(
            f"{path}: cannot be written: {error.strerror}; what stood there before is untouched"
        ) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def exit_code(run: Run, fail_on: str, *, allow_unknown: bool) -> int:
    """0 nothing to do; 1 a failure at or above `fail_on`, or an expired waiver in use; 3 something not decided."""
    counted = [f for f in run.findings if _counts(f, fail_on)]
    if run.expired or any(f.status is Status.FAIL for f in counted):
        return 1
    return 3 if not allow_unknown and any(f.status is Status.UNKNOWN for f in counted) else 0


def _counts(finding: Finding, fail_on: str) -> bool:
    grave = SEVERITIES.index(finding.severity) <= SEVERITIES.index(fail_on)
    return grave and finding.waiver is None and not finding.baseline
