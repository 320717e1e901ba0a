"""What can be reached in a graph of flows, held against networkx where it is installed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.graph.flowgraph import DECLARED, LIKELY, POSSIBLE, FlowGraph
from scanner.graph.reach import Reach, backwards, bits, components, labels
from scanner.kinds import Actor, Compute, Flow, Identity, Model, Store

Edges = list[tuple[int, int]]


def flow(source: str, target: str, how: str = "sends_to", tier: str = "declared", **facts: object) -> Flow:
    end = {"source": source, "target": target, "how": how, "tier": tier}
    return Flow.of(id=f"{source} -> {target} ({how})", type=how, **end, **facts)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[list[int]], list[int]]:
    """Small graphs, with loops and cycles, and some of their nodes."""
    size = draw(st.integers(1, 12))
    node = st.integers(0, size - 1)
    edges = draw(st.lists(st.tuples(node, node), max_size=40))
    return adjacent(size, edges), draw(st.lists(node, max_size=6, unique=True))


def adjacent(size: int, edges: Sequence[tuple[int, int]]) -> list[list[int]]:
    return [sorted({end for start, end in edges if start == node}) for node in range(size)]


@settings(deadline=None)  # the first example imports networkx
@given(graphs())
def test_labels_are_the_descendants_that_networkx_finds(given_: tuple[list[list[int]], list[int]]) -> None:
    networkx = pytest.importorskip("networkx", reason="networkx is not installed")
    adjacency, sources = given_
    graph = networkx.DiGraph([(start, end) for start, ends in enumerate(adjacency) for end in ends])
    graph.add_nodes_from(range(len(adjacency)))
    forward, backward = labels(adjacency, sources), labels(backwards(adjacency), sources)
    for bit, source in enumerate(sources):
        assert {n for n in graph if forward[n] >> bit & 1} == networkx.descendants(graph, source) | {source}
        assert {n for n in graph if backward[n] >> bit & 1} == networkx.ancestors(graph, source) | {source}
    assert {frozenset(one) for one in components(adjacency)} == {
        frozenset(one) for one in networkx.strongly_connected_components(graph)
    }


@settings(deadline=None)  # the first example imports networkx
@given(graphs())
def test_a_component_stands_after_all_that_it_reaches(given_: tuple[list[list[int]], list[int]]) -> None:
    adjacency, _ = given_
    place = {node: i for i, together in enumerate(components(adjacency)) for node in together}
    assert all(place[end] <= place[start] for start, ends in enumerate(adjacency) for end in ends)


@settings(deadline=None)  # the first example imports networkx
@given(graphs())
def test_a_path_is_a_shortest_way_and_there_is_one_wherever_the_labels_say_so(
    given_: tuple[list[list[int]], list[int]],
) -> None:
    networkx = pytest.importorskip("networkx", reason="networkx is not installed")
    adjacency, sources = given_
    graph = networkx.DiGraph([(start, end) for start, ends in enumerate(adjacency) for end in ends])
    graph.add_nodes_from(range(len(adjacency)))
    reach = Reach(adjacency, sources)
    for number, target in itertools.product(range(len(sources)), range(len(adjacency))):
        path = reach.path(number, target)
        assert bool(path) == reach.reaches(number, target) == (number in reach.of(target))
        if path:
            assert (path[0], path[-1]) == (sources[number], target)
            assert all(end in adjacency[start] for start, end in itertools.pairwise(path))
            assert len(path) - 1 == networkx.shortest_path_length(graph, sources[number], target)


def test_of_several_shortest_ways_it_is_always_the_one_over_the_lowest_numbers() -> None:
    adjacency = adjacent(6, [(0, 3), (0, 1), (0, 2), (3, 4), (2, 4), (1, 4), (4, 5)])
    assert Reach(adjacency, [0]).path(0, 5) == (0, 1, 4, 5)


def test_a_chain_and_a_ring_of_a_hundred_thousand_need_no_recursion() -> None:
    size = 100_000
    chain = [[node + 1] for node in range(size - 1)] + [[]]
    reach = Reach(chain, [0, size // 2])
    assert len(components(chain)) == size
    assert reach.of(size - 1) == (0, 1)
    assert len(reach.path(0, size - 1)) == size
    ring = [[(node + 1) % size] for node in range(size)]
    assert [len(one) for one in components(ring)] == [size]
    assert labels(ring, [7]) == [1] * size


def test_bits_are_the_numbers_of_what_is_set() -> None:
    assert bits(0) == ()
    assert bits(1 << 200 | 1 << 3 | 1) == (0, 3, 200)


# --- the graph of flows -----------------------------------------------------------------------------------------------

RESOURCES = (Actor(id="ext:internet"), Compute(id="f"), Model(id="m"), Store(id="s"))
FLOWS = (
    flow("ext:internet", "f"),
    flow("f", "m", "invokes", "likely"),
    flow("f", "s", "writes_to", "possible"),
    flow("f", "s", "logs_to"),
    flow("f", "s", "deletes"),
    flow("f", "gone", "network_reaches", "declared"),
)


def named(graph: FlowGraph, tier: int) -> set[tuple[str, str]]:
    return {(graph.ids[a], graph.ids[b]) for a, ends in enumerate(graph.adjacency(tier)) for b in ends}


def test_a_graph_of_a_tier_has_what_is_as_sure_or_surer() -> None:
    graph = FlowGraph.made(RESOURCES, FLOWS)
    sure = {("ext:internet", "f"), ("f", "s")}
    assert named(graph, DECLARED) == sure
    assert named(graph, LIKELY) == {*sure, ("f", "m")}
    assert named(graph, POSSIBLE) == {*sure, ("f", "m"), ("f", "gone")}


def test_deletions_move_nothing_and_networks_only_perhaps() -> None:
    graph = FlowGraph.made(RESOURCES, FLOWS)
    assert "deletes" not in {one.how for one in graph.flows}
    assert {one.how: tier for one, tier in zip(graph.flows, graph.tiers, strict=True)}["network_reaches"] == POSSIBLE


def test_flows_are_found_by_their_ends_the_surest_first() -> None:
    graph = FlowGraph.made(RESOURCES, FLOWS)
    source, target = graph.index["f"], graph.index["s"]
    assert [graph.flows[one].how for one in graph.between(source, target)] == ["logs_to", "writes_to"]
    assert [graph.flows[one].how for one in graph.between(source, target, LIKELY)] == ["logs_to"]
    assert {graph.flows[one].how for one in graph.leaving[source]} == {
        "invokes", "writes_to", "logs_to", "network_reaches",
    }  # fmt: skip
    assert [graph.flows[one].source for one in graph.entering[source]] == ["ext:internet"]
    assert graph.resources[graph.index["gone"]] is None


def test_a_graph_leaves_out_what_is_not_to_be_kept() -> None:
    graph = FlowGraph.made(RESOURCES, FLOWS)
    kept = graph.adjacency(keep=lambda one: one.how != "logs_to")
    assert [graph.ids[end] for end in kept[graph.index["f"]]] == ["gone", "m", "s"]


def test_what_is_of_several_kinds_is_the_one_that_says_most_of_data() -> None:
    alike = (Identity(id="x"), Compute(id="x", type="function"), Compute(id="x", type="container"), Model(id="x"))
    for order in itertools.permutations(alike):
        assert FlowGraph.made(order, []).resources == (Model(id="x"),)
        assert FlowGraph.made([one for one in order if one.kind != "model"], []).resources == (alike[2],)


def test_a_graph_is_the_same_in_whatever_order_its_parts_come() -> None:
    graph = FlowGraph.made(RESOURCES, FLOWS)
    for seed in range(5):
        mixed = random.Random(seed)  # noqa: S311 - an order, no secret
        things, ways = [*RESOURCES], [*FLOWS]
        mixed.shuffle(things)
        mixed.shuffle(ways)
        assert FlowGraph.made(things, ways) == graph
