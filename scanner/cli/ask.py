"""`trustscan ask`: the auditor's named questions over data flow and access."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import columns, options, plan
from scanner.errors import InputError
from scanner.redact import visible

if TYPE_CHECKING:
    from scanner.cli.access_asked import Seen
    from scanner.questions.named.posing import Question

ALL = "all"


class _Format(StrEnum):
    table = "table"
    json = "json"


_Name = Annotated[
    str, typer.Argument(metavar="[NAME]", help="The question; without one, all questions are listed. `all` asks each.")
]
_Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="[INPUTS]...",
        help="Plan JSON, saved plan, state JSON, - for standard input, or a folder of sources; any number. Or one "
        "folder that trustscan live --save wrote.",
    ),
]
_Since = Annotated[
    Path | None,
    typer.Option(metavar="OTHER", help="An earlier plan, folder or capture, for what changed since."),
]
_FormatOption = Annotated[
    _Format, typer.Option("--format", "-f", metavar="FORMAT", help="table or json.", rich_help_panel=options.OUT)
]


def ask(
    name: _Name = "",
    inputs: _Inputs = [],  # noqa: B006 - typer copies it
    since: _Since = None,
    chdir: options.Chdir = None,
    source: plan.Sources = [],  # noqa: B006
    no_source: plan.NoSource = False,
    var: plan.Var = [],  # noqa: B006
    var_file: plan.VarFile = [],  # noqa: B006
    config: options.Config = None,
    format_: _FormatOption = _Format.table,
    allow_plugin: options.AllowPlugin = [],  # noqa: B006
    quiet: options.Quiet = False,
) -> None:
    """Answer one of an auditor's questions: where do prompts rest for ever, who can decrypt, what leaves the region.

    What is certain and what is only possible stand apart, with what was not seen. Exit codes: 0 answered, 2 wrong use
    or unreadable input.
    """
    from scanner.cli import access_asked, ask_written
    from scanner.cli.inputs import Where
    from scanner.questions.named.posing import Posed, posed

    if not name:
        typer.echo(ask_written.catalogue(), nl=False)
        return
    questions = _questions(name)
    if not inputs:
        raise InputError(f"ask {name}: name a plan, a folder of sources or a capture to ask about")
    if since is not None and all(one.name != "changes" for one in questions):
        raise InputError("--since is for the question `changes`")
    if name == "changes" and since is None:
        raise InputError("ask changes: name the earlier plan, folder or capture with --since")
    where = Where(chdir, tuple(source), no_source, (*var_file, *var))
    seen = access_asked.see(inputs, where, config, allow_plugin)
    before = None if since is None else _earlier(since, config, allow_plugin)
    about = Posed(seen.asked, datetime.now(UTC).date(), before.asked.world if before else None)
    asked = [one for one in questions if one.name != "changes" or before is not None]
    answers = [ask_written.hidden(posed(question, about), seen.hide) for question in asked]
    for note in () if quiet else seen.notes:
        typer.echo(f"note: {visible(note)}", err=True)
    _write(ask_written.WRITERS[format_.value](tuple(map(seen.hide.text, seen.names)), answers))


def _questions(name: str) -> list[Question]:
    from scanner.questions.named.catalogue import QUESTIONS

    if name == ALL:
        return list(QUESTIONS.values())
    if name not in QUESTIONS:
        near = difflib.get_close_matches(name, QUESTIONS, 1)
        hint = f"; {near[0]}?" if near else ""
        raise InputError(f"there is no question {name!r}{hint} `trustscan ask` lists them all")
    return [QUESTIONS[name]]


def _earlier(since: Path, config: Path | None, allowed: list[str]) -> Seen:
    from scanner.cli import access_asked
    from scanner.cli.inputs import Where

    return access_asked.see([str(since)], Where(None, (), none=False, given=()), config, allowed)


def _write(text: str) -> None:
    columns.utf8()
    typer.echo(text, nl=False)
