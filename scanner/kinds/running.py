"""What runs, how it is reached, and what may reach it."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.kinds.marks import UNREAD
from scanner.model import Resource, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrypoint(Resource):
    """Where requests come in.

    Types: api (routes and methods), method and route (of an API that was not seen), stage (a deployed API), domain (a
    custom domain name of APIs), function_url, cdn, listener, load_balancer (of HTTP), network_load_balancer,
    classic_load_balancer; and, of which only flows are told, bot.
    """

    kind = "entrypoint"

    public: bool | Unknown = UNREAD
    """Whether the internet can reach it."""

    forwards: bool | Unknown = UNREAD
    """Whether a listener hands requests on; one that only redirects or refuses does not."""

    authenticated: bool | Unknown = UNREAD
    """Whether every request must prove who sends it."""

    tls12: bool | Unknown = UNREAD
    """Whether nothing older than TLS 1.2 is accepted."""

    rate_limited: bool | Unknown = UNREAD
    """Whether a limit of its own bounds the request rate."""

    access_logged: bool | Unknown = UNREAD
    """Whether each request is logged."""

    bodies_checkable: bool | Unknown = UNREAD
    """Whether the gateway could check bodies of requests: a REST API with a method that takes one."""

    bodies_checked: bool | Unknown = UNREAD
    """Whether each method that takes a body checks it against a model before it hands it on."""

    redundant: bool | Unknown = UNREAD
    """Whether a balancer stands in several availability zones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compute(Resource):
    """What runs code, or acts for it.

    Types: function, container, instance, launch_template, build, job, service, configuration; and, of which only the
    identity is read, notebook, workflow, runtime (of agents and the code they write), pods and nodes (of Kubernetes;
    nodes are a group of instances too, of which only flows are told), pipeline (of deployments), stack (of templates)
    and target (what an event, schedule or pipe starts).
    """

    kind = "compute"

    plaintext_credentials: bool | Unknown = UNREAD
    """Whether a credential stands in its settings in plain text."""

    credential_names: tuple[str, ...] | Unknown = ()
    """Names of the settings that hold one, never the values."""

    public: bool | Unknown = UNREAD
    """Whether it has an address the internet can reach."""

    calls_models: bool | Unknown = UNREAD
    """Whether its settings or permissions name a model."""

    metadata_token_required: bool | Unknown = UNREAD
    """Whether an instance's metadata is given against a session token only, or not at all."""

    acts_as: str | Unknown = UNREAD
    """The identity that its code acts as, or that a service acts as for it; empty where there is none."""

    wired_to: tuple[str, ...] | Unknown = UNREAD
    """Ids of the stores and secrets that its settings, or what feeds it, name."""

    runs_batches: bool | Unknown = UNREAD
    """Whether a build project is set up to run batches of builds."""

    copies: int | Unknown = UNREAD
    """How many copies of a service run at least; 0 where it is switched off."""

    redundant: bool | Unknown = UNREAD
    """Whether a service has several copies, in several availability zones."""

    has_flows: bool | Unknown = False
    """Whether any flow of data from or to it was found, or something hides them."""

    flows_determined: bool | Unknown = UNREAD
    """Whether what it sends to and reads from is certain or likely, for at least half of all that it may; a wide grant
    makes everything possible and nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network(Resource):
    """What lets traffic through.

    Types: security_group, rule, vpc_endpoint, vpc, peering, transit_gateway, endpoint_service; and, of which only flows
    are told, firewall.
    """

    kind = "network"

    open: bool | Unknown = UNREAD
    """Whether anybody may connect, except to a public balancer on 80 and 443."""

    open_ports: tuple[str, ...] | Unknown = ()
    """Port ranges that are open to anybody."""

    used_in: tuple[str, ...] | Unknown = UNREAD
    """Environments in which it is used, its own among them; those that are shared by agreement are left out."""
