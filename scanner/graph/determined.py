"""Whether it can be told what a program sends to and reads from, or wide grants make everything possible."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner.graph.flowgraph import POSSIBLE, tier_of
from scanner.kinds import Compute, Flow
from scanner.model import Gap, Noted, Unknown

_WIRED = frozenset({"network_reaches", "logs_to", "triggers"})
"""What tells nothing of what permissions allow."""

_SHOWN = 3


class Determined:
    """Facts of what runs, by its flows."""

    def __init__(self, flows: Iterable[Flow], gaps: Iterable[Gap]) -> None:
        """Sort flows by their ends: what is on the other side, and how sure the surest way to it is."""
        self._moved: set[str] = set()
        self._ends: dict[str, dict[str, Flow]] = {}
        self._hidden = {gap.scope: gap.reason for gap in gaps if "flow" in gap.kinds}
        for flow in flows:
            self._moved |= {flow.source, flow.target}
            if flow.how in _WIRED:
                continue
            for one, other in ((flow.source, flow.target), (flow.target, flow.source)):
                known = self._ends.setdefault(one, {}).get(other)
                if known is None or tier_of(flow) < tier_of(known):
                    self._ends[one][other] = flow

    def facts(self, compute: Compute) -> dict[str, Any]:
        """Whether it has flows, and whether they can be told."""
        hidden = self._hidden.get(compute.id)
        if hidden is None and compute.id not in self._moved:
            return {}
        told = self._determined(compute.id)
        open_ = hidden is not None and told is True
        return {"has_flows": True, "flows_determined": Unknown(hidden or "") if open_ else told}

    def _determined(self, id_: str) -> Noted[bool] | bool:
        ends = self._ends.get(id_, {})
        unsure = {other: flow for other, flow in ends.items() if tier_of(flow) == POSSIBLE}
        if len(unsure) * 2 <= len(ends):
            return True
        shown = ", ".join(sorted(unsure)[:_SHOWN])
        more = f" and {len(unsure) - _SHOWN} more" if len(unsure) > _SHOWN else ""
        first = min(unsure.values(), key=lambda flow: flow.id)
        told = f"that it uses {shown}{more} is only possible, of {len(ends)} that it may use"
        return Noted(False, "; ".join(filter(None, (told, first.reason))))
