"""Expressions, evaluated as far as what is known goes.

Semantics: the Terraform language's "Expressions" reference, and the HCL native syntax specification. What cannot be
known before apply becomes a symbol of the planned attribute, not nothing; logic is Kleene's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from scanner.hcl import functions, operators
from scanner.hcl.scope import Expression, Names, Scope
from scanner.hcl.steps import GetAttribute, Index, Splat, Step, apply_steps
from scanner.hcl.values import (
    LONGEST_LIST,
    Failed,
    FunctionError,
    SetList,
    Template,
    Unfinished,
    mentions,
    text,
    to_text,
    unfinished,
    unknown_in,
)
from scanner.model import Unknown

_SHOWN = 100


def shortened(source: str) -> str:
    """An expression's text on one line, cut where it is long."""
    line = " ".join(source.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."


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
        pairs = _pairs(self.collection.value(scope), scope)
        if isinstance(pairs, Unknown):
            return pairs
        return _joined(
            (part.value(_inner(scope, self.key, self.item, pair)) for pair in pairs for part in self.body.parts), scope
        )

    def children(self) -> Iterable[Expression]:
        """The collection and the body."""
        return (self.collection, self.body)


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
class Comprehension:
    """`[for x in y : z]` and `{for k, v in y : a => b...}`."""

    key: str
    item: str
    collection: Expression
    result_key: Expression | None
    result: Expression
    condition: Expression | None
    grouped: bool
    source: str

    def value(self, scope: Scope) -> Any:
        """A list, or a dict where it has `=>`."""
        pairs = _pairs(self.collection.value(scope), scope)
        if isinstance(pairs, Unknown):
            return pairs
        found: list[tuple[Any, Any]] = []
        for pair in pairs:
            if not scope.names.spend(1):
                return unfinished("too much to work out", [item for _, item in pairs])
            inner = _inner(scope, self.key, self.item, pair)
            kept = operators.truth(self.condition.value(inner)) if self.condition else True
            if isinstance(kept, Unknown):
                return unfinished(f"which elements it keeps is not known: {shortened(self.source)}", kept, *pair)
            if kept:
                key = operators.as_text(self.result_key.value(inner)) if self.result_key else None
                found.append((key, self.result.value(inner)))
        return [item for _, item in found] if self.result_key is None else self._mapped(found)

    def _mapped(self, found: list[tuple[Any, Any]]) -> Any:
        result: dict[str, Any] = {}
        for key, item in found:
            if not isinstance(key, str):
                why = f"a key is not known: {shortened(self.source)}"
                return unfinished(why, *(part for pair in found for part in pair))
            if self.grouped:
                result.setdefault(key, []).append(item)
            elif key in result:
                return Failed(f"two elements have the key {key!r}: {shortened(self.source)}")
            else:
                result[key] = item
        return result

    def children(self) -> Iterable[Expression]:
        """Everything it is made from."""
        return (one for one in (self.collection, self.result_key, self.result, self.condition) if one is not None)


_Pair: TypeAlias = "tuple[Any, Any]"


def _pairs(collection: Any, scope: Scope) -> list[_Pair] | Unknown:
    """Keys and elements of a collection, in Terraform's order."""
    if isinstance(collection, Unknown):
        return unfinished(f"it goes over what is not known: {collection.reason}", collection)
    if isinstance(collection, dict):
        pairs = [(key, collection[key]) for key in sorted(collection)]
    elif isinstance(collection, SetList):
        pairs = [(item, item) for item in collection]
    elif isinstance(collection, list):
        pairs = list(enumerate(collection))
    elif collection is None or isinstance(collection, (str, int, float)):
        return Failed("for needs a collection")
    else:
        return Unfinished("it goes over the attributes of a resource")
    if len(pairs) > LONGEST_LIST or not scope.names.spend(len(pairs)):
        return unfinished("too much to work out", collection)
    return pairs


def _inner(scope: Scope, key: str, item: str, pair: _Pair) -> Scope:
    return scope.bind(**{key: pair[0], item: pair[1]}) if key else scope.bind(**{item: pair[1]})


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
        if yes == no and not unknown_in(yes):
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


@dataclass(frozen=True, slots=True)
class Call:
    """`f(a, b...)`."""

    name: str
    arguments: tuple[Expression, ...]
    spread: bool
    source: str

    def value(self, scope: Scope) -> Any:
        """Call the function with as much as is known of its arguments."""
        name = self.name.removeprefix("core::")
        if not scope.names.spend(1):
            return unfinished(f"too much to work out: {shortened(self.source)}")
        if name in {"try", "can"}:
            return self._attempt(name, scope)
        arguments = [argument.value(scope) for argument in self.arguments]
        if self.spread:
            if not isinstance(arguments[-1], list):
                return unfinished(f"its arguments are not known: {shortened(self.source)}", *arguments)
            arguments = [*arguments[:-1], *arguments[-1]]
        failed = next((argument for argument in arguments if isinstance(argument, Failed)), None)
        if failed is not None:
            return failed
        return self._called(name, arguments, scope)

    def _called(self, name: str, arguments: list[Any], scope: Scope) -> Any:
        if name in {"templatefile", "templatestring"}:
            return _rendered(name, arguments, scope)
        if name in {"sensitive", "ephemeralasnull", "issensitive"}:
            return unfinished(f"it is marked sensitive: {name}(...)", *arguments)
        if name == "nonsensitive":
            return arguments[0] if len(arguments) == 1 else Failed("nonsensitive takes one argument")
        found = functions.call(name, arguments, scope.names.files)
        if type(found) is Unfinished:
            return Unfinished(f"{found.reason}: {shortened(self.source)}", found.mentions)
        return found

    def _attempt(self, name: str, scope: Scope) -> Any:
        """`try` takes the first argument that does not fail, `can` says whether its one does."""
        for argument in self.arguments:
            found = argument.value(scope)
            if isinstance(found, Failed):
                continue
            if not unknown_in(found):
                return True if name == "can" else found
            # What is not worked out may fail; a symbol cannot, its resource has such an attribute.
            doubt = isinstance(found, Unfinished)
            if name == "can":
                return unfinished(f"whether it fails is not known: {shortened(self.source)}", found) if doubt else True
            rest = [other.value(scope) for other in self.arguments]
            return unfinished(f"{found.reason}: {shortened(self.source)}", *rest) if doubt else found
        return False if name == "can" else Failed(f"no argument of try can be worked out: {shortened(self.source)}")

    def children(self) -> Iterable[Expression]:
        """The arguments."""
        return self.arguments


def _rendered(name: str, arguments: list[Any], scope: Scope) -> Any:
    """A template of a file or text with its variables."""
    if len(arguments) != 2 or isinstance(arguments[1], list):
        return Failed(f"{name} takes a template and an object")
    source, variables = arguments
    if isinstance(source, Unknown) or isinstance(variables, Unknown) or not isinstance(variables, dict):
        return unfinished(f"{name} of what is not known", *arguments)
    content = _read(str(source), scope) if name == "templatefile" else str(source)
    if isinstance(content, Unknown):
        return unfinished(content.reason, variables)
    parsed = scope.names.template(str(source) if name == "templatefile" else "template", content)
    return parsed.value(Scope(_OnlyVariables(scope.names), variables))


def _read(path: str, scope: Scope) -> str | Unknown:
    files = scope.names.files
    if files is None:
        return Unknown(f"the file {path} is not at hand")
    content = files.read(path)
    if isinstance(content, Unknown):
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return Failed(f"the file {path} is not UTF-8")


@dataclass(frozen=True, slots=True)
class _OnlyVariables:
    """The names of a template: its variables, which are bound, and nothing else."""

    outer: Names

    def lookup(self, path: tuple[str, ...]) -> Any:
        """Nothing but variables has a name in a template."""
        return Failed(f"a template has no variable {path[0]}")

    @property
    def files(self) -> functions.Files | None:
        """Files that functions may read."""
        return self.outer.files

    def template(self, file: str, content: str) -> Expression:
        """A template may not render another, in Terraform either."""
        del content
        return Literal(Failed(f"{file}: a template may not call templatefile"))

    def spend(self, steps: int) -> bool:
        """Counted with what calls it."""
        return self.outer.spend(steps)


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
