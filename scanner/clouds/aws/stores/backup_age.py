"""How long ago something was backed up, which only a running account shows."""

from __future__ import annotations

from typing import Any

from scanner.logic import Answer
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource

_LIVE = Unknown("only a running account shows it")


def backed_up(owner: PlannedResource) -> dict[str, Any]:
    """Facts of a table or database by its `backup_age_days`: whole days since the latest moment it can be restored to.

    Terraform's provider has no such attribute; in a running account it is left out where there is no backup at all.
    """
    age = owner.get("backup_age_days") if owner.plan.is_live else _LIVE
    if isinstance(age, Unknown):
        return {"backed_up": age, "backup_age_days": age}
    if age is None:
        never: Answer = Noted(False, "there is no backup that it could be restored from")
        return {"backed_up": never, "backup_age_days": Unknown("it was never backed up")}
    return {"backed_up": True, "backup_age_days": Noted(int(age), f"it can be restored as it was {_ago(int(age))}")}


def _ago(days: int) -> str:
    return "today" if days == 0 else "a day ago" if days == 1 else f"{days} days ago"
