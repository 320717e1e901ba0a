"""A world as a picture: which flows are shown, and what stands at their ends."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from scanner.diagram.cells import LEFT, RIGHT
from scanner.diagram.picture import Band, Node, Picture, Wire, carried, classes_of, hue
from scanner.diagram.stages import COPYING, DRAWN, environment_of, stage_of
from scanner.kinds import TIERS, Flow
from scanner.kinds.flows import Vendor
from scanner.kinds.places import External
from scanner.model import CONVERSATION_CLASSES, Resource, Unknown, World

_MODULE = re.compile(r"module\.([^.\[]+(?:\[[^\]]*\])?)\.")
_STATIONS = frozenset({"entrypoint", "compute", "model", "agent", "store"})
_SAYING_NOTHING = frozenset({"this", "main", "default", "self", "it"})
"""Labels of blocks that are called after nothing: their module's name says more."""

_LONGEST = 2000
"""Characters of an address that is worth taking apart."""

_MOVES_NOTHING = frozenset({"deletes", "network_reaches"})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What of a world is asked for."""

    tier: str = "likely"
    """The least sure tier that is shown."""

    environment: str = ""
    """Only flows with an end there, or in none that is known."""

    data: str = ""
    """Only flows that carry this data class, or one of this group."""

    highlight: tuple[str, ...] = ()
    """Ids of a path that is to stand out, and whose nodes are never drawn together with others."""

    former: Mapping[str, Flow] = field(default_factory=dict)
    """Flows as they were, by id, where worlds are compared: what was asked for then is told as well."""

    def asks_for(self, flow: Flow, places: Mapping[str, str], outside: Collection[str]) -> bool:
        """Whether a flow is sure enough, carries what is asked for, and is where it is asked for."""
        return _sure(flow, self.tier) and _carries(flow, self) and _within(flow, self.environment, places, outside)


def chosen(world: World, view: View) -> list[Flow]:
    """The flows that are asked for, in order of their ids."""
    places = {one.id: environment_of(one) for one in world.resources}
    outside = {one.id for one in world.resources if one.id.startswith("ext:")}
    path = set(pairwise(view.highlight))
    found = [
        flow
        for flow in flows_of(world)
        if (flow.source, flow.target) in path
        or view.asks_for(flow, places, outside)
        or view.asks_for(view.former.get(flow.id, flow), places, outside)
    ]
    return sorted(found, key=lambda flow: flow.id)


def flows_of(world: World) -> Iterator[Flow]:
    """Every flow of a world."""
    return (flow for flow in world.flows if isinstance(flow, Flow))


def picture(world: World, view: View) -> Picture:
    """Everything that is asked for, each resource a box of its own."""
    flows = chosen(world, view)
    moving = [flow for flow in flows if flow.how not in _MOVES_NOTHING]
    nodes = drawn(world, view, moving)
    return Picture(
        nodes=tuple(nodes),
        wires=tuple(wires(moving, {node.id: node.id for node in nodes})),
        notes=tuple(_notes(world, view, flows, nodes)),
        highlight=frozenset(view.highlight) & {node.id for node in nodes},
        ids={node.id: node.id for node in nodes},
    )


def drawn(world: World, view: View, flows: Sequence[Flow]) -> list[Node]:
    """What stands at the ends of flows, what is highlighted, and stores of conversations that no flow leads to."""
    known = {one.id: one for one in world.resources}
    ends = dict.fromkeys(end for flow in flows for end in (flow.source, flow.target))
    ends.update(dict.fromkeys(id_ for id_ in view.highlight if id_ in known and known[id_].kind in DRAWN))
    if not view.data:
        ends.update(dict.fromkeys(one.id for one in world.resources if _holds_conversations(one, view)))
    copied = {flow.target for flow in flows if flow.how in COPYING}
    # A node comes to stand in the same place whatever the order of what was read.
    return [_node(known.get(id_) or unread(id_), copied) for id_ in sorted(ends)]


def wires(flows: Iterable[Flow], node: Mapping[str, str], changes: Mapping[str, str] | None = None) -> Iterator[Wire]:
    """Flows between the same nodes as one wire, where tier and sort of data are the same; two ways are one as well."""
    groups: dict[tuple[str, str, str, str, str], list[Flow]] = {}
    for flow in flows:
        source, target = node[flow.source], node[flow.target]
        change = (changes or {}).get(flow.id, "")
        groups.setdefault((source, target, flow.tier, hue(carried(flow)), change), []).append(flow)
    for (source, target, tier, colour, change), together in sorted(groups.items()):
        back = groups.get((target, source, tier, colour, change), [])
        if back and source > target:
            continue
        both = bool(back) and source != target
        told = tuple(together + back if both else together)
        yield Wire(source=source, target=target, tier=tier, hue=colour, both=both, flows=told, change=change)


def _node(resource: Resource, copied: Collection[str]) -> Node:
    stage = stage_of(resource, copied)
    band = None if stage in {LEFT, RIGHT} else _band(resource)
    return Node(
        id=resource.id,
        label=label(resource),
        where=where(resource),
        sort=sort(resource),
        kind=resource.kind,
        stage=stage,
        band=band,
        resources=(resource,),
    )


def _band(resource: Resource) -> Band:
    if resource.kind == "model" and resource.id.startswith("ext:"):
        return Band(provider=True)
    if resource.kind == "external" or resource.id.startswith("ext:"):
        return Band(unread=True)
    return Band(environment=environment_of(resource), account=resource.account)


def sort(resource: Resource) -> str:
    """What it is, in words."""
    return (resource.type or resource.kind).replace("_", " ")


def label(resource: Resource) -> str:
    """Its name in the cloud, or the end of its address where it has none yet."""
    tail = _tail(resource)
    if tail in _SAYING_NOTHING:
        tail = next(iter(_MODULE.findall(resource.origin.address[-_LONGEST:])[-1:]), tail)
    return resource.name or tail or resource.id.removeprefix("ext:").rpartition(":")[2]


def where(resource: Resource) -> str:
    """Where in the source it is: modules and label of its address, where its name does not say so."""
    address = resource.origin.address
    if len(address) > _LONGEST:
        return ""
    tail = ".".join(filter(None, (*_MODULE.findall(address), _tail(resource))))
    return "" if tail == label(resource) else tail


def _tail(resource: Resource) -> str:
    address, type_ = resource.origin.address, resource.origin.type
    return address.rpartition(f"{type_}.")[2] if type_ and f"{type_}." in address else address


def unread(id_: str) -> Resource:
    """What a flow leads to that is no resource of the world."""
    if id_.startswith("ext:"):
        return Vendor(id=id_, type="host", name=id_.removeprefix("ext:"), environment="external")
    return External(id=id_, type="not read")


def _sure(flow: Flow, least: str) -> bool:
    return TIERS.index(flow.tier) <= TIERS.index(least)


def _carries(flow: Flow, view: View) -> bool:
    if not view.data:
        return True
    wanted = classes_of(view.data)
    held = [flow.data, flow.may_carry] if view.tier == TIERS[-1] else [flow.data]
    return any(isinstance(one, Unknown) or wanted & set(one) for one in held)


def _within(flow: Flow, environment: str, places: Mapping[str, str], outside: Collection[str]) -> bool:
    """Whether an end is in an environment; what stands outside is in none, but what is not known may be in it."""
    if not environment:
        return True
    ends = [end for end in (flow.source, flow.target) if end not in outside]
    return any(places.get(end, "") in {"", environment} for end in ends)


def _holds_conversations(resource: Resource, view: View) -> bool:
    held = () if isinstance(resource.data, Unknown) else resource.data
    there = not view.environment or environment_of(resource) in {"", view.environment}
    return resource.kind == "store" and there and not set(CONVERSATION_CLASSES).isdisjoint(held)


def _notes(world: World, view: View, flows: Sequence[Flow], nodes: Sequence[Node]) -> Iterator[str]:
    every = list(flows_of(world))
    shown = {flow.id for flow in flows}
    fainter = sum(not _sure(flow, view.tier) for flow in every if flow.id not in shown)
    if fainter:
        yield f"{_count(fainter, 'flow')} less sure than {view.tier}: not shown"
    others = len(every) - len(shown) - fainter
    if others:
        yield f"{_count(others, 'flow')} of other environments or data: not shown"
    still = sum(flow.how in _MOVES_NOTHING for flow in flows)
    if still:
        yield f"{_count(still, 'deletion or open network', 'deletions and open networks')}: no data moves, not drawn"
    ids = {node.id for node in nodes}
    alone = sum(one.kind in _STATIONS and one.id not in ids for one in world.resources)
    if alone:
        yield f"{_count(alone, 'resource')} that no shown flow leads to: not drawn"
    hidden = {gap.scope for gap in world.gaps if gap.hides_any("flow")}
    if hidden:
        yield f"flows may be missing at {_count(len(hidden), 'place')} that could not be read whole"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
