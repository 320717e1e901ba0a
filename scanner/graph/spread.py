"""Where data gets from several nodes at once, by shortest ways: one search for all of them, ways by its own steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple


@dataclass(frozen=True)
class Edges:
    """Edges by number, and by node."""

    sources: Sequence[int]
    targets: Sequence[int]
    leaving: Sequence[Sequence[int]]
    entering: Sequence[Sequence[int]]

    @cached_property
    def turned(self) -> Edges:
        """The same with every arrow turned round."""
        return Edges(self.targets, self.sources, self.entering, self.leaving)


class Spread:
    """The nearest origin of each node and, where they are kept apart, the two nearest.

    Two are enough to tell whether a node that is an origin itself is reached from another one: whoever has two hands
    both on, so that nobody has fewer than two of whom more than one reaches it.
    """

    def __init__(self, edges: Edges, levels: Sequence[int], most: int, origins: Sequence[int], *, apart: bool) -> None:
        """Search from `origins` over edges whose level is at most `most`."""
        self._edges = edges
        self._levels = levels
        self._most = most
        self.first = [-1] * len(edges.leaving)
        """By node: its nearest origin, the node itself where it is one; -1 where there is none."""

        self._edge = [-1] * len(edges.leaving)
        """By node: the edge that it came by, -1 at the origin itself."""

        self._second: dict[int, tuple[int, int]] = {}
        """By node: the next nearest origin, and the edge that it came by."""

        for node in origins:
            self.first[node] = node
        if apart:
            self._search_apart(origins)
        else:
            self._search(origins)

    def _search(self, origins: Sequence[int]) -> None:
        levels, most, first, came = self._levels, self._most, self.first, self._edge
        leaving, targets = self._edges.leaving, self._edges.targets
        queue = list(origins)
        for node in queue:  # which grows meanwhile
            origin = first[node]
            for edge in leaving[node]:
                end = targets[edge]
                if first[end] < 0 and levels[edge] <= most:
                    first[end] = origin
                    came[end] = edge
                    queue.append(end)

    def _search_apart(self, origins: Sequence[int]) -> None:
        levels, most, first, second = self._levels, self._most, self.first, self._second
        leaving, targets = self._edges.leaving, self._edges.targets
        queue = [(node, node) for node in origins]
        for node, origin in queue:  # which grows meanwhile
            for edge in leaving[node]:
                if levels[edge] > most:
                    continue
                end = targets[edge]
                if first[end] < 0:
                    first[end] = origin
                    self._edge[end] = edge
                elif first[end] != origin and end not in second:
                    second[end] = (origin, edge)
                else:
                    continue
                queue.append((end, origin))

    def reaches(self, node: int) -> bool:
        """Whether a node is an origin or is reached from one."""
        return self.first[node] >= 0

    def origins(self, node: int) -> tuple[int, ...]:
        """The nearest origins of a node, itself if it is one."""
        if self.first[node] < 0:
            return ()
        return (self.first[node], *self._second[node][:1]) if node in self._second else (self.first[node],)

    def origin(self, node: int) -> int | None:
        """The nearest origin other than the node itself."""
        return next((one for one in self.origins(node) if one != node), None)

    def way(self, node: int, origin: int | None = None) -> tuple[int, ...]:
        """Edges of a shortest way to a node that is reached, from this origin or its nearest other."""
        start = self.origin(node) if origin is None else origin
        found: list[int] = []
        while start is not None:
            edge = self._edge[node] if self.first[node] == start else self._second[node][1]
            if edge < 0:
                break
            found.append(edge)
            node = self._edges.sources[edge]
        return tuple(reversed(found))

    def leading_to(self, node: int, most: int) -> tuple[int, ...]:
        """Edges on ways to a node that was reached; none where there are more than `most`."""
        found: list[int] = []
        seen, queue = {node}, deque([node])
        while queue:
            for edge in self._edges.entering[queue.popleft()]:
                start = self._edges.sources[edge]
                if self._levels[edge] > self._most or self.first[start] < 0:
                    continue
                found.append(edge)
                if len(found) > most:
                    return ()
                if start not in seen:
                    seen.add(start)
                    queue.append(start)
        return tuple(found)


class Through(NamedTuple):
    """That a way leads through a node or an edge, and how sure the surest is."""

    level: int
    before: tuple[Spread, int, int]
    """Where it comes from: the search, the node up to which it leads, its origin."""

    after: tuple[Spread, int, int]
    edge: int | None = None

    @property
    def flows(self) -> tuple[int, ...]:
        """The edges of one way: from its origin to here, and on to its end."""
        (forth, node, start), (back, further, end) = self.before, self.after
        here = () if self.edge is None else (self.edge,)
        return (*forth.way(node, start), *here, *reversed(back.way(further, end)))


def meeting(
    pairs: Sequence[tuple[Spread, Spread]], before: int, after: int, edge: int | None = None, least: int = 0
) -> Through | None:
    """The surest way through an edge, or a node, by searches from both sides for each level; its ends are not one."""
    for level in range(least, len(pairs)):
        forth, back = pairs[level]
        start, end = forth.first[before], back.first[after]
        if start < 0 or end < 0:
            continue
        if start == end:
            others = product(forth.origins(before), back.origins(after))
            start, end = next(((one, other) for one, other in others if one != other), (start, start))
        if start != end:
            return Through(level, (forth, before, start), (back, after, end), edge)
    return None
