"""Who is an administrator: a statement grants everything on everything, and no boundary takes anything away."""

from __future__ import annotations

from scanner.iam.access import Access
from scanner.iam.compiled import Compiled


def administrators(access: Access) -> int:
    """Those who are, as the engine numbers its principals; what an organization denies does not change it."""
    library = access.library
    bounded = library.unbounded
    for bits in library.bounded.values():
        bounded |= bits
    found = 0
    for one in library.granting:
        if _everything(one):
            found |= one.must
    return found & ~bounded


def _everything(one: Compiled) -> bool:
    first = one.first
    if first.effect != "Allow" or not isinstance(first.conditions, tuple) or first.conditions:
        return False
    return _any_of(first.actions) and _any_of(first.resources)


def _any_of(patterns: object) -> bool:
    return isinstance(patterns, tuple) and any(not str(pattern).strip("*:") for pattern in patterns)
