"""Grants: what every statement comes to, put together so that there are as many as statements, not as pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scanner.iam.answers import Answer, Part, members
from scanner.iam.vocabulary import Vocabulary
from scanner.kinds import Grant, Identity
from scanner.model import Resource, Statement, World

Ask = Callable[[str, str], Answer]


@dataclass(slots=True)
class _Given:
    """What one statement text gives on one resource, at one level."""

    must: int = 0
    may: int = 0
    actions: dict[str, None] = field(default_factory=dict)
    reason: str = ""


@dataclass(slots=True)
class _Source:
    """One statement text with all that it gives."""

    holders: Sequence[tuple[str, int]]
    given: dict[tuple[str, str], _Given] = field(default_factory=dict)
    """By level and id of the resource."""


def grants(world: World, vocabulary: Vocabulary, ask: Ask, statements: Mapping[str, Statement]) -> Iterator[Grant]:
    """Ask about every level of every resource that has one, and put alike answers together.

    Who becomes whom, or changes what somebody may, is no grant: chains tell that.
    """
    things = [resource for resource in world.resources if not isinstance(resource, Identity)]
    sources: dict[int, _Source] = {}
    principals: tuple[str, ...] = ()
    for level, by_type in vocabulary.levels().items():
        for resource in things:
            for action in by_type.get(resource.origin.type, ()):
                answer = ask(action, "*" if vocabulary.nameless(action.lower()) else resource.id)
                principals = answer.principals
                _take(sources, level, resource, action, answer)
    for source in sources.values():
        yield from _together(source, principals, statements)


def _take(sources: dict[int, _Source], level: str, resource: Resource, action: str, answer: Answer) -> None:
    if not answer.may:
        return
    for part in answer.parts:
        if part.role != "allow" or not part.may & answer.may:
            continue
        source = sources.get(id(part.statements))
        if source is None:
            source = sources[id(part.statements)] = _Source(part.statements)
        given = source.given.setdefault((level, resource.id), _Given())
        given.must |= part.must & answer.must
        given.may |= part.may & answer.may
        given.actions[action] = None
        open_ = part.may & answer.may & ~(part.must & answer.must)
        if open_ and not given.reason:
            given.reason = _reason(answer, part, open_)


def _reason(answer: Answer, part: Part, open_: int) -> str:
    """Why a part is only possible for the first of whom it is."""
    number = next(members(open_))
    reasons = answer.reasons_of(number)
    return part.reason or (reasons[0] if reasons else "")


def _together(source: _Source, principals: tuple[str, ...], statements: Mapping[str, Statement]) -> Iterator[Grant]:
    groups: dict[tuple[str, bool, int], tuple[list[str], dict[str, None], list[str]]] = {}
    for (level, resource), given in source.given.items():
        for definite, bits in ((True, given.must), (False, given.may & ~given.must)):
            if bits:
                resources, actions, reasons = groups.setdefault((level, definite, bits), ([], {}, []))
                resources.append(resource)
                actions.update(given.actions)
                reasons.append("" if definite else given.reason)
    for number, ((level, definite, bits), (resources, actions, reasons)) in enumerate(groups.items(), 1):
        ids = tuple(id_ for id_, held in source.holders if held & bits)
        first = statements[ids[0]]
        yield Grant(
            id=f"{first.id}#{level}{number}",
            type=level,
            name=first.name,
            account=first.account,
            region=first.region,
            planned=first.planned,
            environment=first.environment,
            origin=first.origin,
            policy=first.policy,
            level=level,
            definite=definite,
            identities=tuple(principals[one] for one in members(bits)),
            resources=tuple(resources),
            actions=tuple(actions),
            statements=ids,
            reason=next(filter(None, reasons), ""),
        )
