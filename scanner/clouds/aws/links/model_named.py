"""Models that a setting of Bedrock names: those of AWS, by id, ARN or profile, or one of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.clouds.aws.links.ends import End, end_of
from scanner.clouds.aws.links.model_ids import Called, in_text
from scanner.clouds.aws.links.seen import BEDROCK, BEDROCK_MODEL, Seen
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_OWN = ("aws_bedrock_custom_model", "aws_bedrock_provisioned_model_throughput")
_PROFILE = "aws_bedrock_inference_profile"


@dataclass(frozen=True, slots=True)
class Named:
    """The model that a setting names."""

    end: End
    models: tuple[str, ...] | Unknown
    places: Mapping[str, Any]
    """As facts of a flow: regions where it may be processed."""


def model_at(seen: Seen, owner: PlannedResource, attribute: str, block: Block | None = None) -> Named | None:
    """The model that an attribute names; None where it is not set."""
    value = (block or owner).get(attribute)
    if value in {None, ""}:
        return None
    target = seen.planned.target(owner, attribute, (*_OWN, _PROFILE), block)
    if isinstance(target, PlannedResource) and target.type in {*_OWN, _PROFILE}:
        return Named(end_of(seen, target), (), {})
    called = Called()
    if isinstance(value, str):
        called = in_text(value)
        if not called:
            called.take(value.rpartition("/")[2])
    if not called and isinstance(value, Unknown):
        called.doubt = value.reason
    return Named(End(BEDROCK, BEDROCK_MODEL), called.told(), called.places(seen.places.of(owner)[1]))
