"""How a function is described: what it takes, and what works it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from scanner.hcl.functions.conversion import Convert
from scanner.hcl.values import FunctionError, unfinished, unknown_in
from scanner.model import Unknown


@dataclass(frozen=True, slots=True)
class Function:
    """One function: `run` gets the converted arguments, each as one of its own."""

    run: Callable[..., Any]
    takes: tuple[Convert, ...]
    rest: Convert | None = None
    """Of the arguments that follow, where there may be any number."""

    lenient: bool = False
    """Whether `run` also takes arguments with parts that are not known."""

    def value(self, args: Sequence[Any]) -> Any:
        """Work it out. Raises FunctionError where Terraform would refuse the call."""
        if len(args) < len(self.takes) or (len(args) > len(self.takes) and self.rest is None):
            raise FunctionError("wrong number of arguments")
        converts = [*self.takes, *[self.rest] * (len(args) - len(self.takes))]
        given = [convert(arg) if convert else arg for convert, arg in zip(converts, args, strict=True)]
        if not self.lenient and any(unknown_in(arg) for arg in given):
            first = next((arg for arg in given if isinstance(arg, Unknown)), None)
            return unfinished(first.reason if first else "an argument is not known in full", *given)
        return self.run(*given)


Table: TypeAlias = Mapping[str, Function]
"""Functions by name."""


def plain(run: Callable[..., Any], *takes: Convert, rest: Convert | None = None) -> Function:
    """A function of known values only."""
    return Function(run, takes, rest)


def lenient(run: Callable[..., Any], *takes: Convert, rest: Convert | None = None) -> Function:
    """A function that also takes what is not known."""
    return Function(run, takes, rest, lenient=True)
