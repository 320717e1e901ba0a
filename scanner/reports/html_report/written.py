"""The page as text: what it shows is gathered, and the template filled in."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from scanner.criteria import criteria
from scanner.diagram import STYLE, diagram_svg, key
from scanner.findings import Run
from scanner.reports.html_report.access import access
from scanner.reports.html_report.coverage import WORDS, counted, coverage
from scanner.reports.html_report.rows import BADGES, MARKS, STATES, groups
from scanner.reports.html_report.shown import finalized, name, slug
from scanner.reports.html_report.summary import summary
from scanner.reports.html_report.unseen import unseen
from scanner.run import Judged


def written(run: Run, judged: Judged | None) -> str:
    """Write the page of a run, and of the world it is about where there is one."""
    style, script = f"{_part('style.css')}{STYLE}\n", _part("script.js")
    found = groups(run, _environments(judged) if judged else {})
    covered = coverage(run)
    template = _templates().get_template("page.html.jinja")
    return template.render(
        run=run,
        style=Markup(style),  # noqa: S704 - a file of ours, not of the run
        script=Markup(script),  # noqa: S704 - the same
        policy=_policy(style, script),
        summary=summary(run, found),
        groups=found,
        covered=covered,
        coverage_counts=tuple(counted(covered)),
        states=STATES,
        badges=BADGES,
        marks=MARKS,
        words=WORDS,
        known=criteria(),
        diagram=_diagram(judged) if judged else Markup(),
        access=access(judged) if judged else None,
        unseen=unseen(run),
        seen=judged is not None,
    )


def _diagram(judged: Judged) -> Markup:
    """Where the data goes; empty where nothing tells."""
    if not judged.world.flows:
        return Markup()
    drawn = diagram_svg(judged.world, hide=judged.hide, styled=False)
    return Markup(drawn)  # noqa: S704 - it writes of the world nothing but escaped text


def _policy(style: str, script: str) -> str:
    """What the page may do: its own style and script, by their digests, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _templates() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_part),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # Not `join`: what it gives is markup already, and no longer made visible.
    environment.filters.update(key=key, name=name, slug=slug, listed=lambda parts, between: between.join(parts))
    return environment


def _part(file: str) -> str:
    return (files(__package__ or "") / file).read_text(encoding="utf-8")


def _environments(judged: Judged) -> Mapping[str, str]:
    """Environment of each subject that findings may have, as they name it."""
    hide, world = judged.hide, judged.world
    everything = (*world.statements, *world.flows, *world.grants, *world.resources)
    told = ((one.subject, one.environment) for one in everything if isinstance(one.environment, str))
    return {hide.address(subject): hide.text(environment) for subject, environment in told}
