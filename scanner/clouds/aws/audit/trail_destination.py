"""Whether what a trail delivers is kept as it was written.

Sources: Amazon S3 User Guide, "Locking objects with Object Lock" and "Bucket policies"; AWS CloudTrail User Guide,
"Event data stores" (events there cannot be changed; termination protection keeps the store itself).
"""

from __future__ import annotations

from scanner.clouds.aws.iam.elements import NOT_KNOWN
from scanner.clouds.aws.iam.patterns import matches_action
from scanner.clouds.aws.iam.policydoc import PolicyStatement
from scanner.clouds.aws.stores.bucket_access import policy_of
from scanner.clouds.aws.stores.bucket_settings import BUCKET
from scanner.clouds.aws.stores.buckets import bucket_immutable
from scanner.logic import Answer, both, said_of
from scanner.model import Noted, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

_DELETING = (
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:DeleteBucket",
    "s3:PutLifecycleConfiguration",
    "s3:BypassGovernanceRetention",
    "s3:PutObjectRetention",
    "s3:PutObjectLegalHold",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketPolicy",
)
"""Actions by which records are deleted, or their protection is taken away."""


def bucket(planned: PlannedWorld, trail: PlannedResource) -> Answer:
    """Whether a trail's bucket locks objects by default, and no statement of its policy lets anybody delete them."""
    target = planned.target(trail, "s3_bucket_name", (BUCKET,))
    if isinstance(target, External):
        # Often of an account of its own, which may be read as well: no two buckets share a name.
        target = planned.by_name(target.value, BUCKET) or target
    if isinstance(target, PlannedResource):
        return both(said_of(target.address, bucket_immutable(planned, target)), _kept_by_policy(planned, target))
    if isinstance(target, External):
        return Unknown(f"its destination bucket {target.value} was not read")
    return target or Unknown("it names no destination bucket")


def lake(_: PlannedWorld, store: PlannedResource) -> Answer:
    """Whether an event data store cannot be deleted; it is protected unless the code says otherwise."""
    protected = store.flag("termination_protection_enabled", absent=True)
    return Noted(False, "termination_protection_enabled is false") if protected is False else protected


def _kept_by_policy(planned: PlannedWorld, bucket: PlannedResource) -> Answer:
    policy = policy_of(planned, bucket)
    if policy is None or isinstance(policy, Unknown):
        return policy or True
    answers = [_keeps(bucket, statement) for statement in policy.statements]
    return both(*answers, Unknown(policy.more) if policy.more else True)


def _keeps(bucket: PlannedResource, statement: PolicyStatement) -> Answer:
    """Whether a statement allows nothing that deletes."""
    if statement.effect != "Allow":
        return True
    if isinstance(statement.actions, Unknown) or isinstance(statement.not_actions, Unknown):
        return Unknown(f"the actions that the policy of {bucket.address} allows are known only after apply")
    if statement.not_actions:
        deleting = [a for a in _DELETING if not any(matches_action(pattern, a) for pattern in statement.not_actions)]
    else:
        deleting = [a for a in _DELETING if any(matches_action(pattern, a) for pattern in statement.actions)]
    if deleting:
        name = statement.sid or "a statement"
        return Noted(False, f"{name} of the policy of {bucket.address} allows {deleting[0]}")
    if NOT_KNOWN in (*statement.actions, *statement.not_actions):
        return Unknown(f"an action that the policy of {bucket.address} allows is known only after apply")
    return True
