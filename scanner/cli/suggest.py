"""`trustscan suggest`: narrower policies for what code acts as, as Terraform to verify."""

from __future__ import annotations

from typing import Annotated

import typer

from scanner.cli import options, plan
from scanner.errors import InputError
from scanner.redact import visible

_Inputs = Annotated[
    list[str],
    typer.Argument(
        help="Plan JSON, saved plan, state JSON, - for standard input, or a folder of sources; any number. Or one "
        "folder that trustscan live --save wrote."
    ),
]
_Identity = Annotated[
    list[str],
    typer.Option(
        metavar="IDENTITY", help="Only for this identity: its address, ARN or name. Repeatable.", show_default=False
    ),
]


def suggest(
    inputs: _Inputs,
    identity: _Identity = [],  # noqa: B006 - typer copies it
    chdir: options.Chdir = None,
    source: plan.Sources = [],  # noqa: B006
    no_source: plan.NoSource = False,
    var: plan.Var = [],  # noqa: B006
    var_file: plan.VarFile = [],  # noqa: B006
    config: options.Config = None,
    allow_plugin: options.AllowPlugin = [],  # noqa: B006
    quiet: options.Quiet = False,
) -> None:
    """Suggest narrower policies, as Terraform: what is granted, cut down to what the settings of workloads name.

    A suggestion to verify, never applied: it says what it removes, and what it could not know. Exit codes: 0 told, 2
    wrong use or unreadable input.
    """
    from scanner.cli import access_asked
    from scanner.cli.inputs import Where
    from scanner.cli.suggest_hcl import Writer
    from scanner.questions.suggesting import suggestions
    from scanner.run import tool_version

    seen = access_asked.see(inputs, Where(chdir, tuple(source), no_source, (*var_file, *var)), config, allow_plugin)
    wanted = [access_asked.identity(seen, given) for given in identity]
    found = list(suggestions(seen.asked, wanted))
    for id_ in wanted:
        told = {one.id: one for one in seen.asked.access.people.identities.values()}.get(id_)
        acts = getattr(told, "acts_for", ())
        if not acts and not isinstance(getattr(told, "used_services", None), tuple):
            raise InputError(f"{seen.hide.address(id_)}: nothing that was seen acts as it: nothing tells what it needs")
    for note in () if quiet else seen.notes:
        typer.echo(f"note: {visible(note)}", err=True)
    resources = {one.id: one for one in seen.asked.world.resources}
    typer.echo(Writer(resources, seen.hide).written(found, f"trustscan {tool_version()}"), nl=False)
