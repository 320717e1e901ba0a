"""Secrets: shapes and states that a real plan cannot show cheaply."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.kinds import Secret
from scanner.model import Unknown
from worlds import change, facts_of, plan, scan, verdicts

ADDRESS = "aws_secretsmanager_secret.s"
OLD = {"actions": ["no-op"], "before": {}}
CONTROLS = ("secret-rotation-enabled", "secret-encrypted-with-customer-key")


def secret(after: dict[str, Any], *others: dict[str, Any], **more: Any) -> Secret:
    found = facts_of(plan(change(ADDRESS, {"name": "s", "id": "arn:s", **after}, **more), *others))[ADDRESS]
    assert isinstance(found, Secret)
    return found


def rotation(after: dict[str, Any], **more: Any) -> dict[str, Any]:
    return change("aws_secretsmanager_secret_rotation.r", {"secret_id": "arn:s", **after}, **more)


@pytest.mark.parametrize("name", ["rds!cluster-123", "events!connection/x", "appflow!chat"])
def test_a_secret_that_a_service_owns_is_not_ours_to_rotate(name: str) -> None:
    result = scan(plan(change(ADDRESS, {"name": name}, **OLD)))
    assert ADDRESS not in verdicts(result).get("secret-rotation-enabled", {})


def test_an_old_providers_secret_holds_its_own_rotation() -> None:
    assert secret({"rotation_rules": [{"automatically_after_days": 9}]}).rotates is True
    assert secret({"rotation_rules": [{"automatically_after_days": 9}]}).rotation_days == 9
    assert secret({"rotation_lambda_arn": "arn:aws:lambda:us-east-1:111122223333:function:f"}).rotates is True
    assert secret({"rotation_enabled": True}, **OLD).rotates is True
    assert secret({"rotation_enabled": False}, **OLD).rotates is False


def test_no_rotation_is_a_failure_only_of_a_new_secret() -> None:
    assert secret({}).rotates is False
    assert isinstance(secret({}, **OLD).rotates, Unknown)


def test_a_rotation_that_was_switched_off_does_not_rotate() -> None:
    assert secret({}, rotation({"rotation_enabled": False}, **OLD)).rotates is False
    assert secret({}, rotation({"rotation_enabled": False}, actions=["update"], before={})).rotates is True
    assert secret({}, rotation({})).rotates is True


def test_a_rotation_that_may_be_of_another_secret_leaves_it_open() -> None:
    wait = change("aws_secretsmanager_secret_rotation.r", {}, unknown={"secret_id": True})
    config = {"aws_secretsmanager_secret_rotation.r": {"secret_id": {"references": ["local.which"]}}}
    world = facts_of(plan(change(ADDRESS, {"name": "s"}), wait, config=config))
    assert isinstance(world[ADDRESS].rotates, Unknown)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ({"automatically_after_days": "30"}, 30),
        ({"schedule_expression": "rate(4 days)"}, 4),
        ({"schedule_expression": "rate(12 hours)"}, 1),
        ({"schedule_expression": "cron(0 8 1 * ? *)"}, None),
    ],
)
def test_days_between_rotations(rules: dict[str, Any], days: int | None) -> None:
    found = secret({}, rotation({"rotation_rules": [rules]})).rotation_days
    assert found == days or (days is None and isinstance(found, Unknown))


def test_the_weakest_key_of_a_secret_and_its_replicas_counts() -> None:
    ours = "arn:aws:kms:us-east-1:111122223333:key/1"
    assert secret({"kms_key_id": ours, "replica": [{"region": "eu", "kms_key_id": ours}]}).key_owner == "customer"
    weak = secret({"kms_key_id": ours, "replica": [{"region": "eu-west-1"}]})
    assert weak.key_owner == "provider"
    assert "eu-west-1" in weak.because["key_owner"]
    assert secret({"kms_key_id": None}).key_owner == "provider"
    hidden = secret({"kms_key_id": ours}, unknown={"replica": True}, actions=["update"], before={})
    assert isinstance(hidden.key_owner, Unknown)
    assert secret({"kms_key_id": ours}, unknown={"replica": True}).key_owner == "customer"


def test_policies_of_secrets() -> None:
    anyone = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}}'
    assert secret({"policy": anyone}).open is True
    assert isinstance(secret({"policy": "{"}).open, Unknown)
    assert secret({}).open is False


def test_odd_shapes_are_no_crash() -> None:
    for after in ({"replica": "x"}, {"replica": [None, 3]}, {"rotation_rules": {"automatically_after_days": None}}):
        assert secret(after).type == "secret"
    odd = change("aws_ssm_parameter.p", {"type": ["SecureString"]})
    assert "aws_ssm_parameter.p" not in {k for k, v in facts_of(plan(odd)).items() if isinstance(v, Secret)}


def test_no_value_of_a_secret_is_told() -> None:
    planted = "planted-value-7261"
    result = scan(
        plan(
            change(ADDRESS, {"name": "s"}),
            change("aws_secretsmanager_secret_version.v", {"secret_id": "s", "secret_string": planted}),
            change("aws_ssm_parameter.p", {"name": "/p", "type": "SecureString", "value": planted}),
        )
    )
    assert {f.subject for f in result.findings if f.control in CONTROLS} == {ADDRESS, "aws_ssm_parameter.p"}
    assert planted not in repr(result)
