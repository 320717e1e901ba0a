"""At most so many boxes on a page: copies are drawn as one, then what is alike, then what is of one sort.

The largest group goes first and no more go than must, so that as much as can be keeps a box of its own. Nodes of a
highlighted path always do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scanner.diagram.build import wires
from scanner.diagram.picture import Band, Node, Picture
from scanner.diagram.stages import NAMES
from scanner.kinds import Flow

MOST = 60
"""Boxes on a page."""

_BANDS = 5
"""Environments and accounts that stand apart on a page that is too full."""

_INDEX = re.compile(r"\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\]")
_Key = Callable[[Node], Any]


def collapsed(picture: Picture, most: int = MOST) -> Picture:
    """The same with no more boxes than that."""
    if len(picture.nodes) > most:
        picture = _fewer_bands(picture)
    groups: list[tuple[Node, ...]] = [(node,) for node in picture.nodes]
    for step in (_copies, _namesakes, _alike(picture), _sort_of_thing, _stage, _anything):
        if len(groups) <= most:
            break
        groups = _merged(groups, step, picture.highlight, most)
    if len(groups) == len(picture.nodes):
        return picture
    nodes = [group[0] if len(group) == 1 else _together(group) for group in groups]
    place = {old.id: node.id for node, group in zip(nodes, groups, strict=True) for old in group}
    ids = {id_: place[node] for id_, node in picture.ids.items()}
    changes = {flow.id: wire.change for wire in picture.wires for flow in wire.flows}
    flows = {flow.id: flow for wire in picture.wires for flow in wire.flows}
    kept = sum(len(group) == 1 for group in groups)
    note = (
        f"{len(picture.nodes):,} boxes are more than fit a page: {kept} stand alone, the other "
        f"{len(picture.nodes) - kept:,} in {len(groups) - kept} that say how many they are"
    )
    return replace(
        picture,
        nodes=tuple(sorted(nodes, key=lambda node: node.id)),
        wires=tuple(wires(_outside_of_boxes(flows.values(), ids), ids, changes)),
        ids=ids,
        notes=(note, *picture.notes),
    )


def _fewer_bands(picture: Picture) -> Picture:
    """The first environments and accounts, and all others in one band."""
    own = sorted({node.band for node in picture.nodes if node.band and node.band.own}, key=Band.order)
    kept = {node.band for node in picture.nodes if node.id in picture.highlight}
    shared = set(own[_BANDS - 1 :]) - kept if len(own) > _BANDS else set()
    other = Band(more=len(shared))
    nodes = [replace(node, band=other) if node.band in shared else node for node in picture.nodes]
    return replace(picture, nodes=tuple(nodes))


def _outside_of_boxes(flows: Any, ids: Mapping[str, str]) -> list[Flow]:
    """Without what goes on inside of a box that stands for several."""
    return [flow for flow in flows if ids[flow.source] != ids[flow.target] or flow.source == flow.target]


def _merged(groups: list[tuple[Node, ...]], key: _Key, kept: frozenset[str], most: int) -> list[tuple[Node, ...]]:
    """Merge groups of one key, the largest first, until no more are left than that."""
    alike: dict[Any, list[tuple[Node, ...]]] = {}
    for number, group in enumerate(groups):
        apart = group[0].id in kept
        alike.setdefault(("apart", number) if apart else key(group[0]), []).append(group)
    count = len(groups)
    found: list[tuple[Node, ...]] = []
    for together in sorted(alike.values(), key=lambda them: (-len(them), them[0][0].id)):
        if count > most and len(together) > 1:
            count -= len(together) - 1
            found.append(tuple(node for group in together for node in group))
        else:
            found.extend(together)
    return sorted(found, key=lambda group: group[0].id)


def _place(node: Node) -> tuple[Any, ...]:
    band = node.band or Band()
    return (node.stage, band, node.change)


def _copies(node: Node) -> Any:
    """Instances of one block of source, or of a module that is there several times."""
    return (*_place(node), node.kind, node.sort, _INDEX.sub("", node.id))


def _namesakes(node: Node) -> Any:
    """What is called the same, in several environments that share a band."""
    return (*_place(node), node.kind, node.sort, _INDEX.sub("", node.label))


def _alike(picture: Picture) -> _Key:
    """What is of one sort and connected with the same."""
    near: dict[str, set[tuple[str, str, str]]] = {node.id: set() for node in picture.nodes}
    for wire in picture.wires:
        near[wire.source].add(("both" if wire.both else "to", wire.target, wire.tier))
        near[wire.target].add(("both" if wire.both else "from", wire.source, wire.tier))
    return lambda node: (*_place(node), node.kind, node.sort, frozenset(near[node.id]))


def _sort_of_thing(node: Node) -> Any:
    return (*_place(node), node.kind, node.sort)


def _stage(node: Node) -> Any:
    return _place(node)


def _anything(node: Node) -> Any:
    """All that is left of one stage, whatever environment it is of."""
    return (node.stage, node.change)


def _together(group: Sequence[Node]) -> Node:
    """One box for several nodes."""
    first = min(group, key=lambda node: node.id)
    names = {_INDEX.sub("", node.label) for node in group}
    sorts = {node.sort for node in group}
    label = names.pop() if len(names) == 1 else _plural(sorts, first.stage)
    bands = {node.band for node in group}
    return replace(
        first,
        id=f"{first.id} and {len(group) - 1} more",
        label=label,
        sort=first.sort if len(sorts) == 1 else f"{len(sorts)} sorts",
        where="",
        kind=first.kind if len({node.kind for node in group}) == 1 else "several",
        band=first.band if len(bands) == 1 else Band(more=len(bands)),
        resources=tuple(resource for node in group for resource in node.resources),
    )


def _plural(sorts: set[str], stage: int) -> str:
    if len(sorts) > 1:
        return NAMES[stage].lower()
    sort = next(iter(sorts))
    return f"{sort[:-1]}ies" if sort.endswith("y") else f"{sort}s"
