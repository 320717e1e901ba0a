"""Who from outside of the world a policy of a thing lets in."""

from __future__ import annotations

import json
from typing import Any

from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.clouds.aws.iam.policydoc import parse
from scanner.clouds.aws.iam.statements import statements
from scanner.iam.access import Access
from scanner.iam.answers import Outside
from scanner.kinds import Identity, Store
from scanner.model import Origin, World

BUCKET = "arn:aws:s3:::chats"
OWN, FOREIGN = "111122223333", "999988887777"
ROLE = f"arn:aws:iam::{OWN}:role/chat"
ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}
WITHOUT_TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [BUCKET, f"{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def outside(*listed: dict[str, Any]) -> list[Outside]:
    """Whom a bucket policy of these statements lets read."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": listed})
    labels = {"id": "policy", "account": OWN}
    found = statements(labels, parse(policy, "policy"), "policy", kind="resource", binds=(BUCKET,))
    role = Identity(id=ROLE, type="role", account=OWN, planned=False, origin=Origin(source="live", type="aws_iam_role"))
    bucket = Store(id=BUCKET, account=OWN, planned=False, origin=Origin(source="live", type="aws_s3_bucket"))
    world = World(resources=(role, bucket), statements=tuple(found))
    return list(Access(world, VOCABULARY).who_can("s3:GetObject", BUCKET).outside)


def told(*listed: dict[str, Any]) -> list[tuple[str, bool]]:
    """The same, as names with whether it is certain."""
    return [(one.principal, one.definite) for one in outside(*listed)]


def test_another_account_and_anybody_are_told() -> None:
    assert told({**ALLOW, "Principal": {"AWS": FOREIGN}}) == [(f"AWS:{FOREIGN}", True)]
    assert told({**ALLOW, "Principal": "*"}) == [("AWS:*", True)]


def test_those_of_the_world_and_of_its_account_are_none() -> None:
    assert told({**ALLOW, "Principal": {"AWS": [ROLE, f"arn:aws:iam::{OWN}:root", OWN]}}) == []


def test_a_deny_without_tls_shuts_nobody_out() -> None:
    assert told({**ALLOW, "Principal": "*"}, WITHOUT_TLS) == [("AWS:*", True)]


def test_a_deny_of_everything_shuts_everybody_out() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    assert told({**ALLOW, "Principal": "*"}, deny) == []


def test_a_deny_of_strangers_lets_a_service_in() -> None:
    own = {"StringNotEquals": {"aws:PrincipalAccount": OWN}, "Bool": {"aws:PrincipalIsAWSService": "false"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": own}
    service = {**ALLOW, "Principal": {"Service": "logging.s3.amazonaws.com"}}
    assert told(service, deny) == [("Service:logging.s3.amazonaws.com", True)]
    assert told({**ALLOW, "Principal": {"AWS": FOREIGN}}, deny) == []


def test_a_service_acts_for_its_own_account() -> None:
    service = {**ALLOW, "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    for account, expected in ((OWN, [("Service:cloudtrail.amazonaws.com", True)]), (FOREIGN, [])):
        assert told({**service, "Condition": {"StringEquals": {"aws:SourceAccount": account}}}) == expected


def test_a_condition_that_is_not_known_makes_it_possible() -> None:
    (one,) = outside({**ALLOW, "Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}})
    assert not one.definite
    assert "aws:sourceip" in one.reason.lower()


def test_a_deny_of_another_part_makes_it_possible() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"{BUCKET}/private/*"}
    (one,) = outside({**ALLOW, "Principal": "*"}, deny)
    assert (one.definite, one.reason) == (False, "a Deny of the same policy may shut it out")


def test_a_deny_of_somebody_of_another_account_shuts_nobody_else_out() -> None:
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}
    allowed = {**ALLOW, "Principal": {"AWS": FOREIGN}}
    for named, certain in (
        ([ROLE, OWN], True),
        (["arn:aws:iam::444455556666:root"], True),
        ([ROLE, f"arn:aws:iam::{FOREIGN}:role/one"], False),
        (["AROAEXAMPLEEXAMPLEEXA"], False),
    ):
        assert told(allowed, {**deny, "Principal": {"AWS": named}}) == [(f"AWS:{FOREIGN}", certain)], named


def test_a_deny_of_another_action_shuts_nobody_out() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": f"{BUCKET}/*"}
    assert told({**ALLOW, "Principal": {"AWS": FOREIGN}}, deny) == [(f"AWS:{FOREIGN}", True)]
