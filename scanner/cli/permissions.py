"""`trustscan permissions`: what a scan of running accounts may do, made from the calls that it declares."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class _Format(StrEnum):
    json = "json"
    caller = "caller"
    terraform = "terraform"
    markdown = "markdown"


def aws(
    format_: Annotated[
        _Format,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="json: the policy of the role in each account. caller: the policy of whoever enters several accounts. "
            "terraform: a module with the role. markdown: every call, and what for.",
        ),
    ] = _Format.json,
) -> None:
    """Show the least permissions that `trustscan live aws` needs in an account."""
    from scanner import plugins

    cloud = plugins.load("scanner.clouds", "aws")
    typer.echo(cloud.permissions[format_.value](), nl=False)
