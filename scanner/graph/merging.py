"""Several rules may find the same flow: it is one, as sure as the surest of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from scanner.graph.flowgraph import tier_of
from scanner.kinds import Flow
from scanner.model import Unknown

_SHOWN = 3


def merged(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """Flows without repetition, in the order of their ids."""
    found: dict[str, list[Flow]] = {}
    for one in flows:
        found.setdefault(one.id, []).append(one)
    return tuple([alike[0] if len(alike) == 1 else _one(alike) for _, alike in sorted(found.items())])


def _one(alike: list[Flow]) -> Flow:
    """The surest, with the evidence of all.

    What protects it is what all of the surest have: who goes past a guard by another setting goes past it.
    """
    ranked = sorted(alike, key=lambda one: (tier_of(one), one.rule, one.attribute, one.reason))
    first = ranked[0]
    surest = [one for one in ranked if tier_of(one) == tier_of(first)]
    return replace(
        first,
        attribute=_joined(one.attribute for one in ranked),
        reason=_joined(one.reason for one in ranked),
        encrypted=_all([one.encrypted for one in surest]),
        guards=_common([one.guards for one in surest]),
        redacts=_all([one.redacts for one in surest]),
        content=_any([one.content for one in surest]),
        regions=_union([one.regions for one in ranked]),
        regions_open=_open_regions(ranked),
        models=_union([one.models for one in ranked]),
        hosts=tuple(sorted({host for one in surest for host in one.hosts})),
    )


def _joined(texts: Iterable[str]) -> str:
    told = [text for text in dict.fromkeys(texts) if text]
    more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return "; ".join(told[:_SHOWN]) + more


def _all(facts: Sequence[bool | Unknown]) -> bool | Unknown:
    if False in facts:
        return False
    return next((fact for fact in facts if isinstance(fact, Unknown)), True)


def _any(facts: Sequence[bool | Unknown]) -> bool | Unknown:
    if True in facts:
        return True
    return next((fact for fact in facts if isinstance(fact, Unknown)), False)


def _common(facts: Sequence[tuple[str, ...] | Unknown]) -> tuple[str, ...] | Unknown:
    """What stands in all; where one is not known, only that nothing does is certain."""
    known = [fact for fact in facts if not isinstance(fact, Unknown)]
    common = tuple(name for name in known[0] if all(name in fact for fact in known)) if known else ()
    unknown = next((fact for fact in facts if isinstance(fact, Unknown)), None)
    return unknown if unknown is not None and (common or not known) else common


def _open_regions(flows: Sequence[Flow]) -> tuple[str, ...]:
    """What is open in all that name it."""
    told = ((flow, one) for flow in flows for one in (() if isinstance(flow.regions, Unknown) else flow.regions))
    sure = {one for flow, one in told if one not in flow.regions_open}
    return tuple(one for one in dict.fromkeys(one for flow in flows for one in flow.regions_open) if one not in sure)


def _union(facts: Sequence[tuple[str, ...] | Unknown]) -> tuple[str, ...] | Unknown:
    known = (name for fact in facts if not isinstance(fact, Unknown) for name in fact)
    unknown = next((fact for fact in facts if isinstance(fact, Unknown)), None)
    return unknown if unknown is not None else tuple(dict.fromkeys(known))
