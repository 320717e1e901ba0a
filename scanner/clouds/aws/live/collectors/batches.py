"""Many things asked after in one call, as many as an API takes at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

ItemT = TypeVar("ItemT")


def batches(items: Sequence[ItemT], size: int) -> Iterator[list[ItemT]]:
    """Cut a list into pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
