"""Masks: what takes secrets out of an answer before anything sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from scanner.collect.calls import Page
from scanner.redact import HIDDEN


def hiding(*names: str) -> Callable[[Page], Page]:
    """A mask that hides every text under these keys, however deep, and leaves the shape as it is."""
    hidden = frozenset(names)

    def mask(page: Page) -> Page:
        found: Page = _masked(page, hidden)
        return found

    return mask


def origin(url: str) -> str:
    """A URL as far as its host: what follows it, and who signs in with it, may be secret."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return HIDDEN
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "") if parts.scheme and host else HIDDEN


def _masked(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: _blank(item) if key in names else _masked(item, names) for key, item in value.items()}
    return [_masked(item, names) for item in value] if isinstance(value, list) else value


def _blank(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _blank(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_blank(item) for item in value]
    return HIDDEN if isinstance(value, (str, bytes)) else value
