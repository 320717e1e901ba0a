"""Parts of a bucket: from S3's answers to the attributes of the provider's split resources.

Each takes an answer, or why there is none, and gives no attributes where S3 says that nothing is set. Sources: Amazon
S3 API Reference; the provider's schema of aws_s3_bucket_*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from scanner.collect.calls import Page
from scanner.model import Unknown

Given: TypeAlias = Page | Unknown
Attributes: TypeAlias = dict[str, Any]
DaysSince: TypeAlias = Callable[[object], "int | None"]

_FLAGS = {
    "block_public_acls": "BlockPublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "ignore_public_acls": "IgnorePublicAcls",
    "restrict_public_buckets": "RestrictPublicBuckets",
}


def block(answer: Given) -> Attributes:
    """The four settings of a block on public access, of a bucket or an account."""
    if isinstance(answer, Unknown):
        return dict.fromkeys(_FLAGS, answer)
    found = answer.get("PublicAccessBlockConfiguration") or {}
    return {attribute: bool(found.get(name)) for attribute, name in _FLAGS.items()}


def policy(answer: Given) -> Attributes:
    """A bucket's policy."""
    return {"policy": answer if isinstance(answer, Unknown) else answer.get("Policy")}


def ownership(answer: Given) -> Attributes:
    """Who owns what others write into a bucket."""
    if isinstance(answer, Unknown):
        return {"rule": answer}
    rules = (answer.get("OwnershipControls") or {}).get("Rules") or ()
    return {"rule": [{"object_ownership": rule.get("ObjectOwnership")} for rule in rules]}


def may_let_others_in(answer: Given | None) -> bool:
    """Whether a bucket's access control list names a group, such as everybody, as far as is known.

    Where its owner owns every object, S3 answers with a list of the owner alone (API Reference, "GetBucketAcl").
    """
    if not isinstance(answer, dict):
        return True
    return any((grant.get("Grantee") or {}).get("URI") for grant in answer.get("Grants") or ())


def acl(answer: Given) -> Attributes:
    """A bucket's access control list, each grant of it."""
    if isinstance(answer, Unknown):
        return {"access_control_policy": answer}
    grants = [
        {"permission": grant.get("Permission"), "grantee": [_grantee(grant.get("Grantee") or {})]}
        for grant in answer.get("Grants") or ()
    ]
    return {"access_control_policy": [{"grant": grants}]}


def _grantee(grantee: Page) -> Attributes:
    return {"type": grantee.get("Type"), "id": grantee.get("ID"), "uri": grantee.get("URI")}


def may_be_versioned(answer: Given | None) -> bool:
    """Whether a bucket keeps versions, as far as is known."""
    return not isinstance(answer, dict) or answer.get("Status") == "Enabled"


def versioning(answer: Given) -> Attributes:
    """Whether a bucket keeps earlier versions; nothing where it never did."""
    if isinstance(answer, Unknown):
        return {"versioning_configuration": answer}
    status = answer.get("Status")
    return {"versioning_configuration": [{"status": status, "mfa_delete": answer.get("MFADelete")}]} if status else {}


def locked(answer: Given | None) -> Attributes:
    """Whether Object Lock is on, as the bucket itself tells it."""
    if isinstance(answer, Unknown):
        return {"object_lock_enabled": answer}
    found = (answer or {}).get("ObjectLockConfiguration") or {}
    return {"object_lock_enabled": found.get("ObjectLockEnabled") == "Enabled"}


def lock(answer: Given) -> Attributes:
    """Object Lock, with its default retention."""
    if isinstance(answer, Unknown):
        return {"rule": answer}
    found = answer.get("ObjectLockConfiguration") or {}
    if not found:
        return {}
    retention = (found.get("Rule") or {}).get("DefaultRetention") or {}
    rule = {"mode": retention.get("Mode"), "days": retention.get("Days"), "years": retention.get("Years")}
    return {
        "object_lock_enabled": found.get("ObjectLockEnabled"),
        "rule": [{"default_retention": [rule]}] if retention else [],
    }


def encryption(answer: Given) -> Attributes:
    """What a bucket encrypts new objects with."""
    if isinstance(answer, Unknown):
        return {"rule": answer}
    rules = (answer.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or ()
    return {"rule": [_encryption_rule(rule) for rule in rules]} if rules else {}


def _encryption_rule(rule: Page) -> Attributes:
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    named = {"sse_algorithm": default.get("SSEAlgorithm"), "kms_master_key_id": default.get("KMSMasterKeyID")}
    return {
        "bucket_key_enabled": rule.get("BucketKeyEnabled"),
        "apply_server_side_encryption_by_default": [named] if default else [],
    }


def lifecycle(days_since: DaysSince, answer: Given) -> Attributes:
    """Rules by which a bucket deletes what it holds."""
    if isinstance(answer, Unknown):
        return {"rule": answer}
    return {"rule": [_rule(rule, days_since) for rule in answer.get("Rules") or ()]}


def _rule(rule: Page, days_since: DaysSince) -> Attributes:
    expiration, earlier = rule.get("Expiration"), rule.get("NoncurrentVersionExpiration")
    return {
        "id": rule.get("ID"),
        "status": rule.get("Status"),
        "prefix": rule.get("Prefix"),
        "filter": [_filter(rule["Filter"])] if rule.get("Filter") else [],
        "expiration": [_expiration(expiration, days_since)] if expiration else [],
        "noncurrent_version_expiration": [_earlier(earlier)] if earlier else [],
    }


def _filter(given: Page) -> Attributes:
    tag, joined = given.get("Tag"), given.get("And")
    return {
        "prefix": given.get("Prefix"),
        "object_size_greater_than": given.get("ObjectSizeGreaterThan"),
        "object_size_less_than": given.get("ObjectSizeLessThan"),
        "tag": [{"key": tag.get("Key"), "value": tag.get("Value")}] if tag else [],
        "and": [_joined(joined)] if joined else [],
    }


def _joined(joined: Page) -> Attributes:
    return {
        "prefix": joined.get("Prefix"),
        "object_size_greater_than": joined.get("ObjectSizeGreaterThan"),
        "object_size_less_than": joined.get("ObjectSizeLessThan"),
        "tags": {tag.get("Key"): tag.get("Value") for tag in joined.get("Tags") or ()},
    }


def _expiration(given: Page, days_since: DaysSince) -> Attributes:
    return {
        "days": given.get("Days"),
        "date": given.get("Date"),
        "date_days_ago": days_since(given.get("Date")),
        "expired_object_delete_marker": given.get("ExpiredObjectDeleteMarker"),
    }


def _earlier(given: Page) -> Attributes:
    return {
        "noncurrent_days": given.get("NoncurrentDays"),
        "newer_noncurrent_versions": given.get("NewerNoncurrentVersions"),
    }


def logging(answer: Given) -> Attributes:
    """Where a bucket delivers its access log; nothing where it keeps none."""
    if isinstance(answer, Unknown):
        return {"target_bucket": answer}
    found = answer.get("LoggingEnabled")
    return {"target_bucket": found.get("TargetBucket"), "target_prefix": found.get("TargetPrefix")} if found else {}
