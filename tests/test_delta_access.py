"""Whether a changed statement permits more or less: never the contrary, and nothing where that is not known."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltas import delta_of
from scanner.delta.access import GrantChange
from scanner.delta.scope import conditions, patterns, told_condition
from worlds import change, plan, world_of

UNKNOWN = {"unknown": "known only after apply"}
ROLE = "aws_iam_role.chat"
POLICY = "aws_iam_role_policy.chat"
ARN = "arn:aws:s3:::chat/*"


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        (["s3:GetObject"], ["s3:GetObject"], "same"),
        (["s3:GetObject", "s3:PutObject"], ["s3:PutObject", "s3:GetObject"], "same"),
        (["s3:GetObject"], ["S3:getobject"], "same"),
        (["s3:GetObject"], ["s3:GetObject", "s3:PutObject"], "wider"),
        (["s3:GetObject"], ["s3:*"], "wider"),
        (["s3:Get*"], ["s3:*"], "wider"),
        (["s3:*"], ["s3:Get*"], "narrower"),
        (["s3:Get?"], ["s3:Get*"], "wider"),
        (["s3:Get*"], ["s3:Get?"], "narrower"),
        (["s3:Get*"], ["s3:Get*", "s3:GetObject"], "same"),
        (["s3:GetObject"], ["s3:PutObject"], "other"),
        (["*"], ["s3:*", "kms:*"], "narrower"),
        (["s3:GetObject"], ["s3:GetObject~"], "open"),
        (UNKNOWN, ["s3:GetObject"], "open"),
        (["s3:GetObject"], UNKNOWN, "open"),
        (UNKNOWN, UNKNOWN, "same"),
    ],
)
def test_patterns_of_actions(before: Any, after: Any, way: str) -> None:
    assert patterns("actions", before, after).way == way
    turned = {"wider": "narrower", "narrower": "wider"}.get(way, way)
    assert patterns("not_actions", before, after, inverted=True).way == turned


def test_resources_are_told_apart_by_case() -> None:
    assert patterns("resources", ["arn:aws:dynamodb:::table/A"], ["arn:aws:dynamodb:::table/a"]).way == "other"


WORDS = st.lists(st.text("ab*?", min_size=1, max_size=4), max_size=4)


@given(WORDS, WORDS, st.text("ab", max_size=5))
def test_what_is_not_said_to_be_wider_lets_nothing_new_through(before: list[str], after: list[str], word: str) -> None:
    part = patterns("resources", before, after)
    was, is_ = (any(fnmatchcase(word, pattern) for pattern in side) for side in (before, after))
    if is_ and not was:
        assert part.way in {"wider", "other"}
    if was and not is_:
        assert part.way in {"narrower", "other"}


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ([], [], "same"),
        ([["Bool", "aws:SecureTransport", ["true"]]], [], "wider"),
        ([], [["Bool", "aws:SecureTransport", ["true"]]], "narrower"),
        ([["StringEquals", "aws:SourceAccount", ["1"]]], [["StringEquals", "AWS:sourceaccount", ["1"]]], "same"),
        ([["StringEquals", "aws:SourceAccount", ["1"]]], [["StringEquals", "aws:SourceAccount", ["1", "2"]]], "wider"),
        ([["StringLike", "aws:SourceArn", ["a", "b"]]], [["StringLike", "aws:SourceArn", ["a"]]], "narrower"),
        ([["StringNotEquals", "aws:SourceVpc", ["a"]]], [["StringNotEquals", "aws:SourceVpc", ["a", "b"]]], "other"),
        ([["StringEquals", "k", ["a"]]], [["StringEquals", "k", ["b"]]], "other"),
        ([["StringEquals", "k", ["a"]]], [["StringEqualsIfExists", "k", ["a"]]], "other"),
        (UNKNOWN, [], "open"),
    ],
)
def test_conditions(before: Any, after: Any, way: str) -> None:
    assert conditions(before, after).way == way


@pytest.mark.parametrize("key", ["aws:Referer", "aws:UserAgent", "sts:ExternalId", "lambda:EventSourceToken", "x:y"])
def test_the_value_of_a_condition_that_may_be_a_password_is_only_counted(key: str) -> None:
    assert told_condition("StringEquals", key, ["hush", "quiet"]) == f"StringEquals {key} (2 hidden)"
    part = conditions([["StringEquals", key, ["hush"]]], [["StringEquals", key, ["quiet"]]])
    assert (part.way, part.gone, part.new) == (
        "other",
        (f"StringEquals {key} (1 hidden)",),
        (f"StringEquals {key} (1 hidden)",),
    )


@pytest.mark.parametrize(
    "key", ["aws:SourceArn", "aws:SourceAccount", "AWS:SourceVpce", "kms:ViaService", "token.actions.x.com:sub"]
)
def test_the_value_of_a_condition_that_names_a_place_is_told(key: str) -> None:
    assert told_condition("StringEquals", key, ["there"]) == f"StringEquals {key} there"


# --- statements of plans


def statement(sid: str, **more: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [ARN], **more}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def grants(before: list[dict[str, Any]] | None, after: list[dict[str, Any]] | None) -> list[GrantChange]:
    """What changes where an inline policy of a role that stays has these statements."""

    def values(side: list[dict[str, Any]] | None) -> dict[str, Any] | None:
        return None if side is None else {"name": "chat", "role": "chat", "policy": document(*side)}

    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}})
    role = {"name": "chat", "id": "chat", "arn": "arn:aws:iam::123456789012:role/chat", "assume_role_policy": trust}
    old, new = values(before), values(after)
    more = {"actions": ["delete"]} if new is None else {}
    content = plan(
        change(ROLE, role, before=role, actions=["no-op"]),
        change(POLICY, new, before=old, **more),
    )
    return list(delta_of(content).grants)


def ways(before: list[dict[str, Any]] | None, after: list[dict[str, Any]] | None) -> list[tuple[str, str]]:
    return [(found.how, found.way) for found in grants(before, after)]


READ, WRITE = statement("Read"), statement("Write", Action=["s3:PutObject"])
DENY = statement("No", Effect="Deny", Action=["s3:DeleteObject"])


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ([READ], [READ, WRITE], [("comes", "wider")]),
        ([READ, WRITE], [READ], [("goes", "narrower")]),
        ([READ, WRITE], [WRITE, READ], []),
        ([READ], [WRITE, READ], [("comes", "wider")]),
        ([READ], [READ, DENY], [("comes", "narrower")]),
        ([READ, DENY], [READ], [("goes", "wider")]),
        ([DENY], [{**DENY, "Action": ["s3:*"]}], [("changes", "narrower")]),
        ([{**DENY, "Action": ["s3:*"]}], [DENY], [("changes", "wider")]),
        ([READ], [statement("Read", Condition={"Bool": {"aws:SecureTransport": "true"}})], [("changes", "narrower")]),
        ([READ], [{**READ, "Sid": "Renamed"}], []),
        ([READ], [{**READ, "Effect": "Deny"}], [("comes", "narrower"), ("goes", "narrower")]),
        (None, [READ], [("comes", "wider")]),
        ([READ], None, [("goes", "narrower")]),
    ],
)
def test_statements_that_come_go_and_change(before: Any, after: Any, found: list[tuple[str, str]]) -> None:
    assert ways(before, after) == found


def test_an_action_that_turns_into_all_but_one_is_neither_wider_nor_narrower_for_sure() -> None:
    inverted = {key: value for key, value in READ.items() if key != "Action"} | {"NotAction": ["s3:PutObject"]}
    assert ways([READ], [inverted]) == [("changes", "other")]


def test_what_becomes_a_wildcard_stands_first() -> None:
    found = grants([READ, WRITE], [statement("Read", Action="s3:*", Resource="*"), {**WRITE, "Resource": ARN + "x"}])
    assert [change.wild for change in found] == [True, False]
    assert [(part.name, part.new, part.gone) for part in found[0].parts] == [
        ("actions", ("s3:*",), ("s3:GetObject",)),
        ("resources", ("*",), (ARN,)),
    ]


def test_a_policy_that_is_known_only_after_apply_cannot_be_compared() -> None:
    before = {"name": "chat", "policy": document(READ), "arn": "arn:aws:iam::1:policy/chat"}
    content = plan(
        change("aws_iam_policy.p", {"name": "chat", "arn": before["arn"]}, before=before, unknown={"policy": True})
    )
    found = delta_of(content).grants
    assert {change.way for change in found} == {"open"}
    assert all("known only after apply" in change.reason for change in found)


def test_whom_a_policy_binds() -> None:
    roles = [change(f"aws_iam_role.{n}", r, before=r, actions=["no-op"]) for n in "ab" for r in [{"name": n, "id": n}]]
    arn = "arn:aws:iam::123456789012:policy/p"
    policy = {"name": "p", "arn": arn, "policy": document(READ)}
    content = plan(
        *roles,
        change("aws_iam_policy.p", policy, before=policy, actions=["no-op"]),
        change("aws_iam_role_policy_attachment.a", None, before={"role": "a", "policy_arn": arn}, actions=["delete"]),
        change("aws_iam_role_policy_attachment.b", {"role": "b", "policy_arn": arn}),
    )
    (found,) = delta_of(content).attachments
    assert (found.policy, found.new, found.gone) == ("aws_iam_policy.p", ("aws_iam_role.b",), ("aws_iam_role.a",))


def test_an_attached_policy_of_aws_is_access_that_comes() -> None:
    role = {"name": "a", "id": "a"}
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    content = plan(
        change("aws_iam_role.a", role, before=role, actions=["no-op"]),
        change("aws_iam_role_policy_attachment.a", {"role": "a", "policy_arn": arn}),
    )
    (found,) = delta_of(content).grants
    assert (found.how, found.way, found.wild) == ("comes", "wider", True)
    assert found.statement.id.endswith("#AdministratorAccess")


# --- resource policies


def test_whom_a_function_lets_invoke_it() -> None:
    function = {"function_name": "chat", "id": "chat", "arn": "arn:aws:lambda:eu-west-1:123456789012:function:chat"}
    permission = {"function_name": "chat", "action": "lambda:InvokeFunction", "principal": "s3.amazonaws.com"}
    bucket = "arn:aws:s3:::uploads"
    content = plan(
        change("aws_lambda_function.chat", function, before=function, actions=["no-op"]),
        change("aws_lambda_permission.s3", permission, before={**permission, "source_arn": bucket}),
        change("aws_lambda_permission.partner", {**permission, "principal": "444455556666"}),
    )
    new, wider = delta_of(content).grants
    assert (new.policy, new.how, new.statement.facts["principals"]) == (
        "aws_lambda_permission.partner",
        "comes",
        ["AWS:444455556666"],
    )
    assert (wider.way, [(part.name, part.gone) for part in wider.parts]) == (
        "wider",
        [("conditions", (f"ArnLike aws:SourceArn {bucket}",))],
    )
    assert new.statement.facts["binds"] == wider.statement.facts["binds"] == ["aws_lambda_function.chat"]


def test_a_partner_in_a_resource_policy_is_access_that_comes() -> None:
    key = {"key_id": "k", "id": "k", "arn": "arn:aws:kms:eu-west-1:123456789012:key/k"}
    own, partner = (
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
        for account in ("123456789012", "444455556666")
    )
    before, after = (document(*side) for side in ([own], [own, {**partner, "Action": "kms:Decrypt"}]))
    content = plan(
        change("aws_kms_key.k", key, before=key, actions=["no-op"]),
        change("aws_kms_key_policy.k", {"key_id": "k", "policy": after}, before={"key_id": "k", "policy": before}),
    )
    (found,) = delta_of(content).grants
    assert (found.policy, found.how, found.way) == ("aws_kms_key_policy.k", "comes", "wider")
    assert found.statement.facts["binds"] == ["aws_kms_key.k"]


def test_what_no_configuration_says_is_no_access_that_comes_or_goes() -> None:
    key = {"key_id": "k", "id": "k", "arn": "arn:aws:kms:eu-west-1:123456789012:key/k"}
    before = {**key, "policy": document(READ | {"Principal": "*"})}
    after = document(READ | {"Principal": {"AWS": "444455556666"}})
    content = plan(
        change("aws_kms_key.k", before, before=before, actions=["no-op"]),
        change("aws_kms_key_policy.k", {"key_id": "k", "policy": after}),
        change("aws_kms_key.new", {"is_enabled": True}, unknown={"arn": True, "policy": True}),
        config={"aws_kms_key.new": {"is_enabled": {"constant_value": True}}},
    )
    assert {s.id for s in world_of(content).statements} == {"aws_kms_key_policy.k#1", "aws_kms_key.new#default#1"}
    assert [(found.policy, found.how) for found in delta_of(content).grants] == [("aws_kms_key_policy.k", "comes")]
