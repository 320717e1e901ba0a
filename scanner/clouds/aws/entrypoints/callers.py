"""Whether the resource policy of an API lets in only callers who prove who they are.

Source: Amazon API Gateway Developer Guide, "How API Gateway resource policies affect authorization workflow": a method
without authorization answers whomever the policy allows, and a named principal or organization needs a signed request.
An address or VPC condition says where a request comes from, not who sends it.
"""

from __future__ import annotations

from scanner.clouds.aws.iam.elements import NOT_KNOWN
from scanner.clouds.aws.iam.policydoc import Document, PolicyStatement
from scanner.logic import Answer, both, either, plain
from scanner.model import Noted, Unknown

_IDENTITY_KEYS = ("aws:principal", "aws:userid", "aws:username")
_AFFIRMED = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})
"""Without IfExists, which a caller who proves nothing passes: such a request has no such key."""

_NEGATED = frozenset(
    f"{operator}{suffix}"
    for operator in ("stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike")
    for suffix in ("", "ifexists")
)
_SERVICE_ONLY = "aws:principalisawsservice"


def only_known_callers(document: Document) -> Answer:
    """Whether every statement that allows anything names its callers, or one denies all others."""
    if document.more:
        return Unknown(document.more)
    shut = either(*(_denies_strangers(s) for s in document.statements if s.effect == "Deny"))
    if plain(shut) is True:
        return Noted(True, "its resource policy denies callers that it does not name")
    allowed = both(*(_names_callers(s) for s in document.statements if s.effect == "Allow"))
    if plain(allowed) is True:
        return Noted(True, "its resource policy names who may call")
    return shut if isinstance(shut, Unknown) else allowed


def _names_callers(statement: PolicyStatement) -> Answer:
    return either(_not_everybody(statement), _condition(statement, _AFFIRMED))


def _not_everybody(statement: PolicyStatement) -> Answer:
    principals = statement.principals
    if isinstance(principals, Unknown) or isinstance(statement.not_principals, Unknown):
        return Unknown("the principals of its resource policy are known only after apply")
    if statement.not_principals or not principals or {"AWS:*", "*:*"} & set(principals):
        return False
    if any(NOT_KNOWN in principal.split(":", 1) for principal in principals):
        return Unknown("a principal of its resource policy is known only after apply")
    return True


def _denies_strangers(statement: PolicyStatement) -> Answer:
    everybody = _not_everybody(statement)
    if everybody is not False or statement.not_principals:
        return everybody if isinstance(everybody, Unknown) else False
    return _condition(statement, _NEGATED) if statement.conditions else False


def _condition(statement: PolicyStatement, operators: frozenset[str]) -> Answer:
    """Whether a condition on the caller's identity is among those that must all hold."""
    conditions = statement.conditions
    if isinstance(conditions, Unknown):
        return conditions
    if operators is _NEGATED and len(conditions) > 1:
        return Unknown("its resource policy denies strangers under further conditions")
    return any(
        _operator(operator) in operators
        and key.lower().startswith(_IDENTITY_KEYS)
        and key.lower() != _SERVICE_ONLY
        and bool(values)
        and "*" not in values
        for operator, key, values in conditions
    )


def _operator(written: str) -> str:
    """An operator in lower case, without what says that one of several values is enough."""
    return written.lower().removeprefix("foranyvalue:")
