"""`trustscan live`: the nightly scan of running accounts; `trustscan judge`: the same from a capture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli import options

_ACCOUNTS = "Which accounts"
_KEEP = "What is kept"

_Profile = Annotated[
    list[str],
    typer.Option(
        metavar="NAME", help="Profile of AWS's settings, one account each; any number.", rich_help_panel=_ACCOUNTS
    ),
]
_Role = Annotated[
    list[str],
    typer.Option(metavar="ARN", help="Role to become, by its whole ARN; any number.", rich_help_panel=_ACCOUNTS),
]
_ExternalId = Annotated[
    str, typer.Option(metavar="ID", help="External id that the roles' trust asks for.", rich_help_panel=_ACCOUNTS)
]
_SessionName = Annotated[
    str,
    typer.Option(metavar="NAME", help="Name of the sessions, as CloudTrail shows it.", rich_help_panel=_ACCOUNTS),
]
_Organization = Annotated[
    bool, typer.Option("--organization", help="Every active account of the organization.", rich_help_panel=_ACCOUNTS)
]
_RoleName = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Role to become in each account of the organization; else trustscan.",
        rich_help_panel=_ACCOUNTS,
    ),
]
_Include = Annotated[
    list[str],
    typer.Option(
        metavar="GLOB",
        help="Of the organization, only accounts with this id, name or unit (ou-...); any number.",
        rich_help_panel=_ACCOUNTS,
    ),
]
_Exclude = Annotated[
    list[str],
    typer.Option(
        metavar="GLOB",
        help="Of the organization, no accounts with this id, name or unit; any number.",
        rich_help_panel=_ACCOUNTS,
    ),
]
_Region = Annotated[
    list[str],
    typer.Option(
        metavar="NAME", help="Only this region; else all that are enabled. Any number.", rich_help_panel=_ACCOUNTS
    ),
]
_Aggregator = Annotated[
    str,
    typer.Option(
        metavar="NAME[@REGION]",
        help="AWS Config aggregator of the account that starts the scan; asked first, for what it records.",
        rich_help_panel=_ACCOUNTS,
    ),
]
_MaxAge = Annotated[
    float | None,
    typer.Option(
        metavar="HOURS",
        min=0,
        help="Ask the account itself for what AWS Config captured longer ago; else that counts until it changes.",
        rich_help_panel=_ACCOUNTS,
    ),
]
_Save = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="New folder to keep what was read in, for trustscan judge and diff.", rich_help_panel=_KEEP
    ),
]
_Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the interrupted scan in --save.", rich_help_panel=_KEEP)
]


def aws(
    profile: _Profile = [],  # noqa: B006 - typer copies it
    role_arn: _Role = [],  # noqa: B006
    external_id: _ExternalId = "",
    session_name: _SessionName = "trustscan",
    organization: _Organization = False,
    role_name: _RoleName = "",
    include: _Include = [],  # noqa: B006
    exclude: _Exclude = [],  # noqa: B006
    region: _Region = [],  # noqa: B006
    config_aggregator: _Aggregator = "",
    config_max_age: _MaxAge = None,
    save: _Save = None,
    resume: _Resume = False,
    config: options.Config = None,
    policies: options.Policies = [],  # noqa: B006
    control: options.Control = [],  # noqa: B006
    skip: options.Skip = [],  # noqa: B006
    waivers: options.Waivers = None,
    baseline: options.Baseline = None,
    fail_on: options.FailOn = options.Severity.high,
    allow_unknown: options.AllowUnknown = False,
    format_: options.Format = "table",
    output: options.Output = [],  # noqa: B006
    allow_plugin: options.AllowPlugin = [],  # noqa: B006
    run_dir: options.RunDir = None,
    quiet: options.Quiet = False,
) -> None:
    """Judge live AWS accounts, all of them as one world. Reads metadata only, and never the value of a secret.

    Exit codes: 0 nothing at or above --fail-on; 1 a failure there; 2 wrong use, or nobody could be asked; 3 something
    there could not be judged.
    """
    from scanner.cli import live_scan

    judging = options.Judging(
        config, policies, control, skip, waivers, baseline, fail_on, allow_unknown, format_, output, allow_plugin, quiet
    )
    live_scan.scan(
        "aws",
        judging,
        save=save,
        resume=resume,
        run_dir=run_dir,
        wanted={
            "profiles": tuple(profile),
            "role_arns": tuple(role_arn),
            "external_id": external_id,
            "session_name": session_name,
            "organization": organization,
            "role_name": role_name,
            "include": tuple(include),
            "exclude": tuple(exclude),
            "regions": tuple(region),
            "config_aggregator": config_aggregator,
            "config_max_age": config_max_age,
        },
    )


_Folder = Annotated[Path, typer.Argument(help="Folder that --save wrote.")]


def judge(
    folder: _Folder,
    config: options.Config = None,
    policies: options.Policies = [],  # noqa: B006 - typer copies it
    control: options.Control = [],  # noqa: B006
    skip: options.Skip = [],  # noqa: B006
    waivers: options.Waivers = None,
    baseline: options.Baseline = None,
    fail_on: options.FailOn = options.Severity.high,
    allow_unknown: options.AllowUnknown = False,
    format_: options.Format = "table",
    output: options.Output = [],  # noqa: B006
    allow_plugin: options.AllowPlugin = [],  # noqa: B006
    run_dir: options.RunDir = None,
    quiet: options.Quiet = False,
) -> None:
    """Judge a saved capture of live accounts again, offline, under any policies.

    Exit codes are those of the scan; 2 for a folder that is no capture, is not finished, or was changed.
    """
    from scanner.cli import live_scan

    judging = options.Judging(
        config, policies, control, skip, waivers, baseline, fail_on, allow_unknown, format_, output, allow_plugin, quiet
    )
    live_scan.judge(folder, judging, run_dir=run_dir)
