"""Verdicts that a plan changes, by what the change means for the reader."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from scanner.diff import FindingChange
from scanner.evidence.record import Verdict
from scanner.findings import SEVERITIES, Finding
from scanner.model import FROM_SOURCES


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """One control's verdict on one subject, before and after."""

    change: FindingChange
    finding: Finding | None
    """What the control says now; None where it no more says anything."""

    gone: str = ""
    """Why the subject is no more: deleted, or out of Terraform's care."""

    @property
    def accepted(self) -> bool:
        """Whether it is waived, or known from the baseline."""
        return self.finding is not None and (self.finding.waiver is not None or self.finding.baseline)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """All that change, the gravest first in each part."""

    worse: list[VerdictChange] = field(default_factory=list)
    """Fails now, and did not, or was not decided, or was not there."""

    otherwise: list[VerdictChange] = field(default_factory=list)
    """Failed and fails, for other reasons."""

    better: list[VerdictChange] = field(default_factory=list)
    """Failed, and passes now or is deleted."""

    lost: list[VerdictChange] = field(default_factory=list)
    """Was decided, and is not any more."""

    open: list[VerdictChange] = field(default_factory=list)
    """New, and not decided."""

    decided: list[VerdictChange] = field(default_factory=list)
    """Was not decided, and passes."""

    unasked: list[VerdictChange] = field(default_factory=list)
    """Failed, is still there, and its control does not ask for it any more."""


def changed(
    changes: Iterable[FindingChange],
    findings: Iterable[Finding],
    earlier: Iterable[Verdict],
    gone: Mapping[str, str],
    touched: Collection[str],
) -> Verdicts:
    """Sort what differs; `gone` says of each subject that is no more what becomes of it."""
    now = {(finding.control, finding.subject): finding for finding in findings}
    found = Verdicts()
    for change in changes:
        told = VerdictChange(change, now.get((change.control, change.subject)), gone.get(change.subject, ""))
        part = _part(found, told)
        if part is not None:
            part.append(told)
    for verdict in earlier:
        finding = now.get((verdict.control, verdict.subject))
        still = finding is not None and finding.status == verdict.status == "fail"
        if finding is not None and still and finding.subject in touched and _why(finding.reason) != verdict.reason:
            same = (verdict.control, verdict.subject, verdict.severity, "fail", "fail", verdict.reason)
            found.otherwise.append(VerdictChange(FindingChange(*same), finding))
    for part in (found.worse, found.otherwise, found.better, found.lost, found.open, found.decided, found.unasked):
        part.sort(key=lambda told: (told.accepted, SEVERITIES.index(told.change.severity), told.change.control))
    return found


def _why(reason: str) -> str:
    """A reason but for what of it is read from the sources: those of the state before are not at hand."""
    return "; ".join(part for part in reason.split("; ") if FROM_SOURCES not in part)


def _part(found: Verdicts, told: VerdictChange) -> list[VerdictChange] | None:
    """Where a change belongs; None for what no reader misses: a pass that comes or goes."""
    before, after = told.change.before, told.change.after
    if after == "fail":
        return found.worse
    if after == "unknown":
        return found.lost if before else found.open
    if after == "pass":
        return {"fail": found.better, "unknown": found.decided}.get(before)
    if told.gone == "deleted":
        return found.better if before == "fail" else None
    if told.gone:
        return found.lost if before != "unknown" else None
    return found.unasked if before == "fail" else None
