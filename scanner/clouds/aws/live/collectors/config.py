"""AWS Config: recorders and whether they record, delivery channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "config"
everywhere = True
types = (
    "aws_config_configuration_recorder",
    "aws_config_configuration_recorder_status",
    "aws_config_delivery_channel",
)
_RECORDER, _STATUS, _CHANNEL = types

RECORDERS = call("config", "DescribeConfigurationRecorders", items="ConfigurationRecorders")
STATUSES = call("config", "DescribeConfigurationRecorderStatus", items="ConfigurationRecordersStatus")
CHANNELS = call("config", "DescribeDeliveryChannels", items="DeliveryChannels")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read the region's recorder, and where it delivers; not recorders that AWS's services keep for themselves."""
    recorders = reader.every(RECORDERS)
    yield from recorders.unread(types)
    own = [recorder for recorder in recorders.items if not recorder.get("servicePrincipal")]
    yield from (_recorder(reader, recorder) for recorder in own)
    if not own:
        return
    statuses = reader.every(STATUSES)
    yield from statuses.unread((_STATUS,))
    yield from (_status(reader, status) for status in statuses.items if not status.get("servicePrincipal"))
    channels = reader.every(CHANNELS)
    yield from channels.unread((_CHANNEL,))
    for channel in channels.items:
        values = {"name": channel["name"], "s3_bucket_name": channel.get("s3BucketName")}
        yield Item(_CHANNEL, reader.arn("config", f"delivery-channel/{channel['name']}"), values)


def _recorder(reader: Reader, recorder: dict[str, Any]) -> Item:
    group = recorder.get("recordingGroup") or {}
    strategy = (group.get("recordingStrategy") or {}).get("useOnly")
    excluded = (group.get("exclusionByResourceTypes") or {}).get("resourceTypes") or []
    values = {
        "name": recorder["name"],
        "role_arn": recorder.get("roleARN"),
        "recording_group": [
            {
                "all_supported": group.get("allSupported"),
                "include_global_resource_types": group.get("includeGlobalResourceTypes"),
                "resource_types": group.get("resourceTypes") or [],
                "exclusion_by_resource_types": [{"resource_types": excluded}] if excluded else [],
                "recording_strategy": [{"use_only": strategy}] if strategy else [],
            }
        ],
    }
    return Item(_RECORDER, reader.arn("config", f"configuration-recorder/{recorder['name']}"), values)


def _status(reader: Reader, status: dict[str, Any]) -> Item:
    values = {
        "name": status["name"],
        "is_enabled": status.get("recording"),
        "last_status": status.get("lastStatus"),
    }
    return Item(_STATUS, reader.arn("config", f"configuration-recorder-status/{status['name']}"), values)
