"""The commands, put together."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from scanner.cli import catalogue, plan
from scanner.errors import ScannerError
from scanner.redact import hide_shapes


class _Commands(typer.core.TyperGroup):
    """Turns a mistake a person can mend into its message and exit code 2."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except ScannerError as error:
            typer.echo(f"trustscan: {hide_shapes(str(error))}", err=True)
            raise typer.Exit(2) from None
        except BrokenPipeError:
            # The reader of our output, such as `head`, has gone: nothing more to say to anybody.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except RecursionError:
            typer.echo("trustscan: the input is nested too deep to be a plan", err=True)
            raise typer.Exit(2) from None


app = typer.Typer(
    cls=_Commands,
    name="trustscan",
    help="Checks a chatbot's cloud infrastructure against SOC 2, before terraform apply.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 nothing to do; 1 a finding at or above --fail-on; 2 wrong use or unreadable input; "
    "3 something at or above it could not be judged.",
)


def _version(value: bool) -> None:  # noqa: FBT001 - typer's callback for a flag
    if value:
        from scanner.run import tool_version  # noqa: PLC0415 - imported only when asked

        typer.echo(f"trustscan {tool_version()}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version.")
    ] = False,  # noqa: FBT002
) -> None:
    pass


app.command("plan")(plan.plan)
app.command("controls")(catalogue.controls)
app.command("explain")(catalogue.explain)
app.command("coverage")(catalogue.coverage)
app.command("init")(catalogue.init)
app.command("new-control")(catalogue.new_control)
app.command("docs", hidden=True)(catalogue.docs)
