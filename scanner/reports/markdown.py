"""Markdown for a comment on a pull request: what the plan brings first, never longer than a comment may be.

Nothing of a plan is ever read as markup: words of plain letters stand as they are, every other word in a code span,
where neither links, mentions, references, HTML nor tables begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

from scanner.model import Control, Finding, Run, Status
from scanner.reports import text

LIMIT = 65_536
"""Characters in a comment on GitHub; we stay below it in bytes too."""

_BAR = "\\|"
_RESERVE = 1_200
_PLAIN = re.compile(
    r"[^\W\d_]+(?:['-][^\W\d_]+)*"  # letters
    r"|\d{1,5}(?:\.\d{1,3})?"  # numbers: longer ones may be commits
    r"|[A-Za-z]{1,4}\d{1,2}(?:\.\d{1,2})?"  # S3, CC6.1
)
_ITEM = re.compile(r"\d+[.)]")
_TICKS = re.compile("`+")
_CELL = 400
_SUBJECTS = 5
_GAPS = 10


class _Comment:
    """Text with a limit: a part goes in whole, or is left out."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._left = LIMIT - _RESERVE

    def put(self, part: str) -> bool:
        """Add a part if there is room for it."""
        size = len(part.encode("utf-8", "replace"))
        if size > self._left:
            return False
        self._left -= size
        self._parts.append(part)
        return True

    def each(self, head: str, items: Iterable[str], tail: str, what: str) -> None:
        """A head, as many items as fit, how many do not, and a tail; nothing without room for one."""
        listed = list(items)
        tail = f"{tail}\n"
        spare = len(tail.encode()) + 80
        if not listed or self._left < len(head.encode()) + len(listed[0].encode("utf-8", "replace")) + spare:
            if listed:
                self.put(f"\n{text.plural(len(listed), what)} left out: the comment would be too long.\n")
            return
        self.put(head)
        self._left -= spare
        kept = 0
        for item in listed:
            if not self.put(item):
                break
            kept += 1
        self._left += spare
        missing = len(listed) - kept
        more = f"\n{text.plural(missing, f'more {what}')} left out: the comment would be too long.\n" if missing else ""
        self.put(f"{more}{tail}")

    def text(self) -> str:
        """All of it."""
        return "".join(self._parts)


def write(run: Run, out: TextIO) -> None:
    """Write a run as a comment for a pull request."""
    comment = _Comment()
    _head(comment, run)
    failed = sorted((f for f in run.findings if text.counted(f, Status.FAIL)), key=text.rank)
    for title, change in (("This plan brings", "brings"), ("Fails", None), ("Already there", "keeps")):
        _table(comment, title, [f for f in failed if f.change == change])
    _fixes(comment, failed, {control.id: control for control in run.controls})
    _undecided(comment, [f for f in run.findings if text.counted(f, Status.UNKNOWN)])
    _waived(comment, [f for f in run.findings if f.waiver is not None])
    _known(comment, [f for f in run.findings if f.baseline and f.waiver is None and f.status is not Status.PASS])
    _gaps(comment, run)
    out.write(comment.text())


def code(content: str) -> str:
    """A code span that holds exactly this text; in a table its bars are still to be escaped."""
    inner = text.visible(content)
    longest = max(map(len, _TICKS.findall(inner)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if not inner or inner.startswith("`") or inner.endswith(("`", "\\")) else ""
    return f"{fence}{pad}{inner}{pad or ''}{fence}" if inner.strip() else f"{fence} {fence}"


def prose(content: str) -> str:
    """A sentence whose plain words stand as they are and whose other words are code."""
    words = text.visible(content).split()
    listed = bool(words) and _ITEM.fullmatch(words[0]) is not None
    return " ".join([code(words[0]), *map(_word, words[1:])] if listed else map(_word, words))


def _word(word: str) -> str:
    inner = word.rstrip(".,;:")
    if inner.endswith(")") and (inner.startswith("(") or "(" not in inner):
        inner = inner[:-1]
    after = word[len(inner) :]
    before = "(" if inner.startswith("(") else ""
    inner = inner[len(before) :]
    return before + (inner if not inner or _PLAIN.fullmatch(inner) else code(inner)) + after


def _head(comment: _Comment, run: Run) -> None:
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
    judged = (
        f"{text.plural(run.resources, 'resource')}, {text.plural(len(run.controls), 'control')}, "
        f"{len(text.criteria_of(run))} SOC 2 criteria"
    )
    names = ", ".join(code(name[:_CELL]) for name in run.inputs[:_SUBJECTS])
    more = f" and {len(run.inputs) - _SUBJECTS} more" if len(run.inputs) > _SUBJECTS else ""
    comment.put(f"{counts}\n\n{judged} in {names}{more}\n")
    for line in run.expired[:_GAPS]:
        comment.put(f"\n**Expired:** {prose(line)}\n")
    for note in run.notes[:_GAPS]:
        comment.put(f"\n{prose(note)}\n")


def _severities(findings: Sequence[Finding]) -> str:
    return f" ({text.severities(findings)})" if findings else ""


def _table(comment: _Comment, title: str, findings: Sequence[Finding]) -> None:
    head = f"\n### {title} ({len(findings):,})\n\n| Severity | Control | Resource | Why |\n| --- | --- | --- | --- |\n"
    said = {id_: text.shared_sense(group) for id_, group in text.by_control(findings).items()}
    comment.each(head, (_row(finding, said[finding.control]) for finding in findings), "", "finding")


def _row(finding: Finding, said: str) -> str:
    where = f"<br>{code(place)}" if (place := text.place(finding)) else ""
    why = text.why(finding)
    parts = [why] if why.startswith(said) else [said, why]
    cells = (
        finding.severity,
        code(finding.control),
        f"{code(finding.subject)}{where}",
        "<br>".join(prose(_short(part)) for part in parts),
    )
    return f"| {' | '.join(cell.replace('|', _BAR) for cell in cells)} |\n"


def _short(content: str) -> str:
    return content if len(content) <= _CELL else f"{content[:_CELL].rpartition(' ')[0]} ..."


def _fixes(comment: _Comment, failed: Sequence[Finding], controls: dict[str, Control]) -> None:
    groups = text.by_control(failed)
    items = (_fix(id_, findings, controls.get(id_)) for id_, findings in groups.items())
    comment.each(_folded(f"How to fix ({text.plural(len(groups), 'control')})"), items, "\n</details>", "fix")


def _fix(id_: str, findings: Sequence[Finding], control: Control | None) -> str:
    risk = f" {prose(control.risk)}" if control is not None else ""
    blocks = "".join(_fenced(snippet) for snippet in text.snippets(control, findings)) if control is not None else ""
    path = next((finding.path for finding in findings if finding.path), ())
    way = f"\nPath of data: {' → '.join(code(step) for step in path)}\n" if path else ""
    criteria = ", ".join(map(prose, findings[0].criteria))
    return f"\n**{code(id_)}** ({criteria}){risk}\n{way}\n{prose(findings[0].fix)}\n{blocks}"


def _fenced(snippet: str) -> str:
    longest = max(map(len, _TICKS.findall(snippet)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"\n{fence}terraform\n{snippet}\n{fence}\n"


def _folded(title: str) -> str:
    return f"\n<details>\n<summary>{title}</summary>\n\n"


def _undecided(comment: _Comment, findings: Sequence[Finding]) -> None:
    head = _folded(f"Not decided ({len(findings):,})")
    comment.each(head, (_open(*group) for group in text.by_reason(findings)), "\n</details>", "reason")


def _open(reason: str, findings: Sequence[Finding]) -> str:
    controls = ", ".join(code(name) for name in dict.fromkeys(f.control for f in findings))
    return (
        f"- **{findings[0].severity}** {controls}: {prose(_short(reason))}\n"
        f"{_listed([f.subject for f in findings], len(findings))}"
    )


def _listed(names: Sequence[str], count: int) -> str:
    shown, left = text.few(names, _SUBJECTS)
    more = f" and {left:,} more" if left else ""
    return f"  ({count:,}) {', '.join(map(code, shown))}{more}\n"


def _waived(comment: _Comment, findings: Sequence[Finding]) -> None:
    items = (_waiver(finding) for finding in sorted(findings, key=text.rank))
    comment.each(_folded(f"Waived ({len(findings):,})"), items, "\n</details>", "finding")


def _waiver(finding: Finding) -> str:
    waiver = finding.waiver
    if waiver is None:
        return ""
    ticket = f" ({prose(waiver.ticket)})" if waiver.ticket else ""
    return (
        f"- {finding.status.value}, {finding.severity}: {code(finding.control)} on {code(finding.subject)}, "
        f"until {prose(waiver.expires)}, asked for by {prose(waiver.requester)}, approved by {prose(waiver.approver)}: "
        f"{prose(_short(waiver.reason))}{ticket}\n"
    )


def _known(comment: _Comment, findings: Sequence[Finding]) -> None:
    count: Callable[[Sequence[Finding]], str] = lambda group: text.plural(len(group), "finding")  # noqa: E731
    items = (f"- {code(id_)}: {count(group)}\n" for id_, group in text.by_control(findings).items())
    comment.each(_folded(f"Known from the baseline ({len(findings):,})"), items, "\n</details>", "control")


def _gaps(comment: _Comment, run: Run) -> None:
    items = (
        f"- {prose(_short(reason))}\n{_listed(scopes, len(scopes))}" for reason, scopes in text.gaps_by_reason(run.gaps)
    )
    comment.each(_folded(f"Not seen ({len(run.gaps):,})"), items, "\n</details>", "gap")
