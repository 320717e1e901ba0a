"""What IAM says of an account as a whole: its root user, and what it asks of passwords."""

from __future__ import annotations

from typing import Any

from scanner.logic import Answer
from scanner.model import Fact, Noted, Unknown
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_SUMMARY = "data.aws_iam_account_summary"
_POLICY = "aws_iam_account_password_policy"
_RULES = {
    "password_length": ("minimum_password_length", 8, "passwords have at least {} characters"),
    "password_reuse": ("password_reuse_prevention", 0, "{} earlier passwords are refused"),
}
"""Facts by the attribute that decides each, what holds in an account without a password policy of its own, and a note.

Source: AWS IAM User Guide, "Set an account password policy for IAM users".
"""

_UNSEEN = Unknown("only a running account shows it")


def account_facts(planned: PlannedWorld, account_id: str) -> dict[str, Any]:
    """Facts of an account, by its twelve digits: root_mfa, root_access_keys, password_length and password_reuse.

    A live account tells more than the provider describes: data.aws_iam_account_summary, with what GetAccountSummary
    counts as account_mfa_enabled, account_access_keys_present and account_password_present.
    """
    part = next((p for p in planned.plans if p.is_live and p.account == account_id and not p.region), None)
    if part is None:
        return dict.fromkeys(("root_mfa", "root_access_keys", *_RULES), _UNSEEN)
    summary = _only(planned, part, _SUMMARY)
    policy = _only(planned, part, _POLICY)
    return {
        "root_mfa": _root_mfa(summary) if isinstance(summary, Block) else summary or _UNSEEN,
        "root_access_keys": _root_keys(summary) if isinstance(summary, Block) else summary or _UNSEEN,
        **{fact: _rule(policy, *rule) for fact, rule in _RULES.items()},
    }


def _only(planned: PlannedWorld, part: Plan, type_: str) -> PlannedResource | Unknown | None:
    """The one resource of a type that an account has."""
    found = next((resource for resource in planned.of(type_) if resource.plan is part), None)
    why = "" if found is not None else planned.left_out(part, type_)
    return Unknown(why) if why else found


def _root_mfa(summary: Block) -> Answer:
    """Whether a second factor is asked of root. One whose password was deleted cannot sign in at all.

    Source: AWS IAM User Guide, "Centrally manage root access for member accounts".
    """
    second, password = summary.get("account_mfa_enabled"), summary.get("account_password_present")
    if isinstance(second, Unknown):
        return second
    if second:
        return Noted(True, "its root user has a second factor")
    if password == 0:
        return Noted(True, "its root user has no password")
    return Noted(False, "its root user has no second factor")


def _root_keys(summary: Block) -> Answer:
    present = summary.get("account_access_keys_present", absent=0)
    if isinstance(present, Unknown):
        return present
    return Noted(True, "its root user has access keys") if present else Noted(False, "its root user has no access keys")


def _rule(policy: PlannedResource | Unknown | None, attribute: str, default: int, said: str) -> Fact[int] | Noted[int]:
    if isinstance(policy, Unknown):
        return policy
    if policy is None:
        return Noted(default, f"by AWS's default, as there is no password policy, {said.format(default or 'no')}")
    value = policy.number(attribute)
    return value if isinstance(value, Unknown) else Noted(value, said.format(value or "no"))
