"""Whether what deletes reaches a store: asked of those that say who people are, or what they said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner.graph.flowgraph import POSSIBLE, tier_of
from scanner.kinds import Flow, Store
from scanner.model import Gap, Noted, Resource, Unknown

_PERSONAL = frozenset({"prompt", "response", "transcript", "user_identity", "upload", "feedback"})
_BY_PROTOCOL = frozenset({"database", "search_domain", "search_collection"})


class Deletion:
    """What flows of deletion lead to, and whether any program of this world deletes what is personal at all."""

    def __init__(
        self, resources: Iterable[Resource], flows: Iterable[Flow], gaps: Iterable[Gap], *, complete: bool
    ) -> None:
        """Sort the flows; `complete` is whether there can be no program that was not read, but for what gaps hide."""
        listed = list(resources)
        self._flows: dict[str, Flow] = {}
        for flow in flows:
            known = self._flows.get(flow.target)
            if flow.how == "deletes" and (known is None or tier_of(flow) < tier_of(known)):
                self._flows[flow.target] = flow
        self._complete = complete
        self._gap = next((gap for gap in gaps if gap.hides_any("flow", "compute")), None)
        personal = {one.id for one in listed if isinstance(one, Store) and _says(one)}
        self._runs = any(tier_of(flow) < POSSIBLE and id_ in personal for id_, flow in self._flows.items())

    def store(self, store: Store) -> dict[str, Any]:
        """Whether something that runs may delete from it."""
        if store.refuses_deletion is True:
            told = store.completed.get("refuses_deletion", ())
            return {"deletion_reaches": Noted(False, "its own policy refuses everybody to delete from it", told)}
        return {"deletion_reaches": self._reaches(store)}

    def _reaches(self, store: Store) -> Noted[bool] | Unknown:
        flow = self._flows.get(store.id)
        if flow is not None and tier_of(flow) < POSSIBLE:
            return Noted(True, f"{flow.source} deletes from it{f': {flow.reason}' if flow.reason else ''}")
        if flow is not None:
            return Unknown(f"that {flow.source} deletes from it is only possible: {flow.reason}")
        if store.type in _BY_PROTOCOL:
            return Unknown("what deletes from it over its own protocol is in no setting and no permission")
        if self._gap is not None:
            return Unknown(f"nothing that was read deletes from it, and not all was: {self._gap.reason}")
        if not self._complete and not self._runs:
            return Unknown("no program of this plan deletes what people said; one may run elsewhere")
        return Noted(False, "nothing that runs deletes from it")


def _says(store: Store) -> bool:
    return not isinstance(store.data, Unknown) and not _PERSONAL.isdisjoint(store.data)
