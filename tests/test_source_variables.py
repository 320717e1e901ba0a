"""Values of root variables without a plan: as real terraform takes them, in its order."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import InputError
from scanner.hcl.values import Unfinished
from scanner.model import Unknown
from scanner.terraform.instances import Plan
from scanner.terraform.sources.folder import from_folder
from scanner.terraform.sources.modules import read_modules
from scanner.terraform.sources.scopes import Known
from scanner.terraform.sources.variables import RootValues, root_values
from sourcetree import ran, repository, terraform, written
from tools import TERRAFORM

VARIABLES = """
variable "plain" { default = "default" }
variable "word" {
  type    = string
  default = "default"
}
variable "count_of" {
  type    = number
  default = 1
}
variable "on" {
  type    = bool
  default = false
}
variable "list" {
  type    = list(string)
  default = []
}
variable "any" {
  type    = any
  default = null
}
variable "set" {
  type    = set(string)
  default = []
}
variable "object" {
  type    = object({ x = string, y = optional(number, 3) })
  default = { x = "1" }
}
variable "kept" {
  type     = string
  default  = "kept"
  nullable = false
}
"""
NAMES = ("plain", "word", "count_of", "on", "list", "any", "set", "object", "kept")
OUTPUT = f'output "all" {{ value = jsonencode({{ {", ".join(f"{name} = var.{name}" for name in NAMES)} }}) }}\n'


def taken(folder: Path, *given: str | Path) -> RootValues:
    root = read_modules(from_folder(folder)).get(())
    assert root is not None
    return root_values(root, folder, given)


def evaluated(folder: Path, *given: str | Path) -> dict[str, Any]:
    """The variables, converted, as the evaluator has them."""
    known = Known(read_modules(from_folder(folder)), Plan(name="folder"), taken(folder, *given).values, ())
    scope = known.scope(())
    assert scope is not None
    return {name: scope.lookup(("var", name)) for name in NAMES}


CASES: dict[str, tuple[dict[str, str], dict[str, str], list[str]]] = {
    # Files, environment, and what the command line gives.
    "defaults": ({}, {}, []),
    "environment": (
        {},
        {
            "plain": "env",
            "word": "[1]",
            "count_of": "5",
            "on": "true",
            "list": '["x"]',
            "object": "{x=1}",
            "other": "x",
            "kept": "",
        },
        [],
    ),
    "environment, expressions": ({}, {"plain": '["a"]', "any": '["a", {b = 1 + 1}, "${1}x"]', "set": '["b", "a"]'}, []),
    "named files": (
        {"terraform.tfvars": 'plain = "tfvars"\nlist = ["a"]\n', "terraform.tfvars.json": '{"plain": "json"}'},
        {"plain": "env", "word": "env"},
        [],
    ),
    "automatic files": (
        {
            "terraform.tfvars": 'plain = "tfvars"\nword = "tfvars"\n',
            "b.auto.tfvars": 'plain = "b"\n',
            "a.auto.tfvars.json": '{"plain": "a", "count_of": "12", "any": {"k": [1, 2.5, true, null]}, "on": "true"}',
            ".x.auto.tfvars": 'plain = "hidden"\nlist = ["hidden"]\n',
            "zz.auto.tfvars~": 'plain = "left behind"\n',
            "other.tfvars": 'plain = "other"\n',
        },
        {},
        [],
    ),
    "no template in JSON": (
        {"terraform.tfvars.json": '{"//": "a comment", "plain": "${1 + 1}", "word": "%%{x} $${y}"}'},
        {},
        [],
    ),
    "templates in HCL": ({"terraform.tfvars": 'plain = "${1 + 1}x"\nany = <<E\n  y\nE\n'}, {}, []),
    "nulls": ({"terraform.tfvars": "plain = null\nkept = null\nany = { a = null }\n"}, {}, []),
    "file last": ({"x.tfvars": 'plain = "file"\n'}, {}, ["-var=plain=var", "-var-file=x.tfvars"]),
    "option last": ({"x.tfvars": 'plain = "file"\n'}, {}, ["-var-file=x.tfvars", "-var=plain=var"]),
    "any file": (
        {"x.json": '{"plain": "json"}', "x.txt": 'word = "text"\n', "terraform.tfvars": 'word = "tfvars"\n'},
        {},
        ["-var-file=x.json", "-var-file=x.txt"],
    ),
    "options": (
        {},
        {},
        ['-var=plain="quoted"', "-var=word=a=b", "-var=any=null", "-var=count_of=7", "-var=on=1", '-var=list=["a",]'],
    ),
    "empty": ({}, {}, ["-var=plain=", "-var=word="]),
}


@TERRAFORM.needed
@pytest.mark.parametrize("case", CASES)
def test_values_are_terraforms(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, environment, options = CASES[case]
    written(tmp_path, main=VARIABLES + OUTPUT, **files)
    for name, text in environment.items():
        monkeypatch.setenv(f"TF_VAR_{name}", text)
    apply = ["apply", "-auto-approve", "-input=false", "-no-color"]
    given: list[str | Path] = []
    for option in options:
        name, _, text = option.removeprefix("-").partition("=")
        given.append(tmp_path / text if name == "var-file" else text)
    terraform(tmp_path, *apply, *options)
    wanted = json.loads(json.loads(terraform(tmp_path, "output", "-json"))["all"]["value"])
    assert evaluated(tmp_path, *given) == wanted


@TERRAFORM.needed
def test_a_number_is_no_bool(tmp_path: Path) -> None:
    written(tmp_path, main=VARIABLES + OUTPUT)
    assert "a bool is required" in ran(tmp_path, "plan", "-input=false", "-no-color", "-var=on=2").stderr
    with pytest.raises(InputError, match="--var on: is no value of the variable's type"):
        evaluated(tmp_path, "on=2")


def test_a_variable_without_value_is_unknown(tmp_path: Path) -> None:
    written(tmp_path, main='variable "bucket" {}\nvariable "given" {}\nvariable "default" { default = 1 }\n')
    values = taken(tmp_path, "given=x").values
    assert values.keys() == {"bucket", "given"}
    missing = values["bucket"]
    assert isinstance(missing, Unknown)
    assert missing.reason == "var.bucket has no value; give --var bucket=... or --var-file"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("bucket = \n", "is missing here"),
        ('block "x" {}\n', "terraform.tfvars:1:1: a block is no value"),
        (b'bucket = "\xff"\n', "terraform.tfvars:1:11: is not UTF-8 at byte 10"),
        (b"\0", "holds a NUL byte"),
        (b"#" * (5 << 20), "is larger than 4 MiB"),
    ],
)
def test_a_file_that_cannot_be_read_may_have_set_anything(content: str | bytes, what: str, tmp_path: Path) -> None:
    written(tmp_path, main='variable "bucket" { default = "b" }\nvariable "other" { default = "o" }\n')
    written(tmp_path, **{"terraform.tfvars": content, "z.auto.tfvars": 'other = "z"\n'})
    found = taken(tmp_path)
    assert [what in str(problem) for problem in found.problems] == [True]
    assert isinstance(found.values["bucket"], Unfinished)
    assert "var.bucket may be set in" in found.values["bucket"].reason
    assert found.values["other"] == "z"


@pytest.mark.parametrize("content", ["[]", "{", "1", '{"a": NaN}', "[" * 100_000])
def test_json_that_is_no_object(content: str, tmp_path: Path) -> None:
    written(tmp_path, main='variable "bucket" { default = "b" }\n', **{"a.auto.tfvars.json": content})
    found = taken(tmp_path)
    assert [str(problem).partition("a.auto")[2] for problem in found.problems] == [
        ".tfvars.json:1:1: is no JSON object of values"
    ]
    assert isinstance(found.values["bucket"], Unfinished)


@pytest.mark.parametrize("text", ['upper("a")', "var.other", '"${var.other}"', "[for x in [1]: y]", '{a = file("x")}'])
def test_values_are_constants(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, main='variable "x" { type = any }\n', **{"terraform.tfvars": f"\nx = {text}\n"})
    found = taken(tmp_path)
    assert "terraform.tfvars:2:1: the value of x is no constant" in str(found.problems[0])
    assert isinstance(found.values["x"], Unknown)
    with pytest.raises(InputError, match="--var x: is no value of the variable's type"):
        taken(tmp_path, f"x={text}")
    monkeypatch.setenv("TF_VAR_x", text)
    (tmp_path / "terraform.tfvars").unlink()
    assert str(taken(tmp_path).problems[0]) == "TF_VAR_x: is no value of its variable's type"


@pytest.mark.parametrize(
    ("type_", "fits", "others"),
    [
        ("number", ("1", "-1.5", "1e3"), ("abc", "", "1 2", "0x1", "true")),
        ("bool", ("true", "false", "1", "0"), ("yes", "TRUE", "", "2")),
    ],
)
def test_a_text_that_is_no_value_of_a_plain_type_is_refused(
    type_: str, fits: tuple[str, ...], others: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, main=f'variable "x" {{ type = {type_} }}\n')
    for text in fits:
        assert not isinstance(taken(tmp_path, f"x={text}").values["x"], Unknown)
    for text in others:
        with pytest.raises(InputError, match=r"^--var x: is no value of the variable's type$"):
            taken(tmp_path, f"x={text}")
        monkeypatch.setenv("TF_VAR_x", text)
        assert str(taken(tmp_path).problems[0]) == "TF_VAR_x: is no value of its variable's type"
        monkeypatch.delenv("TF_VAR_x")


def test_what_is_given_wrongly_is_refused(tmp_path: Path) -> None:
    written(tmp_path, main='variable "x" { type = list(string) }\n')
    os.mkfifo(tmp_path / "fifo.tfvars")
    for given, what in (
        ("x", "--var takes NAME=VALUE"),
        ("nope=secret", "--var nope: the root module declares no such variable"),
        ("x=not a list", "--var x: is no value of the variable's type"),
        ('x=["a"]\nx = ["b"]', "--var x: is no value of the variable's type"),
        ('x=["a"]\ny {}', "--var x: is no value of the variable's type"),
        (tmp_path / "none.tfvars", "none.tfvars: there is no such file"),
        (tmp_path, "is no regular file"),
        (tmp_path / "fifo.tfvars", "is no regular file"),
    ):
        with pytest.raises(InputError, match="--var") as refused:
            taken(tmp_path, given)
        assert what in str(refused.value)
        assert "secret" not in str(refused.value)


def test_what_is_not_declared_is_told(tmp_path: Path) -> None:
    written(tmp_path, main="locals {}\n", **{"terraform.tfvars": '\nold = "x"\n'})
    found = taken(tmp_path)
    assert "terraform.tfvars:2:1: old is set, and the root module declares no such variable" in str(found.problems[0])
    # Where a source file could not be read it may be declared there.
    written(tmp_path, broken=b"\xff")
    found = taken(tmp_path, "new=1")
    assert (found.problems, dict(found.values)) == ((), {"new": "1"})


def test_a_link_does_not_lead_out_of_the_repository(tmp_path: Path) -> None:
    written(tmp_path, **{"home__secret.tfvars": 'x = "planted"\n'})
    live = written(repository(tmp_path / "top"), main='variable "x" {}\n')
    (live / "terraform.tfvars").symlink_to("../home/secret.tfvars")
    found = taken(live)
    assert "leads outside the repository" in str(found.problems[0])
    assert isinstance(found.values["x"], Unknown)
    assert taken(live, tmp_path / "home" / "secret.tfvars").values["x"] == "planted"


def test_values_of_sensitive_variables_are_secrets(tmp_path: Path) -> None:
    source = """
variable "password" { sensitive = true }
variable "token" { ephemeral = true }
variable "open" { sensitive = false }
variable "keys" {
  type      = any
  sensitive = var.x
}
"""
    written(tmp_path, main=source)
    found = taken(tmp_path, "password=p", "token=t", "open=o", 'keys={a = ["k1", {b = "k2"}], n = 1}')
    assert found.secrets == {"p", "t", "k1", "k2"}
