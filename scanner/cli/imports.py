"""`trustscan import`: results of other scanners, beside our own judgement of the same plans or alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli import options, records
from scanner.errors import InputError

_Files = Annotated[
    list[Path],
    typer.Argument(help="Results: checkov's JSON (-o json), or SARIF of checkov, trivy or tf-nag."),
]
_Plan = Annotated[
    list[str],
    typer.Option(
        metavar="FILE",
        help="Plan the results are about, as for 'trustscan plan'; judged too, and both brought together.",
        rich_help_panel=options.SCAN,
    ),
]
_Sources = Annotated[
    list[Path],
    typer.Option(
        "--source",
        parser=options.folder,
        metavar="DIR",
        help="Folder with the sources of a plan in JSON: results that tell file and lines alone are placed by them.",
        rich_help_panel=options.SCAN,
    ),
]


def import_(
    files: _Files,
    plan: _Plan = [],  # noqa: B006 - typer copies it
    chdir: options.Chdir = None,
    source: _Sources = [],  # noqa: B006
    config: options.Config = None,
    policies: options.Policies = [],  # noqa: B006
    control: options.Control = [],  # noqa: B006
    skip: options.Skip = [],  # noqa: B006
    waivers: options.Waivers = None,
    baseline: options.Baseline = None,
    fail_on: options.FailOn = options.Severity.high,
    allow_unknown: options.AllowUnknown = False,
    format_: options.Format = "table",
    output: options.Output = [],  # noqa: B006
    allow_plugin: options.AllowPlugin = [],  # noqa: B006
    run_dir: options.RunDir = None,
    quiet: options.Quiet = False,
) -> None:
    """Show what other scanners found under the SOC 2 criteria, and with --plan where they agree with trustscan."""
    from scanner import run
    from scanner.cli import inputs, others

    judging = options.Judging(
        config, policies, control, skip, waivers, baseline, fail_on, allow_unknown, format_, output, allow_plugin, quiet
    )
    alone = [
        what
        for what, given in (
            ("--source shows where a plan's resources stand", source),
            ("--chdir is for a saved plan", chdir),
            ("--run-dir keeps what trustscan judged", run_dir),
        )
        if given
    ]
    if alone and not plan:
        raise InputError(f"{alone[0]}: give the plan too, with --plan")
    prepared, began = judging.prepared(), records.now()
    records.ready(run_dir)
    told = others.read(files, allow_plugin)
    sources = inputs.sources(plan, inputs.Where(chdir, tuple(source)))
    inputs.spared([*map(str, files), *plan], (path for _, path in prepared.extra))
    settings = prepared.hearing(told)
    judged = run.judge_plans(sources, settings) if sources else run.judge_nothing(settings)
    with records.kept(judged, prepared, run_dir, kind="plan", began=began, inputs=others.inputs(sources, told)):
        prepared.finish(judged.run, judged if sources else None)
