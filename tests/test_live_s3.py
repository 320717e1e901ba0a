"""The S3 collector against a server, through the real SDK."""

from __future__ import annotations

import json
from datetime import timedelta

from live import ACCOUNT, NOW, REGION, UNHURRIED, Live
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.calls import Answer, Request
from scanner.findings import Status
from scanner.model import Unknown

ELSEWHERE = "eu-west-1"
ALL_ON = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def bucket(aws: Live, name: str, region: str = REGION, **how: object) -> str:
    """Make a bucket as AWS makes one since 2023: closed, and without access control lists unless asked for them."""
    s3 = aws.client("s3", region)
    where = {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **where, **{"ObjectOwnership": "BucketOwnerEnforced", **how})
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=ALL_ON)
    return f"arn:aws:s3:::{name}"


def test_a_bucket_with_everything_set(aws: Live) -> None:
    s3 = aws.client("s3", ELSEWHERE)
    arn = bucket(aws, "acme-transcripts", ELSEWHERE, ObjectLockEnabledForBucket=True)
    logs = bucket(aws, "acme-access", ELSEWHERE)
    key = aws.client("kms", ELSEWHERE).create_key()["KeyMetadata"]["Arn"]
    s3.put_bucket_encryption(
        Bucket="acme-transcripts",
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}]
        },
    )
    s3.put_object_lock_configuration(
        Bucket="acme-transcripts",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}},
        },
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket="acme-transcripts",
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "all",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Expiration": {"Days": 90},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
                }
            ]
        },
    )
    s3.put_bucket_policy(
        Bucket="acme-transcripts",
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [arn, f"{arn}/*"],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            }
        ),
    )
    delivery = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{logs}/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    s3.put_bucket_policy(Bucket="acme-access", Policy=json.dumps({"Version": "2012-10-17", "Statement": [delivery]}))
    s3.put_bucket_logging(
        Bucket="acme-transcripts",
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "acme-access", "TargetPrefix": "t/"}},
    )
    s3.put_bucket_tagging(Bucket="acme-transcripts", Tagging={"TagSet": [{"Key": "env", "Value": "prod"}]})
    facts = aws.facts("s3", "kms", regions=(REGION, ELSEWHERE))
    store = facts[arn]
    assert (store.type, store.name, store.account, store.region) == ("bucket", "acme-transcripts", ACCOUNT, ELSEWHERE)
    assert (store.environment, store.data) == ("prod", ("transcript",))
    assert store.public is False
    assert isinstance(store.public_block_declared, Unknown), "an account does not show what code declares"
    assert (store.encrypted, store.key_owner) == (True, "customer")
    assert (store.expires, store.retention_days, store.versioned, store.immutable) == (True, 90, True, True)
    assert (store.requires_tls, store.access_logged, store.access_log_target) == (True, True, False)
    assert (facts[logs].access_log_target, facts[logs].access_logged) == (True, False)


def test_a_date_that_lies_ahead_deletes_nothing_yet(aws: Live) -> None:
    s3 = aws.client("s3")
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    dates = {"ahead": midnight + timedelta(days=40), "past": midnight - timedelta(days=40)}
    for name, day in dates.items():
        s3.create_bucket(Bucket=f"acme-{name}-transcripts")
        rule = {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Date": day}}
        s3.put_bucket_lifecycle_configuration(
            Bucket=f"acme-{name}-transcripts", LifecycleConfiguration={"Rules": [rule]}
        )
    found = {f.subject: f for f in aws.judge("s3").run.findings if f.control == "store-retention-set"}
    ahead, past = (found[f"arn:aws:s3:::acme-{name}-transcripts"] for name in dates)
    assert ahead.status is Status.FAIL
    assert dates["ahead"].date().isoformat() in str(ahead)
    assert past.status is not Status.FAIL


class _NoAccountBlock:
    """An account without a block on public access: S3 Control asks at <account>.<host>, which loopback has not."""

    def __init__(self, source: Connections) -> None:
        self._source = source

    def answer(self, request: Request, /) -> Answer:
        if request.call.service != "s3control":
            return self._source.answer(request)
        return Answer(pages=[], error="NoSuchPublicAccessBlockConfiguration", at=NOW.isoformat())


def test_a_list_that_lets_everybody_in_opens_unless_the_owner_owns_every_object(aws: Live) -> None:
    s3 = aws.client("s3")
    for name, ownership in (("open", "ObjectWriter"), ("off", "BucketOwnerEnforced")):
        s3.create_bucket(Bucket=f"acme-{name}", ObjectOwnership="ObjectWriter")
        s3.put_bucket_acl(Bucket=f"acme-{name}", ACL="public-read")
        s3.put_bucket_ownership_controls(
            Bucket=f"acme-{name}", OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]}
        )
    s3.create_bucket(Bucket="acme-own", ObjectOwnership="ObjectWriter")

    reached = reach(Wanted(regions=(REGION,)))
    source = _NoAccountBlock(Connections(reached.sessions, pace=UNHURRIED))

    def public(*deny: str) -> dict[str, object]:
        facts = aws.facts("s3", deny=deny, reached=reached, source=source)
        return {name: facts[f"arn:aws:s3:::acme-{name}"].public for name in ("open", "off", "own")}

    assert public() == {"open": True, "off": False, "own": False}
    unowned = public("s3:GetBucketOwnershipControls")
    assert unowned.pop("own") is False, "a list of the owner alone lets nobody in, whoever owns the objects"
    assert all("s3:GetBucketOwnershipControls" in getattr(fact, "reason", "") for fact in unowned.values())
    unlisted = public("s3:GetBucketAcl")
    assert unlisted.pop("off") is False, "no list counts"
    assert all("s3:GetBucketAcl" in getattr(fact, "reason", "") for fact in unlisted.values())
