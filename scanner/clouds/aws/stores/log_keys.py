"""Whether a store's key also encrypts log groups: then whoever may read logs may decrypt the store as well.

Only log groups that hold nothing but logs count; one that holds prompts is a store of prompts. Source: AWS KMS
Developer Guide, "Key policies in AWS KMS" (access to what a key encrypts is given by the key).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from scanner.clouds.aws.keys.key_owner import KEY_TYPES
from scanner.logic import Answer
from scanner.model import LOG_CLASSES, Noted, Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

LOG_GROUP = "aws_cloudwatch_log_group"

_LOGS = frozenset(LOG_CLASSES)
_KEY_ID = re.compile(r"(?:arn:[^:]*:kms:[^:]*:[^:]*:key/|^)((?:mrk-)?[0-9a-f]{8}[0-9a-f-]*)$")
_AWS_ALIAS = re.compile(r"(^|:)alias/aws/")
_NO_KEY = Noted(False, "it names no key of its own")

Key: TypeAlias = "PlannedResource | str | Unknown | None"
"""A key that was seen, else its id or alias; None where none is named that is the customer's."""

Place: TypeAlias = tuple[PlannedResource, str, Block | None]
"""Where a key is named: the resource, its attribute, and the block that holds this."""


class LogKeys:
    """The keys of a world's log groups."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Index every log group that may hold logs alone by its key."""
        self._planned = planned
        self._certain: dict[PlannedResource | str, str] = {}
        self._perhaps: dict[PlannedResource | str, Unknown] = {}
        self._anyone: Unknown | None = None
        self._seen: dict[int, tuple[PlannedResource, ...]] = {}
        for group in planned.of(LOG_GROUP):
            is_log, key = _is_log(planned, group), _of(planned, (group, "kms_key_id", None))
            if key is None or is_log is False:
                continue
            if isinstance(key, Unknown):
                self._doubt(group, key)
            elif isinstance(is_log, Unknown):
                self._perhaps.setdefault(key, is_log)
            else:
                self._certain.setdefault(key, group.address)

    def _doubt(self, group: PlannedResource, why: Unknown) -> None:
        """Take in a log group whose key is not known: one that a plan makes is named by an expression."""
        live = group.plan.is_live
        named = () if live else self._planned.mentioned(group, "kms_key_id")
        if id(named) in self._seen:
            return
        self._seen[id(named)] = named  # many log groups share one tuple of keys
        keys = [found for found in named if found.type in KEY_TYPES]
        self._perhaps.update(dict.fromkeys(keys, why))
        if not keys:
            self._anyone = self._anyone or why

    def shared(self, place: Place | Unknown | None) -> Answer:
        """Whether the key named at a place of a store also encrypts logs."""
        if place is None or isinstance(place, Unknown):
            return place or _NO_KEY
        key = _of(self._planned, place)
        if key is None or isinstance(key, Unknown):
            return key or _NO_KEY
        if key in self._certain:
            return Noted(True, f"{self._certain[key]} is encrypted with the same key")
        return self._doubtful(key, place[0]) or Noted(False, "no log group that was seen is encrypted with its key")

    def _doubtful(self, key: PlannedResource | str, store: PlannedResource) -> Unknown | None:
        """Why a log group may be encrypted with a key after all."""
        if key in self._perhaps:
            return self._perhaps[key]
        unread, unlisted = (self._planned.left_out(store, type_) for type_ in (LOG_GROUP, "aws_kms_alias"))
        if unread:
            return Unknown(unread)
        if self._anyone is not None and store.plan.from_sources:
            return self._anyone
        if isinstance(key, PlannedResource) and key.created:
            return None
        aliases = [one for one in (key, *self._certain) if isinstance(one, str) and not _KEY_ID.search(one)]
        if not aliases or not (self._certain or self._perhaps):
            return self._anyone
        return Unknown(f"which key {aliases[0]} stands for was not seen{unlisted and f': {unlisted}'}")


def _is_log(planned: PlannedWorld, group: PlannedResource) -> bool | Unknown:
    """Whether a log group holds logs alone; one that nothing classifies does."""
    classes = planned.labels(group)["data"]
    return classes if isinstance(classes, Unknown) else _LOGS.issuperset(classes)


def _of(planned: PlannedWorld, place: Place) -> Key:
    """The key that is named at a place, its aliases followed."""
    owner, attribute, block = place
    holder = block or owner
    value = holder.get(attribute)
    if value in (None, "") or (isinstance(value, Unknown) and left_out(owner, attribute, block)):
        return None
    target = planned.target(owner, attribute, KEY_TYPES, block)
    if isinstance(target, PlannedResource) and target.type == "aws_kms_alias":
        alias, target = target, planned.target(target, "target_key_id", KEY_TYPES)
        if alias.mode == "data" or not isinstance(target, PlannedResource):
            target = alias.get("target_key_arn") or alias.get("target_key_id") or alias.get("name")
            return target if isinstance(target, Unknown) else _plain(str(target))
    if isinstance(target, PlannedResource) and target.mode == "data":
        arn = target.get("arn")
        return arn if isinstance(arn, Unknown) else _plain(str(arn))
    if isinstance(target, (PlannedResource, Unknown)):
        return target
    return _plain(str(value))


def _plain(value: str) -> str | None:
    """A key's id, which is the same in every spelling; an alias as it is; None for a key that AWS manages."""
    match = _KEY_ID.search(value)
    return match[1] if match else None if _AWS_ALIAS.search(value) else value.rpartition(":")[2]


def _flat(attribute: str) -> Callable[[PlannedResource], Place | Unknown | None]:
    return lambda store: (store, attribute, None)


def _inside(name: str, attribute: str) -> Callable[[PlannedResource], Place | Unknown | None]:
    def read(store: PlannedResource) -> Place | Unknown | None:
        block = store.block(name)
        return block if block is None or isinstance(block, Unknown) else (store, attribute, block)

    return read


_PLACES: Mapping[str, Callable[[PlannedResource], Place | Unknown | None]] = {
    "aws_cloudwatch_log_group": _flat("kms_key_id"),
    "aws_db_instance": _flat("kms_key_id"),
    "aws_rds_cluster": _flat("kms_key_id"),
    "aws_sqs_queue": _flat("kms_master_key_id"),
    "aws_sns_topic": _flat("kms_master_key_id"),
    "aws_dynamodb_table": _inside("server_side_encryption", "kms_key_arn"),
    "aws_opensearch_domain": _inside("encrypt_at_rest", "kms_key_id"),
    "aws_elasticsearch_domain": _inside("encrypt_at_rest", "kms_key_id"),
}


def place_of(store: PlannedResource) -> Place | Unknown | None:
    """Where a store, but for a bucket, names its key."""
    return _PLACES[store.type](store)
