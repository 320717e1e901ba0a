"""Ingress rules: which of them let in anybody on the internet, and to which ports.

ICMP is not judged: nobody can connect over it, and AWS itself asks for its "fragmentation needed" messages to be let
in from anywhere (Amazon EC2 User Guide, "Path MTU Discovery").
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Net: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

WEB_PORTS = frozenset({80, 443})
"""Ports on which a public balancer may be open to anybody."""

BROAD = 16
"""Longest prefix of a range that can be a piece of the whole internet in a list anybody would write."""

_EVERY = (0, 65535)
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1", "": "-1"}
_ICMP = frozenset({"icmp", "icmpv6"})
_INTERNET4 = ipaddress.IPv4Network("0.0.0.0/0")
_INTERNET6 = ipaddress.IPv6Network("2000::/3")
_NOT_INTERNET = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
"""Addresses nobody on the internet has (IANA IPv4 Special-Purpose Address Registry); leaving them out hides nobody."""


@dataclass(frozen=True, slots=True)
class Ports:
    """A protocol and a range of its ports."""

    protocol: str
    """tcp, udp, icmp, icmpv6, a number, or -1 for every protocol."""

    low: int = 0
    high: int = 65535

    @property
    def text(self) -> str:
        """How people write it, such as `tcp 22`."""
        if self.protocol == "-1":
            return "all traffic"
        if self.protocol not in {"tcp", "udp"}:
            return f"protocol {self.protocol}"
        if (self.low, self.high) == _EVERY:
            return f"{self.protocol} all ports"
        return f"{self.protocol} {self.low}" if self.low == self.high else f"{self.protocol} {self.low}-{self.high}"

    @property
    def web(self) -> bool:
        """Whether it is exactly HTTP or HTTPS over TCP."""
        return self.protocol == "tcp" and self.low == self.high and self.low in WEB_PORTS


def ports(protocol: object, low: object, high: object) -> Ports | None:
    """Ports of a rule; None for ICMP, which has none."""
    name = _PROTOCOLS.get(str(protocol).lower(), str(protocol).lower())
    if name in _ICMP:
        return None
    if name not in {"tcp", "udp"}:
        return Ports(name)
    first, last = _port(low, 0), _port(high, 65535)
    return Ports(name, *_EVERY) if first < 0 or last < 0 else Ports(name, min(first, last), max(first, last))


def openings(grants: Iterable[tuple[Ports, str]]) -> tuple[Ports, ...]:
    """Port ranges that are open to the whole internet, given who may reach which.

    Several ranges of addresses together may be the whole internet, as 0.0.0.0/1 and 128.0.0.0/1 are.
    """
    found: dict[Ports, None] = {}
    partial: dict[int, list[tuple[Ports, Net]]] = {}
    for reached, cidr in grants:
        net = network(cidr)
        if net is None:
            continue
        if net.prefixlen == 0 or covers([net]):
            found[reached] = None
        elif net.prefixlen <= BROAD:
            partial.setdefault(net.version, []).append((reached, net))
    for pieces in partial.values():
        found.update(dict.fromkeys(_together(pieces)))
    return tuple(found)


@lru_cache(maxsize=8192)
def network(cidr: str) -> Net | None:
    """The addresses a CIDR block means; None where it is not one."""
    try:
        return ipaddress.ip_network(cidr.strip(), strict=False)
    except ValueError:
        return None


def covers(nets: list[Net]) -> bool:
    """Whether addresses of one family are, together, the whole internet."""
    if nets[0].version == 6:
        six = ipaddress.collapse_addresses([net for net in nets if isinstance(net, ipaddress.IPv6Network)])
        return any(_INTERNET6.subnet_of(net) for net in six)
    four = [net for net in nets if isinstance(net, ipaddress.IPv4Network)]
    if sum(net.num_addresses for net in four) < 1 << 31:
        return False
    return list(ipaddress.collapse_addresses([*four, *_NOT_INTERNET])) == [_INTERNET4]


def _together(pieces: list[tuple[Ports, Net]]) -> Iterable[Ports]:
    """Ports that pieces of the internet reach which together are the whole of it."""
    for protocol in dict.fromkeys(reached.protocol for reached, _ in pieces):
        same = [(reached, net) for reached, net in pieces if reached.protocol in {protocol, "-1"}]
        for low in sorted({reached.low for reached, _ in same if reached.protocol == protocol}):
            there = [(reached, net) for reached, net in same if reached.low <= low <= reached.high]
            if there and covers([net for _, net in there]):
                yield Ports(protocol, low, min(reached.high for reached, _ in there))


def _port(value: object, absent: int) -> int:
    try:
        return int(float(str(value))) if value is not None else absent
    except (ValueError, OverflowError):
        return absent
