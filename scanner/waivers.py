"""Accepted risks: who asked, who agreed, why, and until when. A waived finding keeps its status and is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from scanner.errors import ConfigError
from scanner.model import Finding, Status, Waiver
from scanner.yamlfile import Document, YamlError, convert, parse

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


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
    if raw.requester.strip().casefold() == raw.approver.strip().casefold():
        raise ConfigError(
            document.show("nobody may approve a waiver of his own; name another approver", f"{path}.approver")
        )
    if not _is_day(raw.expires):
        raise ConfigError(document.show(f"{raw.expires!r} is no date, write YYYY-MM-DD", f"{path}.expires"))
    return Waiver(**{name: getattr(raw, name) for name in _WaiverFile.__struct_fields__})


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Applied:
    """Findings with their waivers, and what must be said of the waivers themselves."""

    findings: tuple[Finding, ...]
    expired: tuple[str, ...]
    """Waivers past their last day that would still cover something: the run fails."""

    idle: tuple[str, ...]
    """Waivers that cover nothing."""


def apply(findings: Iterable[Finding], waivers: Iterable[Waiver], today: date) -> Applied:
    """Mark what a waiver covers: failures, and what could not be judged. It holds through its last day."""
    marked = tuple(findings)
    expired: list[str] = []
    idle: list[str] = []
    for waiver in waivers:
        covered = {i for i, f in enumerate(marked) if f.status is not Status.PASS and _covers(waiver, f)}
        if not covered:
            idle.append(f"{_name(waiver)} covers nothing; remove it")
        elif date.fromisoformat(waiver.expires) < today:
            expired.append(f"{_name(waiver)} ended on {waiver.expires}; what it covered counts again: {len(covered)}")
        else:
            marked = tuple(replace(f, waiver=f.waiver or waiver) if i in covered else f for i, f in enumerate(marked))
    return Applied(marked, tuple(expired), tuple(idle))


def _covers(waiver: Waiver, finding: Finding) -> bool:
    subjects = {finding.subject, finding.origin.previous} - {""}
    return fnmatchcase(finding.control, waiver.control) and any(_same(waiver.subject, subject) for subject in subjects)


def _same(pattern: str, subject: str) -> bool:
    """Whether a waiver's subject means this one; `["x"]` in an address stands for itself."""
    return pattern == subject or fnmatchcase(subject, pattern.replace("[", "[[]"))


def _name(waiver: Waiver) -> str:
    return f"waiver of {waiver.control} on {waiver.subject} (approved by {waiver.approver})"
