"""The commands, put together."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from scanner.cli import access, ask, catalogue, compare, graph, imports, live, permissions, plan, suggest
from scanner.errors import ScannerError
from scanner.redact import hide_shapes, visible

_FIRST = ("plan", "import", "live", "judge", "diff", "access", "ask", "graph", "suggest")
"""Commands that are listed before the others."""


class _Commands(typer.core.TyperGroup):
    """Turns a mistake a person can mend into its message and exit code 2."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        rest = [name for name in super().list_commands(ctx) if name not in _FIRST]
        return [*_FIRST, *rest]

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except ScannerError as error:
            refuse(str(error))
        except BrokenPipeError:
            # The reader of our output, such as `head`, has gone: nothing more to say to anybody.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except EOFError:
            refuse("a question of AWS's settings, such as for the code of a second factor, has nobody to answer it")
        except OSError as error:
            refuse(f"cannot be read or written: {error.strerror or type(error).__name__}")
        except RecursionError:
            refuse("the input is nested too deep")
        except MemoryError:
            refuse("the input does not fit into memory")
        raise typer.Exit(2)


def refuse(message: str) -> None:
    """Say on standard error what is wrong; nothing in it reaches the terminal as a control character."""
    said = "\n".join(visible(line) for line in hide_shapes(message).split("\n"))
    typer.echo(f"trustscan: {said}", err=True)


def run() -> None:
    """Run the command line; a mistake of ours ends with 2 like every other, without what the input holds."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the last line: a message of ours, never a plan's values in a traceback
        frames = traceback.extract_tb(error.__traceback__)
        shown = frames if os.environ.get("TRUSTSCAN_DEBUG") else frames[-1:]
        where = "".join(f"\n  {Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in shown)
        refuse(f"this is a mistake of trustscan, not yours: {type(error).__name__}; please report it{where}")
        sys.exit(2)


app = typer.Typer(
    cls=_Commands,
    name="trustscan",
    help="Checks a chatbot's cloud infrastructure against SOC 2: before terraform apply, and every night after.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 nothing to do; 1 a finding at or above --fail-on; 2 wrong use or unreadable input; "
    "3 something at or above it could not be judged.",
)


def _version(value: bool) -> None:
    if value:
        from scanner.run import tool_version

        typer.echo(f"trustscan {tool_version()}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


app.command("plan")(plan.plan)
app.command("import")(imports.import_)
_live = typer.Typer(help="Judge running accounts.", no_args_is_help=True)
_live.command("aws")(live.aws)
app.add_typer(_live, name="live")
app.command("judge")(live.judge)
app.command("diff")(compare.diff)
app.command("access")(access.access)
app.command("ask")(ask.ask)
app.command("graph")(graph.graph)
app.command("suggest")(suggest.suggest)
_permissions = typer.Typer(help="Show what a scan of running accounts may do.", no_args_is_help=True)
_permissions.command("aws")(permissions.aws)
app.add_typer(_permissions, name="permissions")
app.command("controls")(catalogue.controls)
app.command("explain")(catalogue.explain)
app.command("coverage")(catalogue.coverage)
app.command("init")(catalogue.init)
app.command("new-control")(catalogue.new_control)
app.command("docs", hidden=True)(catalogue.docs)
