"""Ways through the lanes between columns: where bundles leave a box, and the track each takes up and down.

Tracks by the left-edge method (Hashimoto, Stevens, "Wire routing by optimizing channel assignment", 1971), with the
constraint that two bundles at one height do not run into each other.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from scanner.diagram.bundles import Bundle, Item, Wiring
from scanner.diagram.placing import Placed

_PITCH = 10.0
"""Between the ends of bundles on one side of a box, where there is room."""

_CLEAR = 3.0
"""Wires nearer than that are taken for one."""

End = tuple[Item, Bundle, str]
"""Where a bundle touches an item: on its left or its right side."""


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


def ends(wiring: Wiring, placed: Placed) -> dict[End, float]:
    """Height at which each bundle touches each item; on a box they stand in the order of where they lead."""
    sides: dict[tuple[Item, str], list[tuple[float, Bundle]]] = {}
    for net, joined in wiring.nets.items():
        for side, item in joined:
            others = [placed.middle[other] for _, other in joined if other != item] or [placed.middle[item]]
            # An item left of the lane is touched on its right.
            touched = "right" if side == "left" else "left"
            sides.setdefault((item, touched), []).append((sum(others) / len(others), net.bundle))
    found: dict[End, float] = {}
    for (item, touched), bundles in sides.items():
        bundles.sort()
        room = placed.height[item] - 12
        pitch = min(_PITCH, room / (len(bundles) - 1)) if len(bundles) > 1 and room > 0 else 0.0
        for number, (_, bundle) in enumerate(bundles):
            found[item, bundle, touched] = placed.middle[item] + (number - (len(bundles) - 1) / 2) * pitch
    return found


def spans(wiring: Wiring, touching: Mapping[End, float]) -> dict[int, dict[Bundle, Span]]:
    """Nets of each lane."""
    found: dict[int, dict[Bundle, Span]] = {}
    for (lane, bundle), joined in wiring.nets.items():
        left = tuple(sorted(touching[item, bundle, "right"] for side, item in joined if side == "left"))
        right = tuple(sorted(touching[item, bundle, "left"] for side, item in joined if side == "right"))
        found.setdefault(lane, {})[bundle] = Span(min(*left, *right), max(*left, *right), left, right)
    return found


def tracks(nets: Mapping[Bundle, Span]) -> dict[Bundle, int]:
    """Track of each net of one lane, from the left; one that is straight takes none, and gets -1."""
    bent = sorted((bundle for bundle in nets if not _straight(nets[bundle])), key=lambda one: _rank(one, nets[one]))
    before = _before([nets[bundle] for bundle in bent])
    waits = [len(ones) for ones in before]
    behind: list[list[int]] = [[] for _ in bent]
    for net, ones in enumerate(before):
        for one in ones:
            behind[one].append(net)
    ready = [net for net, count in enumerate(waits) if count == 0]
    left, taken, found = set(range(len(bent))), _Taken(), dict.fromkeys(nets, -1)
    while left:
        # In a circle of constraints none can be kept: the first goes first.
        net = heapq.heappop(ready) if ready else min(left)
        if net not in left:
            continue
        left.discard(net)
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
        self._tracks: list[list[Span]] = []

    def first(self, span: Span, least: int) -> int:
        """Take the first track, from `least` on, that is free over a span."""
        for track in range(least, len(self._tracks)):
            if all(span.bottom + _CLEAR <= one.top or one.bottom + _CLEAR <= span.top for one in self._tracks[track]):
                self._tracks[track].append(span)
                return track
        self._tracks.extend([] for _ in range(least - len(self._tracks)))
        self._tracks.append([span])
        return len(self._tracks) - 1


def _straight(span: Span) -> bool:
    return span.bottom - span.top < 0.01


def _rank(bundle: Bundle, span: Span) -> tuple[object, ...]:
    """What leads down goes left the lower it begins, what leads up the higher: so they cross least."""
    return (0, -span.top, -span.bottom, bundle) if span.falls else (1, span.bottom, span.top, bundle)


def _before(nets: Sequence[Span]) -> list[set[int]]:
    """For each net those that must stand left of it: they leave a box at the height at which it comes to one."""
    lefts = sorted((at, net) for net, span in enumerate(nets) for at in span.left)
    found: list[set[int]] = [set() for _ in nets]
    heights = [at for at, _ in lefts]

    for net, span in enumerate(nets):
        for at in span.right:
            for place in range(bisect_left(heights, at - _CLEAR), len(lefts)):
                if heights[place] > at + _CLEAR:
                    break
                if lefts[place][1] != net:
                    found[net].add(lefts[place][1])
    return found
