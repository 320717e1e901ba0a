"""EC2: instances and launch templates with their user data, and whether new volumes are encrypted by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live import masking
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.tags import Tags, pairs
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "ec2"
everywhere = True
types = ("aws_instance", "aws_launch_template", "aws_ebs_encryption_by_default", "aws_ebs_default_kms_key")

_GONE = frozenset({"shutting-down", "terminated"})


def _masked_attribute(page: Page) -> Page:
    if encoded := (page.get("UserData") or {}).get("Value"):
        page["UserData"] = {"Value": masking.user_data(encoded)}
    return page


def _masked_versions(page: Page) -> Page:
    for version in page.get("LaunchTemplateVersions", ()):
        data = version.get("LaunchTemplateData") or {}
        if data.get("UserData"):
            data["UserData"] = masking.user_data(data["UserData"])
    return page


DESCRIBE_INSTANCES = call("ec2", "DescribeInstances", items="Reservations.Instances")
DESCRIBE_ATTRIBUTE = call(
    "ec2", "DescribeInstanceAttribute", absent=("InvalidInstanceID.NotFound",), mask=_masked_attribute
)
DESCRIBE_TEMPLATES = call("ec2", "DescribeLaunchTemplates", items="LaunchTemplates")
DESCRIBE_VERSIONS = call("ec2", "DescribeLaunchTemplateVersions", items="LaunchTemplateVersions", mask=_masked_versions)
GET_EBS_DEFAULT = call("ec2", "GetEbsEncryptionByDefault")
GET_EBS_KEY = call("ec2", "GetEbsDefaultKmsKeyId")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read instances, launch templates and the region's default for volumes."""
    instances = reader.every(DESCRIBE_INSTANCES)
    yield from instances.unread(("aws_instance",))
    there = [one for one in instances.items if (one.get("State") or {}).get("Name") not in _GONE]
    yield from reader.each(there, lambda instance: _instance(reader, instance))
    yield from _templates(reader)
    yield from _volume_defaults(reader)


def _instance(reader: Reader, instance: dict[str, Any]) -> Item:
    id_ = instance["InstanceId"]
    arn = reader.arn("ec2", f"instance/{id_}")
    answer = reader.ask(DESCRIBE_ATTRIBUTE, InstanceId=id_, Attribute="userData")
    data = answer if isinstance(answer, Unknown) else ((answer or {}).get("UserData") or {}).get("Value")
    profile = (instance.get("IamInstanceProfile") or {}).get("Arn")
    values = {
        "arn": arn,
        "id": id_,
        "ami": instance.get("ImageId"),
        "instance_type": instance.get("InstanceType"),
        "subnet_id": instance.get("SubnetId"),
        "associate_public_ip_address": _has_public_address(instance),
        "iam_instance_profile": profile.rpartition("/")[2] if profile else None,
        "metadata_options": metadata_options(instance.get("MetadataOptions")),
        "user_data": data,
        "vpc_security_group_ids": [group["GroupId"] for group in instance.get("SecurityGroups", ())],
        "tags": pairs(instance.get("Tags")),
    }
    return Item("aws_instance", arn, values)


def _has_public_address(instance: dict[str, Any]) -> bool:
    interfaces = instance.get("NetworkInterfaces", ())
    return bool(instance.get("PublicIpAddress")) or any(interface.get("Association") for interface in interfaces)


def metadata_options(options: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The block of that name; nothing where an API tells nothing of it."""
    if not options:
        return []
    return [
        {
            "http_endpoint": options.get("HttpEndpoint"),
            "http_tokens": options.get("HttpTokens"),
            "http_put_response_hop_limit": options.get("HttpPutResponseHopLimit"),
        }
    ]


def _templates(reader: Reader) -> Iterator[Item | Unread]:
    """Each template as its latest version says, as the provider does, and as its default one where that is another."""
    templates = reader.every(DESCRIBE_TEMPLATES)
    versions = reader.every(DESCRIBE_VERSIONS, Versions=["$Latest", "$Default"]) if _any(templates) else templates
    missing = templates.missing or versions.missing
    if missing is not None:
        refused = DESCRIBE_TEMPLATES if templates.missing else DESCRIBE_VERSIONS
        yield Unread(("aws_launch_template",), missing, refused.action)
    told = {(one["LaunchTemplateId"], one["VersionNumber"]): one for one in versions.items if "VersionNumber" in one}
    for template in templates.items:
        latest = template.get("LatestVersionNumber")
        for number in dict.fromkeys((latest, template.get("DefaultVersionNumber"))):
            version = told.get((template["LaunchTemplateId"], number))
            yield _template(reader, template, version, "" if number == latest else f":{number}", missing)


def _any(listing: Any) -> bool:
    return bool(listing.items)


def _template(
    reader: Reader, template: dict[str, Any], version: dict[str, Any] | None, suffix: str, missing: Unknown | None
) -> Item:
    id_ = template["LaunchTemplateId"]
    arn = reader.arn("ec2", f"launch-template/{id_}{suffix}")
    tags: Tags = pairs(template.get("Tags"))
    common = {"arn": arn, "id": f"{id_}{suffix}", "name": template["LaunchTemplateName"], "tags": tags}
    if version is None:
        why = missing or Unknown(f"version {suffix or 'latest'} of {id_} is not described")
        unread = ("user_data", "metadata_options", "iam_instance_profile", "network_interfaces")
        return Item("aws_launch_template", arn, {**common, **dict.fromkeys((*unread, "vpc_security_group_ids"), why)})
    data = version.get("LaunchTemplateData") or {}
    profile = data.get("IamInstanceProfile")
    values = {
        **common,
        "image_id": data.get("ImageId"),
        "user_data": data.get("UserData"),
        "metadata_options": metadata_options(data.get("MetadataOptions")),
        "iam_instance_profile": [{"arn": profile.get("Arn"), "name": profile.get("Name")}] if profile else [],
        "vpc_security_group_ids": data.get("SecurityGroupIds", []),
        "network_interfaces": [
            {
                "security_groups": one.get("Groups", []),
                "associate_public_ip_address": one.get("AssociatePublicIpAddress"),
            }
            for one in data.get("NetworkInterfaces", ())
        ],
    }
    return Item("aws_launch_template", arn, values)


def _volume_defaults(reader: Reader) -> Iterator[Item]:
    """What EBS does in this region with a volume of which nobody says whether it is encrypted, and with which key."""
    answer = reader.ask(GET_EBS_DEFAULT)
    enabled = answer.get("EbsEncryptionByDefault") if isinstance(answer, dict) else answer
    yield Item("aws_ebs_encryption_by_default", reader.arn("ec2", "ebs-encryption-by-default"), {"enabled": enabled})
    answer = reader.ask(GET_EBS_KEY)
    key = answer.get("KmsKeyId") if isinstance(answer, dict) else answer
    yield Item("aws_ebs_default_kms_key", reader.arn("ec2", "ebs-default-kms-key"), {"key_arn": key})
