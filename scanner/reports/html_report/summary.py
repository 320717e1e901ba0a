"""The top of the page: how many fail, how grave, what was scanned, and what to look at first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.findings import SEVERITIES, Run, Status
from scanner.reports import text
from scanner.reports.html_report.rows import STATES, Group, state
from scanner.reports.html_report.shown import name

_INPUTS = 12
_FIRST = 6
"""Controls that are named as the first to look at."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Counts of one severity as parts of a bar 100 wide."""

    severity: str
    counts: dict[str, int]
    parts: tuple[tuple[str, float, float], ...]
    """State, where it begins and how wide it is."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the top of the page says."""

    title: str
    inputs: tuple[str, ...]
    more_inputs: int
    judged: str
    counts: dict[str, int]
    bars: tuple[Bar, ...]
    first: tuple[Group, ...]
    heard: tuple[tuple[str, str], ...]
    scanned: str


def summary(run: Run, groups: Sequence[Group]) -> Summary:
    """Sum a run up."""
    counts = Counter(map(state, run.findings))
    shown, left = text.few(run.inputs, _INPUTS)
    return Summary(
        title=_title(run),
        inputs=tuple(map(name, shown)),
        more_inputs=left,
        judged=text.judged(run),
        counts={one: counts[one] for one in STATES},
        bars=tuple(_bars(run)),
        first=tuple(group for group in groups if group.counts["fail"])[:_FIRST],
        heard=tuple(text.heard(run)),
        scanned={"plans": "Terraform plan", "accounts": "Cloud account"}.get(run.scanned, "Results of other scanners"),
    )


def _title(run: Run) -> str:
    failed = [finding for finding in run.findings if text.counted(finding, Status.FAIL)]
    undecided = sum(text.counted(finding, Status.UNKNOWN) for finding in run.findings)
    told = text.plural(len(failed), "failure") if failed else "No failures"
    critical = sum(finding.severity == "critical" for finding in failed)
    told += f", {critical:,} of them critical" if critical and critical < len(failed) else ""
    return f"{told}; {undecided:,} not decided" if undecided else told


def _bars(run: Run) -> Iterator[Bar]:
    counted: dict[str, Counter[str]] = {severity: Counter() for severity in SEVERITIES}
    for finding in run.findings:
        counted[finding.severity][state(finding)] += 1
    for severity, counts in counted.items():
        if total := counts.total():
            yield Bar(severity, {one: counts[one] for one in STATES}, tuple(_parts(counts, total)))


def _parts(counts: Counter[str], total: int) -> Iterator[tuple[str, float, float]]:
    start = 0
    for one in STATES:
        if counts[one]:
            yield one, round(100 * start / total, 2), round(100 * counts[one] / total, 2)
        start += counts[one]
