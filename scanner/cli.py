"""Commands. Alone prints, exits and catches ScannerError."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import typer

from scanner import plugins, policy, run
from scanner.errors import ScannerError
from scanner.terraform.planfile import Source

app = typer.Typer()


@app.callback()
def main() -> None:
    """trustscan."""


@app.command()
def plan(files: list[str], format: str = "json") -> None:
    """Scan plans."""
    try:
        policies = policy.load([Path(__file__).parent.parent / "policies"])
        result = run.scan_plans(
            [Source(f, Path(f).read_bytes()) for f in files], run.Settings(policies=policies, today=date.today())
        )
        plugins.load("scanner.reports", format)(result, sys.stdout)
    except ScannerError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
