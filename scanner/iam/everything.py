"""What grants everything, what boundary takes nothing of it away, and so who is an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.model import Unknown

if TYPE_CHECKING:
    from scanner.iam.compiled import Compiled
    from scanner.iam.library import Library


def grants_everything(one: Compiled) -> bool:
    """Whether a statement allows everything on everything, whatever holds."""
    first = one.first
    named = _names_all(first.actions) and _names_all(first.resources)
    return named and first.effect == "Allow" and first.conditions == ()


def may_be_everything(one: Compiled) -> bool:
    """Whether a statement names everything on everything, or is not known as a whole."""
    return all(isinstance(part, Unknown) or _names_all(part) for part in (one.first.actions, one.first.resources))


def administrators(library: Library) -> int:
    """Those whom a statement grants everything on everything, and no boundary takes anything away.

    What an organization denies does not change it.
    """
    found = 0
    for one in library.granting:
        found |= one.must if grants_everything(one) else 0
    return found & ~limited(library) & ~perhaps_limited(library)


def unlimited(library: Library, boundary: str) -> bool | None:
    """Whether a boundary takes nothing away; None where it was not seen, or not all of it."""
    listed = library.policies.get(boundary, [])
    if any(one.denies for one in listed):
        return False
    if any(grants_everything(one) for one in listed) and all(one.certain for one in listed):
        return True
    hidden = any(one.hidden() or isinstance(one.first.conditions, Unknown) for one in listed if may_be_everything(one))
    return None if hidden or not listed else False


def limited(library: Library) -> int:
    """Those whom a boundary certainly takes something away from."""
    return _bounded(library, False)


def perhaps_limited(library: Library) -> int:
    """Those of whom that is not known."""
    return library.unbounded | _bounded(library, None)


def _bounded(library: Library, wanted: bool | None) -> int:  # noqa: FBT001 - an answer
    found = 0
    for policy, bits in library.bounded.items():
        found |= bits if unlimited(library, policy) is wanted else 0
    return found


def _names_all(patterns: object) -> bool:
    return isinstance(patterns, tuple) and any(not str(pattern).strip("*:") for pattern in patterns)
