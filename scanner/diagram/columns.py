"""Which column each box stands in: its stage, and within a stage the longest way that leads to it.

Source: Sugiyama, Tagawa, Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from scanner.diagram.cells import Cell, Line

_HIGH = 8
"""Boxes of one band above each other from which on those without lines stand beside each other."""

_WIDEST = 3
_DEEPEST = 4
"""Columns of one stage at most; a longer chain ends in the last of them."""


def columns(cells: Sequence[Cell], lines: Sequence[Line]) -> tuple[dict[str, int], dict[int, tuple[int, int]]]:
    """Column of each box, and first and last column of each stage; `cells` and `lines` are sorted."""
    stage = {cell.id: cell.stage for cell in cells}
    after: dict[str, list[str]] = {cell.id: [] for cell in cells}
    for line in lines:
        if line.source != line.target and stage[line.source] == stage[line.target]:
            after[line.source].append(line.target)
    joined = {end for line in lines for end in (line.source, line.target)}
    depth = _depths(after)
    _spread([cell for cell in cells if cell.id not in joined], cells, depth)
    used: dict[int, list[int]] = {}
    for cell in cells:
        used.setdefault(cell.stage, []).append(depth[cell.id])
    first, spans = 0, {}
    for number in sorted(used):
        spans[number] = (first, first + max(used[number]))
        first = spans[number][1] + 1
    return {cell.id: spans[cell.stage][0] + depth[cell.id] for cell in cells}, spans


def _spread(alone: Sequence[Cell], cells: Sequence[Cell], depth: dict[str, int]) -> None:
    """Put what no line leads to where its stage is lowest, in more columns where it would be very high."""
    free = {cell.id for cell in alone}
    filled = Counter((cell.stage, cell.band, depth[cell.id]) for cell in cells if cell.id not in free)
    count = Counter((cell.stage, cell.band) for cell in cells)
    wide: dict[int, int] = {}
    for stage, _, place in filled:
        wide[stage] = max(wide.get(stage, 1), place + 1)
    for (stage, _), many in count.items():
        wide[stage] = max(wide.get(stage, 1), min(_WIDEST, -(-many // _HIGH)))
    for cell in alone:
        places = range(wide[cell.stage])
        depth[cell.id] = min(places, key=lambda place: filled[cell.stage, cell.band, place])
        filled[cell.stage, cell.band, depth[cell.id]] += 1


def _depths(after: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Length of the longest way to each, at most what there are columns; ways that close a circle do not count."""
    order, back = _finished(after)
    depth = dict.fromkeys(after, 0)
    for node in reversed(order):
        for other in after[node]:
            if (node, other) not in back:
                depth[other] = max(depth[other], min(depth[node] + 1, _DEEPEST - 1))
    return depth


def _finished(after: Mapping[str, Sequence[str]]) -> tuple[list[str], set[tuple[str, str]]]:
    """Nodes in the order in which a search in depth leaves them, and the edges that lead back."""
    order: list[str] = []
    back: set[tuple[str, str]] = set()
    state: dict[str, int] = {}
    fed = {other for others in after.values() for other in others}
    for root in sorted(after, key=lambda node: node in fed):
        stack = [(root, iter(after[root]))] if root not in state else []
        state.setdefault(root, 1)
        while stack:
            node, others = stack[-1]
            for other in others:
                if other not in state:
                    state[other] = 1
                    stack.append((other, iter(after[other])))
                    break
                if state[other] == 1:
                    back.add((node, other))
            else:
                state[node] = 2
                order.append(node)
                stack.pop()
    return order, back
