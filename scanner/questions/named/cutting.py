"""What an auditor asks of the fewest flows: what would have to go so that nothing leads to production's conversations.

Reading data out of a store counts as a way to it: whoever asks for it gets at it.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.graph.cut import smallest_cut
from scanner.graph.flowgraph import LIKELY, FlowGraph
from scanner.kinds import INTERNET
from scanner.questions.named.posing import Posed, Question, Row, in_production, listed

_MOST = 8
"""Flows of a cut that is still worth telling."""

_NODES = 5_000
"""Nodes beyond which no cut is looked for: it would take too long."""


def cheapest_cut(about: Posed) -> Iterator[Row]:
    """The fewest flows that part each of production's stores from the internet and from other environments."""
    graph = about.graph
    starts = [node for node, one in enumerate(graph.resources) if one is not None and in_production(one) is False]
    starts = [node for node in starts if graph.resources[node].kind in {"actor", "compute", "entrypoint"}]  # type: ignore[union-attr]
    if INTERNET in graph.index and graph.index[INTERNET] not in starts:
        starts.append(graph.index[INTERNET])
    if not starts or len(graph.ids) > _NODES:
        return
    ends = _requests(graph)
    for store, _, certain in about.holding():
        if certain and in_production(store) is not False and store.id in graph.index:
            cut = smallest_cut(ends, starts, graph.index[store.id], most=_MOST, near_sink=True)
            if cut:
                flows = [graph.flows[number].id for number in cut]
                plural = "flow" if len(flows) == 1 else "flows"
                said = f"without {len(flows)} {plural} nothing from outside gets to it: {listed(flows, _MOST)}"
                yield Row(store.id, said)


def _requests(graph: FlowGraph) -> dict[int, tuple[int, int]]:
    """Flows as the requests that make them: who reads asks the store, so that it is turned round."""
    found = {}
    for number, flow in enumerate(graph.flows):
        if graph.tiers[number] <= LIKELY:
            pair = (graph.sources[number], graph.targets[number])
            found[number] = pair[::-1] if flow.how in {"reads_from", "retrieves_from"} else pair
    return found


QUESTIONS = (
    Question(
        "cheapest-cut",
        "Which flows would have to go so that nothing from outside gets to production's conversations?",
        ("CC6.1", "CC6.6"),
        cheapest_cut,
    ),
)
"""Of the fewest flows."""
