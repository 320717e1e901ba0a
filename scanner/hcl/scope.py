"""Where an expression stands: what its names mean there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from scanner.hcl.functions import Files


class Names(Protocol):
    """What the names in an expression stand for, where it stands."""

    def lookup(self, path: tuple[str, ...]) -> Any:
        """Value of a name such as ("var", "x"), ("data", type, name) or (type, name)."""

    @property
    def files(self) -> Files | None:
        """Files that functions may read."""

    def template(self, file: str, content: str) -> Expression:
        """A template's text, parsed."""

    def spend(self, steps: int) -> bool:
        """Use up some of the work that one scan may do; False once it is used up."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression is evaluated: its module, and the names that `for` and `dynamic` bind."""

    names: Names
    bound: Mapping[str, Any] = field(default_factory=dict)

    def bind(self, **bound: Any) -> Scope:
        """The same place with more names bound."""
        return Scope(self.names, {**self.bound, **bound})


class Expression(Protocol):
    """One node of an expression."""

    def value(self, scope: Scope) -> Any:
        """Work it out; never raises."""

    def children(self) -> Iterable[Expression]:
        """The nodes directly below."""
