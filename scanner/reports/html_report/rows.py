"""Findings as the page lists them: by control, the gravest first, what passes at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanner.findings import SEVERITIES, Control, Finding, Run, Status
from scanner.reports import text
from scanner.reports.html_report.shown import NAME, cut, lines

STATES: Mapping[str, str] = {"fail": "Failing", "unknown": "Not decided", "accepted": "Accepted", "pass": "Passing"}
"""What the page tells apart, with the words for it: a finding that was waived or known before is accepted."""

BADGES: Mapping[str, str] = {**STATES, "fail": "Fails", "pass": "Passes"}
"""The words for one finding."""

MARKS: Mapping[str, str] = {"Reason": "reason", "Where": "w"}
"""Classes of what script and style ask for among the details of a finding."""

_CHANGES = {
    "brings": "new with this plan",
    "keeps": "there before this plan",
    "resolves": "resolved by this plan",
}
_SUMMARY = 160
_STEPS = 60
"""Steps of a path that are shown."""


def state(finding: Finding) -> str:
    """Which of the page's states a finding is in."""
    accepted = finding.status is not Status.PASS and (finding.waiver is not None or finding.baseline)
    return "accepted" if accepted else finding.status.value


@dataclass(frozen=True, slots=True)
class Step:
    """One thing on a path, and what leads on from it; empty at the end."""

    id: str
    how: str


@dataclass(frozen=True, slots=True)
class Row:
    """One finding."""

    id: str
    finding: Finding
    state: str
    why: str
    environment: str
    path: tuple[Step, ...]
    more: int
    """Steps of the path that are left out."""

    details: tuple[tuple[str, str], ...]
    """What else is to be said: a heading, and the text."""

    @property
    def short(self) -> bool:
        """Whether one line says all of it."""
        return self.state == "pass" and not self.path and {head for head, _ in self.details} <= {"Where"}

    @property
    def place(self) -> str:
        """`file:line`, where it is known."""
        return text.place(self.finding)

    @property
    def tags(self) -> tuple[str, ...]:
        """Short marks beside it."""
        finding = self.finding
        told = (
            self.environment,
            _CHANGES.get(finding.change or "", ""),
            "waived" if finding.waiver else "known from the baseline" if finding.baseline else "",
            f"by {finding.tool}" if finding.tool else "",
        )
        return tuple(filter(None, told))


@dataclass(frozen=True, slots=True)
class Group:
    """One control, and its findings."""

    id: str
    title: str
    severity: str
    control: Control | None
    """None where the run names a control that it does not hold."""

    fix: str
    snippets: tuple[str, ...]
    counts: Mapping[str, int]
    open: tuple[Row, ...]
    """What fails, is not decided or was accepted."""

    passed: tuple[Row, ...]
    criteria: tuple[str, ...]


def groups(run: Run, environments: Mapping[str, str]) -> tuple[Group, ...]:
    """Every finding, by control; those controls first of which the gravest fails."""
    controls = {control.id: control for control in run.controls}
    numbers: Counter[str] = Counter()
    found = [
        _group(id_, [_row(finding, environments, numbers) for finding in findings], controls.get(id_))
        for id_, findings in text.by_control(run.findings).items()
    ]
    return tuple(sorted(found, key=_urgent))


def _urgent(group: Group) -> tuple[bool, bool, int, str]:
    counts, grave = group.counts, SEVERITIES.index(group.severity)
    return (not counts["fail"], not (counts["fail"] or counts["unknown"]), grave, group.id)


def _group(id_: str, rows: Sequence[Row], control: Control | None) -> Group:
    findings = [row.finding for row in rows]
    order = list(STATES)
    ranked = sorted(rows, key=lambda row: (order.index(row.state), text.rank(row.finding)))
    gravest = min((finding.severity for finding in findings), key=SEVERITIES.index)
    return Group(
        id=id_,
        title=control.title if control else id_,
        severity=gravest,
        control=control,
        fix=control.fix if control else next((f.fix for f in findings if f.fix), ""),
        snippets=tuple(map(lines, text.snippets(control, findings))) if control else (),
        counts=Counter(row.state for row in rows),
        open=tuple(row for row in ranked if row.state != "pass"),
        passed=tuple(row for row in ranked if row.state == "pass"),
        criteria=tuple(dict.fromkeys(c for finding in findings for c in finding.criteria)),
    )


def _row(finding: Finding, environments: Mapping[str, str], numbers: Counter[str]) -> Row:
    numbers[finding.id] += 1
    again = f"-{numbers[finding.id]}" if numbers[finding.id] > 1 else ""
    path = finding.path[: 2 * _STEPS + 1]
    return Row(
        id=f"f-{finding.id}{again}",
        finding=finding,
        state=state(finding),
        why=_why(finding),
        environment=environments.get(finding.subject, ""),
        path=tuple(Step(id_, how) for id_, how in zip(path[::2], (*path[1::2], "")[: len(path[::2])], strict=False)),
        more=(len(finding.path) - len(path) + 1) // 2,
        details=tuple(_details(finding)),
    )


def _why(finding: Finding) -> str:
    said = text.why(finding)
    return f"{said[:_SUMMARY].rstrip()}..." if len(said) > _SUMMARY else said


def _details(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.status is Status.FAIL:
        yield "What", text.sense(finding)
    if len(reason := text.why(finding)) > _SUMMARY:
        yield "Reason", reason
    if place := text.place(finding):
        called = ", ".join(f"{file}:{line}" for file, line in text.calls(finding.origin))
        yield "Where", f"{place}{f', called at {called}' if called else ''}{_attribute(finding)}"
    if finding.completed:
        told = (f"{one.address} {one.attribute}" for one in finding.completed)
        yield "Read from the sources", _few(told)
    if finding.waiver is not None:
        yield "Accepted", text.accepted(finding.waiver)
    if finding.also:
        yield "Other scanners agree", text.named(finding.also)
    if finding.against:
        note = text.explained([finding])
        yield "Other scanners differ", f"{text.otherwise(finding)}; the verdict stays{f'. {note}' if note else ''}"


def _attribute(finding: Finding) -> str:
    return f" ({finding.origin.attribute})" if finding.origin.attribute else ""


def _few(names: Iterable[str], most: int = 5) -> str:
    shown, left = text.few([cut(name, NAME) for name in names], most)
    return f"{', '.join(shown)}{f' and {left:,} more' if left else ''}"
