"""Whether a role lets in an account of others without an external id, by which a vendor tells its customers apart.

Source: AWS IAM User Guide, "Access to AWS accounts owned by third parties" and "The confused deputy problem".
"""

from __future__ import annotations

from scanner.clouds.aws.iam.elements import NOT_KNOWN
from scanner.clouds.aws.iam.policydoc import Conditions, Document, PolicyStatement
from scanner.clouds.aws.iam.trust import lets_become
from scanner.clouds.aws.keys.strangers import OwnAccounts
from scanner.logic import Answer, any_holds
from scanner.model import Noted, Unknown

_EXACT = frozenset({"stringequals", "stringequalsignorecase"})
_OWN_KEYS = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
"""Whoever is of the own organization is no vendor."""


def lets_vendors_in(document: Document, accounts: OwnAccounts) -> Answer:
    """Whether it lets in an account that is not the user's own, and asks for no external id."""
    known = OwnAccounts(accounts.own, frozenset())
    found = [answer for one in document.statements if one.effect == "Allow" for answer in _answers(one, known)]
    decided = next((answer for answer in found if isinstance(answer, Noted)), None)
    if decided is not None:
        return decided
    unknown = next((answer for answer in found if isinstance(answer, Unknown)), None)
    return unknown or (Unknown(document.more) if document.more else False)


def _answers(statement: PolicyStatement, accounts: OwnAccounts) -> list[Answer]:
    becomes = lets_become(statement)
    if becomes is False:
        return []
    if isinstance(statement.principals, Unknown):
        return [statement.principals]
    asked = _asks(statement.conditions)
    found = [_one(principal, accounts.stranger(principal), asked) for principal in statement.principals]
    return [*map(_perhaps, found)] if becomes is None else found


def _perhaps(answer: Answer) -> Answer:
    """What a statement comes to of which the actions are not known."""
    return (
        Unknown(f"{answer.because}, if an action of it, which is known only after apply, lets it become the role")
        if isinstance(answer, Noted)
        else answer
    )


def _one(principal: str, stranger: bool | None, asked: bool | None) -> Answer:  # noqa: FBT001 - a truth value of three
    if stranger is False or asked is True or not principal.startswith("AWS:"):
        return False
    name = principal.partition(":")[2]
    if stranger is None:
        hint = "" if NOT_KNOWN in name else "; list your own under accounts in trustscan.yaml"
        return Unknown(f"whether {name.removesuffix(NOT_KNOWN)} is of an account of others is not known{hint}")
    if asked is None:
        return Unknown(f"it lets in {name}, and a condition of it is known only after apply")
    return Noted(True, f"it lets in {name}, which is not yours, and asks for no external id")


def _asks(conditions: Conditions | Unknown) -> bool | None:
    """Whether a condition that must hold asks for an external id, or for the own organization."""
    if isinstance(conditions, Unknown):
        return None
    return any_holds(_binds(*condition) for condition in conditions)


def _binds(operator: str, key: str, values: tuple[str, ...]) -> bool | None:
    if NOT_KNOWN in {operator, key}:
        return None
    operator, key = operator.lower().removeprefix("foranyvalue:"), key.lower()
    if key in _OWN_KEYS:
        return operator in _EXACT | {"stringlike"} and bool(values)
    return key == "sts:externalid" and operator in _EXACT and bool(values)
