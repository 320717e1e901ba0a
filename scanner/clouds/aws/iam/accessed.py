"""What a role or user of a live account may do and does not, by the report on what it last did.

Source: AWS IAM User Guide, "Refine permissions in AWS using last accessed information": an attempt counts even where it
was refused; what is not tracked, such as reading an object or a table's items, is shown by its service alone.
"""

from __future__ import annotations

from typing import Any

from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource

_IDLE = 90
"""Days without use after which a permission counts as unused."""

_SHOWN = 8
LIMIT = "AWS tells of single actions only where they manage a service, and nothing of those on data"


def accessed(holder: PlannedResource) -> dict[str, Any]:
    """Services that its policies allow and that it does not use; of actions that AWS tracks, which it uses."""
    live = holder.plan.is_live
    report = holder.get("last_accessed") if live else Unknown("only a running account shows it")
    if report is None:
        report = Unknown("AWS did not tell what it last did")
    if isinstance(report, Unknown):
        return dict.fromkeys(("unused_services", "used_services", "used_actions", "tracked_actions"), report)
    return {
        "unused_services": _unused(holder, report),
        "used_services": tuple(one["service"] for one in report if one["days"] is not None),
        "used_actions": tuple(action for one in report for action in one["used"]),
        "tracked_actions": tuple(action for one in report for action in one["tracked"]),
    }


def _unused(holder: PlannedResource, report: list[dict[str, Any]]) -> Noted[tuple[str, ...]]:
    made = holder.values.get("made_days")
    if isinstance(made, int) and made < _IDLE:
        return Noted((), f"it was made {made} days ago")
    idle = tuple(one["service"] for one in report if one["days"] is None or one["days"] > _IDLE)
    named = ", ".join(idle[:_SHOWN]) + (f" and {len(idle) - _SHOWN} more" if len(idle) > _SHOWN else "")
    said = f"of {len(report)} services that its policies allow, it asked {len(idle)} for nothing in {_IDLE} days"
    return Noted(idle, f"{said}{f': {named}' if idle else ''} ({LIMIT})")
