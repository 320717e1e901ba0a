"""A durable record of what was asked and answered, in SQLite: whatever kills the run, what it has is kept."""

from __future__ import annotations

import sqlite3
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from scanner.collect.calls import Answer, Request
from scanner.collect.reader import Source
from scanner.errors import InputError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shards (
    account TEXT NOT NULL, region TEXT NOT NULL, collector TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (account, region, collector)
);
CREATE TABLE IF NOT EXISTS answers (
    account TEXT NOT NULL, key TEXT NOT NULL, answer BLOB NOT NULL,
    PRIMARY KEY (account, key)
);
"""
_FAST = 1


class Ledger:
    """Answers and the state of each shard (account, region, collector) of one run.

    Many threads may use it; another process may not.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the file.

        Raises InputError where it cannot be.
        """
        self.path = path
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise InputError(f"{path}: is no ledger of a scan, or cannot be written: {error}") from None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def told(self, name: str) -> str | None:
        """What was noted under a name."""
        with self._lock:
            row = self._db.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def tell(self, name: str, value: str) -> None:
        """Note something of the run as a whole."""
        self._write("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def mark(self, account: str, region: str, collector: str, state: str) -> None:
        """Note how far a shard is: begun or done."""
        self._write("INSERT OR REPLACE INTO shards VALUES (?, ?, ?, ?)", (account, region, collector, state))

    def states(self) -> dict[tuple[str, str, str], str]:
        """State of each shard by account, region and collector."""
        with self._lock:
            rows = self._db.execute("SELECT account, region, collector, state FROM shards").fetchall()
        return {(account, region, collector): state for account, region, collector, state in rows}

    def keep(self, request: Request, answer: Answer) -> None:
        """Keep an answer, for good once this returns."""
        body = zlib.compress(msgspec.json.encode(answer), _FAST)
        self._write("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (request.account, request.key, body))

    def kept(self, account: str, key: str) -> Answer | None:
        """An answer that was kept."""
        with self._lock:
            row = self._db.execute(
                "SELECT answer FROM answers WHERE account = ? AND key = ?", (account, key)
            ).fetchone()
        return None if row is None else msgspec.json.decode(zlib.decompress(row[0]), type=Answer)

    def accounts(self) -> list[str]:
        """Every account of which there are answers."""
        with self._lock:
            return [row[0] for row in self._db.execute("SELECT DISTINCT account FROM answers ORDER BY account")]

    def answers(self, account: str) -> Iterator[tuple[str, Answer]]:
        """Key and answer of every request to an account, in order of key."""
        with self._lock:
            keys = [
                row[0] for row in self._db.execute("SELECT key FROM answers WHERE account = ? ORDER BY key", (account,))
            ]
        for key in keys:
            answer = self.kept(account, key)
            if answer is not None:
                yield key, answer

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        with self._lock:
            self._db.execute(statement, values)


class Recording:
    """Answers from the ledger what it has; asks for the rest, and keeps it.

    An answer that was an error is asked for again: a permission may have been given, a limit may be over.
    """

    def __init__(self, source: Source, ledger: Ledger) -> None:
        self._source = source
        self._ledger = ledger

    def answer(self, request: Request, /) -> Answer:
        """Answer a request, once for all."""
        kept = self._ledger.kept(request.account, request.key)
        if kept is not None and (not kept.error or kept.error in request.call.absent):
            return kept
        answer = self._source.answer(request)
        self._ledger.keep(request, answer)
        return answer
