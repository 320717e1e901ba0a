"""Where a bucket's settings stand: in a split resource, in the bucket's own block, or in its refreshed state.

Source: AWS provider 4 upgrade guide, "S3 Bucket Refactor". Since then the bucket's own blocks are computed: of a
bucket that existed before, they hold what the refresh saw; of a new one, nothing.
"""

from __future__ import annotations

from typing import Any

from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld, first
from scanner.terraform.values import Block

BUCKET = "aws_s3_bucket"


def split(planned: PlannedWorld, bucket: PlannedResource, type_: str) -> PlannedResource | Unknown | None:
    """The split resource of `type_` that belongs to the bucket, if there is one."""
    return first(planned.attached(bucket, type_, "bucket"))


def own_blocks(bucket: PlannedResource, name: str, type_: str) -> tuple[Block, ...] | Unknown:
    """Blocks of the bucket itself that set what a split resource of `type_` would.

    Empty where it is certain that nothing does; unknown where that was not seen.
    """
    blocks = bucket.blocks(name)
    if bucket.settled:
        return blocks if not isinstance(blocks, Unknown) or bucket.configured(name) else ()
    if isinstance(blocks, Unknown):
        return blocks
    if removed(bucket, type_):
        return ()
    if blocks or isinstance(bucket.values.get(name), list):
        return blocks
    return unseen(bucket, type_)


def own_value(bucket: PlannedResource, name: str, type_: str) -> Any:
    """Value of the bucket's own argument, where no split resource of `type_` sets it; None where nothing does."""
    value = bucket.get(name)
    if bucket.settled:
        set_here = bucket.configured(name) or not bucket.plan.has_configuration
        return None if isinstance(value, Unknown) and not set_here else value
    if value is not None and not removed(bucket, type_):
        return value
    if name in bucket.values or removed(bucket, type_):
        return None
    return unseen(bucket, type_)


def unseen(bucket: PlannedResource, type_: str) -> Unknown:
    """Why a setting of a bucket that existed before is not known."""
    return Unknown(
        f"{bucket.address} existed before, and this plan holds neither {type_} for it nor what it was set to"
    )


def removed(bucket: PlannedResource, type_: str) -> bool:
    """Whether this plan deletes the split resource, so that the refreshed state is about to be untrue."""
    return (type_, bucket.values.get("bucket")) in bucket.plan.deleted
