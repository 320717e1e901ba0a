"""Which events the selectors of a trail or an event data store record.

Sources: AWS CloudTrail User Guide, "Logging management events" and "Logging data events"; CloudTrail API Reference,
EventSelector, DataResource, AdvancedEventSelector and AdvancedFieldSelector. An event that any selector matches is
recorded; without selectors, every management event is and no data event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scanner.clouds.aws.audit.event_targets import Holder, Wanted, includes, wanted
from scanner.clouds.aws.stores.bucket_settings import BUCKET
from scanner.clouds.aws.stores.conversation_stores import TABLE
from scanner.logic import Answer, both, either, negated
from scanner.model import Noted, Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_TYPES = {BUCKET: "AWS::S3::Object", TABLE: "AWS::DynamoDB::Table"}
_HARMLESS = frozenset({"rdsdata.amazonaws.com"})
"""Sources whose management events are queries by its users, not administration, so that leaving them out loses none."""

_READ_ONLY = {"read": "true", "write": "false"}


@dataclass(frozen=True, slots=True)
class Event:
    """A sort of event that a trail may record: administrative, or on the data of one store."""

    access: str
    """read or write."""

    store: PlannedResource | None = None
    store_type: str = ""
    """The store's Terraform type where any store of that type is meant."""

    ACCESSES: ClassVar[tuple[str, ...]] = ("read", "write")

    @property
    def resource_type(self) -> str:
        """CloudTrail's type of the resource; empty for an administrative event."""
        return _TYPES.get(self.store.type if self.store else self.store_type, "")

    @property
    def wanted(self) -> Wanted:
        """What the ARNs of a selector for data events should take in."""
        return wanted(self.store, self.resource_type)

    @property
    def shown(self) -> str:
        """How a reader knows it."""
        if not self.resource_type:
            return f"administrative {self.access}s"
        return f"{self.access}s of {self.store.id if self.store else f'every {self.resource_type}'}"


def records(planned: PlannedWorld, trail: PlannedResource, event: Event) -> Answer:
    """Whether a trail that is switched on records the event."""
    advanced = _blocks(trail, "advanced_event_selector")
    if isinstance(advanced, Unknown):
        return advanced
    nothing = Noted(False, f"{trail.address} does not record {event.shown}")
    if advanced:
        return either(nothing, *(_advanced(Holder(planned, trail, s), event) for s in advanced))
    basic = _blocks(trail, "event_selector")
    if isinstance(basic, Unknown):
        return basic
    if basic:
        return either(nothing, *(_basic(Holder(planned, trail, s), event) for s in basic))
    return nothing if event.resource_type else True


def _blocks(trail: PlannedResource, name: str) -> tuple[Block, ...] | Unknown:
    return () if left_out(trail, name) else trail.blocks(name)


def _basic(selector: Holder, event: Event) -> Answer:
    access = selector.block.text("read_write_type", "All")
    if isinstance(access, Unknown):
        return access
    if access.lower() not in {"all", f"{event.access}only"}:
        return False
    return _basic_data(selector, event) if event.resource_type else _basic_management(selector)


def _basic_management(selector: Holder) -> Answer:
    included = selector.block.flag("include_management_events", absent=True)
    excluded = selector.block.texts("exclude_management_event_sources")
    return both(included, _nothing_left_out(excluded))


def _nothing_left_out(excluded: tuple[str, ...] | Unknown) -> Answer:
    if isinstance(excluded, Unknown):
        return excluded
    return _HARMLESS.issuperset(excluded)


def _basic_data(selector: Holder, event: Event) -> Answer:
    resources = selector.block.blocks("data_resource")
    if isinstance(resources, Unknown):
        return resources
    return either(*(_data_resource(selector.inner(block), event) for block in resources))


def _data_resource(resource: Holder, event: Event) -> Answer:
    type_ = resource.block.text("type")
    if isinstance(type_, Unknown):
        return type_
    return type_ == event.resource_type and includes(resource, "values", event.store, event.wanted, "whole")


def _advanced(selector: Holder, event: Event) -> Answer:
    fields = selector.fields()
    if isinstance(fields, Unknown):
        return fields
    needed = ("eventCategory", "resources.type") if event.resource_type else ("eventCategory",)
    known = [field.block.get("field") for field in fields]
    unknown = next((name for name in known if isinstance(name, Unknown)), None)
    present = (name in known or unknown or False for name in needed)
    return both(*present, *(_field(field, event) for field in fields))


def _field(field: Holder, event: Event) -> Answer:
    """Whether the event passes one field; a field that lets only some of the events pass stops it."""
    name = field.block.text("field")
    if isinstance(name, Unknown):
        return name
    if name == "resources.ARN":
        return _arn(field, event) if event.resource_type else False
    if name == "eventSource" and not event.resource_type:
        return both(_none(field, "equals", "starts_with", "ends_with"), _excluded_sources(field))
    passing = {
        "eventCategory": "Data" if event.resource_type else "Management",
        "resources.type": event.resource_type,
        "readOnly": _READ_ONLY[event.access],
    }.get(name)
    equals = field.block.texts("equals")
    if passing is None:
        return False
    return equals if isinstance(equals, Unknown) else passing in equals


def _none(field: Holder, *operators: str) -> bool:
    """Whether the field uses none of these operators."""
    return all(field.block.texts(operator) == () for operator in operators)


def _excluded_sources(field: Holder) -> Answer:
    parts = (field.block.texts(name) for name in ("not_equals", "not_starts_with", "not_ends_with"))
    return both(*(_nothing_left_out(part) for part in parts))


def _arn(field: Holder, event: Event) -> Answer:
    """Whether the field lets all of the store pass: every operator that is set must."""
    answers: list[Answer] = [_none(field, "ends_with", "not_ends_with")]
    for operator, match in (("equals", "exact"), ("starts_with", "prefix")):
        if not _none(field, operator):
            answers.append(includes(field, operator, event.store, event.wanted, match))
    for operator, match in (("not_equals", "inside"), ("not_starts_with", "part")):
        if not _none(field, operator):
            touched = includes(field, operator, event.store, event.wanted, match)
            answers.append(both(event.store is not None, negated(touched)))
    return both(*answers)
