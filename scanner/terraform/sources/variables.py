"""Values of the root module's variables where there is no plan to tell them.

Source: the language reference's "Input Variables", with its order of precedence: environment, terraform.tfvars,
terraform.tfvars.json, *.auto.tfvars and *.auto.tfvars.json by name, then what the command line gives, in its order.
Defaults and conversions are the evaluator's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.errors import InputError
from scanner.hcl import functions
from scanner.hcl.calls import Call
from scanner.hcl.expressions import Literal
from scanner.hcl.scope import Expression, Scope
from scanner.hcl.syntax import parse, parse_template
from scanner.hcl.tree import Attribute, Block, Problem
from scanner.hcl.values import Failed, Unfinished, texts_in, unknown_in
from scanner.terraform.sources.disk import contents, fence, listed
from scanner.terraform.sources.files import MOST_BYTES, printable, shown_folder, text_of
from scanner.terraform.sources.modules import Module

_NAMED = ("terraform.tfvars", "terraform.tfvars.json")
_AUTOMATIC = (".auto.tfvars", ".auto.tfvars.json")
_PLAIN_TYPES = frozenset({"string", "number", "bool"})
_MOST_STEPS = 100_000
_COMMENT = "//"
_OUTSIDE = "is a link that leads outside the repository, and is not read"


@dataclass(frozen=True, slots=True)
class RootValues:
    """What the root module's variables were given."""

    values: Mapping[str, Any]
    """By name; Unfinished where it is not known, absent where the default holds."""

    problems: tuple[Problem, ...]
    secrets: frozenset[str]
    """Texts in values of variables that are declared sensitive."""


def root_values(root: Module, folder: Path, given: Sequence[str | Path] = ()) -> RootValues:
    """Values from the environment, from files in the root module's `folder`, and `given`: name=value, or a file.

    Raises InputError for something given that Terraform would not take either.
    """
    values = _Values(root)
    values.environment()
    inside = fence(folder)
    for path in _automatic(folder):
        values.file(path, contents(path, MOST_BYTES) if inside.admits(path) else _OUTSIDE)
    for one in given:
        values.option(one) if isinstance(one, str) else values.file(one, _named(one))
    values.missing()
    secrets = frozenset(
        text for name in values.found if values.is_sensitive(name) for text in texts_in(values.found[name])
    )
    return RootValues(values.found, tuple(dict.fromkeys(values.problems)), secrets)


def _automatic(folder: Path) -> Iterator[Path]:
    names = listed(folder)
    if isinstance(names, list):
        yield from (folder / name for name in _NAMED if name in names)
        yield from (folder / name for name in names if name.endswith(_AUTOMATIC))


def _named(path: Path) -> bytes:
    """A file that the command line names: it may lie anywhere."""
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises where it may not look
        raise InputError(f"--var-file {printable(str(path))}: there is no such file")
    raw = contents(path, MOST_BYTES)
    if isinstance(raw, str):
        raise InputError(f"--var-file {printable(str(path))}: {raw}")
    return raw


@dataclass
class _Values:
    """Values as they come in; the later one holds."""

    root: Module
    found: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def environment(self) -> None:
        """Take TF_VAR_name of every variable."""
        for name in self.root.variables:
            text = os.environ.get(f"TF_VAR_{name}")
            if text is not None:
                self.found[name] = self._from_text(name, text)
                if isinstance(self.found[name], Failed):
                    self.problems.append(Problem(f"TF_VAR_{name}", 0, 0, "is no value of its variable's type"))

    def option(self, given: str) -> None:
        """Take name=value."""
        name, equals, text = given.partition("=")
        if not equals:
            raise InputError("--var takes NAME=VALUE")
        if name not in self.root.variables and not self.root.incomplete:
            raise InputError(f"--var {printable(name)}: the root module declares no such variable")
        value = self._from_text(name, text)
        if isinstance(value, Failed):
            raise InputError(f"--var {name}: is no value of the variable's type")
        self.found[name] = value

    def _from_text(self, name: str, text: str) -> Any:
        """A value as the command line writes it: a plain text is one, anything else is an expression."""
        declared = self.root.variables.get(name)
        type_ = declared.body.attributes.get("type") if declared else None
        plain = "string" if type_ is None else type_.source.strip(' \t"${}')
        if plain in _PLAIN_TYPES:
            fits = functions.call(f"to{plain}", [text], None)
            return fits if isinstance(fits, Failed) else text
        body = parse(f"value = {text}\n", name)
        attributes = body.body.attributes
        if body.problems or body.body.blocks or attributes.keys() != {"value"}:
            return Failed(f"the value of var.{name} is no expression")
        return _constant(attributes["value"], f"the value of var.{name}")

    def file(self, path: Path, raw: bytes | str) -> None:
        """Take what a file sets."""
        shown = shown_folder(path)
        text = text_of(shown, raw) if isinstance(raw, bytes) else Problem(shown, 1, 1, raw)
        found = text if isinstance(text, Problem) else _read(shown, text)
        if isinstance(found, Problem):
            self._lost(found)
            return
        for name, attribute in found.items():
            if name in self.root.variables:
                self.found[name] = _constant(attribute, f"the value of var.{name} in {shown}")
                if isinstance(self.found[name], Failed):
                    self.problems.append(Problem(shown, attribute.line, 1, f"the value of {name} is no constant"))
            elif not self.root.incomplete:
                what = f"{printable(name)} is set, and the root module declares no such variable"
                self.problems.append(Problem(shown, attribute.line, 1, what))

    def _lost(self, problem: Problem) -> None:
        """A file that cannot be read may have set anything."""
        self.problems.append(problem)
        for name in self.root.variables:
            self.found[name] = Unfinished(f"var.{name} may be set in {problem.file}, which could not be read")

    def missing(self) -> None:
        """Say of variables without default that they have no value."""
        for name, declared in self.root.variables.items():
            if name not in self.found and "default" not in declared.body.attributes:
                why = f"var.{name} has no value; give --var {name}=... or --var-file"
                self.found[name] = Unfinished(why)

    def is_sensitive(self, name: str) -> bool:
        """Whether a variable is declared so, or may be."""
        declared: Block | None = self.root.variables.get(name)
        if declared is None:
            return True
        marks = (declared.body.attributes.get(mark) for mark in ("sensitive", "ephemeral"))
        return any(mark.source.strip() != "false" for mark in marks if mark)


def _read(shown: str, text: str) -> Mapping[str, Attribute] | Problem:
    """What a file of values sets."""
    if shown.endswith(".json"):
        decoded = functions.call("jsondecode", [text], None)
        if not isinstance(decoded, dict):
            return Problem(shown, 1, 1, "is no JSON object of values")
        return {name: _literal(name, value) for name, value in decoded.items() if name != _COMMENT}
    read = parse(text, shown)
    if read.problems:
        return read.problems[0]
    if read.body.blocks:
        return Problem(shown, read.body.blocks[0].line, 1, "a block is no value of a variable")
    return read.body.attributes


def _literal(name: str, value: Any) -> Attribute:
    """In JSON a text is what it is: no template."""
    return Attribute(name, 1, "", lambda: Literal(value))


def _constant(attribute: Attribute, what: str) -> Any:
    """An expression that neither calls functions nor names anything; Failed for another, which Terraform refuses."""
    expression = attribute.expression
    value = Failed("") if _calls(expression) else expression.value(Scope(_Nothing()))
    return Failed(f"{what} is no constant") if unknown_in(value) else value


def _calls(expression: Expression) -> bool:
    return isinstance(expression, Call) or any(map(_calls, expression.children()))


class _Nothing:
    """A place where no name stands for anything."""

    files = None

    def __init__(self) -> None:
        self._steps = _MOST_STEPS

    def lookup(self, path: tuple[str, ...]) -> Failed:
        """Nothing."""
        return Failed(f"{'.'.join(path)} may not be used here")

    def template(self, file: str, content: str) -> Expression:
        """A template, parsed."""
        return parse_template(content, file)

    def spend(self, steps: int) -> bool:
        """Use up some of the work."""
        self._steps -= steps
        return self._steps > 0
