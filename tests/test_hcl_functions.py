"""Terraform's functions: each expression of a table is what Terraform says it is, or given up on.

The answers lie beside the expressions in fixtures/terraform/functions and are Terraform's own; where the program is at
hand, it is asked again.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
from types import ModuleType
from typing import Any

import pytest

from scanner.hcl.functions import GIVEN_UP, NAMES, call
from scanner.hcl.scope import Expression, Scope
from scanner.hcl.syntax import parse
from scanner.hcl.values import Failed, Unfinished, unknown_in
from scanner.model import Unknown
from tools import ROOT, TERRAFORM

FOLDER = ROOT / "fixtures" / "terraform" / "functions"
ANSWERS: dict[str, str | None] = json.loads((FOLDER / "answers.json").read_text(encoding="utf-8"))
EVALUATOR = frozenset(
    ["can", "ephemeralasnull", "issensitive", "nonsensitive", "sensitive", "templatefile", "templatestring", "try"],
)
"""Functions of the expression itself, in scanner/hcl/expressions.py."""


class Folder:
    """The files of the table."""

    def read(self, path: str) -> bytes | Unknown:
        """A file of the folder."""
        found = FOLDER / path
        return found.read_bytes() if found.is_file() else Failed(f"{path} is missing")

    def names(self, folder: str, pattern: str) -> list[str] | Unknown:
        """The matching files, as glob finds them."""
        return sorted(path.name for path in (FOLDER / folder).glob(pattern))


class Nothing:
    """No name stands for anything."""

    files = Folder()

    def lookup(self, path: tuple[str, ...]) -> Any:
        """No value."""
        return Failed(f"{path} is no name")

    def template(self, file: str, content: str) -> Expression:
        """No template."""
        raise NotImplementedError

    def spend(self, steps: int) -> bool:
        """As much work as one likes."""
        return steps >= 0


def value(expression: str) -> Any:
    return parse(f"x = {expression}\n", "x.tf").body.attributes["x"].expression.value(Scope(Nothing()))


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fixtures_functions", ROOT / "fixtures" / "functions.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXPRESSIONS: dict[str, bool] = script().expressions()


@pytest.mark.parametrize("expression", [text for text, given_up in EXPRESSIONS.items() if not given_up])
def test_an_expression_is_what_terraform_says(expression: str) -> None:
    answer, found = ANSWERS[expression], value(expression)
    if answer == "unknown":
        assert type(found) is Unfinished, found
    elif answer is None:
        assert isinstance(found, Failed), found
    else:
        assert call("jsonencode", [found], None) == answer


@pytest.mark.parametrize("expression", [text for text, given_up in EXPRESSIONS.items() if given_up])
def test_what_is_not_certain_is_given_up_on(expression: str) -> None:
    found = value(expression)
    assert not isinstance(found, Failed)
    assert unknown_in(call("jsonencode", [found], None))


@TERRAFORM.needed
def test_terraform_still_gives_these_answers() -> None:
    assert script().answers(TERRAFORM.path) == ANSWERS


def test_the_table_asks_for_every_function() -> None:
    asked = {expression.split("(")[0] for expression in EXPRESSIONS}
    assert asked >= NAMES - set(GIVEN_UP)


@TERRAFORM.needed
def test_every_function_of_terraform_is_here_or_given_up_on() -> None:
    command = [TERRAFORM.path, "metadata", "functions", "-json"]
    said = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    names = {name for name in said["function_signatures"] if "::" not in name}
    assert names == NAMES | EVALUATOR


@pytest.mark.parametrize(
    ("text", "expected"),
    [('"x${0.0000001}"', "x0.0000001"), ('"a${1.5}b"', "a1.5b"), ('"${pow(2, 0.5)}!"', None)],
)
def test_a_number_in_a_text_is_written_in_full_or_not_at_all(text: str, expected: str | None) -> None:
    found = value(text)
    assert found == expected if expected else unknown_in(found)


def test_a_file_that_may_be_elsewhere_is_not_missing() -> None:
    class Elsewhere:
        """Files that are not at hand."""

        def read(self, path: str) -> bytes | Unknown:
            """No file."""
            return Unknown(f"{path} lies outside the folder")

        def names(self, folder: str, pattern: str) -> list[str] | Unknown:
            """No names."""
            return Unknown(f"{folder}/{pattern} lies outside the folder")

    for name, arguments in (("fileexists", ["../x"]), ("file", ["../x"]), ("fileset", ["..", "*"])):
        found = call(name, arguments, Elsewhere())
        assert type(found) is Unfinished
        assert "outside the folder" in found.reason
