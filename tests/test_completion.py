"""What sources tell of a plan: right, or not told. Shapes planned and applied by real terraform."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import shares
from scanner import plugins, run
from scanner.config import Config
from scanner.hcl.syntax import parse
from scanner.hcl.values import Encoded, Hidden, Symbol, Template, Unfinished
from scanner.model import Unknown
from scanner.terraform.planfile import Source
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.read import ReadPlan, read_plan
from scanner.terraform.sources.alike import same_references
from scanner.terraform.sources.configuration import NOWHERE
from scanner.terraform.sources.expand import ignored, written
from scanner.terraform.sources.files import SourceTree
from scanner.terraform.sources.folder import from_folder
from scanner.terraform.sources.modules import read_modules
from scanner.terraform.sources.scopes import Known
from scanner.terraform.values import reasons_in
from test_references import SHAPES, meaning, wanted
from truth import Applied, applied, completed, decided, differing_facts, everything_known, held
from worlds import FIXTURES, ROOT, change, plan


def _world(folder: Path) -> PlannedWorld:
    """The plan in a folder, with the sources beside it."""
    read = read_plan(Source("plan.json", (folder / "plan.json").read_bytes(), from_folder(folder)))
    assert read.notes == []
    return run.plan_world([read.after], plugins.load_all("scanner.clouds"), Config(), {})


def truth(join: dict[str, Any]) -> list[str]:
    """What a join is once applied: the sources decide what the plan alone cannot."""
    told = wanted(join)
    applied = join.get("applied", told)
    return told if told != ["unknown"] else applied if isinstance(applied, list) else [applied]


@pytest.mark.parametrize("folder", SHAPES, ids=lambda folder: folder.name)
def test_with_sources_every_join_is_the_one_that_an_apply_makes(folder: Path) -> None:
    planned = _world(folder)
    joins = yaml.safe_load((folder / "expected.yaml").read_text())["joins"]
    found = {(j["resource"], j["attribute"]): sorted(meaning(planned, j)) for j in joins}
    assert found == {(j["resource"], j["attribute"]): sorted(truth(j)) for j in joins}


COMPLETED = sorted(path.parent for path in FIXTURES.glob("terraform/completion/*/applied.json"))


def _shape(name: str) -> Path:
    return FIXTURES / "terraform" / "completion" / name


def _read(folder: Path, sources: Path | None = None) -> ReadPlan:
    return completed((folder / "plan.json").read_bytes(), from_folder(sources or folder))


def _applied(folder: Path) -> Applied:
    return applied(json.loads((folder / "applied.json").read_text()))


@pytest.mark.parametrize("folder", COMPLETED, ids=lambda folder: folder.name)
def test_every_completed_value_is_the_one_that_an_apply_makes(folder: Path) -> None:
    found = held((folder / "plan.json").read_bytes(), from_folder(folder), _applied(folder))
    expected = yaml.safe_load((folder / "expected.yaml").read_text())
    assert found.wrong == []
    assert (found.told, found.partly) == (expected["told"], expected["partly"])


@pytest.mark.parametrize("folder", COMPLETED, ids=lambda folder: folder.name)
def test_what_is_not_completed_is_what_cannot_be(folder: Path) -> None:
    read = _read(folder)
    assert (read.notes, [gap.reason for gap in read.gaps]) == ([], [])
    open_ = {
        f"{resource.address}.{name}"
        for resource in (*read.after.resources, *read.after.data)
        for name, marks in (resource.unknown or {}).items()
        if resource.source is not None
        and name in written(resource.source.body)
        and any(map(_is_open, reasons_in(marks)))
    }
    assert open_ == set(yaml.safe_load((folder / "expected.yaml").read_text())["open"] or ())


def _is_open(mark: Unknown) -> bool:
    mark = mark.text if isinstance(mark, Encoded) else mark
    parts = mark.parts if isinstance(mark, Template) else (mark,)
    return any(isinstance(part, (Unfinished, Hidden)) for part in parts)


@pytest.mark.parametrize("folder", COMPLETED, ids=lambda folder: folder.name)
def test_verdicts_with_sources_are_those_of_a_plan_that_knows_everything(folder: Path) -> None:
    _judged_as_applied(folder, from_folder(folder))


@pytest.mark.parametrize("folder", COMPLETED, ids=lambda folder: folder.name)
def test_a_fact_that_only_sources_tell_is_that_of_a_plan_that_knows_everything(folder: Path) -> None:
    told = Source("plan.json", (folder / "plan.json").read_bytes(), from_folder(folder))
    assert differing_facts(told, _applied(folder)) == []


def _judged_as_applied(folder: Path, tree: SourceTree) -> None:
    """A verdict may stay open; none may be another."""
    content = (folder / "plan.json").read_bytes()
    told = decided(Source("plan.json", content, tree))
    known = decided(Source("plan.json", everything_known(content, _applied(folder))))
    assert {key: told[key] for key in told.keys() & known.keys()} == {
        key: known[key] for key in told.keys() & known.keys()
    }


def test_what_is_made_from_secrets_is_never_shown() -> None:
    read = _read(_shape("hidden"))
    told = repr([(r.values, r.unknown, r.completed) for r in read.after.resources])
    token = "tsc-planted-Zq81xW"
    for secret in (token, token.upper(), base64.b64encode(token.encode()).decode(), "tsc-planted"):
        assert secret not in told


OVERRIDE = """
resource "aws_x" "a" {
  lifecycle {
    ignore_changes = [tags]
  }
  dynamic "rule" {
    for_each = [1]
    content {}
  }
  rule {}
  other {}
}
"""


def test_an_override_replaces_blocks_of_a_type_whoever_makes_them_and_keeps_what_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(OVERRIDE)
    blocks = 'dynamic "rule" {\n    for_each = [2]\n    content {}\n  }\n  lifecycle {\n    prevent_destroy = true\n  }'
    (tmp_path / "main_override.tf").write_text(f'resource "aws_x" "a" {{\n  {blocks}\n}}\n')
    module = read_modules(from_folder(tmp_path)).by_names[()]
    body = module.resources["managed", "aws_x", "a"].body
    assert [(block.type, block.line) for block in body.blocks if block.type in {"dynamic", "rule"}] == [("dynamic", 2)]
    assert any(block.type == "other" for block in body.blocks)
    assert ignored(body) == {"tags"}


# --- sources that a plan was not made from ----------------------------------------------------------------------------


EDITS = yaml.safe_load((FIXTURES / "terraform" / "completion" / "edits.yaml").read_text())


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_what_an_edit_after_planning_reaches_is_told_and_left_to_the_plan(tmp_path: Path, edit: str) -> None:
    case = EDITS[edit]
    folder = _shape(case["shape"])
    shutil.copytree(folder, tmp_path / "copy")
    assert _replaced(tmp_path / "copy", case["old"], case["new"]) == 1
    content, tree = (folder / "plan.json").read_bytes(), from_folder(tmp_path / "copy")
    assert any("is not what plan.json was made from" in note for note in completed(content, tree).notes)
    before = held(content, from_folder(folder), _applied(folder))
    after = held(content, tree, _applied(folder))
    assert after.wrong == []
    assert after.told <= before.told
    _judged_as_applied(folder, tree)


def test_what_modules_that_are_missing_would_tell_stays_open(tmp_path: Path) -> None:
    folder = _shape("nested_modules")
    shutil.copytree(folder, tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "modules" / "store")
    content, tree = (folder / "plan.json").read_bytes(), from_folder(tmp_path / "copy")
    assert any("store" in gap.reason for gap in completed(content, tree).gaps)
    before, after = (held(content, one, _applied(folder)) for one in (from_folder(folder), tree))
    assert after.wrong == []
    assert 0 < after.told < before.told
    _judged_as_applied(folder, tree)


def _replaced(folder: Path, old: str, new: str) -> int:
    texts = {path: path.read_text() for path in folder.rglob("*.tf")}
    for path, text in texts.items():
        path.write_text(text.replace(old, new))
    return sum(text.count(old) for text in texts.values())


def _marks(read: ReadPlan, address: str) -> Any:
    return next(r for r in read.after.resources if r.address == address).unknown


def test_sources_of_something_else_are_told_and_not_used() -> None:
    read = _read(_shape("locals"), _shape("dynamic"))
    assert any("does not hold the sources of plan.json and was not used" in note for note in read.notes)
    assert all(resource.source is None for resource in read.after.resources)


def test_the_sources_in_a_saved_plan_are_called_so(tmp_path: Path) -> None:
    plan = (_shape("locals") / "plan.json").read_bytes()
    other = replace(from_folder(_shape("dynamic")), name="plan.json")
    (foreign,) = completed(plan, other).notes
    assert foreign.startswith("the sources in plan.json are those of something else and were not used: ")
    case = next(one for one in EDITS.values() if one["shape"] == "locals")
    shutil.copytree(_shape("locals"), tmp_path / "copy")
    assert _replaced(tmp_path / "copy", case["old"], case["new"]) == 1
    notes = completed(plan, replace(from_folder(tmp_path / "copy"), name="plan.json")).notes
    assert any(note.startswith("the sources in plan.json are not what it was made from") for note in notes)


def test_a_plan_that_knows_less_than_its_sources_is_told_and_holds(tmp_path: Path) -> None:
    sources = tmp_path / "main.tf"
    sources.write_text(
        'resource "aws_iam_policy" "p" {\n  policy = jsonencode({ a = local.b })\n}\nlocals {\n  b = 1\n}\n'
    )
    config = {"aws_iam_policy.p": {"policy": {"references": ["local.b"]}}}
    content = plan(change("aws_iam_policy.p", {}, unknown={"policy": True}), config=config)
    read = completed(content, from_folder(tmp_path))
    assert _marks(read, "aws_iam_policy.p") == {"policy": True}
    assert read.notes == ["plan and sources differ, and the plan holds: aws_iam_policy.p.policy"]


@pytest.mark.parametrize("page", ["README.md", "docs/sources.md"])
def test_the_published_shares_of_what_is_unknown_are_those_of_today(page: str) -> None:
    published = (ROOT / page).read_text().partition(f"{shares.MARK}\n")[2].partition("\n\n")[0]
    assert published.splitlines() == list(shares.table())


TYPED = """
variable "loose" {
  type    = map(any)
  default = { a = 1, b = "x" }
}

variable "row" {
  type    = list(any)
  default = ["a", 15, true]
}

resource "aws_x" "a" {
  count = 1
}

output "told" {
  value = [var.loose, var.row, try(aws_x.a[0].list[0].arn, "none"), try(aws_x.a[0].arn, "none")]
}
"""


def test_values_of_any_type_become_one_and_a_part_that_may_be_missing_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(TYPED)
    read = read_plan(Source("plan.json", plan(change("aws_x.a[0]", {}, unknown={"arn": True, "list": True}))))
    root = Known(read_modules(from_folder(tmp_path)), read.after, {}, ()).scope(())
    assert root is not None
    loose, row, part, arn = root.output("told")
    # "Type Constraints": all elements of a collection are of one type, and any stands for one.
    assert (loose, row) == ({"a": "1", "b": "x"}, ["a", "15", "true"])
    assert type(part) is Unfinished
    assert isinstance(arn, Symbol)


REFERENCES = {
    "as they are": (["aws_s3_bucket.b.arn", "aws_s3_bucket.b"], True),
    "longest alone": (["aws_s3_bucket.b.arn"], True),
    "another attribute": (["aws_s3_bucket.b.id", "aws_s3_bucket.b"], False),
    "a longer name": (["aws_s3_bucket.bb"], False),
    "one more": (["aws_s3_bucket.b.arn", "aws_s3_bucket.b", "var.x"], False),
    "none": ([], False),
}


@pytest.mark.parametrize("case", REFERENCES, ids=str)
def test_references_are_compared_as_versions_of_terraform_list_them(case: str) -> None:
    told, same = REFERENCES[case]
    made = {"references": ["aws_s3_bucket.b.arn", "aws_s3_bucket.b"]}
    assert same_references({"references": told}, made) is same


def test_a_plan_of_an_early_terraform_says_what_is_named_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_x" "a" {\n  policy = "${aws_y.b.arn}/*"\n}\nresource "aws_y" "b" {}\n'
    )
    changes = (change("aws_x.a", {}, unknown={"policy": True}), change("aws_y.b", {}, unknown={"arn": True}))
    config: dict[str, dict[str, Any]] = {"aws_x.a": {"policy": {"references": ["aws_y.b"]}}, "aws_y.b": {}}
    read = completed(plan(*changes, config=config), from_folder(tmp_path))
    assert (read.notes, isinstance(_marks(read, "aws_x.a")["policy"], Template)) == ([], True)
    config["aws_x.a"]["policy"]["references"] = ["aws_y.c"]
    read = completed(plan(*changes, config=config), from_folder(tmp_path))
    assert _marks(read, "aws_x.a")["policy"] is True


@pytest.mark.parametrize("source", ["1e3", "[1e3]", "{ a = 1e3 }", "1 2", '"${1e3}"', "f(1e3)"])
def test_an_expression_that_is_read_in_part_has_no_value(source: str) -> None:
    file = parse(f"x = {source}\n", "x.tf")
    assert file.problems
    assert isinstance(file.body.attributes["x"].expression.value(NOWHERE), Unfinished)
