"""What can be reached: strongly connected components, and for each node which of many sources reach it, as one integer.

Source of the components: R. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972); here
without recursion, since a chain may be as long as a world has resources.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner.graph.flowgraph import Adjacency


def backwards(adjacency: Adjacency) -> Adjacency:
    """The same graph with every arrow turned round."""
    found: list[list[int]] = [[] for _ in adjacency]
    for node, ends in enumerate(adjacency):
        for end in ends:
            found[end].append(node)
    return found


def components(adjacency: Adjacency) -> tuple[tuple[int, ...], ...]:
    """Nodes that reach each other, together; a component stands after every one that it reaches."""
    walk = _Walk(adjacency)
    for node in range(len(adjacency)):
        if not walk.order[node]:
            walk.go(node)
    return tuple(walk.found)


class _Walk:
    """Tarjan's walk; `order` is when a node was first seen, 0 for not yet."""

    def __init__(self, adjacency: Adjacency) -> None:
        self.order = [0] * len(adjacency)
        self.found: list[tuple[int, ...]] = []
        self._adjacency = adjacency
        self._low = [0] * len(adjacency)
        self._done = bytearray(len(adjacency))
        self._open: list[int] = []
        self._seen = 0

    def go(self, start: int) -> None:
        """Everything that `start` leads to."""
        order, low, done, adjacency = self.order, self._low, self._done, self._adjacency
        self._enter(start)
        trail = [(start, iter(adjacency[start]))]
        while trail:
            node, ends = trail[-1]
            for end in ends:
                if not order[end]:
                    self._enter(end)
                    trail.append((end, iter(adjacency[end])))
                    break
                if not done[end] and order[end] < low[node]:
                    low[node] = order[end]
            else:
                trail.pop()
                if low[node] == order[node]:
                    self._close(node)
                if trail and low[node] < low[trail[-1][0]]:
                    low[trail[-1][0]] = low[node]

    def _enter(self, node: int) -> None:
        self._seen += 1
        self.order[node] = self._low[node] = self._seen
        self._open.append(node)

    def _close(self, node: int) -> None:
        start = len(self._open) - 1
        while self._open[start] != node:
            start -= 1
        together = self._open[start:]
        del self._open[start:]
        for one in together:
            self._done[one] = 1
        self.found.append(tuple(sorted(together)))


def labels(adjacency: Adjacency, sources: Sequence[int]) -> list[int]:
    """By node: which sources reach it, bit n for the n-th of them. A source reaches itself.

    Of the graph turned round: which of these nodes each node reaches.
    """
    found = [0] * len(adjacency)
    for bit, source in enumerate(sources):
        found[source] |= 1 << bit
    for together in reversed(components(adjacency)):
        label = 0
        for node in together:
            label |= found[node]
        if not label:
            continue
        for node in together:
            found[node] = label
            for end in adjacency[node]:
                # Not what is the same already: a new integer each time would cost a large world its memory.
                if label & ~found[end]:
                    found[end] |= label
    return found


def bits(label: int) -> tuple[int, ...]:
    """Numbers of the bits that are set, ascending."""
    found = []
    while label:
        lowest = label & -label
        found.append(lowest.bit_length() - 1)
        label ^= lowest
    return tuple(found)


class Reach:
    """Which of some sources reach each node, and the shortest ways."""

    def __init__(self, adjacency: Adjacency, sources: Sequence[int]) -> None:
        """Find out for all sources at once."""
        self.adjacency = adjacency
        self.sources = tuple(sources)
        self.labels = labels(adjacency, sources)
        self._back: Adjacency | None = None

    def reaches(self, source: int, target: int) -> bool:
        """Whether the `source`-th of the sources reaches a node."""
        return bool(self.labels[target] >> source & 1)

    def of(self, target: int) -> tuple[int, ...]:
        """Which of the sources reach a node, by their number."""
        return bits(self.labels[target])

    def path(self, source: int, target: int) -> tuple[int, ...]:
        """A shortest way from the `source`-th of the sources to a node, both ends included; empty where there is none.

        Always the same one: at each step back to the source, the node with the lowest number.
        """
        return () if not self.reaches(source, target) else self._walked(source, target)

    def _walked(self, source: int, target: int) -> tuple[int, ...]:
        """Backwards from the target over nodes that the source reaches, so that nothing is looked at in vain."""
        start, bit = self.sources[source], 1 << source
        if self._back is None:
            self._back = backwards(self.adjacency)
        onward = {target: target}
        layer = [target]
        while start not in onward:
            further: list[int] = []
            for node in layer:
                for before in self._back[node]:
                    if before not in onward and self.labels[before] & bit:
                        onward[before] = node
                        further.append(before)
            layer = sorted(further)
        path = [start]
        while path[-1] != target:
            path.append(onward[path[-1]])
        return tuple(path)
