"""How long backups stay in a vault, as the rules say that put them there.

Sources: AWS Backup API Reference, "Lifecycle": without a number of days, or with -1, a backup stays for ever; AWS
Backup Developer Guide, "Copy a backup": a copy is kept as long as its source, unless it has a time of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from scanner.clouds.aws.links.ends import End
from scanner.model import Noted, Unknown, with_facts
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

Days: TypeAlias = int | Unknown
"""After how many days a backup is deleted; 0 where nothing deletes it."""


def days_of(rule: Block, source: Days = 0) -> Days:
    """How long a rule keeps what it makes, or a copy of what is kept as long as `source`."""
    found = rule.blocks("lifecycle")
    days = found if isinstance(found, Unknown) else found[0].number("delete_after") if found else 0
    return days if isinstance(days, Unknown) or days > 0 else source


class Kept:
    """What all rules of a world say of each vault."""

    def __init__(self) -> None:
        """Begin with none."""
        self._days: dict[str, dict[tuple[str, Days], None]] = {}
        self._open: Unknown | None = None

    def put(self, vault: End, plan: PlannedResource, days: Days) -> None:
        """Take in that a plan puts backups into a vault."""
        if vault.doubt and days == 0:
            days = Unknown(f"whether {plan.id} keeps backups there for ever is not known: {vault.doubt}")
        self._days.setdefault(vault.id, {})[plan.id, days] = None

    def leave_open(self, reason: Unknown) -> None:
        """Take in that a rule may put backups into any vault."""
        self._open = self._open or reason

    def told(self, vault: End) -> End:
        """A vault with how long it keeps what was seen to come there."""
        node = vault.node
        return vault if node is None else replace(vault, node=with_facts(node, self._facts(vault.id)))

    def _facts(self, id_: str) -> Mapping[str, Any]:
        said = self._days.get(id_, {})
        for_ever = next((plan for plan, days in said if days == 0), None)
        if for_ever is not None:
            return {"expires": Noted(False, f"{for_ever} keeps backups there for ever")}
        unknown = next((days for _, days in said if isinstance(days, Unknown)), self._open)
        if unknown is not None:
            return {"expires": unknown}
        known = [days for _, days in said if not isinstance(days, Unknown)]
        told = f"every rule that puts backups there deletes them, after {max(known)} days at the latest"
        return {"expires": Noted(True, told), "shortest_days": min(known), "longest_days": max(known)}
