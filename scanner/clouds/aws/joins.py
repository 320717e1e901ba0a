"""Companions of resources that may be of several types, such as a web ACL's association."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.model import Unknown
from scanner.terraform.planned import PlannedResource, PlannedWorld


class Joins:
    """Companions by the resource they belong to, whichever of `owners` it is.

    PlannedWorld.attached looks for one type of owner, and takes a companion of another type's for undecided.
    """

    def __init__(self, planned: PlannedWorld, companions: Mapping[str, str], owners: tuple[str, ...]) -> None:
        """Index companions, given as the attribute by type that names the owner."""
        self._planned = planned
        self._companions = companions
        self._certain: dict[PlannedResource, list[PlannedResource]] = {}
        self._undecided: list[tuple[Unknown, frozenset[PlannedResource]]] = []
        for type_, attribute in companions.items():
            for companion in planned.of(type_):
                self._add(companion, attribute, owners)

    def of(self, owner: PlannedResource) -> tuple[PlannedResource, ...] | Unknown:
        """Companions of a resource; Unknown where one that may be its own cannot be told or is not in the plan."""
        found = self._certain.get(owner)
        if found:
            return tuple(found)
        for reason, candidates in self._undecided:
            if not candidates or owner in candidates:
                return reason
        if owner.plan.partial:
            attached = (self._planned.attached(owner, type_, name) for type_, name in self._companions.items())
            return next((one for one in attached if isinstance(one, Unknown)), ())
        return ()

    def _add(self, companion: PlannedResource, attribute: str, owners: tuple[str, ...]) -> None:
        target = self._planned.target(companion, attribute, owners)
        if isinstance(target, PlannedResource):
            self._certain.setdefault(target, []).append(companion)
        elif isinstance(target, Unknown):
            named = self._planned.mentioned(companion, attribute)
            self._undecided.append((target, frozenset(r for r in named if r.type in owners)))
