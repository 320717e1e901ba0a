"""Two worlds side by side: which flows come, go or change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from scanner.diagram.build import View, chosen, flows_of, picture, wires
from scanner.diagram.picture import Picture
from scanner.kinds import Flow
from scanner.model import Resource, Unknown, World

_FACTS = ("tier", "data", "may_carry", "encrypted", "guards", "redacts", "regions", "hosts")
"""What of a flow may change while it stays the same flow."""


@dataclass(frozen=True, slots=True)
class Change:
    """One flow that comes, goes or changes."""

    how: str
    """added, removed or changed."""

    flow: Flow
    """As it is now, or as it was where it is gone."""

    facts: tuple[tuple[str, Any, Any], ...] = ()
    """Name, former and present value of each fact that changes."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What two worlds have together, and how they differ."""

    world: World
    """Everything of the later one, and what only the earlier one had."""

    changes: tuple[Change, ...]
    nodes: dict[str, str]
    """added or removed, by id of what only one of them has."""

    former: dict[str, Flow]
    """Flows of the earlier one, by id."""

    def of(self, view: View) -> View:
        """The view of both: what was asked for then is told, though it is no longer what is asked for."""
        return replace(view, former=self.former)


def compared(before: World, after: World) -> Compared:
    """Compare two worlds; what goes by another id in each is told by its type, account and name."""
    before = _renamed(before, after)
    old, new = ({flow.id: flow for flow in flows_of(world)} for world in (before, after))
    then, now = ({one.id: one for one in world.resources} for world in (before, after))
    found = [Change("added", flow) for id_, flow in new.items() if id_ not in old]
    found += [Change("removed", flow) for id_, flow in old.items() if id_ not in new]
    for id_, flow in new.items():
        if id_ in old and (facts := _differing(old[id_], flow)):
            found.append(Change("changed", flow, facts))
    gone = [flow for id_, flow in old.items() if id_ not in new]
    both = replace(
        after,
        resources=(*after.resources, *(one for id_, one in then.items() if id_ not in now)),
        flows=(*after.flows, *gone),
    )
    nodes = {id_: "added" for id_ in now if id_ not in then} | {id_: "removed" for id_ in then if id_ not in now}
    return Compared(both, tuple(sorted(found, key=lambda one: one.flow.id)), nodes, old)


def shown(both: Compared, view: View) -> list[Change]:
    """The changes among what is asked for."""
    asked = {flow.id for flow in chosen(both.world, both.of(view))}
    return [change for change in both.changes if change.flow.id in asked]


def compared_picture(both: Compared, view: View) -> Picture:
    """Both worlds in one picture, in which each change is marked."""
    drawn = picture(both.world, both.of(view))
    changes = {change.flow.id: change.how for change in both.changes}
    moving = [flow for wire in drawn.wires for flow in wire.flows]
    return replace(
        drawn,
        nodes=tuple(replace(node, change=both.nodes.get(node.id, "")) for node in drawn.nodes),
        wires=tuple(wires(moving, drawn.ids, changes)),
        compared=True,
    )


def _differing(old: Flow, new: Flow) -> tuple[tuple[str, Any, Any], ...]:
    pairs = ((name, _settled(getattr(old, name)), _settled(getattr(new, name))) for name in _FACTS)
    return tuple((name, was, is_) for name, was, is_ in pairs if was != is_)


def _settled(value: Any) -> Any:
    """In an order of its own; why something is not known is no change."""
    if isinstance(value, Unknown):
        return None
    return tuple(sorted(value)) if isinstance(value, tuple) else value


def _renamed(before: World, after: World) -> World:
    """The earlier world with ids of the later one, for what is there under another id and by a name of its own."""
    known = {one.id for one in after.resources}
    now, then = _by_key(after.resources), _by_key(before.resources)
    ids = {
        one.id: now[key].id for key, one in then.items() if key in now and one.id not in known and now[key].id != one.id
    }
    taken = {one.id for one in before.resources}
    ids = {old: new for old, new in ids.items() if new not in taken}
    if not ids:
        return before
    return replace(
        before,
        resources=tuple(replace(one, id=ids[one.id]) if one.id in ids else one for one in before.resources),
        flows=tuple(_moved(flow, ids) for flow in flows_of(before)),
    )


def _moved(flow: Flow, ids: dict[str, str]) -> Flow:
    source, target = ids.get(flow.source, flow.source), ids.get(flow.target, flow.target)
    return replace(flow, id=f"{source} -> {target} ({flow.how})", source=source, target=target)


def _by_key(resources: Iterable[Resource]) -> dict[tuple[str, str, str], Resource]:
    """What has a name, by type, account and name, where only one goes by them."""
    named = [one for one in resources if one.name and not one.id.startswith("ext:")]
    counts = Counter(one.natural_key for one in named)
    return {one.natural_key: one for one in named if counts[one.natural_key] == 1}
