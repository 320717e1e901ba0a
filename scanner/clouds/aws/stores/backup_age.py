"""How long ago something was backed up, which only a running account shows."""

from __future__ import annotations

from typing import Any

from scanner.clouds.aws.ages import ago
from scanner.logic import Answer
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource

_LIVE = Unknown("only a running account shows it")


def backed_up(owner: PlannedResource) -> dict[str, Any]:
    """Facts of a table or database by its `backup_age_hours`: whole hours since the latest moment to restore.

    Terraform's provider has no such attribute; in a running account it is left out where there is no backup at all.
    """
    age = owner.get("backup_age_hours") if owner.plan.is_live else _LIVE
    if isinstance(age, Unknown):
        return {"backed_up": age, "backup_age_hours": age}
    if age is None:
        never: Answer = Noted(False, "there is no backup that it could be restored from")
        return {"backed_up": never, "backup_age_hours": Unknown("it was never backed up")}
    return {"backed_up": True, "backup_age_hours": Noted(int(age), f"it can be restored as it was {ago(int(age))}")}
