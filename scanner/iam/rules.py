"""What a rule says of how one identity becomes another: what must be allowed on what, and what must be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ANYTHING = "*"
TARGET, PASSED = "target", "passed"
"""What a need may be about, besides full names: the rule's target, and the identity that is handed over."""

OWN = "{account}"
"""In a full name, the account of whoever acts."""

IDENTITIES = ("role", "user", "group")
"""Targets that are identities; every other target is a provider's type."""


@dataclass(frozen=True, slots=True)
class Need:
    """One action that must be allowed."""

    action: str
    on: str = ANYTHING
    """`target`, `passed`, or the full name of something that is made for it, with `*` for what can be chosen."""

    context: tuple[tuple[str, str], ...] = ()
    """Condition keys of the request that are known."""

    def __str__(self) -> str:
        return self.action


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way to become another identity, or an administrator."""

    ids: tuple[str, ...]
    """What public catalogues call it."""

    title: str
    steps: tuple[tuple[Need, ...], ...]
    """What must be allowed: all of a step to one identity, each step to any identity that one can be."""

    targets: tuple[str, ...] = ()
    """What is acted on: role, user or group, or provider's types of resources or of policies; empty where a new thing
    is made."""

    trusts: str = ""
    """The principal, such as `Service:...`, that may become the role that is handed over; empty where none is."""

    everything: bool = False
    """Whether one becomes an administrator, once one is the target, or has it."""

    onward: bool = False
    """Whether one acts as the roles that the one handed over can become, not as itself."""

    profile: bool = False
    """Whether the role must be in an instance profile."""

    plain: bool = False
    """Whether it is the ordinary way to become another: no escalation in itself."""

    where: Mapping[str, object] = field(default_factory=dict)
    """Facts that must hold of the target."""

    holder: tuple[str, ...] = ()
    """Actions that whom one acts as must be allowed."""

    present: tuple[str, ...] = ()
    """Provider's types of one of which something must exist besides."""

    granted: str = ""
    """What is taken for granted."""

    @property
    def needs(self) -> tuple[Need, ...]:
        """Everything that must be allowed."""
        return tuple(need for step in self.steps for need in step)

    @property
    def actions(self) -> str:
        """Its actions, as a finding names them."""
        return " + ".join(dict.fromkeys(map(str, self.needs)))


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a cloud."""

    rules: tuple[Rule, ...]
    marks: tuple[str, ...]
    """Actions that an administrator must be left with: those that grant."""

    policies: frozenset[str]
    """Provider's types of policies that can be attached."""

    unread: frozenset[str] = frozenset()
    """Provider's types that a scan of a live account does not read: that there is none of them is never certain."""
