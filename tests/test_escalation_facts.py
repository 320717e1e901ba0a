"""What escalation is told from, read out of plans: keys of users, roles in profiles, batches, stack sets."""

from __future__ import annotations

import json
from typing import Any

from scanner.findings import Status
from scanner.kinds import Compute, Identity
from scanner.model import Unknown
from worlds import change, plan, scan, world_of

TRUST = json.dumps(
    {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}
)


def identity(content: bytes, id_: str) -> Identity:
    return next(one for one in world_of(content).resources if isinstance(one, Identity) and one.id == id_)


def keys(number: int) -> list[dict[str, Any]]:
    return [change(f"aws_iam_access_key.k{n}", {"user": "ann", "status": "Active"}) for n in range(number)]


def test_a_user_has_two_access_keys_at_most() -> None:
    user = change("aws_iam_user.ann", {"name": "ann"})
    for number, full in ((0, False), (1, False), (2, True)):
        assert identity(plan(user, *keys(number)), "aws_iam_user.ann").access_keys_full is full


def test_keys_of_a_user_that_was_there_before_are_not_all_in_the_plan() -> None:
    before = {"name": "ann", "arn": "arn:aws:iam::111122223333:user/ann", "id": "ann"}
    user = change("aws_iam_user.ann", before, before=before, actions=["no-op"])
    assert isinstance(identity(plan(user), "aws_iam_user.ann").access_keys_full, Unknown)
    assert identity(plan(user, *keys(2)), "aws_iam_user.ann").access_keys_full is True


def test_a_profile_holds_a_role() -> None:
    role = change("aws_iam_role.box", {"name": "box", "assume_role_policy": TRUST})
    profile = change("aws_iam_instance_profile.box", {"name": "box", "role": "box"})
    assert identity(plan(role, profile), "aws_iam_instance_profile.box").holds == "aws_iam_role.box"
    empty = change("aws_iam_instance_profile.box", {"name": "box", "role": None})
    assert identity(plan(role, empty), "aws_iam_instance_profile.box").holds == ""


def test_builds_run_in_batches_where_they_are_set_up_for_it() -> None:
    for block, runs in (([], False), ([{"service_role": "arn:aws:iam::111122223333:role/batch"}], True)):
        build = change("aws_codebuild_project.it", {"name": "it", "build_batch_config": block})
        (found,) = (one for one in world_of(plan(build)).resources if isinstance(one, Compute))
        assert found.runs_batches is runs


def test_a_stack_set_acts_as_its_administration_role() -> None:
    role = change("aws_iam_role.sets", {"name": "sets", "assume_role_policy": TRUST, "arn": "arn:sets"})
    one = change("aws_cloudformation_stack_set.it", {"name": "it", "administration_role_arn": "arn:sets"})
    (found,) = (one for one in world_of(plan(role, one)).resources if isinstance(one, Compute))
    assert (found.type, found.acts_as) == ("stack", "aws_iam_role.sets")


def test_a_user_that_writes_its_own_policies_fails_with_the_chain() -> None:
    user = change("aws_iam_user.ann", {"name": "ann"})
    allowed = [{"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "arn:aws:iam::*:user/${aws:username}"}]
    text = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    own = change("aws_iam_user_policy.own", {"name": "own", "user": "ann", "policy": text})
    (found,) = (one for one in scan(plan(user, own)).findings if one.control == "identity-cannot-escalate")
    assert (found.subject, found.status) == ("aws_iam_user.ann", Status.FAIL)
    assert found.path == ("aws_iam_user.ann", "iam:PutUserPolicy on aws_iam_user.ann", "administrator of the account")
    assert "writes an inline policy of a user" in found.reason


def test_a_pattern_that_fixes_a_part_of_a_name_is_meant_where_the_full_name_is_known_too() -> None:
    region, web = "arn:aws:lambda:eu-west-1:111122223333", "arn:aws:iam::111122223333:role/web"
    role = change("aws_iam_role.web", {"name": "web", "arn": web, "assume_role_policy": TRUST})
    reads = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    rights = change("aws_iam_role_policy.web", {"name": "reads", "role": "web", "policy": json.dumps(reads)})
    known = {"function_name": "chat-web", "role": web, "arn": f"{region}:function:chat-web"}
    user = change("aws_iam_user.ann", {"name": "ann", "arn": "arn:aws:iam::111122223333:user/ann"})
    rest = (role, rights, user, change("aws_lambda_function.web", known))
    for pattern, certain in (("chat-*", False), ("chat-web", False), ("*", True)):
        on = f"{region}:function:{pattern}"
        allowed = {"Statement": [{"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": on}]}
        own = change("aws_iam_user_policy.own", {"name": "own", "user": "ann", "policy": json.dumps(allowed)})
        found = identity(plan(*rest, own), "aws_iam_user.ann").escalates
        assert (found is True) is certain, (pattern, found)


def test_an_inline_policy_called_trust_is_not_taken_for_the_trust_policy() -> None:
    reads = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})
    blocks = [{"name": name, "policy": reads} for name in ("trust", "own")]
    role = change("aws_iam_role.web", {"name": "web", "assume_role_policy": TRUST, "inline_policy": blocks})
    found = {one.id: one.policy_kind for one in world_of(plan(role)).statements}
    assert found == {
        "aws_iam_role.web#trust#1": "trust",
        "aws_iam_role.web#inline/trust#1": "identity",
        "aws_iam_role.web#own#1": "identity",
    }
