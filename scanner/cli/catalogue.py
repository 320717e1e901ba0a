"""Commands about the controls themselves: what there is, what each asks, what is covered, and how to start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner import criteria, plugins, policy
from scanner.cli import templates
from scanner.cli.policies import built_in, chosen
from scanner.errors import ConfigError, OutputError, PolicyError

_Policies = Annotated[list[Path], typer.Option(help="Folder of your own controls, beside ours.")]
_CATALOGUE = "README.md"


def controls(policies: _Policies = []) -> None:  # noqa: B006 - typer copies it
    """List every control with its severity and criteria."""
    loaded = chosen(policies, (), ())
    width = max(len(p.control.id) for p in loaded)
    for area in sorted({p.control.area for p in loaded}):
        typer.secho(area, bold=True)
        for control in (p.control for p in loaded if p.control.area == area):
            typer.echo(f"  {control.id:<{width}}  {control.severity:<8}  {' '.join(control.criteria)}")
    served = {c for p in loaded for c in p.control.criteria}
    requirements = {r for p in loaded for r in p.control.requirements}
    typer.echo(
        f"{len(loaded)} controls serve {len(served)} of {len(criteria.criteria())} criteria "
        f"and {len(requirements)} of {len(criteria.requirements())} requirements"
    )


def explain(control: Annotated[str, typer.Argument(help="Id of a control.")], policies: _Policies = []) -> None:  # noqa: B006
    """Show one control whole: the chain an auditor follows, the check, the fix and the examples."""
    import difflib

    loaded = {p.control.id: p for p in chosen(policies, (), ())}
    if control not in loaded:
        near = difflib.get_close_matches(control, loaded, 1)
        raise PolicyError(f"there is no control {control!r}" + (f"; {near[0]}?" if near else ""))
    typer.echo(templates.explained(loaded[control]))


def coverage(
    policies: _Policies = [],  # noqa: B006
    missing: Annotated[bool, typer.Option("--missing", help="Only what no control serves.")] = False,
) -> None:
    """Show which controls serve each of the 61 criteria and 136 requirements, and what is not served."""
    loaded = chosen(policies, (), ())
    typer.echo(templates.coverage([p.control for p in loaded], only_missing=missing), nl=False)


def init(
    path: Annotated[Path, typer.Argument(help="File to write.")] = Path("trustscan.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a commented trustscan.yaml to start from."""
    _write_new(path, templates.CONFIG, force=force)
    typer.echo(f"wrote {path}; every setting in it is commented out", err=True)


def new_control(
    control: Annotated[str, typer.Argument(help="Id of the new control: kebab-case, says what must hold.")],
    folder: Annotated[Path, typer.Option("--policies", help="Folder of your own controls.")] = Path("policies"),
    area: Annotated[str, typer.Option(help="Folder inside it.")] = "own",
) -> None:
    """Write a control that loads and passes its own examples, to change into yours."""
    if control in {p.control.id for p in policy.load([built_in()])}:
        raise PolicyError(f"there is a control {control!r} already")
    path = folder / area / f"{control}.yaml"
    _write_new(path, templates.control(control), force=False)
    try:
        policy.read(path, folder)
    except PolicyError:
        path.unlink()
        raise
    typer.echo(f"wrote {path}; scan with it: trustscan plan tfplan.json --policies {folder}", err=True)


def docs(
    check: Annotated[bool, typer.Option("--check", help="Only say whether the catalogue is up to date.")] = False,
) -> None:
    """Write policies/README.md from the controls, and in the repository what clouds make from their code."""
    folder = built_in()
    _keep(folder / _CATALOGUE, templates.catalogue(policy.load([folder])), check=check)
    root = folder.parent
    if (root / "pyproject.toml").is_file():
        for cloud in plugins.load_all("scanner.clouds"):
            made = cloud.generated() if hasattr(cloud, "generated") else {}
            for name, text in made.items():
                _keep(root / name, text, check=check)


def _keep(path: Path, text: str, *, check: bool) -> None:
    """Bring a file up to date, or refuse one that is not."""
    current = path.read_text(encoding="utf-8") if path.is_file() else ""
    if check and current != text:
        raise ConfigError(f"{path} is not up to date; run 'trustscan docs'")
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _write_new(path: Path, text: str, *, force: bool) -> None:
    if path.exists() and not force:
        raise OutputError(f"{path}: is there already; it is left as it is")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
