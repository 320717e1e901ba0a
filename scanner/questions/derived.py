"""Facts of resources that only the whole world tells: each question yields some, and the world takes them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from scanner.config import Config
from scanner.iam.access import Access
from scanner.kinds import Identity
from scanner.model import Noted, Resource, World
from scanner.questions import naming, sharing, trusting
from scanner.questions.asked import Asked, Found, Language
from scanner.questions.catalogue import QUESTIONS


def derived(world: World, languages: Iterable[Language], config: Config) -> World:
    """Take in what every question tells, and the grants that statements come to in the language of each cloud."""
    wider = replace(world, resources=(*world.resources, *sharing.externals(world, config)))
    acts = bool(world.statements) or any(isinstance(one, Identity) for one in world.resources)
    asked = [Asked(wider, Access(wider, one.vocabulary), one, config) for one in languages] if acts else []
    found: dict[str, dict[str, Any]] = {}
    for id_, facts in _told(wider, asked, config):
        found.setdefault(id_, {}).update(facts)
    grants = tuple(grant for one in asked for grant in one.access.grants())
    return replace(
        wider, resources=tuple(with_facts(one, found.get(one.id, {})) for one in wider.resources), grants=grants
    )


def _told(world: World, asked: Sequence[Asked], config: Config) -> Iterator[Found]:
    named = tuple(wire for one in asked for wire in naming.wires(one))
    yield from sharing.facts(replace(world, wires=(*world.wires, *named)), config)
    yield from trusting.facts(world, config)
    for one in asked:
        for question in QUESTIONS:
            yield from question(one)


def with_facts(resource: Resource, facts: Mapping[str, Any]) -> Resource:
    """The resource with these facts, of which some may be `Noted`; what explains others stays."""
    if not facts:
        return resource
    notes = ("because", "completed", "paths")
    kept: dict[str, Any] = {one.name: getattr(resource, one.name) for one in fields(resource)}
    explained = {name: {key: text for key, text in kept.pop(name).items() if key not in facts} for name in notes}
    values = {name: fact.value if isinstance(fact, Noted) else fact for name, fact in facts.items()}
    for name, fact in facts.items():
        if isinstance(fact, Noted):
            told = {"because": fact.because, "completed": fact.completed, "paths": fact.path}
            for note in notes:
                if told[note]:
                    explained[note][name] = told[note]
    facts_of: dict[str, Any] = {**kept, **values, **explained}
    return type(resource)(**facts_of)
