"""S3: buckets with what is set on each, and the account's own block on public access.

Buckets are listed once for all regions, and each is asked at its region's endpoint.
Source of the error codes that mean "there is none": Amazon S3 API Reference, "Error responses".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import s3_settings as settings
from scanner.clouds.aws.live.collectors import s3_wiring as wiring
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.collect.calls import Call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "s3"
everywhere = False
types = (
    "aws_s3_bucket",
    "aws_s3_bucket_acl",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_logging",
    "aws_s3_bucket_object_lock_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_account_public_access_block",
    *wiring.TYPES,
)

LIST_BUCKETS = call("s3", "ListBuckets", items="Buckets", action="s3:ListAllMyBuckets")
GET_LOCATION = call("s3", "GetBucketLocation")
GET_ACCOUNT_BLOCK = call(
    "s3control",
    "GetPublicAccessBlock",
    action="s3:GetAccountPublicAccessBlock",
    absent=("NoSuchPublicAccessBlockConfiguration",),
)
GET_BLOCK = call(
    "s3",
    "GetPublicAccessBlock",
    action="s3:GetBucketPublicAccessBlock",
    absent=("NoSuchPublicAccessBlockConfiguration",),
)
GET_POLICY = call("s3", "GetBucketPolicy", absent=("NoSuchBucketPolicy",))
GET_OWNERSHIP = call("s3", "GetBucketOwnershipControls", absent=("OwnershipControlsNotFoundError",))
GET_ACL = call("s3", "GetBucketAcl")
GET_VERSIONING = call("s3", "GetBucketVersioning")
GET_LOCK = call(
    "s3",
    "GetObjectLockConfiguration",
    action="s3:GetBucketObjectLockConfiguration",
    absent=("ObjectLockConfigurationNotFoundError",),
)
GET_ENCRYPTION = call(
    "s3",
    "GetBucketEncryption",
    action="s3:GetEncryptionConfiguration",
    absent=("ServerSideEncryptionConfigurationNotFoundError",),
)
GET_LIFECYCLE = call(
    "s3",
    "GetBucketLifecycleConfiguration",
    action="s3:GetLifecycleConfiguration",
    absent=("NoSuchLifecycleConfiguration",),
)
GET_LOGGING = call("s3", "GetBucketLogging")
GET_NOTIFICATIONS = wiring.GET_NOTIFICATIONS
GET_REPLICATION = wiring.GET_REPLICATION
TAGGED = tagging.TAGGED

_A_PAGE = 1000
"""Asking for any number of buckets makes S3 tell their regions as well."""

_NAMES_OF_REGIONS = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}
"""Locations that are not called like their region; source: Amazon S3 API Reference, GetBucketLocation."""


@dataclass(frozen=True, slots=True)
class _Bucket:
    """One bucket and where to ask for it."""

    name: str
    region: str | Unknown
    tags: tagging.Tags | Unknown


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every bucket, and the account's block on public access."""
    yield from _account_block(reader)
    listed = reader.every(LIST_BUCKETS, MaxBuckets=_A_PAGE)
    yield from listed.unread(("aws_s3_bucket",))
    regions = reader.each(listed.items, lambda bucket: _region(reader, bucket))
    tags = _tags(reader, regions)
    buckets = [
        _Bucket(bucket["Name"], region, tagging.tags_for(tags[region], f"arn:{reader.partition}:s3:::{bucket['Name']}"))
        if isinstance(region, str)
        else _Bucket(bucket["Name"], region, region)
        for bucket, region in zip(listed.items, regions, strict=True)
    ]
    for items in reader.each(buckets, lambda bucket: list(_bucket(reader, bucket))):
        yield from items


def _account_block(reader: Reader) -> Iterator[Item]:
    answer = reader.ask(GET_ACCOUNT_BLOCK, AccountId=reader.account)
    if answer is not None:
        arn = reader.arn("s3", "?publicAccessBlock", region="")
        yield Item("aws_s3_account_public_access_block", arn, settings.block(answer) | {"account_id": reader.account})


def _region(reader: Reader, bucket: dict[str, Any]) -> str | Unknown:
    """Where a bucket lies: the list says so, except where an endpoint of one's own answers like an older S3."""
    if bucket.get("BucketRegion"):
        return str(bucket["BucketRegion"])
    answer = reader.ask(GET_LOCATION, Bucket=bucket["Name"])
    if not isinstance(answer, dict):
        return answer or Unknown(f"{bucket['Name']} has no location")
    location = answer.get("LocationConstraint")
    return _NAMES_OF_REGIONS.get(location) or str(location)


def _tags(reader: Reader, regions: list[str | Unknown]) -> dict[str, dict[str, tagging.Tags] | Unknown]:
    """Tags of the buckets of each region, by one list a region."""
    here = sorted({region for region in regions if isinstance(region, str)})
    found = reader.each(here, lambda region: tagging.tags_of(reader, "s3:bucket", region=region))
    return dict(zip(here, found, strict=True))


def _bucket(reader: Reader, bucket: _Bucket) -> Iterator[Item]:
    """One bucket with its split resources, each called by S3's own name of that part of a bucket."""
    arn = f"arn:{reader.partition}:s3:::{bucket.name}"
    region = bucket.region if isinstance(bucket.region, str) else ""

    def ask(call_: Call) -> Any:
        if isinstance(bucket.region, Unknown):
            return bucket.region
        return reader.ask(call_, region=region, Bucket=bucket.name)

    def part(type_: str, of: str, values: dict[str, Any]) -> Item:
        return Item(type_, f"{arn}?{of}", {"bucket": bucket.name, **values}, region)

    versioning = ask(GET_VERSIONING)
    # Only what is versioned can be locked or copied, and whether a list counts matters only where it lets others in.
    versioned = settings.may_be_versioned(versioning)
    lock = ask(GET_LOCK) if versioned else None
    acl = ask(GET_ACL)
    ownership = ask(GET_OWNERSHIP) if settings.may_let_others_in(acl) else None
    lifecycle = partial(settings.lifecycle, reader.days_since)
    values = {"bucket": bucket.name, "arn": arn, "region": region, "tags": bucket.tags}
    yield Item("aws_s3_bucket", arn, values | settings.locked(lock), region)
    answers = (
        ("aws_s3_bucket_public_access_block", "publicAccessBlock", settings.block, ask(GET_BLOCK)),
        ("aws_s3_bucket_policy", "policy", settings.policy, ask(GET_POLICY)),
        ("aws_s3_bucket_ownership_controls", "ownershipControls", settings.ownership, ownership),
        ("aws_s3_bucket_acl", "acl", settings.acl, acl),
        ("aws_s3_bucket_versioning", "versioning", settings.versioning, versioning),
        ("aws_s3_bucket_object_lock_configuration", "object-lock", settings.lock, lock),
        (
            "aws_s3_bucket_server_side_encryption_configuration",
            "encryption",
            settings.encryption,
            ask(GET_ENCRYPTION),
        ),
        ("aws_s3_bucket_lifecycle_configuration", "lifecycle", lifecycle, ask(GET_LIFECYCLE)),
        ("aws_s3_bucket_logging", "logging", settings.logging, ask(GET_LOGGING)),
        (wiring.TYPES[0], "notification", wiring.notification, ask(GET_NOTIFICATIONS)),
        (wiring.TYPES[1], "replication", wiring.replication, ask(GET_REPLICATION) if versioned else None),
    )
    for type_, of, described, answer in answers:
        found = described(answer) if answer is not None else {}
        if found:
            yield part(type_, of, found)
