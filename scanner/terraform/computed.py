"""Attributes that the provider fills in where the code leaves them out (optional and computed)."""

from __future__ import annotations

from typing import Any

from scanner.hcl.values import LeftOut, Symbol, Template
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block


def left_out(owner: PlannedResource, name: str, block: Block | None = None) -> bool:
    """Whether the code gives the attribute no value, so that the provider's default holds.

    The plan marks such an attribute "known after apply", like one that waits for another resource. It is left out
    where the configuration does not write it, or writes what names no resource at all: only a null stays unknown then.
    """
    holder = block or owner
    value = holder.get(name)
    if not isinstance(value, Unknown) or isinstance(value, LeftOut):
        return value is None or isinstance(value, LeftOut)
    if isinstance(value, (Symbol, Template)) or owner.plan.from_sources:
        return False
    if not holder.expressions:
        return block is None and _is_empty_in_code(owner)
    if name not in holder.expressions:
        return True
    references = holder.references(name) or ()
    if any(text.startswith("local.") for text in references):
        return False
    resolution = owner.plan.resolver.resolve(references, owner.place())
    return not resolution.instances and not resolution.problem


def _is_empty_in_code(owner: PlannedResource) -> bool:
    """Whether the code's block is there and sets nothing, rather than its expressions being left out of the file."""
    resolver = owner.plan.resolver
    written = resolver.block(owner.module, owner.mode, owner.type, owner.name)
    return written is not None and resolver.shows_expressions


def setting(owner: PlannedResource, name: str, default: Any, block: Block | None = None) -> Any:
    """Value of an attribute, `default` where the code gives none, Unknown where it is known only after apply."""
    return default if left_out(owner, name, block) else (block or owner).get(name)


def computed_block(owner: PlannedResource, name: str) -> Block | Unknown | None:
    """A nested block that the provider fills in by itself where the code leaves it out; None where there is none.

    The plan of a new resource then marks the whole block "known after apply", while a block in the code always shows.
    """
    found = owner.blocks(name)
    if isinstance(found, Unknown):
        return None if owner.created and not owner.configured(name) else found
    return found[0] if found else None
