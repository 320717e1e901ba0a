"""Work over accounts and regions, behind one small interface: a distributed engine could take its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Protocol

from scanner.collect.shards import Shard, ShardResult


class Engine(Protocol):
    """Runs shards, in whatever order and number at once.

    A shard may run twice: answers are kept by request, so that a second run asks for nothing and reads the same.
    """

    def submit(self, shard: Shard, /) -> None:
        """Take in a shard to run."""

    def drain(self) -> Iterator[ShardResult]:
        """Yield the results of all that was submitted, as they come, until none is left."""

    def health(self) -> str:
        """Say in one line how it is."""

    def stop(self) -> None:
        """Begin no further shard."""


class Threads:
    """Runs shards on threads of this process."""

    def __init__(self, work: Callable[[Shard], ShardResult], size: int) -> None:
        """Take what runs a shard, which may raise nothing, and how many run at once."""
        self._work = work
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="collector")
        self._finished: SimpleQueue[Future[ShardResult]] = SimpleQueue()
        self._running = 0
        self._done = 0

    def submit(self, shard: Shard) -> None:
        """Take in a shard to run."""
        self._running += 1
        self._pool.submit(self._work, shard).add_done_callback(self._finished.put)

    def drain(self) -> Iterator[ShardResult]:
        """Yield the results as they come."""
        while self._running:
            future = self._finished.get()
            self._running -= 1
            self._done += 1
            yield future.result()
        self._pool.shutdown()

    def health(self) -> str:
        """Say how many shards are done."""
        return f"{self._done} done, {self._running} to go"

    def stop(self) -> None:
        """Begin no further shard; those that run come to their end."""
        self._pool.shutdown(wait=False, cancel_futures=True)
