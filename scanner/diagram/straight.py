"""Slots of one bundle in one line: each bend that is spared makes a way easier to follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scanner.diagram.bundles import Item
from scanner.diagram.placing import gap

_ROUNDS = 3
"""What stands beside a slot may have moved away in the round before."""


def straighten(
    groups: Iterable[Sequence[Item]], chains: Iterable[tuple[Item, ...]], ends: Mapping[Item, float]
) -> None:
    """Let slots stand in lines, as far as what is above and below them lets them.

    `groups` are the items of each column and band from the top, `chains` slots that follow each other from a hub
    on, and `ends` the heights at which a way leaves its hub and comes to its other end, by the slot next to it.
    """
    beside: dict[Item, tuple[Item | None, Item | None]] = {}
    for items in groups:
        beside.update(zip(items, zip([None, *items], [*items[1:], None], strict=False), strict=True))
    longest = sorted(dict.fromkeys(chains), key=len, reverse=True)
    for _ in range(_ROUNDS):
        done: set[Item] = set()
        for chain in longest:
            if not done.issuperset(chain):
                done.update(chain)
                _line_up(chain, beside, ends)


def _line_up(
    chain: Sequence[Item], beside: Mapping[Item, tuple[Item | None, Item | None]], ends: Mapping[Item, float]
) -> None:
    """As few heights for a chain as can be; each bend that is left is as small as can be."""
    runs: list[tuple[list[Item], float, float]] = []
    for item in chain:
        low, high = _room(item, *beside[item])
        if runs and max(runs[-1][1], low) <= min(runs[-1][2], high):
            runs[-1] = ([*runs[-1][0], item], max(runs[-1][1], low), min(runs[-1][2], high))
        else:
            runs.append(([item], low, high))
    at = ends.get(chain[0], chain[0].middle)
    last = ends.get(chain[-1], at)
    for items, low, high in runs:
        wanted = last if low <= last <= high and not low <= at <= high else at
        at = max(low, min(wanted, high))
        for item in items:
            item.middle = at


def _room(item: Item, above: Item | None, below: Item | None) -> tuple[float, float]:
    """Between which heights an item may stand; at the edge of a band it goes no farther out."""
    low = above.bottom + gap(above, item) if above is not None else item.middle
    high = below.top - gap(item, below) if below is not None else item.middle
    return min(low, item.middle), max(high, item.middle)
