"""Markdown for a comment on a pull request: what the plan brings first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TextIO

from scanner.findings import Control, Finding, Run, Status
from scanner.reports import text
from scanner.reports.comment import CELL, Comment, code, fenced, folded, prose, row, short

_SUBJECTS = 5
_GAPS = 10
_LATER = 8_000
"""Bytes kept for what was accepted and what nobody saw, however many fixes there are."""


def write(run: Run, out: TextIO) -> None:
    """Write a run as a comment for a pull request."""
    comment = Comment()
    comment.keep(_LATER)
    _head(comment, run)
    failed = sorted((f for f in run.findings if text.counted(f, Status.FAIL)), key=text.rank)
    for title, change in (("This plan brings", "brings"), ("Fails", None), ("Already there", "keeps")):
        _table(comment, title, [f for f in failed if f.change == change])
    _fixes(comment, failed, {control.id: control for control in run.controls})
    comment.keep(-_LATER)
    _undecided(comment, [f for f in run.findings if text.counted(f, Status.UNKNOWN)])
    _otherwise(comment, run)
    _waived(comment, [f for f in run.findings if f.waiver is not None])
    _known(comment, [f for f in run.findings if f.baseline and f.waiver is None and f.status is not Status.PASS])
    _gaps(comment, run)
    out.write(comment.text())


def _head(comment: Comment, run: Run) -> None:
    failed = [f for f in run.findings if text.counted(f, Status.FAIL)]
    undecided = [f for f in run.findings if text.counted(f, Status.UNKNOWN)]
    brought = sum(f.change == "brings" for f in failed)
    title = text.plural(len(failed), "failure") if failed else "no failures"
    comment.put(f"## trustscan: {title}{f', {len(undecided):,} not decided' if undecided else ''}\n\n")
    counts = (
        f"**{len(failed):,} fail**{_severities(failed)}{f', {brought:,} brought by this plan' if brought else ''} · "
        f"**{len(undecided):,} unknown** · {sum(f.status is Status.PASS for f in run.findings):,} pass · "
        f"{sum(f.waiver is not None for f in run.findings):,} waived"
    )
    resolved = sum(f.change == "resolves" for f in run.findings)
    known = sum(f.baseline and f.status is not Status.PASS for f in run.findings)
    counts += f" · {resolved:,} resolved by this plan" if resolved else ""
    counts += f" · {known:,} known from the baseline" if known else ""
    names = ", ".join(code(name[:CELL]) for name in run.inputs[:_SUBJECTS])
    more = f" and {len(run.inputs) - _SUBJECTS} more" if len(run.inputs) > _SUBJECTS else ""
    comment.put(f"{counts}\n\n{text.judged(run)} in {names}{more}\n")
    for line in run.expired[:_GAPS]:
        comment.put(f"\n**Expired:** {prose(line)}\n")
    for note in run.notes[:_GAPS]:
        comment.put(f"\n{prose(note)}\n")
    for tool, said in text.heard(run):
        comment.put(f"\n{prose(f'{tool} {said}')}\n")


def _severities(findings: Sequence[Finding]) -> str:
    return f" ({text.severities(findings)})" if findings else ""


def _table(comment: Comment, title: str, findings: Sequence[Finding]) -> None:
    head = f"\n### {title} ({len(findings):,})\n\n| Severity | Control | Resource | Why |\n| --- | --- | --- | --- |\n"
    said = {id_: text.shared_sense(group) for id_, group in text.by_control(findings).items()}
    comment.each(head, (_row(finding, said[finding.control]) for finding in findings), "", "finding")


def _row(finding: Finding, said: str) -> str:
    where = f"<br>{code(place)}" if (place := text.place(finding)) else ""
    why = text.why(finding)
    parts = [why] if why.startswith(said) else [said, why]
    parts += [f"also {text.named(finding.also)}"] if finding.also else []
    cells = (
        finding.severity,
        code(finding.control),
        f"{code(finding.subject)}{where}",
        "<br>".join(prose(short(part)) for part in parts),
    )
    return row(*cells)


def _fixes(comment: Comment, failed: Sequence[Finding], controls: dict[str, Control]) -> None:
    groups = text.by_control(failed)
    items = (_fix(id_, findings, controls.get(id_)) for id_, findings in groups.items())
    comment.each(folded(f"How to fix ({text.plural(len(groups), 'control')})"), items, "\n</details>", "fix")


def _fix(id_: str, findings: Sequence[Finding], control: Control | None) -> str:
    risk = f" {prose(control.risk)}" if control is not None else ""
    blocks = "".join(fenced(snippet) for snippet in text.snippets(control, findings)) if control is not None else ""
    path = next((finding.path for finding in findings if finding.path), ())
    way = f"\nPath of data: {' → '.join(code(step) for step in path)}\n" if path else ""
    criteria = ", ".join(map(prose, findings[0].criteria))
    return f"\n**{code(id_)}** ({criteria}){risk}\n{way}\n{prose(findings[0].fix)}\n{blocks}"


def _undecided(comment: Comment, findings: Sequence[Finding]) -> None:
    head = folded(f"Not decided ({len(findings):,})")
    comment.each(head, (_open(*group) for group in text.by_reason(findings)), "\n</details>", "reason")


def _open(reason: str, findings: Sequence[Finding]) -> str:
    controls = ", ".join(code(name) for name in dict.fromkeys(f.control for f in findings))
    return (
        f"- **{findings[0].severity}** {controls}: {prose(short(reason))}\n"
        f"{_listed([f.subject for f in findings], len(findings))}"
    )


def _listed(names: Sequence[str], count: int) -> str:
    shown, left = text.few(names, _SUBJECTS)
    more = f" and {left:,} more" if left else ""
    return f"  ({count:,}) {', '.join(map(code, shown))}{more}\n"


def _otherwise(comment: Comment, run: Run) -> None:
    groups = text.disagreements(run)
    count = sum(len(findings) for _, _, findings in groups)
    title = f"Other scanners say otherwise ({count:,}); the verdicts stay"
    comment.each(folded(title), (_disagreement(*group) for group in groups), "\n</details>", "disagreement")


def _disagreement(said: str, reason: str, findings: Sequence[Finding]) -> str:
    first = findings[0]
    return (
        f"- **{first.status.value}** {code(first.control)}: {prose(said)}; here: {prose(short(reason))}\n"
        f"{_listed([f.subject for f in findings], len(findings))}"
    )


def _waived(comment: Comment, findings: Sequence[Finding]) -> None:
    items = (_waiver(finding) for finding in sorted(findings, key=text.rank))
    comment.each(folded(f"Waived ({len(findings):,})"), items, "\n</details>", "finding")


def _waiver(finding: Finding) -> str:
    waiver = finding.waiver
    if waiver is None:
        return ""
    how = prose(text.accepted(replace(waiver, reason=short(waiver.reason))))
    return f"- {finding.status.value}, {finding.severity}: {code(finding.control)} on {code(finding.subject)}, {how}\n"


def _known(comment: Comment, findings: Sequence[Finding]) -> None:
    count: Callable[[Sequence[Finding]], str] = lambda group: text.plural(len(group), "finding")  # noqa: E731
    items = (f"- {code(id_)}: {count(group)}\n" for id_, group in text.by_control(findings).items())
    comment.each(folded(f"Known from the baseline ({len(findings):,})"), items, "\n</details>", "control")


def _gaps(comment: Comment, run: Run) -> None:
    items = (
        f"- {prose(short(reason))}\n{_listed(scopes, len(scopes))}" for reason, scopes in text.gaps_by_reason(run.gaps)
    )
    comment.each(folded(f"Not seen ({len(run.gaps):,})"), items, "\n</details>", "gap")
