"""Facts put together in Kleene's logic, with the reasons they carry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from scanner.model import Noted, Unknown

Verdict: TypeAlias = "bool | Noted[bool] | Unknown"
"""A yes, a no, or not known; a yes or no may say where it comes from."""


def holds(verdict: Verdict) -> bool | None:
    """The bare answer, `None` where it is not known."""
    if isinstance(verdict, Unknown):
        return None
    return verdict.value if isinstance(verdict, Noted) else verdict


def any_of(verdicts: Iterable[Verdict], otherwise: Verdict = False) -> Verdict:
    """The first yes; else the first that is not known; else `otherwise`."""
    unknown: Unknown | None = None
    for verdict in verdicts:
        if holds(verdict):
            return verdict
        if isinstance(verdict, Unknown):
            unknown = unknown or verdict
    return unknown or otherwise


def all_of(verdicts: Iterable[Verdict], otherwise: Verdict = True) -> Verdict:
    """The first no; else the first that is not known; else `otherwise`."""
    unknown: Unknown | None = None
    for verdict in verdicts:
        if isinstance(verdict, Unknown):
            unknown = unknown or verdict
        elif not holds(verdict):
            return verdict
    return unknown or otherwise
