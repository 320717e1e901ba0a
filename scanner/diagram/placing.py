"""The order of items in their columns, and how high each stands.

Order by barycentres (Sugiyama et al. 1981), heights by isotonic regression: each item as near as can be to the mean of
its neighbours, in the order found and without touching another (pool adjacent violators; Ayer et al. 1955).
"""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence

from scanner.diagram.bundles import MARGIN, Bundle, Item, Wiring
from scanner.diagram.cells import BOX_HEIGHT

_SWEEPS = 8
_GAP = 16
"""Between boxes."""

_SLOT_GAP = 9
"""Between a slot and what is next to it."""

_PASSING = 10.0
"""Between what passes above all bands."""

_PORT = 7
"""Height that each bundle on one side of a box takes at least."""

Column = dict[int, list[Item]]
"""Items of one column by band."""


class Placed:
    """Items in order, and the middle of each."""

    def __init__(self, wiring: Wiring) -> None:
        """Place what was wired: order first, then heights band by band, then what stands outside of them."""
        self._near = _neighbours(wiring)
        self.height = _heights(wiring)
        self._columns: dict[int, Column] = {}
        for (column, band), items in sorted(wiring.items.items()):
            self._columns.setdefault(column, {})[band] = sorted(items, key=_named)
        self._bands = sorted({band for column in self._columns.values() for band in column} - {MARGIN})
        self.middle: dict[Item, float] = {}
        self._pack()
        self._order()
        self._settle()

    def bands(self) -> dict[int, tuple[float, float]]:
        """Top and bottom of what stands in each band."""
        found: dict[int, tuple[float, float]] = {}
        for column in self._columns.values():
            for band, items in column.items():
                tops = self.middle[items[0]] - self.height[items[0]] / 2
                bottoms = self.middle[items[-1]] + self.height[items[-1]] / 2
                top, bottom = found.get(band, (tops, bottoms))
                found[band] = (min(top, tops), max(bottom, bottoms))
        return found

    def move(self, band: int, by: float) -> None:
        """Move a band up or down."""
        for column in self._columns.values():
            for item in column.get(band, ()):
                self.middle[item] += by

    def settle_outside(self, top: float) -> None:
        """Place what stands outside of all bands beside what it is connected with; what passes above them, above."""
        for column in self._columns.values():
            items = column.get(MARGIN, [])
            if items and all(item.bundle is not None for item in items):
                self.middle.update({item: top + number * _PASSING for number, item in enumerate(items)})
            elif items:
                self._fit(items, self._near, 1.0)
                above = top - (self.middle[items[0]] - self.height[items[0]] / 2)
                for item in items if above > 0 else ():
                    self.middle[item] += above

    def passing(self) -> float:
        """Height that is needed above all bands."""
        slots = (sum(one.bundle is not None for one in column.get(MARGIN, ())) for column in self._columns.values())
        return _PASSING * max(slots, default=0)

    def straighten(self, ways: Iterable[tuple[Bundle, tuple[Item, ...]]], start: Mapping[Bundle, float]) -> None:
        """Let slots stand where their bundle leaves its hub, or as near as what is beside them lets them."""
        beside: dict[Item, tuple[float, float]] = {}
        for column in self._columns.values():
            for items in column.values():
                for above, item, below in zip([None, *items], items, [*items[1:], None], strict=False):
                    if item.bundle is not None:
                        beside[item] = (self._clear(above, item, 1), self._clear(below, item, -1))
        done: set[Item] = set()
        for bundle, way in ways:
            at = start[bundle]
            for item in way[1:-1]:
                if item not in done:
                    done.add(item)
                    low, high = beside[item]
                    self.middle[item] = max(low, min(at, high))
                at = self.middle[item]

    def _clear(self, other: Item | None, item: Item, sign: int) -> float:
        """How far an item may go towards another: slots half of the way, so that both may."""
        if other is None:
            return self.middle[item]
        near = self.middle[other] + sign * (self.height[other] / 2 + _SLOT_GAP)
        return near if other.bundle is None else (near + self.middle[item]) / 2

    def _pack(self) -> None:
        """Provisional heights: each band's items closely, around the middle of the band."""
        tall = dict.fromkeys((MARGIN, *self._bands), 0.0)
        for column in self._columns.values():
            for band, items in column.items():
                tall[band] = max(tall[band], self._length(items))
        inside = sum(tall[band] for band in self._bands)
        starts, at = {MARGIN: inside / 2 - tall[MARGIN] / 2}, 0.0
        for band in self._bands:
            starts[band], at = at, at + tall[band]
        for column in self._columns.values():
            for band, items in column.items():
                self._stack(items, starts[band] + (tall[band] - self._length(items)) / 2)

    def _length(self, items: Sequence[Item]) -> float:
        return sum(self.height[item] + _SLOT_GAP for item in items)

    def _stack(self, items: Iterable[Item], top: float) -> None:
        for item in items:
            self.middle[item] = top + self.height[item] / 2
            top += self.height[item] + _SLOT_GAP

    def _order(self) -> None:
        best, least = {}, -1
        for sweep in range(_SWEEPS):
            numbers = sorted(self._columns, reverse=bool(sweep % 2))
            for number in numbers:
                for items in self._columns[number].values():
                    self._sort(items, -1 if sweep % 2 == 0 else 1)
            crossings = self._crossings()
            if least < 0 or crossings < least:
                least = crossings
                best = {(c, b): list(items) for c, column in self._columns.items() for b, items in column.items()}
        for (column, band), items in best.items():
            self._columns[column][band] = items
        self._pack()

    def _sort(self, items: list[Item], side: int) -> None:
        """Sort by the middle of the neighbours on one side, of all where it has none there."""

        def wanted(item: Item) -> float:
            near = self._near[item]
            beside = [other for other in near if (other.column - item.column) * side > 0] or near
            return sum(self.middle[other] for other in beside) / len(beside) if beside else self.middle[item]

        top = self.middle[items[0]] - self.height[items[0]] / 2
        want = {item: wanted(item) for item in items}
        items.sort(key=lambda item: want[item])
        self._stack(items, top)

    def _crossings(self) -> int:
        """How often connections between neighbouring columns cross, were they straight."""
        rank = {}
        for column in self._columns.values():
            rank.update({item: self.middle[item] for items in column.values() for item in items})
        total = 0
        for column in self._columns.values():
            pairs = sorted(
                (rank[item], rank[other])
                for items in column.values()
                for item in items
                for other in self._near[item]
                if other.column == item.column + 1
            )
            seen: list[float] = []
            for _, right in pairs:
                total += len(seen) - bisect_right(seen, right)
                insort(seen, right)
        return total

    def _settle(self) -> None:
        """Heights within each band; neighbours in other bands do not pull."""
        near = {item: [one for one in others if one.band == item.band] for item, others in self._near.items()}
        for sweep in range(_SWEEPS):
            for number in sorted(self._columns, reverse=bool(sweep % 2)):
                for items in self._columns[number].values():
                    self._fit(items, near, 0.5 if sweep < _SWEEPS - 2 else 1.0)

    def _fit(self, items: Sequence[Item], near: Mapping[Item, Sequence[Item]], pull: float) -> None:
        """Move items as near as can be to the mean of their neighbours; slots of one bundle pull hardest."""
        offset, offsets = 0.0, [0.0]
        for one, other in itertools.pairwise(items):
            offset += (self.height[one] + self.height[other]) / 2 + _gap(one, other)
            offsets.append(offset)
        wants, weights = [], []
        for item, back in zip(items, offsets, strict=True):
            pulled = [(self.middle[one], _weight(item, one)) for one in near[item]]
            weight = sum(weight for _, weight in pulled)
            mean = sum(at * weight for at, weight in pulled) / weight if weight else self.middle[item]
            wants.append(self.middle[item] * (1 - pull) + mean * pull - back)
            weights.append(max(weight, 0.1))
        for item, back, at in zip(items, offsets, _isotonic(wants, weights), strict=True):
            self.middle[item] = at + back


def _isotonic(wants: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Values that do not fall, as near as can be to those wanted."""
    pools: list[tuple[float, float, int]] = []
    for want, weight in zip(wants, weights, strict=True):
        pool = (want, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            mean, heavy, count = pools.pop()
            both = heavy + pool[1]
            pool = ((mean * heavy + pool[0] * pool[1]) / both, both, count + pool[2])
        pools.append(pool)
    return [mean for mean, _, count in pools for _ in range(count)]


def _gap(one: Item, other: Item) -> float:
    return _GAP if one.bundle is None and other.bundle is None else _SLOT_GAP


def _weight(item: Item, other: Item) -> float:
    slots = (item.bundle is not None) + (other.bundle is not None)
    return (1.0, 2.0, 8.0)[slots]


def _named(item: Item) -> tuple[object, ...]:
    return (item.id, item.bundle is not None, item.bundle or ())


def _neighbours(wiring: Wiring) -> dict[Item, list[Item]]:
    near: dict[Item, dict[Item, None]] = {item: {} for items in wiring.items.values() for item in items}
    for _, way in wiring.ways.values():
        for one, other in itertools.pairwise(way):
            near[one][other] = None
            near[other][one] = None
    return {item: list(others) for item, others in near.items()}


def _heights(wiring: Wiring) -> dict[Item, float]:
    """Slots are thin; a box is as high as the bundles on either side need."""
    ports: dict[Item, dict[str, int]] = {}
    for ends in wiring.nets.values():
        for side, item in ends:
            sides = ports.setdefault(item, {})
            sides[side] = sides.get(side, 0) + 1
    return {
        item: 0.0
        if item.bundle is not None
        else max(float(BOX_HEIGHT), _PORT * max(ports.get(item, {"": 0}).values()) + 8.0)
        for items in wiring.items.values()
        for item in items
    }
