"""Expressions, evaluated as far as what is known goes.

Semantics: the Terraform language's "Expressions" reference, and the HCL native syntax specification. What cannot be
known before apply becomes a symbol of the planned attribute, not nothing; logic is Kleene's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scanner.hcl import operators
from scanner.hcl.functions.conversion import shape
from scanner.hcl.scope import Expression, Scope
from scanner.hcl.shown import shortened
from scanner.hcl.steps import GetAttribute, Index, Splat, Step, apply_steps
from scanner.hcl.values import (
    Failed,
    Template,
    to_text,
    unfinished,
    unknown_in,
)
from scanner.model import Unknown


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, boolean, null or plain text."""

    constant: Any

    def value(self, scope: Scope) -> Any:  # noqa: ARG002 - the same everywhere
        """The constant."""
        return self.constant

    def children(self) -> Iterable[Expression]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A name and what is read from it: `var.x`, `aws_s3_bucket.b["x"].arn`, `each.value.id`."""

    names: tuple[str, ...]
    """The leading names, as far as they say which thing is meant."""

    steps: tuple[Step, ...]

    def value(self, scope: Scope) -> Any:
        """Look the name up and take the steps."""
        if self.names[0] in scope.bound:
            inner = tuple(GetAttribute(name) for name in self.names[1:])
            return apply_steps(scope.bound[self.names[0]], (*inner, *self.steps), scope)
        return apply_steps(scope.names.lookup(self.names), self.steps, scope)

    def children(self) -> Iterable[Expression]:
        """The keys it is indexed with."""
        return _keys(self.steps)


@dataclass(frozen=True, slots=True)
class Access:
    """Steps taken from a computed value: `f(x)[0].y`."""

    base: Expression
    steps: tuple[Step, ...]

    def value(self, scope: Scope) -> Any:
        """Work out the base and take the steps."""
        return apply_steps(self.base.value(scope), self.steps, scope)

    def children(self) -> Iterable[Expression]:
        """The base and the keys it is indexed with."""
        return (self.base, *_keys(self.steps))


def _keys(steps: Iterable[Step]) -> Iterator[Expression]:
    for step in steps:
        if isinstance(step, Index):
            yield step.key
        elif isinstance(step, Splat):
            yield from _keys(step.steps)


@dataclass(frozen=True, slots=True)
class TupleOf:
    """`[a, b]`."""

    items: tuple[Expression, ...]

    def value(self, scope: Scope) -> Any:
        """A list."""
        return [item.value(scope) for item in self.items]

    def children(self) -> Iterable[Expression]:
        """The elements."""
        return self.items


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """`{ a = b }`."""

    items: tuple[tuple[Expression, Expression], ...]

    def value(self, scope: Scope) -> Any:
        """A dict; unfinished as a whole where a key is not known."""
        found: dict[str, Any] = {}
        for key_, item in self.items:
            key = operators.as_text(key_.value(scope))
            if isinstance(key, Unknown):
                return unfinished(f"a key is not known: {key.reason}", key, *(v.value(scope) for _, v in self.items))
            if key is None:
                return Failed("a key may not be null")
            found[key] = item.value(scope)
        return found

    def children(self) -> Iterable[Expression]:
        """Keys and values."""
        return (node for pair in self.items for node in pair)


@dataclass(frozen=True, slots=True)
class Conditional:
    """`c ? a : b`."""

    condition: Expression
    yes: Expression
    no: Expression
    source: str

    def value(self, scope: Scope) -> Any:
        """One branch; where the condition is not known, what both branches have in common."""
        condition = operators.truth(self.condition.value(scope))
        if not isinstance(condition, Unknown):
            return _as_other(*((self.yes, self.no) if condition else (self.no, self.yes)), scope)
        yes, no = self.yes.value(scope), self.no.value(scope)
        if yes == no and not unknown_in(yes) and shape(yes) == shape(no):
            return yes
        if isinstance(condition, Failed):
            return condition
        return unfinished(f"its condition is not known: {shortened(self.source)}", condition, yes, no)

    def children(self) -> Iterable[Expression]:
        """The condition and both branches."""
        return (self.condition, self.yes, self.no)


def _as_other(chosen: Expression, other: Expression, scope: Scope) -> Any:
    """One branch; as text where the other one is text."""
    value = chosen.value(scope)
    if isinstance(value, (bool, int, float)) and isinstance(other.value(scope), (str, Template)):
        return to_text(value)
    return value


@dataclass(frozen=True, slots=True)
class Operation:
    """`a + b`, `!a`."""

    operator: str
    operands: tuple[Expression, ...]

    def value(self, scope: Scope) -> Any:
        """Apply the operator."""
        kinds = {type(operand) for operand in self.operands}
        alike = len(self.operands) == 2 and kinds in ({TupleOf}, {ObjectOf})
        return operators.operate(self.operator, [operand.value(scope) for operand in self.operands], alike=alike)

    def children(self) -> Iterable[Expression]:
        """The operands."""
        return self.operands
