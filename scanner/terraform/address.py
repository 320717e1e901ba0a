"""Addresses and references, as Terraform writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from scanner.hcl.values import Symbol

Key: TypeAlias = str | int | None
"""Instance key: for_each key, count index, or none."""

ModulePath: TypeAlias = tuple[tuple[str, Key], ...]
"""Module instances from the root down, each with name and key."""

_STEP = re.compile(r'([^.\[\]"]+)|\.|\[(?:"((?:[^"\\]|\\.)*)"|(\d+)|[^\]]*)\]')


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference out of `configuration`, such as aws_s3_bucket.b["x"].id."""

    scope: str
    """resource, data, module, var, local, each, count, or other."""

    type: str
    name: str
    key: Key
    attribute: tuple[str, ...]
    """What follows, such as ("id",)."""

    indexed: bool
    """Whether a literal key stands in it."""

    address: str = ""
    """Whole address of the one instance that is meant, where the sources tell it."""


@lru_cache(maxsize=65536)
def module_path(address: str) -> ModulePath:
    """Split a module address, such as module.a["x"].module.b."""
    steps = _steps(address)
    path: list[tuple[str, Key]] = []
    position = 0
    while position + 1 < len(steps):
        name = str(steps[position + 1][0])
        position += 2
        key: Key = None
        if position < len(steps) and steps[position][1]:
            key = steps[position][0]
            position += 1
        path.append((name, key))
    return tuple(path)


_ABSOLUTE = "@"
_BEHIND = "\0"


def absolute(symbol: Symbol) -> str:
    """A reference to one planned instance by its whole address, as the sources tell it."""
    return f"{_ABSOLUTE}{symbol.address}{_BEHIND}{_BEHIND.join(map(str, symbol.path))}"


@lru_cache(maxsize=65536)
def reference(text: str) -> Reference:
    """Parse one entry of a `references` list."""
    if text.startswith(_ABSOLUTE):
        return _instance(text)
    steps = _steps(text)
    head = str(steps[0][0]) if steps else ""
    if head == "data":
        return _named("data", steps[1:])
    if head in {"var", "local", "each", "count"}:
        name = str(steps[1][0]) if len(steps) > 1 else ""
        return Reference(head, "", name, None, _attributes(steps[2:]), indexed=False)
    if head == "module":
        return _named("module", [("", False), *steps[1:]])
    if head in {"path", "terraform", "self", "ephemeral", "provider"} or len(steps) < 2:
        return Reference("other", "", text, None, (), indexed=False)
    return _named("resource", steps)


def shown(text: str) -> str:
    """A reference as people write it."""
    return text.removeprefix(_ABSOLUTE).replace(_BEHIND, ".") if text.startswith(_ABSOLUTE) else text


def _instance(text: str) -> Reference:
    address, _, path = text.removeprefix(_ABSOLUTE).partition(_BEHIND)
    steps = _steps(address)
    while len(steps) > 2 and steps[0] == ("module", False):
        steps = steps[3:] if steps[2][1] else steps[2:]
    inner = _named("data", steps[1:]) if steps[:1] == [("data", False)] else _named("resource", steps)
    return replace(inner, attribute=tuple(path.split(_BEHIND)) if path else (), address=address)


def _named(scope: str, steps: list[tuple[str | int, bool]]) -> Reference:
    if len(steps) < 2:
        return Reference("other", "", "", None, (), indexed=False)
    indexed = len(steps) > 2 and steps[2][1]
    rest = steps[3:] if indexed else steps[2:]
    key = steps[2][0] if indexed else None
    return Reference(scope, str(steps[0][0]), str(steps[1][0]), key, _attributes(rest), indexed)


def _attributes(steps: list[tuple[str | int, bool]]) -> tuple[str, ...]:
    return tuple(str(step) for step, _ in steps)


def _steps(text: str) -> list[tuple[str | int, bool]]:
    """Names and keys in order; the flag says that it stood in brackets."""
    steps: list[tuple[str | int, bool]] = []
    for match in _STEP.finditer(text):
        if match[1] is not None:
            steps.append((match[1], False))
        elif match[2] is not None:
            steps.append((match[2].replace('\\"', '"').replace("\\\\", "\\"), True))
        elif match[3] is not None:
            steps.append((int(match[3]), True))
    return steps
