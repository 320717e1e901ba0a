"""Roles that vendors take: whether another's account gets in without an external id."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner import config
from scanner.config import Config
from worlds import change, plan, scan, verdicts

CONTROL = "vendor-roles-ask-external-id"
OWN, OTHER = "111122223333", "444455556666"
ASKED = {"StringEquals": {"sts:ExternalId": "ours"}}


def verdict(principal: Any, condition: Any = None, settings: Config | None = None, *, owned: bool = True) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    trust = {"Statement": [statement | ({"Condition": condition} if condition else {})]}
    role = change("aws_iam_role.r", {"name": "r", "assume_role_policy": json.dumps(trust)})
    who = change("data.aws_caller_identity.me", {"account_id": OWN}, actions=["read"])
    found = verdicts(scan(plan(role, *([who] if owned else [])), config=settings), [CONTROL])
    return found[CONTROL]["aws_iam_role.r"]


@pytest.mark.parametrize(
    ("principal", "condition", "expected"),
    [
        ({"AWS": f"arn:aws:iam::{OTHER}:root"}, None, "fail"),
        ({"AWS": OTHER}, None, "fail"),
        ({"AWS": f"arn:aws:iam::{OTHER}:role/importer"}, ASKED, "pass"),
        ({"AWS": OTHER}, {"StringEquals": {"STS:externalid": ["a", "b"]}}, "pass"),
        ({"AWS": OTHER}, {"StringLike": {"sts:ExternalId": "*"}}, "fail"),
        ({"AWS": OTHER}, {"StringEqualsIfExists": {"sts:ExternalId": "ours"}}, "fail"),
        ({"AWS": OTHER}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "fail"),
        ({"AWS": OTHER}, {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, "pass"),
        ({"AWS": f"arn:aws:iam::{OWN}:root"}, None, "pass"),
        ({"AWS": [f"arn:aws:iam::{OWN}:root", OTHER]}, None, "fail"),
        ({"Service": "lambda.amazonaws.com"}, None, "pass"),
        ({"Federated": f"arn:aws:iam::{OWN}:saml-provider/Okta"}, None, "pass"),
    ],
)
def test_who_must_give_an_external_id(principal: Any, condition: Any, expected: str) -> None:
    assert verdict(principal, condition) == expected


def test_whose_an_account_is_may_not_be_known() -> None:
    assert verdict({"AWS": OTHER}, owned=False) == "unknown"
    assert verdict({"AWS": OTHER}, ASKED, owned=False) == "pass"


def test_the_user_says_which_accounts_are_own_and_an_agreed_one_is_a_vendors(tmp_path: Any) -> None:
    file = tmp_path / "trustscan.yaml"
    for text, expected in (("own", "pass"), ("trusted", "fail")):
        file.write_text(f"accounts: {{{text}: ['{OTHER}']}}", encoding="utf-8")
        assert verdict({"AWS": OTHER}, settings=config.load(file)) == expected


def test_a_trust_policy_that_is_not_known_leaves_it_open() -> None:
    role = change("aws_iam_role.r", {"name": "r"}, unknown={"assume_role_policy": True})
    assert verdicts(scan(plan(role)), [CONTROL]) == {CONTROL: {"aws_iam_role.r": "unknown"}}


def test_who_may_only_tag_a_session_does_not_enter() -> None:
    def judged(action: str) -> str:
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": OTHER}, "Condition": ASKED},
                {"Effect": "Allow", "Action": action, "Principal": {"AWS": OTHER}},
            ],
        }
        values = {"name": "r", "arn": f"arn:aws:iam::{OWN}:role/r", "assume_role_policy": json.dumps(trust)}
        return verdicts(scan(plan(change("aws_iam_role.r", values))), [CONTROL])[CONTROL]["aws_iam_role.r"]

    assert judged("sts:TagSession") == "pass"
    assert judged("sts:*") == "fail"
