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

    lets_vendors_in: bool | Unknown = UNREAD
    """Whether a role's trust policy lets in an account of others without asking for an external id."""

    boundary: str | Unknown = ""
    """Subject, or ARN, of the policy that bounds what a role or user may do; empty where none does."""

    member_of: tuple[str, ...] | Unknown = ()
    """Groups that a user is in."""

    holds: str | Unknown = ""
    """The role that an instance profile holds; empty where it holds none."""

    access_keys_full: bool | Unknown = UNREAD
    """Whether a user has as many access keys as it can have: two."""

    escalates: bool | Unknown = UNREAD
    """Whether a role or user can get, by what it is allowed, to what it is not allowed: to everything, or to what
    another identity may do whose place nobody meant it to take."""

    unused_services: tuple[str, ...] | Unknown = UNREAD
    """Services that the policies of a role or user allow, and that it asked for nothing in the last 90 days."""

    used_services: tuple[str, ...] | Unknown = UNREAD
    """Services that it asked for something in the last 400 days."""

    tracked_actions: tuple[str, ...] | Unknown = UNREAD
    """Actions that its policies allow and of which the cloud tells when they were last used."""

    used_actions: tuple[str, ...] | Unknown = UNREAD
    """Those of them that it used in the last 400 days."""

    tracked_share: int | Unknown = UNREAD
    """Percent of the actions that its policies allow of which the cloud tells when they were last used."""

    acts_for: tuple[str, ...] | Unknown = UNREAD
    """Ids of the workloads that act as a role."""

    stores_wired: tuple[str, ...] | Unknown = UNREAD
    """Stores that the settings of these workloads, or what feeds them, name."""

    stores_reached: tuple[str, ...] | Unknown = UNREAD
    """Stores that the role may read, write or delete from by policies of its own."""

    too_broad: bool | Unknown = UNREAD
    """Whether it reaches more stores than `identities.stores_per_wired` in trustscan.yaml times those wired to."""

    admin_equivalent: bool | Unknown = UNREAD
    """Whether a role or user may do everything, or may put or attach a policy to itself or to a group it is in."""

    admin_meant: bool | Unknown = UNREAD
    """Whether `identities.admins` in trustscan.yaml lists it, and no more may do everything than `admins_at_most`."""

    used_in: tuple[str, ...] | Unknown = UNREAD
    """Environments in which it is used, its own among them; those that are shared by agreement are left out."""

    trusts_environments: tuple[str, ...] | Unknown = UNREAD
    """Environments, other than its own, of those whom a role's trust policy lets become it."""

    reaches_production: tuple[str, ...] | Unknown = UNREAD
    """Production's stores of conversations, keys and secrets that a principal of another environment can read, write or
    use, itself or by becoming another: those that are certain. Not known where one is possible and none is certain."""

    administrator: bool | Unknown = UNREAD
    """Whether a statement grants a role or user everything on everything, and no boundary takes anything away."""

    duties: tuple[str, ...] | Unknown = UNREAD
    """Duties that it holds, itself or as another that is no administrator: view-conversations,
    export-conversations, view-training, decrypt, read-secrets, rotate-secrets, change-keys, change-models,
    change-prompts, change-guardrails, approve-releases, make-releases, grant-access, stop-audit."""

    duties_apart: bool | Unknown = UNREAD
    """Whether it cannot both change what production's models say and stop the audit trail, nor both grant access to
    others and approve or make releases; itself or as another that is no administrator."""

    exports: bool | Unknown = UNREAD
    """Whether it can have a service copy all of a store of conversations somewhere."""

    exports_apart: bool | Unknown = UNREAD
    """Whether it cannot both do that and change models, keys or access, make releases, or stop the audit trail."""

    reads_conversations: bool | Unknown = UNREAD
    """Whether it can itself read prompts, responses or transcripts of production that not everybody can read."""

    reads_secrets: bool | Unknown = UNREAD
    """Whether it can itself read a secret of production that not everybody can read."""

    reads_training: bool | Unknown = UNREAD
    """Whether it can itself read data that models are trained with."""

    mixed_use: bool | Unknown = UNREAD
    """Whether a role is taken by more than one sort of: people, programs of the cloud, pipelines of a code host, users
    of the chatbot."""

    customers: bool | Unknown = UNREAD
    """Whether users of the chatbot take a role themselves, by an identity pool."""

    reaches_others: bool | Unknown = UNREAD
    """Whether such a role gets at conversations of other users than the one who took it."""


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
