"""Accounts and their regions."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.kinds.marks import UNREAD
from scanner.model import Resource, Unknown


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

    ai_changers_limited: bool | Unknown = False
    """Whether the user's settings say how many identities may change what production's models say."""

    ai_changers_few: bool | Unknown = UNREAD
    """Whether no more identities than that can: change production's models, prompts, agents or guardrails."""

    levels: tuple[str, ...] | Unknown = UNREAD
    """What an organization may attach policies to that bind it: the root, each unit below it, and the account itself;
    empty where it is in none."""

    manages_organization: bool | Unknown = UNREAD
    """Whether it manages its organization, whose policies then do not bind it."""


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
class External(Resource):
    """What several things use that was not read itself, such as a key of another account.

    Types: key, secret, identity, store, network.
    """

    kind = "external"

    used_in: tuple[str, ...] | Unknown = UNREAD
    """Environments in which it is used; those that are shared by agreement are left out."""
