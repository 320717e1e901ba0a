"""Environments by the words that people call them by."""

from __future__ import annotations

from itertools import pairwise

_ENVIRONMENTS = {
    "prod": ("prod", "production", "prd", "live"),
    "staging": ("staging", "stage", "stg", "uat", "preprod", "preproduction"),
    "dev": ("dev", "development", "develop", "test", "testing", "sandbox", "qa"),
    "nonprod": ("nonprod", "nonproduction"),
}
_WORDS = {word: name for name, words in _ENVIRONMENTS.items() for word in words}
_BEFORE_PRODUCTION = {"pre": "staging", "non": "nonprod", "not": "nonprod"}

SHARED = frozenset({
    "shared", "common", "global", "all", "core", "infrastructure", "infra", "management", "mgmt", "root", "security",
    "audit", "logging", "logs", "log-archive", "network", "networking", "tooling", "tools",
})  # fmt: skip
"""Environments that serve all others, where the user names none."""


def said_by(words: tuple[str, ...]) -> set[str]:
    """Environments that words say.

    What comes before production is `staging`, and what is not production `nonprod`, however they are written.
    """
    found: set[str] = set()
    for before, word in pairwise(("", *words)):
        if word in _WORDS:
            name = _WORDS[word]
            found.add(_BEFORE_PRODUCTION.get(before, name) if name == "prod" else name)
    return found
