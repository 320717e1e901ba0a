"""What flows make of a world: each carries what its source holds, and resources know what may come to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from scanner.config import Config
from scanner.graph import agreed, leaving, reviews
from scanner.graph.classes import names
from scanner.graph.deletion import Deletion
from scanner.graph.determined import Determined
from scanner.graph.flowgraph import FlowGraph
from scanner.graph.held import Held
from scanner.graph.hidden import Hidden
from scanner.graph.merging import merged
from scanner.graph.propagate import Propagated
from scanner.graph.registered import Named
from scanner.graph.reviews import Reviews
from scanner.kinds import Compute, Flow, Store, Vendor
from scanner.logic import plain
from scanner.model import Gap, Resource, Unknown, World, with_facts


def with_flows(world: World, found: Iterable[Flow | Resource | Gap], config: Config, today: date) -> World:
    """Take in flows, what stands at their ends outside of what was read, and what hides some of them."""
    listed = list(found)
    known = {one.id for one in world.resources}
    nodes = {one.id: one for one in listed if isinstance(one, Resource) and not isinstance(one, Flow)}
    drawn = tuple(one for id_, one in nodes.items() if id_ not in known)
    resources = (*world.resources, *drawn)
    flows = merged(one for one in listed if isinstance(one, Flow))
    gaps = (*world.gaps, *(one for one in listed if isinstance(one, Gap)))
    # What no flow leads to is left out, but for what is asked whatever comes to it: it makes a world no slower.
    ends = {id_ for flow in flows for id_ in (flow.source, flow.target)}
    graph = FlowGraph.made((one for one in resources if one.id in ends or isinstance(one, Store | Vendor)), flows)
    hidden = {gap.scope for gap in gaps if "flow" in gap.kinds}
    propagated = Propagated.of(graph, Reviews.of(graph, config.reviews, today), hidden)
    deletion = Deletion(resources, flows, gaps, complete="compute" in world.complete)
    named = Named(flows, frozenset(one.id for one in resources if isinstance(one, Vendor)))
    held = Held(propagated, Hidden.of(gaps, propagated))
    told = _Told(held, Determined(flows, gaps, world.grants), deletion, config, today, named)
    ids = [one.id for one in (*resources, *flows)] if config.reviews else []
    return replace(
        world,
        resources=(*map(told.resource, resources), *reviews.resources(ids, config.reviews, today)),
        flows=tuple(_carrying(flows, propagated, config)),
        gaps=gaps,
        drawn=frozenset(one.id for one in drawn),
    )


def _carrying(flows: Iterable[Flow], propagated: Propagated, config: Config) -> Iterator[Flow]:
    """Each flow with what it carries, for certain and at most."""
    graph = propagated.graph
    numbers = {one.id: number for number, one in enumerate(graph.flows)}
    sure, perhaps, opened = propagated.likely.carried, propagated.possible.carried, propagated.possible.open_flows
    known = dict(zip(graph.ids, graph.resources, strict=True))
    for flow in flows:
        source, target = known.get(flow.source), known.get(flow.target)
        facts = agreed.of_flow(flow, target, config) | leaving.of_flow(flow, source, target, config)
        number = numbers.get(flow.id)
        facts["data"] = () if number is None else names(sure[number])
        facts["may_carry"] = () if number is None else names(perhaps[number])
        if number in opened:
            facts["may_carry"] = Unknown(opened[number])
        yield with_facts(flow, facts)


class _Told:
    """What flows tell of resources."""

    def __init__(
        self, held: Held, determined: Determined, deletion: Deletion, config: Config, today: date, named: Named
    ) -> None:
        self._held = held
        self._named = named
        self._determined = determined
        self._deletion = deletion
        self._config = config
        self._today = today

    def resource(self, one: Resource) -> Resource:
        """A resource with what comes to it."""
        facts: dict[str, Any] = {}
        if isinstance(one, Store):
            facts = self._held.store(one) | self._deletion.store(one)
        elif isinstance(one, Compute):
            facts = self._determined.facts(one)
        elif isinstance(one, Vendor):
            return self._vendor(one)
        return with_facts(one, facts)

    def _vendor(self, one: Vendor) -> Vendor:
        """A vendor with what it receives, and what the register says of that."""
        sure, perhaps = self._named.of(one.id)
        seen = with_facts(one, self._held.vendor(one) | {"hosts": tuple(filter(None, sure))})
        facts = agreed.of_vendor(seen, self._config, self._today, sure, perhaps)
        for receives, why in self._held.hidden.may_send(seen) if plain(facts["classes_agreed"]) is True else ():
            more = with_facts(seen, {"receives": receives})
            told = agreed.of_vendor(more, self._config, self._today, sure, perhaps)["classes_agreed"]
            if plain(told) is False:
                facts["classes_agreed"] = Unknown(why)
                break
        return with_facts(seen, facts)
