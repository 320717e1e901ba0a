"""`trustscan permissions`: what a scan of running accounts may do, made from the calls that it declares."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class _Format(StrEnum):
    json = "json"
    terraform = "terraform"
    markdown = "markdown"


def aws(
    format_: Annotated[
        _Format, typer.Option("--format", help="A policy, a Terraform module, or a page that lists every call.")
    ] = _Format.json,
) -> None:
    """Show the least permissions that `trustscan live aws` needs in an account."""
    from scanner import plugins

    cloud = plugins.load("scanner.clouds", "aws")
    typer.echo(cloud.permissions[format_.value](), nl=False)
