"""What may come to stores and vendors, and where that contradicts what tags, settings or reviews say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from scanner.graph.classes import ALL, CONVERSATION, mask, names
from scanner.graph.flowgraph import DECLARED
from scanner.graph.hidden import Hidden
from scanner.graph.propagate import Propagated, Run
from scanner.kinds import Store, Vendor
from scanner.model import Noted, Unknown

_SAID = {"setting": "a setting of data classes", "tag": "its tag"}


class Held:
    """Facts of what stores hold and vendors receive."""

    def __init__(self, propagated: Propagated, hidden: Hidden) -> None:
        """Take what flows carry, and where some could not be seen."""
        self._propagated = propagated
        self.hidden = hidden
        self._graph = propagated.graph

    @cached_property
    def _at_most(self) -> Sequence[int]:
        """By flow: what it may carry, of what its source surely holds by declared flows."""
        return self._propagated.declared.over(self._propagated.possible.rules)

    def vendor(self, vendor: Vendor) -> dict[str, Any]:
        """What it receives, and may."""
        node, run = self._graph.index[vendor.id], self._propagated
        return {"receives": _classes(run.likely, node), "may_receive": _classes(run.possible, node)}

    def store(self, store: Store) -> dict[str, Any]:
        """What it may hold, and whether that is denied."""
        node, run = self._graph.index[store.id], self._propagated
        said, denied = self._denied(store, node)
        return {
            "may_hold": _classes(run.likely, node),
            "may_hold_possibly": _classes(run.possible, node),
            "says_data": denied if isinstance(denied, Unknown) else bool(said),
            "holds_contradiction": self._contradicted(store, node, denied, said),
        }

    def _denied(self, store: Store, node: int) -> tuple[str, int | Unknown]:
        """Who says what it holds, and the classes that this leaves out."""
        review = self._propagated.declared.reviews.nodes.get(node)
        if review is not None:
            return "a review of what it holds", ALL & ~review.on(ALL)
        if isinstance(store.data, Unknown):
            return "", store.data
        said = _SAID.get(store.data_by, "")
        if not said or mask(store.data) & CONVERSATION:
            return said, 0
        return said, CONVERSATION if store.data else ALL

    def _contradicted(self, store: Store, node: int, denied: int | Unknown, said: str) -> Noted[bool] | Unknown | bool:
        """Whether declared flows bring in what is denied; not known where it is not known what they carry."""
        if isinstance(denied, Unknown):
            return denied
        graph, carried = self._graph, self._propagated.declared.carried
        wired = [flow for flow in graph.entering[node] if graph.tiers[flow] == DECLARED] if denied else []
        for flow in wired:
            if brought := carried[flow] & denied:
                one = graph.flows[flow]
                told = f"{said} leaves out {', '.join(names(brought))}, and {one.source} brings it in: {one.reason}"
                return Noted(True, told)
        for flow in wired:
            if brought := self._at_most[flow] & denied:
                source = graph.flows[flow].source
                return Unknown(f"{source} may bring in {', '.join(names(brought))}, which {said} leaves out")
        return self.hidden.may_bring(store, denied) or False


def _classes(run: Run, node: int) -> tuple[str, ...] | Unknown:
    why = run.opened.get(node)
    return names(run.held[node]) if why is None else Unknown(why)
