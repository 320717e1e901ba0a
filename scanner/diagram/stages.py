"""Where in the picture a resource stands, and what it is called there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from scanner.diagram.cells import LEFT, RIGHT
from scanner.model import Resource, Unknown

NAMES: Final = {
    LEFT: "Outside",
    1: "Entry points",
    2: "Compute",
    3: "Models and agents",
    4: "Stores",
    5: "Logs",
    6: "Copies and backups",
    RIGHT: "Vendors, outside",
}
"""Stages, from left to right."""

_BY_KIND: Final = {
    "actor": LEFT, "entrypoint": 1, "compute": 2, "model": 3, "agent": 3, "guardrail": 3, "store": 4, "secret": 4,
    "key": 4, "external": 4, "audit_trail": 5, "alarm": 5, "vendor": RIGHT,
}  # fmt: skip

DRAWN: Final = frozenset(_BY_KIND)
"""Kinds that can stand at an end of a flow."""

_LOGS: Final = frozenset({"log_group", "log_bucket"})
_COPIES: Final = frozenset({"vault", "backup", "snapshot", "replica"})
COPYING: Final = frozenset({"replicates_to", "backs_up_to", "exports_to"})
"""Flows that make a copy of what a store holds."""

ENVIRONMENTS: Final = ("prod", "staging", "dev")
"""Order of the bands; others follow by name, and last what is of no known environment."""


def stage_of(resource: Resource, copied_to: Collection[str]) -> int:
    """Stage of a resource; `copied_to` are ids of stores that flows bring copies to."""
    if resource.kind == "model" and (resource.type == "vendor" or getattr(resource, "operator", "") == "third_party"):
        return RIGHT if resource.id.startswith("ext:") else 3
    if resource.type == "event_rule":
        return 2
    if resource.kind == "store" and (resource.type in _COPIES or resource.id in copied_to):
        return 6
    if resource.kind == "store" and (resource.type in _LOGS or _only_logs(resource)):
        return 5
    return _BY_KIND.get(resource.kind, 4)


def environment_of(resource: Resource) -> str:
    """Environment by name; empty where it is not known."""
    return "" if isinstance(resource.environment, Unknown) else resource.environment


def _only_logs(resource: Resource) -> bool:
    held = () if isinstance(resource.data, Unknown) else resource.data
    return bool(held) and set(held) <= {"security_log", "telemetry"}
