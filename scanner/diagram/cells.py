"""What a layout is made of, and what comes of it; it knows nothing of clouds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Point = tuple[float, float]

BOX_WIDTH = 178
BOX_HEIGHT = 56
LEFT = 0
"""Stage of what stands outside, on the left."""

RIGHT = 99
"""Stage of what stands outside, on the right."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A box that is to be placed."""

    id: str
    stage: int
    """Group of columns it stands in, from the left; LEFT and RIGHT stand outside of all bands."""

    band: int = 0
    """Band it stands in, from the top."""


@dataclass(frozen=True, slots=True)
class Line:
    """A connection that is to be routed."""

    source: str
    target: str
    look: str = ""
    """Lines are bundled with those that look alike only."""

    both: bool = False
    """Whether it goes both ways."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Route:
    """The way of a line: corners, of which each shares a coordinate with the next.

    Lines of one bundle begin with the same corners, so that dashes on what they share fall together.
    """

    points: tuple[Point, ...]
    reverse: bool
    """Whether it begins at the target."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands."""

    width: float = 0
    height: float = 0
    boxes: Mapping[str, Box] = field(default_factory=dict)
    routes: Mapping[Line, Route] = field(default_factory=dict)
    bands: Mapping[int, Box] = field(default_factory=dict)
    stages: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    """Left and right edge of each stage."""
