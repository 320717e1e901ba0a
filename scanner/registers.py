"""The user's register of vendors: who may be sent what, under which agreement, where, and whether it may train on it.

One YAML file that `registers.vendors` in trustscan.yaml names. Requirements VEN-01 and after; criteria CC9.2 and P6.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import msgspec

from scanner.errors import ConfigError
from scanner.hostnames import host_pattern
from scanner.model import CLASS_GROUPS, DATA_CLASSES
from scanner.yamlfile import YamlError, convert, read

REGION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""What regions look like, those of other clouds than one's own as well: eu-west-1, westeurope, eu."""


class Agreement(msgspec.Struct, forbid_unknown_fields=True):
    """A contract on the processing of data."""

    document: str
    """Where it is kept."""

    signed: date
    expires: date
    """Last day it holds."""


class Vendor(msgspec.Struct, forbid_unknown_fields=True):
    """One vendor, as the user registered it."""

    name: str
    hosts: list[str]
    """Hosts, or globs of hosts, that it answers on."""

    owner: str
    """Who answers for it."""

    aliases: list[str] = []
    """Other names of it, such as that of the company behind it."""

    agreement: Agreement | None = None
    regions: list[str] | None = None
    """Where it processes data; None where nobody has said."""

    training: bool | None = None
    """Whether it may train models on what it is sent; None where nobody has said."""

    retention_days: int | None = None
    """How long it keeps what it is sent; None where nobody has said."""

    classes: list[str] | None = None
    """Data classes and groups that it may be sent; None where nobody has said."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    vendors: list[Vendor]
    version: Literal[1] = 1


@dataclass(frozen=True)
class VendorRegister:
    """Every vendor that the user registered, and the file that says so."""

    path: str
    vendors: tuple[Vendor, ...]

    def of(self, host: str) -> Vendor | None:
        """The vendor that answers on a host; one that names the host itself before one whose glob covers it."""
        exact = (one for one in self.vendors if host.lower() in (name.lower() for name in one.hosts))
        covers = (one for one in self.vendors if any(fnmatchcase(host.lower(), name.lower()) for name in one.hosts))
        return next(exact, None) or next(covers, None)

    def called(self, name: str) -> Vendor | None:
        """The vendor that is registered by a name, or has it as an alias, however it is spelled."""
        wanted = _letters(name)
        return next((one for one in self.vendors if wanted in map(_letters, (one.name, *one.aliases))), None)


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def load_vendors(path: Path) -> VendorRegister:
    """Read a register of vendors.

    Raises ConfigError, with file, line and a caret, for one that is not valid.
    """
    try:
        document = read(path)
        file: _File = convert(document, _File)
    except YamlError as error:
        raise ConfigError(str(error)) from None
    wrong = next(_mistakes(file.vendors), None)
    if wrong:
        raise ConfigError(document.show(*wrong))
    vendors = (msgspec.structs.replace(one, hosts=[host_pattern(host) for host in one.hosts]) for one in file.vendors)
    return VendorRegister(str(path), tuple(vendors))


def _mistakes(vendors: Sequence[Vendor]) -> Iterator[tuple[str, str]]:
    """What is wrong, and where."""
    owners: dict[str, str] = {}
    names: dict[str, str] = {}
    for number, vendor in enumerate(vendors):
        place = f"$.vendors[{number}]"
        yield from ((f"{name} is empty", f"{place}.{name}") for name in ("name", "owner") if not _said(vendor, name))
        yield from _of_hosts(vendor, owners, place)
        yield from _of_names(vendor, names, place)
        yield from _of_agreement(vendor, place)
        yield from _of_regions(vendor, place)
        if vendor.retention_days is not None and vendor.retention_days < 0:
            yield "retention_days takes whole days from 0 on", f"{place}.retention_days"
        for index, class_ in enumerate(vendor.classes or ()):
            if class_ not in DATA_CLASSES and class_ not in CLASS_GROUPS:
                known = ", ".join((*CLASS_GROUPS, *DATA_CLASSES))
                yield f"there is no data class {class_!r}; there are {known}", f"{place}.classes[{index}]"


def _said(vendor: Vendor, name: str) -> bool:
    return bool(getattr(vendor, name).strip())


def _of_names(vendor: Vendor, names: dict[str, str], place: str) -> Iterator[tuple[str, str]]:
    """Two entries of one name would leave open which of them is meant."""
    for index, name in enumerate((vendor.name, *vendor.aliases)):
        where = f"{place}.aliases[{index - 1}]" if index else f"{place}.name"
        if index and not _letters(name):
            yield f"{name!r} is no name", where
        elif names.setdefault(_letters(name), place) != place:
            yield f"another vendor is called {name!r} already", where


def _of_agreement(vendor: Vendor, place: str) -> Iterator[tuple[str, str]]:
    if vendor.agreement is None:
        return
    if not vendor.agreement.document.strip():
        yield "document is empty", f"{place}.agreement.document"
    if vendor.agreement.expires < vendor.agreement.signed:
        yield "the agreement expires before it is signed", f"{place}.agreement.expires"


def _of_regions(vendor: Vendor, place: str) -> Iterator[tuple[str, str]]:
    if vendor.regions == []:
        yield "regions is empty; leave it out where they are not known", f"{place}.regions"
    for index, region in enumerate(vendor.regions or ()):
        if not REGION.fullmatch(region.lower()):
            yield f"{region!r} is no region, such as eu-west-1", f"{place}.regions[{index}]"


def _of_hosts(vendor: Vendor, owners: dict[str, str], place: str) -> Iterator[tuple[str, str]]:
    if not vendor.hosts:
        yield f"{vendor.name} needs at least one host, such as api.example.com", f"{place}.hosts"
    for index, host in enumerate(vendor.hosts):
        asked = host_pattern(host)
        if not asked:
            yield f"{host!r} is no host, such as api.example.com or *.example.com", f"{place}.hosts[{index}]"
        elif owners.setdefault(asked, vendor.name) != vendor.name:
            yield f"{host!r} is already a host of {owners[asked]}", f"{place}.hosts[{index}]"
