"""Which lines share a way, and the slots by which they pass the columns between their ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from scanner.diagram.cells import LEFT, RIGHT, Cell, Line

MARGIN = -1
"""Band of what stands outside of all, and of what passes above all: lines from outside to outside."""

Side: TypeAlias = Literal["left", "right"]


class Bundle(NamedTuple):
    """Lines of one look that come to, or leave, one side of one box."""

    hub: str
    look: str
    way: str
    """in, out or both, seen from the hub."""

    side: Side
    """Side of the hub that they are on."""


@dataclass(slots=True, eq=False)
class Item:
    """What takes room in a column: a box, or the slot by which a bundle passes. It is the same only as itself."""

    column: int
    band: int
    id: str
    """Of the box; of the hub for a slot."""

    bundle: Bundle | None = None
    near: dict[Item, None] = field(default_factory=dict)
    """What it is connected with in other columns, or in its own."""

    height: float = 0.0
    middle: float = 0.0

    @property
    def top(self) -> float:
        """Its upper edge."""
        return self.middle - self.height / 2

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.middle + self.height / 2


@dataclass(slots=True)
class Net:
    """What a bundle is in one lane: the items left and right of the lane that it joins."""

    bundle: Bundle
    left: dict[Item, None] = field(default_factory=dict)
    right: dict[Item, None] = field(default_factory=dict)


@dataclass(slots=True)
class Wiring:
    """Items by column and band, the way of each line over them, and the nets of each lane."""

    boxes: dict[str, Item] = field(default_factory=dict)
    items: dict[tuple[int, int], list[Item]] = field(default_factory=dict)
    ways: dict[Line, tuple[Bundle, tuple[Item, ...]]] = field(default_factory=dict)
    """Bundle of each line, and its items from the hub on."""

    nets: dict[int, dict[Bundle, Net]] = field(default_factory=dict)
    """By the column left of the lane."""


def wired(cells: Sequence[Cell], lines: Sequence[Line], column: Mapping[str, int]) -> Wiring:
    """Bundle the lines; all is sorted, so that the same input gives the same, whatever its order was."""
    made = Wiring()
    outside = {cell.id for cell in cells if cell.stage in {LEFT, RIGHT}}
    apart = {column[id_] for id_ in outside}
    for cell in cells:
        band = MARGIN if cell.id in outside else cell.band
        made.boxes[cell.id] = Item(column[cell.id], band, cell.id)
    slots: dict[tuple[Bundle, int, int], Item] = {}
    for line, bundle in zip(lines, _bundles(lines, column), strict=True):
        hub = made.boxes[bundle.hub]
        other = made.boxes[line.target if line.source == bundle.hub else line.source]
        band = other.band if bundle.hub in outside else hub.band
        step = 1 if other.column > hub.column else -1
        passed = range(hub.column + step, other.column, step) if other.column != hub.column else ()
        places = ((bundle, at, MARGIN if at in apart else band) for at in passed)
        between = [slots.setdefault(place, Item(place[1], place[2], bundle.hub, bundle)) for place in places]
        way = (hub, *between, other)
        made.ways[line] = (bundle, way)
        for one, next_ in pairwise(way):
            _join(made, bundle, one, next_)
    for item in (*made.boxes.values(), *(slots[name] for name in sorted(slots))):
        made.items.setdefault((item.column, item.band), []).append(item)
    return made


def _join(made: Wiring, bundle: Bundle, one: Item, other: Item) -> None:
    one.near[other] = other.near[one] = None
    left, right = (one, other) if one.column <= other.column else (other, one)
    net = made.nets.setdefault(left.column, {}).setdefault(bundle, Net(bundle))
    net.left[left] = None
    # What stands in one column is joined on its right.
    (net.right if right.column > left.column else net.left)[right] = None


def _bundles(lines: Sequence[Line], column: Mapping[str, int]) -> list[Bundle]:
    """The bundle of each line: at the end where more lines of its look come together."""
    pairs = [(_at_source(line, column), _at_target(line, column)) for line in lines]
    sizes = Counter(bundle for pair in pairs for bundle in pair)
    return [first if sizes[first] > sizes[second] else second for first, second in pairs]


def _at_source(line: Line, column: Mapping[str, int]) -> Bundle:
    side: Side = "left" if column[line.target] < column[line.source] else "right"
    return Bundle(line.source, line.look, "both" if line.both else "out", side)


def _at_target(line: Line, column: Mapping[str, int]) -> Bundle:
    side: Side = "left" if column[line.source] < column[line.target] else "right"
    return Bundle(line.target, line.look, "both" if line.both else "in", side)
