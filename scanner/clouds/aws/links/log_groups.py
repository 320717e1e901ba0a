"""Log groups whose names services make out of those of what logs to them."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links.ends import LOG_GROUP, End, end_of
from scanner.clouds.aws.links.seen import Seen
from scanner.hcl.values import Symbol, Template
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld


def named_after(seen: Seen, owner: PlannedResource, prefix: str, attribute: str, suffix: str = "") -> Iterator[End]:
    """The log group that is called after an attribute of a resource, if it was read."""
    name = owner.values.get(attribute)
    if isinstance(name, str) and name:
        found = seen.planned.named(owner, f"{prefix}{name}{suffix}", LOG_GROUP)
        if found is not None and found.mode == "managed":
            yield end_of(seen, found)
            return
    if not owner.plan.is_live:
        yield from (end_of(seen, one) for one in _made_of(seen, owner) if _fits(seen, one, owner, prefix, suffix))


def _made_of(seen: Seen, owner: PlannedResource) -> Iterator[PlannedResource]:
    """Log groups whose names are not known and made from a resource."""
    for group in seen.planned.once(_open).get(id(owner.plan), ()):
        if owner in seen.planned.mentioned(group, "name"):
            yield group


def _open(planned: PlannedWorld) -> dict[int, list[PlannedResource]]:
    """Log groups of which the name is not known, by their plan."""
    found: dict[int, list[PlannedResource]] = {}
    for group in planned.of(*LOG_GROUP):
        if not isinstance(group.values.get("name"), str):
            found.setdefault(id(group.plan), []).append(group)
    return found


def _fits(seen: Seen, group: PlannedResource, owner: PlannedResource, prefix: str, suffix: str) -> bool:
    """Whether the parts of its name that are known are as they must be."""
    name = group.get("name")
    if not isinstance(name, Template):
        return True
    texts = [part for part in name.parts if isinstance(part, str)]
    symbols = [part for part in name.parts if isinstance(part, Symbol)]
    named = any(seen.planned.instance(owner, one) is owner for one in symbols)
    starts = isinstance(name.parts[0], str) and name.parts[0].startswith(prefix)
    return named and starts and (not suffix or texts[-1].endswith(suffix))
