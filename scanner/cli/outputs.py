"""Where results go: one format on standard output, any number in files, and the exit code."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from scanner import plugins
from scanner.errors import OutputError
from scanner.findings import SEVERITIES, Finding, Run, Status
from scanner.plugins import Report, WholeReport
from scanner.run import Judged

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
        if not Path(file).parent.is_dir():
            raise OutputError(f"--output {text!r}: {Path(file).parent}: there is no such folder")
        if any(path.resolve() == Path(file).resolve() for _, path in pairs):
            raise OutputError(f"--output {text!r}: {file} is named twice, and one would replace the other")
        pairs.append((plugins.load(GROUP, name, allowed), Path(file)))
    return pairs


def write(run: Run, report: Report, files: Iterable[tuple[Report, Path]], judged: Judged | None = None) -> None:
    """Write `report` to standard output and each other format to its file; with what was judged, where it is at hand.

    Raises OutputError for a file that cannot be written; what stood there before stays whole.
    """
    for other, path in files:
        text = io.StringIO()
        _write(run, judged, other, text)
        save(path, text.getvalue())
    try:
        if isinstance(sys.stdout, io.TextIOWrapper):
            # Formats are UTF-8 by their standards, whatever the locale; a terminal shows what it can.
            sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8", errors="backslashreplace")
        _write(run, judged, report, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; the exit code still says what was found.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise OutputError(f"standard output: cannot be written: {error.strerror}") from None


def _write(run: Run, judged: Judged | None, report: Report, out: TextIO) -> None:
    if judged is not None and isinstance(report, WholeReport):
        report.whole(run, judged, out)
    else:
        report(run, out)


def save(path: Path, text: str) -> None:
    """Write a file whole, or not at all.

    Raises OutputError.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_text(text, encoding="utf-8", errors="backslashreplace")  # a device or pipe is never replaced
        else:
            _replace(path.resolve(), text)
    except (OSError, RuntimeError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise OutputError(f"{path}: cannot be written: {why}; what stood there before is untouched") from None


def _replace(path: Path, text: str) -> None:
    scratch = ""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="backslashreplace", dir=path.parent, prefix=".trustscan-", delete=False,
            newline="",
        ) as file:  # fmt: skip
            scratch = file.name
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        Path(scratch).replace(path)
    except OSError:
        if scratch:
            with suppress(OSError):
                Path(scratch).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def exit_code(run: Run, fail_on: str, *, allow_unknown: bool, only_new: bool = False) -> int:
    """0 nothing to do; 1 a failure at or above `fail_on`, or an expired waiver in use; 3 something not decided.

    With `only_new` nothing counts that is known to have been there before the plan, nor what a state shows, nor what
    another scanner says of anything that the plan does not create.
    """
    counted = [f for f in run.findings if _counts(f, fail_on)]
    if only_new:
        counted = [f for f in counted if f.change == "brings" or (f.change is None and _may_be_new(f))]
    if any(f.status is Status.FAIL for f in counted) or (run.expired and not only_new):
        return 1
    return 3 if not allow_unknown and any(f.status is Status.UNKNOWN for f in counted) else 0


def _may_be_new(finding: Finding) -> bool:
    return finding.origin.source != "state" and not finding.tool


def _counts(finding: Finding, fail_on: str) -> bool:
    grave = SEVERITIES.index(finding.severity) <= SEVERITIES.index(fail_on)
    return grave and finding.waiver is None and not finding.baseline
