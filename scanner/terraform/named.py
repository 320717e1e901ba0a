"""What resources are called in a world: by their address, and by their plan's name where several plans share one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from scanner.terraform.instances import Plan
from scanner.terraform.read import ReadPlan

T = TypeVar("T")


def name_apart(plans: Sequence[Plan]) -> None:
    """Put the plan's name before addresses that stand in several plans, in all plans alike."""
    names = [plan.name for plan in plans]
    labels = {id(p): p.name if names.count(p.name) == 1 else f"{p.name}#{i + 1}" for i, p in enumerate(plans)}
    times = Counter(r.address for plan in plans for r in plan.resources) if len(plans) > 1 else Counter()
    for plan in plans:
        for resource in plan.resources:
            if times[resource.address] > 1:
                resource.id = f"{labels[id(plan)]}:{resource.address}"


def same_ids(reads: Sequence[ReadPlan]) -> None:
    """Call what was there before as what stays; what does not, apart from what another plan calls so."""
    taken = {resource.id for read in reads for resource in read.after.resources}
    for read in reads:
        ids = {resource.address: resource.id for resource in read.after.resources}
        for resource in read.before.resources if read.before else ():
            own = resource.address if resource.address not in taken else f"{read.after.name}:{resource.address}"
            resource.id = ids.get(resource.address, own)


def by_id(read: ReadPlan, told: Mapping[str, T]) -> Iterator[tuple[str, T]]:
    """What one plan tells of addresses, by the ids of these resources."""
    seen = (*read.after.resources, *(read.before.resources if read.before else ()))
    ids = {resource.address: resource.id for resource in seen}
    return ((ids.get(address, address), item) for address, item in told.items())
