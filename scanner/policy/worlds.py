"""The small worlds of a control's examples."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, NoReturn

from scanner.kinds import HOWS, KINDS, TIERS, Flow, Grant
from scanner.model import DATA_CLASSES, Resource, Statement, Unknown, World, fact_names
from scanner.policy.files import ExampleFile

_FLOW = re.compile(r"(\S+) -> (\S+)")
_OPEN = " | Unknown"
_NAMES = {"tier": TIERS, "how": HOWS}
_SORTS = {
    "bool": ("true or false", bool),
    "int": ("a whole number", int),
    "str": ("text", str),
    "tuple[str, ...]": ("a list of text", list),
}
_CLASSES = frozenset({"data", "may_carry", "may_hold", "receives"})


class Worlds:
    """Builds worlds, and says where one is wrong."""

    def __init__(self, refuse: Callable[[str, str], NoReturn]) -> None:
        """Take how a mistake is told, with its place."""
        self._refuse = refuse

    def made(self, raw: ExampleFile, path: str) -> World:
        """The world of one example."""
        made = [self._resource(name, facts, f"{path}.resources.{name}") for name, facts in raw.resources.items()]
        return World(
            resources=tuple(r for r in made if not isinstance(r, Statement | Grant | Flow)),
            grants=tuple(r for r in made if isinstance(r, Grant)),
            statements=tuple(r for r in made if isinstance(r, Statement)),
            flows=tuple(self._flows(raw, path)),
        )

    def _resource(self, name: str, facts: dict[str, Any], path: str) -> Resource:
        facts = dict(facts)
        kind = self._kind(str(facts.pop("kind", "")), path)
        values = self._facts(kind, facts, path)
        return kind.of(id=name, **({"policy": name} if kind in {Statement, Grant} else {}), **values)

    def _flows(self, raw: ExampleFile, path: str) -> Iterator[Flow]:
        for name, facts in raw.flows.items():
            place = f"{path}.flows.{name}"
            ends = _FLOW.fullmatch(name)
            if ends is None:
                self._refuse(f"{name!r} is no flow; write `source -> target`", place)
            for end in (end for end in ends.groups() if end not in raw.resources):
                self._refuse(f"there is no resource {end!r} in this example", place)
            for fact, known in _NAMES.items():
                if facts.get(fact, known[0]) not in known:
                    self._refuse(f"there is no {fact} {facts[fact]!r}; there are {', '.join(known)}", f"{place}.{fact}")
            values = {"how": "sends_to", **self._facts(Flow, facts, place)}
            id_ = f"{ends[1]} -> {ends[2]} ({values['how']})"
            yield Flow.of(**{"id": id_, "type": values["how"], "source": ends[1], "target": ends[2], **values})

    def _facts(self, kind: type[Resource], facts: dict[str, Any], path: str) -> dict[str, object]:
        types = {field.name: str(field.type) for field in fields(kind)}
        for fact, value in facts.items():
            if fact not in fact_names(kind):
                self._refuse(f"{kind.kind} has no fact {fact!r}", f"{path}.{fact}")
            wanted = _wanted(types[fact], value)
            if wanted:
                self._refuse(f"{fact} of {kind.kind} takes {wanted}, not {value!r}", f"{path}.{fact}")
            for item in value if fact in _CLASSES and isinstance(value, list) else ():
                if item not in DATA_CLASSES:
                    self._refuse(f"there is no data class {item!r}", f"{path}.{fact}")
        return {fact: _value(value) for fact, value in facts.items()}

    def _kind(self, name: str, path: str) -> type[Resource]:
        if name not in KINDS:
            self._refuse(f"there is no kind {name!r}; kinds are {', '.join(KINDS)}", path)
        return KINDS[name]


def _wanted(annotation: str, value: object) -> str:
    """What a fact takes, where a value is not of that sort; empty where it is."""
    plain = annotation.removesuffix(_OPEN)
    said, sort = _SORTS.get(plain, ("", object))
    fits = type(value) is sort or sort is object
    if sort is list and isinstance(value, list):
        fits = all(isinstance(one, str) for one in value)
    if value == "unknown":
        return "" if plain != annotation else f"{said}; it is never unknown"
    return "" if fits else f"{said} or unknown" if plain != annotation else said


def _value(value: object) -> object:
    if value == "unknown":
        return Unknown("the example leaves it open")
    return tuple(value) if isinstance(value, list) else value
