"""Who may do what."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.kinds.marks import UNREAD
from scanner.model import Resource, Unknown


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

    reserved: bool | Unknown = False
    """Whether a role belongs to IAM Identity Center, where alone it can be changed or removed."""

    trusts: tuple[str, ...] | Unknown = ()
    """Who may become it, as `<type>:<identifier>`."""

    open: bool | Unknown = UNREAD
    """Whether a role's trust policy lets in anyone: a principal of any account, or any customer of a shared issuer."""

    boundary: str | Unknown = ""
    """Subject, or ARN, of the policy that bounds what a role or user may do; empty where none does."""

    member_of: tuple[str, ...] | Unknown = ()
    """Groups that a user is in."""

    unused_services: tuple[str, ...] | Unknown = UNREAD
    """Services that the policies of a role or user allow, and that it asked for nothing in the last 90 days."""

    used_services: tuple[str, ...] | Unknown = UNREAD
    """Services that it asked for something in the last 400 days."""

    tracked_actions: tuple[str, ...] | Unknown = UNREAD
    """Actions that its policies allow and of which the cloud tells when they were last used."""

    used_actions: tuple[str, ...] | Unknown = UNREAD
    """Those of them that it used in the last 400 days."""

    used_in: tuple[str, ...] | Unknown = UNREAD
    """Environments in which it is used, its own among them; those that are shared by agreement are left out."""

    trusts_environments: tuple[str, ...] | Unknown = UNREAD
    """Environments, other than its own, of those whom a role's trust policy lets become it."""

    reaches_production: tuple[str, ...] | Unknown = UNREAD
    """Production's stores of conversations, keys and secrets that a principal of another environment can read, write or
    use, itself or by becoming another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Resource):
    """What one permission statement comes to, all policies together: who may do what with what.

    Identities and resources that it comes to the same for are together in one grant; those of whom it is certain, and
    those of whom it is only possible, are apart.
    """

    kind = "grant"

    policy: str = ""
    """Subject of the policy that holds the statement; findings are filed under it."""

    level: str = ""
    """read, write, delete, decrypt, invoke or admin."""

    definite: bool = True
    """Whether it is certain."""

    identities: tuple[str, ...] = ()
    """Who may."""

    resources: tuple[str, ...] = ()
    """On what."""

    actions: tuple[str, ...] = ()
    """By which actions of the level."""

    statements: tuple[str, ...] = ()
    """Statements that say so; alike ones are together."""

    reason: str = ""
    """Why it is only possible."""

    @property
    def subject(self) -> str:
        """The policy that grants it."""
        return self.policy
