"""A capture in the making: one process at a time, the same options and readers from its start to its end."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import msgspec

from scanner.collect.capture import check, open_ledger, remove_ledger, seal
from scanner.collect.ledger import Ledger
from scanner.collect.shards import Target
from scanner.errors import InputError, OutputError

_OTHERWISE = "--resume goes on with the same options alone; to start anew, save to another folder"


class Saving:
    """The folder of a capture while it is written; nobody else may write to it, a process that dies gives it free."""

    ledger: Ledger
    began: datetime
    """When the scan began; one that is resumed began when it was first started."""

    def __init__(self, folder: Path, *, resume: bool, options: Mapping[str, Any]) -> None:
        """Take a folder, and the options that decide what is asked."""
        self.folder = folder
        self._resume = resume
        self._options = options
        self._stack = ExitStack()
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        """Open the folder, before anything is asked.

        Raises InputError where nothing can be saved there, where there is nothing to resume, where something would be
        lost, and where the scan to resume had other options.
        """
        check(self.folder, resume=self._resume)
        with ExitStack() as stack:
            self._lock(stack)
            check(self.folder, resume=self._resume)
            self.ledger = open_ledger(self.folder)
            stack.callback(self.ledger.close)
            self._compare()
            self.began = self._beginning()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the folder free; leave nothing behind where nothing was answered."""
        empty = self.folder.exists() and self.ledger.is_open and not self.ledger.accounts()
        if empty and not self._resume:
            remove_ledger(self.folder, self.ledger)
            with suppress(OSError):
                for made in self._made:
                    made.rmdir()
        self._stack.close()

    def same_readers(self, targets: Iterable[Target]) -> None:
        """Refuse to mix what two identities read of one account.

        Raises InputError.
        """
        for target in targets:
            name, reader = f"reader of {target.account}", _without_session(target.identity)
            told = self.ledger.told(name)
            if told is None and reader:
                self.ledger.tell(name, reader)
            elif told is not None and reader and told != reader:
                raise InputError(
                    f"{self.folder}: {target.account} was read as {told} until the scan was interrupted, and would be "
                    f"read on as {reader}; {_OTHERWISE}"
                )

    def seal(self, targets: Iterable[Target], about: dict[str, str]) -> None:
        """Make the capture whole.

        Raises OutputError.
        """
        seal(self.folder, self.ledger, targets, began=self.began, about=about)

    def _lock(self, stack: ExitStack) -> None:
        missing = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._made = missing
            held = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            stack.callback(os.close, held)
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{self.folder}: another scan is saving to it now") from None
        except OSError as error:
            raise OutputError(f"{self.folder}: nothing can be saved there: {error.strerror}") from None

    def _compare(self) -> None:
        now = _plain(self._options)
        told = self.ledger.told("options")
        if told is None:
            self.ledger.tell("options", msgspec.json.encode(now, order="sorted").decode())
            return
        before: dict[str, Any] = msgspec.json.decode(told)
        for name in sorted({*before, *now}):
            if before.get(name) != now.get(name):
                raise InputError(
                    f"{self.folder}: the interrupted scan had another {name.replace('_', ' ')}: "
                    f"{_worded(before.get(name))} then, {_worded(now.get(name))} now; {_OTHERWISE}"
                )

    def _beginning(self) -> datetime:
        now = datetime.now(UTC).replace(microsecond=0)
        told = self.ledger.told("began")
        if told is None:
            self.ledger.tell("began", now.isoformat())
        return now if told is None else datetime.fromisoformat(told)


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options that were given, as JSON has them; in what order a list names things makes no difference."""
    return {
        name: sorted(value) if isinstance(value, (tuple, list)) else value
        for name, value in options.items()
        if value or (value == 0 and value is not False)
    }


def _worded(value: object) -> str:
    return "none" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _without_session(identity: str) -> str:
    """An identity without the name of its session, which differs from start to start."""
    return identity.rpartition("/")[0] if ":assumed-role/" in identity else identity
