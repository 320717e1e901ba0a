"""Buckets that receive access logs: of other buckets, of load balancers, of CloudFront.

S3's own access logs, and those of Application and Classic Load Balancers, cannot be delivered to a bucket under a KMS
key. Sources: Amazon S3 User Guide, "Enabling Amazon S3 server access logging"; Elastic Load Balancing User Guides,
"Access logs"; CloudFront Developer Guide, "Standard logging (legacy)".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.clouds.aws.iam.policydoc import Document
from scanner.clouds.aws.stores.bucket_settings import BUCKET, own_blocks
from scanner.logic import Answer
from scanner.model import Noted, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld, first
from scanner.terraform.values import Block

BALANCERS = ("aws_lb", "aws_alb", "aws_elb")
CDN = "aws_cloudfront_distribution"
LOGGING = "aws_s3_bucket_logging"

_WRITERS = frozenset({"Service:logging.s3.amazonaws.com", "Service:logdelivery.elasticloadbalancing.amazonaws.com"})
_DOMAIN = re.compile(r"\.s3[.-][a-z0-9.-]*amazonaws\.com(\.cn)?$")
_ACL = "aws_s3_bucket_acl"
_CANNED = "log-delivery-write"
_GROUP = "/groups/s3/LogDelivery"


class LogTargets:
    """Every bucket some resource of the plan delivers its access log to."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Follow each delivery to its bucket."""
        self._planned = planned
        self._certain: dict[PlannedResource, str] = {}
        self._possible: dict[PlannedResource, str] = {}
        self._anyone: str = ""
        for owner, block, attribute in _deliveries(planned):
            self._take(owner, block, attribute)

    def is_target(self, bucket: PlannedResource, policy: Document | Unknown | None) -> Answer:
        """Whether access logs are delivered to the bucket, as a delivery or its own policy shows."""
        if bucket in self._certain:
            return Noted(True, f"{self._certain[bucket]} delivers its access log here")
        split = self._planned.attached(bucket, LOGGING, "target_bucket")
        if split and not isinstance(split, Unknown):
            return Noted(True, f"{split[0].address} delivers access logs here")
        if isinstance(policy, Document) and any(
            _WRITERS.intersection(s.principals)
            for s in policy.statements
            if s.effect == "Allow" and not isinstance(s.principals, Unknown)
        ):
            return Noted(True, "its policy lets a service deliver access logs")
        by_acl = _lets_s3_write(bucket, first(self._planned.attached(bucket, _ACL, "bucket")))
        if by_acl is True:
            return Noted(True, "its access control list lets S3 deliver access logs")
        unread = (split, policy, by_acl) if bucket.plan.is_live else (split,)
        for answer in unread:
            if isinstance(answer, Unknown):
                return answer
        reason = self._possible.get(bucket, self._anyone) or self._left_out(bucket)
        return Unknown(reason) if reason else False

    def _left_out(self, bucket: PlannedResource) -> str:
        """Why a running account may hold deliveries that were not seen."""
        if not bucket.plan.is_live:
            return ""
        reasons = (self._planned.left_out(bucket, type_) for type_ in (*BALANCERS, CDN))
        return next(filter(None, reasons), "")

    def _take(self, owner: PlannedResource, block: Block, attribute: str) -> None:
        target = self._planned.target(owner, attribute, (BUCKET,), block)
        if isinstance(target, External):
            target = self._planned.by_name(_DOMAIN.sub("", target.value), BUCKET)
        if isinstance(target, PlannedResource):
            self._certain.setdefault(target, owner.address)
        elif isinstance(target, Unknown):
            named = self._planned.referred(owner, block.references(attribute) or ())
            candidates = [bucket for bucket in named if bucket.type == BUCKET]
            self._possible.update(dict.fromkeys(candidates, target.reason))
            self._anyone = self._anyone or ("" if candidates else target.reason)


def _lets_s3_write(bucket: PlannedResource, acl: PlannedResource | Unknown | None) -> bool | Unknown:
    """Whether an access control list grants S3's log delivery group; unknown only where a running account's is."""
    if not isinstance(acl, Block):
        return bucket.values.get("acl") == _CANNED or (acl or False)
    if _CANNED in (bucket.values.get("acl"), acl.values.get("acl")):
        return True
    policy = acl.block("access_control_policy")
    grants = policy.blocks("grant") if isinstance(policy, Block) else policy or ()
    if isinstance(grants, Unknown):
        return grants
    grantees = [grant.block("grantee") for grant in grants]
    return any(isinstance(who, Block) and str(who.values.get("uri")).endswith(_GROUP) for who in grantees)


def _deliveries(planned: PlannedWorld) -> Iterator[tuple[PlannedResource, Block, str]]:
    """Each block that names a destination of access logs, where it is switched on."""
    for bucket in planned.of(BUCKET):
        inline = own_blocks(bucket, "logging", LOGGING)
        for block in inline if isinstance(inline, tuple) else ():
            yield bucket, block, "target_bucket"
    for balancer in planned.of(*BALANCERS):
        for name in ("access_logs", "connection_logs"):
            for owner, block, attribute in _blocks(balancer, name, "bucket"):
                if block.flag("enabled", absent=balancer.type == "aws_elb") is not False:
                    yield owner, block, attribute
    for distribution in planned.of(CDN):
        yield from _blocks(distribution, "logging_config", "bucket")


def _blocks(owner: PlannedResource, name: str, attribute: str) -> Iterator[tuple[PlannedResource, Block, str]]:
    found = owner.blocks(name)
    if not isinstance(found, Unknown):
        yield from ((owner, block, attribute) for block in found if block.get(attribute))
