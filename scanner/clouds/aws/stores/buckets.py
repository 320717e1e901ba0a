"""S3 buckets, with every split resource, old inline blocks and the refreshed state of existing ones."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.iam.policydoc import Document
from scanner.clouds.aws.keys.key_owner import key_owner
from scanner.clouds.aws.stores import bucket_access, bucket_lifecycle, log_targets
from scanner.clouds.aws.stores.bucket_settings import BUCKET, own_blocks, split
from scanner.clouds.aws.stores.log_keys import LogKeys, Place
from scanner.kinds import Store
from scanner.logic import Answer, Told, plain
from scanner.model import Noted, Unknown
from scanner.terraform.completed import sourced
from scanner.terraform.computed import left_out
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

VERSIONING = "aws_s3_bucket_versioning"
ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration"
LOCK = "aws_s3_bucket_object_lock_configuration"

terraform_types = (
    BUCKET,
    VERSIONING,
    ENCRYPTION,
    LOCK,
    log_targets.LOGGING,
    bucket_lifecycle.LIFECYCLE,
    bucket_access.POLICY,
    bucket_access.ACL,
    bucket_access.OWNERSHIP,
    bucket_access.BLOCK,
    bucket_access.ACCOUNT_BLOCK,
)
kinds = ("store",)

_KMS = frozenset({"aws:kms", "aws:kms:dsse"})
_LOCKED = "COMPLIANCE"


def from_plan(planned: PlannedWorld) -> Iterator[Store]:
    """Read every bucket."""
    access = bucket_access.Access(planned)
    targets = log_targets.LogTargets(planned)
    log_keys = planned.once(LogKeys)
    for bucket in planned.of(BUCKET):
        policy = bucket_access.policy_of(planned, bucket)
        completed = policy.completed if isinstance(policy, Document) else ()
        versioning = versioning_of(planned, bucket)
        state = plain(versioning)
        retention = bucket_lifecycle.retention(planned, bucket, state)
        yield Store.of(
            **planned.labels(bucket),
            type="bucket",
            public=sourced(access.public(bucket, policy), completed),
            public_block_declared=access.block_declared(bucket),
            encrypted=Noted(True, "S3 encrypts every object since January 2023"),
            key_owner=_key_owner(planned, bucket),
            expires=retention.expires,
            retention_days=retention.days,
            shortest_days=retention.shortest,
            longest_days=retention.longest,
            versioned=_versioned(versioning),
            access_logged=_access_logged(planned, bucket),
            access_log_target=targets.is_target(bucket, policy),
            requires_tls=sourced(bucket_access.requires_tls(bucket, policy), completed),
            immutable=bucket_immutable(planned, bucket),
            refuses_deletion=sourced(bucket_access.refuses_deletion(bucket, policy), completed),
            shares_key_with_logs=log_keys.shared(_key_place(planned, bucket)),
        )


def versioning_of(planned: PlannedWorld, bucket: PlannedResource) -> Told[str]:
    """State of versioning: Enabled, Suspended, Disabled (never on), or `off` where the plan does not show which.

    Source: Amazon S3 User Guide, "Using versioning in S3 buckets"; Object Lock switches versioning on.
    """
    setting = split(planned, bucket, VERSIONING)
    if isinstance(setting, Unknown):
        return setting
    if setting is not None:
        block = setting.block("versioning_configuration")
        return (
            block.text("status", bucket_lifecycle.NEVER) if isinstance(block, Block) else block or bucket_lifecycle.OFF
        )
    return _own_versioning(bucket)


def _own_versioning(bucket: PlannedResource) -> Told[str]:
    """State of versioning by the bucket's own block or refreshed state."""
    inline = own_blocks(bucket, "versioning", VERSIONING)
    enabled = inline if isinstance(inline, Unknown) else inline[0].flag("enabled") if inline else False
    if enabled is True:
        return bucket_lifecycle.ENABLED
    locked = False if left_out(bucket, "object_lock_enabled") else bucket.flag("object_lock_enabled")
    if locked is True:
        return Noted(bucket_lifecycle.ENABLED, "Object Lock switches versioning on")
    for state in (enabled, locked):
        if isinstance(state, Unknown):
            return state
    because = "a bucket keeps no earlier versions unless something switches versioning on"
    return Noted(bucket_lifecycle.NEVER, because) if bucket.settled else bucket_lifecycle.OFF


def bucket_immutable(planned: PlannedWorld, bucket: PlannedResource) -> Answer:
    """Whether Object Lock keeps every new object unchanged for a time: a default retention in compliance mode.

    Source: Amazon S3 User Guide, "Locking objects with Object Lock". Without a default retention, an object is locked
    only if whoever writes it says so; governance mode gives way to whoever has s3:BypassGovernanceRetention.
    """
    lock: Block | Unknown | None = split(planned, bucket, LOCK)
    if lock is None:
        inline = own_blocks(bucket, "object_lock_configuration", LOCK)
        lock = inline if isinstance(inline, Unknown) else inline[0] if inline else None
    if not isinstance(lock, Block):
        return lock or Noted(False, "it has no Object Lock configuration")
    rule = lock.block("rule")
    retention = rule.block("default_retention") if isinstance(rule, Block) else rule
    if not isinstance(retention, Block):
        return retention or Noted(False, "its Object Lock has no default retention")
    mode = retention.text("mode")
    if isinstance(mode, Unknown):
        return mode
    note = "" if mode == _LOCKED else ", which gives way to s3:BypassGovernanceRetention"
    return Noted(mode == _LOCKED, f"Object Lock has the default mode {mode}{note}")


def _versioned(versioning: Told[str]) -> Answer:
    state = plain(versioning)
    if isinstance(state, Unknown):
        return state
    because = versioning.because if isinstance(versioning, Noted) else f"versioning is {state}"
    return Noted(state == bucket_lifecycle.ENABLED, because)


def _key_owner(planned: PlannedWorld, bucket: PlannedResource) -> Told[str]:
    """Who owns the key of the bucket's default encryption."""
    owner, default = _encryption(planned, bucket)
    if isinstance(default, Unknown):
        return default
    if default is None:
        return Noted("provider", "S3 encrypts with its own key where nothing else is set")
    algorithm = default.text("sse_algorithm")
    if isinstance(algorithm, Unknown):
        return algorithm
    if algorithm not in _KMS:
        return Noted("provider", f"sse_algorithm is {algorithm}")
    return key_owner(
        planned, owner, "kms_master_key_id", default, absent=Noted("provider", "without a key, S3 uses alias/aws/s3")
    )


def _key_place(planned: PlannedWorld, bucket: PlannedResource) -> Place | Unknown | None:
    """Where the key of the bucket's default encryption is named; None where it has none of its own."""
    owner, default = _encryption(planned, bucket)
    if default is None or isinstance(default, Unknown):
        return default
    algorithm = default.text("sse_algorithm")
    if isinstance(algorithm, Unknown):
        return algorithm
    return (owner, "kms_master_key_id", default) if algorithm in _KMS else None


def _encryption(planned: PlannedWorld, bucket: PlannedResource) -> tuple[PlannedResource, Block | Unknown | None]:
    """The bucket's default encryption, and the resource that sets it."""
    setting = split(planned, bucket, ENCRYPTION)
    if isinstance(setting, Unknown):
        return bucket, setting
    outer = _outer(bucket, setting)
    rule = outer if isinstance(outer, Unknown) else next((b for b in outer if b.get(_BY_DEFAULT)), None)
    return setting or bucket, rule.block(_BY_DEFAULT) if isinstance(rule, Block) else rule


_BY_DEFAULT = "apply_server_side_encryption_by_default"


def _outer(bucket: PlannedResource, setting: PlannedResource | None) -> tuple[Block, ...] | Unknown:
    """Encryption rules of the split resource, or of the bucket itself."""
    if setting is not None:
        return setting.blocks("rule")
    inline = own_blocks(bucket, "server_side_encryption_configuration", ENCRYPTION)
    if isinstance(inline, Unknown) or not inline:
        return inline
    return inline[0].blocks("rule")


def _access_logged(planned: PlannedWorld, bucket: PlannedResource) -> Answer:
    setting = split(planned, bucket, log_targets.LOGGING)
    if isinstance(setting, Unknown):
        return setting
    if setting is not None:
        target = setting.get("target_bucket")
        if isinstance(target, Unknown) and setting.plan.is_live:
            return target
        return Noted(True, f"{setting.address} delivers its access log")
    inline = own_blocks(bucket, "logging", log_targets.LOGGING)
    if isinstance(inline, Unknown):
        return inline
    if inline and inline[0].get("target_bucket"):
        return True
    return Noted(False, "nothing switches its access log on")
