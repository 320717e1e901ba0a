"""Ages that only a running account shows: days since something happened, or until it will."""

from __future__ import annotations

from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource

_LIVE = Unknown("only a running account shows it")


def live_only(*names: str) -> dict[str, Unknown]:
    """Facts that no plan decides."""
    return dict.fromkeys(names, _LIVE)


def days(owner: PlannedResource, *attributes: str) -> int | Unknown:
    """Days that the first attribute with a value holds: `last_rotated_days`, say, else `created_days`.

    A collector reads them; Terraform's provider has none of them.
    """
    for attribute in attributes:
        value = owner.get(attribute)
        if value is not None:
            return value if isinstance(value, Unknown) else int(value)
    return Unknown("its account does not say") if owner.plan.is_live else _LIVE
