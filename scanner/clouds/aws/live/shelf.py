"""What an aggregator told, until it is asked for: on disk where it is much, gone with the process."""

from __future__ import annotations

import sqlite3
import threading
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from scanner.collect.calls import Page

_SCHEMA = """
CREATE TABLE kept (
    operation TEXT, account TEXT, region TEXT, resource TEXT, at TEXT, why TEXT, page BLOB,
    PRIMARY KEY (operation, account, region, resource)
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The answer of one operation about one resource."""

    operation: str
    account: str
    region: str
    resource: str
    at: str
    """When it was captured, as ISO 8601 in UTC."""

    page: Page | None = None
    why: str = ""
    """Why there is no answer, though there is an item."""


class Shelf:
    """Answers by operation, account, region and resource; many threads may use it."""

    def __init__(self) -> None:
        """Make an empty one: a database without a name, which SQLite keeps in memory until that is too much."""
        self._lock = threading.Lock()
        self._db = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._db.execute(_SCHEMA)

    def put(self, answers: Iterable[Kept]) -> None:
        """Keep answers; a later one takes the place of an earlier."""
        rows = [
            (one.operation, one.account, one.region, one.resource, one.at, one.why, _packed(one.page))
            for one in answers
        ]
        with self._lock:
            self._db.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def get(self, operation: str, account: str, region: str, resource: str | None) -> list[Kept]:
        """Answers about one resource, or about all, in order of the resources."""
        text = "SELECT resource, at, why, page FROM kept WHERE operation = ? AND account = ? AND region = ?"
        values = [operation, account, region]
        if resource is not None:
            text, values = f"{text} AND resource = ?", [*values, resource]
        with self._lock:
            rows = self._db.execute(f"{text} ORDER BY resource", values).fetchall()
        return [
            Kept(
                operation=operation,
                account=account,
                region=region,
                resource=named,
                at=at,
                why=why,
                page=_unpacked(page),
            )
            for named, at, why, page in rows
        ]


def _packed(page: Page | None) -> bytes | None:
    return None if page is None else zlib.compress(msgspec.json.encode(page), 1)


def _unpacked(packed: bytes | None) -> Page | None:
    if packed is None:
        return None
    page: Page = msgspec.json.decode(zlib.decompress(packed))
    return page
