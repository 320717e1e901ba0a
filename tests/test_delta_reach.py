"""What a plan lets identities reach that they could not: asked of the access engine, before and after."""

from __future__ import annotations

import json
from typing import Any

from deltas import compared, delta_of, written
from scanner.delta.reach import ReachChange
from scanner.reports.delta_reach import summary
from worlds import change, plan

ROLE = "aws_iam_role.chat"
ACCOUNT = "111122223333"
TRUST = json.dumps(
    {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}}
)
ARN = f"arn:aws:iam::{ACCOUNT}:role/chat"


def statement(actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def table(name: str, data: str = "transcript") -> dict[str, Any]:
    arn = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{name}"
    values = {"name": name, "arn": arn, "id": name, "tags": {"DataClass": data}}
    return change(f"aws_dynamodb_table.{name}", values, before=values, actions=["no-op"])


def resource_policy(name: str) -> dict[str, Any]:
    """A table's own policy, which grants nothing: the plan shows that there is no other."""
    arn = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{name}"
    text = json.dumps(
        {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:DeleteTable", "Resource": arn}}
    )
    values = {"resource_arn": arn, "policy": text}
    return change(f"aws_dynamodb_resource_policy.{name}", values, before=values, actions=["no-op"])


def role(**more: Any) -> dict[str, Any]:
    values = {"name": "chat", "id": "chat", "arn": ARN, "assume_role_policy": TRUST, **more}
    return change(ROLE, values, before=values, actions=["no-op"])


def policy(before: list[dict[str, Any]] | None, after: list[dict[str, Any]]) -> dict[str, Any]:
    def values(statements: list[dict[str, Any]]) -> dict[str, Any]:
        text = json.dumps({"Version": "2012-10-17", "Statement": statements})
        return {"name": "own", "role": "chat", "policy": text}

    was = None if before is None else values(before)
    return change("aws_iam_role_policy.own", values(after), before=was)


TABLES = [table("sessions"), table("memory"), table("products", "telemetry")]
OWN = [resource_policy(name) for name in ("sessions", "memory", "products")]
READS = "dynamodb:GetItem"


def arn(name: str) -> str:
    return f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{name}"


def changed(*changes: dict[str, Any]) -> ReachChange:
    (found,) = delta_of(plan(*changes)).reach.changes
    return found


def told(found: ReachChange, *, more: bool = True) -> set[tuple[str, str, tuple[str, ...], bool]]:
    return {(one.level, one.sort, one.ids, one.certain) for one in (found.more if more else found.fewer)}


def test_a_wider_resource_is_told_by_level_and_store() -> None:
    before, after = [statement(READS, arn("sessions"))], [statement(READS, arn("*"))]
    found = changed(role(), *TABLES, *OWN, policy(before, after))
    assert found.identity == ROLE
    assert told(found) == {
        ("read", "transcript store", ("aws_dynamodb_table.memory",), True),
        ("read", "telemetry store", ("aws_dynamodb_table.products",), True),
    }
    assert (dict(found.actions), found.withdrawn) == ({}, 0)


def test_more_actions_are_counted_by_the_clouds_own_levels() -> None:
    actions = ["iam:PassRole", "iam:ListRoles", "dynamodb:GetItem", "dynamodb:PutItem"]
    found = changed(role(), policy([statement("dynamodb:GetItem")], [statement(actions)]))
    assert dict(found.actions) == {"write": 2, "list": 1}
    found = changed(role(), policy([statement(["s3:GetObject", "s3:PutObject"])], [statement("iam:PutRolePolicy")]))
    assert (dict(found.actions), found.withdrawn) == ({"permissions management": 1}, 2)


def test_what_another_statement_gives_already_adds_nothing() -> None:
    wide = statement("dynamodb:*", arn("*"))
    delta = delta_of(plan(role(), *TABLES, *OWN, policy([wide], [wide, statement(READS, arn("sessions"))])))
    assert delta.grants
    assert delta.reach.changes == ()


def test_what_a_boundary_stops_adds_no_reach() -> None:
    limit = json.dumps({"Version": "2012-10-17", "Statement": [statement("s3:*")]})
    bound = f"arn:aws:iam::{ACCOUNT}:policy/limit"
    values = {"name": "limit", "arn": bound, "policy": limit}
    boundary = change("aws_iam_policy.limit", values, before=values, actions=["no-op"])
    found = changed(
        role(permissions_boundary=bound),
        boundary,
        *TABLES,
        *OWN,
        policy([statement("s3:GetObject")], [statement(READS)]),
    )
    assert found.more == ()


def test_what_is_taken_away_is_told() -> None:
    both = [statement(READS, [arn("sessions"), arn("memory")])]
    found = changed(role(), *TABLES, *OWN, policy(both, [statement(READS, arn("sessions"))]))
    assert found.more == ()
    assert told(found, more=False) == {("read", "transcript store", ("aws_dynamodb_table.memory",), True)}


def test_what_may_be_stopped_is_possible_only() -> None:
    now = [statement(READS, arn("sessions"), Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})]
    found = changed(role(), *TABLES, *OWN, policy([statement("s3:GetObject")], now))
    assert told(found) == {("read", "transcript store", ("aws_dynamodb_table.sessions",), False)}


def test_the_summary_is_one_line() -> None:
    before = [statement(READS, arn("sessions"))]
    after = [statement([READS, "iam:PutRolePolicy"], "*")]
    result = compared(plan(role(), *TABLES, *OWN, policy(before, after)))
    line = summary(result.delta)
    assert line == ("adds read on 1 telemetry store, read on 1 transcript store, 1 action, 1 of permissions management")
    text = written(result)
    assert f"### Reach ({line})" in text
    assert "| `aws_iam_role.chat` | **read** on 1 telemetry store: `aws_dynamodb_table.products`" in text


def test_a_plan_that_changes_nobodys_reach_has_no_such_part() -> None:
    same = [statement(READS, arn("sessions"))]
    result = compared(plan(role(), *TABLES, *OWN, policy(same, [{**same[0], "Sid": "Named"}])))
    assert result.delta.reach.changes == ()
    assert "### Reach" not in written(result)


def test_where_all_is_new_one_line_says_it() -> None:
    fresh = change(ROLE, {"name": "chat", "arn": ARN, "assume_role_policy": TRUST})
    result = compared(plan(fresh, policy(None, [statement("s3:GetObject")])))
    assert result.delta.fresh
    assert "### Reach (adds 1 action)" in written(result)
