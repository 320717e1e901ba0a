"""Records of runs on the command line: kept with --run-dir, compared with `trustscan diff`."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanner.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scanner.diff import Differences
    from scanner.evidence.record import Input, Record
    from scanner.run import Judged

_SHOWN = 40


def now() -> str:
    """The time now in UTC, as records write it."""
    return written(datetime.now(UTC))


def written(moment: datetime) -> str:
    """A moment as records write it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def made(judged: Judged, prepared: options.Prepared, *, kind: str, began: str, inputs: Iterable[Input]) -> Record:
    """Make the record of what was judged just now."""
    from scanner.evidence.record import Made, record
    from scanner.evidence.tool import tool_digest

    judging = prepared.judging
    files = {
        "config": judging.config or Path("trustscan.yaml"),
        "waivers": judging.waivers,
        "baseline": judging.baseline,
    }
    return record(
        judged.run,
        judged.world,
        judged.hide,
        Made(
            tool_sha256=tool_digest(),
            kind=kind,
            began=began,
            ended=now(),
            inputs=tuple(inputs),
            rules={policy.control.id: policy.digest for policy in prepared.settings.policies},
            settings={name: _digest(path) for name, path in files.items() if path is not None and path.is_file()},
        ),
    )


def ready(folder: Path | None) -> None:
    """Make sure, before anything is scanned, that its record can be kept.

    Raises InputError, OutputError.
    """
    from scanner.evidence import folder as kept

    if folder is not None:
        kept.ready(folder)


def keep(folder: Path, document: Record, *, quiet: bool) -> None:
    """Leave the record of a run in a folder.

    Raises InputError, OutputError.
    """
    from scanner.evidence import folder as kept
    from scanner.redact import visible

    path = kept.keep(folder, document)
    if not quiet:
        typer.echo(f"note: kept as {visible(str(path))}", err=True)


def named(path: Path) -> str:
    """A path as a record names it: bytes that are no UTF-8 are written as text."""
    return os.fsencode(path).decode(errors="backslashreplace")


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
) -> None:
    """Say what is new, gone or changed between two runs or captures: resources, facts, findings.

    Exit codes: 0 nothing differs, 1 something does, 2 wrong use or unreadable input.
    """
    import msgspec

    from scanner.diff import differences

    judging = options.Judging(config, policies, [], [], None, None, options.Severity.high, True, "table", [], [], True)
    found = differences(_read(before, judging), _read(after, judging))
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(_document(found)), indent=1).decode())
    else:
        for line in _lines(found):
            typer.echo(line)
    raise typer.Exit(1 if found else 0)


def _read(path: Path, judging: options.Judging) -> Record:
    from scanner.evidence import folder
    from scanner.evidence.record import Input

    if not (path / "capture.json").exists():
        return folder.load(path)
    from scanner import run
    from scanner.cli.live_scan import read_capture
    from scanner.collect.capture import Capture

    prepared = judging.prepared()
    judged = run.judge_accounts(read_capture(Capture(path), []), prepared.settings)
    return made(judged, prepared, kind="capture", began=now(), inputs=[Input(name=str(path))])


def _document(found: Differences) -> dict[str, Any]:
    return {
        "schema": "trustscan-diff/1",
        "new": [{"id": thing.id, "kind": thing.kind, "type": thing.type} for thing in found.new],
        "gone": [{"id": thing.id, "kind": thing.kind, "type": thing.type} for thing in found.gone],
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


def _lines(found: Differences) -> Iterable[str]:
    from scanner.redact import visible

    sections: list[tuple[str, list[str]]] = [
        ("new resources", [f"+ {thing.kind} {thing.id}" for thing in found.new]),
        ("gone resources", [f"- {thing.kind} {thing.id}" for thing in found.gone]),
        (
            "facts",
            [f"~ {c.resource}\n    {c.fact}: {_told(c.before)} -> {_told(c.after)}" for c in found.facts],
        ),
        (
            "findings",
            [
                f"~ {c.subject}\n    {c.control} ({c.severity}): {c.before or 'none'} -> {c.after or 'none'}"
                for c in found.findings
            ],
        ),
    ]
    for title, lines in sections:
        if lines:
            yield f"{title}: {len(lines)}"
            yield from ("\n".join(f"  {visible(part)}" for part in line.split("\n")) for line in lines[:_SHOWN])
            if len(lines) > _SHOWN:
                yield f"  and {len(lines) - _SHOWN} more; --json has them all"
    yield f"unchanged: {found.same} resources" if found else f"nothing differs in {found.same} resources"


def _told(value: Any) -> str:
    if isinstance(value, dict) and "unknown" in value:
        return f"unknown ({value['unknown']})"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
