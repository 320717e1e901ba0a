"""Who takes a role, by what its trust policy says: people, programs, pipelines, customers, or another's account.

Sources: AWS IAM User Guide, "Identity providers and federation", "Create a role for OpenID Connect federation"; Amazon
EKS User Guide, "IAM roles for service accounts"; Amazon Cognito Developer Guide, "IAM roles" (of identity pools).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from scanner.model import Statement

_PIPELINES = re.compile(
    r"token\.actions\.githubusercontent\.com|gitlab\..*|app\.terraform\.io|oidc\.circleci\.com|"
    r"api\.bitbucket\.org|agent\.buildkite\.com|vstoken\.dev\.azure\.com|(?:.+\.)?spacelift\.io"
)
_CUSTOMERS = frozenset(
    {"cognito-identity.amazonaws.com", "accounts.google.com", "www.amazon.com", "graph.facebook.com"}
)

_OWN = re.compile(r"\$\{(?:[a-z.-]+:(?:sub|user_id|id)|aws:principaltag/[^}]+)\}", re.IGNORECASE)
"""Variables that stand for whoever asks.

Source: Amazon DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control"; Amazon Cognito
Developer Guide, "Using attributes for access control".
"""

_PARTS = frozenset({"dynamodb:leadingkeys", "s3:prefix"})
"""Condition keys that bind a request to a part of what a resource holds."""


def own_part(statement: Statement, /) -> bool:
    """Whether a statement lets whoever asks at his own part of things alone."""
    resources, conditions = statement.resources, statement.conditions
    named = isinstance(resources, tuple) and bool(resources) and all(_OWN.search(one) for one in resources)
    bound = isinstance(conditions, tuple) and any(
        key.lower() in _PARTS and "equals" in operator.lower() and "not" not in operator.lower() and _all_own(values)
        for operator, key, values in conditions
    )
    return named or bound


def _all_own(values: tuple[str, ...]) -> bool:
    return bool(values) and all(_OWN.search(value) for value in values)


def sort_of(principal: str, keys: Iterable[str], /) -> str:
    """Sort of those who are a principal of a trust policy; empty where it does not tell.

    `keys` are the condition keys of its statement, which begin with the issuer of a token.
    """
    kind, _, name = principal.partition(":")
    if kind == "Service":
        return "programs"
    if kind != "Federated":
        return ""
    if ":saml-provider/" in name or (name.startswith("${") and ".aws_iam_saml_provider." in f".{name[2:]}"):
        return "people"
    issuers = [name.rpartition(":oidc-provider/")[2].lower()] if not name.startswith("${") else []
    issuers += [key.lower().rpartition(":")[0] for key in keys]
    return next(filter(None, map(_issued, issuers)), "")


def _issued(issuer: str) -> str:
    host = issuer.partition("/")[0]
    if host in _CUSTOMERS:
        return "customers"
    if host.startswith("oidc.eks."):
        return "programs"
    if host == "saml":
        return "people"
    return "pipelines" if _PIPELINES.fullmatch(host) else ""
