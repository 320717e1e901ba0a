"""Accepted risks: who asked, who agreed, why, and until when. A waived finding keeps its status and is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from scanner.errors import ConfigError
from scanner.model import Finding, Status, Waiver
from scanner.yamlfile import Document, YamlError, convert, parse


class _WaiverFile(msgspec.Struct, forbid_unknown_fields=True):
    control: str
    subject: str
    requester: str
    approver: str
    reason: str
    expires: str
    ticket: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    waivers: list[_WaiverFile]


def load(path: Path) -> tuple[Waiver, ...]:
    """Read a waivers file.

    Raises ConfigError for one that is not valid: a missing approver or expiry, an approver who asked for it himself.
    """
    try:
        document = parse(str(path), path.read_text(encoding="utf-8"))
        file: _File = convert(document, _File)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    except YamlError as error:
        raise ConfigError(str(error)) from None
    return tuple(_checked(raw, document, i) for i, raw in enumerate(file.waivers))


def _checked(raw: _WaiverFile, document: Document, i: int) -> Waiver:
    path = f"$.waivers[{i}]"
    for name in ("control", "subject", "requester", "approver", "reason"):
        if not getattr(raw, name).strip():
            raise ConfigError(document.show(f"{name} may not be empty", f"{path}.{name}"))
    if raw.requester.strip().lower() == raw.approver.strip().lower():
        raise ConfigError(
            document.show("nobody may approve a waiver of his own; name another approver", f"{path}.approver")
        )
    try:
        date.fromisoformat(raw.expires)
    except ValueError:
        raise ConfigError(document.show(f"{raw.expires!r} is no date, write YYYY-MM-DD", f"{path}.expires")) from None
    return Waiver(**{name: getattr(raw, name) for name in _WaiverFile.__struct_fields__})


def apply(
    findings: Iterable[Finding], waivers: Iterable[Waiver], today: date
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Mark the findings that a waiver covers; say what is expired, and what covers nothing.

    A waiver holds through its last day. It covers failures and what could not be judged.
    """
    current = [w for w in waivers if date.fromisoformat(w.expires) >= today]
    expired = [w for w in waivers if date.fromisoformat(w.expires) < today]
    used: set[int] = set()
    marked: list[Finding] = []
    late: dict[int, int] = {}
    for finding in findings:
        if finding.status is Status.PASS:
            marked.append(finding)
            continue
        waiver = next((w for w in current if _covers(w, finding)), None)
        if waiver is not None:
            used.add(id(waiver))
        elif old := next((w for w in expired if _covers(w, finding)), None):
            late[id(old)] = late.get(id(old), 0) + 1
        marked.append(finding if waiver is None else replace(finding, waiver=waiver))
    notes = [
        f"EXPIRED {w.expires}: {_name(w)} no longer holds; {late[id(w)]} findings count again"
        for w in expired
        if id(w) in late
    ]
    notes += [
        f"expired {w.expires} and covers nothing now: {_name(w)}; remove it" for w in expired if id(w) not in late
    ]
    notes += [f"covers nothing: {_name(w)}; remove it" for w in current if id(w) not in used]
    return tuple(marked), tuple(notes)


def _covers(waiver: Waiver, finding: Finding) -> bool:
    subjects = {finding.subject, finding.origin.previous} - {""}
    return fnmatchcase(finding.control, waiver.control) and any(_same(waiver.subject, subject) for subject in subjects)


def _same(pattern: str, subject: str) -> bool:
    """Whether a waiver's subject means this one; `["x"]` in an address stands for itself."""
    return pattern == subject or fnmatchcase(subject, pattern.replace("[", "[[]"))


def _name(waiver: Waiver) -> str:
    return f"waiver of {waiver.control} on {waiver.subject} (approved by {waiver.approver})"
