"""`trustscan diff`: two runs or captures compared."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from scanner.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanner.diff import Appearance, Differences
    from scanner.evidence.record import Record

_SHOWN = 40
"""Resources of each section that are written as text."""

_Before = Annotated[
    Path, typer.Argument(help="A record, a folder of --run-dir (its last run), or a capture of --save.")
]
_After = Annotated[Path, typer.Argument(help="The same, to compare with.")]
_JSON = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def diff(
    before: _Before,
    after: _After,
    json: _JSON = False,
    config: options.Config = None,
    policies: options.Policies = [],  # noqa: B006 - typer copies it
    allow_plugin: options.AllowPlugin = [],  # noqa: B006
) -> None:
    """Say what is new, gone or changed between two runs or captures: resources, facts, findings.

    Captures are judged first, with --config and --policies. Exit codes: 0 nothing differs, 1 something does, 2 wrong
    use or unreadable input.
    """
    from scanner.diff import differences
    from scanner.redact import json_text

    judging = options.Judging(
        config, policies, [], [], None, None, options.Severity.high, True, "table", [], allow_plugin, True
    )
    found = differences(_read(before, judging), _read(after, judging))
    if json:
        typer.echo(json_text(_document(found)))
    else:
        for line in _lines(found):
            typer.echo(line)
    raise typer.Exit(1 if found else 0)


def _read(path: Path, judging: options.Judging) -> Record:
    from scanner.collect.capture import Capture, is_capture
    from scanner.evidence import folder

    if not is_capture(path):
        return folder.load(path)
    from scanner import run
    from scanner.cli import records
    from scanner.cli.live_scan import read_capture

    prepared = judging.prepared()
    judged = run.judge_accounts(read_capture(Capture(path), judging.allow_plugin), prepared.settings)
    return records.made(judged, prepared, kind="capture", began=records.now(), inputs=())


def _document(found: Differences) -> dict[str, Any]:
    return {
        "schema": "trustscan-diff/1",
        "new": [_appearance(one) for one in found.new],
        "gone": [_appearance(one) for one in found.gone],
        "facts": [
            {"resource": c.resource, "fact": f"{c.kind}.{c.fact}", "how": c.how, "before": c.before, "after": c.after}
            for c in found.facts
        ],
        "findings": [
            {
                "control": c.control,
                "subject": c.subject,
                "severity": c.severity,
                "before": c.before or None,
                "after": c.after or None,
                "reason": c.reason,
            }
            for c in found.findings
        ],
        "unchanged_resources": found.same,
    }


def _appearance(one: Appearance) -> dict[str, Any]:
    return {"id": one.thing.id, "kind": one.thing.kind, "type": one.thing.type, "doubt": one.doubt or None}


class _Entry(NamedTuple):
    """One resource or subject, and what is said of it."""

    about: str
    lines: list[str]


def _lines(found: Differences) -> Iterator[str]:
    facts, findings = _facts(found), _findings(found)
    sections = (
        (f"new resources: {len(found.new)}", [_appeared("+", one, "may have been there before") for one in found.new]),
        (f"gone resources: {len(found.gone)}", [_appeared("-", one, "may still be there") for one in found.gone]),
        (f"changed facts: {len(found.facts)}, of {len(facts)} resources", facts),
        (f"changed findings: {len(found.findings)}, on {len(findings)} subjects", findings),
    )
    for title, entries in sections:
        if entries:
            yield title
            for entry in entries[:_SHOWN]:
                yield from _filled(entry.about, 2)
                for line in entry.lines:
                    yield from _filled(line, 6)
            if len(entries) > _SHOWN:
                yield f"  and {len(entries) - _SHOWN} more; --json has them all"
    yield f"unchanged resources: {found.same}" if found else f"nothing differs in {found.same} resources"


def _appeared(sign: str, one: Appearance, words: str) -> _Entry:
    return _Entry(f"{sign} {one.thing.kind} {one.thing.id}", [f"{words}: {one.doubt}"] if one.doubt else [])


def _facts(found: Differences) -> list[_Entry]:
    """Changes of facts, those of one resource together."""
    entries: dict[str, _Entry] = {}
    for change in found.facts:
        about = f"~ {change.kind} {change.resource}"
        line = f"{change.fact}: {_told(change.before)} -> {_told(change.after)}"
        entries.setdefault(about, _Entry(about, [])).lines.append(line)
    return list(entries.values())


def _findings(found: Differences) -> list[_Entry]:
    """Changes of verdicts, those on one subject together."""
    entries: dict[str, _Entry] = {}
    for change in sorted(found.findings, key=lambda change: change.subject):
        line = f"{change.control} ({change.severity}): {change.before or 'none'} -> {change.after or 'none'}"
        entries.setdefault(change.subject, _Entry(f"~ {change.subject}", [])).lines.append(line)
    return list(entries.values())


def _filled(text: str, indent: int) -> list[str]:
    """One line as several that fit the terminal; no word is broken, so that a name can be copied whole."""
    from scanner.redact import visible

    return textwrap.wrap(
        visible(text),
        shutil.get_terminal_size().columns,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _told(value: Any) -> str:
    if isinstance(value, dict) and "unknown" in value:
        return f"unknown ({value['unknown']})"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
