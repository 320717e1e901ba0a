"""Functions of IP networks in CIDR notation."""

from __future__ import annotations

import ipaddress
from typing import Any, TypeAlias

from scanner.hcl.functions.conversion import string, whole
from scanner.hcl.functions.spec import Table, plain
from scanner.hcl.values import FunctionError, unfinished

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_MOST_NEW_BITS = 32


def _network(prefix: str) -> Network:
    if "/" not in prefix or "%" in prefix:
        raise FunctionError("the prefix is not in CIDR notation")
    address, _, bits = prefix.partition("/")
    if not (bits.isascii() and bits.isdecimal()):
        raise FunctionError("the prefix is not in CIDR notation")
    if "." in address and ":" not in address:
        address = ".".join(part.lstrip("0") or "0" if part else part for part in address.split("."))
    try:
        return ipaddress.ip_network(f"{address}/{int(bits)}", strict=False)
    except ValueError as error:
        raise FunctionError("the prefix is not in CIDR notation") from error


def _at(network: Network, address: int, length: int) -> str:
    return str(type(network)((address, length)))


def _mapped(network: Network, address: int) -> bool:
    """Whether an address of an IPv6 network is one of IPv4: Terraform takes some of these for IPv4."""
    return network.version == 6 and (address >> 32 == 0xFFFF or int(network.network_address) >> 32 == 0xFFFF)


def _cidrhost(prefix: str, number: int) -> Any:
    network = _network(prefix)
    size = network.num_addresses
    if not -size <= number < size:
        raise FunctionError("the network is too small for that host")
    host = network[number]
    return unfinished("an address of IPv4 in IPv6") if _mapped(network, int(host)) else str(host)


def _cidrnetmask(prefix: str) -> str:
    network = _network(prefix)
    if network.version != 4:
        raise FunctionError("only IPv4 has netmasks")
    return str(network.netmask)


def _cidrsubnet(prefix: str, new: int, number: int) -> Any:
    network = _network(prefix)
    length = network.prefixlen + new
    if new < 0:
        return unfinished("a larger network")
    if length > network.max_prefixlen:
        raise FunctionError("the network cannot be divided so far")
    if not 0 <= number < 2**new:
        if number < 0:
            return unfinished("a subnet with a negative number")
        raise FunctionError("the network has too few subnets")
    address = int(network.network_address) + (number << (network.max_prefixlen - length))
    return unfinished("an address of IPv4 in IPv6") if _mapped(network, address) else _at(network, address, length)


def _cidrsubnets(prefix: str, *news: int) -> Any:
    network = _network(prefix)
    at, end = int(network.network_address), int(network.broadcast_address)
    if _mapped(network, at) or (network.version == 6 and not at >> 48):
        return unfinished("an address of IPv4 in IPv6")
    if not at and news:
        raise FunctionError("Terraform finds no room in a network that begins at zero")
    subnets = []
    for new in news:
        length = network.prefixlen + new
        if not 1 <= new <= _MOST_NEW_BITS or length > network.max_prefixlen:
            raise FunctionError("the network cannot be divided so far")
        size = 1 << (network.max_prefixlen - length)
        at = -(-at // size) * size
        if at > end:
            raise FunctionError("the network has too few subnets")
        subnets.append(_at(network, at, length))
        at += size
    return subnets


NETWORKS: Table = {
    "cidrhost": plain(_cidrhost, string, whole),
    "cidrnetmask": plain(_cidrnetmask, string),
    "cidrsubnet": plain(_cidrsubnet, string, whole, whole),
    "cidrsubnets": plain(_cidrsubnets, string, rest=whole),
}
"""Functions of networks."""
