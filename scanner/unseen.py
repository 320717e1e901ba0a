"""What a scan tells that it did not see: stores of no known class, types that nobody reads, what sources leave open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from scanner import plugins
from scanner.kinds import KINDS, Store
from scanner.model import Gap, Resource
from scanner.terraform.instances import Plan, PlannedResource

_TYPES_SHOWN = 8

Clouds: TypeAlias = Sequence[plugins.Cloud[PlannedResource]]
"""The cloud plugins of one scan."""


def unclassified(resources: Iterable[Resource]) -> Iterator[Gap]:
    """Say of each store of which no data class is known that it is so, once, and not at each control."""
    for store in resources:
        if isinstance(store, Store) and not store.data and not store.data_by:
            reason = "no data class is known; tag it, or list it under data in trustscan.yaml"
            yield Gap(scope=store.id, kinds=(), facts=("data",), reason=reason)


def unread(plans: Iterable[Plan], clouds: Clouds) -> Iterator[Gap]:
    """Say once a plan which of its types nothing looks at."""
    read = {type_ for cloud in clouds for inspector in cloud.inspectors for type_ in inspector.terraform_types}
    # A plugin that knows nothing of flows yet has no such attribute.
    read.update(*(getattr(cloud, "linked_types", ()) for cloud in clouds))
    for plan in plans:
        if plan.is_live:
            continue
        unread = Counter(r.type for r in plan.resources if r.type not in read)
        if unread:
            shown = ", ".join(f"{type_} x{count}" for type_, count in sorted(unread.items())[:_TYPES_SHOWN])
            more = f" and {len(unread) - _TYPES_SHOWN} more types" if len(unread) > _TYPES_SHOWN else ""
            yield Gap(scope=plan.name, kinds=(), reason=f"nothing reads {shown}{more}")


def unexpanded(plans: Iterable[Plan], clouds: Clouds) -> Iterator[Gap]:
    """What sources leave open: how many instances blocks have, and what modules hold that are not at hand."""
    kinds = kinds_by_type(clouds)
    for plan in plans:
        for one in plan.unexpanded:
            found = KINDS if one.types is None else {kind for type_ in one.types for kind in kinds.get(type_, ())}
            yield Gap(scope=one.address, kinds=tuple(sorted(found)), reason=one.reason)


def kinds_by_type(clouds: Clouds) -> dict[str, frozenset[str]]:
    """Kinds that inspectors read from each of the provider's types."""
    found: dict[str, frozenset[str]] = {}
    for cloud in clouds:
        for inspector in cloud.inspectors:
            for type_ in inspector.terraform_types:
                found[type_] = found.get(type_, frozenset()) | frozenset(inspector.kinds)
    return found
