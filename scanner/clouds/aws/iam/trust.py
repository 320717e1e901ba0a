"""Whether a role's trust policy lets anyone become the role.

Sources: AWS IAM User Guide, "Identity-provider controls for shared OIDC providers" (the claims that a trust policy must
bind, as an issuer that many customers share signs tokens for all of them), "Access to AWS accounts owned by third
parties" (an external id is no secret: it binds nobody), "Configuring a role for GitHub OIDC identity provider".
"""

from __future__ import annotations

import re

from scanner.clouds.aws.iam.elements import NOT_KNOWN
from scanner.clouds.aws.iam.patterns import matches_action
from scanner.clouds.aws.iam.policydoc import Conditions, Document, PolicyStatement
from scanner.clouds.aws.iam.resource_policy import anyone, opens_to
from scanner.logic import Answer, all_hold, any_holds, contrary
from scanner.model import Unknown

_BECOMING = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")
_GITHUB = frozenset(
    {
        "sub",
        "repository",
        "repository_id",
        "repository_owner",
        "repository_owner_id",
        "enterprise",
        "enterprise_id",
        "job_workflow_ref",
    }
)
_SHARED = {
    "token.actions.githubusercontent.com": _GITHUB,
    "gitlab.com": frozenset({"sub"}),
    "app.terraform.io": frozenset({"sub"}),
    "cognito-identity.amazonaws.com": frozenset({"aud"}),
}
"""Issuers that many customers share, each with the claims of which one must be bound."""

_EXACT = frozenset({"stringequals", "stringequalsignorecase"})
_BOUND_SUBJECT = re.compile(r"[a-z_]+:[^*?/:]+[/:].*|[^*?/:]+/.*")
"""A claim with wildcards that still names its owner: repo:owner/*, organization:name:*, owner/*."""


def lets_anyone_in(document: Document) -> Answer:
    """Whether the trust policy lets in a principal of any account, or any customer of an issuer that many share.

    A principal of a named account is not anyone, and a service is not either.
    """
    return opens_to(document, _admits, "anyone")


def _admits(statement: PolicyStatement) -> bool | None:
    return all_hold((lets_become(statement), any_holds((anyone(statement), _any_customer(statement)))))


def lets_become(statement: PolicyStatement) -> bool | None:
    """Whether it allows to take the role, not only to tag the session."""
    if isinstance(statement.actions, Unknown) or isinstance(statement.not_actions, Unknown):
        return None
    if statement.not_actions:
        return contrary(all_hold(_named(statement.not_actions, action) for action in _BECOMING))
    return any_holds(_named(statement.actions, action) for action in _BECOMING)


def _named(patterns: tuple[str, ...], action: str) -> bool | None:
    return any_holds(None if NOT_KNOWN in pattern else matches_action(pattern, action) for pattern in patterns)


def _any_customer(statement: PolicyStatement) -> bool | None:
    """Whether a federated principal of it is a shared issuer, none of whose claims a condition binds."""
    if isinstance(statement.principals, Unknown):
        return None
    federated = [p.removeprefix("Federated:") for p in statement.principals if p.startswith("Federated:")]
    return any_holds(_unbound(principal, statement.conditions) for principal in federated)


def _unbound(principal: str, conditions: Conditions | Unknown) -> bool | None:
    if ":saml-provider/" in principal:
        return False
    if NOT_KNOWN not in principal and not principal.startswith("${"):
        return _open_issuer(principal.rpartition(":oidc-provider/")[2].lower(), conditions)
    # A provider that is not known yet is one that the conditions speak of, or nobody gets in.
    if isinstance(conditions, Unknown) or any(NOT_KNOWN in key for _, key, _ in conditions):
        return None
    issuers = [key.lower().rpartition(":")[0] for _, key, _ in conditions]
    issuers = [issuer for issuer in issuers if issuer not in {"", "aws", "sts"}]
    return all_hold(_open_issuer(issuer, conditions) for issuer in issuers) if issuers else None


def _open_issuer(issuer: str, conditions: Conditions | Unknown) -> bool | None:
    claims = _SHARED.get(issuer)
    if claims is None:
        return False
    if isinstance(conditions, Unknown):
        return None
    wanted = {f"{issuer}:{claim}" for claim in claims}
    return contrary(
        any_holds(_binds(op.lower().removeprefix("foranyvalue:"), key, vs, wanted) for op, key, vs in conditions)
    )


def _binds(operator: str, key: str, values: tuple[str, ...], wanted: set[str]) -> bool | None:
    if NOT_KNOWN in key:
        return None
    if key.lower() not in wanted or operator not in _EXACT | {"stringlike"} or not values:
        return False
    return all_hold(_names_its_owner(value, exact=operator in _EXACT) for value in values)


def _names_its_owner(value: str, *, exact: bool) -> bool | None:
    if exact:
        return True
    if value == NOT_KNOWN:
        return None
    return not set("*?") & set(value) or _BOUND_SUBJECT.fullmatch(value) is not None
