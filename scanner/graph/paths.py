"""Judges the ways that data takes: around every guard, over a hop that is not as it should be, or at all.

A failure is a way of which everything is certain; where something is not - a flow that is only possible, what it
carries, a guard, an end - nothing is decided, and no more is said of what lies behind flows that could not be read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import NamedTuple

from scanner.expr import Condition
from scanner.graph.cut import smallest_cut
from scanner.graph.flowgraph import LIKELY, POSSIBLE, FlowGraph
from scanner.graph.spread import Edges, Spread, Through, meeting
from scanner.graph.steps import told_way
from scanner.kinds import TIERS, Account, Flow, Region
from scanner.model import DATA_CLASSES, Gap, Resource, Unknown, World
from scanner.policy import PathCheck

_SHUT = POSSIBLE + 1
"""What no way takes: a guarded flow, or one that carries nothing asked about."""

_TELLING = ("agent", "audit_trail", "compute", "entrypoint", "flow", "identity", "model", "statement", "store")
"""Kinds from which flows are told: where some could not be read, flows may be missing."""

_OUTSIDE = frozenset({"actor", "model", "vendor"})
"""Kinds of what is known by flows alone."""

_REASONS = 3
_CUT_AT_MOST = 5
_CUT_WITHIN = 2_000
"""Flows among which a cut is looked for: beyond, its answer would help nobody."""

_BITS = {name: 1 << place for place, name in enumerate(DATA_CLASSES)}
_ALL = (1 << len(DATA_CLASSES)) - 1


class Told(NamedTuple):
    """What a check comes to on one subject."""

    subject: str
    about: Resource | None
    """The resource or flow; None where a gap hides it."""

    holds: bool | None
    reason: str = ""
    path: tuple[str, ...] = ()
    """Ids, and between them how each leads on."""


def unread(id_: str) -> Resource:
    """What stands at an end of a flow and was not read itself: nothing is known of it."""
    return _Unread.of(id=id_, **dict.fromkeys(("type", "name", "account", "region", "data"), _NOT_READ))


class _Unread(Resource):
    __slots__ = ()
    kind = Unknown("it was not read itself")  # type: ignore[assignment]


_NOT_READ = Unknown("it was not read itself")


class Ways:
    """The graph of a world, and what its flows carry; made once for all checks."""

    def __init__(self, world: World) -> None:
        """Take the world."""
        self.world = world
        self.gaps = tuple(gap for gap in world.gaps if gap.kinds)

    @cached_property
    def graph(self) -> FlowGraph:
        """Resources and flows, by number."""
        return FlowGraph.of(self.world)

    @cached_property
    def nodes(self) -> tuple[Resource, ...]:
        """What each node is, known or not."""
        pairs = zip(self.graph.resources, self.graph.ids, strict=True)
        return tuple([unread(id_) if one is None else one for one, id_ in pairs])

    @cached_property
    def by_kind(self) -> dict[type[Resource], list[tuple[int, Resource]]]:
        """The nodes that were read, by what they are."""
        found: dict[type[Resource], list[tuple[int, Resource]]] = {}
        for node, resource in enumerate(self.graph.resources):
            if resource is not None:
                found.setdefault(type(resource), []).append((node, resource))
        return found

    @cached_property
    def edges(self) -> Edges:
        """The flows as pairs of nodes."""
        graph = self.graph
        return Edges(graph.sources, graph.targets, graph.leaving, graph.entering)

    @cached_property
    def carried(self) -> tuple[tuple[int, int], ...]:
        """By flow: data classes that it carries, and those that it may."""
        return tuple([_carried(flow) for flow in self.graph.flows])

    @cached_property
    def columns(self) -> tuple[tuple[Flow, ...], list[Resource], list[Resource]]:
        """The flows of the graph, what each starts from, and what it leads to."""
        graph, nodes = self.graph, self.nodes
        return graph.flows, [nodes[one] for one in graph.sources], [nodes[one] for one in graph.targets]

    @cached_property
    def bound(self) -> tuple[tuple[Flow, Resource, Resource], ...]:
        """Each flow of the graph with its ends."""
        return tuple(zip(*self.columns, strict=True))

    @cached_property
    def every(self) -> tuple[tuple[Flow, Resource, Resource], ...]:
        """Each flow of the world with its ends, those that move no data as well."""
        known = {one.id: one for one in self.world.resources}
        flows = (one for one in self.world.flows if isinstance(one, Flow))
        return tuple(
            [
                (one, known.get(one.source) or unread(one.source), known.get(one.target) or unread(one.target))
                for one in flows
            ]
        )

    def told(self, check: PathCheck) -> Iterator[Told]:
        """What a check comes to, on each subject that it applies to."""
        case = _Case(self, check)
        if not case.origins:
            yield from self._unseen(check.origins)
            return
        yield from case.hopped() if check.hops else case.ended()
        yield from case.hidden()

    def _unseen(self, kinds: Iterable[type[Resource]]) -> Iterator[Told]:
        """What may hide a beginning where none was seen; what stands outside comes to be known by flows."""
        names = {kind.kind for kind in kinds}
        for gap in self.gaps:
            beside = names & _OUTSIDE and hides_flows(gap) and self.scope(gap) is None
            if beside or names & set(gap.kinds):
                yield Told(gap.scope, None, None, gap.reason)

    def scope(self, gap: Gap) -> int | None:
        """The node that a gap is about; None where it is about a place, such as an account."""
        node = self.graph.index.get(gap.scope)
        return None if node is None or isinstance(self.graph.resources[node], Account | Region) else node


def hides_flows(gap: Gap) -> bool:
    """Whether something may be missing from which flows are told, so that verdicts on flows leave it open."""
    return bool(gap.kinds) and gap.hides_any(*_TELLING)


def _hides(gap: Gap, names: Collection[str]) -> bool:
    """Whether something may be missing that a way begins or ends with, leads over, or is known by."""
    return hides_flows(gap) or any(kind in names for kind in gap.kinds)


def _carried(flow: Flow) -> tuple[int, int]:
    data, perhaps = flow.data, flow.may_carry
    sure = 0 if isinstance(data, Unknown) else _mask(data)
    if isinstance(data, Unknown) or isinstance(perhaps, Unknown):
        return sure, _ALL
    return sure, sure | _mask(perhaps)


@cache
def _mask(classes: tuple[str, ...]) -> int:
    mask = 0
    for name in classes:
        mask |= _BITS[name]
    return mask


class _Case:
    """One check in one world. Numbers are those of tiers; POSSIBLE stands for whatever is not certain."""

    def __init__(self, ways: Ways, check: PathCheck) -> None:
        self.ways = ways
        self.check = check
        self.graph = ways.graph
        self.origins = self._chosen(check.origins)
        self.targets = self._chosen(check.targets)
        self.overlap = not self.origins.keys().isdisjoint(self.targets)

    def _chosen(self, conditions: Mapping[type[Resource], Condition]) -> dict[int, int]:
        """Nodes that conditions select, each with how sure that is."""
        found = {}
        for kind, condition in conditions.items():
            pairs = self.ways.by_kind.get(kind, ())
            answers = condition.over([resource for _, resource in pairs])
            for (node, _), answer in zip(pairs, answers, strict=True):
                if answer is not False:
                    found[node] = 0 if answer else POSSIBLE
        return dict(sorted(found.items())) if len(conditions) > 1 else found

    @cached_property
    def open(self) -> list[int]:
        """By flow: how sure it is that what is asked about goes over it."""
        wanted = _mask(self.check.carrying)
        if not wanted:
            return list(self.graph.tiers)
        return [
            tier if wanted & sure else POSSIBLE if wanted & perhaps else _SHUT
            for tier, (sure, perhaps) in zip(self.graph.tiers, self.ways.carried, strict=True)
        ]

    @cached_property
    def around(self) -> tuple[list[int], list[int]]:
        """By flow, and by node: how sure it is that a way over it meets no guard there."""
        guards = self.check.guards
        if not guards:
            return self.open, [0] * len(self.graph.ids)
        of_flows, of_nodes = guards.get(Flow), {kind: one for kind, one in guards.items() if kind is not Flow}
        nodes = [self._past(of_nodes, resource) for resource in self.graph.resources]
        flows = self.open
        if of_flows is not None:
            past = [_past(answer) for answer in of_flows.over(*self.ways.columns)]
            flows = [*map(max, flows, past)]
        before, after = (map(nodes.__getitem__, ends) for ends in (self.graph.sources, self.graph.targets))
        return [*map(max, flows, before, after)], nodes

    def _past(self, guards: Mapping[type[Resource], Condition], resource: Resource | None) -> int:
        if resource is None:
            return POSSIBLE if guards else 0
        guard = guards.get(type(resource))
        return 0 if guard is None else _past(guard(resource))

    def spread(self, levels: list[int], most: int) -> Spread:
        """Where data gets from the origins by flows that are as sure as `most`."""
        start = [node for node, level in self.origins.items() if level <= most]
        return Spread(self.ways.edges, levels, most, start, apart=self.overlap)

    def hidden(self) -> Iterator[Told]:
        """Nodes behind which flows could not be read, and what may hide an end."""
        asked: tuple[type[Resource], ...] = (*self.check.origins, *self.check.targets, *self.check.hops, Flow)
        names = {kind.kind for kind in asked}
        for gap in self.ways.gaps:
            node = self.ways.scope(gap)
            about = None if node is None else self.graph.resources[node]
            if node is None:
                if _hides(gap, names):
                    yield Told(gap.scope, about, None, gap.reason)
            elif names & set(gap.kinds) and self.at_best.reaches(node):
                yield Told(gap.scope, about, None, _joined([gap.reason, *self._perhaps(node)]))

    def _perhaps(self, node: int) -> Iterator[str]:
        """Why it is open whether data gets to a node; nothing where it certainly does."""
        if not self.surely.reaches(node):
            way = self.at_best.way(node)
            yield from self._doubts(way) if way else _reasons(self.check.origins, self.graph.resources[node])

    @cached_property
    def surely(self) -> Spread:
        """Where data certainly gets around every guard."""
        return self.spread(self.around[0], LIKELY)

    @cached_property
    def at_best(self) -> Spread:
        """Where data may get around every guard, with everything that is possible."""
        return self.spread(self.around[0], POSSIBLE)

    # --- ways that end somewhere ---

    def ended(self) -> Iterator[Told]:
        """Each end that data may come to, judged by whether it may come there unguarded."""
        met = self.spread(self.open, POSSIBLE) if self.check.guards else None
        if met is not None and not any(map(met.reaches, self.targets)):
            return
        spreads = [self.spread(self.around[0], most) for most in range(POSSIBLE)]
        for node, certain in self.targets.items():
            if met is not None and met.origin(node) is None:
                continue
            level = next((most for most, one in enumerate(spreads) if one.origin(node) is not None), None)
            if level is not None and certain == 0:
                yield self._failed(node, spreads, level)
            elif self.at_best.origin(node) is not None:
                yield self._open(node, self.at_best.way(node))
            else:
                # Also where it is open whether it is asked about: it holds either way.
                yield self._told(node, holds=True)

    def _told(self, node: int, *, holds: bool | None, reason: str = "", flows: Iterable[int] = ()) -> Told:
        return Told(self.graph.ids[node], self.graph.resources[node], holds, reason, self.steps(flows))

    def _failed(self, node: int, spreads: list[Spread], level: int) -> Told:
        flows = spreads[level].way(node)
        start = self.graph.ids[self.graph.sources[flows[0]]]
        reason = f"data gets here from {start} by {self._weakest(flows, level)}"
        parts = (*self._missed(node), reason, self._cut(node, spreads[-1]))
        return self._told(node, holds=False, reason="; ".join(filter(None, parts)), flows=flows)

    def _missed(self, node: int) -> tuple[str, ...]:
        """What is told of why the end itself is no guard, such as when its agreement ended."""
        resource = self.graph.resources[node]
        guard = None if resource is None else self.check.guards.get(type(resource))
        return guard.because(resource)[:1] if guard is not None and resource is not None else ()

    def _weakest(self, flows: tuple[int, ...], level: int) -> str:
        count = f"{len(flows)} flow{'' if len(flows) == 1 else 's'}"
        if level < LIKELY:
            return f"{count}, {'each ' if len(flows) > 1 else ''}{TIERS[level]}"
        weakest = next(one for one in flows if self.graph.tiers[one] == level)
        return f"{count}, at the weakest {TIERS[level]}: {self.graph.flows[weakest].reason or self._name(weakest)}"

    def _cut(self, node: int, reached: Spread) -> str:
        """Which flows must go, where few must."""
        inner = reached.leading_to(node, _CUT_WITHIN)
        ends = {one: (self.graph.sources[one], self.graph.targets[one]) for one in inner}
        sources = {one for one, _ in ends.values() if self.origins.get(one, POSSIBLE) <= LIKELY and one != node}
        # A guard is missed where the way begins; what must never get somewhere is best stopped right before.
        cut = smallest_cut(ends, sources, node, most=_CUT_AT_MOST, near_sink=not self.check.guards)
        return f"smallest cut: {', '.join(map(self._name, cut))}" if cut else ""

    def _name(self, flow: int) -> str:
        one = self.graph.flows[flow]
        return f"{one.source} -> {one.target}{f' ({one.rule})' if one.rule else ''}"

    def _open(self, node: int, flows: tuple[int, ...]) -> Told:
        reasons = [*self._doubts(flows), *_reasons(self.check.targets, self.graph.resources[node])]
        return self._told(node, holds=None, reason=_joined(reasons), flows=flows)

    def _doubts(self, flows: tuple[int, ...]) -> Iterator[str]:
        """Why it is open whether data goes this way, unguarded."""
        nodes = [self.graph.sources[flows[0]], *(self.graph.targets[one] for one in flows)]
        yield from _reasons(self.check.origins, self.graph.resources[nodes[0]])
        for flow in flows:
            one = self.graph.flows[flow]
            if self.graph.tiers[flow] == POSSIBLE:
                yield f"{one.source} -> {one.target} is only possible{f': {one.reason}' if one.reason else ''}"
            elif self.open[flow] == POSSIBLE:
                yield f"what {one.source} -> {one.target} carries is not known{_why(one.data, one.may_carry)}"
            if (guard := self.check.guards.get(Flow)) is not None:
                yield from _doubt(guard, *self.ways.bound[flow])
        for node in nodes:
            if any(kind is not Flow for kind in self.check.guards) and self.graph.resources[node] is None:
                yield f"{self.graph.ids[node]} was not read itself"
            yield from _reasons(self.check.guards, self.graph.resources[node])

    def steps(self, flows: Iterable[int]) -> tuple[str, ...]:
        """A way as it is told."""
        return told_way(self.graph.flows[flow] for flow in flows)

    # --- hops on the way ---

    def hopped(self) -> Iterator[Told]:
        """Each node and flow on a way, judged by itself."""
        pairs = [(self.spread(self.open, most), self._back(most)) for most in range(POSSIBLE + 1)]
        for kind, condition in self.check.hops.items():
            for node, resource in self.ways.by_kind.get(kind, ()):
                if (through := meeting(pairs, node, node)) is not None:
                    yield self._hop((resource,), condition, condition(resource), through)
        of_flows = self.check.hops.get(Flow)
        if of_flows is None:
            return
        answers = of_flows.over(*self.ways.columns)
        for flow, level in enumerate(self.open):
            if level == _SHUT:
                continue
            through = meeting(pairs, self.graph.sources[flow], self.graph.targets[flow], flow, level)
            if through is not None:
                yield self._hop(self.ways.bound[flow], of_flows, answers[flow], through)

    def _back(self, most: int) -> Spread:
        start = [node for node, level in self.targets.items() if level <= most]
        return Spread(self.ways.edges.turned, self.open, most, start, apart=self.overlap)

    def _hop(
        self,
        bound: tuple[Resource, ...],
        condition: Condition,
        answer: bool | None,  # noqa: FBT001 - Kleene's
        through: Through,
    ) -> Told:
        one = bound[0]
        if answer is True:
            because = condition.because(*bound)
            return Told(one.subject, one, holds=True, reason=_joined(because) if because else "")
        flows = through.flows
        if answer is False and through.level < POSSIBLE:
            told = f"on the way of data by {self._weakest(flows, through.level)}"
            return Told(one.subject, one, False, _joined([*condition.because(*bound), told]), self.steps(flows))
        doubts = tuple(self._doubts(flows)) if through.level == POSSIBLE else ()
        doubts = (*doubts[:1], *(condition.unknowns(*bound) if answer is None else ()), *doubts[1:])
        last = self.graph.resources[self.graph.targets[flows[-1]]]
        return Told(one.subject, one, None, _joined([*doubts, *_reasons(self.check.targets, last)]), self.steps(flows))


def _past(guarded: bool | None) -> int:  # noqa: FBT001 - Kleene's
    return _SHUT if guarded else POSSIBLE if guarded is None else 0


def _reasons(conditions: Mapping[type[Resource], Condition], resource: Resource | None) -> Iterator[str]:
    """Why it is open whether a condition holds of a resource; nothing where it is not."""
    condition = None if resource is None else conditions.get(type(resource))
    if condition is not None and resource is not None:
        yield from _doubt(condition, resource)


def _doubt(condition: Condition, *bound: Resource) -> Iterator[str]:
    if condition(*bound) is None:
        yield from condition.unknowns(*bound)


def _why(*facts: object) -> str:
    return next((f": {fact.reason}" for fact in facts if isinstance(fact, Unknown)), "")


def _joined(reasons: Iterable[str]) -> str:
    return "; ".join(tuple(dict.fromkeys(reasons))[:_REASONS])
