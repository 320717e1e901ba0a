"""Who is linked to whom in a plan: versions and effects of policies, boundaries, groups, permission sets, levels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from folders import world
from scanner.clouds.aws.compute import workloads
from scanner.clouds.aws.iam import grants, hierarchy, organizations, users
from scanner.config import Config
from scanner.kinds import Identity
from scanner.logic import plain
from scanner.model import Statement, Unknown
from scanner.plugins import load_all
from scanner.run import plan_world
from scanner.terraform.planfile import Source
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.read import read_plan
from sourcetree import written
from worlds import FIXTURES, change, plan, planned_of

LINKS = (FIXTURES / "aws/identity/links/plan.json").read_bytes()
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'


def statements(planned: PlannedWorld) -> dict[str, Statement]:
    return {statement.id: statement for statement in grants.from_plan(planned)}


def people(*changes: dict[str, Any], **more: Any) -> dict[str, Identity]:
    return {one.id: one for one in users.from_plan(planned_of(plan(*changes, **more)))}


def test_the_version_of_each_policy_is_told() -> None:
    told = [one for one in grants.from_plan(planned_of(LINKS)) if one.policy.startswith("aws_iam_policy.")]
    assert {one.policy.rpartition(".")[2]: one.version for one in told} == {
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


def test_what_permission_sets_have_binds_them() -> None:
    found = {one.id: one for one in grants.from_plan(planned_of(LINKS))}
    audit = ("aws_ssoadmin_permission_set.audit",)
    assert found["aws_ssoadmin_permission_set_inline_policy.audit#1"].binds == audit
    assert found["aws_iam_policy.unsaid#1"].binds == audit, "by its name, in each account"
    elsewhere = found["aws_ssoadmin_customer_managed_policy_attachment.elsewhere#attached"]
    assert elsewhere.binds == audit
    assert isinstance(elsewhere.actions, Unknown)


def test_what_policies_of_an_organization_are_attached_to() -> None:
    (guard,) = organizations.from_plan(planned_of(LINKS))
    assert isinstance(guard.binds, tuple)
    assert set(guard.binds) == {
        "aws_organizations_organization.all",  # its root, whose id is known after apply
        "aws_organizations_organizational_unit.prod",
        "aws_organizations_account.chat",
        "ou-abcd-12345678",
    }


ROOT, WORK, PROD, CHAT = "r-abcd", "ou-abcd-11111111", "ou-abcd-22222222", "210987654321"


def kept(address: str, values: dict[str, Any]) -> dict[str, Any]:
    return change(address, values, before=values, actions=["no-op"])


def tree(*more: dict[str, Any]) -> PlannedWorld:
    """An organization that was there before the plan."""
    return planned_of(
        plan(
            kept("aws_organizations_organizational_unit.work", {"id": WORK, "parent_id": ROOT}),
            kept("aws_organizations_organizational_unit.prod", {"id": PROD, "parent_id": WORK}),
            kept("aws_organizations_account.chat", {"id": CHAT, "parent_id": PROD}),
            *more,
        )
    )


def test_the_levels_above_an_account() -> None:
    facts = hierarchy.planned_facts(tree(), CHAT)
    assert facts["levels"] == (ROOT, WORK, PROD, CHAT)
    assert isinstance(facts["manages_organization"], Unknown)
    for unknown in ("123456789012", ""):
        assert isinstance(hierarchy.planned_facts(tree(), unknown)["levels"], Unknown)


def test_a_unit_of_which_it_is_not_told_what_is_above_leaves_the_levels_open() -> None:
    account = kept("aws_organizations_account.chat", {"id": CHAT, "parent_id": PROD})
    assert isinstance(hierarchy.planned_facts(planned_of(plan(account)), CHAT)["levels"], Unknown)
    ring = [
        kept("aws_organizations_organizational_unit.a", {"id": PROD, "parent_id": WORK}),
        kept("aws_organizations_organizational_unit.b", {"id": WORK, "parent_id": PROD}),
    ]
    assert isinstance(hierarchy.planned_facts(planned_of(plan(account, *ring)), CHAT)["levels"], Unknown)


def test_who_manages_an_organization() -> None:
    told = kept("aws_organizations_organization.all", {"master_account_id": "111122223333", "roots": [{"id": ROOT}]})
    managing = hierarchy.planned_facts(tree(told), "111122223333")["manages_organization"]
    member = hierarchy.planned_facts(tree(told), CHAT)["manages_organization"]
    assert (plain(managing), plain(member)) == (True, False)
    made = change("aws_organizations_organization.all", {"feature_set": "ALL"}, unknown={"roots": True})
    assert plain(hierarchy.planned_facts(tree(made), "")["manages_organization"]) is True, "who makes it manages it"


def test_an_account_that_is_given_no_parent_stands_below_the_root() -> None:
    root = kept("aws_organizations_organization.all", {"master_account_id": "111122223333", "roots": [{"id": ROOT}]})
    account = change("aws_organizations_account.chat", {"id": CHAT, "name": "chat"}, unknown={"parent_id": True})
    config = {"aws_organizations_account.chat": {"name": {"constant_value": "chat"}}}
    found = hierarchy.planned_facts(planned_of(plan(account, root, config=config)), CHAT)
    assert found["levels"] == (ROOT, CHAT)


def test_whom_a_policy_binds_that_is_attached_to_an_account_of_the_organization_not_known_which() -> None:
    organization = change("aws_organizations_organization.all", {}, unknown={"id": True, "roots": True})
    policy = change("aws_organizations_policy.p", {"content": POLICY}, unknown={"id": True})
    address = "aws_organizations_policy_attachment.a"
    attachment = change(address, {}, unknown={"policy_id": True, "target_id": True})
    whole = "aws_organizations_organization.all"
    written = {
        "policy_id": {"references": ["aws_organizations_policy.p.id", "aws_organizations_policy.p"]},
        "target_id": {"references": [f"{whole}.master_account_id", whole]},
    }
    (found,) = organizations.from_plan(planned_of(plan(organization, policy, attachment, config={address: written})))
    assert isinstance(found.binds, Unknown)


def test_a_role_that_is_only_looked_up_is_called_alike_wherever_it_is_named() -> None:
    arn = "arn:aws:iam::111122223333:role/shared"
    looked_up = change("data.aws_iam_role.shared", {"arn": arn, "name": "shared"}, actions=["read"])
    function = change("aws_lambda_function.chat", {"function_name": "chat", "role": arn})
    job = {"container_properties": f'{{"image": "job:1", "jobRoleArn": "{arn}"}}', "type": "container"}
    batch = change("aws_batch_job_definition.job", job)
    inline = change("aws_iam_role_policy.p", {"role": "shared", "policy": POLICY})
    attached = change("aws_iam_role_policy_attachment.a", {"role": "shared", "policy_arn": READ_ONLY})
    reader = plan(looked_up, function, batch, inline, attached)
    planned = planned_of(reader)
    assert {one.acts_as for one in workloads.from_plan(planned)} == {arn}
    assert {one.binds for one in grants.from_plan(planned) if one.binds} == {(arn,)}
    owner = plan(change("aws_iam_role.own", {"arn": arn, "name": "shared"}))
    reads = [read_plan(Source(name, content)).after for name, content in (("reader", reader), ("owner", owner))]
    planned = plan_world(reads, load_all("scanner.clouds"), Config(), {})
    assert {one.acts_as for one in workloads.from_plan(planned)} == {"aws_iam_role.own"}
    assert {one.binds for one in grants.from_plan(planned) if one.binds} == {("aws_iam_role.own",)}
