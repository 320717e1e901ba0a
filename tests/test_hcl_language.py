"""The language itself: every output of a configuration comes to what Terraform says, and bad input to what it is."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from scanner.hcl.convert import converted
from scanner.hcl.references import references
from scanner.hcl.scope import Scope
from scanner.hcl.shown import shortened
from scanner.hcl.syntax import parse, parse_template
from scanner.hcl.values import Failed, Hidden, Symbol, Template, Unfinished, in_code
from scanner.terraform.instances import Plan
from scanner.terraform.sources.folder import from_folder
from scanner.terraform.sources.modules import read_modules
from scanner.terraform.sources.scopes import Known, ModuleNames
from tools import ROOT, TERRAFORM

FOLDER = ROOT / "fixtures" / "terraform" / "language"
OUTPUTS: dict[str, Any] = json.loads((FOLDER / "outputs.json").read_text(encoding="utf-8"))


LONG = "9" * 5000

LAUGHS = """
locals {
  a = "${local.b}${local.b}"
  b = "${local.c}${local.c}"
  c = join("", [for i in range(1024) : join("", [for j in range(64) : "12345678"])])
}

output "x" {
  value = local.a
}
"""
"""A text that doubles."""


def names(folder: Path, **variables: Any) -> ModuleNames:
    """The root module of a folder, without any planned resource."""
    found = Known(read_modules(from_folder(folder)), Plan("none"), variables, ()).scope(())
    assert found is not None
    return found


def module(tmp_path: Path, text: str, **variables: Any) -> ModuleNames:
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    return names(tmp_path, **variables)


def value(expression: str) -> Any:
    class Nothing:
        files = None

        def lookup(self, path: tuple[str, ...]) -> Any:
            known: dict[tuple[str, ...], Any] = {
                ("var", "b"): Symbol("later", 'aws_s3_bucket.b["x"]'),
                ("var", "s"): Hidden("is sensitive", "var.s"),
            }
            return known.get(path, Failed(f"there is no {path}"))

        def template(self, file: str, content: str) -> Any:
            raise NotImplementedError(file, content)

        def spend(self, steps: int) -> bool:
            return steps >= 0

    return parse(f"x = {expression}\n", "x.tf").body.attributes["x"].expression.value(Scope(Nothing()))


@pytest.fixture(scope="module")
def root() -> ModuleNames:
    return names(FOLDER)


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_is_what_terraform_says(root: ModuleNames, name: str) -> None:
    assert root.output(name) == OUTPUTS[name]


@pytest.mark.skipif(TERRAFORM.found is None, reason=TERRAFORM.missing)
def test_terraform_still_says_so() -> None:
    spec = importlib.util.spec_from_file_location("fixtures_language", ROOT / "fixtures" / "language.py")
    assert spec
    assert spec.loader
    script: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.outputs(str(TERRAFORM.found)) == OUTPUTS


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("var.b.arn", '${aws_s3_bucket.b["x"].arn}'),
        ('"${var.b.arn}/*"', '${aws_s3_bucket.b["x"].arn}/*'),
        ('jsonencode({ a = [var.b.arn, "x"] })', '{"a":["${aws_s3_bucket.b["x"].arn}","x"]}'),
        ("jsondecode(jsonencode({ a = var.b.arn })).a", '${aws_s3_bucket.b["x"].arn}'),
        ('format("arn:aws:s3:::%s/%d", var.b.id, 7)', 'arn:aws:s3:::${aws_s3_bucket.b["x"].id}/7'),
        ('join(",", ["a", var.b.id])', 'a,${aws_s3_bucket.b["x"].id}'),
        ("try(var.b.arn, 1)", '${aws_s3_bucket.b["x"].arn}'),
        ("[for k, v in { a = var.b } : v.arn][0]", '${aws_s3_bucket.b["x"].arn}'),
        ("merge({ a = 1 }, { a = var.b.tags[0].x }).a", '${aws_s3_bucket.b["x"].tags[0].x}'),
        ('true ? var.b.id : ""', '${aws_s3_bucket.b["x"].id}'),
        ('"x${var.s}"', "x${var.s}"),
    ],
)  # fmt: skip
def test_what_is_known_later_stays_a_symbol(expression: str, code: str) -> None:
    found = value(expression)
    assert isinstance(found, (Symbol, Template))
    assert in_code(found) == code


@pytest.mark.parametrize(
    "expression",
    [
        "var.b.id == null ? 1 : 2",
        "[for x in var.b.list : x]",
        "{ (var.b.id) = 1 }",
        "var.b[*].id",
        "length(var.b.list)",
        "upper(var.b.id)",
        "var.b.number + 1",
        "var.b.on && true",
        "self.id",
        "each.key",
        "toset([var.b.id, var.b.arn]) == toset([1])",
        'toset([var.b.id, "x"])[*]',
        'coalesce(toset([var.b.id, "x"])...)',
        '[for one in toset([var.b.id, "x"]) : one][0]',
        "length([for one in toset([var.b.id, var.b.arn]) : one])",
        '{ for one in toset([var.b.id, "x"]) : "k" => one... }.k[0]',
        '{ for one in toset([{ a = var.b.id, k = "x" }, { a = "y", k = "x" }]) : one.k => 1 }',
        'element(split(",", "%{ for one in toset([var.b.id, "x"]) }${one},%{ endfor }"), 0)',
        "var.b.on ? 1 : true",
        "var.b.on ? [1] : [true]",
        "sha256(var.s)",
        "sensitive(1)",
        "timestamp()",
        "provider::x::f(1)",
        "terraform.workspace",
        "[1, 2][var.b.index]",
    ],
)  # fmt: skip
def test_what_cannot_be_worked_out_says_so(expression: str) -> None:
    found = value(expression)
    assert isinstance(found, (Unfinished, Failed))
    assert found.reason


@pytest.mark.parametrize(
    "expression",
    ["1 / 0", "{ a = 1 }.b", "[1][5]", "null.a", '"a" + 1', "nofunction(1)", "max()", "!5", "[][0]",
     "{ for x in [1, 1] : x => 2 }", 'tonumber("x")', "true ? 1 + {} : 2", "[for x in 5 : x]", "{ (null) = 1 }"],
)  # fmt: skip
def test_what_terraform_refuses_has_failed(expression: str) -> None:
    assert isinstance(value(expression), Failed)


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        ("var.b.on && false", False),
        ("var.b.on || true", True),
        ("true ? 1 : var.b.id", 1),
        ("length([var.b, 1])", 2),
        ("var.b.on ? 1 : 1", 1),
        ('[for one in toset(["y", "x"]) : one][0]', "x"),
        ('keys({ for one in toset([{ a = var.b.id, k = 1 }, { a = "y", k = 3 }]) : one.k => one.a })', ["1", "3"]),
        ("can(var.b.id)", True),
        ("[1, var.b.id] == [1]", False),
        ("var.b.id == var.b.id", True),
        ('{ a = var.b.id } == { b = "" }', False),
        ('"x${var.b.id}" == null', False),
        ("contains([1, var.b.id], 1)", True),
    ],
)
def test_what_does_not_depend_on_what_is_known_later_is_known(expression: str, known: Any) -> None:
    assert value(expression) == known


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('locals {\n  a = local.b\n  b = local.a\n}\noutput "x" {\n  value = local.a\n}\n', "circle"),
        ('variable "x" {}\noutput "x" {\n  value = var.x\n}\n', "has no value"),
        ('module "m" {\n  source = "./missing"\n}\noutput "x" {\n  value = module.m.y\n}\n', "not at hand"),
        ('output "x" {\n  value = templatefile("../../etc/passwd", {})\n}\n', "outside"),
        ('output "x" {\n  value = file("missing.txt")\n}\n', "missing.txt"),
        ('output "x" {\n  value = aws_s3_bucket.none.id\n}\n', "there is no aws_s3_bucket.none"),
        (LAUGHS, "characters"),
        ('variable "s" {\n  sensitive = true\n  default = "hush"\n}\noutput "x" {\n  value = var.s\n}\n', "sensitive"),
        ('output "x" {\n  value = "s"\n  sensitive = true\n}\n', "sensitive"),
    ],
)  # fmt: skip
def test_an_output_that_is_not_known_says_why(tmp_path: Path, text: str, reason: str) -> None:
    found = module(tmp_path, text).output("x")
    assert isinstance(found, (Unfinished, Hidden))
    assert reason in found.reason
    assert "hush" not in found.reason


def test_locals_chained_a_thousand_deep_are_told(tmp_path: Path) -> None:
    chain = "".join(f"  l{i} = [local.l{i + 1}]\n" for i in range(3000))
    found = module(tmp_path, f'locals {{\n{chain}  l3000 = 1\n}}\noutput "x" {{\n  value = local.l0\n}}\n').output("x")
    assert "nested too deep" in repr(found)


def test_an_expression_nested_very_deep_is_told(tmp_path: Path) -> None:
    deep = "[" * 500 + "]" * 500
    assert "nested too deep" in repr(module(tmp_path, f'output "x" {{\n  value = {deep}\n}}\n').output("x"))


def test_much_work_is_given_up(tmp_path: Path) -> None:
    loops = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]"
    found = module(tmp_path, f'output "x" {{\n  value = {loops}\n}}\n').output("x")
    assert "too much to work out" in repr(found)[-400:]


@pytest.mark.parametrize("keys", ["[{ a = 1 }, { b = 2 }]", '["a", null]', '[1, "a"]'])
def test_modules_over_what_holds_no_keys_are_not_told(tmp_path: Path, keys: str) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tf").write_text('output "y" {\n  value = 1\n}\n', encoding="utf-8")
    call = f'module "m" {{\n  source = "./m"\n  for_each = {keys}\n}}\n'
    found = module(tmp_path, f'{call}output "x" {{\n  value = module.m["a"].y\n}}\n').output("x")
    assert isinstance(found, Unfinished)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('c ? "hunter2" : aws_s3_bucket.b["k"].arn', 'c ? "..." : aws_s3_bucket.b["k"].arn'),
        ('"x${var.a}y${b["k"]}$${z}\\"w"', '"...${var.a}...${b["k"]}..."'),
        ("<<EOT\nhunter2\nEOT", "<<..."),
        ('f("a", /* hunter2 */ 1) # hunter2', 'f("...", 1)'),
        ('"${"${"a"}"}"', '"${"${"..."}"}"'),
        ('"hunter2', '"...'),
    ],
)
def test_an_expression_is_shown_without_its_texts(source: str, told: str) -> None:
    assert shortened(source) == told


def test_texts_in_each_other_a_thousand_deep_are_left_out_at_once() -> None:
    assert "hunter2" not in shortened('"${' * 900 + '"hunter2"' + '}"' * 900)


def test_a_template_that_the_grammar_does_not_know_is_no_failure() -> None:
    found = parse_template("${1e3}", "t").value(Scope(names(FOLDER)))
    assert type(found) is Unfinished


def test_a_list_that_is_given_a_set_has_no_order_that_is_known() -> None:
    type_ = parse("x = list(string)\n", "x.tf").body.attributes["x"].expression
    scope = Scope(names(FOLDER))
    assert isinstance(converted(value('toset([var.b.id, "x"])'), type_, scope), Unfinished)
    assert converted(value('toset(["y", "x"])'), type_, scope) == ["x", "y"]


def test_a_file_that_does_not_parse_is_told_and_the_rest_is_read() -> None:
    found = parse('good = 1\nresource "a" "b" {\n  x = \n}\n', "main.tf")
    assert found.body.attributes["good"].expression.value(Scope(names(FOLDER))) == 1
    assert str(found.problems[0]).startswith("main.tf:")
    assert found.problems[0].line >= 2


@pytest.mark.parametrize("text", ['"$$${var.b}"', '"%%%{ if true }x%{ endif }"'])
def test_three_signs_before_a_brace_are_given_up(text: str) -> None:
    assert isinstance(value(text), (Unfinished, Failed))


@pytest.mark.parametrize("text", ["x = 1e3\n", "x = 1e-3\ny = 2\n", 'x = "a" 1\n', "b {\n  x = 1e3\n  y = 7\n}\n"])
def test_what_the_grammar_takes_for_another_value_is_not_told(text: str) -> None:
    read = parse(text, "x.tf")
    body = read.body.blocks[0].body if read.body.blocks else read.body
    assert read.problems
    assert isinstance(body.attributes["x"].expression.value(Scope(names(FOLDER))), Unfinished)


@pytest.mark.parametrize(
    "text", ["0x10", LONG, f"1.5e{LONG[:5]}", f"[1].{LONG}", f'[1]["{LONG}"]', f"[1][{LONG}]", f'"{LONG}" + 1']
)
def test_a_number_that_is_none_or_very_long_is_not_told(text: str) -> None:
    assert isinstance(value(text), (Unfinished, Failed))


def test_references_leave_out_what_a_for_binds() -> None:
    text = '[for b in var.list : "${b.id}${local.x}" if each.key != b.y]'
    expression = parse(f"x = {text}\n", "x.tf").body.attributes["x"].expression
    assert {one.names for one in references(expression)} == {("var", "list"), ("local", "x"), ("each", "key")}
