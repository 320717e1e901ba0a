"""How fast each operation may be asked: one token bucket an account, region, service and operation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping


class Pace:
    """Makes a request wait for its turn."""

    def __init__(
        self,
        limits: Mapping[str, float],
        default: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take requests a second by `service:operation` or `service:*`, and for all others; a burst is one second's."""
        self._limits = limits
        self._default = default
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at: dict[tuple[str, str, str], float] = {}

    def wait(self, account: str, region: str, operation: str) -> None:
        """Wait until an operation, written as `service:operation`, may be asked once more."""
        service = operation.partition(":")[0]
        rate = self._limits.get(operation) or self._limits.get(f"{service}:*") or self._default
        key = (account, region, operation)
        with self._lock:
            now = self._clock()
            # A bucket full of one second's tokens, told by when it would be full again.
            free_at = max(self._free_at.get(key, now - 1), now - 1) + 1 / rate
            self._free_at[key] = free_at
        if free_at > now:
            self._sleep(free_at - now)
