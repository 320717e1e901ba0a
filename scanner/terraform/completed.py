"""Which attributes that a plan leaves open its sources tell, to be marked where a fact comes from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from scanner.hcl.values import Symbol
from scanner.logic import Told, plain
from scanner.model import Completed, Noted, Unknown
from scanner.paths import relative
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import references_in

T = TypeVar("T")


def completed_in(owner: PlannedResource, *names: str) -> tuple[Completed, ...]:
    """Those of `owner`'s attributes and blocks of these names; what merely names a resource, as a plan shows, is none.

    A name may be that of an attribute inside a block, such as inline_policy.policy.
    """
    if not owner.completed:
        return ()
    told = ((name, line) for name, line in owner.completed.items() if _within(name, names) and not _bare(owner, name))
    return tuple(Completed(owner.address, name, relative(owner.file), line) for name, line in told)


def sourced(answer: Told[T], completed: tuple[Completed, ...]) -> Told[T]:
    """The answer, marked as one that these attributes decide."""
    if not completed or isinstance(answer, Unknown):
        return answer
    if isinstance(answer, Noted):
        return Noted(answer.value, answer.because, tuple(dict.fromkeys((*answer.completed, *completed))))
    value: T = plain(answer)  # type: ignore[assignment]
    return Noted(value, "", completed)


def _within(name: str, names: tuple[str, ...]) -> bool:
    return any(name == wanted or name.startswith(f"{wanted}.") for wanted in names)


def _bare(owner: PlannedResource, name: str) -> bool:
    """Whether all that the sources tell is whose attribute it is, and the plan's own configuration tells that too."""
    steps = name.split(".")
    marks = [mark for mark in _at(owner.unknown, steps) if mark]
    if not marks or not all(isinstance(mark, Symbol) for mark in marks):
        return False
    written = tuple(references_in(_at(owner.expressions, steps)))
    return bool(written) and not any(text.startswith("local.") for text in written)


def _at(tree: Any, steps: Iterable[str]) -> list[Any]:
    """What stands at the end of these names in a tree of blocks, once for each block."""
    found = [tree]
    for step in steps:
        blocks = (one for part in found for one in (part if isinstance(part, list) else [part]))
        found = [block[step] for block in blocks if isinstance(block, dict) and step in block]
    return found
