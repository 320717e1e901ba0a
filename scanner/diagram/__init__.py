"""Pictures of where data goes: drawn from evidence, static, the same for the same world."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.diagram.build import View, picture
from scanner.diagram.collapse import collapsed
from scanner.diagram.labels import key
from scanner.diagram.strip import strip_html, strip_svg
from scanner.diagram.style import STYLE
from scanner.diagram.svg import drawn_svg
from scanner.model import World
from scanner.redact import Redactor

__all__ = ["STYLE", "View", "diagram_svg", "key", "strip_html", "strip_svg"]


def diagram_svg(
    world: World,
    highlight: Sequence[str] = (),
    *,
    hide: Redactor | None = None,
    view: View | None = None,
    title: str = "",
    styled: bool = True,
) -> str:
    """Draw a world's flows on one page of at most 60 boxes, as SVG.

    `highlight` are ids of a path that is to stand out. Each box has `data-id`, its resource's id as `key` writes it,
    and `data-ids` where it stands for several (apart by spaces); each wire `data-source` and `data-target`. With
    `styled` off the page that embeds it brings `STYLE`, whose classes `ts-on` mark boxes and wires.
    """
    seen = view or View(highlight=tuple(highlight))
    return drawn_svg(collapsed(picture(world, seen)), hide or Redactor(()), title=title, styled=styled)
