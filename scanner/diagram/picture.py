"""What is to be drawn: boxes and wires of one world, or of two that are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scanner.diagram.stages import ENVIRONMENTS
from scanner.kinds import Flow
from scanner.model import CLASS_GROUPS, CONVERSATION_CLASSES, LOG_CLASSES, Resource, Unknown

HUES = ("conversation", "credential", "training", "config", "log", "none")
"""Colours of what a wire carries: the first of these that is among its classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Who trusts whom within: an environment of an account, or what the cloud itself runs."""

    environment: str = ""
    """Empty where it is not known."""

    account: str = ""
    provider: bool = False
    """Whether the cloud runs what stands in it, outside of every account of the user."""

    unread: bool = False
    """Whether what stands in it is named by what was read, and was not read itself."""

    more: int = 0
    """Number of environments and accounts that share it for want of room."""

    @property
    def own(self) -> bool:
        """Whether it is an environment or account of the user."""
        return not self.provider and not self.unread

    @property
    def title(self) -> str:
        """What a reader calls it."""
        if self.provider:
            return "run by the cloud provider, outside of the accounts"
        if self.unread:
            return "named, and not part of what was read"
        if self.more:
            return f"{self.more} other environments and accounts"
        name = self.environment or "environment not known"
        return f"{name} \u00b7 account {self.account}" if self.account else name

    def order(self) -> tuple[object, ...]:
        """From the top: production first, what is not known last, below it what the cloud runs."""
        known = ENVIRONMENTS.index(self.environment) if self.environment in ENVIRONMENTS else len(ENVIRONMENTS)
        return (self.provider, self.unread, self.more, not self.environment, known, self.environment, self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A box: one resource, or several drawn as one."""

    id: str
    label: str
    """Name in full; what is drawn may be shorter."""

    sort: str
    """What it is, such as function or bucket."""

    where: str
    """Where its source is; empty where that says no more than its name."""

    kind: str
    stage: int
    band: Band | None
    """None for what stands outside."""

    resources: tuple[Resource, ...] = ()
    change: str = ""
    """added, removed or changed, where two worlds are compared."""

    @property
    def count(self) -> int:
        """How many resources it stands for."""
        return len(self.resources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """All flows between two boxes of one tier that carry the same sort of data."""

    source: str
    target: str
    tier: str
    hue: str
    both: bool = False
    flows: tuple[Flow, ...] = ()
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that is drawn, and what is not."""

    nodes: tuple[Node, ...] = ()
    wires: tuple[Wire, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader must know that the boxes do not show."""

    highlight: frozenset[str] = frozenset()
    """Ids of nodes of a highlighted path."""

    compared: bool = False
    ids: Mapping[str, str] = field(default_factory=dict)
    """Node by id of a resource that it stands for."""


def carried(flow: Flow) -> tuple[str, ...]:
    """Data classes that a flow carries for certain or likely."""
    return () if isinstance(flow.data, Unknown) else flow.data


def hue(classes: Iterable[str]) -> str:
    """Sort of data by which something is coloured."""
    found = set(classes)
    if found & set(CONVERSATION_CLASSES):
        return "conversation"
    named = next((one for one in ("credential", "training", "config") if one in found), "")
    return named or ("log" if found & set(LOG_CLASSES) else "none")


def classes_of(name: str) -> frozenset[str]:
    """Data classes that a class or a group of them names."""
    return frozenset(CLASS_GROUPS.get(name, (name,)))
