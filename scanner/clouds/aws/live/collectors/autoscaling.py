"""EC2 Auto Scaling: launch configurations, and groups with the balancers that they stand behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live import masking
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.ec2 import metadata_options
from scanner.clouds.aws.live.collectors.tags import pairs
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "autoscaling"
everywhere = True
types = ("aws_launch_configuration", "aws_autoscaling_group")


def _masked(page: Page) -> Page:
    for configuration in page.get("LaunchConfigurations", ()):
        if configuration.get("UserData"):
            configuration["UserData"] = masking.user_data(configuration["UserData"])
    return page


CONFIGURATIONS = call("autoscaling", "DescribeLaunchConfigurations", items="LaunchConfigurations", mask=_masked)

GROUPS = call("autoscaling", "DescribeAutoScalingGroups", items="AutoScalingGroups")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every launch configuration and group."""
    listed = reader.every(CONFIGURATIONS)
    yield from listed.unread(types[:1])
    yield from map(_configuration, listed.items)
    groups = reader.every(GROUPS)
    yield from groups.unread(types[1:])
    yield from map(_group, groups.items)


def _configuration(configuration: dict[str, Any]) -> Item:
    arn = configuration["LaunchConfigurationARN"]
    values = {
        "arn": arn,
        "id": configuration["LaunchConfigurationName"],
        "name": configuration["LaunchConfigurationName"],
        "image_id": configuration.get("ImageId"),
        "iam_instance_profile": configuration.get("IamInstanceProfile"),
        "associate_public_ip_address": configuration.get("AssociatePublicIpAddress"),
        "metadata_options": metadata_options(configuration.get("MetadataOptions")),
        "user_data": configuration.get("UserData"),
        "security_groups": configuration.get("SecurityGroups", []),
    }
    return Item("aws_launch_configuration", arn, values)


def _group(group: dict[str, Any]) -> Item:
    template = group.get("LaunchTemplate")
    mixed = ((group.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}).get("LaunchTemplateSpecification")
    named = {one.get("Identifier"): one.get("Type") for one in group.get("TrafficSources") or ()}
    told = {*(group.get("TargetGroupARNs") or ()), *(group.get("LoadBalancerNames") or ())}
    values = {
        "arn": group["AutoScalingGroupARN"],
        "id": group["AutoScalingGroupName"],
        "name": group["AutoScalingGroupName"],
        "launch_configuration": group.get("LaunchConfigurationName"),
        "launch_template": [_template(template, "")] if template else [],
        "mixed_instances_policy": (
            [{"launch_template": [{"launch_template_specification": [_template(mixed, "launch_template_")]}]}]
            if mixed
            else []
        ),
        "target_group_arns": group.get("TargetGroupARNs") or [],
        "load_balancers": group.get("LoadBalancerNames") or [],
        "traffic_source": [{"identifier": id_, "type": type_} for id_, type_ in named.items() if id_ not in told],
        "tags": pairs(group.get("Tags")),
    }
    return Item("aws_autoscaling_group", group["AutoScalingGroupARN"], values)


def _template(template: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {
        f"{prefix}id": template.get("LaunchTemplateId"),
        f"{prefix}name": template.get("LaunchTemplateName"),
        "version": template.get("Version"),
    }
