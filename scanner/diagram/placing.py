"""The order of items in their columns, and how high each stands.

Order by barycentres (Sugiyama et al. 1981), heights by isotonic regression: each item as near as can be to the mean of
its neighbours, in the order found and without touching another (pool adjacent violators; Ayer et al. 1955).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from scanner.diagram.bundles import MARGIN, Item, Wiring
from scanner.diagram.cells import BOX_HEIGHT

_SWEEPS = 8
_IDLE = 3
"""Sweeps without fewer crossings after which no more are made."""

_FITS = 6
_GAP = 16.0
"""Between boxes."""

_SLOT_GAP = 9.0
"""Between a slot and what is next to it."""

_PORT = 7.0
"""Height that each bundle on one side of a box takes at least."""

_PASSING = 10.0
"""Between what passes above all bands."""


class Placed:
    """Items in order, each with its middle."""

    def __init__(self, wiring: Wiring) -> None:
        """Place what was wired, band by band; bands are still to be moved to where they belong."""
        _give_heights(wiring)
        self.columns: dict[int, dict[int, list[Item]]] = {}
        for column, band in sorted(wiring.items):
            self.columns.setdefault(column, {})[band] = wiring.items[column, band]
        self._bands = sorted({band for column in self.columns.values() for band in column} - {MARGIN})
        self._pack()
        self._order()
        self._settle()

    def groups(self) -> Iterator[list[Item]]:
        """What stands in one column and one band, from the top, for each of them."""
        return (items for column in self.columns.values() for items in column.values())

    def bands(self) -> dict[int, tuple[float, float]]:
        """Top and bottom of what stands in each band."""
        found: dict[int, tuple[float, float]] = {}
        for column in self.columns.values():
            for band, items in column.items():
                top, bottom = found.get(band, (items[0].top, items[-1].bottom))
                found[band] = (min(top, items[0].top), max(bottom, items[-1].bottom))
        return found

    def move(self, band: int, by: float) -> None:
        """Move a band up or down."""
        for column in self.columns.values():
            for item in column.get(band, ()):
                item.middle += by

    def settle_outside(self, top: float) -> None:
        """Place what stands outside of all bands beside what it is connected with; what passes above them, above."""
        for column in self.columns.values():
            items = column.get(MARGIN, [])
            if items and all(item.bundle is not None for item in items):
                for number, item in enumerate(items):
                    item.middle = top + number * _PASSING
            elif items:
                _Pulled(items, [list(item.near) for item in items]).fit(1.0)
                above = top - items[0].top
                for item in items if above > 0 else ():
                    item.middle += above

    def even(self) -> None:
        """Put everything on half units: what is nearly straight is straight, on every machine."""
        for items in self.groups():
            for item in items:
                item.middle = halved(item.middle)

    def passing(self) -> float:
        """Height that is needed above all bands."""
        slots = (sum(one.bundle is not None for one in column.get(MARGIN, ())) for column in self.columns.values())
        return _PASSING * max(slots, default=0)

    def _pack(self) -> None:
        """Provisional heights: each band's items closely, around the middle of the band."""
        tall = dict.fromkeys((MARGIN, *self._bands), 0.0)
        for column in self.columns.values():
            for band, items in column.items():
                tall[band] = max(tall[band], _length(items))
        inside = sum(tall[band] for band in self._bands)
        starts, at = {MARGIN: inside / 2 - tall[MARGIN] / 2}, 0.0
        for band in self._bands:
            starts[band], at = at, at + tall[band]
        for column in self.columns.values():
            for band, items in column.items():
                _stack(items, starts[band] + (tall[band] - _length(items)) / 2)

    def _order(self) -> None:
        best, least, idle = [list(items) for items in self.groups()], self._crossings(), 0
        for sweep in range(_SWEEPS):
            back = bool(sweep % 2)
            for number in sorted(self.columns, reverse=back):
                for items in self.columns[number].values():
                    _sort(items, 1 if back else -1)
            crossings = self._crossings()
            if crossings < least:
                best, least, idle = [list(items) for items in self.groups()], crossings, 0
            elif (idle := idle + 1) == _IDLE:
                break
        for items, order in zip(self.groups(), best, strict=True):
            items[:] = order
        self._pack()

    def _crossings(self) -> int:
        """How often connections between neighbouring columns cross, were they straight."""
        total = 0
        for column in self.columns.values():
            pairs = sorted(
                (item.middle, other.middle)
                for items in column.values()
                for item in items
                for other in item.near
                if other.column == item.column + 1
            )
            seen: list[float] = []
            for _, right in pairs:
                total += len(seen) - bisect_right(seen, right)
                insort(seen, right)
        return total

    def _settle(self) -> None:
        """Heights within each band; neighbours in other bands do not pull."""
        pulled = {
            number: [
                _Pulled(items, [[o for o in item.near if o.band == item.band] for item in items]) for items in groups
            ]
            for number, groups in ((number, list(column.values())) for number, column in self.columns.items())
        }
        for sweep in range(_FITS):
            for number in sorted(pulled, reverse=bool(sweep % 2)):
                for group in pulled[number]:
                    group.fit(0.5 if sweep < _FITS - 2 else 1.0)


class _Pulled:
    """Items of one column and band, and what pulls at each."""

    def __init__(self, items: Sequence[Item], near: Sequence[Sequence[Item]]) -> None:
        self._items = items
        self._offsets = [0.0]
        for one, other in pairwise(items):
            self._offsets.append(self._offsets[-1] + (one.height + other.height) / 2 + gap(one, other))
        self._pulls = [
            [(other, _pull(item, other)) for other in others] for item, others in zip(items, near, strict=True)
        ]
        self._weights = [sum(pull for _, pull in pulls) for pulls in self._pulls]

    def fit(self, share: float) -> None:
        """Move items as near as can be to the mean of their neighbours, or a share of the way."""
        wants: list[float] = []
        for item, back, pulls, weight in zip(self._items, self._offsets, self._pulls, self._weights, strict=True):
            if weight:
                mean = sum([other.middle * pull for other, pull in pulls]) / weight
                wants.append(item.middle * (1 - share) + mean * share - back)
            else:
                wants.append(wants[-1] if wants else item.middle - back)
        heavy = [max(weight, 0.01) for weight in self._weights]
        for item, back, at in zip(self._items, self._offsets, isotonic(wants, heavy), strict=True):
            item.middle = at + back


def halved(at: float) -> float:
    """The nearest half unit."""
    return round(at * 2) / 2


def isotonic(wants: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Values that do not fall, as near as can be to those wanted."""
    pools: list[tuple[float, float, int]] = []
    for want, weight in zip(wants, weights, strict=True):
        mean, heavy, count = want, weight, 1
        while pools and pools[-1][0] > mean:
            other, more, others = pools.pop()
            mean = (other * more + mean * heavy) / (more + heavy)
            heavy, count = heavy + more, count + others
        pools.append((mean, heavy, count))
    return [mean for mean, _, count in pools for _ in range(count)]


def gap(one: Item, other: Item) -> float:
    """Room between two neighbours of a column."""
    return _GAP if one.bundle is None and other.bundle is None else _SLOT_GAP


def _sort(items: list[Item], side: int) -> None:
    """Sort by the middle of the neighbours on one side, of all where there are none."""
    top = items[0].top
    want = {item: _wanted(item, side) for item in items}
    # What no line leads to stands last.
    items.sort(key=lambda item: (not item.near, want[item]))
    _stack(items, top)


def _wanted(item: Item, side: int) -> float:
    total, count = 0.0, 0
    for other in item.near:
        if (other.column - item.column) * side > 0:
            total += other.middle
            count += 1
    if count:
        return total / count
    return sum(other.middle for other in item.near) / len(item.near) if item.near else item.middle


def _pull(item: Item, other: Item) -> float:
    """Slots of one bundle pull hardest: a long line is to be straight."""
    if item.bundle is None:
        return 1.0 if other.bundle is None else 2.0
    return 2.0 if other.bundle is None else 8.0


def _length(items: Iterable[Item]) -> float:
    return sum(item.height + _SLOT_GAP for item in items)


def _stack(items: Iterable[Item], top: float) -> None:
    for item in items:
        item.middle = top + item.height / 2
        top += item.height + _SLOT_GAP


def _give_heights(wiring: Wiring) -> None:
    """Slots are thin; a box is as high as the bundles on either side need."""
    lefts, rights = dict.fromkeys(wiring.boxes, 0), dict.fromkeys(wiring.boxes, 0)
    for nets in wiring.nets.values():
        for net in nets.values():
            for item in net.left:
                rights[item.id] += item.bundle is None
            for item in net.right:
                lefts[item.id] += item.bundle is None
    for id_, item in wiring.boxes.items():
        item.height = max(float(BOX_HEIGHT), _PORT * max(lefts[id_], rights[id_]) + 8.0)
