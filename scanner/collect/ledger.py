"""A durable record of what was asked and answered, in SQLite: whatever kills the run, what it has is kept."""

from __future__ import annotations

import sqlite3
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from scanner.collect.calls import Answer, Request
from scanner.collect.reader import Source
from scanner.errors import InputError, OutputError

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

    Many threads may use it; another process may not. Raises InputError where it was damaged, and OutputError where it
    cannot be written, as on a disk that is full.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the file.

        Raises InputError where it cannot be.
        """
        self.path = path
        self.is_open = True
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
            self.is_open = False
            self._db.close()

    def told(self, name: str) -> str | None:
        """What was noted under a name."""
        rows = self._read("SELECT value FROM about WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def tell(self, name: str, value: str) -> None:
        """Note something of the run as a whole."""
        self._write("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def mark(self, account: str, region: str, collector: str, state: str) -> None:
        """Note how far a shard is: begun or done."""
        self._write("INSERT OR REPLACE INTO shards VALUES (?, ?, ?, ?)", (account, region, collector, state))

    def states(self) -> dict[tuple[str, str, str], str]:
        """State of each shard by account, region and collector."""
        rows = self._read("SELECT account, region, collector, state FROM shards")
        return {(account, region, collector): state for account, region, collector, state in rows}

    def keep(self, request: Request, answer: Answer) -> None:
        """Keep an answer, for good once this returns."""
        body = zlib.compress(msgspec.json.encode(answer), _FAST)
        self._write("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (request.account, request.key, body))

    def kept(self, account: str, key: str) -> Answer | None:
        """An answer that was kept."""
        rows = self._read("SELECT answer FROM answers WHERE account = ? AND key = ?", (account, key))
        try:
            return msgspec.json.decode(zlib.decompress(rows[0][0]), type=Answer) if rows else None
        except (zlib.error, TypeError, msgspec.DecodeError) as error:
            raise self._damaged(error) from None

    def accounts(self) -> list[str]:
        """Every account of which there are answers."""
        return [row[0] for row in self._read("SELECT DISTINCT account FROM answers ORDER BY account")]

    def answers(self, account: str) -> Iterator[tuple[str, Answer]]:
        """Key and answer of every request to an account, in order of key."""
        keys = [row[0] for row in self._read("SELECT key FROM answers WHERE account = ? ORDER BY key", (account,))]
        for key in keys:
            answer = self.kept(account, key)
            if answer is not None:
                yield key, answer

    def _read(self, statement: str, values: tuple[object, ...] = ()) -> list[Any]:
        try:
            with self._lock:
                return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._damaged(error) from None

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            with self._lock:
                self._db.execute(statement, values)
        except sqlite3.Error as error:
            raise OutputError(f"{self.path}: what was read cannot be kept: {error}; --resume can go on") from None

    def _damaged(self, error: Exception) -> InputError:
        return InputError(f"{self.path}: is damaged: {error}; save to another folder")


class Recording:
    """Answers from the ledger what it has; asks for the rest, and keeps it.

    A request is asked once in a run, whoever else asks for it, and has one answer: the one that is kept. Where a run
    goes on with an earlier one, what was an error then is asked again: a permission may have been given, a limit may be
    over.
    """

    def __init__(self, source: Source, ledger: Ledger) -> None:
        """Take what answers, and where answers are kept."""
        self._source = source
        self._ledger = ledger
        self._lock = threading.Lock()
        self._asking: dict[tuple[str, str], threading.Lock] = {}
        self._refused: set[tuple[str, str]] = set()

    def answer(self, request: Request, /) -> Answer:
        """Answer a request, once for all."""
        name = (request.account, request.key)
        with self._lock:
            mine = self._asking.setdefault(name, threading.Lock())
        try:
            with mine:
                return self._once(request, name)
        finally:
            with self._lock:
                self._asking.pop(name, None)

    def _once(self, request: Request, name: tuple[str, str]) -> Answer:
        kept = self._ledger.kept(*name)
        if kept is not None and (not kept.error or kept.error in request.call.absent or name in self._refused):
            return kept
        answer = self._source.answer(request)
        self._ledger.keep(request, answer)
        if answer.error:
            self._refused.add(name)
        return answer
