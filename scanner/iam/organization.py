"""What policies of an organization leave of what is allowed: service and resource control policies, level by level.

Source: AWS Organizations User Guide, "SCP evaluation": each level from the root to the account must allow it,
within a level one statement is enough; a level of which no Allow is seen has the policy that AWS attaches unasked,
FullAWSAccess.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.iam.answers import Part
from scanner.model import Unknown

if TYPE_CHECKING:
    from scanner.iam.compiled import Compiled
    from scanner.iam.decision import Decision


def limited(decision: Decision, must: int, may: int) -> tuple[int, int]:
    """Those whom their organization, and that of what is asked about, leaves what they are allowed."""
    library = decision.library
    if not library.limits or not may:
        return must, may
    for account, bits in library.people.accounts.items():
        if account not in library.managing and bits & may:
            must, may = _account(decision, account, bits, must, may)
    for one, certain in resource_side(decision):
        acts = one.acts(decision.question.action)
        decision.deny(one, decision.outcome(one, may if certain else 0, may, certain=acts is True))
    return must, may


def _account(decision: Decision, account: str, bits: int, must: int, may: int) -> tuple[int, int]:
    """What service control policies leave to the principals of one account."""
    levels = decision.library.levels.get(account)
    bound = account not in decision.library.perhaps_managing
    allowed: dict[str, tuple[int, int]] = {}
    for one, kind, binds in decision.library.limits:
        if kind != "scp":
            continue
        for level, attached in _attached(binds, account, levels):
            certain = attached and bound
            acts = one.acts(decision.question.action)
            outcome = decision.outcome(one, bits if certain else 0, bits, certain=acts is True)
            if (one.denies or not one.certain) and acts is not False and outcome.may:
                decision.deny(one, outcome)
            if one.denies:
                continue
            if acts is not False:
                decision.set_apart(one, outcome.some & ~outcome.all)
            before = allowed.get(level, (0, 0))
            held = (outcome.some, outcome.may) if acts is not False else (0, 0)
            allowed[level] = (before[0] | held[0], before[1] | held[1] | (0 if certain else bits))
    for level, (some, at_most) in allowed.items():
        stopped = bits & may & ~at_most
        if stopped:
            reason = f"no service control policy at {level} allows it"
            decision.parts.append(Part("limit", stopped, stopped, reason=reason))
        doubt = bits & may & at_most & ~some
        if doubt:
            reason = f"whether the service control policies at {level} allow it is not known"
            decision.parts.append(Part("limit", 0, doubt, reason=reason))
        must, may = must & (some | ~bits), may & (at_most | ~bits)
    return must, may


def _attached(
    binds: tuple[str, ...] | Unknown, account: str, levels: tuple[str, ...] | None
) -> tuple[tuple[str, bool], ...]:
    """Levels above an account that a policy is attached to, each with whether that is certain."""
    if isinstance(binds, Unknown):
        return (("a level that is not known", False),)
    if levels is not None:
        return tuple((level, True) for level in binds if level in levels)
    return tuple((target, bool(account) and account == target) for target in binds)


def resource_side(decision: Decision) -> Iterator[tuple[Compiled, bool]]:
    """Statements of resource control policies that may deny it, each with whether its policy certainly applies.

    They hold for whoever asks, of the services that support them.
    """
    account, action = decision.target.account, decision.question.action
    if account in decision.library.managing or not decision.vocabulary.resource_controlled(action):
        return
    for one, kind, binds in decision.library.limits:
        if kind == "rcp" and (one.denies or not one.certain) and one.acts(action) is not False:
            attached = _attached(binds, account, decision.library.levels.get(account))
            if attached:
                bound = account not in decision.library.perhaps_managing
                yield one, bound and any(certain for _, certain in attached)
