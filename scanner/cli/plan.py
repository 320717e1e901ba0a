"""`trustscan plan`: the check before apply."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli import options, records
from scanner.errors import InputError

_Files = Annotated[
    list[str], typer.Argument(help="Plan JSON, saved plan (terraform plan -out), state JSON, or - for standard input.")
]
_Chdir = Annotated[
    Path | None,
    typer.Option(help="Folder a saved plan was made in; else its own folder.", rich_help_panel=options.SCAN),
]
_With = Annotated[
    list[str],
    typer.Option(
        "--with",
        metavar="SCANNER",
        help="Run this scanner on the plans too, offline, and bring its results together with ours: checkov.",
        rich_help_panel=options.SCAN,
    ),
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
    fail_on_new: options.FailOnNew = False,
    with_: _With = [],  # noqa: B006
    format_: options.Format = "table",
    output: options.Output = [],  # noqa: B006
    allow_plugin: options.AllowPlugin = [],  # noqa: B006
    run_dir: options.RunDir = None,
    quiet: options.Quiet = False,
) -> None:
    """Judge Terraform plans, all of them as one world, and say what breaks, where, and how to fix it."""
    from scanner import run
    from scanner.cli import inputs, others
    from scanner.evidence.record import Input, digest

    judging = options.Judging(
        config,
        policies,
        control,
        skip,
        waivers,
        baseline,
        fail_on,
        allow_unknown,
        format_,
        output,
        allow_plugin,
        quiet,
        fail_on_new,
    )
    prepared, began = judging.prepared(), records.now()
    records.ready(run_dir)
    others.check(with_, allow_plugin)
    sources = inputs.sources(files, chdir)
    inputs.spared(files, (path for _, path in prepared.extra))
    told = others.asked(with_, sources, allow_plugin)
    judged = run.judge_plans(sources, prepared.hearing(told))
    if fail_on_new and judged.fragments:
        raise InputError(
            f"{judged.fragments[0]}: holds only planned values, and does not tell what is new: leave out "
            "--fail-on-new, or give the whole output of terraform show -json"
        )
    try:
        prepared.finish(judged.run)
    finally:
        if run_dir is not None:
            read = [Input(name=source.name, sha256=digest(source.content)) for source in sources]
            read += others.inputs(told)
            document = records.made(judged, prepared, kind="plan", began=began, inputs=read)
            records.keep(run_dir, document, quiet=quiet)
