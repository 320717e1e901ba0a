"""Where data goes: flows, and what stands at their ends outside of the cloud's own resources."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.kinds.marks import UNREAD
from scanner.model import Resource, Unknown

TIERS = ("declared", "likely", "possible")
"""How sure a flow is, the surest first: wired or annotated, a scoped grant or a matching setting, a wide grant or a
network alone."""

HOWS = (
    "sends_to", "invokes", "reads_from", "writes_to", "deletes", "triggers", "logs_to", "replicates_to", "backs_up_to",
    "exports_to", "embeds_into", "retrieves_from", "network_reaches",
)  # fmt: skip
"""What a flow may be."""

INTERNET = "ext:internet"
"""Id of everybody on the internet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor(Resource):
    """Who sends the chatbot something, or gets something from it: internet, operator or partner."""

    kind = "actor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor(Resource):
    """Somebody else's service that data goes to; its id is `ext:` and its host or name.

    Types: model (of language), vectors, observability, messaging, data, email, web, host (not in the dictionary).
    """

    kind = "vendor"

    hosts: tuple[str, ...] = ()
    """Its hosts that settings name, by declared or likely flows where there are some."""

    registered: bool | Unknown = UNREAD
    """Whether the user's register of vendors lists it."""

    agreed: bool | Unknown = UNREAD
    """Whether it has an agreement in the register that holds today."""

    agreed_days: int | Unknown = UNREAD
    """Days until that agreement ends; below zero where it has."""

    trains: bool | Unknown = UNREAD
    """Whether it may train its models on what it is sent, as the register says."""

    classes_agreed: bool | Unknown = UNREAD
    """Whether every data class that it receives is one that the register says it may receive."""

    regions_approved: bool | Unknown = UNREAD
    """Whether it processes data in approved regions alone, as the register says."""

    receives: tuple[str, ...] | Unknown = ()
    """Data classes that it receives by flows that are declared or likely."""

    may_receive: tuple[str, ...] | Unknown = ()
    """Data classes that it receives where every possible flow is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(Resource):
    """One way that data takes, in the direction in which it moves; its id is `<source> -> <target> (<how>)`."""

    kind = "flow"

    how: str = ""
    """sends_to, invokes, reads_from, writes_to, deletes, triggers, logs_to, replicates_to, backs_up_to, exports_to,
    embeds_into, retrieves_from or network_reaches.

    Reading moves data from a store to who reads, so that the store is its source. Deletions and networks move none.
    """

    source: str = ""
    """Id of what data leaves."""

    target: str = ""
    """Id of what data comes to."""

    tier: str = "declared"
    """declared, likely or possible."""

    rule: str = ""
    """The rule that found it, such as aws-event-source-mapping."""

    attribute: str = ""
    """The setting, or the statement, that shows it."""

    reason: str = ""
    """Why it is believed, in one sentence."""

    encrypted: bool | Unknown = UNREAD
    """Whether data is encrypted on this way."""

    guards: tuple[str, ...] | Unknown = ()
    """What stands on this way for certain: authentication, rate_limit, guardrail, redaction, firewall.

    Where a guardrail stands, and only what it does to personal data is not known, `redacts` says so.
    """

    redacts: bool | Unknown = False
    """Whether who people are is taken out of what goes this way; what comes back is another matter."""

    content: bool | Unknown = True
    """Whether what people say goes over it, rather than records about it, such as an access log."""

    regions: tuple[str, ...] | Unknown = ()
    """Regions in which what is sent may be processed, where they are others than that of the target."""

    regions_open: tuple[str, ...] = ()
    """Those of them of which it is open: some inference profiles of a geography lead there, and others do not."""

    regions_approved: bool | Unknown = UNREAD
    """Whether these, and that of the target, are approved in trustscan.yaml; unknown where none are listed."""

    regions_listed: bool = False
    """Whether trustscan.yaml lists approved regions."""

    models_listed: bool = False
    """Whether trustscan.yaml lists the models that may be called."""

    leaves_production: bool | Unknown = UNREAD
    """Whether it leads into an environment that is neither production's nor one that serves all, from one that is."""

    allowed: bool | Unknown = UNREAD
    """Of a call of a model: whether it is on the user's list of models; unknown where there is none."""

    models: tuple[str, ...] | Unknown = ()
    """Ids of the models that are called, where the flow leads to one."""

    hosts: tuple[str, ...] = ()
    """Hosts that settings name, where it leads to or from a vendor; empty where only a name speaks for the vendor."""

    may_carry: tuple[str, ...] | Unknown = ()
    """Data classes that it carries where every possible flow is one; `data` holds those that are declared or likely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Resource):
    """What a person says in trustscan.yaml, under `flows`, of the data classes of resources and flows.

    Types: set, add, not. Its name is the glob of what it is about.
    """

    kind = "review"

    owner: str = ""
    """Who answers for it."""

    current: bool | Unknown = UNREAD
    """Whether it holds today; one that does not says nothing any more."""

    expires_days: int | Unknown = UNREAD
    """Days until it ends; below zero where it has."""

    applies: bool | Unknown = UNREAD
    """Whether there is anything that it is about."""
