"""Tags of everything of one type in a region, by one list, where the service's own lists do not carry them.

A collector that uses it repeats the call, `TAGGED = tags.TAGGED`, so that it counts among those it declares.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from scanner.clouds.aws.live.calls import call
from scanner.collect.reader import Reader
from scanner.model import Unknown

Tags: TypeAlias = dict[str, str]

TAGGED = call("resourcegroupstaggingapi", "GetResources", items="ResourceTagMappingList", shared=True)


def tags_of(reader: Reader, type_: str, *, region: str = "") -> dict[str, Tags] | Unknown:
    """Tags by ARN of every tagged resource of a type, written as `<service>:<resource>`, such as kms:key.

    Source: Resource Groups Tagging API Reference, "GetResources": it leaves out what never had a tag.
    """
    listed = reader.every(TAGGED, region=region, ResourceTypeFilters=[type_], ResourcesPerPage=100)
    if listed.missing is not None:
        return listed.missing
    return {found["ResourceARN"]: pairs(found.get("Tags")) for found in listed.items}


def tags_for(tags: dict[str, Tags] | Unknown, arn: str) -> Tags | Unknown:
    """Tags of one resource; none where it has no tag."""
    return tags if isinstance(tags, Unknown) else tags.get(arn, {})


def pairs(tags: list[dict[str, Any]] | None, key: str = "Key", value: str = "Value") -> Tags:
    """Tags as a map, from the pairs that most APIs write."""
    return {str(tag[key]): str(tag.get(value) or "") for tag in tags or ()}
