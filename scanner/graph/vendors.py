"""The dictionary of vendors: who answers on a host, and whose name stands in the name of a setting or secret.

It is data: scanner/data/vendors.yaml, read once, when somebody asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from scanner.kinds import Vendor
from scanner.model import Origin
from scanner.yamlfile import parse

TYPES = ("model", "vectors", "observability", "messaging", "data", "email", "web")
"""What vendors are to a chatbot."""

_FILE = Path(__file__).parents[1] / "data" / "vendors.yaml"
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+")
_LONGEST_NAME = 512
"""Characters of a name that are looked at; a secret's name has 512 at most."""

_CREDENTIALS = frozenset(
    {"key", "keys", "apikey", "token", "tokens", "secret", "secrets", "password", "passwd", "pwd", "credential"}
    | {"credentials", "creds", "dsn", "auth", "webhook", "license", "licence", "pat", "jwt", "bearer"}
)
"""What a credential is called."""


@dataclass(frozen=True, slots=True)
class Known:
    """One vendor of the dictionary."""

    name: str
    host: str
    type: str
    hosts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def node(self) -> Vendor:
        """What stands for it in a world."""
        return _vendor(self.host, self.type, self.name)


class Dictionary:
    """Every vendor that is known."""

    def __init__(self, vendors: tuple[Known, ...], downloads: tuple[str, ...]) -> None:
        """Take the vendors, and domains that things are only fetched from."""
        self.vendors = vendors
        self._domains = {domain: one for one in vendors for domain in one.hosts if not domain.startswith("*")}
        self._endings = [(domain[1:], one) for one in vendors for domain in one.hosts if domain.startswith("*")]
        phrases = [(tuple(phrase.split()), one, False) for one in vendors for phrase in one.words]
        phrases += [(tuple(phrase.split()), one, True) for one in vendors for phrase in one.keys]
        self._phrases = {phrase: (one, beside) for phrase, one, beside in phrases}
        self._longest = max((len(phrase) for phrase in self._phrases), default=0)
        self._downloads = frozenset(downloads)

    def at(self, host: str) -> Known | None:
        """Who answers on a host."""
        host = host.lower().rstrip(".")
        found = next((self._domains[domain] for domain in _above(host) if domain in self._domains), None)
        return found or next((one for ending, one in self._endings if host.endswith(ending)), None)

    def fetched_from(self, host: str) -> bool:
        """Whether things are only fetched from a host: packages, images, documents."""
        return any(domain in self._downloads for domain in _above(host.lower()))

    def named(self, name: str, *, of_secret: bool = False) -> Known | None:
        """Whose name stands in the name of a setting, of a secret or in a tag; the longest that fits counts."""
        words = [word.lower() for word in _WORD.findall(name[:_LONGEST_NAME])]
        certain = of_secret or not _CREDENTIALS.isdisjoint(words)
        for size in range(self._longest, 0, -1):
            for start in range(len(words) - size + 1):
                one, beside = self._phrases.get(tuple(words[start : start + size]), (None, False))
                if one is not None and (certain or not beside):
                    return one
        return None


def host_node(host: str) -> Vendor:
    """What stands in a world for a host of another organisation that the dictionary does not know."""
    return _vendor(host, "host", host)


def node_at(host: str) -> Vendor:
    """What stands in a world for whoever answers on a host."""
    known = dictionary().at(host)
    return known.node if known else host_node(host)


@lru_cache(maxsize=4096)
def _vendor(host: str, type_: str, name: str) -> Vendor:
    return Vendor(
        id=f"ext:{host}", type=type_, name=name, environment="external", data=(), origin=Origin(source="outside")
    )


@cache
def dictionary() -> Dictionary:
    """The dictionary there is."""
    found = parse(_FILE.name, _FILE.read_text(encoding="utf-8")).value
    return Dictionary(tuple(_known(one) for one in found["vendors"]), tuple(found["downloads"]))


def _known(one: dict[str, Any]) -> Known:
    lists = {name: tuple(one.get(name, ())) for name in ("hosts", "words", "keys")}
    return Known(name=one["name"], host=one["host"], type=one["type"], **lists)


def _above(host: str) -> Iterator[str]:
    """A host, and every domain that it is in."""
    labels = host.split(".")
    return (".".join(labels[start:]) for start in range(len(labels)))
