"""What flows that could not be seen may bring to a store or a vendor.

Lists of what comes to a thing tell of the flows that were seen, and of no others. That something does not come there is
sure only where no other flow can bring it: one that is hidden at a node brings what the node may hold, and where a part
of an account or a plan was not read at all, anything may come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner.graph.classes import ALL, mask, names
from scanner.graph.propagate import Propagated
from scanner.kinds import Entrypoint, Store, Vendor
from scanner.model import DATA_CLASSES, Gap, Unknown

BY_FLOWS = frozenset({"may_hold", "may_hold_possibly", "receives", "may_receive", "classes_agreed"})
"""Facts that go by the flows that were seen: where others are hidden, what reads them is open."""

_WIRED = ("agent", "audit_trail", "compute", "entrypoint", "flow", "model", "store")
"""Kinds whose settings declare flows."""

_NO_ENDS = frozenset({"log_group", "registry", "file_system"})
"""Types of stores that no API puts requests into."""

_TWO = 2
"""No store brings anything to itself: another one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow(Gap):
    """Flows that were not seen, where it is told what those of them that are declared may lead to, and carry."""

    leads_to: tuple[str, ...] = ()
    """The provider's types; none where no such flow is declared, as settings and permissions alone tell it."""

    carries: tuple[str, ...] = DATA_CLASSES
    """What goes over it in any case, where that is not all that its source may hold."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A node or a place at which declared flows may be hidden."""

    scope: str
    bits: int
    reason: str
    front: str = ""
    """Type of the entry point that it is; empty where it is none."""

    types: tuple[str, ...] | None = None
    """The provider's types that it may lead to; None where that is not told."""

    @property
    def hides(self) -> tuple[object, ...]:
        """What it hides, apart from where."""
        return (self.bits, self.front, self.types)

    def leads_to(self, store: Store) -> bool:
        """Whether a hidden flow may lead to a store: images come to registries alone; balancers know no stores."""
        if self.types is not None and store.origin.type:
            return store.origin.type in self.types and self.scope != store.id
        if self.front:
            return self.front in {"api", "stage"} and store.type not in _NO_ENDS
        return self.scope != store.id and store.type != "registry"


@dataclass(frozen=True)
class Hidden:
    """Where declared flows may be hidden, and what they may bring."""

    sources: tuple[_Source, ...]

    @classmethod
    def of(cls, gaps: Iterable[Gap], propagated: Propagated) -> Hidden:
        """Ask each gap what it hides; of those that hide the same, two tell of every store."""
        alike: dict[tuple[object, ...], list[_Source]] = {}
        for one in _sources(gaps, propagated):
            known = alike.setdefault(one.hides, [])
            if len(known) < _TWO and all(one.scope != other.scope for other in known):
                known.append(one)
        return cls(tuple(one for found in alike.values() for one in found))

    def may_bring(self, store: Store, classes: int) -> Unknown | None:
        """Why some of these classes may come to a store, though no flow that was seen brings them."""
        for one in self.sources:
            if (brought := one.bits & classes) and one.leads_to(store):
                return Unknown(f"{one.scope} may bring in {', '.join(names(brought))}: {one.reason}")
        return None

    def may_send(self, vendor: Vendor) -> Iterator[tuple[tuple[str, ...], str]]:
        """What a vendor would receive if a hidden flow led to it, source by source, and why that was not seen."""
        received = 0 if isinstance(vendor.receives, Unknown) else mask(vendor.receives)
        for one in self.sources:
            if one.types is None and (more := one.bits & ~received):
                yield names(received | more), f"{one.scope} may send it {', '.join(names(more))}: {one.reason}"


def _sources(gaps: Iterable[Gap], propagated: Propagated) -> Iterator[_Source]:
    graph, held = propagated.graph, propagated.possible.held
    for gap in gaps:
        if not gap.kinds or not gap.hides_any(*_WIRED):
            continue
        node = graph.index.get(gap.scope)
        if "flow" not in gap.kinds:
            yield _Source(gap.scope, ALL, gap.reason)
        elif node is not None:
            told = mask(gap.carries) if isinstance(gap, Narrow) else ALL
            there = graph.resources[node]
            front = there.type if isinstance(there, Entrypoint) else ""
            yield _Source(gap.scope, held[node] if told == ALL else told, gap.reason, front, _types(gap))


def _types(gap: Gap) -> tuple[str, ...] | None:
    return gap.leads_to if isinstance(gap, Narrow) else None
