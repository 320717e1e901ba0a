"""`trustscan plan`: the check before apply."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options, records
from scanner.errors import InputError, OutputError

if TYPE_CHECKING:
    from scanner.findings import Run
    from scanner.run import Judged

_Files = Annotated[
    list[str],
    typer.Argument(
        help="Plan JSON, saved plan (terraform plan -out), state JSON, - for standard input, or a folder of sources "
        "that has no plan: less certain."
    ),
]
Sources = Annotated[
    list[Path],
    typer.Option(
        "--source",
        parser=options.folder,
        metavar="DIR",
        help="Folder with the sources of a plan in JSON; a saved plan brings its own.",
        rich_help_panel=options.SCAN,
    ),
]
Var = Annotated[
    list[str],
    typer.Option(
        "--var",
        metavar="NAME=VALUE",
        help="Value of a root variable, for a folder without a plan; goes before those of files.",
        rich_help_panel=options.SCAN,
    ),
]
VarFile = Annotated[
    list[Path],
    typer.Option(
        "--var-file",
        metavar="FILE",
        help="File of such values, beside terraform.tfvars and *.auto.tfvars.",
        rich_help_panel=options.SCAN,
    ),
]
NoSource = Annotated[bool, typer.Option("--no-source", help="Judge by the plan alone.", rich_help_panel=options.SCAN)]
_With = Annotated[
    list[str],
    typer.Option(
        "--with",
        metavar="SCANNER",
        help="Run this scanner on the plans too, offline, and bring its results together with ours: checkov.",
        rich_help_panel=options.SCAN,
    ),
]
_Diff = Annotated[
    bool,
    typer.Option(
        "--diff",
        help="Write what the plan changes, as Markdown for the pull request: verdicts, access, data flow, facts. The "
        "same as --format delta; --output delta=FILE writes it besides.",
        rich_help_panel=options.OUT,
    ),
]


def plan(
    files: _Files,
    chdir: options.Chdir = None,
    source: Sources = [],  # noqa: B006 - typer copies it
    no_source: NoSource = False,
    var: Var = [],  # noqa: B006
    var_file: VarFile = [],  # noqa: B006
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
    diff: _Diff = False,
    format_: options.Format = "table",
    output: options.Output = [],  # noqa: B006
    allow_plugin: options.AllowPlugin = [],  # noqa: B006
    run_dir: options.RunDir = None,
    quiet: options.Quiet = False,
) -> None:
    """Judge Terraform plans, all of them as one world, and say what breaks, where, and how to fix it.

    Exit codes: 0 nothing at or above --fail-on; 1 a failure there, or an expired waiver in use; 2 wrong use or
    unreadable input; 3 something there could not be judged. With --fail-on-new, 1 and 3 are for what the plan brings.
    """
    from scanner import run
    from scanner.cli import inputs, others

    if diff and format_ not in {"table", options.DELTA}:
        raise OutputError(f"--diff and --format {format_}: one goes to standard output; write --output {format_}=FILE")
    judging = options.Judging(
        config,
        policies,
        control,
        skip,
        waivers,
        baseline,
        fail_on,
        allow_unknown,
        options.DELTA if diff else format_,
        output,
        allow_plugin,
        quiet,
        fail_on_new,
        plans=True,
    )
    prepared, began = judging.prepared(), records.now()
    records.ready(run_dir)
    others.check(with_, allow_plugin)
    sources = inputs.sources(files, inputs.Where(chdir, tuple(source), no_source, (*var_file, *var)))
    inputs.spared(files, (path for _, path in prepared.extra))
    told = others.asked(with_, sources, allow_plugin)
    judged = run.judge_plans(sources, prepared.hearing(told))
    if (fail_on_new or judging.wants_delta) and judged.fragments:
        raise InputError(
            f"{judged.fragments[0]}: does not tell what is changed: leave out --fail-on-new and --diff, or give the "
            "plan (the whole output of terraform show -json)"
        )
    with records.kept(judged, prepared, run_dir, kind="plan", began=began, inputs=others.inputs(sources, told)):
        prepared.finish(_told(judged) if judging.wants_delta else judged.run, judged)


def _told(judged: Judged) -> Run:
    """The run, with what its plans change."""
    from scanner.delta.made import with_delta

    return with_delta(judged)
