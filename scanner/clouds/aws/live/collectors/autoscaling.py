"""EC2 Auto Scaling: launch configurations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live import masking
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.ec2 import metadata_options
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "autoscaling"
everywhere = True
types = ("aws_launch_configuration",)


def _masked(page: Page) -> Page:
    for configuration in page.get("LaunchConfigurations", ()):
        if configuration.get("UserData"):
            configuration["UserData"] = masking.user_data(configuration["UserData"])
    return page


CONFIGURATIONS = call("autoscaling", "DescribeLaunchConfigurations", items="LaunchConfigurations", mask=_masked)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every launch configuration."""
    listed = reader.every(CONFIGURATIONS)
    yield from listed.unread(types)
    yield from map(_configuration, listed.items)


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
