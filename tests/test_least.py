"""Least privilege: stores reached and wired to, who may do everything, and what of that its cloud tracks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner import config
from scanner.config import Config
from scanner.errors import ConfigError
from scanner.kinds import Compute, Identity
from scanner.model import Unknown
from worlds import change, facts_of, plan, scan, verdicts

ACCOUNT = "111122223333"
REGION = f"eu-west-1:{ACCOUNT}"
EVERY = f"arn:aws:dynamodb:{REGION}:table/*"
TRUST = json.dumps(
    {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}}
)


def role(name: str = "chat", **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return change(f"aws_iam_role.{name}", {"name": name, "arn": arn, "assume_role_policy": TRUST, **more})


def user(name: str = "anna", **more: Any) -> dict[str, Any]:
    return change(f"aws_iam_user.{name}", {"name": name, "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}", **more})


def function(variables: dict[str, str], name: str = "chat", **more: Any) -> dict[str, Any]:
    unknown = more.pop("unknown", {})
    values = {"function_name": name, "role": f"arn:aws:iam::{ACCOUNT}:role/chat", **more}
    return change(f"aws_lambda_function.{name}", {**values, "environment": [{"variables": variables}]}, unknown=unknown)


def table(name: str) -> dict[str, Any]:
    return change(f"aws_dynamodb_table.{name}", {"name": name, "arn": f"arn:aws:dynamodb:{REGION}:table/{name}"})


def policy(actions: Any, resources: Any = "*", holder: str = "role", name: str = "chat", **more: Any) -> dict[str, Any]:
    text = json.dumps({"Statement": [{"Effect": "Allow", "Action": actions, "Resource": resources, **more}]})
    return change(f"aws_iam_{holder}_policy.own", {"name": "own", holder: name, "policy": text})


TABLES = [table(name) for name in ("sessions", "memory", "products", "prices", "carts")]
READS = policy("dynamodb:GetItem", EVERY)


def identity(*changes: dict[str, Any], name: str = "aws_iam_role.chat", settings: Config | None = None) -> Identity:
    found = facts_of(plan(*changes), settings)[name]
    assert isinstance(found, Identity)
    return found


def compute(*changes: dict[str, Any], name: str = "aws_lambda_function.chat") -> Compute:
    found = facts_of(plan(*changes))[name]
    assert isinstance(found, Compute)
    return found


def settings(tmp_path: Any, text: str) -> Config:
    file = tmp_path / "trustscan.yaml"
    file.write_text(text, encoding="utf-8")
    return config.load(file)


# --- what a workload is wired to


@pytest.mark.parametrize(
    "value",
    [
        "sessions",
        f"arn:aws:dynamodb:{REGION}:table/sessions",
        f"arn:aws:dynamodb:{REGION}:table/sessions/",
        "table=sessions,limit=3",
    ],
)
def test_a_setting_names_a_table_by_name_or_arn(value: str) -> None:
    assert compute(role(), function({"TABLE": value}), *TABLES).wired_to == ("aws_dynamodb_table.sessions",)


def test_a_setting_names_a_bucket_by_its_address() -> None:
    bucket = change("aws_s3_bucket.b", {"bucket": "chat-uploads"})
    for value in ("s3://chat-uploads/in/", "arn:aws:s3:::chat-uploads/*", "chat-uploads"):
        assert compute(role(), function({"IN": value}), bucket).wired_to == ("aws_s3_bucket.b",), value
    assert compute(role(), function({"IN": "s3://chat-uploads-old/"}), bucket).wired_to == ()


def test_what_feeds_a_function_and_its_log_are_wired_to_it() -> None:
    queue = change("aws_sqs_queue.q", {"name": "jobs", "arn": f"arn:aws:sqs:{REGION}:jobs"})
    log = change("aws_cloudwatch_log_group.l", {"name": "/aws/lambda/chat"})
    mapping = change(
        "aws_lambda_event_source_mapping.m",
        {"function_name": "chat", "event_source_arn": f"arn:aws:sqs:{REGION}:jobs"},
    )
    found = compute(role(), function({}), queue, log, mapping)
    assert found.wired_to == ("aws_sqs_queue.q", "aws_cloudwatch_log_group.l")


def test_a_setting_that_is_not_known_leaves_the_wiring_open() -> None:
    open_ = {"environment": [{"variables": {"TABLE": True}}]}
    found = compute(role(), function({"OTHER": "memory"}, unknown=open_), *TABLES)
    assert isinstance(found.wired_to, Unknown)


def test_a_setting_that_refers_to_a_table_is_wired_to_it() -> None:
    changes = (role(), function({}, unknown={"environment": [{"variables": {"TABLE": True}}]}), *TABLES)
    expressions = {"environment": [{"variables": {"references": ["aws_dynamodb_table.memory.name"]}}]}
    content = plan(*changes, config={"aws_lambda_function.chat": expressions, "aws_dynamodb_table.memory": {}})
    found = facts_of(content)["aws_lambda_function.chat"]
    assert isinstance(found, Compute)
    assert found.wired_to == ("aws_dynamodb_table.memory",)


def test_true_in_the_definition_of_a_container_is_a_value_and_nothing_open() -> None:
    container = {"name": "chat", "essential": True, "environment": [{"name": "TABLE", "value": "memory"}]}
    task = change("aws_ecs_task_definition.t", {"family": "chat", "container_definitions": json.dumps([container])})
    assert compute(task, *TABLES, name="aws_ecs_task_definition.t").wired_to == ("aws_dynamodb_table.memory",)


# --- how broad what it may touch is


def test_every_table_for_the_sake_of_one_is_too_broad() -> None:
    found = identity(role(), function({"TABLE": "sessions"}), *TABLES, READS)
    assert (found.too_broad, found.acts_for) == (True, ("aws_lambda_function.chat",))
    assert isinstance(found.stores_reached, tuple)
    assert len(found.stores_reached) == 5
    assert found.stores_wired == ("aws_dynamodb_table.sessions",)
    assert found.because["too_broad"].startswith("it reaches 5 stores; what runs as it is wired to 1, and up to 2")
    assert found.paths["too_broad"][:3] == ("aws_lambda_function.chat", "acts as", "aws_iam_role.chat")


def test_what_is_wired_to_enough_is_not() -> None:
    wired = function({"A": "sessions", "B": "memory", "C": "products"})
    assert identity(role(), wired, *TABLES, READS).too_broad is False
    assert identity(role(), function({}), *TABLES).too_broad is False


def test_the_limit_is_the_users(tmp_path: Any) -> None:
    changes = (role(), function({"TABLE": "sessions"}), *TABLES, READS)
    wide = settings(tmp_path, "identities: {stores_per_wired: 5}")
    assert identity(*changes, settings=wide).too_broad is False
    with pytest.raises(ConfigError, match="stores_per_wired"):
        settings(tmp_path, "identities: {stores_per_wired: 0}")


def test_where_wiring_is_not_known_neither_is_breadth() -> None:
    assert isinstance(identity(role(), function({}), *TABLES, READS).too_broad, Unknown)
    open_ = {"environment": [{"variables": {"MORE": True}}]}
    assert isinstance(identity(role(), function({"T": "sessions"}, unknown=open_), *TABLES, READS).too_broad, Unknown)


def test_what_is_only_possible_is_not_counted_as_certain() -> None:
    reads = policy("dynamodb:GetItem", EVERY, Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})
    found = identity(role(), function({"TABLE": "sessions"}), *TABLES, reads)
    assert isinstance(found.too_broad, Unknown)
    assert "not all for certain" in found.too_broad.reason


def test_another_workload_of_an_unknown_role_may_need_more() -> None:
    hidden = change("aws_lambda_function.other", {"function_name": "other"}, unknown={"role": True})
    found = identity(role(), function({"TABLE": "sessions"}), hidden, *TABLES, READS)
    assert isinstance(found.too_broad, Unknown)


def test_the_control_asks_only_what_acts_for_code() -> None:
    changes = (role(), function({"TABLE": "sessions"}), role("support"), *TABLES, READS)
    found = verdicts(scan(plan(*changes)), ["identity-breadth-limited"])
    assert found == {"identity-breadth-limited": {"aws_iam_role.chat": "fail"}}


# --- who may do everything


@pytest.mark.parametrize(
    ("actions", "resources", "expected"),
    [
        ("*", "*", True),
        ("iam:PutRolePolicy", "*", True),
        ("iam:*", f"arn:aws:iam::{ACCOUNT}:role/chat", True),
        ("iam:AttachRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/other", False),
        ("iam:PutUserPolicy", "*", False),
        ("s3:*", "*", False),
    ],
)
def test_whoever_can_grant_itself_everything_is_like_an_administrator(
    actions: str, resources: str, expected: object
) -> None:
    assert identity(role(), role("other"), policy(actions, resources)).admin_equivalent is expected


def test_a_user_may_do_so_by_its_group() -> None:
    group = change("aws_iam_group.ops", {"name": "ops", "arn": f"arn:aws:iam::{ACCOUNT}:group/ops"})
    member = change("aws_iam_user_group_membership.m", {"user": "anna", "groups": ["ops"]})
    own = policy("iam:PutGroupPolicy", f"arn:aws:iam::{ACCOUNT}:group/ops", "user", "anna")
    found = identity(user(), group, member, own, name="aws_iam_user.anna")
    assert found.admin_equivalent is True
    assert found.paths["admin_equivalent"] == (
        "aws_iam_user.anna", "iam:PutGroupPolicy", "aws_iam_group.ops", "may then do", "everything",
    )  # fmt: skip


def test_a_condition_leaves_it_open_and_a_boundary_stops_it() -> None:
    only = {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}
    assert isinstance(identity(role(), policy("iam:AttachRolePolicy", Condition=only)).admin_equivalent, Unknown)
    arn = f"arn:aws:iam::{ACCOUNT}:policy/limit"
    limit = change("aws_iam_policy.limit", {"name": "limit", "arn": arn, "policy": json.dumps({"Statement": [
        {"Effect": "Allow", "Action": ["iam:*", "s3:*"], "Resource": "*"}]})})  # fmt: skip
    assert identity(role(permissions_boundary=arn), limit, policy("iam:PutRolePolicy")).admin_equivalent is False
    assert identity(role(permissions_boundary=arn), limit, policy("*")).admin_equivalent is False


@pytest.mark.parametrize("allowed", ["*", "iam:PutRolePolicy"])
def test_a_boundary_that_allows_everything_stops_nothing_and_one_that_was_not_seen_leaves_it_open(allowed: str) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/limit"
    limit = change("aws_iam_policy.limit", {"name": "limit", "arn": arn, "policy": json.dumps({"Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]})})  # fmt: skip
    bounded = role(permissions_boundary=arn)
    assert identity(bounded, limit, policy(allowed)).admin_equivalent is True
    told = identity(bounded, policy(allowed))
    assert isinstance(told.admin_equivalent, Unknown)
    assert isinstance(told.escalates, Unknown)


def test_the_user_says_who_is_meant_to_and_how_many(tmp_path: Any) -> None:
    changes = (role("emergency"), policy("*", name="emergency"))

    def told(text: str) -> dict[str, str]:
        return verdicts(scan(plan(*changes), config=settings(tmp_path, text)), [CONTROL])[CONTROL]

    assert told("version: 1") == {"aws_iam_role.emergency": "fail"}
    assert told("identities: {admins: ['emerg*']}") == {"aws_iam_role.emergency": "pass"}
    assert told("identities: {admins: ['emerg*'], admins_at_most: 0}") == {"aws_iam_role.emergency": "fail"}


CONTROL = "identity-admins-limited"


# --- people with keys


def test_who_is_a_person_and_has_a_key() -> None:
    def verdict(*more: dict[str, Any], text: Config | None = None, name: str = "anna") -> str:
        key = change("aws_iam_access_key.k", {"user": name, "status": "Active"})
        return verdicts(scan(plan(user(name), key, *more), config=text), ["human-keys-absent"])["human-keys-absent"][
            f"aws_iam_user.{name}"
        ]

    login = change("aws_iam_user_login_profile.l", {"user": "anna"})
    assert verdict() == "unknown"
    assert verdict(login) == "fail"


def test_the_users_settings_say_who_is_a_person(tmp_path: Any) -> None:
    key = change("aws_iam_access_key.k", {"user": "anna", "status": "Active"})
    for text, expected in (("{people: [an*]}", "fail"), ("{programs: [an*]}", "pass")):
        made = settings(tmp_path, f"identities: {text}")
        found = verdicts(scan(plan(user(), key), config=made), ["human-keys-absent"])
        assert found == {"human-keys-absent": {"aws_iam_user.anna": expected}}
