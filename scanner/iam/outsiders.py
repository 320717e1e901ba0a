"""Those outside of the world whom a policy of the thing itself lets in: other accounts, services, anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from scanner.iam.answers import Outside
from scanner.iam.compiled import AFTER_APPLY, Compiled
from scanner.iam.context import Question, Value
from scanner.iam.organization import resource_side
from scanner.iam.patterns import Reach
from scanner.model import Unknown

if TYPE_CHECKING:
    from scanner.iam.decision import Decision

_ANYBODY = frozenset({"AWS:*", "*:*"})
_SHUT_OUT = "a Deny of the same policy may shut it out"
_KEPT_OUT = "a resource control policy may shut it out"


def outsiders(decision: Decision, guards: Iterable[Compiled]) -> Iterator[Outside]:
    """Everybody whom an Allow names who is none of the world, unless a Deny of the same policies shuts them out.

    Or one of a resource control policy: it holds for whoever asks (AWS Organizations User Guide, "RCPs").
    """
    listed = tuple(guards)
    denials = [(one, True, _SHUT_OUT) for one in listed if one.denies or not one.certain]
    denials += [(one, certain, _KEPT_OUT) for one, certain in resource_side(decision)]
    for one in listed:
        principals = one.first.principals
        for principal in principals if not one.denies and isinstance(principals, tuple) else ():
            if _strange(decision, principal):
                yield from _let_in(decision, one, principal, denials)


def _let_in(
    decision: Decision, one: Compiled, principal: str, denials: Iterable[tuple[Compiled, bool, str]]
) -> Iterator[Outside]:
    question = _asked(decision, principal)
    reach = one.reaches(decision.target.spellings, question, None)
    condition = one.condition(question, None)
    if reach is Reach.NONE or condition is False:
        return
    certain = one.acts(question.action) is True and one.certain and reach >= Reach.PART
    reason = condition if isinstance(condition, str) else "" if certain else one.hidden() or AFTER_APPLY
    for denial, attached, why in denials:
        shut = _shuts(decision, denial, principal, question)
        if shut is True and attached:
            return
        reason = reason or ("" if shut is False else why)
    yield Outside(principal, not reason, tuple(id_ for id_, _ in one.holders), reason)


def _asked(decision: Decision, principal: str) -> Question:
    """The question with what is known of this principal; a service is asked about what it does for the account."""
    sort, _, name = principal.partition(":")
    own = (decision.target.account or "{account}",)
    told: dict[str, Value] = {}
    if sort == "Service":
        told = {"aws:principalisawsservice": ("true",), "aws:sourceaccount": own, "aws:sourceowner": own}
    elif sort == "AWS" and name != "*":
        account = decision.vocabulary.account_of(name) or name
        told = {"aws:principalaccount": (account,), "kms:calleraccount": (account,)}
        told["aws:principalisawsservice"] = ("false",)
    return replace(decision.question, given={**told, **decision.question.given})


def _shuts(decision: Decision, denial: Compiled, principal: str, question: Question) -> bool | None:
    """Whether a Deny keeps a principal out; None where it may."""
    meant = _means(decision, denial, principal)
    reach = denial.reaches(decision.target.spellings, question, None)
    condition = denial.condition(question, None)
    if meant is False or reach is Reach.NONE or condition is False:
        return False
    acts = denial.acts(question.action)
    known = denial.certain and acts is True and meant is True and condition is True
    return True if known and reach is Reach.ALL else None


def _means(decision: Decision, denial: Compiled, principal: str) -> bool | None:
    """Whether a Deny is about a principal."""
    named, spared = denial.first.principals, denial.first.not_principals
    if isinstance(named, Unknown) or isinstance(spared, Unknown):
        return None
    if spared:
        return False if principal in spared else None
    if _ANYBODY & set(named) or principal in named:
        return True
    # Somebody who is anybody may be the one it names; and one of an account that it names may be meant.
    if principal in _ANYBODY or not principal.startswith("AWS:"):
        return None if principal in _ANYBODY else False
    account = _account(decision, principal)
    others = {_account(decision, one) for one in named if one.startswith("AWS:")}
    return False if account.isdigit() and all(other.isdigit() and other != account for other in others) else None


def _account(decision: Decision, principal: str) -> str:
    """The account in a principal's name, or the whole name, which may be an account."""
    name = principal.partition(":")[2]
    return decision.vocabulary.account_of(name) or name


def _strange(decision: Decision, principal: str) -> bool:
    """Whether a principal of a policy is none of the world."""
    sort, _, name = principal.partition(":")
    if sort not in {"AWS", "*"} or name == "*":
        return True
    target = decision.target
    named = decision.people.named(principal, target.account, target.place)
    account = decision.vocabulary.account_of(name) or name
    return not (named.direct_may | named.account) and account not in {target.account, "{account}"}
