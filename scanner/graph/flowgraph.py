"""The graph of flows: ids of resources as small integers, and which flow leads from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from scanner.kinds import TIERS, Agent, Compute, Flow, Model, Store
from scanner.model import Resource, World

Adjacency: TypeAlias = Sequence[Sequence[int]]
"""By node: where one gets from it, in ascending order, each once."""

DECLARED, LIKELY, POSSIBLE = range(len(TIERS))
"""Tiers as numbers: a graph of one tier has the flows of all that are as sure or surer."""

_TIERS = {name: number for number, name in enumerate(TIERS)}
_STILL = frozenset({"deletes"})
_NETWORK = "network_reaches"
_TELLING = (Model, Agent, Store, Compute)


def moves(flow: Flow) -> bool:
    """Whether data moves with a flow: with every kind but a deletion."""
    return flow.how not in _STILL


def tier_of(flow: Flow) -> int:
    """How sure it is that data moves with a flow; a network that lets it through makes it possible and no more."""
    return POSSIBLE if flow.how == _NETWORK else _TIERS[flow.tier]


@dataclass(frozen=True)
class FlowGraph:
    """Resources and the flows that move data between them; built in the order of ids, whatever order they came in."""

    ids: tuple[str, ...]
    """Id of each node, sorted: those of resources, and of ends of flows that were not read themselves."""

    resources: tuple[Resource | None, ...]
    """What each node is; None where it was not read itself."""

    flows: tuple[Flow, ...]
    """What moves data, sorted by id."""

    sources: tuple[int, ...]
    """Node that each flow starts from."""

    targets: tuple[int, ...]
    """Node that each flow leads to."""

    tiers: tuple[int, ...]
    """How sure each flow is: DECLARED, LIKELY or POSSIBLE."""

    @classmethod
    def of(cls, world: World) -> FlowGraph:
        """The graph of a world."""
        return cls.made(world.resources, (one for one in world.flows if isinstance(one, Flow)))

    @classmethod
    def made(cls, resources: Iterable[Resource], flows: Iterable[Flow]) -> FlowGraph:
        """The graph of resources and flows.

        Where a resource is of several kinds, as a model that is also a container, it is what data is handled by most.
        """
        moving = sorted({one.id: one for one in flows if moves(one)}.values(), key=lambda one: one.id)
        known: dict[str, Resource] = {}
        for one in resources:
            if one.id not in known or _rank(one) < _rank(known[one.id]):
                known[one.id] = one
        ids = sorted({*known, *(one.source for one in moving), *(one.target for one in moving)})
        index = {id_: node for node, id_ in enumerate(ids)}
        return cls(
            ids=tuple(ids),
            resources=tuple([known.get(id_) for id_ in ids]),
            flows=tuple(moving),
            sources=tuple([index[one.source] for one in moving]),
            targets=tuple([index[one.target] for one in moving]),
            tiers=tuple([tier_of(one) for one in moving]),
        )

    @cached_property
    def index(self) -> dict[str, int]:
        """Node by id."""
        return {id_: node for node, id_ in enumerate(self.ids)}

    @cached_property
    def leaving(self) -> tuple[tuple[int, ...], ...]:
        """By node: the flows that start there."""
        return _grouped(self.sources, len(self.ids))

    @cached_property
    def entering(self) -> tuple[tuple[int, ...], ...]:
        """By node: the flows that lead there."""
        return _grouped(self.targets, len(self.ids))

    def adjacency(self, tier: int = POSSIBLE, keep: Callable[[Flow], bool] | None = None) -> Adjacency:
        """Where one gets from each node by flows that are at least as sure as `tier`, and that `keep` lets by."""
        found: list[list[int]] = [[] for _ in self.ids]
        for flow, (source, target, sure) in enumerate(zip(self.sources, self.targets, self.tiers, strict=True)):
            if sure <= tier and (keep is None or keep(self.flows[flow])):
                found[source].append(target)
        return [sorted(set(ends)) if len(ends) > 1 else ends for ends in found]

    def between(self, source: int, target: int, tier: int = POSSIBLE) -> tuple[int, ...]:
        """Flows from one node straight to another that are at least as sure as `tier`, the surest first."""
        found = (one for one in self.leaving[source] if self.targets[one] == target and self.tiers[one] <= tier)
        return tuple(sorted(found, key=lambda one: (self.tiers[one], one)))


def _rank(resource: Resource) -> tuple[int, str, str]:
    """Place of what a resource is among the kinds that say what it does with data."""
    place = next((place for place, kind in enumerate(_TELLING) if isinstance(resource, kind)), len(_TELLING))
    return (place, resource.kind, resource.type)


def _grouped(ends: Sequence[int], nodes: int) -> tuple[tuple[int, ...], ...]:
    found: list[list[int]] = [[] for _ in range(nodes)]
    for flow, node in enumerate(ends):
        found[node].append(flow)
    return tuple([tuple(flows) for flows in found])
