"""Buckets whose own policy lets nobody delete: then no deletion reaches them, whoever may be allowed it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.graph.deletion import Deletion
from scanner.kinds import Flow, Store
from scanner.model import Completed, Gap, Noted, Unknown
from worlds import change, facts_of, plan

OBJECTS = "arn:aws:s3:::chats/*"
BOTH = ["s3:DeleteObject", "s3:DeleteObjectVersion"]


def deny(**more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": BOTH, "Resource": OBJECTS, **more}


def refused(*statements: dict[str, Any]) -> object:
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    bucket = change("aws_s3_bucket.chats", {"bucket": "chats"})
    holder = change("aws_s3_bucket_policy.chats", {"bucket": "chats", "policy": policy})
    found = facts_of(plan(bucket, holder))["aws_s3_bucket.chats"]
    assert isinstance(found, Store)
    return found.refuses_deletion


@pytest.mark.parametrize(
    "statements",
    [
        [deny()],
        [deny(Action="s3:Delete*")],
        [deny(Action="s3:*", Resource="*")],
        [deny(Action=BOTH[0]), deny(Action=BOTH[1], Resource=["arn:aws:s3:::chats/*", "arn:aws:s3:::chats"])],
        [deny(Principal={"AWS": "*"}), {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": OBJECTS}],
    ],
)
def test_everybody_is_refused(statements: list[dict[str, Any]]) -> None:
    assert refused(*statements) is True


@pytest.mark.parametrize(
    "statement",
    [
        deny(Effect="Allow"),
        deny(Action=BOTH[0]),
        deny(Action="s3:DeleteBucket"),
        deny(Resource="arn:aws:s3:::chats/archive/*"),
        deny(Resource="arn:aws:s3:::chats"),
        deny(Principal={"AWS": "arn:aws:iam::111122223333:role/job"}),
        deny(Condition={"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/job"}}),
        {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": BOTH, "Resource": OBJECTS},
    ],
)
def test_somebody_or_something_is_left(statement: dict[str, Any]) -> None:
    assert refused(statement) is False


def test_a_bucket_without_a_policy_and_one_whose_policy_is_not_known() -> None:
    bucket = change("aws_s3_bucket.chats", {"bucket": "chats"})
    hidden = change("aws_s3_bucket_policy.chats", {"bucket": "chats"}, unknown={"policy": True})
    config: dict[str, Any] = {"aws_s3_bucket.chats": {}, "aws_s3_bucket_policy.chats": {}}
    alone, beside = (
        facts_of(plan(*parts, config=config))["aws_s3_bucket.chats"] for parts in ([bucket], [bucket, hidden])
    )
    assert isinstance(alone, Store)
    assert isinstance(beside, Store)
    assert alone.refuses_deletion is False
    assert isinstance(beside.refuses_deletion, Unknown)


def test_what_refuses_everybody_is_reached_by_nothing_whatever_was_not_read() -> None:
    source = (Completed("aws_s3_bucket_policy.chats", "policy", "main.tf", 3),)
    store = Store.of(id="chats", type="bucket", refuses_deletion=Noted(True, "", source))
    flows = [Flow(id="f", source="job", target="chats", how="deletes")]
    gap = Gap(scope="job", kinds=("flow",), reason="denied")
    found = Deletion([store], flows, [gap], complete=False).store(store)["deletion_reaches"]
    assert found == Noted(False, "its own policy refuses everybody to delete from it", source)
