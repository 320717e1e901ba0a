"""What a plan changes of where data goes: doors, exposure, models, stores of data, and where logs go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from scanner.delta.scope import unknown
from scanner.diff import FactChange
from scanner.evidence.record import Thing

About: TypeAlias = Literal["exposure", "entry points", "models and agents", "stores of data", "logs and alarms"]

ABOUT: tuple[About, ...] = ("exposure", "entry points", "models and agents", "stores of data", "logs and alarms")
"""Parts of the data flow, in the order that a reader wants them."""

_KINDS: Mapping[str, About] = {
    "entrypoint": "entry points",
    "model": "models and agents",
    "guardrail": "models and agents",
    "agent": "models and agents",
    "audit_trail": "logs and alarms",
    "alarm": "logs and alarms",
}
"""What is a station of the flow by itself, wherever it comes or goes."""

_FACTS: Mapping[str, About] = {
    "public": "exposure",
    "open": "exposure",
    "open_ports": "exposure",
    "authenticated": "exposure",
    "forwards": "entry points",
    "operator": "models and agents",
    "calls_models": "models and agents",
    "guarded": "models and agents",
    "retrieves": "models and agents",
    "isolated": "models and agents",
    "data": "stores of data",
    "access_log_target": "logs and alarms",
    "access_logged": "logs and alarms",
    "logged": "logs and alarms",
    "text_delivered": "logs and alarms",
    "conversation_data_events": "logs and alarms",
    "notifies": "logs and alarms",
    "watches": "logs and alarms",
}
"""Facts that say where data goes or who reaches it."""

_ELSEWHERE = frozenset({"statement", "account", "region"})
_OPEN: Mapping[str, Any] = {"public": True, "open": True, "authenticated": False}
"""Facts by which anybody reaches a thing."""


@dataclass(frozen=True, slots=True)
class FlowChange:
    """One station or fact of the flow that comes, goes or changes."""

    about: About
    how: Literal["new", "gone", "changed"]
    thing: Thing
    fact: str = ""
    before: Any = None
    after: Any = None
    opens: bool = False
    """Whether anybody reaches it now who did not."""


def flow(
    new: Iterable[Thing], gone: Iterable[Thing], facts: Iterable[FactChange], things: Mapping[tuple[str, str], Thing]
) -> list[FlowChange]:
    """What changes, in order of the parts, what opens first."""
    found = [*_stations(new, "new"), *_stations(gone, "gone"), *_changed(facts, things)]
    return sorted(found, key=lambda one: (ABOUT.index(one.about), not one.opens, one.thing.id, one.fact))


def is_flow(change: FactChange) -> bool:
    """Whether a fact is one of the data flow's, and known on both sides."""
    return change.fact in _FACTS and change.kind not in _ELSEWHERE and change.how == "changed"


def exposures(thing: Thing) -> list[str]:
    """The facts by which anybody reaches a thing."""
    told = thing.kind not in _ELSEWHERE
    return [name for name, value in _OPEN.items() if told and name in thing.facts and thing.facts[name] is value]


def data_of(thing: Thing) -> list[str]:
    """Data classes a thing holds, none where that is not known."""
    data = thing.facts.get("data")
    return list(map(str, data)) if isinstance(data, list) else []


def _stations(things: Iterable[Thing], how: Literal["new", "gone"]) -> Iterator[FlowChange]:
    for thing in things:
        about = _KINDS.get(thing.kind)
        if thing.kind == "store" and (data_of(thing) or unknown(thing.facts.get("data"))):
            about = "stores of data"
        exposed = exposures(thing)
        if about is None and exposed:
            about = "exposure"
        if about is not None:
            yield FlowChange(about, how, thing, opens=how == "new" and bool(exposed))


def _changed(facts: Iterable[FactChange], things: Mapping[tuple[str, str], Thing]) -> Iterator[FlowChange]:
    for change in facts:
        if is_flow(change):
            opens = change.fact in _OPEN and change.after is _OPEN[change.fact]
            thing = things[change.kind, change.resource]
            yield FlowChange(_FACTS[change.fact], "changed", thing, change.fact, change.before, change.after, opens)
