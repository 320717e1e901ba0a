"""What AWS Config keeps of resources in the words of their own APIs: which requests its items can answer.

Config records what a resource's Describe or List operation says (AWS Config Developer Guide, "How AWS Config Works"),
but as the names of the Java SDK have it, and not all of it. Here stand the operations of which the properties that
Config publishes (awslabs/aws-config-resource-schema) hold everything a collector reads. Left out, with what is missing:

    EC2 instance, VPC endpoint    the state is told otherwise; an endpoint's policy
    S3 policy, ACL, ownership,    not among the published properties; lifecycle rules have another form
      lifecycle, tags
    DynamoDB backups, TTL         how far back a table can be restored to is old as soon as it is recorded; TTL
    RDS instance, cluster         the same; deletion protection
    KMS key, rotation             multi-region keys, key stores; period and next date of rotation
    Lambda function               environment
    SQS queue, SNS topic          policy; subscriptions
    Secrets Manager secret        last access, next rotation
    ACM certificate, alarm,       Config records another operation than the one that is asked
      load balancer
    IAM                           one request tells the whole account

A property that Config does not have, has in another type or under a name the API does not know, is never guessed: the
account is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from scanner.clouds.aws.live.shapes import MisfitError
from scanner.collect.calls import Page, found_in

Words: TypeAlias = "dict[str, Any]"
"""An answer in Config's words: names in any case, null where there is nothing."""


class ConfigItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One row of a query; properties that are null may be missing."""

    account_id: str
    aws_region: str
    resource_id: str
    configuration_item_capture_time: str
    configuration_item_status: str
    configuration: Any = None
    supplementary_configuration: Any = None
    tags: Any = None


FIELDS = tuple(field.encode_name for field in msgspec.structs.fields(ConfigItem))
"""Properties that a query asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """One operation that Config's items answer."""

    type: str
    """Config's type of resource."""

    service: str
    operation: str
    words: Callable[[ConfigItem], Words | None]
    """The answer about one resource; None where Config does not tell."""

    needs: tuple[str, ...]
    """What the API always says of a resource and a collector reads, as paths in an answer: an item without it does not
    tell."""

    of: str = ""
    """The parameter that names the resource; empty for a list of all."""

    @property
    def name(self) -> str:
        """The operation with its service."""
        return f"{self.service}:{self.operation}"

    def lacks(self, page: Page) -> str:
        """What an answer about one resource does not tell of what it must; empty where it tells all."""
        for path in self.needs:
            head, _, last = path.rpartition(".")
            if any(last not in found for found in found_in(page, head)):
                return path
        return ""


def _group(item: ConfigItem) -> Words:
    settings = _settings(item)
    rules = {name: [_rule(rule) for rule in settings.get(name) or ()] for name in ("ipPermissions", _EGRESS)}
    return {"SecurityGroups": [{**settings, **rules, "tags": _tags(item)}]}


def _rule(rule: Any) -> Words:
    """A rule; its IPv4 ranges stand in it twice, as the SDK has them and as it once had them."""
    if not isinstance(rule, dict):
        raise MisfitError("a rule is no structure")
    ranges, bare = rule.get("ipv4Ranges"), rule.get("ipRanges") or []
    if ranges is None or [isinstance(one, dict) and one.get("cidrIp") for one in ranges] != bare:
        raise MisfitError("its IPv4 ranges contradict each other")
    return {**{name: value for name, value in rule.items() if name != "ipv4Ranges"}, "ipRanges": ranges}


_EGRESS = "ipPermissionsEgress"


def _interface(item: ConfigItem) -> Words:
    return {"NetworkInterfaces": [{**_settings(item), "tagSet": _tags(item)}]}


def _table(item: ConfigItem) -> Words | None:
    """A table without replicas: of these Config does not keep what they are called."""
    settings = _settings(item)
    return None if settings.get("replicas") else {"Table": settings}


def _block(item: ConfigItem) -> Words | None:
    found = _part(item, "PublicAccessBlockConfiguration")
    return {"PublicAccessBlockConfiguration": found} if found else None


def _encryption(item: ConfigItem) -> Words | None:
    found = _part(item, "ServerSideEncryptionConfiguration")
    return {"ServerSideEncryptionConfiguration": found} if found else None


def _lock(item: ConfigItem) -> Words | None:
    found = _part(item, "ObjectLockConfiguration")
    return {"ObjectLockConfiguration": found} if found else None


def _versioning(item: ConfigItem) -> Words | None:
    """S3 itself says nothing of a bucket that never had versions, which Config calls Off."""
    found = _part(item, "BucketVersioningConfiguration")
    if not found or not found.get("status"):
        return None
    if found["status"] == "Off":
        return {}
    deleting = {None: None, True: "Enabled", False: "Disabled"}
    if found.get("isMfaDeleteEnabled") not in deleting:
        raise MisfitError("isMfaDeleteEnabled is no boolean")
    return {"Status": found["status"], "MFADelete": deleting[found.get("isMfaDeleteEnabled")]}


def _logging(item: ConfigItem) -> Words | None:
    """Where the access log goes; no target is said as null."""
    found = _part(item, "BucketLoggingConfiguration")
    if not found or "destinationBucketName" not in found:
        return None
    target, prefix = found["destinationBucketName"], found.get("logFilePrefix")
    return {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": prefix or ""}} if target else {}


def _settings(item: ConfigItem) -> Words:
    found = _opened(item.configuration)
    if not isinstance(found, dict):
        raise MisfitError("it has no configuration")
    return found


def _part(item: ConfigItem, name: str) -> Words | None:
    """A part of what Config reads by requests of its own."""
    parts = _opened(item.supplementary_configuration)
    if not isinstance(parts, dict):
        return None
    found = _opened(parts.get(name))
    if found is not None and not isinstance(found, dict):
        raise MisfitError(f"{name} is no structure")
    return found


def _opened(value: Any) -> Any:
    """A value that some of Config's operations give as JSON in text."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        raise MisfitError("it holds text that is no JSON") from None


def _tags(item: ConfigItem) -> list[Words]:
    """Tags; they decide environment and data classes, so that an item without them does not tell."""
    if not isinstance(item.tags, list) or not all(isinstance(tag, dict) for tag in item.tags):
        raise MisfitError("it has no tags")
    return [{"Key": tag.get("key"), "Value": tag.get("value")} for tag in item.tags]


_FLAGS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_RULES = "ServerSideEncryptionConfiguration.Rules"
_BUCKET = "AWS::S3::Bucket"
_ALL = (
    Mirror(
        type="AWS::EC2::SecurityGroup",
        service="ec2",
        operation="DescribeSecurityGroups",
        words=_group,
        needs=(
            *(f"SecurityGroups.{name}" for name in ("GroupId", "GroupName", "OwnerId", "IpPermissions", "VpcId")),
            "SecurityGroups.IpPermissionsEgress",
            "SecurityGroups.IpPermissions.IpProtocol",
            "SecurityGroups.IpPermissionsEgress.IpProtocol",
            *(f"SecurityGroups.IpPermissions.{name}" for name in ("Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")),
        ),
    ),
    Mirror(
        type="AWS::EC2::NetworkInterface",
        service="ec2",
        operation="DescribeNetworkInterfaces",
        words=_interface,
        needs=tuple(
            f"NetworkInterfaces.{name}"
            for name in ("NetworkInterfaceId", "InterfaceType", "SubnetId", "Groups", "RequesterManaged", "Description")
        ),
    ),
    Mirror(
        type="AWS::DynamoDB::Table",
        service="dynamodb",
        operation="DescribeTable",
        words=_table,
        needs=("Table.TableName", "Table.TableArn", "Table.DeletionProtectionEnabled"),
        of="TableName",
    ),
    Mirror(
        type=_BUCKET,
        service="s3",
        operation="GetPublicAccessBlock",
        words=_block,
        needs=tuple(f"PublicAccessBlockConfiguration.{name}" for name in _FLAGS),
        of="Bucket",
    ),
    Mirror(
        type=_BUCKET,
        service="s3",
        operation="GetBucketEncryption",
        words=_encryption,
        needs=(
            _RULES,
            f"{_RULES}.ApplyServerSideEncryptionByDefault.SSEAlgorithm",
            f"{_RULES}.ApplyServerSideEncryptionByDefault",
            f"{_RULES}.BucketKeyEnabled",
        ),
        of="Bucket",
    ),
    Mirror(
        type=_BUCKET,
        service="s3",
        operation="GetObjectLockConfiguration",
        words=_lock,
        needs=("ObjectLockConfiguration.ObjectLockEnabled",),
        of="Bucket",
    ),
    Mirror(type=_BUCKET, service="s3", operation="GetBucketVersioning", words=_versioning, needs=(), of="Bucket"),
    Mirror(type=_BUCKET, service="s3", operation="GetBucketLogging", words=_logging, needs=(), of="Bucket"),
)

MIRRORS: Mapping[str, Mirror] = {mirror.name: mirror for mirror in _ALL}
"""Operations that Config's items answer, by service and operation."""
