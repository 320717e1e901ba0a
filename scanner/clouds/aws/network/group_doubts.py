"""Which security groups something may mean whose group cannot be told, and why.

A plan's JSON does not hold locals. Yet a local of a module can name only what the module sees: resources of its own,
those of the modules it calls, and what its caller passes into it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from scanner.terraform.address import ModulePath
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.planned import PlannedWorld

GROUPS = ("aws_security_group", "aws_default_security_group")
"""Types of security groups."""

_LOOKED_UP = ("data.aws_security_group", "data.aws_security_groups")

_NO_GROUP = frozenset({"tags", "name", "name_prefix", "description", "environment", "region", "vpc_id"})
"""Arguments of a module that, whatever they are made of, hold no group."""

_Reach: TypeAlias = "tuple[ModulePath, tuple[PlannedResource, ...]]"
"""A module instance, and groups from outside that are passed into it."""


class Doubts:
    """Reasons by group, or by the module that the group may be in."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Take the world; there is no doubt yet."""
        self._planned = planned
        self._of: dict[PlannedResource, str] = {}
        self._within: dict[tuple[int, ModulePath], str] = {}
        self._reaches: dict[tuple[int, ModulePath], _Reach] = {}
        self._by_address: dict[int, dict[str, PlannedResource]] = {}
        self._looked_up = {id(data.plan) for data in planned.of(*_LOOKED_UP)}

    def add(self, owner: PlannedResource, references: Iterable[str], reason: str) -> None:
        """Doubt every group that an expression of `owner` with these references may name."""
        references = tuple(references)
        named = tuple(group for group in self._planned.referred(owner, references) if group.type in GROUPS)
        if not named:
            module, named = self._reach(owner) if references else ((), ())
            self._within.setdefault((id(owner.plan), module), reason)
        for group in named:
            self._of.setdefault(group, reason)

    def add_plan(self, plan: Plan, reason: str) -> None:
        """Doubt every group of a plan."""
        self._within.setdefault((id(plan), ()), reason)

    def about(self, group: PlannedResource) -> str | None:
        """Why something may mean this group too."""
        own = self._of.get(group)
        if own or not self._within:
            return own
        paths = (group.module[:depth] for depth in range(len(group.module) + 1))
        return next(filter(None, (self._within.get((id(group.plan), path)) for path in paths)), None)

    def _reach(self, owner: PlannedResource) -> _Reach:
        key = (id(owner.plan), owner.module)
        if key not in self._reaches:
            self._reaches[key] = self._find_reach(owner.plan, owner.module)
        return self._reaches[key]

    def _find_reach(self, plan: Plan, module: ModulePath) -> _Reach:
        """The narrowest module around `module` that no group can come into unseen."""
        # A data source may find a group by its name or tags, wherever that is.
        while module and id(plan) not in self._looked_up:
            passed = self._passed(plan, module)
            if passed is not None:
                return module, passed
            module = module[:-1]
        return (), ()

    def _passed(self, plan: Plan, module: ModulePath) -> tuple[PlannedResource, ...] | None:
        """Groups that are passed into a module; None where that cannot be told."""
        found: dict[PlannedResource, None] = {}
        if id(plan) not in self._by_address:
            self._by_address[id(plan)] = {resource.address: resource for resource in (*plan.resources, *plan.data)}
        by_address = self._by_address[id(plan)]
        for name, argument in plan.resolver.passed(module):
            if name in _NO_GROUP:
                continue
            if argument.problem and not argument.every:
                return None
            for address in argument.instances:
                resource = by_address[address]
                if resource.type in GROUPS:
                    found[resource] = None
                elif any("security_group" in written for written in resource.expressions):
                    return None
        return tuple(found)
