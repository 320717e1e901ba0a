"""The form of trustscan.yaml, as it is read; `scanner.config` says what it means."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec


class Match(msgspec.Struct, forbid_unknown_fields=True):
    """What a rule is about: globs, all of which must hold."""

    address: str | None = None
    name: str | None = None
    type: str | None = None
    account: str | None = None
    plan: str | None = None
    tags: dict[str, str] = {}


class EnvironmentRule(msgspec.Struct, forbid_unknown_fields=True):
    """An environment, and what is of it."""

    environment: str
    match: Match


class DataRule(msgspec.Struct, forbid_unknown_fields=True):
    """Data classes, and what holds them."""

    classes: list[str]
    match: Match


class Agents(msgspec.Struct, forbid_unknown_fields=True):
    """Which actions of agents can be undone."""

    irreversible: list[str] = []
    reversible: list[str] = []


class Accounts(msgspec.Struct, forbid_unknown_fields=True):
    """Whose accounts are whose."""

    own: list[str] = []
    trusted: list[str] = []


class Identities(msgspec.Struct, forbid_unknown_fields=True):
    """Who is who, and how many may do what."""

    people: list[str] = []
    programs: list[str] = []
    admins: list[str] = []
    admins_at_most: Annotated[int, msgspec.Meta(ge=0)] = 2
    stores_per_wired: Annotated[float, msgspec.Meta(ge=1)] = 2.0
    changing_ai_at_most: Annotated[int, msgspec.Meta(ge=0)] | None = None


class PeriodRule(msgspec.Struct, forbid_unknown_fields=True):
    """How long something is to be kept, in days."""

    at_least_days: int | None = None
    at_most_days: int | None = None


class Regions(msgspec.Struct, forbid_unknown_fields=True):
    """Where data may be processed: globs of regions."""

    approved: list[str]


class Models(msgspec.Struct, forbid_unknown_fields=True):
    """Which models may be called: globs of their ids."""

    allowed: list[str]


class Registers(msgspec.Struct, forbid_unknown_fields=True):
    """Registers that the user keeps, by path from the settings."""

    vendors: str | None = None


class ReviewRule(msgspec.Struct, forbid_unknown_fields=True):
    """What a person says of the data classes of resources and flows."""

    subject: str
    """Id, or glob of ids, of resources or flows."""

    mode: Literal["set", "add", "not"]
    """These classes and no others, these as well, or none of these."""

    classes: list[str]
    owner: str
    reason: str
    expires: date
    """Last day it holds."""


class ConfigFile(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    version: Literal[1] = 1
    environments: list[EnvironmentRule] = []
    data: list[DataRule] = []
    agents: Agents = msgspec.field(default_factory=Agents)
    accounts: Accounts = msgspec.field(default_factory=Accounts)
    identities: Identities = msgspec.field(default_factory=Identities)
    shared_environments: list[str] | None = None
    retention: dict[str, PeriodRule] = {}
    regions: Regions | None = None
    models: Models | None = None
    registers: Registers = msgspec.field(default_factory=Registers)
    flows: list[ReviewRule] = []
