"""`trustscan plan`: the check before apply."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Severity(StrEnum):
    """Severities, the gravest first."""

    critical = "critical"
    high = "high"
    medium = "medium"
    low = "low"
    info = "info"


_SCAN = "What is scanned"
_JUDGE = "How it is judged"
_OUT = "What comes out"


def _formats(incomplete: str) -> list[str]:
    from scanner import plugins

    return [name for name in plugins.names("scanner.reports") if name.startswith(incomplete)]


def _controls(incomplete: str) -> list[str]:
    from scanner.cli.policies import built_in

    return sorted(path.stem for path in built_in().rglob("*.yaml") if path.stem.startswith(incomplete))


_Files = Annotated[
    list[str], typer.Argument(help="Plan JSON, saved plan (terraform plan -out), state JSON, or - for standard input.")
]
_Chdir = Annotated[
    Path | None, typer.Option(help="Folder a saved plan was made in; else its own folder.", rich_help_panel=_SCAN)
]
_Config = Annotated[
    Path | None, typer.Option(help="Settings; else ./trustscan.yaml if there is one.", rich_help_panel=_SCAN)
]
_Policies = Annotated[
    list[Path], typer.Option(help="Folder of your own controls, beside ours.", rich_help_panel=_JUDGE)
]
_Control = Annotated[
    list[str],
    typer.Option(help="Only controls with this id or glob.", rich_help_panel=_JUDGE, autocompletion=_controls),
]
_Skip = Annotated[
    list[str],
    typer.Option(help="No controls with this id or glob.", rich_help_panel=_JUDGE, autocompletion=_controls),
]
_Waivers = Annotated[Path | None, typer.Option(help="File of accepted risks.", rich_help_panel=_JUDGE)]
_Baseline = Annotated[
    Path | None, typer.Option(help="Earlier JSON result; what it had does not fail.", rich_help_panel=_JUDGE)
]
_FailOn = Annotated[
    Severity, typer.Option(help="Exit with 1 for failures of this severity or graver.", rich_help_panel=_JUDGE)
]
_AllowUnknown = Annotated[
    bool, typer.Option("--allow-unknown", help="Do not exit with 3 for what is not decided.", rich_help_panel=_JUDGE)
]
_Format = Annotated[
    str,
    typer.Option(
        "--format", "-f", help="table, json, sarif, junit, markdown.", rich_help_panel=_OUT, autocompletion=_formats
    ),
]
_Output = Annotated[
    list[str], typer.Option("--output", "-o", help="FORMAT=FILE, any number of times.", rich_help_panel=_OUT)
]
_AllowPlugin = Annotated[list[str], typer.Option(help="Distribution whose plugins may run.", rich_help_panel=_OUT)]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No notes on standard error.", rich_help_panel=_OUT)]


def plan(
    files: _Files,
    chdir: _Chdir = None,
    config: _Config = None,
    policies: _Policies = [],  # noqa: B006 - typer copies it
    control: _Control = [],  # noqa: B006
    skip: _Skip = [],  # noqa: B006
    waivers: _Waivers = None,
    baseline: _Baseline = None,
    fail_on: _FailOn = Severity.high,
    allow_unknown: _AllowUnknown = False,
    format_: _Format = "table",
    output: _Output = [],  # noqa: B006
    allow_plugin: _AllowPlugin = [],  # noqa: B006
    quiet: _Quiet = False,
) -> None:
    """Judge Terraform plans, all of them as one world, and say what breaks, where, and how to fix it."""
    from scanner import config as settings
    from scanner import plugins, run
    from scanner import waivers as accepted
    from scanner.cli import inputs, outputs
    from scanner.cli.policies import chosen
    from scanner.redact import visible

    report = plugins.load(outputs.GROUP, format_, allow_plugin)
    extra = outputs.targets(output, allow_plugin)
    made = run.Settings(
        policies=chosen(policies, control, skip),
        today=datetime.now(UTC).date(),
        config=settings.load(config),
        waivers=accepted.load(waivers) if waivers else (),
        baseline=inputs.baseline(baseline),
        allowed_plugins=tuple(allow_plugin),
    )
    result = run.scan_plans(inputs.sources(files, chdir), made)
    for note in () if quiet else result.notes:
        typer.echo(f"note: {visible(note)}", err=True)
    for line in result.expired:
        typer.echo(f"EXPIRED: {visible(line)}", err=True)
    outputs.write(result, report, extra)
    raise typer.Exit(outputs.exit_code(result, fail_on.value, allow_unknown=allow_unknown))
