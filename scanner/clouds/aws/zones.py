"""Whether what stands in subnets stands in two availability zones at least."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from scanner.logic import Answer
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource, Target
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

SUBNET = "aws_subnet"
MANY = 2
"""From so many on, one may be lost."""


def spread(planned: PlannedWorld, owner: PlannedResource, attribute: str, block: Block | None = None) -> Answer:
    """Whether the subnets that a list attribute of `owner`, or of its block, names lie in several zones."""
    subnets = planned.targets(owner, attribute, (SUBNET,), block)
    return subnets if isinstance(subnets, Unknown) else of_subnets(planned, owner, subnets)


def of_subnets(planned: PlannedWorld, owner: PlannedResource, subnets: Iterable[Target]) -> Answer:
    """Whether these subnets lie in several zones."""
    targets = tuple(dict.fromkeys(subnets))
    zones = [_zone(target) for target in targets]
    known = {zone for zone in zones if isinstance(zone, str)}
    if len(known) >= MANY:
        return named(known)
    if len(targets) < MANY and not any(isinstance(target, Unknown) for target in targets):
        return Noted(False, "it stands in one subnet, which lies in one availability zone")
    if len(known) == 1 and all(isinstance(zone, str) for zone in zones):
        return named(known)
    unread = planned.left_out(owner, SUBNET) if owner.plan.is_live else ""
    return next(
        (zone for zone in zones if isinstance(zone, Unknown)),
        Unknown(unread or "the availability zones of its subnets were not seen"),
    )


def _zone(subnet: Target) -> object:
    """The zone of a subnet, None where nothing is known of it."""
    if isinstance(subnet, PlannedResource):
        return subnet.get("availability_zone")
    return subnet if isinstance(subnet, Unknown) else None


def named(zones: Collection[str]) -> Answer:
    """Whether zones that are all known are several."""
    shown = ", ".join(sorted(zones))
    many = len(zones) >= MANY
    return Noted(many, f"it stands in the availability zones {shown}" if many else f"it stands in one zone, {shown}")
