"""Ages in words."""

from __future__ import annotations

DAY = 24
"""Hours of a day."""


def ago(hours: int) -> str:
    """How long ago something was, by whole hours."""
    if hours < 1:
        return "less than an hour ago"
    if hours < 2 * DAY:
        return "an hour ago" if hours == 1 else f"{hours} hours ago"
    return f"{hours // DAY} days ago"
