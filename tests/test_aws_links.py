"""Who is linked to whom in a plan: versions and effects of policies, boundaries, groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from folders import world
from scanner.clouds.aws.iam import grants, users
from scanner.kinds import Identity
from scanner.model import Statement, Unknown
from scanner.terraform.planned import PlannedWorld
from sourcetree import written
from worlds import FIXTURES, change, plan, planned_of

LINKS = (FIXTURES / "aws/identity/links/plan.json").read_bytes()
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'


def statements(planned: PlannedWorld) -> dict[str, Statement]:
    return {statement.id: statement for statement in grants.from_plan(planned)}


def people(*changes: dict[str, Any], **more: Any) -> dict[str, Identity]:
    return {one.id: one for one in users.from_plan(planned_of(plan(*changes, **more)))}


def test_the_version_of_each_policy_is_told() -> None:
    found = {
        statement.policy.rpartition(".")[2]: statement.version for statement in grants.from_plan(planned_of(LINKS))
    }
    assert found == {
        "boundary": "2012-10-17",
        "own_folder": "2012-10-17",
        "older": "2008-10-17",
        "lifted": "2012-10-17",  # the data source takes in a text of the newer version
        "unsaid": "2008-10-17",
    }


def test_variables_stand_in_a_data_source_as_they_will_in_its_text(tmp_path: Path) -> None:
    main = """
    resource "aws_s3_bucket" "files" {}
    data "aws_iam_policy_document" "own" {
      statement {
        actions   = ["s3:GetObject"]
        resources = ["${aws_s3_bucket.files.arn}/&{aws:username}/*", "arn:aws:s3:::b/&{aws:username}"]
      }
    }
    resource "aws_iam_policy" "own" {
      policy = data.aws_iam_policy_document.own.json
    }
    """
    (found,) = grants.from_plan(world(written(tmp_path, **{"main.tf": main})))
    assert found.resources == ("${aws_s3_bucket.files}/${aws:username}/*", "arn:aws:s3:::b/${aws:username}")
    assert found.version == "2012-10-17"


def test_a_policy_whose_version_waits_for_apply_is_not_known(tmp_path: Path) -> None:
    main = """
    resource "aws_sqs_queue" "q" {}
    resource "aws_iam_policy" "p" {
      policy = jsonencode({
        Version   = aws_sqs_queue.q.name_prefix
        Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = "*" }]
      })
    }
    """
    (found,) = grants.from_plan(world(written(tmp_path, **{"main.tf": main})))
    assert isinstance(found.actions, Unknown)


@pytest.mark.parametrize(
    ("effect", "reason"), [("aws_sqs_queue.q.name_prefix", "known only after apply"), ('"Permit"', "neither Allow nor")]
)
def test_an_effect_that_is_not_told_is_no_allow(tmp_path: Path, effect: str, reason: str) -> None:
    main = f"""
    resource "aws_sqs_queue" "q" {{}}
    resource "aws_iam_policy" "p" {{
      policy = jsonencode({{
        Version   = "2012-10-17"
        Statement = [
          {{ Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.q.arn }},
          {{ Effect = {effect}, Action = "sqs:*", Resource = "*" }},
        ]
      }})
    }}
    """
    first, second = grants.from_plan(world(written(tmp_path, **{"main.tf": main})))
    assert (first.effect, first.actions) == ("Allow", ("sqs:SendMessage",))
    assert isinstance(second.effect, Unknown)
    assert reason in second.effect.reason
    assert (second.actions, second.resources) == (("sqs:*",), ("*",))
    assert isinstance(second.wildcard_action, Unknown)


def test_a_policy_that_is_not_known_may_allow_or_deny() -> None:
    hidden = planned_of(plan(change("aws_iam_policy.p", {}, unknown={"policy": True})))
    assert [isinstance(one.effect, Unknown) for one in grants.from_plan(hidden)] == [True]


def test_what_bounds_a_role_of_another_plan_is_called_as_there() -> None:
    arn = "arn:aws:iam::111122223333:policy/limit"
    limit = change("aws_iam_policy.limit", {"arn": arn, "policy": POLICY})
    read = change("data.aws_iam_policy.limit", {"arn": arn, "policy": POLICY}, actions=["read"])
    reads = {"permissions_boundary": {"references": ["data.aws_iam_policy.limit.arn", "data.aws_iam_policy.limit"]}}
    user = change("aws_iam_user.u", {"name": "u", "permissions_boundary": arn})
    config = {"aws_iam_user.u": reads}
    assert people(user, read, config=config)["aws_iam_user.u"].boundary == arn
    assert people(user, read, limit, config=config)["aws_iam_user.u"].boundary == "aws_iam_policy.limit"
    late = change("aws_iam_user.u", {"name": "u"}, unknown={"permissions_boundary": True})
    assert isinstance(people(late)["aws_iam_user.u"].boundary, Unknown)


def test_a_list_of_which_it_is_open_whom_it_names_may_name_anybody() -> None:
    ann, bob = change("aws_iam_user.ann", {"name": "ann"}), change("aws_iam_user.bob", {"name": "bob"})
    group = change("aws_iam_group.g", {"name": "g"})
    open_ = change("aws_iam_group_membership.g", {"group": "g"}, unknown={"users": True})
    local = {"aws_iam_group_membership.g": {"users": {"references": ["local.users"]}}}
    found = people(ann, bob, group, open_, config=local)
    assert all(isinstance(found[f"aws_iam_user.{name}"].member_of, Unknown) for name in ("ann", "bob"))
    named = {"aws_iam_group_membership.g": {"users": {"references": ["aws_iam_user.ann", "var.more"]}}}
    found = people(ann, bob, group, open_, config=named)
    assert found["aws_iam_user.bob"].member_of == ()


def test_groups_that_are_not_told_hide_only_those_of_the_user_they_are_of() -> None:
    ann, bob = change("aws_iam_user.ann", {"name": "ann"}), change("aws_iam_user.bob", {"name": "bob"})
    open_ = change("aws_iam_user_group_membership.m", {"user": "ann"}, unknown={"groups": True})
    found = people(ann, bob, open_, config={"aws_iam_user_group_membership.m": {"user": {"constant_value": "ann"}}})
    assert isinstance(found["aws_iam_user.ann"].member_of, Unknown)
    assert found["aws_iam_user.bob"].member_of == ()


def test_a_user_who_was_there_may_be_in_groups_that_the_plan_does_not_hold() -> None:
    before = {"name": "ann"}
    ann = change("aws_iam_user.ann", before, before=before, actions=["no-op"])
    alone = people(ann)["aws_iam_user.ann"].member_of
    assert isinstance(alone, Unknown)
    assert "existed before" in alone.reason
    put = change("aws_iam_user_group_membership.m", {"user": "ann", "groups": ["staff"]})
    assert people(ann, put)["aws_iam_user.ann"].member_of == ("staff",)
