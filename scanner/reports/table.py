"""For a person at a terminal: failures first, each with its reason and its fix; then what nobody could decide.

Written line by line rather than by a table library: addresses of any length stay whole so that they can be copied,
and no markup of a resource's name is ever interpreted.
"""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TextIO

from scanner.findings import SEVERITIES, Finding, Run, Status
from scanner.reports import text

_GUTTER = 10
_PLAIN_WIDTH = 80
_WIDEST = 100
_NARROWEST = 40
_SUBJECTS = 3
_SNIPPET_LINES = 14
_SNIPPET_LEEWAY = 4
_GAPS = 8
_NOWHERE: Mapping[str, str] = MappingProxyType({})
_STYLES = {
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "info": "2",
    "bold": "1",
    "dim": "2",
    "good": "32",
    "open": "35",
}


class _Page:
    """Lines with a narrow column of labels on their left."""

    def __init__(self, out: TextIO) -> None:
        terminal = out.isatty()
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self._colour = terminal and not plain
        wide = shutil.get_terminal_size((_PLAIN_WIDTH, 24)).columns if terminal else _PLAIN_WIDTH
        self.width = max(_NARROWEST, min(wide, _WIDEST))
        self._out = out

    def blank(self) -> None:
        self._out.write("\n")

    def rule(self, title: str, style: str = "bold") -> None:
        """A heading with a line to the right edge."""
        line = "─" * max(3, self.width - len(title) - 1)
        self._out.write(f"{self._styled(title, style)} {self._styled(line, 'dim')}\n")

    def put(self, label: str, content: str, *, mark: str = "", style: str = "") -> None:
        """A label, and a text that wraps beside it; words longer than the line stay whole."""
        lines = textwrap.wrap(
            text.visible(content), self.width - _GUTTER, break_long_words=False, break_on_hyphens=False
        )
        for i, line in enumerate(lines or [""]):
            head = label.rjust(_GUTTER - 2) if i == 0 else ""
            self._row(head, line, mark, style)

    def whole(self, label: str, content: str, *, mark: str = "", style: str = "") -> None:
        """A label and a text on one line, however long."""
        self._row(label.rjust(_GUTTER - 2), text.visible(content), mark, style)

    def beside(self, label: str, content: str, note: str, *, mark: str = "", style: str = "") -> None:
        """A label, and a text with a note beside it; below it where they do not fit."""
        shown, added = text.visible(content), text.visible(note)
        fits = _GUTTER + len(shown) + 2 + len(added) <= self.width
        left = f"{self._styled(label.rjust(_GUTTER - 2), mark)}{' ' * 2}{self._styled(shown, style)}"
        if added and fits:
            self._out.write(f"{left}  {self._styled(added, 'dim')}\n")
            return
        self.whole(label, content, mark=mark, style=style)
        if added:
            self.whole("", added, style="dim")

    def ends(self, label: str, left: str, right: str, mark: str) -> None:
        """A label, a text, and another at the right edge; below each other where they do not fit."""
        room = self.width - _GUTTER - len(left) - len(right)
        head = self._styled(label.rjust(_GUTTER - 2), mark)
        if room < 2:
            self._out.write(f"{head}  {self._styled(left, 'bold')}\n")
            self.put("", right, style="dim")
        else:
            self._out.write(f"{head}  {self._styled(left, 'bold')}{' ' * room}{self._styled(right, 'dim')}\n")

    def _row(self, head: str, line: str, mark: str, style: str) -> None:
        left = f"{self._styled(head, mark)}{' ' * (_GUTTER - len(head))}"
        self._out.write(f"{left}{self._styled(line, style)}".rstrip() + "\n")

    def _styled(self, content: str, style: str) -> str:
        if not self._colour or not style or not content.strip():
            return content
        return f"\x1b[{_STYLES[style]}m{content}\x1b[0m"


def write(run: Run, out: TextIO) -> None:
    """Write a run for a person to read; passes are only counted."""
    page = _Page(out)
    _failures(page, run)
    _undecided(page, run)
    _disagreements(page, run)
    _waived(page, run)
    _known(page, run)
    _resolved(page, run)
    _gaps(page, run)
    _summary(page, run)


def _failures(page: _Page, run: Run) -> None:
    groups = text.by_control(f for f in run.findings if text.counted(f, Status.FAIL))
    if not groups:
        return
    page.rule("FAILS")
    controls = {control.id: control for control in run.controls}
    for id_, findings in groups.items():
        first = findings[0]
        page.blank()
        page.ends(first.severity.upper(), text.visible(id_), " ".join(first.criteria), first.severity)
        control = controls.get(id_)
        said = text.shared_sense(findings) or (f"Not so here: {control.title}" if control else "")
        if said:
            page.put("", said)
        for finding in findings:
            _failure(page, finding, said)
        page.put("fix", first.fix, mark="good")
        for snippet in text.snippets(control, findings) if control is not None else ():
            _snippet(page, snippet, id_)
    page.blank()


def _failure(page: _Page, finding: Finding, said: str) -> None:
    change = finding.change or "fails"
    mark = finding.severity if change == "brings" else "dim"
    page.beside(change, finding.subject, text.place(finding), mark=mark, style="bold")
    why = text.why(finding)
    if why != said:
        page.put("", why, style="dim")
    if finding.also:
        page.put("also", text.named(finding.also), style="dim")
    _path(page, finding.path)


def _path(page: _Page, path: tuple[str, ...]) -> None:
    """A step a line: how it leads on, and to where."""
    steps = zip(path[1::2], path[2::2], strict=True) if len(path) % 2 else ()
    lines = [path[0], *(f"→ {how} → {end}" for how, end in steps)] if steps else [" → ".join(path)]
    for number, line in enumerate(lines if path else ()):
        page.put("" if number else "path", line)


def _snippet(page: _Page, snippet: str, control: str) -> None:
    lines = snippet.splitlines()
    shown = lines if len(lines) <= _SNIPPET_LINES + _SNIPPET_LEEWAY else lines[:_SNIPPET_LINES]
    for line in shown:
        page.whole("", f"  {line}", style="good")
    if len(shown) < len(lines):
        page.put("", f"  ... 'trustscan explain {control}' shows the rest", style="dim")


def _undecided(page: _Page, run: Run) -> None:
    groups = text.by_reason(f for f in run.findings if text.counted(f, Status.UNKNOWN))
    if not groups:
        return
    page.rule("NOT DECIDED")
    for reason, findings in groups:
        page.blank()
        worst = findings[0].severity
        names = ", ".join(dict.fromkeys(finding.control for finding in findings))
        page.put(worst.upper(), names, mark="open", style="bold")
        page.put("", f"{reason}{f'  ({len(findings)} times)' if len(findings) > 1 else ''}")
        _subjects(page, [finding.subject for finding in findings], _places(findings))
    page.blank()


def _places(findings: Iterable[Finding]) -> dict[str, str]:
    return {finding.subject: text.place(finding) for finding in findings}


def _subjects(page: _Page, names: list[str], places: Mapping[str, str] = _NOWHERE) -> None:
    shown, left = text.few(names, _SUBJECTS)
    for name in shown:
        page.beside("", name, places.get(name, ""), style="dim")
    if left:
        page.put("", f"and {left:,} more", style="dim")


def _disagreements(page: _Page, run: Run) -> None:
    groups = text.disagreements(run)
    if not groups:
        return
    page.rule("OTHERS SAY OTHERWISE")
    for said, reason, findings in groups:
        page.blank()
        page.put(findings[0].status.value.upper(), findings[0].control, style="bold")
        times = f"  ({len(findings)} times)" if len(findings) > 1 else ""
        page.put("", f"{said}; the verdict stays, as: {reason}{times}")
        if known := text.explained(findings):
            page.put("", known, style="dim")
        _subjects(page, [finding.subject for finding in findings], _places(findings))
    page.blank()


def _waived(page: _Page, run: Run) -> None:
    waived = [f for f in run.findings if f.waiver is not None]
    if not waived:
        return
    page.rule("WAIVED")
    for id_, findings in text.by_control(waived).items():
        page.blank()
        page.ends(findings[0].severity.upper(), text.visible(id_), " ".join(findings[0].criteria), "dim")
        for finding in findings:
            page.beside(finding.status.value, finding.subject, text.place(finding), mark="dim")
            if finding.waiver is not None:
                page.put("", text.accepted(finding.waiver), style="dim")
    page.blank()


def _known(page: _Page, run: Run) -> None:
    known = [f for f in run.findings if f.baseline and f.waiver is None and f.status is not Status.PASS]
    if not known:
        return
    page.rule("KNOWN FROM THE BASELINE")
    page.blank()
    for id_, findings in text.by_control(known).items():
        failed = sum(finding.status is Status.FAIL for finding in findings)
        open_ = f", {len(findings) - failed} not decided" if failed < len(findings) else ""
        page.put(findings[0].severity.upper(), f"{id_}: {failed} fail{open_}", mark="dim")
    page.blank()


def _resolved(page: _Page, run: Run) -> None:
    groups = text.by_control(f for f in run.findings if f.change == "resolves")
    if not groups:
        return
    page.rule("RESOLVED BY THIS PLAN", "good")
    for id_, findings in groups.items():
        page.blank()
        page.whole("", id_, style="bold")
        for finding in findings:
            page.whole("resolves", finding.subject, mark="good")
    page.blank()


def _gaps(page: _Page, run: Run) -> None:
    groups = text.gaps_by_reason(run.gaps)
    if not groups:
        return
    page.rule("NOT SEEN")
    page.blank()
    for reason, scopes in groups[:_GAPS]:
        shown, left = text.few(scopes, _SUBJECTS)
        if len(shown) == 1 and not left:
            page.put("", f"{shown[0]}: {reason}")
            continue
        page.put(str(len(scopes)), reason)
        _subjects(page, scopes)
    if len(groups) > _GAPS:
        left = sum(len(scopes) for _, scopes in groups[_GAPS:])
        page.put("", f"and {text.plural(left, 'more gap')}; --format json lists them all", style="dim")
    page.blank()


def _summary(page: _Page, run: Run) -> None:
    failed = [f for f in run.findings if f.status is Status.FAIL]
    undecided = [f for f in run.findings if f.status is Status.UNKNOWN]
    passed = sum(f.status is Status.PASS for f in run.findings)
    worst = next((s for s in SEVERITIES if any(f.severity == s for f in failed)), "good")
    page.rule(", ".join(run.inputs) if len(run.inputs) <= _SUBJECTS else f"{len(run.inputs)} {run.scanned}")
    for name in run.unplanned:
        page.put("sources", f"{name} was judged without a plan: less certain", mark="open")
    page.put("fail", f"{len(failed):,}{_details(failed)}", mark=worst, style="bold")
    page.put("unknown", f"{len(undecided):,}{_details(undecided)}", mark="open" if undecided else "")
    resolved = sum(f.change == "resolves" for f in run.findings)
    page.put("pass", f"{passed:,}{f', {resolved} of them resolved by this plan' if resolved else ''}", mark="good")
    waived = sum(f.waiver is not None for f in run.findings)
    known = sum(f.baseline and f.status is not Status.PASS for f in run.findings)
    if waived or known:
        page.put("of which", f"{waived} waived, {known} known from the baseline")
    for line in run.expired:
        page.put("expired", line, mark="critical")
    for tool, said in text.heard(run):
        page.put(tool, said)
    criteria = text.criteria_of(run)
    page.put("judged", f"{text.judged(run)}{': ' if criteria else ''}{' '.join(criteria)}", style="dim")


def _details(findings: Iterable[Finding]) -> str:
    listed = list(findings)
    brought = sum(f.change == "brings" for f in listed)
    parts = [text.severities(listed), f"{brought:,} brought by this plan" if brought else ""]
    said = "; ".join(part for part in parts if part)
    return f": {said}" if said else ""
