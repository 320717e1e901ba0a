"""checkov's own JSON (`-o json`), of 3.3.30: one report, a list of them, or bare counts where nothing was reported.

What it holds of the code (`code_block`, `evaluated_keys`) is not even decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from scanner.errors import InputError
from scanner.foreign import Result, Says, Told
from scanner.importers.program import answer
from scanner.importers.text import check_id, digest, one_line, refused

TOOL = "checkov"
READ = "3.3.30"
"""The version whose output was read for this; others are read too, and said to be others."""


class _Outcome(msgspec.Struct):
    suppress_comment: str | None = None


class _Record(msgspec.Struct):
    check_id: str
    check_name: str | None = ""
    resource: str | None = ""
    resource_address: str | None = ""
    file_path: str | None = ""
    file_line_range: list[int] | None = None
    check_result: _Outcome = msgspec.field(default_factory=_Outcome)


class _Results(msgspec.Struct):
    passed_checks: list[_Record] = []
    failed_checks: list[_Record] = []
    skipped_checks: list[_Record] = []
    parsing_errors: list[str] = []


class _Summary(msgspec.Struct):
    checkov_version: str = ""
    resource_count: int = 0


class _Report(msgspec.Struct):
    """One framework's report."""

    results: _Results
    check_type: str = ""
    summary: _Summary = msgspec.field(default_factory=_Summary)


class _Counts(msgspec.Struct):
    """What is written where nothing was reported."""

    passed: int
    failed: int
    resource_count: int
    checkov_version: str = ""


class _Sniffed(msgspec.Struct):
    check_type: str = ""
    results: msgspec.Raw = msgspec.Raw()
    passed: int = -1
    failed: int = -1
    resource_count: int = -1


def recognises(content: bytes) -> bool:
    """Whether this is checkov's JSON."""
    try:
        if content.lstrip()[:1] == b"[":
            first = next(iter(msgspec.json.decode(content, type=list[_Sniffed])), _Sniffed())
        else:
            first = msgspec.json.decode(content, type=_Sniffed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return bool(first.check_type and bytes(first.results)) or min(first.passed, first.failed, first.resource_count) >= 0


def read(content: bytes, where: str) -> tuple[Told, ...]:
    """Read every result of a file.

    Raises InputError for what is not as checkov writes it.
    """
    told, _ = _read(content, where)
    return (told,)


def run(plan: bytes, name: str) -> Told:
    """Have checkov itself judge a plan, offline.

    Raises InputError where it is missing, or ends without an answer.
    """
    told, resources = _read(answer(plan, name, TOOL, READ), f"what checkov wrote about {name}")
    notes = told.notes if resources else (*told.notes, f"checkov saw no resource in {name}, and says nothing of it")
    return Told(
        tool=TOOL,
        version=told.version,
        where=name,
        plan=name,
        results=told.results,
        sha256=told.sha256,
        notes=notes,
    )


def _read(content: bytes, where: str) -> tuple[Told, int]:
    document = _decoded(content, where)
    if isinstance(document, _Counts):
        reports: list[_Report] = []
        version, resources = document.checkov_version, document.resource_count
        if document.passed or document.failed:
            raise InputError(f"{where}: holds counts alone and no results; write it with 'checkov -o json' again")
    else:
        reports = document if isinstance(document, list) else [document]
        version = next((report.summary.checkov_version for report in reports), "")
        resources = sum(report.summary.resource_count for report in reports)
    version = one_line(version, 40) or "of no version"
    told = Told(
        tool=TOOL,
        version=version,
        where=where,
        results=tuple(_results(reports)),
        sha256=digest(content),
        notes=tuple(_notes(reports, version, where)),
    )
    return told, resources


def _decoded(content: bytes, where: str) -> list[_Report] | _Report | _Counts:
    start = content.lstrip()[:1]
    try:
        if start == b"[":
            return msgspec.json.decode(content, type=list[_Report])
        if bytes(msgspec.json.decode(content, type=_Sniffed).results):
            return msgspec.json.decode(content, type=_Report)
        return msgspec.json.decode(content, type=_Counts)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refused(where, error, "checkov's JSON", "checkov -o json") from None


def _notes(reports: Iterable[_Report], version: str, where: str) -> Iterator[str]:
    if version != READ:
        yield f"{where}: is of checkov {version}; its checks were mapped as they are in {READ}"
    unread = sum(len(report.results.parsing_errors) for report in reports)
    if unread:
        yield f"{where}: checkov could not read {unread} of its files"


def _results(reports: Iterable[_Report]) -> Iterator[Result]:
    for report in reports:
        for records, says in (
            (report.results.passed_checks, Says.PASS),
            (report.results.failed_checks, Says.FAIL),
            (report.results.skipped_checks, Says.SKIPPED),
        ):
            yield from (_result(record, says) for record in records)


def _result(record: _Record, says: Says) -> Result:
    first, last = ((record.file_line_range or []) + [0, 0])[:2]
    return Result(
        check=check_id(record.check_id),
        says=says,
        title=one_line(record.check_name),
        address=one_line(record.resource_address or record.resource, 4_000),
        file=one_line(record.file_path).lstrip("/"),
        line=max(first, 0),
        last=max(last, 0),
        comment=one_line(record.check_result.suppress_comment) if says is Says.SKIPPED else "",
    )
