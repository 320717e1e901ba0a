"""What an expression refers to."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.hcl.expressions import Reference
from scanner.hcl.loops import Comprehension
from scanner.hcl.scope import Expression
from scanner.hcl.template_parts import Repeated


def references(expression: Expression, bound: frozenset[str] = frozenset()) -> Iterator[Reference]:
    """Every name an expression reads, but for those that a `for` in it binds."""
    if isinstance(expression, Reference) and expression.names[0] not in bound:
        yield expression
    if isinstance(expression, (Comprehension, Repeated)):
        yield from references(expression.collection, bound)
        bound |= {expression.key, expression.item}
    for child in expression.children():
        if not (isinstance(expression, (Comprehension, Repeated)) and child is expression.collection):
            yield from references(child, bound)
