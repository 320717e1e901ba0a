"""JUnit XML as Jenkins and GitLab read it: one suite a control, one case a subject."""

from __future__ import annotations

import re
from typing import TextIO
from xml.sax.saxutils import quoteattr

from scanner.findings import Finding, Run, Status
from scanner.paths import relative
from scanner.reports.text import accepted, agreed, lines, named, otherwise, place, rank, reason_of, visible

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def write(run: Run, out: TextIO) -> None:
    """Write a run as test results: a failure fails, what was not decided, waived or known before is skipped."""
    suites: dict[str, list[Finding]] = {control.id: [] for control in run.controls}
    for finding in run.findings:
        suites.setdefault(finding.control, []).append(finding)
    judged = [findings for findings in suites.values() if findings]
    out.write('<?xml version="1.0" encoding="utf-8"?>\n')
    out.write(f"<testsuites{_attributes(name=run.tool, **_counts(run.findings))}>\n")
    for findings in sorted(judged, key=lambda group: rank(group[0])):
        control = findings[0].control
        out.write(f"  <testsuite{_attributes(name=control, **_counts(findings))}>\n")
        for finding in findings:
            _case(finding, out)
        out.write("  </testsuite>\n")
    out.write("</testsuites>\n")


def _counts(findings: tuple[Finding, ...] | list[Finding]) -> dict[str, str]:
    failures = sum(_fails(finding) for finding in findings)
    passes = sum(finding.status is Status.PASS for finding in findings)
    skipped = len(findings) - failures - passes
    return {
        "tests": str(len(findings)),
        "failures": str(failures),
        "errors": "0",
        "skipped": str(skipped),
        "time": "0",
    }


def _fails(finding: Finding) -> bool:
    return finding.status is Status.FAIL and finding.waiver is None and not finding.baseline


def _case(finding: Finding, out: TextIO) -> None:
    about = {"classname": finding.control, "name": visible(finding.subject), "time": "0"}
    head = f"    <testcase{_attributes(**about, **_source(finding))}"
    if finding.status is Status.PASS and not finding.against:
        out.write(f"{head}/>\n")
        return
    out.write(f"{head}>\n")
    if finding.status is Status.PASS:
        out.write(f"      <system-out>{_text([_otherwise(finding)])}</system-out>\n    </testcase>\n")
        return
    if _fails(finding):
        reason = finding.reason if finding.reason not in finding.message else ""
        lines = [finding.message, reason, f"Fix: {finding.fix}", _criteria(finding)]
        attributes = _attributes(message=visible(finding.message), type=finding.severity)
        out.write(f"      <failure{attributes}>{_text(lines)}</failure>\n")
    else:
        out.write(f"      <skipped{_attributes(message=visible(_why_skipped(finding)))}/>\n")
    where = [f"severity: {finding.severity}", finding.change or "", place(finding), " -> ".join(finding.path)]
    where += [f"also found by {named(finding.also)}" if finding.also else "", _otherwise(finding)]
    out.write(f"      <system-out>{_text(where)}</system-out>\n")
    out.write("    </testcase>\n")


def _source(finding: Finding) -> dict[str, str]:
    """File and line, as GitLab and others read them."""
    origin = finding.origin
    if not origin.file:
        return {}
    return {"file": visible(relative(origin.file))} | ({"line": str(first)} if (first := lines(origin)[0]) else {})


def _why_skipped(finding: Finding) -> str:
    verdict = "FAIL" if finding.status is Status.FAIL else "UNKNOWN"
    waiver = finding.waiver
    if waiver is not None:
        at = f" ({waiver.where})" if waiver.where else ""
        until = f"until {waiver.expires}, approved by {waiver.approver}{at}: {agreed(waiver)}"
        return f"{verdict}, waived {until if waiver.expires else accepted(waiver)}"
    known = ", known from the baseline" if finding.baseline else ""
    return f"{verdict}{known}: {reason_of(finding)}"


def _otherwise(finding: Finding) -> str:
    """That other scanners see it otherwise, with our reason."""
    return f"{otherwise(finding)}; the verdict stays, as: {reason_of(finding)}" if finding.against else ""


def _criteria(finding: Finding) -> str:
    return f"SOC 2: {', '.join(finding.criteria)}"


def _attributes(**values: str) -> str:
    return "".join(f" {name}={quoteattr(_clean(value))}" for name, value in values.items())


def _text(lines: list[str]) -> str:
    text = "\n".join(visible(line) for line in lines if line)
    return re.sub(r"[&<>]", lambda match: _ENTITIES[match[0]], _clean(text))


def _clean(text: str) -> str:
    return _NO_XML.sub("?", text)
