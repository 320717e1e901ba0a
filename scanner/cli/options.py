"""Options that every command takes that judges something, and what is done with them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from scanner.errors import InputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scanner.findings import Run
    from scanner.foreign import Told
    from scanner.plugins import Report
    from scanner.run import Judged, Settings


class Severity(StrEnum):
    """Severities, the gravest first."""

    critical = "critical"
    high = "high"
    medium = "medium"
    low = "low"
    info = "info"


DELTA = "delta"
"""The format that says what a plan changes."""

SCAN = "What is scanned"
_JUDGE = "How it is judged"
OUT = "What comes out"


def folder(given: str) -> Path:
    """A folder that is named; an empty name, as an unset variable of a shell leaves it, would mean the current one."""
    if not given:
        raise typer.BadParameter("it is empty; write . for the current folder")
    return Path(given)


Chdir = Annotated[
    Path | None,
    typer.Option(
        parser=folder,
        metavar="DIR",
        help="Folder a saved plan was made in; else its own folder.",
        rich_help_panel=SCAN,
    ),
]


def _formats(incomplete: str) -> list[str]:
    from scanner import plugins

    return [name for name in plugins.names("scanner.reports") if name.startswith(incomplete)]


def _controls(incomplete: str) -> list[str]:
    from scanner.cli.policies import built_in

    return sorted(path.stem for path in built_in().rglob("*.yaml") if path.stem.startswith(incomplete))


Config = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Settings; else ./trustscan.yaml if there is one.", rich_help_panel=SCAN),
]
Policies = Annotated[
    list[Path],
    typer.Option(metavar="DIR", help="Folder of your own controls, beside ours.", rich_help_panel=_JUDGE),
]
Control = Annotated[
    list[str],
    typer.Option(metavar="GLOB", help="Only controls with this id.", rich_help_panel=_JUDGE, autocompletion=_controls),
]
Skip = Annotated[
    list[str],
    typer.Option(metavar="GLOB", help="No controls with this id.", rich_help_panel=_JUDGE, autocompletion=_controls),
]
Waivers = Annotated[Path | None, typer.Option(metavar="FILE", help="Accepted risks.", rich_help_panel=_JUDGE)]
Baseline = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Earlier JSON result; what it had does not fail.", rich_help_panel=_JUDGE),
]
FailOn = Annotated[
    Severity,
    typer.Option(
        metavar="SEVERITY",
        help="Exit with 1 for failures of this severity or graver: critical, high, medium, low, info.",
        rich_help_panel=_JUDGE,
    ),
]
AllowUnknown = Annotated[
    bool, typer.Option("--allow-unknown", help="Do not exit with 3 for what is not decided.", rich_help_panel=_JUDGE)
]
FailOnNew = Annotated[
    bool,
    typer.Option(
        "--fail-on-new",
        help="Exit with 1 only for failures that are not known to have been there before the plan; with 3 only for "
        "what is not decided though it was, or though it is about something that the plan creates or changes.",
        rich_help_panel=_JUDGE,
    ),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help="table, html, json, sarif, junit, markdown, github; of plans also delta.",
        rich_help_panel=OUT,
        autocompletion=_formats,
    ),
]
Output = Annotated[
    list[str],
    typer.Option(
        "--output", "-o", metavar="FORMAT=FILE", help="A format in a file besides; any number.", rich_help_panel=OUT
    ),
]
AllowPlugin = Annotated[
    list[str], typer.Option(metavar="NAME", help="Distribution whose plugins may run.", rich_help_panel=OUT)
]
RunDir = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of records, as evidence: each names the one before.", rich_help_panel=OUT),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No notes on standard error.", rich_help_panel=OUT)]


class Judging(NamedTuple):
    """How something is judged and what comes out, as the command line says it."""

    config: Path | None
    policies: list[Path]
    control: list[str]
    skip: list[str]
    waivers: Path | None
    baseline: Path | None
    fail_on: Severity
    allow_unknown: bool
    format: str
    output: list[str]
    allow_plugin: list[str]
    quiet: bool
    only_new: bool = False
    """Whether only what a plan brings decides the exit code."""

    plans: bool = False
    """Whether plans are judged, which alone change anything."""

    @property
    def wants_delta(self) -> bool:
        """Whether a format that comes out says what the plans change."""
        return DELTA in {self.format, *(text.partition("=")[0] for text in self.output)}

    def prepared(self) -> Prepared:
        """Load everything that is asked for, before anything is scanned.

        Raises ScannerError for what is not there or not valid.
        """
        from scanner import config as settings
        from scanner import plugins, run
        from scanner import waivers as accepted
        from scanner.cli import inputs, outputs
        from scanner.cli.policies import choose, everything

        if self.wants_delta and not self.plans:
            raise OutputError(
                f"{DELTA}: says what a plan changes, and this scans none; trustscan diff compares two runs"
            )
        digests = self._digests()
        report = plugins.load(outputs.GROUP, self.format, self.allow_plugin)
        extra = outputs.targets(self.output, self.allow_plugin)
        policies = everything(self.policies)
        made = run.Settings(
            policies=choose(policies, self.control, self.skip),
            known=tuple(policy.control.id for policy in policies),
            today=datetime.now(UTC).date(),
            config=settings.load(self.config),
            waivers=accepted.load(self.waivers) if self.waivers else (),
            baseline=inputs.baseline(self.baseline),
            allowed_plugins=tuple(self.allow_plugin),
        )
        if digests != self._digests():
            raise InputError("a file of settings was changed while it was read; start again")
        return Prepared(self, made, report, extra, digests)

    def _digests(self) -> dict[str, str]:
        """SHA-256 of each file that decides what is judged how, beside the policies."""
        files = {"config": self.config or Path("trustscan.yaml"), "waivers": self.waivers, "baseline": self.baseline}
        there = {name: path for name, path in files.items() if path is not None and path.is_file()}
        try:
            return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()}
        except OSError as error:
            raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from None


class Prepared(NamedTuple):
    """What a scan is made with and written to."""

    judging: Judging
    settings: Settings
    report: Report
    extra: list[tuple[Report, Path]]
    digests: dict[str, str]
    """SHA-256 of each file of settings as it was loaded, however long ago that is when the run ends."""

    def hearing(self, told: Iterable[Told]) -> Settings:
        """The settings, and what is left of other scanners' results where --control and --skip choose."""
        from dataclasses import replace

        from scanner.cli import others

        return replace(self.settings, told=others.chosen(told, self.judging.control, self.judging.skip))

    def finish(self, result: Run, judged: Judged | None = None) -> None:
        """Say what a reader must know, write every format, and exit with the code of the result.

        Formats that show more than the run get `judged`, where a plan or an account was.
        """
        from scanner.cli import outputs
        from scanner.redact import visible

        judging = self.judging
        for note in () if judging.quiet else result.notes:
            typer.echo(f"note: {visible(note)}", err=True)
        for line in result.expired:
            typer.echo(f"EXPIRED: {visible(line)}", err=True)
        outputs.write(result, self.report, self.extra, judged)
        code = outputs.exit_code(
            result, judging.fail_on.value, allow_unknown=judging.allow_unknown, only_new=judging.only_new
        )
        raise typer.Exit(code)
