"""Calls of functions, and the templates that two of them render."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scanner.hcl import functions
from scanner.hcl.expressions import Literal
from scanner.hcl.scope import Expression, Names, Scope
from scanner.hcl.shown import shortened
from scanner.hcl.values import Failed, Symbol, Template, Unfinished, open_set, unfinished, unknown_in
from scanner.model import Unknown


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
            if not isinstance(arguments[-1], list) or open_set(arguments[-1]):
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
            doubt = _may_fail(found)
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


def _may_fail(found: Any) -> bool:
    """Whether what is not known may come to nothing: not an attribute as a whole, which its resource certainly has."""
    if isinstance(found, Template):
        return any(_may_fail(part) for part in found.parts)
    return isinstance(found, Unfinished) or (isinstance(found, Symbol) and len(found.path) > 1)
