"""Whether it can be told what a program sends to and reads from, or wide grants make everything possible."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner.graph.flowgraph import POSSIBLE, tier_of
from scanner.kinds import UNREAD, Compute, Flow, Grant
from scanner.model import Gap, Noted, Resource, Unknown

_WIRED = frozenset({"network_reaches", "logs_to", "triggers"})
"""What tells nothing of what permissions allow."""

_SHOWN = 3


class Determined:
    """Facts of what runs, by its flows and what its identity may use."""

    def __init__(self, flows: Iterable[Flow], gaps: Iterable[Gap], grants: Iterable[Resource]) -> None:
        """Sort flows by their ends: what is on the other side, and how sure the surest way to it is."""
        self._moved: set[str] = set()
        self._ends: dict[str, dict[str, Flow]] = {}
        self._hidden: dict[str, dict[str, None]] = {}
        for gap in gaps:
            if "flow" in gap.kinds:
                self._hidden.setdefault(gap.scope, {})[gap.reason] = None
        self._granted: dict[str, dict[str, Grant]] = {}
        for flow in flows:
            self._moved |= {flow.source, flow.target}
            if flow.how not in _WIRED:
                self._add(flow.source, flow.target, flow)
                self._add(flow.target, flow.source, flow)
        for grant in grants:
            if isinstance(grant, Grant):
                for identity in grant.identities:
                    self._allow(self._granted.setdefault(identity, {}), grant)

    def _add(self, one: str, other: str, flow: Flow) -> None:
        ends = self._ends.setdefault(one, {})
        known = ends.get(other)
        if known is None or tier_of(flow) < tier_of(known):
            ends[other] = flow

    @staticmethod
    def _allow(allowed: dict[str, Grant], grant: Grant) -> None:
        for thing in grant.resources:
            known = allowed.get(thing)
            if known is None or (grant.definite and not known.definite):
                allowed[thing] = grant

    def facts(self, compute: Compute) -> dict[str, Any]:
        """Whether it has flows, and whether they can be told."""
        hidden = self._hidden.get(compute.id)
        asked = compute.id in self._moved and compute.acts_as != UNREAD
        if hidden is None and not asked:
            return {}
        told = self._determined(compute)
        open_ = hidden is not None and told is True
        return {"has_flows": True, "flows_determined": Unknown("; ".join(hidden or ())) if open_ else told}

    def _determined(self, compute: Compute) -> Noted[bool] | Unknown | bool:
        """Setting what a grant alone makes possible against what is sure; what may be granted decides nothing."""
        role = compute.acts_as
        if isinstance(role, Unknown):
            return role
        ends, granted = self._ends.get(compute.id, {}), self._granted.get(role, {})
        sure = sum(tier_of(flow) != POSSIBLE for flow in ends.values())
        perhaps = {
            other: granted[other] for other, flow in ends.items() if tier_of(flow) == POSSIBLE and other in granted
        }
        wide = sorted(other for other, grant in perhaps.items() if grant.definite)
        if len(wide) * 2 > sure + len(perhaps):
            shown = ", ".join(wide[:_SHOWN])
            more = f" and {len(wide) - _SHOWN} more" if len(wide) > _SHOWN else ""
            policies = ", ".join(sorted({perhaps[other].policy for other in wide})[:_SHOWN])
            told = f"{policies} lets it use {shown}{more}, which nothing names, beside {sure} named"
            return Noted(False, told)
        if len(perhaps) <= sure:
            return True
        first = min((other for other in perhaps if other not in wide), default="")
        return Unknown(f"it may perhaps use {first}: {perhaps[first].reason}") if first else True
