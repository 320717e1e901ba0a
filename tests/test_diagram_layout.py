"""Laws of the layout: nothing overlaps, nothing is crossed, and order of input makes no difference."""

from __future__ import annotations

import random
from itertools import combinations, pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.diagram.cells import LEFT, RIGHT, Box, Cell, Layout, Line, Route
from scanner.diagram.layout import laid_out
from scanner.diagram.placing import isotonic

STAGES = [LEFT, 1, 2, 3, 4, 5, 6, RIGHT]
LOOKS = ["declared", "likely"]


@st.composite
def drawings(draw: st.DrawFn) -> tuple[list[Cell], list[Line]]:
    """Any boxes and lines: circles, lines to itself, between outsides, backwards, several of one kind."""
    count = draw(st.integers(1, 24))
    cells = [Cell(f"n{i}", draw(st.sampled_from(STAGES)), draw(st.integers(0, 2))) for i in range(count)]
    ends = st.integers(0, count - 1)
    parts = st.tuples(ends, ends, st.sampled_from(LOOKS), st.booleans())
    lines = [Line(f"n{a}", f"n{b}", look, both) for a, b, look, both in draw(st.lists(parts, max_size=40))]
    return cells, lines


def apart(one: Box, other: Box) -> bool:
    return one.right <= other.x or other.right <= one.x or one.bottom <= other.y or other.bottom <= one.y


def crosses(route: Route, box: Box) -> bool:
    """Whether a part of a way is inside a box; its edge may be touched."""
    for (x, y), (x2, y2) in pairwise(route.points):
        if max(x, x2) > box.x and min(x, x2) < box.right and max(y, y2) > box.y and min(y, y2) < box.bottom:
            return True
    return False


def holds(layout: Layout, cells: list[Cell], lines: list[Line]) -> None:
    """Every law of a layout."""
    assert layout.boxes.keys() == {cell.id for cell in cells}
    assert layout.routes.keys() == set(lines)
    for one, other in combinations(layout.boxes.values(), 2):
        assert apart(one, other)
    for line, route in layout.routes.items():
        for (x, y), (x2, y2) in pairwise(route.points):
            assert x == x2 or y == y2, "a way runs across or up and down"
        assert not any(crosses(route, box) for box in layout.boxes.values())
        start, end = (line.target, line.source) if route.reverse else (line.source, line.target)
        assert touches(route.points[0], layout.boxes[start])
        assert touches(route.points[-1], layout.boxes[end])
    for band, frame in layout.bands.items():
        for cell in cells:
            box = layout.boxes[cell.id]
            if cell.stage in {LEFT, RIGHT} or cell.band != band:
                assert apart(box, frame)
            else:
                assert frame.x < box.x
                assert box.right < frame.right
                assert frame.y < box.y
                assert box.bottom < frame.bottom
    for one, other in combinations(layout.bands.values(), 2):
        assert apart(one, other)
    for box in (*layout.boxes.values(), *layout.bands.values()):
        assert box.x >= 0
        assert box.y >= 0
        assert box.right <= layout.width
        assert box.bottom <= layout.height


def touches(point: tuple[float, float], box: Box) -> bool:
    x, y = point
    return box.x <= x <= box.right and box.y <= y <= box.bottom and (x in {box.x, box.right} or y == box.y)


@settings(max_examples=150, deadline=None)
@given(drawings())
def test_no_boxes_overlap_and_no_line_crosses_a_box(drawing: tuple[list[Cell], list[Line]]) -> None:
    cells, lines = drawing
    holds(laid_out(cells, lines), cells, lines)


@settings(max_examples=50, deadline=None)
@given(drawings(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_makes_no_difference(drawing: Any, chance: random.Random) -> None:
    cells, lines = drawing
    mixed, mixed_lines = list(cells), list(lines)
    chance.shuffle(mixed)
    chance.shuffle(mixed_lines)
    assert laid_out(mixed, mixed_lines) == laid_out(cells, lines)


def test_nothing_is_nothing() -> None:
    assert laid_out([], [Line("a", "b")]) == Layout()


def test_lines_to_what_is_not_there_are_left_out() -> None:
    layout = laid_out([Cell("a", 1)], [Line("a", "b"), Line("c", "a")])
    assert layout.routes == {}


def test_stages_stand_from_left_to_right_and_a_chain_within_one_takes_several_columns() -> None:
    chain = [Cell(name, 1) for name in ("waf", "cdn", "api")]
    layout = laid_out([*chain, Cell("chat", 2), Cell("table", 4)], [Line("waf", "cdn"), Line("cdn", "api")])
    lefts = [layout.boxes[name].x for name in ("waf", "cdn", "api", "chat", "table")]
    assert lefts == sorted(set(lefts))


def test_a_chain_longer_than_a_stage_is_wide_ends_in_its_last_column() -> None:
    cells = [Cell(f"n{i}", 2) for i in range(9)]
    lines = [Line(f"n{i}", f"n{i + 1}") for i in range(8)]
    layout = laid_out(cells, lines)
    assert len({box.x for box in layout.boxes.values()}) == 4
    holds(layout, cells, lines)


def test_what_no_line_leads_to_stands_beside_each_other_where_it_would_be_very_high() -> None:
    layout = laid_out([Cell(f"n{i:02}", 4) for i in range(30)], [])
    assert len({box.x for box in layout.boxes.values()}) == 3


def test_lines_of_one_look_to_one_box_share_their_way() -> None:
    cells = [*(Cell(f"f{i}", 2) for i in range(5)), Cell("log", 5), Cell("table", 4)]
    lines = [Line(f"f{i}", "log") for i in range(5)]
    routes = laid_out(cells, lines).routes
    starts = {route.points[0] for route in routes.values()}
    assert len(starts) == 1, "from the log on they are one"
    assert all(route.reverse for route in routes.values())
    unlike = [*lines[:4], Line("f4", "log", "other")]
    assert len({route.points[0] for route in laid_out(cells, unlike).routes.values()}) == 2


def test_a_long_line_is_straight_where_nothing_is_in_its_way() -> None:
    cells = [Cell("a", 1), Cell("b", 6), *(Cell(f"s{i}", i) for i in (2, 3, 4))]
    route = laid_out(cells, [Line("a", "b")]).routes[Line("a", "b")]
    assert len(route.points) <= 4, "one way down at most"


def test_no_two_bundles_run_on_one_track() -> None:
    chance = random.Random(7)  # noqa: S311 - a drawing, no secret
    cells = [Cell(f"n{i}", chance.choice(STAGES), chance.randrange(3)) for i in range(60)]
    lines = [Line(f"n{chance.randrange(60)}", f"n{chance.randrange(60)}", chance.choice(LOOKS)) for _ in range(120)]
    layout = laid_out(cells, lines)
    holds(layout, cells, sorted(set(lines), key=str))
    uprights: dict[float, list[tuple[float, float, tuple[str, str]]]] = {}
    for line, route in layout.routes.items():
        for (x, y), (x2, y2) in pairwise(route.points):
            if x == x2 and line.source != line.target:
                uprights.setdefault(x, []).append((min(y, y2), max(y, y2), (line.source, line.target)))
    for parts in uprights.values():
        for (top, bottom, ends), (top2, bottom2, ends2) in combinations(parts, 2):
            shared = min(bottom, bottom2) - max(top, top2)
            assert shared <= 0 or set(ends) & set(ends2), "only lines of one bundle, which share an end"


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0.1, 10)), max_size=20))
def test_heights_keep_their_order_and_their_mean(values: list[tuple[float, float]]) -> None:
    found = isotonic([want for want, _ in values], [weight for _, weight in values])
    assert len(found) == len(values)
    assert all(one <= other for one, other in pairwise(found))
    wanted = sum(want * weight for want, weight in values)
    assert abs(sum(at * weight for at, (_, weight) in zip(found, values, strict=True)) - wanted) < 1e-6
