"""A run without the secrets of what it is about."""

from __future__ import annotations

from dataclasses import replace

from scanner.findings import Finding, Run, Waiver
from scanner.foreign import Other
from scanner.redact import Redactor


def redacted(run: Run, hide: Redactor) -> Run:
    """Hide secrets in everything a run says."""
    return replace(
        run,
        findings=tuple(_redacted_finding(finding, hide) for finding in run.findings),
        gaps=tuple(replace(gap, scope=hide.address(gap.scope), reason=hide.text(gap.reason)) for gap in run.gaps),
        others=tuple(_redacted_other(other, hide) for other in run.others),
        notes=tuple(map(hide.text, run.notes)),
        expired=tuple(map(hide.text, run.expired)),
    )


def _redacted_other(other: Other, hide: Redactor) -> Other:
    unmapped = (replace(one, title=hide.text(one.title), subject=hide.address(one.subject)) for one in other.unmapped)
    return replace(other, where=hide.text(other.where), unmapped=tuple(unmapped))


def _redacted_finding(finding: Finding, hide: Redactor) -> Finding:
    subject, waiver = finding.subject, finding.waiver
    return replace(
        finding,
        subject=hide.address(subject),
        message=hide.about(finding.message, subject),
        reason=hide.about(finding.reason, subject),
        path=tuple(map(hide.address, finding.path)),
        completed=tuple(replace(one, address=hide.address(one.address)) for one in finding.completed),
        waiver=waiver and _redacted_waiver(waiver, hide),
        origin=replace(
            finding.origin, address=hide.address(finding.origin.address), previous=hide.address(finding.origin.previous)
        ),
    )


def _redacted_waiver(waiver: Waiver, hide: Redactor) -> Waiver:
    """One in a comment of the source may hold anything."""
    said = {name: hide.text(getattr(waiver, name)) for name in ("reason", "approver", "ticket")}
    return replace(waiver, subject=hide.address(waiver.subject), **said)
