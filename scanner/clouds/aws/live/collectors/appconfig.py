"""AppConfig: applications, of which each may hold settings that code reads; never what those say."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "appconfig"
everywhere = True
types = ("aws_appconfig_hosted_configuration_version",)

LIST_APPLICATIONS = call("appconfig", "ListApplications", items="Items", mask=hiding("Description"))

_NEVER_READ = Unknown("a scan never reads what AppConfig holds")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every application, as one configuration that is not read."""
    listed = reader.every(LIST_APPLICATIONS)
    yield from listed.unread(types)
    for application in listed.items:
        arn = reader.arn("appconfig", f"application/{application['Id']}")
        values = {"arn": arn, "application_id": application["Id"], "content": _NEVER_READ}
        yield Item("aws_appconfig_hosted_configuration_version", arn, values)
