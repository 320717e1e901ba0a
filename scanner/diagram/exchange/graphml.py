"""The graph as GraphML, by networkx, for yEd, Gephi, Neo4j and programs of one's own."""

from __future__ import annotations

import io
from typing import Any

from scanner.redact import visible


def graphml(told: dict[str, Any]) -> str:
    """Write a document as GraphML: nodes and edges with all that is told of them, lists as texts apart by spaces."""
    # It takes a tenth of a second to import, which only who asks for it should wait.
    import networkx as nx  # noqa: PLC0415

    graph = nx.MultiDiGraph()
    ids: dict[str, str] = {}
    for one in told["resources"]:
        ids[one["id"]] = _free(visible(one["id"]), graph)
        graph.add_node(ids[one["id"]], **_plain(one, but="id"))
    for number, one in enumerate(told["flows"]):
        source, target = ids[one["source"]], ids[one["target"]]
        graph.add_edge(source, target, key=number, **_plain(one, but="source target"))
    out = io.BytesIO()
    nx.write_graphml(graph, out, encoding="utf-8")
    return out.getvalue().decode()


def _free(name: str, graph: Any) -> str:
    """A name that no other node has: what is made visible may look like another."""
    number, free = 1, name
    while free in graph:
        number += 1
        free = f"{name} ({number})"
    return free


def _plain(one: dict[str, Any], but: str) -> dict[str, str | bool]:
    """What GraphML can hold; what is not known is left out."""
    left = {name: value for name, value in one.items() if name not in but.split() and value not in (None, {}, [])}
    return {name: value if isinstance(value, bool) else visible(_text(value)) for name, value in left.items()}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_text(one) if isinstance(one, dict) else str(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {said}" for name, said in value.items())
    return str(value)
