"""Which data classes come to each node and go over each flow: the least fixpoint of the transfer rules, three times.

Once over the flows that are declared, once with those that are likely, once with every possible one: what a node holds
is as sure as the weakest flow on the surest way to it. A class that came in never leaves again, so that each node is
looked at no more often than there are classes, and no order of flows makes a difference.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from scanner.graph.classes import ALL, BEFORE_GUARDRAIL, PROMPT, USER_IDENTITY
from scanner.graph.flowgraph import DECLARED, LIKELY, POSSIBLE, FlowGraph
from scanner.graph.reviews import NOTHING, Adjust, Reviews
from scanner.graph.transfer import PEOPLE, Transfer, held_by, is_fed_documents, kept_by, transfer, wanted_by
from scanner.kinds import Store
from scanner.model import Resource, Unknown


@dataclass(frozen=True)
class Run:
    """What comes of the flows that are at least as sure as a tier."""

    graph: FlowGraph
    tier: int
    rules: Sequence[Transfer]
    """What each flow does, its review included."""

    reviews: Reviews
    wants: Sequence[int]
    """By node: what people would send to reach it."""

    @cached_property
    def wanted(self) -> Sequence[int]:
        """By node: what people would send there, since flows lead on to where that is used."""
        graph = self.graph
        found = [*self.wants]
        for node, review in self.reviews.nodes.items():
            found[node] &= review.keep
        queue = deque(node for node, bits in enumerate(found) if bits)
        while queue:
            node = queue.popleft()
            if is_fed_documents(graph.resources[node]):
                continue
            for flow in self._taken(graph.entering[node]):
                source = graph.sources[flow]
                if self.rules[flow].passes & PROMPT and found[node] & ~found[source]:
                    found[source] |= found[node]
                    queue.append(source)
        return found

    @cached_property
    def held(self) -> Sequence[int]:
        """By node: what it holds, or handles."""
        return [bits & ALL for bits in self._reached]

    @cached_property
    def _reached(self) -> Sequence[int]:
        """By node: what it holds, and what stood before a guardrail."""
        return _Fixpoint(self).held

    @cached_property
    def carried(self) -> Sequence[int]:
        """By flow: what it carries; of flows that are less sure, what they would carry."""
        return self.over(self.rules)

    def over(self, rules: Sequence[Transfer]) -> Sequence[int]:
        """By flow: what it carries by other rules than those of this run."""
        graph, held, wanted = self.graph, self._reached, self.wanted
        ends = zip(rules, graph.sources, graph.targets, strict=True)
        return [rule.over(held[source], wanted[target]) & ALL for rule, source, target in ends]

    @cached_property
    def opened(self) -> dict[int, str]:
        """Nodes to which more may come, from stores of which it is not known what they hold; each with the reason."""
        graph = self.graph
        unknown = (node for node, one in enumerate(graph.resources) if _untold(one) and self._of_node(node).keep)
        found = {node: _why(graph.resources[node]) for node in unknown}
        queue = deque(found)
        while queue:
            node = queue.popleft()
            for flow in self._taken(graph.leaving[node]):
                end = graph.targets[flow]
                if end not in found and self.rules[flow].passes and self._of_node(end).keep:
                    found[end] = found[node]
                    queue.append(end)
        return found

    @cached_property
    def open_flows(self) -> dict[int, str]:
        """Flows that may carry more, each with the reason."""
        flows = ((flow, why) for node, why in self.opened.items() for flow in self.graph.leaving[node])
        return {flow: why for flow, why in flows if self.rules[flow].passes}

    def _of_node(self, node: int) -> Adjust:
        return self.reviews.nodes.get(node, NOTHING)

    def _taken(self, flows: Sequence[int]) -> Iterator[int]:
        return (flow for flow in flows if self.graph.tiers[flow] <= self.tier)


class _Fixpoint:
    """The worklist of one run."""

    def __init__(self, run: Run) -> None:
        graph, wanted = run.graph, run.wanted
        keeps = [kept_by(one) for one in graph.resources]
        for node, review in run.reviews.nodes.items():
            keeps[node] &= _kept(review)
        self.held = [held_by(one) for one in graph.resources]
        self._onward: list[list[tuple[int, int, int, int, int]]] = [[] for _ in graph.ids]
        for rule, source, target, tier in zip(run.rules, graph.sources, graph.targets, graph.tiers, strict=True):
            if tier <= run.tier:
                keep, adds = keeps[target], rule.adds | wanted[target] & rule.asks
                self._onward[source].append((target, rule.passes & keep, adds & keep, rule.of, rule.into & keep))
                self.held[source] |= rule.gives_back
                if rule.answers:
                    self._onward[target].append((source, rule.answers & keeps[source], 0, 0, 0))
        for node, review in run.reviews.nodes.items():
            self.held[node] = review.on(self.held[node])
        self._go()

    def _go(self) -> None:
        held = self.held
        queue = deque(range(len(held)))
        waiting = bytearray(b"\1") * len(held)
        while queue:
            node = queue.popleft()
            waiting[node] = 0
            have = held[node]
            for end, passes, adds, of, into in self._onward[node]:
                new = (have & passes | adds | (into if have & of else 0)) & ~held[end]
                if new:
                    held[end] |= new
                    if not waiting[end]:
                        waiting[end] = 1
                        queue.append(end)


@dataclass(frozen=True)
class Propagated:
    """What the flows of a graph carry, and what its nodes come to hold, tier by tier."""

    graph: FlowGraph
    runs: tuple[Run, Run, Run]

    @classmethod
    def of(cls, graph: FlowGraph, reviews: Reviews, hidden: Collection[str] = ()) -> Propagated:
        """Everything about a graph; worked out when asked for.

        `hidden` are nodes behind which flows could not be read: people may send there what they send to a chatbot.
        """
        certain, perhaps = (_rules(graph, reviews, perhaps=one) for one in (False, True))
        sure, at_most = ([wanted_by(one, perhaps=open_) for one in graph.resources] for open_ in (False, True))
        for node in (graph.index[id_] for id_ in hidden if id_ in graph.index):
            at_most[node] |= PEOPLE
        declared, likely = (Run(graph, tier, certain, reviews, sure) for tier in (DECLARED, LIKELY))
        return cls(graph, (declared, likely, Run(graph, POSSIBLE, perhaps, reviews, at_most)))

    @property
    def declared(self) -> Run:
        """By flows that are declared."""
        return self.runs[DECLARED]

    @property
    def likely(self) -> Run:
        """By flows that are declared or likely."""
        return self.runs[LIKELY]

    @property
    def possible(self) -> Run:
        """By every flow, and with what content or guards may come to."""
        return self.runs[POSSIBLE]


def _rules(graph: FlowGraph, reviews: Reviews, *, perhaps: bool) -> tuple[Transfer, ...]:
    """The transfer of each flow; made once for all flows of which it reads the same."""
    known: dict[object, Transfer] = {}
    read = [_read_of(one) for one in graph.resources]
    found = []
    for flow, source, target in zip(graph.flows, graph.sources, graph.targets, strict=True):
        key = (flow.how, flow.content, flow.guards, flow.redacts, read[source], read[target])
        rule = known.get(key)
        if rule is None:
            ends = graph.resources[source], graph.resources[target]
            rule = known[key] = transfer(flow, *ends, perhaps=perhaps)
        found.append(rule)
    for number, review in reviews.flows.items():
        rule = found[number]
        passes, into = (bits & _kept(review) for bits in (rule.passes, rule.into))
        asks = rule.asks & review.keep
        found[number] = replace(rule, passes=passes, adds=review.on(rule.adds), asks=asks, into=into)
    return tuple(found)


def _kept(review: Adjust) -> int:
    """What a review leaves: where it takes away who it was, none of that is left before a guardrail either."""
    return review.keep | (BEFORE_GUARDRAIL if review.keep & USER_IDENTITY else 0)


def _read_of(resource: Resource | None) -> object:
    """What transfer rules read of a resource."""
    if resource is None:
        return None
    if isinstance(resource, Store):
        return (resource.kind, resource.hides_people is True)
    return (resource.kind, resource.type, getattr(resource, "text_delivered", None))


def _untold(resource: Resource | None) -> bool:
    return isinstance(resource, Store) and isinstance(resource.data, Unknown)


def _why(resource: Resource | None) -> str:
    data = None if resource is None else resource.data
    return f"what {resource.id} holds is not known: {data.reason}" if resource and isinstance(data, Unknown) else ""
