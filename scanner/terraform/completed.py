"""Which attributes that a plan leaves open its sources tell, to be marked where a fact comes from them."""

from __future__ import annotations

from typing import TypeVar

from scanner.hcl.values import Symbol
from scanner.logic import Told, plain
from scanner.model import Completed, Noted, Unknown
from scanner.paths import relative
from scanner.terraform.instances import PlannedResource

T = TypeVar("T")


def completed_in(owner: PlannedResource, *names: str) -> tuple[Completed, ...]:
    """Those of `owner`'s attributes and blocks of these names; one that is another resource's attribute tells nothing.

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
    """Whether all that the sources tell of an attribute is whose attribute it is."""
    mark = owner.unknown.get(name) if isinstance(owner.unknown, dict) else None
    return isinstance(mark, Symbol)
