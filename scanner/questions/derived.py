"""Facts of resources that only the whole world tells: each question yields some, and the world takes them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from scanner.config import Config
from scanner.iam.access import Access
from scanner.kinds import Identity
from scanner.model import World, with_facts
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
