"""Statements of resource policies in the world: where each stands, what it binds, and what was not seen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.model import Statement, Unknown
from worlds import change, plan, scan, verdicts, world_of

ACCOUNT = "123456789012"
TEXT = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": {"AWS": ACCOUNT}}]})
OLD: dict[str, Any] = {"actions": ["no-op"]}

SPLIT = [
    ("aws_api_gateway_rest_api", "rest_api_id", "aws_api_gateway_rest_api_policy", "policy"),
    ("aws_backup_vault", "backup_vault_name", "aws_backup_vault_policy", "policy"),
    ("aws_dynamodb_table", "resource_arn", "aws_dynamodb_resource_policy", "policy"),
    ("aws_ecr_repository", "repository", "aws_ecr_repository_policy", "policy"),
    ("aws_kms_key", "key_id", "aws_kms_key_policy", "policy"),
    ("aws_opensearch_domain", "domain_name", "aws_opensearch_domain_policy", "access_policies"),
    ("aws_s3_bucket", "bucket", "aws_s3_bucket_policy", "policy"),
    ("aws_secretsmanager_secret", "secret_arn", "aws_secretsmanager_secret_policy", "policy"),
    ("aws_sns_topic", "arn", "aws_sns_topic_policy", "policy"),
    ("aws_sqs_queue", "queue_url", "aws_sqs_queue_policy", "policy"),
    ("aws_vpc_endpoint", "vpc_endpoint_id", "aws_vpc_endpoint_policy", "policy"),
]
INLINE = {
    "aws_api_gateway_rest_api": "policy",
    "aws_kms_key": "policy",
    "aws_kms_external_key": "policy",
    "aws_kms_replica_key": "policy",
    "aws_opensearch_domain": "access_policies",
    "aws_s3_bucket": "policy",
    "aws_secretsmanager_secret": "policy",
    "aws_sns_topic": "policy",
    "aws_sqs_queue": "policy",
    "aws_vpc_endpoint": "policy",
}


def statements(content: bytes) -> list[Statement]:
    return [s for s in world_of(content).statements if s.policy_kind in {"resource", "endpoint"}]


def told(found: list[Statement]) -> list[tuple[str, object, object, bool]]:
    return [(one.policy, one.binds, one.actions, one.written) for one in found]


def reason(statement: Statement) -> str:
    assert isinstance(statement.actions, Unknown)
    return statement.actions.reason


@pytest.mark.parametrize(("owner", "names", "split", "text"), SPLIT)
def test_a_policy_in_a_resource_of_its_own_binds_the_resource_it_names(
    owner: str, names: str, split: str, text: str
) -> None:
    config = {f"{split}.x": {names: {"references": [f"{owner}.x.id", f"{owner}.x"]}}, f"{owner}.x": {}}
    content = plan(
        change(f"{owner}.x", {}, unknown={"id": True, "arn": True, "policy": True, "access_policies": True}),
        change(f"{split}.x", {text: TEXT}, unknown={names: True}),
        config=config,
    )
    found = statements(content)
    assert told(found) == [(f"{split}.x", (f"{owner}.x",), ("*",), True)]
    assert found[0].principals == (f"AWS:{ACCOUNT}",)
    assert found[0].policy_kind == ("endpoint" if "endpoint" in owner else "resource")


@pytest.mark.parametrize(("owner", "text"), INLINE.items())
def test_a_policy_in_the_resource_itself(owner: str, text: str) -> None:
    shown = plan(change(f"{owner}.x", {text: TEXT}), config={f"{owner}.x": {text: {"constant_value": TEXT}}})
    assert told(statements(shown)) == [(f"{owner}.x", (f"{owner}.x",), ("*",), True)]
    there = plan(change(f"{owner}.x", {text: TEXT}, before={text: TEXT}, **OLD), config={f"{owner}.x": {}})
    assert told(statements(there)) == [(f"{owner}.x", (f"{owner}.x",), ("*",), False)]


@pytest.mark.parametrize(("owner", "text"), INLINE.items())
def test_a_policy_that_is_not_known_yet_is_hidden_and_not_absent(owner: str, text: str) -> None:
    references = {"references": ["local.policy"]}
    content = plan(change(f"{owner}.x", {}, unknown={text: True}), config={f"{owner}.x": {text: references}})
    (found,) = statements(content)
    assert found.binds == (f"{owner}.x",)
    assert "known only after apply" in reason(found)


@pytest.mark.parametrize("owner", sorted(set(INLINE) - {"aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key"}))
def test_a_new_resource_without_a_policy_has_none(owner: str) -> None:
    unknown = dict.fromkeys(("id", "arn", "policy", "access_policies"), True)
    setting: dict[str, Any] = {"tags": {"constant_value": {}}}
    assert statements(plan(change(f"{owner}.x", {}, unknown=unknown), config={f"{owner}.x": setting})) == []


@pytest.mark.parametrize("owner", ["aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key"])
def test_a_new_key_without_a_policy_leaves_it_to_its_account_as_aws_does(owner: str) -> None:
    setting: dict[str, Any] = {"enabled": {"constant_value": True}}
    key = plan(change(f"{owner}.x", {}, unknown={"policy": True, "arn": True}), config={f"{owner}.x": setting})
    (found,) = statements(key)
    assert (found.effect, found.actions, found.resources) == ("Allow", ("kms:*",), ("*",))
    assert found.principals == ("AWS:arn:{partition}:iam::{account}:root",)
    assert (found.binds, found.written, found.managed_by) == ((f"{owner}.x",), False, "provider")


def test_the_default_policy_of_a_key_names_its_account_where_that_is_known() -> None:
    arn = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k"
    key = {"arn": arn, "key_id": "k", "policy": TEXT}
    gone = {"key_id": "k", "policy": TEXT, "id": "k"}
    content = plan(
        change("aws_kms_key.k", key, before=key, **OLD),
        change("aws_kms_key_policy.k", None, before=gone, actions=["delete"]),
        config={"aws_kms_key.k": {"enable_key_rotation": {"constant_value": True}}},
    )
    (found,) = statements(content)
    assert found.principals == (f"AWS:arn:{{partition}}:iam::{ACCOUNT}:root",)


@pytest.mark.parametrize("owner", ["aws_kms_key", "aws_s3_bucket", "aws_dynamodb_table", "aws_ecr_repository"])
def test_what_was_there_before_and_shows_no_policy_is_not_taken_to_have_none(owner: str) -> None:
    (found,) = statements(plan(change(f"{owner}.x", {"id": "x"}, before={"id": "x"}, **OLD)))
    assert (found.binds, found.written) == ((f"{owner}.x",), False)
    assert "existed before" in reason(found)


def test_a_bucket_whose_refreshed_policy_is_empty_has_none() -> None:
    bucket = {"bucket": "x", "policy": ""}
    assert statements(plan(change("aws_s3_bucket.x", bucket, before=bucket, **OLD))) == []


@pytest.mark.parametrize(
    ("owner", "split"), [("aws_sqs_queue", "aws_sqs_queue_policy"), ("aws_s3_bucket", "aws_s3_bucket_policy")]
)
def test_a_policy_that_the_plan_deletes_is_none_any_more(owner: str, split: str) -> None:
    here = {"id": "x", "url": "x", "bucket": "x", "policy": TEXT}
    content = plan(
        change(f"{owner}.x", here, before=here, **OLD),
        change(f"{split}.x", None, before={"id": "x", "policy": TEXT}, actions=["delete"]),
    )
    assert statements(content) == []


def test_a_policy_whose_owner_is_not_decided_binds_nobody_knows_whom_and_hides_theirs() -> None:
    config: dict[str, dict[str, Any]] = {
        "aws_s3_bucket_policy.x": {"bucket": {"references": ["local.name"]}},
        "aws_s3_bucket.a": {"tags": {"constant_value": {}}},
    }
    content = plan(
        change("aws_s3_bucket.a", {}, unknown={"bucket": True}),
        change("aws_s3_bucket_policy.x", {"policy": TEXT}, unknown={"bucket": True}),
        config=config,
    )
    policy, bucket = statements(content)
    assert isinstance(policy.binds, Unknown)
    assert (policy.policy, policy.actions) == ("aws_s3_bucket_policy.x", ("*",))
    assert bucket.binds == ("aws_s3_bucket.a",)
    assert isinstance(bucket.actions, Unknown)


@pytest.mark.parametrize(
    ("type_", "text"),
    [("aws_cloudwatch_log_resource_policy", "policy_document"), ("aws_ecr_registry_policy", "policy")],
)
def test_a_policy_of_a_whole_region_binds_what_its_resources_say(type_: str, text: str) -> None:
    assert told(statements(plan(change(f"{type_}.x", {text: TEXT})))) == [(f"{type_}.x", (), ("*",), True)]


def test_no_resource_policy_is_judged_as_a_grant_to_an_identity() -> None:
    content = plan(change("aws_s3_bucket_policy.b", {"bucket": "b", "policy": TEXT}))
    assert statements(content)[0].wildcard_action is True
    assert verdicts(scan(content), ["identity-no-wildcard-grants"]) == {}


def test_every_resource_in_a_resource_policy_is_its_own() -> None:
    (found,) = statements(plan(change("aws_kms_key_policy.k", {"key_id": "k", "policy": TEXT})))
    assert (found.wildcard_action, found.wildcard_resource) == (True, False)
