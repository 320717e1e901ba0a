"""What the user's register of vendors has on a vendor, asked by the hosts that settings name before anything else.

The dictionary of vendors makes one thing of all hosts of a vendor; a register may tell them apart, such as a contract
for Europe from one for America.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.graph.flowgraph import POSSIBLE, tier_of
from scanner.graph.vendors import dictionary
from scanner.kinds import Flow, Vendor
from scanner.registers import Vendor as Registered
from scanner.registers import VendorRegister


@dataclass(frozen=True, slots=True)
class Entries:
    """What was found for one host; several where no host is named and more than one entry is of the vendor."""

    told: str
    """What was asked for, in words."""

    found: tuple[Registered, ...]
    covered: bool = True
    """Whether the host is one that they list, rather than the vendor by its name."""


def entries(register: VendorRegister, vendor: Vendor, host: str) -> Entries:
    """Who the register has for a host of a vendor; for the vendor as such where the host is empty."""
    own = vendor.id.removeprefix("ext:")
    told = host if host and host != own else "it"
    if by_host := register.of(host or own):
        return Entries(told, (by_host,))
    if by_name := register.called(vendor.name):
        return Entries(told, (by_name,), covered=not host)
    return Entries(told, () if host else tuple(one for one in register.vendors if _is(vendor, one)))


def _is(vendor: Vendor, entry: Registered) -> bool:
    """Whether a host of an entry is one of the vendor's."""
    known = (dictionary().at(host.removeprefix("*.")) for host in entry.hosts)
    return any(one is not None and one.node.id == vendor.id for one in known)


_NO_DATA = frozenset({"deletes", "network_reaches"})


class Named:
    """The hosts of vendors that flows name."""

    def __init__(self, flows: Iterable[Flow], vendors: frozenset[str]) -> None:
        """Sort them by vendor, and by whether the flow is sure; one that names none counts for the vendor as such."""
        self._sure: dict[str, set[str]] = {}
        self._perhaps: dict[str, set[str]] = {}
        for flow in flows:
            for end in () if flow.how in _NO_DATA else vendors & {flow.source, flow.target}:
                found = self._perhaps if tier_of(flow) == POSSIBLE else self._sure
                found.setdefault(end, set()).update(flow.hosts or ("",))

    def of(self, vendor: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Hosts of a vendor: those that are called, and those that perhaps are; an empty one stands for the vendor."""
        sure = self._sure.get(vendor)
        perhaps = self._perhaps.get(vendor, set())
        if sure is None:
            return tuple(sorted(perhaps)) or ("",), ()
        return tuple(sorted(sure)), tuple(sorted(perhaps - sure))
