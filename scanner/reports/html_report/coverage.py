"""The 61 criteria: which controls serve each, what they found, and which are served by none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanner.criteria import Criterion, Requirement, criteria, requirements
from scanner.findings import Finding, Run
from scanner.reports import text
from scanner.reports.html_report.rows import state

CATEGORIES: Mapping[str, str] = {
    "security": "Security (common criteria)",
    "availability": "Availability",
    "confidentiality": "Confidentiality",
    "processing_integrity": "Processing integrity",
    "privacy": "Privacy",
}
"""The five categories, with their names."""

WORDS: Mapping[str, str] = {
    "fail": "fails",
    "unknown": "not decided",
    "accepted": "accepted risks",
    "pass": "passes",
    "idle": "nothing to judge",
    "none": "not covered",
}
"""What can be said of a criterion, the most urgent first."""

_MODES = {
    "RECORD": "records that people keep",
    "HYBRID": "settings and records together",
    "AUTO_PERIOD": "settings over a period of time",
    "AUTO_CONFIG": "settings",
    "TOOL": "reports of this tool over time",
}


@dataclass(frozen=True, slots=True)
class Covered:
    """One criterion, and what is known of it."""

    criterion: Criterion
    controls: tuple[str, ...]
    """Those of this run that serve it and had something to judge."""

    idle: tuple[str, ...]
    """Those that had nothing to judge."""

    counts: Mapping[str, int]
    why: str
    """Where nothing covers it: what an auditor asks for instead."""

    @property
    def state(self) -> str:
        """The most urgent that is to be said of it."""
        found = next((name for name in WORDS if self.counts.get(name)), "")
        return found or ("idle" if self.controls or self.idle else "none")

    @property
    def said(self) -> str:
        """The same in words, with how often."""
        count = self.counts.get(self.state, 0)
        told = {
            "fail": text.plural(count, "failure"),
            "unknown": f"{count:,} not decided",
            "accepted": f"{count:,} accepted",
            "pass": "all pass",
        }
        return told.get(self.state, WORDS[self.state])


@dataclass(frozen=True, slots=True)
class Category:
    """The criteria of one category."""

    title: str
    criteria: tuple[Covered, ...]


def coverage(run: Run) -> tuple[Category, ...]:
    """Every criterion there is, by category."""
    by_criterion: dict[str, list[Finding]] = defaultdict(list)
    for finding in run.findings:
        for id_ in finding.criteria:
            by_criterion[id_].append(finding)
    serving: dict[str, list[str]] = defaultdict(list)
    for control in run.controls:
        for id_ in control.criteria:
            serving[id_].append(control.id)
    asked = _asked()
    found = [_covered(one, by_criterion[one.id], serving[one.id], asked[one.id]) for one in criteria().values()]
    return tuple(
        Category(title, tuple(one for one in found if one.criterion.category == name))
        for name, title in CATEGORIES.items()
    )


def _covered(
    criterion: Criterion, findings: Iterable[Finding], serving: Sequence[str], asked: Sequence[Requirement]
) -> Covered:
    listed = list(findings)
    judged = tuple(sorted({finding.control for finding in listed}))
    idle = tuple(sorted(set(serving) - set(judged)))
    why = "" if judged or idle else _why(asked)
    return Covered(criterion, judged, idle, Counter(map(state, listed)), why)


def _asked() -> Mapping[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = defaultdict(list)
    for requirement in requirements().values():
        for id_ in requirement.criteria:
            found[id_].append(requirement)
    return found


def _why(asked: Sequence[Requirement]) -> str:
    if not asked:
        return "no control of this run serves it; what it asks for is no setting of a cloud"
    modes = Counter(requirement.mode for requirement in asked)
    told = (_MODES[mode] for mode, _ in modes.most_common())
    return f"no control of this run serves it; an auditor asks for {' and '.join(told)}"


def counted(categories: Iterable[Category]) -> Iterator[tuple[str, str, int]]:
    """How many criteria are in each state: its name, the words for it, and the number."""
    counts = Counter(one.state for category in categories for one in category.criteria)
    return ((name, words, counts[name]) for name, words in WORDS.items())
