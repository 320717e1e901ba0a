"""Templates: text with interpolations and directives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scanner.hcl import operators
from scanner.hcl.loops import inner_scope, pairs_of
from scanner.hcl.scope import Expression, Scope
from scanner.hcl.values import Failed, FunctionError, mentions, open_set, text, unfinished
from scanner.model import Unknown


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """Text with interpolations and directives."""

    parts: tuple[Expression, ...]

    def value(self, scope: Scope) -> Any:
        """The text; the value itself where it is one interpolation and nothing else."""
        if len(self.parts) == 1 and not isinstance(self.parts[0], (Repeated, Chosen)):
            return self.parts[0].value(scope)
        return _joined((part.value(scope) for part in self.parts), scope)

    def children(self) -> Iterable[Expression]:
        """The parts."""
        return self.parts


def _joined(parts: Iterable[Any], scope: Scope) -> Any:
    pieces = list(parts)
    failed = next((piece for piece in pieces if isinstance(piece, Failed)), None)
    if failed is not None or not scope.names.spend(len(pieces)):
        return failed or unfinished("too much to work out", pieces)
    try:
        return text(*pieces)
    except FunctionError:
        return Failed("a template takes texts, numbers and booleans only", mentions(pieces))


@dataclass(frozen=True, slots=True)
class Chosen:
    """`%{ if }` in a template."""

    condition: Expression
    yes: TextTemplate
    no: TextTemplate

    def value(self, scope: Scope) -> Any:
        """The text of the branch."""
        condition = operators.truth(self.condition.value(scope))
        if isinstance(condition, Unknown):
            branches = [part.value(scope) for part in (*self.yes.parts, *self.no.parts)]
            return unfinished(condition.reason, condition, *branches)
        branch = self.yes if condition else self.no
        return _joined((part.value(scope) for part in branch.parts), scope)

    def children(self) -> Iterable[Expression]:
        """The condition and both branches."""
        return (self.condition, self.yes, self.no)


@dataclass(frozen=True, slots=True)
class Repeated:
    """`%{ for }` in a template."""

    key: str
    item: str
    collection: Expression
    body: TextTemplate

    def value(self, scope: Scope) -> Any:
        """The body once an element."""
        collection = self.collection.value(scope)
        pairs = unfinished("the order of a set", collection) if open_set(collection) else pairs_of(collection, scope)
        if isinstance(pairs, Unknown):
            return pairs
        return _joined(
            (part.value(inner_scope(scope, self.key, self.item, pair)) for pair in pairs for part in self.body.parts),
            scope,
        )

    def children(self) -> Iterable[Expression]:
        """The collection and the body."""
        return (self.collection, self.body)
