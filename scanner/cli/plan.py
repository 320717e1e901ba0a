"""`trustscan plan`: the check before apply."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli import options

_Files = Annotated[
    list[str], typer.Argument(help="Plan JSON, saved plan (terraform plan -out), state JSON, or - for standard input.")
]
_Chdir = Annotated[
    Path | None,
    typer.Option(help="Folder a saved plan was made in; else its own folder.", rich_help_panel=options.SCAN),
]


def plan(
    files: _Files,
    chdir: _Chdir = None,
    config: options.Config = None,
    policies: options.Policies = [],  # noqa: B006 - typer copies it
    control: options.Control = [],  # noqa: B006
    skip: options.Skip = [],  # noqa: B006
    waivers: options.Waivers = None,
    baseline: options.Baseline = None,
    fail_on: options.FailOn = options.Severity.high,
    allow_unknown: options.AllowUnknown = False,
    format_: options.Format = "table",
    output: options.Output = [],  # noqa: B006
    allow_plugin: options.AllowPlugin = [],  # noqa: B006
    quiet: options.Quiet = False,
) -> None:
    """Judge Terraform plans, all of them as one world, and say what breaks, where, and how to fix it."""
    from scanner import run
    from scanner.cli import inputs

    judging = options.Judging(
        config, policies, control, skip, waivers, baseline, fail_on, allow_unknown, format_, output, allow_plugin, quiet
    )
    prepared = judging.prepared()
    prepared.finish(run.scan_plans(inputs.sources(files, chdir), prepared.settings))
