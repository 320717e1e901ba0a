"""Completion: what a plan says is known only after apply, and its sources tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.sources.agreement import Disagreement, disagreement, other_than_planned
from scanner.terraform.sources.expand import ignored
from scanner.terraform.sources.fill import Filled, fill
from scanner.terraform.sources.modules import Modules
from scanner.terraform.sources.scopes import Known, ModuleNames
from scanner.terraform.sources.stale import stale_names
from scanner.terraform.values import any_true

_NAMED = 3


@dataclass(eq=False)
class Completion:
    """What the sources of one plan gave."""

    known: Known
    notes: list[str] = field(default_factory=list)
    completed: int = 0
    """Attributes that the plan did not know and the sources tell."""

    foreign: bool = False
    """Whether the sources are those of something else, and were not used."""


def complete(plan: Plan, modules: Modules, secrets: Collection[str]) -> Completion:
    """Give every instance of a plan the place of its block, and what its sources say of what the plan leaves open."""
    stale = disagreement(plan, modules)
    completion = Completion(_known(plan, modules, secrets, stale))
    completion.notes.extend(stale.notes)
    if stale.foreign:
        completion.foreign = True
        return completion
    differing: Counter[str] = Counter()
    for resource in (*plan.resources, *plan.data):
        names = completion.known.scope(resource.module)
        block = names.module.resources.get(resource.block_name) if names else None
        if names is None or block is None or stale.covers(resource):
            continue
        resource.file, resource.line, resource.source = block.file, block.line, block
        if any_true(resource.unknown):
            filled = _fill(resource, names)
            completion.completed += len(filled.lines)
            differing.update(f"{resource.address}.{name}" for name in filled.differs)
    if differing:
        completion.notes.append(f"plan and sources differ, and the plan holds: {some_of(differing)}")
    return completion


def _known(plan: Plan, modules: Modules, secrets: Collection[str], stale: Disagreement) -> Known:
    """The names of a plan's sources, without those that are not what the plan was made from."""
    known = Known(modules, plan, plan.variables, secrets)
    known.stale = stale
    if stale.foreign:
        return known
    names, shown = stale_names(plan, known)
    if not names:
        return known
    stale.names |= names
    stale.notes.append(
        f"{other_than_planned(modules, plan)}: something else is made of {some_of(shown)}; what "
        "comes from the same locals, variables and outputs was left as the plan has it"
    )
    again = Known(modules, plan, plan.variables, secrets)
    again.stale = stale
    return again


def some_of(names: Collection[str]) -> str:
    """The first of several names."""
    return ", ".join(list(names)[:_NAMED]) + (" ..." if len(names) > _NAMED else "")


def _fill(resource: PlannedResource, names: ModuleNames) -> Filled:
    filled = Filled()
    block = resource.source
    if block is not None:
        scope = names.block_scope(block, resource.key)
        kept = () if resource.created or resource.mode == "data" else ignored(block.body)
        values, marks = fill(resource.values, resource.unknown, block.body, scope, filled, kept)
        resource.values, resource.unknown = values, marks
        resource.completed = filled.lines
    return filled
