"""Names of hosts as the domain name system has them, and what people write for them.

Sources: RFC 1035, section 2.3.4 (lengths); RFC 3490 (letters outside of ASCII are sent as `xn--`).
"""

from __future__ import annotations

import re

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_PATTERN = re.compile(r"[a-z0-9_*?-]+")
_LONGEST_LABEL, _LONGEST = 63, 253


def ascii_host(host: str) -> str:
    """A host in lower case and in ASCII, without a dot at its end; empty where it cannot be one."""
    host = host.lower().removesuffix(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    labels = host.split(".")
    fits = len(host) <= _LONGEST and all(_LABEL.fullmatch(one) and len(one) <= _LONGEST_LABEL for one in labels)
    return host if fits else ""


def host_pattern(pattern: str) -> str:
    """A glob of hosts, of which the labels without a star are in ASCII; empty where no host is like it.

    It names a domain below which hosts are: a star for each label would mean them all.
    """
    labels = [
        label if _PATTERN.fullmatch(label) else ascii_host(label)
        for label in pattern.lower().removesuffix(".").split(".")
    ]
    plain = [label for label in labels if not set("*?") & set(label)]
    told = len(labels) > 1 and all(labels) and len(plain) > 1 and labels[-1] in plain
    return ".".join(labels) if told and ascii_host(".".join(plain)) else ""
