"""Swim lanes: stages from left to right, bands from top to bottom, lines through the lanes between them.

The same input gives the same picture, in whatever order it comes. No two boxes touch, and no line crosses a box: lines
run up and down in lanes between columns alone, and pass columns in slots of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from scanner.diagram.bundles import MARGIN, Bundle, Item, Side, Wiring, wired
from scanner.diagram.cells import BOX_WIDTH, LEFT, RIGHT, Box, Cell, Layout, Line, Point, Route
from scanner.diagram.columns import columns
from scanner.diagram.lanes import Touching, height, spans, touching, tracks
from scanner.diagram.placing import Placed
from scanner.diagram.straight import straighten

_TRACK = 7.0
_SIDE = 14.0
"""Between a column and the first track beside it."""

_FRAME = 12.0
"""From the outermost column to the frame of a band."""

_TOP = 34.0
"""Room for the names of stages."""

_HEAD = 34.0
"""Room for the name of a band."""

_FOOT = 18.0
_BETWEEN = 22.0
"""Between bands."""

_EDGE = 12.0
_LOOP = 6.0


def laid_out(cells: Iterable[Cell], lines: Iterable[Line]) -> Layout:
    """Place boxes and route lines; lines whose ends are not among the boxes are left out."""
    given = sorted(set(cells), key=lambda cell: (cell.band, cell.stage, cell.id))
    if not given:
        return Layout()
    known = {cell.id for cell in given}
    asked = sorted({line for line in lines if line.source in known and line.target in known}, key=_order)
    loops = [line for line in asked if line.source == line.target]
    asked = [line for line in asked if line.source != line.target]
    column, stages = columns(given, asked)
    wiring = wired(given, asked, column)
    placed = Placed(wiring)
    bands, tall = _stacked(placed)
    straighten(placed.groups(), _chains(wiring), _ends(wiring))
    placed.even()
    touched = touching(wiring.nets)
    lanes = {lane: tracks(spans(nets, touched)) for lane, nets in wiring.nets.items()}
    inside = [span for number, span in stages.items() if number not in {LEFT, RIGHT}]
    across = _Across(max(column.values()) + 1, lanes, inside)
    boxes = {id_: Box(across.lefts[one.column], one.top, BOX_WIDTH, one.height) for id_, one in wiring.boxes.items()}
    routes = {line: _route(line, *way, across, touched) for line, way in wiring.ways.items()}
    routes |= {line: _loop(boxes[line.source]) for line in loops}
    left, right = across.frame()
    return Layout(
        width=across.width,
        height=tall,
        boxes=boxes,
        routes=routes,
        bands={band: Box(left, top, right - left, bottom - top) for band, (top, bottom) in bands.items()},
        stages={one: (across.lefts[first], across.lefts[last] + BOX_WIDTH) for one, (first, last) in stages.items()},
    )


def _order(line: Line) -> tuple[object, ...]:
    return (line.source, line.target, line.look, line.both)


def _stacked(placed: Placed) -> tuple[dict[int, tuple[float, float]], float]:
    """Put the bands below each other; top and bottom of each, and the height of all."""
    found, at = {}, _TOP + placed.passing()
    for band, (top, bottom) in sorted(placed.bands().items()):
        if band != MARGIN:
            placed.move(band, at + _HEAD - top)
            found[band] = (at, at + _HEAD + bottom - top + _FOOT)
            at = found[band][1] + _BETWEEN
    placed.settle_outside(_TOP)
    bottom = max(bottom for _, bottom in placed.bands().values())
    return found, max(bottom + _FOOT, at - _BETWEEN) + _EDGE


def _chains(wiring: Wiring) -> Iterator[tuple[Item, ...]]:
    """Slots of each way that follow each other in a band; those that pass above all bands stand in lines already."""
    for _, way in wiring.ways.values():
        chain = tuple(item for item in way[1:-1] if item.band != MARGIN)
        if chain:
            yield chain


def _ends(wiring: Wiring) -> dict[Item, float]:
    """Height of what a slot next to the end of a way is to meet: the hub, or the other end."""
    touched, found = touching(wiring.nets), dict[Item, float]()
    for bundle, way in wiring.ways.values():
        if len(way) > 2:
            away, back = _sides(way[0], way[1])
            found.setdefault(way[-2], touched[way[-1]][bundle, back])
            found[way[1]] = touched[way[0]][bundle, away]
    return found


def _sides(one: Item, other: Item) -> tuple[Side, Side]:
    """The side on which a way leaves an item, and that on which it enters the next."""
    if other.column == one.column:
        return "right", "right"
    return ("right", "left") if other.column > one.column else ("left", "right")


class _Across:
    """Where columns and tracks are, from left to right."""

    def __init__(
        self, count: int, lanes: Mapping[int, Mapping[Bundle, int]], inside: Sequence[tuple[int, int]]
    ) -> None:
        """Take the number of columns, the tracks of each lane, and the columns that stand in bands."""
        self._lanes = lanes
        self._first = min((first for first, _ in inside), default=count)
        self._last = max((last for _, last in inside), default=count)
        self.lefts: list[float] = []
        at = _EDGE + _SIDE
        for number in range(count):
            at += 2 * _FRAME if number == self._first and number else 0.0
            self.lefts.append(at)
            used = max(lanes.get(number, {}).values(), default=-1) + 1
            at += BOX_WIDTH + 2 * _SIDE + max(used - 1, 0) * _TRACK + self._frame_of(number)
        self.width = at + _EDGE

    def _frame_of(self, lane: int) -> float:
        """Room right of a column for the frame of the bands, which no track may run along."""
        return 2 * _FRAME if lane == self._last else 0.0

    def frame(self) -> tuple[float, float]:
        """Left and right edge of the bands."""
        if self._first >= len(self.lefts):
            return 0.0, 0.0
        return self.lefts[self._first] - _FRAME, self.lefts[self._last] + BOX_WIDTH + _FRAME

    def edge(self, item: Item, side: Side) -> float:
        """A side of an item."""
        return self.lefts[item.column] + (BOX_WIDTH if side == "right" else 0)

    def track(self, lane: int, bundle: Bundle) -> float | None:
        """Where a bundle runs up and down in a lane; None where it does not."""
        number = self._lanes[lane][bundle]
        return None if number < 0 else self.lefts[lane] + BOX_WIDTH + _SIDE + number * _TRACK + self._frame_of(lane)


def _route(line: Line, bundle: Bundle, way: tuple[Item, ...], across: _Across, touched: Touching) -> Route:
    """Corners from the hub on: out of an item, along a track, into the next."""
    points: list[Point] = []
    for one, other in pairwise(way):
        leaves, enters = _sides(one, other)
        start, end = height(touched, one, bundle, leaves), height(touched, other, bundle, enters)
        points.append((across.edge(one, leaves), start))
        track = across.track(min(one.column, other.column), bundle)
        if track is not None:
            points += ((track, start), (track, end))
        points.append((across.edge(other, enters), end))
    return Route(_straightened(points), reverse=bundle.hub != line.source)


def _straightened(points: Sequence[Point]) -> tuple[Point, ...]:
    """Without corners that are none."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and (kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]):
            kept.pop()
        kept.append(point)
    return tuple(kept)


def _loop(box: Box) -> Route:
    """What leads back to where it came from: a small arch above the box."""
    left, right = box.right - 34, box.right - 18
    return Route(((left, box.y), (left, box.y - _LOOP), (right, box.y - _LOOP), (right, box.y)), reverse=False)
