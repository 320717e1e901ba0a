"""Which lines share a way, and the slots by which they pass the columns between their ends."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.diagram.cells import LEFT, RIGHT, Cell, Line

MARGIN = -1
"""Band of what passes above all others: lines from outside to outside."""


class Bundle(NamedTuple):
    """Lines of one look that come to, or leave, one side of one box."""

    hub: str
    look: str
    way: str
    """in, out or both, seen from the hub."""

    side: str
    """left or right side of the hub."""


class Item(NamedTuple):
    """What takes room in a column: a box, or the slot by which a bundle passes."""

    column: int
    band: int
    id: str
    """Of the box; of the hub for a slot."""

    bundle: Bundle | None = None


class Net(NamedTuple):
    """What a bundle is in one lane, right of a column."""

    lane: int
    bundle: Bundle


@dataclass(slots=True)
class Wiring:
    """Items by column and band, the way of each line over them, and the ends of each net."""

    items: dict[tuple[int, int], list[Item]] = field(default_factory=dict)
    ways: dict[Line, tuple[Bundle, tuple[Item, ...]]] = field(default_factory=dict)
    """Bundle of each line, and its items from the hub on."""

    nets: dict[Net, dict[tuple[str, Item], None]] = field(default_factory=dict)
    """For each net the items left (`left`) and right of the lane that it joins."""


def wired(cells: Sequence[Cell], lines: Sequence[Line], column: Mapping[str, int]) -> Wiring:
    """Bundle the lines; all is sorted, so that the same input gives the same, whatever its order was."""
    made = Wiring()
    outside = {cell.id for cell in cells if cell.stage in {LEFT, RIGHT}}
    band = {cell.id: MARGIN if cell.id in outside else cell.band for cell in cells}
    for cell in cells:
        made.items.setdefault((column[cell.id], band[cell.id]), []).append(_box(cell.id, column, band))
    slots: dict[Item, None] = {}
    for line, bundle in zip(lines, _bundles(lines, column), strict=True):
        other = line.target if line.source == bundle.hub else line.source
        through = band[other] if bundle.hub in outside else band[bundle.hub]
        step = 1 if column[other] > column[bundle.hub] else -1
        between = [
            Item(at, through, bundle.hub, bundle) for at in range(column[bundle.hub] + step, column[other], step)
        ]
        if column[other] == column[bundle.hub]:
            between = []
        slots.update(dict.fromkeys(between))
        way = (_box(bundle.hub, column, band), *between, _box(other, column, band))
        made.ways[line] = (bundle, way)
        for one, next_ in itertools.pairwise(way):
            _join(made, bundle, one, next_)
    for slot in slots:
        made.items.setdefault((slot.column, slot.band), []).append(slot)
    return made


def _box(id_: str, column: Mapping[str, int], band: Mapping[str, int]) -> Item:
    return Item(column[id_], band[id_], id_)


def _join(made: Wiring, bundle: Bundle, one: Item, other: Item) -> None:
    ends = made.nets.setdefault(Net(min(one.column, other.column), bundle), {})
    if one.column == other.column:
        ends.update({("left", one): None, ("left", other): None})
        return
    left, right = sorted((one, other), key=lambda item: item.column)
    ends.update({("left", left): None, ("right", right): None})


def _bundles(lines: Sequence[Line], column: Mapping[str, int]) -> list[Bundle]:
    """The bundle of each line: at the end where more lines of its look come together."""
    pairs = [(_at_source(line, column), _at_target(line, column)) for line in lines]
    sizes = Counter(bundle for pair in pairs for bundle in pair)
    return [first if sizes[first] > sizes[second] else second for first, second in pairs]


def _at_source(line: Line, column: Mapping[str, int]) -> Bundle:
    side = "left" if column[line.target] < column[line.source] else "right"
    return Bundle(line.source, line.look, "both" if line.both else "out", side)


def _at_target(line: Line, column: Mapping[str, int]) -> Bundle:
    side = "left" if column[line.source] < column[line.target] else "right"
    return Bundle(line.target, line.look, "both" if line.both else "in", side)
