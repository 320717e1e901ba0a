"""`trustscan graph`: where the data goes, as text, picture or data."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import columns, options, plan
from scanner.redact import visible

if TYPE_CHECKING:
    from scanner.cli.graph_asked import Asked

_WHAT = "What is asked"


class _Format(StrEnum):
    table = "table"
    json = "json"
    svg = "svg"
    graphml = "graphml"
    dot = "dot"
    mermaid = "mermaid"


class _Tier(StrEnum):
    declared = "declared"
    likely = "likely"
    possible = "possible"


_Inputs = Annotated[
    list[str],
    typer.Argument(
        help="Plan JSON, saved plan, state JSON, - for standard input, or a folder of sources; any number. Or one "
        "folder that trustscan live --save wrote."
    ),
]
_TierOption = Annotated[
    _Tier | None,
    typer.Option(
        metavar="TIER",
        help="The least sure flows that are told: declared (wired), likely (a scoped grant or a setting), possible (a "
        "wide grant or an open network alone). Else likely for what people read, and possible for json, graphml and "
        "dot.",
        rich_help_panel=_WHAT,
    ),
]
_Environment = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Only flows with an end in this environment, or in one that is not known.",
        rich_help_panel=_WHAT,
    ),
]
_Class = Annotated[
    str,
    typer.Option(
        "--class",
        metavar="CLASS",
        help="Only flows that carry this data class, such as prompt, or one of a group: conversation, log.",
        rich_help_panel=_WHAT,
    ),
]
_Diff = Annotated[
    str,
    typer.Option(
        "--diff",
        metavar="OTHER",
        help="An earlier plan, state, folder or capture: mark the flows that come, go and change since.",
        rich_help_panel=_WHAT,
    ),
]
_FormatOption = Annotated[
    _Format,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help="table, json, svg (a page of at most 60 boxes), graphml, dot or mermaid (as svg).",
        rich_help_panel=options.OUT,
    ),
]
_Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="File to write, else standard output.", rich_help_panel=options.OUT
    ),
]


def graph(
    inputs: _Inputs,
    tier: _TierOption = None,
    environment: _Environment = "",
    class_: _Class = "",
    diff: _Diff = "",
    chdir: options.Chdir = None,
    source: plan.Sources = [],  # noqa: B006 - typer copies it
    no_source: plan.NoSource = False,
    var: plan.Var = [],  # noqa: B006
    var_file: plan.VarFile = [],  # noqa: B006
    config: options.Config = None,
    format_: _FormatOption = _Format.table,
    output: _Output = None,
    allow_plugin: options.AllowPlugin = [],  # noqa: B006
    quiet: options.Quiet = False,
) -> None:
    """Show where the data goes: every flow with the setting or permission that shows it, and how sure it is.

    Exit codes: 0 answered, 2 wrong use or unreadable input.
    """
    from scanner.cli import graph_asked
    from scanner.cli.inputs import Where, spared

    least = (tier or _usual(format_)).value
    asked = graph_asked.checked(least, environment, class_)
    spared(filter(None, [*inputs, diff]), [output] if output else [])
    where = Where(chdir, tuple(source), no_source, (*var_file, *var))
    told = graph_asked.see(inputs, diff, where, config, allow_plugin, asked)
    for note in () if quiet else told.notes:
        typer.echo(f"note: {visible(note)}", err=True)
    _write(_written(told, format_), output)


def _usual(format_: _Format) -> _Tier:
    """Programs get everything, people what they can rely on; what is left out is told to them."""
    return _Tier.possible if format_ in {_Format.json, _Format.graphml, _Format.dot} else _Tier.likely


def _written(told: Asked, format_: _Format) -> str:
    from scanner.cli import graph_asked, graph_text

    if format_ is _Format.table:
        return graph_text.written(told)
    return graph_asked.written(told, format_.value)


def _write(text: str, output: Path | None) -> None:
    from scanner.cli import outputs

    if output is not None:
        outputs.save(output, text)
        return
    columns.utf8()
    typer.echo(text, nl=False)
