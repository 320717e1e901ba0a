"""Swim lanes: stages from left to right, bands from top to bottom, lines through the lanes between them.

The same input gives the same picture, in whatever order it comes. No two boxes touch, and no line crosses a box: lines
run up and down in lanes between columns alone, and pass columns in slots of their own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from scanner.diagram.bundles import MARGIN, Bundle, Item, Wiring, wired
from scanner.diagram.cells import BOX_WIDTH, LEFT, RIGHT, Box, Cell, Layout, Line, Point, Route
from scanner.diagram.columns import columns
from scanner.diagram.lanes import End, ends, spans, tracks
from scanner.diagram.placing import Placed

_TRACK = 7.0
_SIDE = 14.0
"""Between a column and the first track beside it."""

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
    own = [line for line in asked if line.source == line.target]
    asked = [line for line in asked if line.source != line.target]
    column, stages = columns(given, asked)
    wiring = wired(given, asked, column)
    placed = Placed(wiring)
    bands, height = _stacked(placed)
    touching = ends(wiring, placed)
    placed.straighten(wiring.ways.values(), _starts(wiring, touching))
    touching = ends(wiring, placed)
    lanes = {lane: tracks(nets) for lane, nets in spans(wiring, touching).items()}
    lefts, width = _across(max(column.values()) + 1, lanes)
    boxes = {
        item.id: Box(lefts[item.column], placed.middle[item] - placed.height[item] / 2, BOX_WIDTH, placed.height[item])
        for items in wiring.items.values()
        for item in items
        if item.bundle is None
    }
    routes = {line: _route(line, *way, lefts, lanes, touching) for line, way in wiring.ways.items()}
    routes |= {line: _loop(boxes[line.source]) for line in own}
    inside = [number for number in stages if number not in {LEFT, RIGHT}]
    frame = _frame([stages[number] for number in inside], lefts, width) if inside else (0.0, 0.0)
    return Layout(
        width=width,
        height=height,
        boxes=boxes,
        routes=routes,
        bands={band: Box(frame[0], top, frame[1] - frame[0], bottom - top) for band, (top, bottom) in bands.items()},
        stages={number: (lefts[first], lefts[last] + BOX_WIDTH) for number, (first, last) in stages.items()},
    )


def _order(line: Line) -> tuple[object, ...]:
    return (line.source, line.target, line.look, line.both)


def _stacked(placed: Placed) -> tuple[dict[int, tuple[float, float]], float]:
    """Put the bands below each other; top and bottom of each, and the height of all."""
    found, at = {}, _TOP
    extents = placed.bands()
    at += placed.passing()
    for band in sorted(extents.keys() - {MARGIN}):
        top, bottom = extents[band]
        placed.move(band, at + _HEAD - top)
        found[band] = (at, at + _HEAD + bottom - top + _FOOT)
        at = found[band][1] + _BETWEEN
    placed.settle_outside(_TOP)
    bottom = max((bottom for _, bottom in placed.bands().values()), default=0.0)
    return found, max(bottom + _FOOT, at - _BETWEEN) + _EDGE


def _starts(wiring: Wiring, touching: Mapping[End, float]) -> dict[Bundle, float]:
    """Height at which each bundle leaves its hub."""
    return {bundle: touching[way[0], bundle, bundle.side] for bundle, way in wiring.ways.values()}


def _across(count: int, lanes: Mapping[int, Mapping[Bundle, int]]) -> tuple[list[float], float]:
    """Left edge of each column, and the width of all."""
    lefts, at = [], _EDGE + _SIDE
    for number in range(count):
        lefts.append(at)
        used = max(lanes.get(number, {}).values(), default=-1) + 1
        at += BOX_WIDTH + 2 * _SIDE + max(used - 1, 0) * _TRACK
    return lefts, at + _EDGE


def _frame(inside: list[tuple[int, int]], lefts: list[float], width: float) -> tuple[float, float]:
    """Left and right edge of the bands."""
    first, last = min(first for first, _ in inside), max(last for _, last in inside)
    right = lefts[last] + BOX_WIDTH + _SIDE
    return lefts[first] - _SIDE, min(right, width)


def _route(
    line: Line,
    bundle: Bundle,
    way: tuple[Item, ...],
    lefts: list[float],
    lanes: Mapping[int, Mapping[Bundle, int]],
    touching: Mapping[End, float],
) -> Route:
    """Corners from the hub on: out of an item, along a track, into the next."""
    points: list[Point] = []
    for one, other in itertools.pairwise(way):
        lane = min(one.column, other.column)
        leaves, enters = ("right", "left") if other.column > one.column else ("left", "right")
        if other.column == one.column:
            enters = leaves = "right"
        start, end = touching[one, bundle, leaves], touching[other, bundle, enters]
        points.append((_edge(one, leaves, lefts), start))
        track = lanes[lane][bundle]
        if track >= 0:
            across = lefts[lane] + BOX_WIDTH + _SIDE + track * _TRACK
            points += ((across, start), (across, end))
        points.append((_edge(other, enters, lefts), end))
    return Route(_straightened(points), reverse=bundle.hub != line.source)


def _edge(item: Item, side: str, lefts: list[float]) -> float:
    return lefts[item.column] + (BOX_WIDTH if side == "right" else 0)


def _straightened(points: list[Point]) -> tuple[Point, ...]:
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
