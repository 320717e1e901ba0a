"""Flows from, or to, a node to whatever a setting names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.clouds.aws.links.ends import End, gap, link
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import RUNS, TAKES, ends_at, perhaps
from scanner.kinds import Flow
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

MOST = 20
"""Things that a setting may name, beyond which none of them is told: a flow to each would say nothing."""

STARTED = ("compute", "agent")
"""Kinds of what an event starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting that shows a flow: whose, where, and what is said of the flow."""

    owner: PlannedResource
    attribute: str
    rule: str
    reason: str
    block: Block | None = None
    within: str = ""
    """The blocks around the attribute."""

    types: tuple[str, ...] = TAKES
    anchor: tuple[str, ...] = ()
    """Attributes of the owner that name the other end of the flow."""

    how: str = ""
    """Empty where the type of what it leads to tells: compute is triggered, anything else is sent to."""

    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The attribute with the blocks around it."""
        return f"{self.within}.{self.attribute}" if self.within else self.attribute


def leads(seen: Seen, node: End, setting: Setting, *, back: bool = False) -> Iterator[Linked]:
    """A flow from `node` to each thing that the setting names, or from each to it; a gap where it is not decided."""
    found = ends_at(seen, setting.owner, setting.attribute, setting.types, setting.block)
    if isinstance(found, Unknown):
        why, found = found, tuple(perhaps(seen, setting.owner, setting.attribute, setting.types, setting.block, found))
        instances = _one_each(seen, setting, len({one.id for one in found}))
        if instances:
            # Each instance leads to another of them: told once, of the first.
            found = tuple(replace(one, doubt="") for one in found) if instances[0] is setting.owner else ()
            setting = replace(setting, facts={**setting.facts, "tier": "likely"})
        else:
            yield gap(node.id, f"{setting.path} of {setting.owner.id} is not known: {why.reason}")
            found = found if len(found) <= MOST else ()
    for one in found:
        yield from leads_to(seen, node, one, setting, back=back)


def _one_each(seen: Seen, setting: Setting, candidates: int) -> list[PlannedResource]:
    """The instances of a block that each name another of as many candidates, all for the same other end."""
    owner = setting.owner
    if owner.plan.is_live or not candidates or not setting.anchor or owner.key is None:
        return []
    named = [text for name in setting.anchor for text in owner.references(name) or ()]
    if any(text.startswith(("each.", "count.")) for text in named):
        return []
    found = seen.planned.once(_instances)[_block(owner)]
    return found if len(found) == candidates else []


def _block(one: PlannedResource) -> tuple[object, ...]:
    return (id(one.plan), one.module, one.mode, one.type, one.name)


def _instances(planned: PlannedWorld) -> dict[tuple[object, ...], list[PlannedResource]]:
    """Instances of each block."""
    found: dict[tuple[object, ...], list[PlannedResource]] = {}
    for plan in planned.plans:
        for one in plan.resources:
            found.setdefault(_block(one), []).append(one)
    return found


def leads_to(seen: Seen, node: End, one: End, setting: Setting, *, back: bool = False) -> Iterator[Linked]:
    """The flow that a setting shows between a node and another."""
    source, target = (one, node) if back else (node, one)
    yield from link(
        seen,
        setting.how or how_to(seen, target),
        source,
        target,
        owner=setting.owner,
        rule=setting.rule,
        attribute=setting.path,
        reason=setting.reason,
        **{"encrypted": True, **setting.facts},
    )


def how_to(seen: Seen, target: End) -> str:
    """How an event comes to a node: what runs is triggered, what rests is sent to."""
    resource = target.node or seen.resources.get(target.id)
    started = resource is not None and (resource.kind in STARTED or resource.origin.type in RUNS)
    return "triggers" if started else "sends_to"


def flows_in(linked: Iterator[Linked]) -> tuple[Flow, ...]:
    """The flows alone of what a rule found."""
    return tuple(one for one in linked if isinstance(one, Flow))
