"""Policy documents whose JSON is not known yet are rebuilt as far as the plan shows them: planned by real terraform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from folders import world
from scanner.clouds.aws.iam import policydoc
from scanner.clouds.aws.iam.elements import NOT_KNOWN
from scanner.clouds.aws.iam.policydoc import Document
from scanner.model import Unknown
from scanner.terraform.planned import PlannedWorld
from sourcetree import written
from worlds import FIXTURES, change, plan, planned_of

CASES = sorted(path.parent for path in FIXTURES.glob("terraform/policy_documents/*/expected.yaml"))


def _expected(raw: Any) -> tuple[set[str], set[str] | None]:
    """Known elements, and what the unknown ones may be built from (None: not followed)."""
    if raw is None:
        return set(), set()
    if isinstance(raw, list):
        return set(raw), set()
    references = raw.get("references", [])
    return set(raw.get("known", ())), None if references == "unknown" or not references else set(references)


def _found(raw: Any) -> tuple[set[str], set[str] | None]:
    elements = () if isinstance(raw, Unknown) else raw
    named = {e[2:-2] for e in elements if e.startswith("${")}
    known = {e for e in elements if not e.endswith(NOT_KNOWN)}
    return known, None if NOT_KNOWN in elements else named


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_rebuilt_documents(folder: Path) -> None:
    planned = planned_of((folder / "plan.json").read_bytes())
    for wanted in yaml.safe_load((folder / "expected.yaml").read_text()).get("documents", []):
        if "statements" not in wanted:
            continue
        sources = {d.address: d for p in planned.plans for d in p.data}
        document = policydoc.rebuild(planned, sources[wanted["address"]])
        assert isinstance(document, Document)
        by_sid = {statement.sid: statement for statement in document.statements}
        for raw in wanted["statements"]:
            statement = by_sid[raw.get("sid", "")]
            assert statement.effect == ("~" if raw.get("effect") == "unknown" else raw.get("effect", "Allow"))
            for name in ("actions", "not_actions", "resources", "not_resources"):
                assert _found(getattr(statement, name)) == _expected(raw.get(name)), (folder.name, raw["sid"], name)


def _read(policy: Any) -> Document | Unknown | None:
    planned = planned_of(plan(change("aws_iam_policy.p", {"policy": policy})))
    return policydoc.read_document(planned, next(planned.of("aws_iam_policy")), "policy")


@pytest.mark.parametrize(
    "text", ["{", "not JSON", "[" * 100_000, '"text"', "[]", "3", "{}", '{"Statement": 1}', '{"Statement": ["x"]}']
)
def test_what_is_no_policy_is_unknown_with_a_reason(text: str) -> None:
    found = _read(text)
    assert isinstance(found, Unknown)
    assert "aws_iam_policy.p.policy" in found.reason


def test_no_policy_at_all() -> None:
    assert _read(None) is None
    assert _read("") is None


def test_the_ways_to_write_one_statement() -> None:
    document = _read(
        '{"Statement": {"Effect": "deny", "Principal": "*", "NotAction": "s3:Get*", "Resource": ["a", "b"],'
        ' "Condition": {"Bool": {"aws:SecureTransport": false}, "StringEquals": {"k": ["x", "y"]}}}}'
    )
    assert isinstance(document, Document)
    (statement,) = document.statements
    assert statement.effect == "Deny"
    assert statement.principals == ("AWS:*",)
    assert (statement.not_actions, statement.resources) == (("s3:Get*",), ("a", "b"))
    assert statement.conditions == (("Bool", "aws:SecureTransport", ("false",)), ("StringEquals", "k", ("x", "y")))


def test_a_policy_written_as_a_value() -> None:
    document = _read(
        {"Statement": [{"Effect": "Allow", "Action": "*", "Principal": {"AWS": ["1", "2"], "Service": "s"}}]}
    )
    assert isinstance(document, Document)
    assert document.statements[0].principals == ("AWS:1", "AWS:2", "Service:s")


def test_a_condition_that_is_none_is_unknown() -> None:
    document = _read('{"Statement": [{"Effect": "Allow", "Action": "*", "Condition": ["x"]}]}')
    assert isinstance(document, Document)
    assert isinstance(document.statements[0].conditions, Unknown)


WIDE = 'jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = ["*", aws_s3_bucket.b.arn] }] })'


@pytest.mark.parametrize(
    ("taken", "actions", "more"),
    [
        ("data.aws_iam_policy_document.a.json", {"s3:GetObject"}, ""),
        (f"data.aws_iam_policy_document.a.json, {WIDE}", {"s3:GetObject", "*"}, ""),
        ("data.aws_iam_policy_document.a.json, local.wide", {"s3:GetObject", "*"}, ""),
        ("data.aws_iam_policy_document.b.json", {"s3:GetObject", "*"}, ""),
        (
            "data.aws_iam_policy_document.a.json, terraform_data.t.output",
            {"s3:GetObject"},
            "terraform_data.t.output is known only after apply",
        ),
        ("data.aws_iam_policy_document.c.json", {"s3:GetObject"}, "terraform_data.t.output is known only after apply"),
    ],
)
def test_every_document_that_is_taken_in_counts(tmp_path: Path, taken: str, actions: set[str], more: str) -> None:
    sources = {
        "a": 'statement {\n  actions = ["s3:GetObject"]\n  resources = [aws_s3_bucket.b.arn]\n}',
        "b": "source_policy_documents = [data.aws_iam_policy_document.a.json, local.wide]",
        "c": "source_policy_documents = [data.aws_iam_policy_document.a.json, terraform_data.t.output]",
        "x": f"source_policy_documents = [{taken}]",
    }
    blocks = (f'data "aws_iam_policy_document" "{name}" {{\n{body}\n}}\n' for name, body in sources.items())
    more_blocks = 'resource "aws_s3_bucket" "b" {}\nresource "terraform_data" "t" {\n  input = "x"\n}\n'
    written(tmp_path, main=f"{more_blocks}locals {{\n  wide = {WIDE}\n}}\n{''.join(blocks)}")
    planned = world(tmp_path)
    document = policydoc.rebuild(planned, next(d for p in planned.plans for d in p.data if d.name == "x"))
    assert isinstance(document, Document)
    assert {action for one in document.statements for action in _found(one.actions)[0]} == actions
    assert more in document.more
    assert bool(more) == bool(document.more)


@pytest.mark.parametrize("beside", ["local.wide", "var.wide", "terraform_data.t.output"])
def test_a_plan_alone_does_not_tell_all_documents_that_are_taken_in(beside: str) -> None:
    names = ("data.aws_iam_policy_document.a", "data.aws_iam_policy_document.x")
    references = [f"{names[0]}.json", names[0], beside]
    unknown = {"source_policy_documents": [True, True], "json": True}
    statement = {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::b/*"], "effect": "Allow"}
    planned = planned_of(
        plan(
            change(names[0], {"statement": [statement]}, unknown={"json": True}, actions=["read"]),
            change(names[1], {"source_policy_documents": [None, None]}, unknown=unknown, actions=["read"]),
            config={names[1]: {"source_policy_documents": {"references": references}}, names[0]: {}},
        )
    )
    document = policydoc.rebuild(planned, next(d for p in planned.plans for d in p.data if d.name == "x"))
    assert isinstance(document, Document)
    assert document.more


@pytest.mark.parametrize(
    "policy",
    [
        'replace(data.aws_iam_policy_document.a.json, "s3:GetObject", "*")',
        "coalesce(terraform_data.t.output, data.aws_iam_policy_document.a.json)",
        'jsonencode(merge(jsondecode(data.aws_iam_policy_document.a.json), { Statement = [{ Action = "*" }] }))',
        'terraform_data.t.output == "x" ? local.wide : data.aws_iam_policy_document.a.json',
    ],
)
def test_a_document_that_is_changed_on_the_way_is_not_what_it_was(tmp_path: Path, policy: str) -> None:
    planned = _with_policy(tmp_path, policy)
    found = policydoc.read_document(planned, next(planned.of("aws_iam_policy")), "policy")
    assert isinstance(found, Unknown)
    assert "data.aws_iam_policy_document.a" in found.reason


def test_a_document_with_space_around_it_is_what_it_was(tmp_path: Path) -> None:
    planned = _with_policy(tmp_path, "<<EOT\n${data.aws_iam_policy_document.a.json}\nEOT")
    found = policydoc.read_document(planned, next(planned.of("aws_iam_policy")), "policy")
    assert isinstance(found, Document)
    assert found.statements[0].actions == ("s3:GetObject",)
    assert NOT_KNOWN in tuple(found.statements[0].resources)  # type: ignore[arg-type]
    assert not found.statements[0].names_resources


def _with_policy(tmp_path: Path, policy: str) -> PlannedWorld:
    resources = '[terraform_data.t.output == "x" ? "*" : aws_s3_bucket.b.arn]'
    main = (
        'resource "aws_s3_bucket" "b" {}\nresource "terraform_data" "t" {\n  input = "x"\n}\n'
        f'locals {{\n  wide = {WIDE}\n}}\ndata "aws_iam_policy_document" "a" {{\n  statement {{\n'
        f'    actions = ["s3:GetObject"]\n    resources = {resources}\n  }}\n}}\n'
        f'resource "aws_iam_policy" "p" {{\n  policy = {policy}\n}}\n'
    )
    return world(written(tmp_path, main=main))


def test_a_policy_that_is_open_is_not_the_known_document_it_is_made_from() -> None:
    document = change("data.aws_iam_policy_document.a", {"json": '{"Statement": []}'}, actions=("read",))
    document |= {"mode": "data", "type": "aws_iam_policy_document", "name": "a"}
    config = {"aws_iam_policy.p": {"policy": {"references": ["data.aws_iam_policy_document.a.json"]}}}
    planned = planned_of(plan(change("aws_iam_policy.p", {}, unknown={"policy": True}), document, config=config))
    found = policydoc.read_document(planned, next(planned.of("aws_iam_policy")), "policy")
    assert isinstance(found, Unknown)
    assert "data.aws_iam_policy_document.a" in found.reason
