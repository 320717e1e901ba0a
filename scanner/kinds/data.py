"""What data rests in, and what protects it."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.kinds.marks import UNREAD
from scanner.model import Resource, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(Resource):
    """Anything data rests in.

    Types: bucket, table, database, queue, topic, log_group, search_domain, search_collection, stream, registry; and, of
    which only flows are told, event_bus, file_system, vault (of backups) and vectors.
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

    backup_age_hours: int | Unknown = UNREAD
    """Hours since the latest moment that it can be restored to; only a running account shows it."""

    access_logged: bool | Unknown = UNREAD
    """Whether the store logs each access itself."""

    access_log_target: bool | Unknown = UNREAD
    """Whether other stores or balancers deliver their access logs here."""

    requires_tls: bool | Unknown = UNREAD
    """Whether it refuses a connection without TLS."""

    immutable: bool | Unknown = UNREAD
    """Whether what is written cannot be changed or deleted before its time."""

    refuses_deletion: bool | Unknown = UNREAD
    """Whether its own policy refuses everybody to delete what it holds, without any condition."""

    masks_personal_data: bool | Unknown = UNREAD
    """Whether it masks the personal data it finds in what is written to it."""

    hides_people: bool | Unknown = UNREAD
    """Whether what it masks is all that tells who people are: names, e-mail addresses and phone numbers."""

    keeps_failures: bool | Unknown = UNREAD
    """Whether a queue hands messages that failed again and again to a dead-letter queue."""

    takes_failures: bool | Unknown = UNREAD
    """Whether a queue is a dead-letter queue itself."""

    scans_images: bool | Unknown = UNREAD
    """Whether each image that is pushed to a registry is scanned for known vulnerabilities."""

    redundant: bool | Unknown = UNREAD
    """Whether a database, search domain or collection goes on where an availability zone is lost."""

    receives_records: bool | Unknown = UNREAD
    """Whether anything was written to a log group on the last day; only a running account shows it."""

    used_in: tuple[str, ...] | Unknown = UNREAD
    """Environments in which it is used, its own among them; those that are shared by agreement are left out."""

    trusts_environments: tuple[str, ...] | Unknown = UNREAD
    """Environments, other than its own, of those whom its own policy lets in."""

    may_hold: tuple[str, ...] | Unknown = UNREAD
    """Data classes that it holds as tags, names or settings say, and those that declared or likely flows bring in."""

    may_hold_possibly: tuple[str, ...] | Unknown = UNREAD
    """These, and those that come in where every possible flow is one."""

    says_data: bool | Unknown = False
    """Whether its tag, or the user's settings, say which data classes it holds, or that it holds none."""

    holds_contradiction: bool | Unknown = UNREAD
    """Whether declared flows bring in what these leave out: something where they say none, conversations where they
    say only other things, or a class that a review takes away."""

    deletion_reaches: bool | Unknown = UNREAD
    """Whether something that runs may delete from it; unknown where that may be read nowhere, or run elsewhere."""


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

    used_in: tuple[str, ...] | Unknown = UNREAD
    """Environments in which it is used, its own among them; those that are shared by agreement are left out."""

    trusts_environments: tuple[str, ...] | Unknown = UNREAD
    """Environments, other than its own, of those whom its own policy lets in."""


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

    used_in: tuple[str, ...] | Unknown = UNREAD
    """Environments in which it is used, its own among them; those that are shared by agreement are left out."""

    trusts_environments: tuple[str, ...] | Unknown = UNREAD
    """Environments, other than its own, of those whom its own policy lets in."""
