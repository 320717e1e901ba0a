"""Names of which a plan's known values say that they are not what the sources make of them now.

Locals are not in a plan: that one was changed after planning shows only in the values that were made from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from scanner.hcl.references import references
from scanner.hcl.scope import Expression
from scanner.hcl.tree import Attribute, Block
from scanner.hcl.values import unknown_in
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.sources.alike import same_value
from scanner.terraform.sources.expand import META_ARGUMENTS
from scanner.terraform.sources.modules import Module, ModuleNames, Modules
from scanner.terraform.sources.scopes import Known
from scanner.terraform.sources.scopes import ModuleNames as Names

StaleName: TypeAlias = tuple[ModuleNames, str, str]
"""Module, `local`, `var` or `output`, and name."""

_Standing: TypeAlias = tuple[Module, Expression, Block | None]
"""An expression, its module, and the block with the for_each that `each` means there."""

_MOST = 3
"""Instances of a block that are looked at."""

_REWRITTEN = frozenset({"container_definitions"})
"""Attributes to which providers add defaults in the plan already."""

_NAMED_THROUGH = frozenset({"local", "var", "module", "each"})


def stale_names(plan: Plan, known: Known) -> tuple[set[StaleName], list[str]]:
    """Names that are not what they were, and the attributes that show it."""
    found: set[StaleName] = set()
    shown: list[str] = []
    seen: Counter[tuple[ModuleNames, str, str]] = Counter()
    for resource in plan.resources:
        names = known.scope(resource.module)
        block = names.module.resources.get(resource.block_name) if names else None
        if names is None or block is None or resource.actions != ("create",) or known.differs(resource):
            continue
        at = (names.module.names, resource.type, resource.name)
        seen[at] += 1
        if seen[at] > _MOST:
            continue
        for attribute in _unlike(resource, block, names):
            shown.append(f"{resource.address}.{attribute.name}")
            found.update(_made_from(attribute.expression, block, names.module, known.modules))
    return found, shown


def _unlike(resource: PlannedResource, block: Block, names: Names) -> Iterator[Attribute]:
    scope = names.block_scope(block, resource.key)
    for attribute in block.body.attributes.values():
        planned = resource.values.get(attribute.name)
        if planned is None or attribute.name in META_ARGUMENTS | _REWRITTEN or not resource.whole(attribute.name):
            continue
        if isinstance(planned, list) and any(isinstance(item, dict) for item in planned):
            continue  # blocks, to which the provider adds; the JSON syntax writes them as arguments
        if not any(one.names[0] in _NAMED_THROUGH for one in references(attribute.expression)):
            continue
        value = attribute.expression.value(scope)
        if value is not None and not unknown_in(value) and not same_value(planned, value):
            yield attribute


def _made_from(expression: Expression, block: Block, module: Module, modules: Modules) -> Iterator[StaleName]:
    """Every name that an expression of a block is made from, through others."""
    left: list[_Standing] = [(module, expression, block)]
    seen: set[StaleName] = set()
    while left:
        where, one, around = left.pop()
        for reference in references(one):
            kind, name = reference.names[0], reference.names[-1]
            if kind == "each" and around is not None and "for_each" in around.body.attributes:
                left.append((where, around.body.attributes["for_each"].expression, None))
            if kind not in {"local", "var", "module"} or (where.names, kind, name) in seen:
                continue
            seen.add((where.names, kind, name))
            left.extend(_behind(kind, name, where, modules))
            if kind != "module":
                yield where.names, kind, name
            else:
                below = (*where.names, name)
                inner = modules.get(below)
                yield from ((below, "output", output) for output in (inner.outputs if inner else ()))


def _behind(kind: str, name: str, module: Module, modules: Modules) -> Iterator[_Standing]:
    if kind == "local" and name in module.locals:
        yield module, module.locals[name].expression, None
    caller = modules.get(module.names[:-1]) if module.names else None
    call = caller.calls.get(module.names[-1]) if caller else None
    if kind == "var" and caller is not None and call is not None and name in call.body.attributes:
        yield caller, call.body.attributes[name].expression, call
    inner = modules.get((*module.names, name)) if kind == "module" else None
    if inner is not None:
        values = (output.body.attributes.get("value") for output in inner.outputs.values())
        yield from ((inner, value.expression, None) for value in values if value is not None)
