"""Whether sources are those a plan was made from: its JSON tells each block's constants and what it refers to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.hcl.expressions import Literal, references
from scanner.hcl.tree import Block
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.planfile import ConfigResource
from scanner.terraform.sources.expand import written
from scanner.terraform.sources.modules import Module, ModuleNames, Modules
from scanner.terraform.values import references_in

_NAMED = 3
_FOREIGN = 0.5
"""Share of a plan's blocks that differ, from which on the sources are taken to be those of something else."""


@dataclass(eq=False)
class Disagreement:
    """Where sources are not what a plan was made from."""

    blocks: set[tuple[ModuleNames, str, str, str]] = field(default_factory=set)
    foreign: bool = False
    """Whether they belong to something else altogether."""

    notes: list[str] = field(default_factory=list)

    def covers(self, resource: PlannedResource) -> bool:
        """Whether the block of this instance differs: its source tells nothing."""
        names = tuple([name for name, _ in resource.module])
        return (names, resource.mode, resource.type, resource.name) in self.blocks


def disagreement(plan: Plan, modules: Modules) -> Disagreement:
    """Compare every block of a plan's configuration with the sources."""
    found = Disagreement()
    if not plan.has_configuration or not plan.resolver.shows_expressions:
        return found
    compared = 0
    for names, block in plan.resolver.blocks():
        module = modules.get(names)
        if module is not None:
            compared += 1
            if _differs(block, module):
                found.blocks.add((names, block.mode, block.type, block.name))
    if compared and len(found.blocks) > compared * _FOREIGN:
        found.foreign = True
        found.notes.append(
            f"{modules.name} does not hold the sources of {plan.name} and was not used: "
            f"{len(found.blocks)} of {compared} blocks differ"
        )
    elif found.blocks:
        shown = sorted(".".join((*(f"module.{n}" for n in names), t, n)) for names, _, t, n in found.blocks)
        more = " ..." if len(shown) > _NAMED else ""
        found.notes.append(
            f"{modules.name} differs from {plan.name} in {len(shown)} of {compared} blocks, for which the plan alone "
            f"was used: {', '.join(shown[:_NAMED])}{more}"
        )
    return found


def _differs(block: ConfigResource, module: Module) -> bool:
    source = module.resources.get((block.mode, block.type, block.name))
    if source is None:
        return not module.incomplete
    attributes = source.body.attributes
    if any(name not in written(source.body) for name in block.expressions):
        return True
    if block.for_each_expression is not None and "for_each" not in attributes:
        return True
    return any(_attribute_differs(expression, source, name) for name, expression in block.expressions.items())


def _attribute_differs(told: Any, source: Block, name: str) -> bool:
    attribute = source.body.attributes.get(name)
    if attribute is None or not isinstance(told, dict):
        return False
    expression = attribute.expression
    if "constant_value" in told:
        return isinstance(expression, Literal) and not _same(told["constant_value"], expression.constant)
    return _heads(references_in(told)) != {".".join(one.names) for one in references(expression)}


def _same(told: Any, constant: Any) -> bool:
    return told == constant or str(told).lower() == str(constant).lower()


def _heads(texts: Iterator[str]) -> set[str]:
    """Which things references name, without what is read of them."""
    return {_head(text.replace("[", ".").split(".")) for text in texts}


def _head(steps: list[str]) -> str:
    length = 3 if steps[0] == "data" else 2
    return ".".join(steps[:length])
