"""What a plan looks up and has not read yet may be what another resource is."""

from __future__ import annotations

import json
from typing import Any

from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.clouds.aws.iam.policydoc import parse
from scanner.clouds.aws.iam.statements import statements
from scanner.iam.access import Access
from scanner.kinds import Identity, Store
from scanner.model import Origin, World

BUCKET, ROLE, OTHER = "aws_s3_bucket.chats", "aws_iam_role.chat", "aws_iam_role.other"
READS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"${{{BUCKET}}}/*"}


def answer(own: dict[str, Any], *guards: dict[str, Any]) -> tuple[bool | None, bool | None]:
    """Whether the role, and another one without permissions, can read."""
    roles = [Identity(id=i, type="role", origin=Origin(source="plan", type="aws_iam_role")) for i in (ROLE, OTHER)]
    bucket = Store(id=BUCKET, origin=Origin(source="plan", type="aws_s3_bucket"))
    found = [*_read(own, "identity", ROLE), *(s for one in guards for s in _read(one, "resource", BUCKET))]
    access = Access(World(resources=(*roles, bucket), statements=tuple(found)), VOCABULARY)
    return access.can(ROLE, "s3:GetObject", BUCKET), access.can(OTHER, "s3:GetObject", BUCKET)


def _read(statement: dict[str, Any], kind: str, binds: str) -> list[Any]:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return list(statements({"id": kind}, parse(policy, kind), kind, kind=kind, binds=(binds,)))


def test_a_bucket_that_is_looked_up_may_be_this_one() -> None:
    assert answer({**READS, "Resource": "${data.aws_s3_bucket.chats}/*"}) == (None, False)
    assert answer({**READS, "Resource": "${module.a.data.aws_s3_bucket.chats}/*"}) == (None, False)
    assert answer({**READS, "Resource": "${data.aws_sqs_queue.jobs}"}) == (False, False)


def test_a_role_that_is_looked_up_may_be_any_that_is_planned() -> None:
    let_in = {**READS, "Principal": {"AWS": "${data.aws_iam_role.chat}"}}
    assert answer({**READS, "Action": "sqs:SendMessage"}, let_in) == (None, None)
    shut_out = {**let_in, "Effect": "Deny"}
    assert answer(READS, shut_out) == (None, False)


def test_a_condition_on_a_role_that_is_looked_up_is_open() -> None:
    only = {"ArnEquals": {"aws:PrincipalArn": "${data.aws_iam_role.chat}=~"}}
    assert answer({**READS, "Condition": only}) == (None, False)
