"""From targets and collectors to everything that was read: shards fanned out, answers kept, failures told."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scanner.collect.calls import Answer, Call, Request, calls_of
from scanner.collect.fanout import Threads
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader, Source, UndeclaredCallError
from scanner.collect.shards import GLOBAL, Borrowed, Collected, Shard, ShardResult, Target
from scanner.errors import ScannerError
from scanner.model import Unknown


class Collector(Protocol):
    """Reads one service; a module can be one. Its calls are the `Call` constants of the module."""

    @property
    def name(self) -> str:
        """Short name, such as s3."""

    @property
    def everywhere(self) -> bool:
        """Whether each region has a service of its own, rather than the account one."""

    @property
    def types(self) -> tuple[str, ...]:
        """The provider's types it yields."""

    def from_live(self, reader: Reader, /) -> Iterable[Item | Unread]:
        """Read the service in one region."""


@dataclass(frozen=True, kw_only=True)
class Gathering:
    """How accounts are read."""

    source: Source
    collectors: Sequence[Collector]
    now: datetime
    shards_at_once: int = 8
    calls_at_once: int = 8
    """Requests that one shard makes at once; those that wait for their turn keep no other shard waiting."""

    progress: Callable[[Shard, ShardResult | None], None] = lambda _shard, _result: None
    """Told of each shard as it begins (without a result) and ends."""


def gather(targets: Sequence[Target], how: Gathering) -> list[Collected]:
    """Read every target; one that fails never stops the others."""
    by_account = {target.account: Collected(target=target, read_at=how.now) for target in targets}
    work = _Work(by_account, how)
    engine = Threads(work.run, how.shards_at_once)
    for shard in shards(targets, how.collectors):
        engine.submit(shard)
    try:
        for result in engine.drain():
            by_account[result.shard.account].results.append(result)
    except BaseException:
        # Nothing more is asked, so that a person who interrupts need not wait for thousands of requests.
        work.stop()
        engine.stop()
        raise
    for collected in by_account.values():
        collected.results.sort(key=lambda result: result.shard)
    return list(by_account.values())


def shards(targets: Iterable[Target], collectors: Iterable[Collector]) -> Iterator[Shard]:
    """Every shard, accounts and regions interleaved: limits are per account and region."""
    for collector in collectors:
        for target in targets:
            for region in target.regions if collector.everywhere else (GLOBAL,) if target.regions else ():
                yield Shard(target.account, region, collector.name)


class _Work:
    """Runs one shard; whatever happens in it stays in it."""

    def __init__(self, accounts: dict[str, Collected], how: Gathering) -> None:
        self._targets = {account: collected.target for account, collected in accounts.items()}
        self._collectors = {collector.name: collector for collector in how.collectors}
        self._declared: dict[str, frozenset[Call]] = {
            name: frozenset(calls_of(collector)) for name, collector in self._collectors.items()
        }
        self._how = how
        self._stopped = threading.Event()
        self._answers: dict[tuple[str, str], Future[Answer]] = {}

    def answer(self, request: Request, /) -> Answer:
        """Answer a request, until all is stopped."""
        if self._stopped.is_set():
            raise CancelledError
        return self._shared(request) if request.call.shared else self._how.source.answer(request)

    def _shared(self, request: Request) -> Answer:
        """The one answer to a request that several shards make."""
        asked: Future[Answer] = Future()
        kept = self._answers.setdefault((request.account, request.key), asked)
        if kept is asked:
            try:
                asked.set_result(self._how.source.answer(request))
            except BaseException as error:
                asked.set_exception(error)
                raise
        return kept.result()

    def stop(self) -> None:
        """Answer nothing any more."""
        self._stopped.set()

    def run(self, shard: Shard) -> ShardResult:
        """Run one shard; it may be run again, and reads the same then."""
        with ThreadPoolExecutor(self._how.calls_at_once, thread_name_prefix="call") as calls:
            try:
                return self._read(shard, calls)
            except ScannerError:
                # What a person must mend first, such as a full disk, ends the run: nobody asks for anything more.
                self.stop()
                raise

    def _read(self, shard: Shard, calls: Executor) -> ShardResult:
        target, collector = self._targets[shard.account], self._collectors[shard.collector]
        self._how.progress(shard, None)
        reader = Reader(
            account=shard.account,
            region=shard.region or target.home,
            partition=target.partition,
            source=self,
            declared=self._declared[shard.collector],
            workers=calls,
            now=self._how.now,
        )
        result = ShardResult(shard, refusals=reader.refusals, asked=reader.asked)
        try:
            for found in collector.from_live(reader):
                if isinstance(found, Unread):
                    result.unread.append(found)
                else:
                    result.items.append(found)
        except (CancelledError, UndeclaredCallError, ScannerError):
            raise
        except Exception as error:  # noqa: BLE001 - one shard that fails, however it does, never stops the others
            result.unread.append(Unread(collector.types, Unknown(_odd(shard, error))))
        # Several are asked at once: in what order they were refused differs from run to run.
        result.refusals.sort(key=lambda refusal: (refusal.call.action, refusal.error, refusal.reason))
        result.borrowed.extend(Borrowed.of(reader.borrowed))
        result.asides.update(reader.asides)
        self._how.progress(shard, result)
        return result


def _odd(shard: Shard, error: Exception) -> str:
    """Say where an answer was odd, without what it held."""
    trace, where = sys.exc_info()[2], ""
    while trace is not None:
        where = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        trace = trace.tb_next
    place = f"{shard.account} {shard.region}".strip()
    what = f"{type(error).__name__} in {where}"
    return f"reading {shard.collector} in {place} broke off, as at an answer that is not of its documented form: {what}"
