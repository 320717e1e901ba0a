"""What a live region has once: AWS Config, GuardDuty, and encryption of new volumes."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.logic import Answer, both, either
from scanner.model import Noted, Unknown
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_RECORDER = "aws_config_configuration_recorder"
_STATUS = "aws_config_configuration_recorder_status"
_CHANNEL = "aws_config_delivery_channel"
_DETECTOR = "aws_guardduty_detector"
_GLOBAL = frozenset(f"AWS::IAM::{name}" for name in ("Group", "Policy", "Role", "User"))
_VOLUMES = "aws_ebs_encryption_by_default"


def facts(planned: PlannedWorld, part: Plan) -> dict[str, Answer]:
    """Facts of a region that its own settings decide."""
    here = _Here(planned, part)
    account = [_Here(planned, one) for one in planned.plans if one.is_live and one.account == part.account]
    return {
        "changes_recorded": both(_changes_recorded(here), _global_types_recorded(account, part.unseen)),
        "threats_detected": _threats_detected(here),
        "volumes_encrypted": _volumes_encrypted(here),
    }


class _Here:
    """What is in one region."""

    def __init__(self, planned: PlannedWorld, part: Plan) -> None:
        self._planned = planned
        self._part = part

    def of(self, type_: str) -> Iterator[PlannedResource]:
        """Every resource of a type in the region."""
        return (resource for resource in self._planned.of(type_) if resource.plan is self._part)

    def none(self, type_: str, because: str) -> Answer:
        """False, unless some of a type were not read."""
        why = self._planned.left_out(self._part, type_)
        return Unknown(why) if why else Noted(False, because)


def _changes_recorded(here: _Here) -> Answer:
    """Whether AWS Config records every type of resource, without a failure, and delivers.

    A live account tells more of aws_config_configuration_recorder_status than the provider describes: last_status.
    Source: AWS Config Developer Guide, "Working with the configuration recorder".
    """
    recorders = [_records_all(recorder) for recorder in here.of(_RECORDER)]
    return both(
        either(*recorders, here.none(_RECORDER, "AWS Config has no recorder")),
        either(*map(_records, here.of(_STATUS)), here.none(_STATUS, "the recorder of AWS Config is stopped")),
        either(any(True for _ in here.of(_CHANNEL)), here.none(_CHANNEL, "AWS Config has no delivery channel")),
    )


def _records_all(recorder: PlannedResource) -> Answer:
    """Whether a recorder leaves out no type: all are meant where it says nothing of them."""
    group = recorder.block("recording_group")
    if not isinstance(group, Block):
        return group or True
    every = group.flag("all_supported", absent=True)
    return Noted(False, "AWS Config records some types alone (all_supported is false)") if every is False else every


def _global_types_recorded(account: list[_Here], unseen: str) -> Answer:
    """Whether a recorder in one of an account's regions takes in the types that are no region's own, and runs.

    Source: AWS Config API Reference, "RecordingGroup": unless asked, a recorder leaves out IAM's types.
    """
    none = "no recorder of AWS Config in the account records global types, such as IAM's"
    found = [
        both(
            either(*map(records_global, here.of(_RECORDER)), here.none(_RECORDER, none)),
            either(*map(_records, here.of(_STATUS)), here.none(_STATUS, none)),
        )
        for here in account
    ]
    return either(*found, Unknown(unseen) if unseen else Noted(False, none))


def records_global(recorder: Block) -> bool | Unknown:
    """Whether a recorder takes in IAM's types: by its flag, by their names, or as it excludes others alone."""
    group = recorder.block("recording_group")
    if not isinstance(group, Block):
        return group or False
    flag, named = group.flag("include_global_resource_types"), group.texts("resource_types")
    excluded = group.block("exclusion_by_resource_types")
    left_out = excluded.texts("resource_types") if isinstance(excluded, Block) else excluded
    if flag is True or (isinstance(named, tuple) and _GLOBAL.issubset(named)):
        return True
    if isinstance(left_out, tuple) and left_out and _GLOBAL.isdisjoint(left_out):
        return True
    return next((told for told in (flag, named, left_out) if isinstance(told, Unknown)), False)


def _records(status: PlannedResource) -> Answer:
    on = status.flag("is_enabled")
    if on is False:
        return Noted(False, "the recorder of AWS Config is stopped")
    failed = status.text("last_status")
    failing = failed if isinstance(failed, Unknown) else failed.upper() != "FAILURE"
    return both(on, failing or Noted(False, "the recorder of AWS Config failed the last time"))


def _threats_detected(here: _Here) -> Answer:
    """Whether a GuardDuty detector is on."""
    return either(*map(_watches, here.of(_DETECTOR)), here.none(_DETECTOR, "GuardDuty has no detector"))


def _watches(detector: PlannedResource) -> Answer:
    on = detector.flag("enable", absent=True)
    return Noted(False, "GuardDuty is suspended") if on is False else on


def _volumes_encrypted(here: _Here) -> Answer:
    """Whether EBS encrypts every new volume, which it does not unless that is switched on.

    Source: Amazon EBS User Guide, "Enable Amazon EBS encryption by default".
    """
    found = [setting.flag("enabled", absent=True) for setting in here.of(_VOLUMES)]
    return either(*found, here.none(_VOLUMES, "EBS does not encrypt new volumes unless asked (enabled is false)"))
