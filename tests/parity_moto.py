"""What AWS does and moto does not, added to moto: each amendment says what AWS documents, and where.

They hold for the process that calls `amend`, which is the rig's alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

REGIONS = ("us-east-1", "eu-central-1")
"""Regions of the account."""


def amend() -> None:
    """Make every amendment."""
    for amendment in AMENDMENTS:
        amendment()


def _new_buckets() -> None:
    """A new bucket blocks public access, is encrypted with SSE-S3 and has no ACLs; moto sets none of it.

    Source: S3 user guide, "Default settings for new S3 buckets FAQ" and "Setting default server-side encryption
    behavior for Amazon S3 buckets".
    """
    from moto.s3.models import FakeBucket, PublicAccessBlock  # noqa: PLC0415 - only the rig's process has moto

    make = FakeBucket.__init__

    def made(self: Any, *args: Any, **asked: Any) -> None:
        make(self, *args, **asked)
        self.public_access_block = PublicAccessBlock("true", "true", "true", "true")
        self.encryption = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}
        self.ownership_rule = "BucketOwnerEnforced"

    FakeBucket.__init__ = made  # type: ignore[method-assign]


def _log_delivery() -> None:
    """S3 takes any bucket policy that lets its log delivery write; moto knows one spelling, and fails over others.

    Source: S3 user guide, "Enabling Amazon S3 server access logging".
    """
    from moto.s3.models import FakeBucket  # noqa: PLC0415

    FakeBucket._log_permissions_enabled_policy = staticmethod(lambda **_: True)  # type: ignore[method-assign,assignment] # noqa: SLF001


def _rotation() -> None:
    """Rotation can be set up before a secret has a value; moto runs the function, in docker, and needs a value.

    Source: Secrets Manager reference, RotateSecret.
    """
    from moto.secretsmanager.models import SecretsManagerBackend as Backend  # noqa: PLC0415

    rotate = Backend.rotate_secret

    def rotated(self: Any, **asked: Any) -> str:
        function = asked.pop("rotation_lambda_arn", None)
        answer = rotate(self, **asked, rotation_lambda_arn=None)
        self.secrets[asked["secret_id"]].rotation_lambda_arn = function or ""
        return answer

    Backend.rotate_secret = rotated  # type: ignore[method-assign,assignment]


def _domain_status() -> None:
    """A domain name of an HTTP API has a status, and becomes AVAILABLE.

    Source: API Gateway V2 reference, DomainNameConfiguration.
    """
    from moto.apigatewayv2.models import ApiGatewayV2Backend as Backend  # noqa: PLC0415

    create = Backend.create_domain_name

    def created(self: Any, **asked: Any) -> Any:
        for configuration in asked["domain_name_configurations"]:
            configuration["domainNameStatus"] = "AVAILABLE"
        return create(self, **asked)

    Backend.create_domain_name = created  # type: ignore[method-assign,assignment]


def _queue_policy() -> None:
    """A queue keeps its policy when other attributes are set; moto takes it away.

    Source: SQS reference, SetQueueAttributes.
    """
    from moto.sqs.models import Queue  # noqa: PLC0415

    change = Queue._set_attributes  # noqa: SLF001

    def changed(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        policy = {} if "Policy" in attributes or not getattr(self, "_policy_json", None) else {"Policy": self.policy}
        change(self, {**policy, **attributes}, now)

    Queue._set_attributes = changed  # type: ignore[method-assign] # noqa: SLF001


def _certificates_of_distributions() -> None:
    """A distribution with a certificate of one's own does not use CloudFront's; moto says that it has both.

    Source: CloudFront reference, ViewerCertificate.
    """
    from moto.cloudfront.models import ViewerCertificate  # noqa: PLC0415

    make = ViewerCertificate.__init__

    def made(self: Any, config: dict[str, Any]) -> None:
        make(self, config)
        if self.acm_certificate_arn or self.iam_certificate_id:
            self.cloud_front_default_certificate = False

    ViewerCertificate.__init__ = made  # type: ignore[method-assign]


def _ids_of_databases() -> None:
    """Every database instance has a resource id of its own; moto gives all the same.

    Source: RDS reference, DBInstance.
    """
    from moto.rds.models import DBInstance  # noqa: PLC0415

    make = DBInstance.__init__

    def made(self: Any, *args: Any, **asked: Any) -> None:
        make(self, *args, **asked)
        self.dbi_resource_id = f"db-{hashlib.sha256(self.db_instance_arn.encode()).hexdigest()[:26].upper()}"

    DBInstance.__init__ = made  # type: ignore[method-assign]


def _named_trails() -> None:
    """Trails asked for by name or ARN are the only ones in the answer; moto answers all.

    Source: CloudTrail reference, DescribeTrails.
    """
    from moto.cloudtrail.responses import CloudTrailResponse as Response  # noqa: PLC0415

    describe = Response.describe_trails

    def described(self: Any) -> str:
        answer = json.loads(describe(self))
        wanted = self._get_param("trailNameList")
        if wanted:
            answer["trailList"] = [t for t in answer["trailList"] if not {t["Name"], t["TrailARN"]}.isdisjoint(wanted)]
        return json.dumps(answer)

    Response.describe_trails = described  # type: ignore[method-assign]


def _tags_of_repositories() -> None:
    """GetResources tells the tags of repositories; moto leaves them out.

    Source: Resource Groups Tagging API reference, GetResources.
    """
    from moto.core.resource_tagging import TaggedResource  # noqa: PLC0415
    from moto.ecr.models import ecr_backends  # noqa: PLC0415
    from moto.resourcegroupstaggingapi.models import (  # noqa: PLC0415
        ResourceGroupsTaggingAPIBackend as Backend,
    )

    generate = Backend._get_resources_generator  # noqa: SLF001

    def generated(
        self: Any, tag_filters: Any = None, resource_type_filters: Any = None, resource_arn_list: Any = None
    ) -> Iterator[Any]:
        yield from generate(self, tag_filters, resource_type_filters, resource_arn_list)
        if "ecr:repository" in (resource_type_filters or ()):
            backend = ecr_backends[self.account_id][self.region_name]
            for repository in backend.repositories.values():
                tags = backend.tagger.get_tag_dict_for_resource(repository.arn)
                yield TaggedResource(repository.arn, tags, "ecr:repository")

    Backend._get_resources_generator = generated  # type: ignore[method-assign] # noqa: SLF001


def _key_of_volumes() -> None:
    """The key of new volumes is the one that AWS manages, where nobody chose another; moto does not say.

    Source: EC2 reference, GetEbsDefaultKmsKeyId.
    """
    from moto.core.responses import ActionResult  # noqa: PLC0415
    from moto.ec2.responses import EC2Response  # noqa: PLC0415

    EC2Response.get_ebs_default_kms_key_id = lambda _self: ActionResult({"KmsKeyId": "alias/aws/ebs"})  # type: ignore[attr-defined]


def _two_regions() -> None:
    """The account has the two regions of the stacks and no other, so that a scan reads all of it in little time.

    Real accounts have those that AWS enables by default as well: AWS Account Management reference, "Enable or disable
    AWS Regions in your account".
    """
    from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend as Backend  # noqa: PLC0415

    describe = Backend.describe_regions

    def described(self: Any, *args: Any, **asked: Any) -> list[Any]:
        return [region for region in describe(self, *args, **asked) if region.name in REGIONS]

    Backend.describe_regions = described  # type: ignore[method-assign]


AMENDMENTS: tuple[Callable[[], None], ...] = (
    _new_buckets,
    _log_delivery,
    _rotation,
    _domain_status,
    _queue_policy,
    _certificates_of_distributions,
    _ids_of_databases,
    _named_trails,
    _tags_of_repositories,
    _key_of_volumes,
    _two_regions,
)
