"""What the page says was not seen or not judged: gaps by reason, and controls that had nothing to judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.findings import Control, Run
from scanner.reports import text

_REASONS = 200
_SCOPES = 20


@dataclass(frozen=True, slots=True)
class Missing:
    """Gaps that share a reason."""

    reason: str
    count: int
    scopes: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Unseen:
    """All that was not seen."""

    gaps: tuple[Missing, ...]
    more: int
    """Reasons that are left out."""

    total: int
    idle: tuple[Control, ...]
    """Controls that had nothing to judge."""


def unseen(run: Run) -> Unseen:
    """What a run did not see, and what it could not judge for want of a subject."""
    groups = text.gaps_by_reason(run.gaps)
    judged = {finding.control for finding in run.findings}
    return Unseen(
        gaps=tuple(_missing(reason, scopes) for reason, scopes in groups[:_REASONS]),
        more=max(0, len(groups) - _REASONS),
        total=len(run.gaps),
        idle=tuple(control for control in run.controls if control.id not in judged),
    )


def _missing(reason: str, scopes: Sequence[str]) -> Missing:
    shown, left = text.few(list(filter(None, scopes)), _SCOPES)
    return Missing(reason, len(scopes), tuple(shown), left)
