"""Where the data goes, for a person to read at a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from scanner.cli.columns import rule, width
from scanner.kinds import TIERS
from scanner.model import DATA_CLASSES
from scanner.redact import visible

if TYPE_CHECKING:
    from scanner.cli.graph_asked import Asked

_SHOWN = 3
_MANY = 400
"""Flows that are told one by one."""

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_LONGEST = 300


def written(told: Asked) -> str:
    """Write the flows by where they come from, then what leaves, then what was not seen."""
    return "".join(f"{line}\n" for line in _Text(told).lines())


class _Text:
    def __init__(self, told: Asked) -> None:
        self._told = told
        self._document = told.document()
        self._width = width()

    def lines(self) -> Iterator[str]:
        flows = self._document["flows"]
        if self._told.both is not None:
            changed = [flow for flow in flows if flow["change"]]
            yield rule(f"CHANGED: {_summary(changed, 'change')}")
            yield from self._flows(changed)
            yield ""
            yield rule(f"UNCHANGED: {len(flows) - len(changed)} flows")
        else:
            yield rule(f"FLOWS: {_summary(flows, 'tier')}")
            yield from self._flows(flows)
            yield ""
            yield from self._outside(flows)
        yield from self._unseen()
        yield rule(", ".join(map(visible, self._told.inputs[:_SHOWN])))

    def _flows(self, flows: list[dict[str, Any]]) -> Iterator[str]:
        if not flows:
            yield from self._put("none", 2)
        source = None
        for flow in flows[:_MANY]:
            if flow["source"] != source:
                source = flow["source"]
                yield from self._put(source, 0)
            yield from self._flow(flow)
        if len(flows) > _MANY:
            yield from self._put(f"and {len(flows) - _MANY:,} more; --format json lists them all", 0)

    def _flow(self, flow: dict[str, Any]) -> Iterator[str]:
        sign = f"{_SIGNS[flow['change']]} " if flow.get("change") else ""
        yield from self._put(flow["target"], 2, f"{sign}→ ")
        guards = f"behind {', '.join(flow['guards'])}" if flow["guards"] else ""
        plain = "not encrypted" if flow["encrypted"] is False else ""
        told = [flow["kind"].replace("_", " "), flow["tier"], _data(flow), guards, plain]
        yield from self._put("; ".join(filter(None, told)), 6)
        for change in flow.get("changed", ()):
            was, is_ = _said(change["before"]), _said(change["after"])
            yield from self._put(f"{change['fact'].replace('_', ' ')}: {was} -> {is_}", 6)
        yield from self._put(": ".join(filter(None, (flow["rule"], flow["attribute"]))), 6)

    def _outside(self, flows: Iterable[dict[str, Any]]) -> Iterator[str]:
        """What leaves the accounts, and what it may carry."""
        found: dict[str, list[dict[str, Any]]] = {}
        for flow in flows:
            if flow["target"].startswith("ext:"):
                found.setdefault(flow["target"], []).append(flow)
        yield rule("WHAT LEAVES")
        if not found:
            yield from self._put("nothing that is known", 2)
        for target, ways in sorted(found.items()):
            yield from self._put(f"{target} {_received(ways)}", 2)
        yield ""

    def _unseen(self) -> Iterator[str]:
        yield rule("NOT SEEN")
        places: dict[str, list[str]] = {}
        for gap in self._document["unseen"]:
            places.setdefault(gap["reason"], []).append(gap["scope"])
        for reason, scopes in places.items():
            more = f" and {len(scopes) - _SHOWN} more" if len(scopes) > _SHOWN else ""
            yield from self._put(f"{', '.join(scopes[:_SHOWN])}{more}: {reason}", 2)
        for note in self._told.picture().notes if not places else ():
            yield from self._put(self._told.hide.text(note), 2)
        yield ""

    def _put(self, text: str, indent: int, lead: str = "") -> Iterator[str]:
        """A text that wraps; words longer than the line stay whole, to be copied."""
        shown = visible(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")
        yield from textwrap.wrap(
            shown,
            self._width,
            initial_indent=f"{' ' * indent}{lead}",
            subsequent_indent=" " * (indent + 2 + len(lead)),
            break_long_words=False,
            break_on_hyphens=False,
        )


def _summary(flows: Iterable[dict[str, Any]], by: str) -> str:
    counts = Counter(flow[by] for flow in flows)
    total = sum(counts.values())
    parts = [f"{counts[name]:,} {name}" for name in ("declared", "likely", "possible", *_SIGNS) if counts[name]]
    return f"{total:,} ({', '.join(parts)})" if parts else "none"


def _received(ways: list[dict[str, Any]]) -> str:
    """What somebody outside gets by flows, by the surest of those that bring it."""
    moving = [way for way in ways if way["kind"] not in {"deletes", "network_reaches"}]
    for fact, said in (("data", "gets"), ("may_carry", "gets data of a class that is not known; perhaps")):
        bringing = [way for way in moving if way[fact]]
        classes = {class_ for way in bringing for class_ in way[fact]}
        if classes:
            return f"{said} {', '.join(sorted(classes, key=DATA_CLASSES.index))} ({_surest(bringing)})"
    if moving:
        return f"gets data of a class that is not known ({_surest(moving)})"
    return f"can be reached, and nothing shows that data goes there ({_surest(ways)})"


def _surest(ways: list[dict[str, Any]]) -> str:
    return min((str(way["tier"]) for way in ways), key=TIERS.index)


def _data(flow: dict[str, Any]) -> str:
    if flow["data"]:
        return ", ".join(flow["data"])
    unknown = flow["unknown"].get("data")
    return f"data not known ({unknown})" if unknown else ""


def _said(value: Any) -> str:
    if value is None:
        return "not known"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
