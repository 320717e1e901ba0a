"""Nested blocks of a source block: written out, or made by `dynamic`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.hcl.scope import Scope
from scanner.hcl.tree import Block, Body
from scanner.hcl.values import SetList, Unfinished, unknown_in
from scanner.model import Unknown
from scanner.terraform.sources.modules import nested

META_ARGUMENTS = frozenset({"for_each", "count", "provider", "depends_on"})
"""Arguments of a resource that are Terraform's own."""

META_BLOCKS = frozenset({"lifecycle", "provisioner", "connection"})
NOT_SENT = META_ARGUMENTS | META_BLOCKS | {"timeouts"}
"""What a resource block says to Terraform and its provider, and not of the resource."""

_IGNORED = re.compile(r"(?:^|[\[,\s])\"?([A-Za-z_][\w-]*)")


@dataclass(frozen=True, slots=True)
class Expanded:
    """One nested block, and where its expressions stand."""

    body: Body
    scope: Scope
    line: int


def expanded(body: Body, name: str, scope: Scope) -> list[Expanded] | Unknown:
    """Every nested block of one type, in order; Unknown where their number is not known."""
    found: list[Expanded] = []
    for block in nested(body, name):
        if block.type != "dynamic":
            found.append(Expanded(block.body, scope, block.line))
            continue
        made = _made(block, name, scope)
        if isinstance(made, Unknown):
            return made
        found.extend(made)
    return found


def _made(block: Block, name: str, scope: Scope) -> list[Expanded] | Unknown:
    """The blocks of one `dynamic`."""
    over, content = block.body.attributes.get("for_each"), next(iter(_contents(block)), None)
    if over is None or content is None:
        return Unfinished(f"dynamic {name} has no for_each or content")
    labelled = block.body.attributes.get("iterator")
    iterator = labelled.source if labelled else name
    collection = over.expression.value(scope)
    if isinstance(collection, Unknown):
        return collection
    if isinstance(collection, SetList) and unknown_in(collection):
        return Unfinished(f"how many {name} blocks there are is not known")
    if isinstance(collection, dict):
        pairs = sorted(collection.items())
    elif isinstance(collection, list):
        keys = collection if isinstance(collection, SetList) else range(len(collection))
        pairs = list(zip(keys, collection, strict=True))
    else:
        return [] if collection is None else Unfinished(f"what dynamic {name} goes over is not known")
    return [
        Expanded(content.body, scope.bind(**{iterator: {"key": key, "value": value}}), block.line)
        for key, value in pairs
    ]


def _contents(block: Block) -> Iterator[Block]:
    return (inner for inner in block.body.blocks if inner.type == "content")


def ignored(body: Body) -> frozenset[str]:
    """Attributes in which `ignore_changes` leaves what stands there already; `all` for every one."""
    if "lifecycle" in body.attributes:
        return frozenset({"all"})  # the JSON syntax: it is not taken apart
    blocks = [block.body.attributes for block in body.blocks if block.type == "lifecycle"]
    found = [one["ignore_changes"].source for one in blocks if "ignore_changes" in one]
    return frozenset(name for source in found for name in _IGNORED.findall(source))


def written(body: Body) -> tuple[str, ...]:
    """Names of the attributes and nested blocks that a body sets."""
    blocks = (block.labels[0] if block.type == "dynamic" and block.labels else block.type for block in body.blocks)
    return tuple(dict.fromkeys((*body.attributes, *blocks)))
