"""The cheapest cut: the fewest flows that must go so that nothing gets from some nodes to another.

Source: L. Ford and D. Fulkerson, "Maximal flow through a network", Canadian Journal of Mathematics 8 (1956): the fewest
edges that part two sides are as many as the ways between them that share none; here with shortest ways first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence


def smallest_cut(
    ends: Mapping[int, tuple[int, int]], sources: Collection[int], sink: int, *, most: int, near_sink: bool
) -> tuple[int, ...]:
    """The fewest edges whose removal ends every way from the sources to the sink; empty where there is no way.

    `ends` are source and target by edge. Of several cuts of the same size it is the one nearest the sink, or nearest
    the sources. Empty as well where more than `most` edges must go.
    """
    network = _Network(ends)
    for _ in range(most + 1):
        steps = network.way(sources, sink)
        if not steps:
            return network.cut(sources, sink, near_sink=near_sink)
        network.push(steps)
    return ()


class _Network:
    """Edges of capacity one, and which of them are used up."""

    def __init__(self, ends: Mapping[int, tuple[int, int]]) -> None:
        self._ends = ends
        self._used: set[int] = set()
        self._out: dict[int, list[int]] = {}
        self._in: dict[int, list[int]] = {}
        for edge, (source, target) in sorted(ends.items()):
            if source != target:
                self._out.setdefault(source, []).append(edge)
                self._in.setdefault(target, []).append(edge)

    def way(self, sources: Iterable[int], sink: int) -> list[tuple[int, bool]]:
        """A shortest way that is left: edges, and whether each is taken in its own direction."""
        came = self._reached(sources, stop=sink)
        steps = []
        node = sink
        while (step := came.get(node)) is not None:
            steps.append(step)
            node = self._ends[step[0]][0 if step[1] else 1]
        return steps

    def push(self, steps: Sequence[tuple[int, bool]]) -> None:
        """Use a way up."""
        for edge, forward in steps:
            (self._used.add if forward else self._used.discard)(edge)

    def cut(self, sources: Iterable[int], sink: int, *, near_sink: bool) -> tuple[int, ...]:
        """The edges from one side to the other, once no way is left."""
        if near_sink:
            side = self._reaching(sink)
            crossing = (e for e, (source, target) in self._ends.items() if source not in side and target in side)
        else:
            here = self._reached(sources)
            crossing = (e for e, (source, target) in self._ends.items() if source in here and target not in here)
        return tuple(sorted(crossing))

    def _reached(self, sources: Iterable[int], stop: int | None = None) -> dict[int, tuple[int, bool] | None]:
        """Nodes that are left to be reached, each with the step that leads to it."""
        came: dict[int, tuple[int, bool] | None] = dict.fromkeys(sorted(sources))
        queue = deque(came)
        while queue and stop not in came:
            node = queue.popleft()
            onward = [(edge, True, self._ends[edge][1]) for edge in self._out.get(node, ()) if edge not in self._used]
            back = [(edge, False, self._ends[edge][0]) for edge in self._in.get(node, ()) if edge in self._used]
            for edge, forward, end in (*onward, *back):
                if end not in came:
                    came[end] = (edge, forward)
                    queue.append(end)
        return came

    def _reaching(self, sink: int) -> set[int]:
        """Nodes from which the sink is left to be reached."""
        found, queue = {sink}, deque([sink])
        while queue:
            node = queue.popleft()
            ends = [self._ends[edge][0] for edge in self._in.get(node, ()) if edge not in self._used]
            ends += [self._ends[edge][1] for edge in self._out.get(node, ()) if edge in self._used]
            for end in ends:
                if end not in found:
                    found.add(end)
                    queue.append(end)
        return found
