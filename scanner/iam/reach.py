"""Who can become whom over any number of steps, in sets: strongly connected parts, each with all that leads to it.

Nodes that the same others lead to are one class: as many labels are kept as there are different sets, not as there are
nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from scanner.iam.answers import members


def alike(into: Mapping[int, int]) -> dict[int, int]:
    """The same with those that all lead to each other as one class: each is said to lead to itself as well.

    As it does, by way of any of the others. Where everybody may become everybody, all sets would differ otherwise.
    """
    times = Counter(bits | 1 << node for node, bits in into.items())
    whole = {bits: bits for bits, count in times.items() if count > 1}
    return {node: whole.get(bits | 1 << node, bits) for node, bits in into.items()}


class Reach:
    """All that leads to each node, directly or not."""

    def __init__(self, into: Mapping[int, int], hubs: int = 0) -> None:
        """Take the set of those that lead to each node directly.

        `hubs` are nodes that lead to many, as an administrator to everybody: what leads to one leads to all of them,
        and is worked out once.
        """
        self._into = alike({node: bits for node, bits in into.items() if bits})
        self._members: dict[int, int] = {}
        for node, bits in self._into.items():
            self._members[bits] = self._members.get(bits, 0) | 1 << node
        self._reached = sum(1 << node for node in self._into)
        self._labels: dict[int, int] = {}
        self._closed: dict[int, int] = {}
        for hub in members(hubs):
            self._close_in(hub)
        for bits in self._members:
            if bits not in self._labels:
                self._label(bits)

    def _close_in(self, hub: int) -> None:
        """Work out what leads to a hub: whatever of it the hub leads to in turn is one part with it."""
        found = left = 1 << hub
        while left := left & self._reached:
            bits = self._into[(left & -left).bit_length() - 1]
            left &= ~self._members[bits]
            left |= bits & ~found
            found |= bits
        if found == 1 << hub:
            return
        self._closed[1 << hub] = found
        for bits, nodes in self._members.items():
            if bits >> hub & 1 and nodes & found:
                self._labels[bits] = found

    def above(self, nodes: int) -> int:
        """These nodes, and all that lead to one of them."""
        found = nodes
        for bits in self._classes(nodes):
            found |= self._labels[bits]
        return found

    def before(self, node: int) -> int:
        """All that lead to a node."""
        bits = self._into.get(node, 0)
        return self._labels[bits] if bits else 0

    def after(self, node: int) -> int:
        """All that a node leads to."""
        bit = 1 << node
        return sum(self._members[bits] for bits, label in self._labels.items() if label & bit)

    def _classes(self, nodes: int) -> Iterator[int]:
        """Sets of the classes that nodes are of."""
        left = nodes & self._reached
        while left:
            bits = self._into[(left & -left).bit_length() - 1]
            yield bits
            left &= ~self._members[bits]

    def _begun(self, bits: int) -> tuple[int, Iterator[int]]:
        """The label of a class as far as it is known at once, and the classes that it depends on."""
        label, left = bits, bits
        for hub, closed in self._closed.items():
            if bits & hub:
                label, left = label | closed, left & ~closed
        return label, self._classes(left)

    def _label(self, start: int) -> None:
        """Label a class, and all that it depends on.

        Source: R. Tarjan, "Depth-first search and linear graph algorithms" (1972), without recursion.
        """
        number: dict[int, int] = {start: 0}
        low: dict[int, int] = {start: 0}
        open_: dict[int, None] = {start: None}
        label: dict[int, int] = {}
        label[start], following = self._begun(start)
        work = [(start, following)]
        while work:
            here, onward = work[-1]
            found = next(onward, None)
            if found is None:
                work.pop()
                if low[here] == number[here]:
                    self._close(here, open_, label)
                if work:
                    caller = work[-1][0]
                    low[caller] = min(low[caller], low[here])
                    label[caller] |= self._labels.get(here) or label[here]
            elif found in self._labels:
                label[here] |= self._labels[found]
            elif found in number:
                low[here] = min(low[here], number[found])
                label[here] |= label[found]
            else:
                number[found] = low[found] = len(number)
                open_[found] = None
                label[found], following = self._begun(found)
                work.append((found, following))

    def _close(self, root: int, open_: dict[int, None], label: dict[int, int]) -> None:
        """Give everything of one strongly connected part the same label."""
        part = []
        while open_:
            here, _ = open_.popitem()
            part.append(here)
            if here == root:
                break
        whole = 0
        for here in part:
            whole |= label[here]
        for here in part:
            self._labels[here] = whole
