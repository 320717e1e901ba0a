"""CloudTrail Lake: event data stores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.cloudtrail import (
    LIST_TAGS,  # noqa: F401 - what `own_tags` asks is declared by standing here
    advanced,
    own_tags,
    shown_as,
)
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "cloudtrail_lake"
everywhere = True
_LAKE = "aws_cloudtrail_event_data_store"
types = (_LAKE,)

STORES = call("cloudtrail", "ListEventDataStores", items="EventDataStores")
STORE = call("cloudtrail", "GetEventDataStore")

_STOPPED = frozenset({"STOPPING_INGESTION", "STOPPED_INGESTION", "PENDING_DELETION"})


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read the event data stores of a region."""
    stores = reader.every(STORES)
    yield from stores.unread((_LAKE,))
    yield from reader.each(stores.items, lambda store: _store(reader, store))


def _store(reader: Reader, listed: dict[str, Any]) -> Item:
    """An event data store; the list carries its ARN and name alone (API Reference, "EventDataStore")."""
    arn = listed["EventDataStoreArn"]
    id_ = shown_as(reader, arn)
    answer = reader.ask(STORE, EventDataStore=arn)
    values: dict[str, Any] = {"arn": arn, "name": listed.get("Name"), "tags": own_tags(reader, arn, reader.region)}
    if not isinstance(answer, dict):
        names = ("suspend", "multi_region_enabled", "termination_protection_enabled", "advanced_event_selector")
        return Item(_LAKE, id_, values | dict.fromkeys((*names, "kms_key_id", "retention_period"), answer))
    status = answer.get("Status")
    values |= {
        "suspend": status in _STOPPED,
        "multi_region_enabled": answer.get("MultiRegionEnabled"),
        "organization_enabled": answer.get("OrganizationEnabled"),
        "termination_protection_enabled": answer.get("TerminationProtectionEnabled"),
        "retention_period": answer.get("RetentionPeriod"),
        "kms_key_id": answer.get("KmsKeyId"),
        "advanced_event_selector": advanced(answer.get("AdvancedEventSelectors")),
    }
    return Item(_LAKE, id_, values)
