"""What a plan changes, as Markdown for a comment on its pull request: verdicts, access, data flow, facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TextIO

from scanner.delta.flow import data_of
from scanner.delta.made import Delta, PlanRun
from scanner.delta.verdicts import VerdictChange, Verdicts
from scanner.errors import OutputError
from scanner.findings import Run
from scanner.reports import text
from scanner.reports.comment import Comment, code, folded, prose, row, short
from scanner.reports.delta_access import access, wild_access
from scanner.reports.delta_facts import facts, flow, openings, plain
from scanner.reports.delta_reach import reach

_INPUTS = 5
_SHOWN = 60
"""Entries of each list that are written, however much room there is."""

_HOLDERS = ("store", "secret", "agent")
"""Kinds of which it matters what they hold."""

_DEEDS = ("created", "changed", "replaced", "deleted", "forgotten")
_STATUS = {"pass": "pass", "fail": "fail", "unknown": "not decided"}


def write(run: Run, out: TextIO) -> None:
    """Write what the plans of a run change.

    Raises OutputError for a run of anything else.
    """
    if not isinstance(run, PlanRun):
        raise OutputError("delta: only a plan changes anything; it is a format of trustscan plan")
    comment, delta = Comment(), run.delta
    _head(comment, run)
    if delta.fresh:
        _kinds(comment, delta)
    _verdicts(comment, delta)
    if delta.fresh:
        wild_access(comment, delta)
        reach(comment, delta)
        openings(comment, delta)
    elif delta.deeds:
        access(comment, delta)
        reach(comment, delta)
        flow(comment, delta)
        facts(comment, delta)
    elif delta.moved:
        plain(comment, delta)
    out.write(comment.text())


def _head(comment: Comment, run: PlanRun) -> None:
    delta = run.delta
    comment.put(f"## trustscan: {_title(delta)}\n\n")
    counts = [f"**{delta.counts[deed]:,} {deed}**" for deed in _DEEDS if delta.counts[deed]]
    counts += [f"**{len(delta.moved):,} moved**"] if delta.moved else []
    names = ", ".join(code(name) for name in run.inputs[:_INPUTS])
    more = f" and {len(run.inputs) - _INPUTS} more" if len(run.inputs) > _INPUTS else ""
    counted = " · ".join(counts) or f"{text.plural(run.resources, 'resource')} judged"
    comment.put(f"{counted} in {names}{more}\n")
    if not delta.told:
        comment.put("\nWhat is judged is a state: it shows what was last applied, and plans nothing.\n")
    found = delta.verdicts
    if delta.deeds and not (found.worse or found.lost or found.open):
        comment.put("\nNothing fails that did not, and all that was decided still is.\n")
    for note in run.notes[:_INPUTS]:
        comment.put(f"\n{prose(short(note))}\n")


def _title(delta: Delta) -> str:
    if not delta.deeds:
        return "this plan changes nothing but names" if delta.moved else "this plan changes nothing"
    found = delta.verdicts
    if delta.fresh:
        return f"everything is new: {_fresh(found)}"
    parts = (
        (found.worse, "{} worse"),
        (found.better, "{} better"),
        (found.lost, "{} not decided any more"),
        (found.open, "{} new and not decided"),
        (found.decided, "{} decided that was not"),
    )
    told = [said.format(f"{count:,}") for changes, said in parts if (count := _counted(changes))]
    if not told:
        return "no verdict changes"
    first, *rest = told
    number, _, what = first.partition(" ")
    return ", ".join([f"{number} verdict{'' if number == '1' else 's'} {what}", *rest])


def _fresh(found: Verdicts) -> str:
    failures = text.plural(_counted(found.worse), "failure") if _counted(found.worse) else "no failures"
    return f"{failures}{f', {_counted(found.open):,} not decided' if _counted(found.open) else ''}"


def _counted(changes: Iterable[VerdictChange]) -> int:
    return sum(not told.accepted for told in changes)


def _kinds(comment: Comment, delta: Delta) -> None:
    """What a plan makes, where all is new: kinds, types and data classes."""
    rows: dict[str, tuple[Counter[str], dict[str, None]]] = {}
    for things in delta.things.values():
        for thing in things:
            if thing.provider_type:
                types, classes = rows.setdefault(thing.kind, (Counter(), {}))
                types[thing.type or thing.provider_type] += 1
                classes.update(dict.fromkeys(data_of(thing) if thing.kind in _HOLDERS else ()))
    head = "\n### New\n\n| Kind | How many | Of which | Data |\n| --- | --- | --- | --- |\n"
    comment.each(head, (_kind(kind, *rows[kind]) for kind in sorted(rows)), "", "kind")


def _kind(kind: str, types: Counter[str], classes: Iterable[str]) -> str:
    listed = ", ".join(f"{count:,} {code(type_)}" for type_, count in types.most_common())
    return row(code(kind), f"{types.total():,}", listed, ", ".join(map(code, classes)))


def _verdicts(comment: Comment, delta: Delta) -> None:
    found = delta.verdicts
    sections = (
        ("Fails" if delta.fresh else "Worse", found.worse),
        ("Fails as before, for other reasons", found.otherwise),
        ("Not decided any more", found.lost),
        ("Better", found.better),
        ("Failed, and nothing is said of it now", found.unasked),
    )
    if any(changes for _, changes in sections) or found.open or found.decided:
        comment.put("\n### Verdicts\n")
    for title, changes in sections:
        head = (
            f"\n**{title} ({len(changes):,})**\n\n| Severity | Control | Resource | Was | Why |\n"
            + "| --- " * 5
            + "|\n"
        )
        comment.most(head, [_row(told, delta) for told in changes], "", "verdict", _SHOWN)
    for title, changes in (("New and not decided", found.open), ("Decided that was not", found.decided)):
        head = folded(f"{title} ({len(changes):,})")
        comment.most(head, _by_reason(changes), "\n</details>", "reason", _SHOWN)


def _row(told: VerdictChange, delta: Delta) -> str:
    change, finding = told.change, told.finding
    place = delta.places.get(change.subject, "")
    accepted = ""
    if finding is not None and told.accepted:
        accepted = (
            f"<br>waived until {prose(finding.waiver.expires)}" if finding.waiver else "<br>known from the baseline"
        )
    return row(
        f"{change.severity}{accepted}",
        code(change.control),
        f"{code(change.subject)}{f'<br>{code(place)}' if place else ''}",
        _STATUS.get(change.before, "new" if delta.deeds.get(change.subject) == "created" else "not asked"),
        prose(short(_why(told))),
    )


def _why(told: VerdictChange) -> str:
    if told.gone:
        return (
            "is deleted" if told.gone == "deleted" else "leaves Terraform's care: it stays, and is not judged any more"
        )
    if told.finding is None:
        was = f"; it was: {told.change.reason}" if told.change.reason else ""
        return f"the control does not ask for it any more{was}"
    if told.change.before == told.change.after:
        return f"{text.why(told.finding)}; it was: {told.change.reason}"
    if told.finding.status == "pass":
        return told.finding.reason or text.sense(told.finding)
    return text.why(told.finding)


def _by_reason(changes: Sequence[VerdictChange]) -> list[str]:
    findings = [told.finding for told in changes if told.finding is not None]
    lines = []
    for reason, group in text.by_reason(findings):
        controls = ", ".join(code(name) for name in dict.fromkeys(finding.control for finding in group))
        names, left = text.few([finding.subject for finding in group], _INPUTS)
        more = f" and {left:,} more" if left else ""
        said = f": {prose(short(reason))}" if group[0].status == "unknown" else ""
        lines.append(
            f"- **{group[0].severity}** {controls}{said}\n  ({len(group):,}) {', '.join(map(code, names))}{more}\n"
        )
    return lines
