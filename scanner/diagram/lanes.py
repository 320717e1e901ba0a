"""Ways through the lanes between columns: where bundles leave a box, and the track each takes up and down.

Tracks by the left-edge method (Hashimoto, Stevens, "Wire routing by optimizing channel assignment", 1971), with the
constraint that two bundles at one height do not run into each other.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from scanner.diagram.bundles import Bundle, Item, Net, Side
from scanner.diagram.placing import halved

_PITCH = 10.0
"""Between the ends of bundles on one side of a box, where there is room."""

_CLEAR = 3.0
"""Wires nearer than that are taken for one."""

Touching: TypeAlias = Mapping[Item, Mapping[tuple[Bundle, Side], float]]
"""Heights at which bundles touch each box, on either side; a slot is touched in its middle."""


class Span(NamedTuple):
    """A net as its lane sees it."""

    top: float
    bottom: float
    left: tuple[float, ...]
    right: tuple[float, ...]

    @property
    def falls(self) -> bool:
        """Whether it leads down, from left to right."""
        return bool(self.left and self.right) and sum(self.left) / len(self.left) < sum(self.right) / len(self.right)


def touching(nets: Mapping[int, Mapping[Bundle, Net]]) -> Touching:
    """Where each bundle touches each box: on either side in the order of where it leads."""
    sides: dict[tuple[Item, Side], list[tuple[float, Bundle]]] = {}
    for lane in nets.values():
        for net in lane.values():
            every = [item.middle for item in (*net.left, *net.right)]
            total, count = sum(every), max(len(every) - 1, 1)
            # An item left of the lane is touched on its right.
            for items, side in ((net.left, "right"), (net.right, "left")):
                for item in items:
                    if item.bundle is None:
                        told: Side = "right" if side == "right" else "left"
                        sides.setdefault((item, told), []).append(((total - item.middle) / count, net.bundle))
    found: dict[Item, dict[tuple[Bundle, Side], float]] = {}
    for (item, side_), bundles in sides.items():
        bundles.sort()
        pitch = min(_PITCH, (item.height - 12) / max(len(bundles) - 1, 1))
        for number, (_, bundle) in enumerate(bundles):
            found.setdefault(item, {})[bundle, side_] = halved(item.middle + (number - (len(bundles) - 1) / 2) * pitch)
    return found


def height(touched: Touching, item: Item, bundle: Bundle, side: Side) -> float:
    """Height at which a bundle touches an item."""
    return item.middle if item.bundle is not None else touched[item][bundle, side]


def spans(nets: Mapping[Bundle, Net], touched: Touching) -> dict[Bundle, Span]:
    """The nets of one lane."""
    found: dict[Bundle, Span] = {}
    for bundle, net in nets.items():
        left = tuple(height(touched, item, bundle, "right") for item in net.left)
        right = tuple(height(touched, item, bundle, "left") for item in net.right)
        found[bundle] = Span(min(*left, *right), max(*left, *right), left, right)
    return found


def tracks(nets: Mapping[Bundle, Span]) -> dict[Bundle, int]:
    """Track of each net of one lane, from the left; one that is straight takes none, and gets -1."""
    bent = sorted((bundle for bundle in nets if not _straight(nets[bundle])), key=lambda one: _rank(one, nets[one]))
    before = _before([nets[bundle] for bundle in bent])
    behind: list[list[int]] = [[] for _ in bent]
    for net, ones in enumerate(before):
        for one in ones:
            behind[one].append(net)
    waits = [len(ones) for ones in before]
    ready = [net for net, count in enumerate(waits) if count == 0]
    left, taken, found = dict.fromkeys(range(len(bent))), _Taken(), dict.fromkeys(nets, -1)
    while left:
        # In a circle of constraints none can be kept: the first goes first.
        net = heapq.heappop(ready) if ready else next(iter(left))
        if net not in left:
            continue
        del left[net]
        least = max((found[bent[one]] + 1 for one in before[net]), default=0)
        found[bent[net]] = taken.first(nets[bent[net]], least)
        for one in behind[net]:
            waits[one] -= 1
            if waits[one] == 0:
                heapq.heappush(ready, one)
    return found


class _Taken:
    """Which part of each track is in use."""

    def __init__(self) -> None:
        self._tracks: list[list[tuple[float, float]]] = []

    def first(self, span: Span, least: int) -> int:
        """Take the first track, from `least` on, that is free over a span."""
        part = (span.top - _CLEAR, span.bottom)
        for number in range(least, len(self._tracks)):
            track = self._tracks[number]
            place = bisect_left(track, part)
            free = (place == 0 or track[place - 1][1] <= part[0]) and (
                place == len(track) or span.bottom <= track[place][0]
            )
            if free:
                track.insert(place, part)
                return number
        self._tracks.extend([] for _ in range(least - len(self._tracks)))
        self._tracks.append([part])
        return len(self._tracks) - 1


def _straight(span: Span) -> bool:
    return span.bottom - span.top < 0.01


def _rank(bundle: Bundle, span: Span) -> tuple[object, ...]:
    """What leads down goes left the lower it begins, what leads up the higher: so they cross least."""
    return (0, -span.top, -span.bottom, bundle) if span.falls else (1, span.bottom, span.top, bundle)


def _before(nets: Sequence[Span]) -> list[set[int]]:
    """For each net those that must stand left of it: they leave a box at the height at which it comes to one."""
    lefts = sorted((at, net) for net, span in enumerate(nets) for at in span.left)
    heights = [at for at, _ in lefts]
    found: list[set[int]] = [set() for _ in nets]
    for net, span in enumerate(nets):
        for at in span.right:
            for place in range(bisect_left(heights, at - _CLEAR), len(lefts)):
                if heights[place] > at + _CLEAR:
                    break
                if lefts[place][1] != net:
                    found[net].add(lefts[place][1])
    return found
