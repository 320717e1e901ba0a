"""What `trustscan graph` reads and tells; nothing in what it tells holds a secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanner import config as settings
from scanner import run
from scanner.cli import access_asked, inputs
from scanner.diagram.build import View, picture
from scanner.diagram.collapse import collapsed
from scanner.diagram.compared import Compared, compared, compared_picture
from scanner.diagram.exchange.document import difference, document
from scanner.diagram.picture import Picture
from scanner.diagram.stages import environment_of
from scanner.errors import InputError
from scanner.model import CLASS_GROUPS, DATA_CLASSES, World
from scanner.redact import Redactor, json_text


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A world that was read, what of it is asked for, and another that it is compared with."""

    tool: str
    inputs: tuple[str, ...]
    before: tuple[str, ...]
    """Inputs of the other world; none where nothing is compared."""

    world: World
    view: View
    hide: Redactor
    both: Compared | None = None
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Everything as plain data."""
        about = {"tool": self.tool, "inputs": list(self.inputs), "before": list(self.before)}
        if self.both is not None:
            return difference(self.both, self.view, self.hide, about)
        return document(self.world, self.view, self.hide, about)

    def picture(self) -> Picture:
        """One page of it."""
        drawn = compared_picture(self.both, self.view) if self.both else picture(self.world, self.view)
        return collapsed(drawn)

    @property
    def title(self) -> str:
        """What the picture is of."""
        against = f", compared with {', '.join(self.before)}" if self.before else ""
        return f"Where the data goes: {', '.join(self.inputs)}{against}"


class _Both(Redactor):
    """Hides what either of two hides."""

    def __init__(self, one: Redactor, other: Redactor) -> None:
        super().__init__(())
        self._each = (one, other)

    def _text(self, text: str) -> str:
        for one in self._each:
            text = one.text(text)
        return text

    def address(self, address: str) -> str:
        for one in self._each:
            address = one.address(address)
        return address


def checked(tier: str, environment: str, data: str) -> View:
    """What is asked for.

    Raises InputError for a data class that is none.
    """
    if data and data not in {*DATA_CLASSES, *CLASS_GROUPS}:
        raise InputError(f"--class {data!r}: is no data class; there are {', '.join((*DATA_CLASSES, *CLASS_GROUPS))}")
    return View(tier=tier, environment=environment, data=data)


def see(
    files: list[str], other: str, where: inputs.Where, config: Path | None, allowed: list[str], view: View
) -> Asked:
    """Read what is asked about, and what it is compared with.

    Raises ScannerError.
    """
    made = run.Settings(
        policies=(), today=datetime.now(UTC).date(), config=settings.load(config), allowed_plugins=tuple(allowed)
    )
    judged = access_asked.judged_of(files, where, made, allowed)
    then = access_asked.judged_of([other], inputs.Where(none=where.none), made, allowed) if other else None
    worlds = [judged.world, *([then.world] if then else [])]
    _there(view.environment, worlds)
    hide = _Both(judged.hide, then.hide) if then else judged.hide
    return Asked(
        tool=f"trustscan {run.tool_version()}",
        inputs=tuple(map(hide.text, judged.run.inputs)),
        before=tuple(map(hide.text, then.run.inputs)) if then else (),
        world=judged.world,
        view=view,
        hide=hide,
        both=compared(then.world, judged.world) if then else None,
        notes=tuple(dict.fromkeys((*judged.run.notes, *(then.run.notes if then else ())))),
    )


def written(told: Asked, format_: str) -> str:
    """Write it in one of the formats for programs and pictures."""
    if format_ == "json":
        return json_text(told.document()) + "\n"
    if format_ == "graphml":
        from scanner.diagram.exchange.graphml import graphml

        return graphml(told.document())
    if format_ == "dot":
        from scanner.diagram.exchange.dot import dot

        return dot(told.document())
    if format_ == "mermaid":
        from scanner.diagram.exchange.mermaid import mermaid

        return mermaid(told.picture(), told.hide)
    from scanner.diagram.svg import drawn_svg

    return drawn_svg(told.picture(), told.hide, title=told.title)


def _there(environment: str, worlds: Iterable[World]) -> None:
    names = sorted({environment_of(one) for world in worlds for one in world.resources} - {"", "external"})
    if environment and environment not in names:
        known = f"there are {', '.join(names)}" if names else "none is known"
        raise InputError(f"--environment {environment!r}: no resource of the input is in it; {known}")
