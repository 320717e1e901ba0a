"""Declared resources that a partial plan, made with -target for one, does not hold."""

from __future__ import annotations

from typing import Any, TypeAlias

from scanner.terraform.address import reference
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.values import references_in

_Block: TypeAlias = tuple[tuple[str, ...], str, str]
"""A resource block: the names of its modules, its type and its name."""

_KEYS = frozenset({("each", "key"), ("count", "index")})


class LeftOut:
    """The resources that one plan leaves out."""

    def __init__(self, plan: Plan) -> None:
        """Take the plan with the instances it holds."""
        self._plan = plan
        self._held: set[_Block] = set()
        self._open = {block: one.reason for one in reversed(plan.unexpanded) for block in one.blocks}
        self._missing: dict[tuple[Any, ...], dict[_Block | None, str]] = {}

    def why(
        self, type_: str, owner: PlannedResource | None, attributes: tuple[str, ...], types: tuple[str, ...]
    ) -> str:
        """Why one of `type_` may be missing: of an owner's, or of any at all. Empty where none is.

        An owner's may be all whose attribute names it, or does not say plainly which resource of `types` it names.
        """
        key = (type_, attributes, types)
        if key not in self._missing:
            self._missing[key] = self._find(type_, attributes, types)
        missing = self._missing[key]
        return missing.get(_block(owner) if owner else None) or missing.get(None, "")

    def _find(self, type_: str, attributes: tuple[str, ...], types: tuple[str, ...]) -> dict[_Block | None, str]:
        """Blocks left out by the block they belong to; None where that is open."""
        if not self._held:
            self._held = {_block(resource) for resource in self._plan.resources}
        missing: dict[_Block | None, str] = {}
        for module, block in self._plan.resolver.blocks_of(type_):
            why = self._why(module, type_, block.name)
            if why:
                written = next((block.expressions[name] for name in attributes if name in block.expressions), None)
                missing.setdefault(_named(module, written, types), why)
        anything = next((one for one in self._plan.unexpanded if one.types is None), None)
        if anything is not None:
            missing.setdefault(None, f"{anything.address} may hold one: {anything.reason}")
        return missing

    def _why(self, module: tuple[str, ...], type_: str, name: str) -> str:
        """Why instances of a block are missing; empty where none are."""
        if self._plan.from_sources:
            reason = self._open.get((module, type_, name), "")
            return f"{type_}.{name} is declared, but not how many: {reason}" if reason else ""
        held = (module, type_, name) in self._held
        return "" if held else f"{type_}.{name} is declared, but this plan leaves it out ({self._plan.partial})"


def _block(resource: PlannedResource) -> _Block:
    """The block that an instance is of."""
    return tuple([name for name, _ in resource.module]), resource.type, resource.name


def _named(module: tuple[str, ...], expression: Any, types: tuple[str, ...]) -> _Block | None:
    """The one block of these types that an expression plainly names an instance of, if it does."""
    parsed = [reference(text) for text in references_in(expression)]
    others = [ref for ref in parsed if (ref.scope, ref.name) not in _KEYS]
    blocks = {(module, ref.type, ref.name) for ref in others}
    plain = all(ref.scope == "resource" and ref.type in types for ref in others)
    return blocks.pop() if plain and len(blocks) == 1 else None
