"""Annotations on a pull request: workflow commands, as GitHub Actions reads them from a step's output.

Source: GitHub's "Workflow commands for GitHub Actions" and, for what must be escaped, `command.ts` of actions/toolkit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import TextIO, TypeAlias

from scanner.findings import Finding, Run, Status
from scanner.model import Origin
from scanner.paths import relative, seen_from, workspace
from scanner.reports.text import (
    accepted,
    calls,
    counted,
    disagreements,
    few,
    lines,
    named,
    plural,
    rank,
    reason_of,
    severities,
    visible,
)

MOST = 10
"""Annotations of one level that GitHub shows of a step."""

_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "notice", "info": "notice"}
_LONGEST = 1_000
_CONTROLS = 3
_DATA = ".terraform"

_Item: TypeAlias = Sequence[Finding] | str
"""What one annotation tells: findings of one resource, or a waiver that ended."""


def write(run: Run, out: TextIO) -> None:
    """Write what fails and what was not decided as annotations; a level's last one tells how many are left out."""
    failed, undecided = (
        sorted((f for f in run.findings if counted(f, status)), key=rank) for status in (Status.FAIL, Status.UNKNOWN)
    )
    by_level: dict[str, list[_Item]] = {"error": [], "warning": list(run.expired), "notice": []}
    for finding in failed:
        by_level[_level(finding)].append([finding])
    by_level["notice"] += _for_one_reason(undecided)
    for level, items in by_level.items():
        out.writelines(_annotations(level, items))
    out.writelines(_otherwise(run))
    out.writelines(_waived([finding for finding in run.findings if finding.waiver is not None]))
    out.write(f"trustscan: {plural(len(failed), 'failure')}{_severities(failed)}, {len(undecided):,} not decided\n")


def _severities(findings: Sequence[Finding]) -> str:
    return f" ({severities(findings)})" if findings else ""


def _level(finding: Finding) -> str:
    return "notice" if finding.status is Status.UNKNOWN else _LEVELS[finding.severity]


def _for_one_reason(undecided: Iterable[Finding]) -> list[_Item]:
    """What several controls could not decide of one resource for one reason is told once, the gravest first."""
    groups: dict[tuple[str, str, Origin, str], list[Finding]] = {}
    for finding in undecided:
        groups.setdefault((finding.subject, reason_of(finding), finding.origin, named(finding.also)), []).append(
            finding
        )
    return list(groups.values())


def _annotations(level: str, items: Sequence[_Item]) -> Iterator[str]:
    """Commands for findings and for waivers that ended, as many as are shown."""
    kept = items if len(items) <= MOST else items[: MOST - 1]
    for item in kept:
        yield _command(level, {"title": "Expired"}, item) if isinstance(item, str) else _annotation(level, item)
    left = sum(1 if isinstance(item, str) else len(item) for item in items[len(kept) :])
    if left:
        said = f"GitHub shows {MOST} {level}s of a step. All stand in --format json, sarif or markdown"
        yield _command(level, {"title": f"trustscan: {plural(left, 'more finding')} of this level"}, said)


def _otherwise(run: Run) -> Iterator[str]:
    """What other scanners see otherwise, folded in the step's log: no verdict of ours changes by it."""
    groups = disagreements(run)
    if groups:
        yield f"::group::Other scanners say otherwise ({sum(len(findings) for _, _, findings in groups):,})\n"
        for said, reason, findings in groups:
            for finding in findings:
                line = visible(f"{finding.status.value}: {finding.control} on {finding.subject}, as {reason}; {said}")
                yield f"{line.replace('##[', '# #[')}\n"
        yield "::endgroup::\n"


def _waived(findings: Sequence[Finding]) -> Iterator[str]:
    """Who accepted what and why, folded in the step's log: nothing to annotate."""
    if findings:
        yield f"::group::Waived ({len(findings):,})\n"
        for finding in sorted(findings, key=rank):
            how = accepted(finding.waiver) if finding.waiver is not None else ""
            line = visible(f"{finding.status.value}, {finding.severity}: {finding.control} on {finding.subject}, {how}")
            # The runner takes this for a command of the older kind wherever it stands in a line.
            yield f"{line.replace('##[', '# #[')}\n"
        yield "::endgroup::\n"


def _annotation(level: str, findings: Sequence[Finding]) -> str:
    finding = findings[0]
    unknown = finding.status is Status.UNKNOWN
    names, left = few([one.control for one in findings], _CONTROLS)
    controls = f"{', '.join(names)}{f' and {left} more' if left else ''}"
    about = {"title": f"{controls}{': not decided' if unknown else ''} ({finding.severity})"}
    origin = finding.origin
    file, first, last = _shown(origin)
    shown = seen_from(workspace(), file) if file else ""
    if shown:
        about = {"file": shown, **_lines(first, last), **about}
    why = reason_of(finding) if unknown or finding.reason not in finding.message else ""
    also = f"Also found by {named(finding.also)}" if finding.also else ""
    # A file outside of what was checked out: the name alone would be another's.
    place = f"At {relative(file)}{f':{first}' if first else ''}" if file and not shown else ""
    fix = "" if unknown else f"Fix: {finding.fix}"
    said = [finding.subject if unknown else finding.message, why, also, place, fix]
    return _command(level, about, "\n".join(visible(part)[:_LONGEST] for part in said if part))


def _shown(origin: Origin) -> tuple[str, int, int]:
    """File and lines; of a module that `terraform init` brought, and that no pull request shows, its nearest call."""
    ours = [call for call in calls(origin) if _DATA not in PurePath(call[0]).parts]
    if _DATA in PurePath(origin.file).parts and ours:
        file, line = ours[-1]
        return file, line, line
    return origin.file, *lines(origin)


def _lines(first: int, last: int) -> dict[str, str]:
    return {"line": str(first)} | ({"endLine": str(last)} if last > first else {}) if first else {}


def _command(level: str, properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{name}={_property(visible(value))}" for name, value in properties.items())
    said = _data("\n".join(map(visible, message.split("\n"))))
    return f"::{level} {given}::{said}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
