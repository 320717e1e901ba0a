"""Blocks, attributes and comments of a source file, and what of it could not be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from scanner.hcl.scope import Expression


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a source file that cannot be read."""

    file: str
    line: int
    """0 where it has no place in a text: in a saved plan, or in the environment."""

    column: int
    what: str

    def __str__(self) -> str:
        """File, line and column, then what is wrong."""
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.file}{place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment."""

    line: int
    text: str


@dataclass(eq=False)
class Attribute:
    """`name = expression`."""

    name: str
    line: int
    source: str
    """Text of the expression."""

    _lower: Callable[[], Expression]

    @cached_property
    def expression(self) -> Expression:
        """The expression, read when it is first asked for."""
        return self._lower()


@dataclass(eq=False)
class Block:
    """`type "label" { ... }`."""

    type: str
    labels: tuple[str, ...]
    body: Body
    file: str
    line: int
    """First and last line."""

    end: int


@dataclass(eq=False)
class Body:
    """What stands between braces, or in a file."""

    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)


@dataclass(eq=False)
class SourceFile:
    """One file, read."""

    name: str
    body: Body
    comments: tuple[Comment, ...] = ()
    problems: tuple[Problem, ...] = ()
