"""Grants of keys let in by themselves."""

from __future__ import annotations

from typing import Any

from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.iam.access import Access
from worlds import change, plan, world_of

ROLE, KEY = "aws_iam_role.chat", "aws_kms_key.data"


def can(action: str, **more: Any) -> bool | None:
    """Whether a role that only a grant names can use the key."""
    values = {"operations": ["Decrypt", "DescribeKey"], **more}
    unknown = {"key_id": True, "grantee_principal": True}
    document = plan(
        change(ROLE, {"name": "chat", "assume_role_policy": "{}"}, unknown={"arn": True}),
        change(KEY, {"description": ""}, unknown={"arn": True, "key_id": True}),
        change("aws_kms_grant.chat", values, unknown=unknown),
        config={
            "aws_iam_role.chat": {},
            "aws_kms_key.data": {},
            "aws_kms_grant.chat": {
                "key_id": {"references": ["aws_kms_key.data.key_id", "aws_kms_key.data"]},
                "grantee_principal": {"references": ["aws_iam_role.chat.arn", "aws_iam_role.chat"]},
            },
        },
    )
    return Access(world_of(document), VOCABULARY).can(ROLE, action, KEY)


def test_a_grant_lets_its_operations_and_no_others() -> None:
    assert can("kms:Decrypt") is True
    assert can("kms:ScheduleKeyDeletion") is False


def test_a_grant_for_one_encryption_context_is_possible() -> None:
    assert can("kms:Decrypt", constraints=[{"encryption_context_equals": {"app": "chat"}}]) is None
