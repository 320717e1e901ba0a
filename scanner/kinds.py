"""The kinds of resource a control may be written about, and their facts."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.model import Resource, Statement, Unknown

UNREAD = Unknown("not read for this type")
"""The value of a fact that an inspector does not fill."""

NOTHING_DELETES = Unknown("nothing deletes what it holds")
"""The days after which a store deletes, where it never does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Resource):
    """An account, project or subscription."""

    kind = "account"

    uses_models: bool | Unknown = UNREAD
    """Whether anything in it calls or hosts a model."""

    stores_conversations: bool | Unknown = UNREAD
    """Whether a store in it holds conversation data."""

    training_opted_out: bool | Unknown = UNREAD
    """Whether the AI services of the cloud may not train on its content; only a running account shows it."""

    public_access_blocked: bool | Unknown = UNREAD
    """Whether it blocks every public access to object stores, whatever their own settings."""

    root_mfa: bool | Unknown = UNREAD
    """Whether nobody signs in as its root user without a second factor."""

    root_access_keys: bool | Unknown = UNREAD
    """Whether its root user has access keys."""

    password_length: int | Unknown = UNREAD
    """Characters that a user's password must have at least."""

    password_reuse: int | Unknown = UNREAD
    """How many former passwords a user may not take again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(Resource):
    """One region of one account."""

    kind = "region"

    uses_models: bool | Unknown = UNREAD
    """Whether anything in it calls or hosts a model."""

    has_guardrails: bool | Unknown = UNREAD
    """Whether there is a guardrail in it."""

    in_use: bool | Unknown = UNREAD
    """Whether anything runs or rests in it."""

    changes_recorded: bool | Unknown = UNREAD
    """Whether a record of every resource's configuration is kept."""

    threats_detected: bool | Unknown = UNREAD
    """Whether threat detection is on."""

    volumes_encrypted: bool | Unknown = UNREAD
    """Whether each new volume is encrypted, unasked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrypoint(Resource):
    """Where requests come in.

    Types: api (routes and methods), method and route (of an API that was not seen), stage (a deployed API), domain (a
    custom domain name of APIs), function_url, cdn, listener, load_balancer (of HTTP), network_load_balancer,
    classic_load_balancer.
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
    """What runs code: function, container, instance, launch_template, build, job, service; or configuration."""

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
    """The identity that code on an instance acts as; empty where it has none."""

    copies: int | Unknown = UNREAD
    """How many copies of a service run at least; 0 where it is switched off."""

    redundant: bool | Unknown = UNREAD
    """Whether a service has several copies, in several availability zones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Resource):
    """A model the chatbot calls.

    Types: foundation_model, inference_profile, custom_model, provisioned_throughput, endpoint, hosted_model, vendor.
    """

    kind = "model"

    operator: str | Unknown = UNREAD
    """Who runs it: own, cloud or third_party."""

    encrypted: bool | Unknown = UNREAD
    """Whether its storage is encrypted with a customer's key."""

    isolated: bool | Unknown = UNREAD
    """Whether it runs without network access of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail(Resource):
    """A filter between people and a model."""

    kind = "guardrail"

    redacts: bool | Unknown = UNREAD
    """Whether it blocks or masks personal data, by entity or pattern."""

    blocks_attacks: bool | Unknown = UNREAD
    """Whether it blocks prompts that try to turn the model against its instructions; only to detect them is less."""

    grounds: bool | Unknown = UNREAD
    """Whether it blocks answers that the sources given to the model do not bear out."""

    attached: bool | Unknown = UNREAD
    """Whether something that calls a model uses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Resource):
    """What lets a model act.

    Types: agent, action_group, user_input and code_interpreter (built-in groups without actions of their own),
    knowledge_base, data_source, alias, collaborator, association, prompt, flow, bot.
    """

    kind = "agent"

    guarded: bool | Unknown = UNREAD
    """Whether a guardrail stands between it and the model."""

    guardrail_redacts: bool | Unknown = UNREAD
    """Whether that guardrail blocks or masks personal data."""

    guardrail_blocks_attacks: bool | Unknown = UNREAD
    """Whether that guardrail blocks prompts that try to turn the model against its instructions."""

    guardrail_grounds: bool | Unknown = UNREAD
    """Whether that guardrail blocks answers that the sources given to the model do not bear out."""

    retrieves: bool | Unknown = UNREAD
    """Whether an agent answers from a knowledge base."""

    pinned: bool | Unknown = UNREAD
    """Whether an alias leads to released versions alone, and whether an agent names one model and no router."""

    logged: bool | Unknown = UNREAD
    """Whether a log of what an agent or a knowledge base does is delivered anywhere."""

    irreversible: bool | Unknown = UNREAD
    """Whether one of its actions cannot be undone, as the user classified them."""

    confirmed: bool | Unknown = UNREAD
    """Whether a person confirms each irreversible action, or control returns to the application."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(Resource):
    """Anything data rests in.

    Types: bucket, table, database, queue, topic, log_group, search_domain, search_collection, stream, registry.
    """

    kind = "store"

    public: bool | Unknown = UNREAD
    """Whether anybody on the internet can read or write it."""

    public_block_declared: bool | Unknown = UNREAD
    """Whether the code itself states the whole block on public access."""

    encrypted: bool | Unknown = UNREAD
    """Whether data is encrypted at rest."""

    key_owner: str | Unknown = UNREAD
    """Who controls the encryption key: customer, provider or none."""

    shares_key_with_logs: bool | Unknown = UNREAD
    """Whether the key that encrypts it also encrypts a log group that holds nothing but logs."""

    expires: bool | Unknown = UNREAD
    """Whether all that it holds is deleted after a set time."""

    retention_days: int | Unknown = UNREAD
    """Days until data is deleted."""

    shortest_days: int | Unknown = UNREAD
    """Days until the first of its data is deleted; unknown where nothing deletes any."""

    longest_days: int | Unknown = UNREAD
    """Days until all of it is deleted, earlier versions included; unknown where nothing does."""

    scheduled: bool | Unknown = False
    """Whether the user's schedule says how long a data class that it holds is to be kept."""

    kept_as_scheduled: bool | Unknown = UNREAD
    """Whether it keeps its data neither shorter nor longer than the user's schedule says."""

    versioned: bool | Unknown = UNREAD
    """Whether earlier versions of an object are kept."""

    point_in_time_recovery: bool | Unknown = UNREAD
    """Whether it can be restored to any recent moment."""

    backed_up: bool | Unknown = UNREAD
    """Whether there is any backup of it; only a running account shows it."""

    backup_age_days: int | Unknown = UNREAD
    """Days since the latest moment that it can be restored to; only a running account shows it."""

    access_logged: bool | Unknown = UNREAD
    """Whether the store logs each access itself."""

    access_log_target: bool | Unknown = UNREAD
    """Whether other stores or balancers deliver their access logs here."""

    requires_tls: bool | Unknown = UNREAD
    """Whether it refuses a connection without TLS."""

    immutable: bool | Unknown = UNREAD
    """Whether what is written cannot be changed or deleted before its time."""

    masks_personal_data: bool | Unknown = UNREAD
    """Whether it masks the personal data it finds in what is written to it."""

    keeps_failures: bool | Unknown = UNREAD
    """Whether a queue hands messages that failed again and again to a dead-letter queue."""

    takes_failures: bool | Unknown = UNREAD
    """Whether a queue is a dead-letter queue itself."""

    scans_images: bool | Unknown = UNREAD
    """Whether each image that is pushed to a registry is scanned for known vulnerabilities."""

    redundant: bool | Unknown = UNREAD
    """Whether a database, search domain or collection goes on where an availability zone is lost."""

    receives: bool | Unknown = UNREAD
    """Whether anything was written to a log group on the last day; only a running account shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Resource):
    """An encryption key."""

    kind = "key"

    rotatable: bool | Unknown = UNREAD
    """Whether automatic rotation applies: enabled, symmetric, made by the provider, customer-managed."""

    rotates: bool | Unknown = UNREAD
    """Whether it rotates by itself."""

    rotation_days: int | Unknown = UNREAD
    """Days between rotations."""

    last_rotated_days: int | Unknown = UNREAD
    """Days since its material was last replaced, or was made where it never was."""

    next_rotation_days: int | Unknown = UNREAD
    """Days until its next rotation; below zero where that is overdue."""

    rotated_in_time: bool | Unknown = UNREAD
    """Whether its material is no older than its period, and a week for AWS to get to it."""

    open: bool | Unknown = UNREAD
    """Whether its policy lets in a foreign or any principal that no condition binds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret(Resource):
    """A secret, an encrypted parameter, or a certificate with its private key.

    Types: secret, parameter, certificate (in a running account).
    """

    kind = "secret"

    rotatable: bool | Unknown = UNREAD
    """Whether rotation is its owner's to set: not a replica, not owned by a service."""

    rotates: bool | Unknown = UNREAD
    """Whether it is rotated on a schedule."""

    rotation_days: int | Unknown = UNREAD
    """Days between rotations."""

    last_rotated_days: int | Unknown = UNREAD
    """Days since it was last rotated, or was made where it never was."""

    next_rotation_days: int | Unknown = UNREAD
    """Days until its next rotation; below zero where that is overdue, as after rotations that failed."""

    rotated_in_time: bool | Unknown = UNREAD
    """Whether no rotation of it is overdue."""

    last_accessed_days: int | Unknown = UNREAD
    """Days since it was last read in its region, or was made where it never was."""

    in_use: bool | Unknown = UNREAD
    """Whether another resource uses a certificate."""

    expires_days: int | Unknown = UNREAD
    """Days until a certificate expires; below zero where it has."""

    key_owner: str | Unknown = UNREAD
    """Who controls the encryption key: customer, provider or none."""

    open: bool | Unknown = UNREAD
    """Whether its policy lets in a foreign or any principal that no condition binds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Resource):
    """Who acts: role, user, group, instance_profile, access_key, federation, password_policy or user_pool."""

    kind = "identity"

    human: bool | Unknown = UNREAD
    """Whether a person uses it."""

    long_lived_key: bool | Unknown = UNREAD
    """Whether it has an access key that does not expire."""

    second_factor: bool | Unknown = UNREAD
    """Whether signing in always takes a second factor."""

    signs_in: bool | Unknown = UNREAD
    """Whether a user has a password for the console."""

    age_days: int | Unknown = UNREAD
    """Days since an access key was made."""

    unused_days: int | Unknown = UNREAD
    """Days since a role, a key or a user's password was last used, or since it was made where it never was."""

    trusts: tuple[str, ...] | Unknown = ()
    """Who may become it, as `<type>:<identifier>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network(Resource):
    """What lets traffic through: security_group, rule, vpc_endpoint."""

    kind = "network"

    open: bool | Unknown = UNREAD
    """Whether anybody may connect, except to a public balancer on 80 and 443."""

    open_ports: tuple[str, ...] | Unknown = ()
    """Port ranges that are open to anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTrail(Resource):
    """A record of what was done.

    Types: trail (administration; together with other trails of its account), model_invocations (prompts and responses).
    """

    kind = "audit_trail"

    all_regions: bool | Unknown = UNREAD
    """Whether it covers every region."""

    management_events: bool | Unknown = UNREAD
    """Whether it records every administrative read and write."""

    conversation_data_events: bool | Unknown = UNREAD
    """Whether it records access to each store of conversation data that can be recorded."""

    log_validation: bool | Unknown = UNREAD
    """Whether its files are signed, so that a change shows."""

    destination_immutable: bool | Unknown = UNREAD
    """Whether its destination keeps records unchanged until their time, with no deleting statement."""

    text_delivered: bool | Unknown = UNREAD
    """Whether prompts and responses themselves are recorded."""

    destination_encrypted: bool | Unknown = UNREAD
    """Whether its destination is encrypted."""

    delivers: bool | Unknown = UNREAD
    """Whether a trail delivered on the last day, the last time without an error; only a running account shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm(Resource):
    """What tells somebody: alarm, metric_filter or event_rule."""

    kind = "alarm"

    enabled: bool | Unknown = UNREAD
    """Whether it is switched on."""

    notifies: bool | Unknown = UNREAD
    """Whether it has a target that acts on it."""

    watches: tuple[str, ...] | Unknown = ()
    """What of models an alarm watches: latency, errors, throttling or interventions of guardrails."""

    received: bool | Unknown = UNREAD
    """Whether a target is there that acts, or tells somebody who confirmed; only a running account shows it."""


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
        Statement,
    )
}
"""Every kind by its name in a control."""
