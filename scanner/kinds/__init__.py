"""The kinds of resource a control may be written about, and their facts."""

from __future__ import annotations

from scanner.kinds.access import Grant, Identity
from scanner.kinds.ai import Agent, Guardrail, Model
from scanner.kinds.data import Key, Secret, Store
from scanner.kinds.flows import HOWS, INTERNET, TIERS, Actor, Flow, Review, Vendor
from scanner.kinds.marks import NOTHING_DELETES, UNREAD
from scanner.kinds.places import Account, External, Region
from scanner.kinds.running import Compute, Entrypoint, Network
from scanner.kinds.watch import Alarm, AuditTrail
from scanner.model import Resource, Statement

__all__ = [
    "HOWS",
    "INTERNET",
    "KINDS",
    "NOTHING_DELETES",
    "TIERS",
    "UNREAD",
    "Account",
    "Actor",
    "Agent",
    "Alarm",
    "AuditTrail",
    "Compute",
    "Entrypoint",
    "External",
    "Flow",
    "Grant",
    "Guardrail",
    "Identity",
    "Key",
    "Model",
    "Network",
    "Region",
    "Review",
    "Secret",
    "Store",
    "Vendor",
]

KINDS: dict[str, type[Resource]] = {
    cls.kind: cls
    for cls in (
        Account,
        Region,
        Entrypoint,
        Compute,
        Model,
        Guardrail,
        Agent,
        Store,
        Key,
        Secret,
        Identity,
        Network,
        AuditTrail,
        Alarm,
        External,
        Actor,
        Vendor,
        Flow,
        Review,
        Grant,
        Statement,
    )
}
"""Every kind by its name in a control."""
