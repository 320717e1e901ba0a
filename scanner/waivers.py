"""Accepted risks: who asked, who agreed, why, and until when. A waived finding keeps its status and is shown."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from scanner.errors import ConfigError
from scanner.findings import Finding, Status, Waiver
from scanner.yamlfile import Document, YamlError, convert, read

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
        document = read(path)
        file: _File = convert(document, _File)
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
    if not is_day(raw.expires):
        raise ConfigError(document.show(f"{raw.expires!r} is no date, write YYYY-MM-DD", f"{path}.expires"))
    return Waiver(**{name: getattr(raw, name) for name in _WaiverFile.__struct_fields__})


def is_day(text: str) -> bool:
    """Whether a text is a date, as YYYY-MM-DD."""
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A risk that a comment in the source accepts, on everything that its block makes."""

    waiver: Waiver
    control: str
    """Id or glob of what it is about: of ours, where the waiver names the check of another scanner."""

    covers: frozenset[tuple[str, str]]
    """Plan and address of each resource; also what a finding without an address is filed under, with no plan."""

    own: bool = True
    """Whether it is written for us: one for another scanner may well cover nothing here."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Findings with their waivers, and what must be said of the waivers themselves."""

    findings: tuple[Finding, ...]
    expired: tuple[str, ...]
    """Waivers past their last day that would still cover something: the run fails."""

    idle: tuple[str, ...]
    """Waivers that cover nothing."""


def apply(
    findings: Iterable[Finding],
    waivers: Iterable[Waiver],
    today: date,
    comments: Sequence[Suppression] = (),
    controls: Collection[str] = (),
) -> Applied:
    """Mark what a waiver covers: failures, and what could not be judged. It holds through its last day.

    What the waivers file says comes before comments in the source; `controls` are the ids of those that were run.
    """
    applied = _Applying(list(findings), today)
    for waiver in waivers:
        covered = [i for i in applied.open if _covers(waiver, applied.findings[i])]
        applied.take(waiver, covered, _name(waiver), idle=True)
    here = _by_place(applied) if comments else {}
    for comment in comments:
        there = dict.fromkeys(i for place in comment.covers for i in here.get(place, ()))
        covered = [i for i in there if fnmatchcase(applied.findings[i].control, comment.control)]
        ran = any(fnmatchcase(id_, comment.control) for id_ in controls)
        applied.take(comment.waiver, covered, _comment_name(comment.waiver), idle=comment.own and ran)
    applied.past()
    return Applied(tuple(applied.findings), tuple(applied.expired), tuple(applied.idle))


class _Applying:
    """Findings, as one waiver after the other is applied to them."""

    def __init__(self, findings: list[Finding], today: date) -> None:
        self.findings = findings
        self.open = [i for i, finding in enumerate(findings) if finding.status is not Status.PASS]
        self.expired: list[str] = []
        self.idle: list[str] = []
        self._today = today
        self._ended: list[tuple[str, str, Sequence[int]]] = []

    def take(self, waiver: Waiver, covered: Sequence[int], name: str, *, idle: bool) -> None:
        """Apply a waiver to what it covers; the first that covers a finding stays."""
        if not covered:
            self.idle += [f"{name} covers nothing; remove it"] if idle else []
        elif waiver.expires and date.fromisoformat(waiver.expires) < self._today:
            self._ended.append((name, waiver.expires, covered))
        else:
            for i in covered:
                finding = self.findings[i]
                mine = replace(waiver, subject=finding.subject) if waiver.where else waiver
                self.findings[i] = replace(finding, waiver=finding.waiver or mine)

    def past(self) -> None:
        """Say which of those that ended leave something uncovered, once all are taken."""
        for name, expires, covered in self._ended:
            again = sum(self.findings[i].waiver is None for i in covered)
            if again:
                self.expired.append(f"{name} ended on {expires}; what it covered counts again: {again}")
            else:
                self.idle.append(f"{name} ended on {expires}, and others cover what it covered; remove it")


def _by_place(applied: _Applying) -> dict[tuple[str, str], list[int]]:
    """Where what fails or is not decided stands, by its resource, or by what it is filed under."""
    found: dict[tuple[str, str], list[int]] = {}
    for i in applied.open:
        finding = applied.findings[i]
        origin = finding.origin
        key = (origin.plan, origin.address) if origin.address else ("", finding.subject)
        found.setdefault(key, []).append(i)
    return found


def _covers(waiver: Waiver, finding: Finding) -> bool:
    subjects = {finding.subject, finding.origin.previous} - {""}
    return fnmatchcase(finding.control, waiver.control) and any(_same(waiver.subject, subject) for subject in subjects)


def _same(pattern: str, subject: str) -> bool:
    """Whether a waiver's subject means this one; `["x"]` in an address stands for itself."""
    return pattern == subject or fnmatchcase(subject, pattern.replace("[", "[[]"))


def _comment_name(waiver: Waiver) -> str:
    return f"trustscan:skip={waiver.control} at {waiver.where} (approved by {waiver.approver})"


def _name(waiver: Waiver) -> str:
    return f"waiver of {waiver.control} on {waiver.subject} (approved by {waiver.approver})"


def known(finding: Finding, baseline: Mapping[str, Status]) -> Finding:
    """Mark what an earlier run already had, by the ids of its findings.

    What was not decided then and fails now is news; what failed then and is not decided now is none.
    """
    before = {baseline[id_] for id_ in finding.ids if id_ in baseline}
    had = Status.FAIL in before or finding.status in before
    return replace(finding, baseline=True) if had else finding
