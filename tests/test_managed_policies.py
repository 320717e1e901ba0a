"""Policies whose text AWS maintains: their statements in the world, and the archive they are read from."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from folders import PROVIDER, source
from scanner import run
from scanner.clouds.aws.access.language import LANGUAGE
from scanner.clouds.aws.iam.managed_policies import document, whole_services
from scanner.clouds.aws.iam.policydoc import Document
from scanner.evidence.record import Made, record
from scanner.findings import Run
from scanner.iam.access import Access
from scanner.kinds import Identity
from scanner.model import Statement, Unknown
from scanner.redact import Redactor
from worlds import ROOT, TODAY, change, plan, scan, verdicts, world_of

AWS = "arn:aws:iam::aws:policy/"
BASIC = f"{AWS}service-role/AWSLambdaBasicExecutionRole"
CONTROL = "identity-no-wildcard-grants"
MADE = Made(tool_sha256="", kind="plan", began="", ended="", inputs=(), rules={}, settings={})


def attached(arn: str) -> bytes:
    attachment = {"role": "chat", "policy_arn": arn}
    return plan(change("aws_iam_role_policy_attachment.a", attachment))


def statements(content: bytes, kind: str = "identity") -> list[Statement]:
    return [s for s in world_of(content).statements if s.policy_kind == kind]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("managed", ROOT / "fixtures" / "managed_policies.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- attached


def test_an_attached_policy_says_what_aws_says() -> None:
    (found,) = statements(attached(BASIC))
    assert found.actions == ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    assert (found.effect, found.resources, found.binds) == ("Allow", ("*",), ("chat",))
    assert (found.policy, found.managed_by) == ("aws_iam_role_policy_attachment.a", "provider")
    assert found.id == "aws_iam_role_policy_attachment.a#attached#AWSLambdaBasicExecutionRole"


def test_every_statement_of_it_is_there() -> None:
    all_but, some = statements(attached(f"{AWS}PowerUserAccess"))
    assert all_but.not_actions == ("iam:*", "organizations:*", "account:*")
    assert isinstance(some.actions, tuple)
    assert "iam:CreateServiceLinkedRole" in some.actions
    assert [one.id.rpartition("#")[2] for one in (all_but, some)] == ["PowerUserAccess", "2"]
    conditions = [one.conditions for one in statements(attached(f"{AWS}IAMUserChangePassword"))]
    assert all(isinstance(one, tuple) for one in conditions)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("AdministratorAccess", "fail"),
        ("PowerUserAccess", "fail"),
        ("AmazonS3FullAccess", "fail"),
        ("ReadOnlyAccess", "fail"),
        ("SecurityAudit", "fail"),
        ("AWSLambdaFullAccess", "fail"),
        ("service-role/AWSLambdaBasicExecutionRole", "pass"),
        ("AmazonBedrockNoSuchPolicy", "unknown"),
    ],
)
def test_it_is_judged_as_a_whole_by_the_table(name: str, verdict: str) -> None:
    content = attached(f"{AWS}{name}")
    assert verdicts(scan(content), [CONTROL]) == {CONTROL: {"aws_iam_role_policy_attachment.a": verdict}}


@pytest.mark.parametrize("name", ["AWSLambdaFullAccess", "AmazonBedrockNoSuchPolicy"])
def test_a_policy_whose_text_is_not_at_hand_is_hidden(name: str) -> None:
    (found,) = statements(attached(f"{AWS}{name}"))
    assert isinstance(found.actions, Unknown)
    assert name in found.actions.reason
    assert (found.managed_by, found.binds) == ("provider", ("chat",))


def test_a_data_source_that_was_read_says_it_itself_and_is_judged_by_the_table() -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:New", "Resource": "*"}})
    source = {"arn": f"{AWS}AmazonS3FullAccess", "name": "AmazonS3FullAccess", "policy": text}
    content = plan(
        change("data.aws_iam_policy.s3", source, before=source, actions=["no-op"]),
        change("aws_iam_role_policy_attachment.a", {"role": "chat"}, unknown={"policy_arn": True}),
        config={"aws_iam_role_policy_attachment.a": {"policy_arn": {"references": ["data.aws_iam_policy.s3.arn"]}}},
    )
    (found,) = statements(content)
    assert (found.actions, found.wildcard_action) == (("s3:New",), True)


@pytest.mark.parametrize(
    ("asked", "known"),
    [({"name": "AWSDenyAll"}, True), ({"name": "AWSDenyAll", "path_prefix": "/own/"}, False), ({"name": "own"}, False)],
)
def test_a_data_source_that_was_not_read_asks_for_a_policy_by_name(asked: dict[str, Any], known: bool) -> None:  # noqa: FBT001
    content = plan(
        change("data.aws_iam_policy.p", asked, unknown={"arn": True, "policy": True}, actions=["read"]),
        change("aws_iam_role_policy_attachment.a", {"role": "chat"}, unknown={"policy_arn": True}),
        config={"aws_iam_role_policy_attachment.a": {"policy_arn": {"references": ["data.aws_iam_policy.p.arn"]}}},
    )
    (found,) = statements(content)
    assert isinstance(found.actions, Unknown) is not known
    assert not known or (found.effect, found.actions) == ("Deny", ("*",))


# --- boundaries


def test_a_boundary_that_aws_maintains_has_its_statements_under_its_arn_once() -> None:
    arn = f"{AWS}PowerUserAccess"
    roles = [change(f"aws_iam_role.{name}", {"name": name, "permissions_boundary": arn}) for name in ("a", "b")]
    found = statements(plan(*roles), "boundary")
    assert [(one.id, one.policy) for one in found] == [
        (f"{arn}#PowerUserAccess", arn),
        (f"{arn}#PowerUserAccess#2", arn),
    ]
    assert found[0].not_actions == ("iam:*", "organizations:*", "account:*")
    assert {one.managed_by for one in found} == {"provider"}


def test_a_boundary_of_another_place_is_hidden() -> None:
    arn = "arn:aws:iam::123456789012:policy/limits"
    (found,) = statements(plan(change("aws_iam_user.a", {"name": "a", "permissions_boundary": arn})), "boundary")
    assert found.policy == arn
    assert isinstance(found.actions, Unknown)
    assert "was not seen" in found.actions.reason


def test_a_boundary_that_is_planned_is_told_once() -> None:
    text = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    content = plan(
        change("aws_iam_policy.limits", {"name": "limits", "policy": text}, unknown={"arn": True}),
        change("aws_iam_role.a", {"name": "a"}, unknown={"permissions_boundary": True}),
        config={"aws_iam_role.a": {"permissions_boundary": {"references": ["aws_iam_policy.limits.arn"]}}},
    )
    assert [one.id for one in statements(content, "boundary")] == ["aws_iam_policy.limits#1"]


def test_the_engine_knows_what_they_allow_and_bound() -> None:
    trust = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"Service": "x"}, "Action": "sts:AssumeRole"}]})
    names = {"admin": None, "bounded": f"{AWS}ReadOnlyAccess"}
    content = plan(
        *(
            change(f"aws_iam_role.{name}", {"name": name, "assume_role_policy": trust, "permissions_boundary": bounds})
            for name, bounds in names.items()
        ),
        *(
            change(f"aws_iam_role_policy_attachment.{name}", {"role": name, "policy_arn": f"{AWS}AdministratorAccess"})
            for name in names
        ),
    )
    access = Access(world_of(content), LANGUAGE.vocabulary)
    both = ("aws_iam_role.admin", "aws_iam_role.bounded")
    assert access.who_can("ec2:DescribeInstances", "*").definitely == both
    assert access.who_can("ec2:RunInstances", "*").definitely == both[:1]
    assert access.who_can("ec2:RunInstances", "*").possibly == ()


# --- records


def test_a_record_names_a_policy_of_aws_instead_of_repeating_it() -> None:
    world = world_of(attached(f"{AWS}PowerUserAccess"))
    made = Run(tool="t", inputs=(), controls=(), findings=(), gaps=(), resources=0)
    (found,) = record(made, world, Redactor(()), MADE).resources
    assert found.id.endswith("#PowerUserAccess")
    assert found.facts["actions"] == {
        "unknown": "PowerUserAccess is a policy of the provider, which maintains its text"
    }
    assert (found.facts["wildcard_action"], found.facts["not_actions"], found.facts["effect"]) == (True, [], "Allow")


# --- the archive


def test_the_archive_has_the_text_of_every_policy_in_the_table(generator: ModuleType) -> None:
    names = [line.split(",")[0] for line in generator.TABLE.read_text().splitlines()[1:]]
    assert len(names) > 1000
    assert [name for name in names if not isinstance(document(name), Document)] == []
    assert all(whole_services(name) is not None for name in names)


def test_the_archive_is_made_of_the_texts_of_aws(generator: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip(generator.TEXTS)
    texts = {name: generator.minimal(policy["Document"]) for name, policy in generator.policies().items()}
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    generator.write_archive(texts, one)
    generator.write_archive(texts, other)
    assert one.read_bytes() == other.read_bytes()
    whole = {name: generator.statements(name, policy["Document"]) for name, policy in generator.policies().items()}
    for name, wanted in whole.items():
        found = document(name)
        assert isinstance(found, Document)
        assert [_said(statement) for statement in found.statements] == [_said(statement) for statement in wanted]


def _said(statement: Any) -> tuple[object, ...]:
    names = ("effect", "actions", "not_actions", "resources", "not_resources", "conditions")
    return tuple(getattr(statement, name) for name in names)


# --- folders of sources, where nobody has asked for the partition

FOLDER = """
data "aws_partition" "current" {}

locals {
  aws = "arn:${data.aws_partition.current.partition}:iam::aws:policy"
}

resource "aws_iam_role" "chat" {
  name                 = "chat"
  permissions_boundary = "${local.aws}/PowerUserAccess"
  managed_policy_arns  = ["arn:aws:iam::aws:policy/SecurityAudit", "${local.aws}/AWSDenyAll"]
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_iam_user" "u" {
  name = "u"
}

resource "aws_iam_user_policy_attachment" "u" {
  user       = aws_iam_user.u.name
  policy_arn = "${local.aws}/ReadOnlyAccess"
}
"""


def test_in_a_folder_the_partition_of_a_policy_of_aws_may_be_open(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(PROVIDER + FOLDER)
    judged = run.judge_plans([source(tmp_path)], run.Settings(policies=(), today=TODAY))
    world = judged.world
    known = [one for one in world.statements if isinstance(one.actions, tuple)]
    told = {(one.policy_kind, one.id.split("#")[1 if one.policy_kind == "boundary" else -1]) for one in known}
    assert {("boundary", "PowerUserAccess"), ("identity", "SecurityAudit"), ("identity", "AWSDenyAll")} <= told
    assert ("identity", "ReadOnlyAccess") in told
    (role,) = (one for one in world.resources if one.id == "aws_iam_role.chat")
    assert isinstance(role, Identity)
    assert role.boundary == "arn:{partition}:iam::aws:policy/PowerUserAccess"
    assert role.boundary in {one.policy for one in world.statements}
