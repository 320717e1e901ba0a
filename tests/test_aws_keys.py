"""Keys: rotation and policies that a real plan cannot show cheaply."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner import config
from scanner.clouds.aws.iam.policydoc import parse
from scanner.clouds.aws.keys.strangers import OwnAccounts, opens_to_strangers
from scanner.kinds import Key
from scanner.model import Noted, Unknown
from worlds import change, facts_of, plan

OWN, FOREIGN, TRUSTED = "111122223333", "999988887777", "444455556666"
ACCOUNTS = OwnAccounts(frozenset({OWN}), frozenset({TRUSTED}))
ROOT = f"arn:aws:iam::{OWN}:root"


def allow(principal: object, condition: object = None, **more: object) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*", **more}
    return statement | ({"Condition": condition} if condition else {})


def opened(*statements: dict[str, Any], accounts: OwnAccounts = ACCOUNTS) -> bool | None:
    document = parse(json.dumps({"Statement": statements}), "policy")
    assert not isinstance(document, Unknown)
    answer = opens_to_strangers(document, accounts)
    return None if isinstance(answer, Unknown) else answer.value if isinstance(answer, Noted) else answer


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow({"AWS": ROOT}, Action="kms:*"), False),
        (allow({"AWS": OWN}), False),
        (allow({"Service": "logs.amazonaws.com"}), False),
        (allow({"AWS": f"arn:aws:iam::{TRUSTED}:role/reader"}), False),
        (allow({"AWS": "*"}), True),
        (allow("*"), True),
        (allow({"AWS": [ROOT, f"arn:aws:iam::{FOREIGN}:root"]}), True),
        (allow({"AWS": f"arn:aws:sts::{FOREIGN}:assumed-role/reader/me"}), True),
        (allow({"AWS": FOREIGN}, {"StringEquals": {"aws:PrincipalOrgID": "o-abc1234567"}}), False),
        (allow({"AWS": FOREIGN}, {"StringEquals": {"kms:CallerAccount": FOREIGN}}), True),
        (allow({"AWS": FOREIGN}, {"StringEquals": {"kms:CallerAccount": OWN}}), False),
        (allow({"AWS": FOREIGN}, {"Bool": {"kms:GrantIsForAWSResource": True}}), True),
        (allow({"AWS": "*"}, {"StringEquals": {"kms:CallerAccount": OWN}}), False),
        (allow({"AWS": "*"}, {"StringEquals": {"kms:CallerAccount": [OWN, FOREIGN]}}), True),
        (allow({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{FOREIGN}:role/reader"}}), True),
        (allow({"AWS": "*"}, {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}), True),
        (allow({"AWS": "*"}, {"StringEquals": {"kms:CallerAccount": FOREIGN}, "~": {"~": "~"}}), None),
        (allow({"AWS": "AROAEXAMPLEEXAMPLE123"}), None),
        (allow({"AWS": f"arn:aws:iam::{FOREIGN}:root"}, Effect="Deny"), False),
    ],
)
def test_who_is_let_in(statement: dict[str, Any], expected: object) -> None:
    assert opened(statement) is expected


def test_a_deny_shuts_out_a_foreign_account() -> None:
    unless_ours = {"StringNotEquals": {"aws:PrincipalOrgID": "o-abc1234567"}}
    deny = allow("*", unless_ours, Effect="Deny", Action="kms:*")
    assert opened(allow({"AWS": FOREIGN})) is True
    assert opened(allow({"AWS": FOREIGN}), deny) is False


def test_an_account_is_not_foreign_while_none_is_known_to_be_own() -> None:
    nobody = OwnAccounts(frozenset(), frozenset())
    assert opened(allow({"AWS": ROOT}), accounts=nobody) is None
    assert opened(allow({"AWS": "*"}), accounts=nobody) is True
    document = parse(json.dumps({"Statement": [allow({"AWS": ROOT})]}), "policy")
    assert not isinstance(document, Unknown)
    answer = opens_to_strangers(document, nobody)
    assert isinstance(answer, Unknown)
    assert OWN in answer.reason
    assert "trustscan.yaml" in answer.reason


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("AWS:${aws_iam_role.worker}~", False),
        ("AWS:${data.aws_caller_identity.current}~", False),
        ("AWS:${module.a.data.aws_caller_identity.current}~", False),
        ("AWS:${data.terraform_remote_state.other}~", None),
        ("AWS:~", None),
        ("~:x", None),
        ("CanonicalUser:abc", False),
        ("Federated:cognito-identity.amazonaws.com", False),
        (f"Federated:arn:aws:iam::{FOREIGN}:saml-provider/x", True),
    ],
)
def test_whose_a_principal_is(principal: str, expected: object) -> None:
    assert ACCOUNTS.stranger(principal) is expected


def key(after: dict[str, Any], **more: Any) -> Key:
    found = facts_of(plan(change("aws_kms_key.k", after, **more), config=more.get("config")))["aws_kms_key.k"]
    assert isinstance(found, Key)
    return found


def test_own_accounts_come_from_arns_the_caller_the_provider_and_the_settings() -> None:
    policy = json.dumps({"Statement": [allow({"AWS": ROOT})]})
    arn = f"arn:aws:kms:us-east-1:{OWN}:key/1"
    assert key({"policy": policy, "arn": arn}, actions=["no-op"], before={}).open is False
    other = f"arn:aws:kms:us-east-1:{FOREIGN}:key/1"
    assert key({"policy": policy, "arn": other}, actions=["no-op"], before={}).open is True
    asked = change("data.aws_caller_identity.me", {"account_id": OWN}, actions=["read"])
    made = change("aws_kms_key.k", {"policy": policy})
    assert facts_of(plan(asked, made))["aws_kms_key.k"].open is False  # type: ignore[attr-defined]
    held = {"provider_config": {"aws": {"expressions": {"allowed_account_ids": {"constant_value": [OWN, 7]}}}}}
    assert facts_of(plan(made, configuration=held))["aws_kms_key.k"].open is False  # type: ignore[attr-defined]
    settings = config.Config()
    settings.file.accounts.own.append(OWN)
    assert facts_of(plan(made), settings)["aws_kms_key.k"].open is False  # type: ignore[attr-defined]
    assert isinstance(facts_of(plan(made))["aws_kms_key.k"].open, Unknown)  # type: ignore[attr-defined]


def test_no_policy_is_awss_default_only_for_a_new_key() -> None:
    assert key({}).open is False
    assert "default" in key({}).because["open"]
    assert isinstance(key({}, actions=["update"], before={}).open, Unknown)


def test_a_policy_that_is_not_json_is_unknown() -> None:
    answer = key({"policy": "{not json"}).open
    assert isinstance(answer, Unknown)
    assert "not JSON" in answer.reason


def test_deleting_the_policy_resource_puts_the_default_policy_back() -> None:
    policy = json.dumps({"Statement": [allow("*")]})
    kept = change("aws_kms_key.k", {"policy": policy, "key_id": "1", "id": "1"}, actions=["no-op"], before={})
    gone = change("aws_kms_key_policy.k", None, actions=["delete"], before={"id": "1", "key_id": "1"})
    assert facts_of(plan(kept))["aws_kms_key.k"].open is True  # type: ignore[attr-defined]
    assert facts_of(plan(kept, gone))["aws_kms_key.k"].open is False  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({}, True),
        ({"is_enabled": False}, False),
        ({"customer_master_key_spec": "HMAC_256"}, False),
        ({"key_usage": "SIGN_VERIFY"}, False),
        ({"custom_key_store_id": "cks-1"}, False),
    ],
)
def test_which_keys_can_rotate(after: dict[str, Any], expected: object) -> None:
    assert key(after).rotatable is expected


def test_an_older_providers_computed_usage_is_the_default() -> None:
    written = {"aws_kms_key.k": {"description": {"constant_value": "x"}}}
    assert key({"description": "x"}, unknown={"key_usage": True}, config=written).rotatable is True
    waits = {"aws_kms_key.k": {"key_usage": {"references": ["local.usage"]}}}
    assert isinstance(key({}, unknown={"key_usage": True}, config=waits).rotatable, Unknown)


def replica(after: dict[str, Any], **more: Any) -> Key:
    address = "aws_kms_replica_key.r"
    found = facts_of(plan(change(address, {"primary_key_arn": "arn:elsewhere", **after}, **more)))[address]
    assert isinstance(found, Key)
    return found


def test_a_replica_of_a_primary_elsewhere_is_read_by_its_own_state() -> None:
    assert isinstance(replica({}).rotates, Unknown)
    old = {"actions": ["no-op"], "before": {}}
    assert replica({"key_rotation_enabled": True}, **old).rotates is True
    assert replica({"key_rotation_enabled": False}, **old).rotates is False
    assert replica({"key_spec": "RSA_2048"}).rotatable is False
    assert replica({"enabled": False}).rotatable is False


def test_a_key_is_called_by_its_only_alias() -> None:
    made = change("aws_kms_key.k", {"key_id": "1"})
    one = change("aws_kms_alias.a", {"name": "alias/a", "target_key_id": "1"})
    two = change("aws_kms_alias.b", {"name": "alias/b", "target_key_id": "1"})
    assert facts_of(plan(made, one))["aws_kms_key.k"].name == "alias/a"
    assert facts_of(plan(made, one, two))["aws_kms_key.k"].name == ""
