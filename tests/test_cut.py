"""The cheapest cut, beside that of networkx."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.graph.cut import smallest_cut

nx = pytest.importorskip("networkx", reason="networkx is not installed")

NODES = 7
GRAPHS = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=24)
SOURCES = st.sets(st.integers(0, NODES - 2), min_size=1, max_size=3)


def _cut(edges: list[tuple[int, int]], sources: set[int], sink: int, *, near_sink: bool = True) -> tuple[int, ...]:
    return smallest_cut(dict(enumerate(edges)), sources, sink, most=len(edges), near_sink=near_sink)


def _reached(edges: list[tuple[int, int]], sources: set[int]) -> set[int]:
    graph = nx.MultiDiGraph(edges)
    graph.add_nodes_from(range(NODES))
    return {end for source in sources for end in {source, *nx.descendants(graph, source)}}


@pytest.mark.parametrize("near_sink", [True, False])
@given(edges=GRAPHS, sources=SOURCES)
def test_a_cut_parts_both_sides_and_is_as_small_as_networkx_says(
    edges: list[tuple[int, int]], sources: set[int], *, near_sink: bool
) -> None:
    sink = NODES - 1
    cut = _cut(edges, sources, sink, near_sink=near_sink)
    left = [edge for number, edge in enumerate(edges) if number not in cut]
    assert sink not in _reached(left, sources)
    graph = nx.DiGraph()
    graph.add_node(sink)
    for source in sources:
        graph.add_edge("from", source)  # without a capacity, which is to say without end
    for source, target in edges:
        if graph.has_edge(source, target):
            graph[source][target]["capacity"] += 1
        else:
            graph.add_edge(source, target, capacity=1)
    assert len(cut) == nx.minimum_cut(graph, "from", sink)[0]


@given(edges=GRAPHS, sources=SOURCES)
def test_of_several_cuts_it_is_the_nearest_to_the_side_that_was_asked_for(
    edges: list[tuple[int, int]], sources: set[int]
) -> None:
    sink = NODES - 1
    late, early = (_cut(edges, sources, sink, near_sink=side) for side in (True, False))
    assert len(late) == len(early)
    before = _reached([edge for number, edge in enumerate(edges) if number not in early], sources)
    after = _reached([edge for number, edge in enumerate(edges) if number not in late], sources)
    assert before <= after


def test_a_chain_is_cut_at_either_end() -> None:
    chain = [(0, 1), (1, 2), (2, 3)]
    assert _cut(chain, {0}, 3, near_sink=False) == (0,)
    assert _cut(chain, {0}, 3) == (2,)


def test_a_way_that_was_taken_wrong_is_given_back() -> None:
    # The shortest way, by 0 and 3, blocks both others: one must be led back over the edge between them.
    edges = [(0, 1), (0, 2), (1, 4), (2, 3), (3, 4), (1, 3), (4, 5), (3, 5)]
    assert len(_cut(edges, {0}, 5)) == 2


def test_a_cut_that_is_too_large_is_none() -> None:
    edges = dict.fromkeys(range(4), (0, 1))
    assert smallest_cut(edges, {0}, 1, most=3, near_sink=True) == ()
    assert smallest_cut(edges, {0}, 1, most=4, near_sink=True) == (0, 1, 2, 3)
    assert smallest_cut({}, {0}, 1, most=4, near_sink=True) == ()
