"""What escalates in plans and states, where policies are called by their addresses and not all roles are there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands import program
from scanner.findings import Status
from scanner.kinds import Identity
from scanner.model import Unknown
from worlds import change, plan, scan, world_of

ACCOUNT = "arn:aws:iam::111122223333"


def policy(*allowed: tuple[Any, str]) -> str:
    listed = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in allowed]
    return json.dumps({"Version": "2012-10-17", "Statement": listed})


def trust(service: str) -> str:
    principal = {"Service": f"{service}.amazonaws.com"}
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]})


def trusting(*taken: str) -> str:
    principal = {"AWS": [f"{ACCOUNT}:{one}" for one in taken]}
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]})


def status(subject: str, *changes: dict[str, Any]) -> Status:
    found = scan(plan(*changes)).findings
    return next(one.status for one in found if (one.control, one.subject) == ("identity-cannot-escalate", subject))


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("*", Status.FAIL),
        ("arn:aws:iam::*:policy/*", Status.FAIL),
        (f"{ACCOUNT}:policy/own", Status.FAIL),
        (f"{ACCOUNT}:policy/another", Status.PASS),
        (f"{ACCOUNT}:role/*", Status.PASS),
    ],
)
def test_who_writes_a_version_of_its_own_policy_of_a_plan_escalates(resource: str, expected: Status) -> None:
    arn = f"{ACCOUNT}:policy/own"
    text = policy(("iam:CreatePolicyVersion", resource))
    assert (
        status(
            "aws_iam_user.ann",
            change("aws_iam_user.ann", {"name": "ann", "arn": f"{ACCOUNT}:user/ann"}),
            change("aws_iam_policy.own", {"name": "own", "arn": arn, "policy": text}),
            change("aws_iam_user_policy_attachment.own", {"user": "ann", "policy_arn": arn}),
        )
        is expected
    )


def test_a_stack_sets_role_may_become_roles_that_were_not_seen() -> None:
    rights = policy((["iam:PassRole", "cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"], "*"))
    known = {"name": "sets", "arn": f"{ACCOUNT}:role/sets", "assume_role_policy": trust("cloudformation")}
    onward = policy(("sts:AssumeRole", "*"))
    assert (
        status(
            "aws_iam_user.ann",
            change("aws_iam_role.sets", known, before=known, actions=["no-op"]),
            change("aws_iam_role_policy.sets", {"name": "sets", "role": "sets", "policy": onward}),
            change("aws_iam_user.ann", {"name": "ann", "arn": f"{ACCOUNT}:user/ann"}),
            change("aws_iam_user_policy.ann", {"name": "ann", "user": "ann", "policy": rights}),
        )
        is Status.UNKNOWN
    )


@pytest.mark.parametrize("order", [1, -1])
def test_roles_that_trust_each_other_are_no_programs_where_a_person_becomes_one(order: int) -> None:
    trusts = {"a": ["role/b", "user/ann"], "b": ["role/a"]}
    roles = [
        change(
            f"aws_iam_role.{name}",
            {"name": name, "arn": f"{ACCOUNT}:role/{name}", "assume_role_policy": trusting(*taken)},
        )
        for name, taken in trusts.items()
    ]
    told = {one.id: one.human for one in world_of(plan(*roles[::order])).resources if isinstance(one, Identity)}
    assert isinstance(told["aws_iam_role.a"], Unknown)
    assert isinstance(told["aws_iam_role.b"], Unknown)


def test_a_chain_of_thousands_of_roles_is_followed() -> None:
    roles = [
        change(
            f"aws_iam_role.r{n}",
            {"name": f"r{n}", "arn": f"{ACCOUNT}:role/r{n}", "assume_role_policy": trusting(f"role/r{(n + 1) % 2000}")},
        )
        for n in range(2000)
    ]
    told = [one.human for one in world_of(plan(*roles)).resources if isinstance(one, Identity)]
    assert told == [False] * 2000


def test_a_chain_to_an_administrator_is_as_certain_as_all_of_it(tmp_path: Path) -> None:
    def role(name: str, taken: str, *allowed: tuple[Any, str]) -> list[dict[str, Any]]:
        known = {"name": name, "arn": f"{ACCOUNT}:role/{name}", "assume_role_policy": trusting(taken)}
        rights = {"name": name, "role": name, "policy": policy(*allowed)}
        return [
            change(f"aws_iam_role.{name}", known, before=known, actions=["no-op"]),
            change(f"aws_iam_role_policy.{name}", rights),
        ]

    file = tmp_path / "plan.json"
    file.write_bytes(
        plan(
            *role("perhaps", "role/by_way_of", ("sts:AssumeRole", "*")),
            *role("by_way_of", "user/none", ("sts:AssumeRole", f"{ACCOUNT}:role/perhaps")),
            *role("writes", "role/both", ("iam:PutRolePolicy", f"{ACCOUNT}:role/writes")),
            *role("both", "user/none", ("sts:AssumeRole", "*")),
        )
    )
    found = json.loads(program("access", file, "--format", "json").out)["become_administrators"]
    told = {one["identity"]: (one["certainty"], one["chain"][2::2]) for one in found}
    assert told == {
        "aws_iam_role.perhaps": ("possible", ["what was not seen"]),
        "aws_iam_role.by_way_of": ("possible", ["aws_iam_role.perhaps", "what was not seen"]),
        "aws_iam_role.writes": ("definite", ["administrator of 111122223333"]),
        "aws_iam_role.both": ("definite", ["aws_iam_role.writes", "administrator of 111122223333"]),
    }


def test_the_table_shows_who_can_for_certain_what_anybody_only_may(tmp_path: Path) -> None:
    everybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    own = {"StringEquals": {"kms:CallerAccount": "111122223333"}}
    key = f"{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab".replace(":iam::", ":kms:eu-west-1:")
    text = json.dumps({"Version": "2012-10-17", "Statement": [{**everybody, "Condition": own}]})
    file = tmp_path / "plan.json"
    file.write_bytes(
        plan(
            change("aws_kms_key.own", {"arn": key, "policy": text}),
            change("aws_iam_user.ann", {"name": "ann", "arn": f"{ACCOUNT}:user/ann"}),
        )
    )
    told = program("access", file, "--who-can", "kms:Decrypt", "aws_kms_key.own").out
    assert "can  aws_iam_user.ann" in told
    assert "maybe  anybody: AWS:*" in told


def test_what_several_plans_have_is_asked_about_with_its_plan(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("prod.json", "staging.json")]
    for file in files:
        name = f"chats-{file.stem}"
        file.write_bytes(plan(change("aws_s3_bucket.chats", {"bucket": name, "arn": f"arn:aws:s3:::{name}"})))
    answer = program("access", *files, "--who-can", "s3:GetObject", "aws_s3_bucket.chats")
    assert answer.code == 2
    asked = f"{files[0]}:aws_s3_bucket.chats"
    assert f"say which, such as {asked}" in " ".join(answer.said.split())
    answer = program("access", *files, "--who-can", "s3:GetObject", asked)
    assert answer.code == 0, answer.said
