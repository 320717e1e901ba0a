"""`trustscan access`: the one page an auditor asks for, who can do what and by what chain."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import columns, options, plan
from scanner.errors import InputError
from scanner.redact import visible

if TYPE_CHECKING:
    from scanner.cli.access_asked import Told

_WHAT = "What is asked"


class _Format(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"


_Inputs = Annotated[
    list[str],
    typer.Argument(
        help="Plan JSON, saved plan, state JSON, - for standard input, or a folder of sources; any number. Or one "
        "folder that trustscan live --save wrote."
    ),
]
_WhoCan = Annotated[
    tuple[str, str] | None,
    typer.Option(
        "--who-can",
        metavar="ACTION RESOURCE",
        help="One question alone: who can do this action, such as s3:GetObject, on this resource: an address or ARN, "
        "which may hold *, or * for anything.",
        rich_help_panel=_WHAT,
    ),
]
_By = Annotated[
    str,
    typer.Option(
        metavar="IDENTITY",
        help="Only what this identity can do, itself or as another: its address, ARN or name.",
        rich_help_panel=_WHAT,
    ),
]
_Environment = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Only on resources of this environment, and on those whose environment is not known.",
        rich_help_panel=_WHAT,
    ),
]
_FormatOption = Annotated[
    _Format,
    typer.Option("--format", "-f", metavar="FORMAT", help="table, json or csv.", rich_help_panel=options.OUT),
]


def access(
    inputs: _Inputs,
    who_can: _WhoCan = None,
    by: _By = "",
    environment: _Environment = "",
    chdir: options.Chdir = None,
    source: plan.Sources = [],  # noqa: B006 - typer copies it
    no_source: plan.NoSource = False,
    var: plan.Var = [],  # noqa: B006
    var_file: plan.VarFile = [],  # noqa: B006
    config: options.Config = None,
    format_: _FormatOption = _Format.table,
    allow_plugin: options.AllowPlugin = [],  # noqa: B006
    quiet: options.Quiet = False,
) -> None:
    """Say who can view prompts, export transcripts, change models, make releases, stop the record, and by what chain.

    What is certain and what is only possible stand apart, with reasons. Exit codes: 0 answered, 2 wrong use or
    unreadable input.
    """
    from scanner.cli import access_asked
    from scanner.cli.inputs import Where

    if who_can and (by or environment):
        raise InputError("--who-can is a question of its own: leave out --by and --environment")
    where = Where(chdir, tuple(source), no_source, (*var_file, *var))
    seen = access_asked.see(inputs, where, config, allow_plugin)
    told = access_asked.one(seen, *who_can) if who_can else access_asked.everything(seen, by, environment)
    for note in () if quiet else told.notes:
        typer.echo(f"note: {visible(note)}", err=True)
    _write(told, format_)


def _write(told: Told, format_: _Format) -> None:
    from scanner.cli import access_data, access_text

    writers = {
        _Format.table: access_text.written,
        _Format.json: access_data.as_json,
        _Format.csv: access_data.as_csv,
    }
    columns.utf8()
    typer.echo(writers[format_](told), nl=False)
