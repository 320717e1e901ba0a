"""What a Deny takes away of what a policy that is not known may allow."""

from __future__ import annotations

import json

import pytest

from flows import flows, world_of
from worlds import change

ACCOUNT = "123456789012"


@pytest.mark.parametrize(("denied", "tier"), [("sqs:*", "possible"), ("sns:*", "likely")])
@pytest.mark.parametrize("setting", [True, False])
def test_a_deny_takes_away_what_a_policy_that_is_not_known_may_allow(denied: str, tier: str, *, setting: bool) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    deny = json.dumps({"Statement": [{"Effect": "Deny", "Action": denied, "Resource": "*"}]})
    settings = {"environment": [{"variables": {"QUEUE": "work"}}]} if setting else {}
    world = world_of(
        change("aws_sqs_queue.q", {"name": "work"}, unknown={"arn": True, "url": True}),
        change("aws_iam_role.r", {"name": "r", "arn": role, "assume_role_policy": "{}"}),
        change("aws_iam_role_policy.hidden", {"name": "h", "role": "r"}, unknown={"policy": True}),
        change("aws_iam_role_policy.denies", {"name": "d", "role": "r", "policy": deny}),
        change("aws_lambda_function.f", {"function_name": "f", "role": role, **settings}),
        config={"aws_iam_role_policy.hidden": {"policy": {"references": ["aws_sqs_queue.q.arn", "aws_sqs_queue.q"]}}},
    )
    found = flows(world).get("aws_lambda_function.f -> aws_sqs_queue.q (writes_to)")
    assert (found.tier if found else "") == (tier if setting or tier == "likely" else "")
