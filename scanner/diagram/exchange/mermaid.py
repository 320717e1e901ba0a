"""A page of the graph for Markdown: https://mermaid.js.org/syntax/flowchart.html."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.diagram.labels import bounded
from scanner.diagram.picture import Band, Node, Picture, Wire
from scanner.kinds import TIERS
from scanner.redact import Redactor

MOST_WIRES = 400
"""Mermaid draws no chart of more than 500 arrows, unless it is told to."""

_ARROWS = {"declared": "-->", "likely": "-.->", "possible": "-.->"}
_BOTH = {"declared": "<-->", "likely": "<-.->", "possible": "<-.->"}
_SHAPES = {"store": ("[(", ")]"), "actor": ("([", "])"), "vendor": ("[[", "]]"), "model": ("{{", "}}")}
_OTHER = re.compile(r"[^A-Za-z0-9 _.,:/()=+*-]")


def mermaid(picture: Picture, hide: Redactor) -> str:
    """Write a picture, of at most 60 boxes, as a flow chart."""
    return "".join(f"{line}\n" for line in _lines(picture, hide))


def _lines(picture: Picture, hide: Redactor) -> Iterator[str]:
    ids = {node.id: f"n{number}" for number, node in enumerate(picture.nodes, 1)}
    bands: dict[Band | None, list[Node]] = {}
    for node in picture.nodes:
        bands.setdefault(node.band, []).append(node)
    yield "flowchart LR"
    for node in bands.pop(None, []):
        yield f"  {_node(node, ids[node.id], hide)}"
    for number, band in enumerate(sorted((band for band in bands if band), key=Band.order), 1):
        yield f'  subgraph b{number}["{_text(hide.text(band.title))}"]'
        for node in bands[band]:
            yield f"    {_node(node, ids[node.id], hide)}"
        yield "  end"
    surest = sorted(picture.wires, key=lambda wire: TIERS.index(wire.tier))[:MOST_WIRES]
    for wire in surest:
        yield f"  {_wire(wire, ids)}"
    left = len(picture.wires) - len(surest)
    notes = [*picture.notes, *([f"{left} arrows are more than fit: the least sure are left out"] if left else [])]
    for number, note in enumerate(notes, 1):
        yield f'  note{number}["{_text(hide.text(note))}"]:::note'
    if notes:
        yield "  classDef note stroke-dasharray: 4 3"


def _node(node: Node, id_: str, hide: Redactor) -> str:
    before, after = _SHAPES.get(node.kind, ("[", "]"))
    times = f" x {node.count}" if node.count > 1 else ""
    return f'{id_}{before}"{_text(hide.text(node.label))}{times}<br/>{_text(node.sort)}"{after}'


def _wire(wire: Wire, ids: dict[str, str]) -> str:
    arrow = (_BOTH if wire.both else _ARROWS)[wire.tier]
    said = {"possible": "possible", "likely": "likely"}.get(wire.tier, "")
    said = " ".join(filter(None, (wire.change, said, "" if wire.hue == "none" else wire.hue)))
    label = f'|"{said}"|' if said else ""
    return f"{ids[wire.source]} {arrow}{label} {ids[wire.target]}"


def _text(text: str) -> str:
    """Text of which nothing is markup: whatever is no plain letter is written by its number."""
    return _OTHER.sub(lambda match: f"#{ord(match[0])};", bounded(text, 120))
