"""The graph in the language of Graphviz: https://graphviz.org/doc/info/lang.html."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.diagram.labels import bounded, key

_TIERS = {"declared": "solid", "likely": "dashed", "possible": "dotted"}
_CHANGES = {"added": "#0072b2", "removed": "#b03a00", "changed": "#8a6100"}


def dot(told: dict[str, Any]) -> str:
    """Write a document as DOT: all of it, environments as clusters."""
    return "".join(f"{line}\n" for line in _lines(told))


def _lines(told: dict[str, Any]) -> Iterator[str]:
    yield "digraph trustscan {"
    yield "  rankdir=LR;"
    yield '  node [shape=box, fontname="sans-serif"];'
    places: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in told["resources"]:
        outside = one["environment"] == "external"
        places.setdefault(("", "") if outside else (one["environment"] or "", one["account"] or ""), []).append(one)
    for number, ((environment, account), ones) in enumerate(sorted(places.items())):
        inside = bool(environment or account)
        if inside:
            yield f"  subgraph cluster_{number} {{"
            yield f"    label={_quoted(bounded(' '.join(filter(None, (environment, account))), 80))};"
        for one in ones:
            label = f"{bounded(one['name'] or one['id'], 80)} ({one['type'] or one['kind']})"
            yield f"    {_quoted(key(one['id']))} [label={_quoted(label)}, {_attributes(one, ('kind', 'data'))}];"
        if inside:
            yield "  }"
    for one in told["flows"]:
        ends = f"{_quoted(key(one['source']))} -> {_quoted(key(one['target']))}"
        colour = f", color={_quoted(_CHANGES[one['change']])}" if one.get("change") else ""
        yield (
            f"  {ends} [label={_quoted(one['kind'])}, style={_TIERS[one['tier']]}{colour}, "
            f"{_attributes(one, ('tier', 'data', 'rule', 'reason', 'change'))}];"
        )
    yield "}"


def _attributes(one: dict[str, Any], names: tuple[str, ...]) -> str:
    """Facts as attributes of our own, which Graphviz passes over."""
    found = ((name, one.get(name)) for name in names)
    return ", ".join(
        f"ts_{name}={_quoted(bounded(' '.join(value) if isinstance(value, list) else str(value)))}"
        for name, value in found
        if value not in (None, [])
    )


def _quoted(text: str) -> str:
    """A text in quotes, of which nothing is an escape of the language."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
