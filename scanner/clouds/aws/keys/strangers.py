"""Whose account a principal belongs to, and whether a resource policy lets in a stranger."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scanner.clouds.aws.iam.elements import NOT_KNOWN
from scanner.clouds.aws.iam.policydoc import Conditions, Document, PolicyStatement
from scanner.clouds.aws.iam.resource_policy import bound, opens_to, opens_to_anyone
from scanner.logic import Answer, contrary
from scanner.model import Noted, Unknown
from scanner.terraform.planned import PlannedWorld

_ACCOUNT = re.compile(r"(?:AWS|Federated):(?:arn:[^:]*:[^:]*:[^:]*:)?(\d{12})(?::.*)?")
_UNIQUE_ID = re.compile(r"AWS:A[A-Z0-9]{15,}")
_NAMING_KEYS = frozenset({"aws:principalaccount", "kms:calleraccount", "aws:principalarn"})
_AFFIRMING = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})
_EVERYBODY = frozenset({"AWS:*", "*:*"})
_OWN_TYPES = (
    "aws_kms_key",
    "aws_kms_replica_key",
    "aws_secretsmanager_secret",
    "aws_iam_role",
    "aws_iam_user",
    "aws_iam_policy",
)
_OWN_DATA = ("data.aws_caller_identity", "data.aws_iam_role", "data.aws_iam_user", "data.aws_iam_session_context")


@dataclass(frozen=True, slots=True)
class OwnAccounts:
    """Account ids of the user's own, and of others whose access is agreed."""

    own: frozenset[str]
    trusted: frozenset[str]

    def foreign(self, account: str) -> bool | None:
        """Whether an account is neither own nor trusted; None where no own account is known."""
        if account in self.own or account in self.trusted:
            return False
        return True if self.own else None

    def stranger(self, principal: str) -> bool | None:
        """Whether a principal, as `<type>:<identifier>`, belongs to a foreign account.

        A service is of no account. What is built from a planned resource, or from one that the own account's data
        sources read, is the own account's.
        """
        kind, _, identifier = principal.partition(":")
        if kind in {"Service", "CanonicalUser"} or principal in _EVERYBODY:
            return False
        if NOT_KNOWN in {kind, identifier} or _UNIQUE_ID.fullmatch(principal):
            return None
        if identifier.startswith("${"):
            return False if "data." not in identifier or _own_data(identifier) else None
        match = _ACCOUNT.fullmatch(principal)
        return self.foreign(match[1]) if match else False


def own_accounts(planned: PlannedWorld) -> OwnAccounts:
    """Collect the own accounts: of trustscan.yaml, of who makes the plan, and of what it already manages."""
    own = set(planned.config.own_accounts)
    for identity in planned.of("data.aws_caller_identity"):
        account = identity.values.get("account_id")
        if isinstance(account, str):
            own.add(account)
    for resource in planned.of(*_OWN_TYPES):
        match = _ACCOUNT.fullmatch(f"AWS:{resource.values.get('arn')}")
        if match:
            own.add(match[1])
    own.update(account for plan in planned.plans for account in _allowed(plan.configuration.provider_config.values()))
    return OwnAccounts(frozenset(own), planned.config.trusted_accounts)


def opens_to_strangers(document: Document, accounts: OwnAccounts) -> Answer:
    """Whether a resource policy lets in any principal, or one of a foreign account, that no condition binds.

    A condition that names a foreign account binds nobody; a `*` that it narrows down is that account's.
    Source: AWS KMS Developer Guide, "Key policies" and "Allowing users in other accounts to use a KMS key".
    """
    answers = [opens_to_anyone(document)]
    for principal in dict.fromkeys(p for s in document.statements for p in _named(s)):
        stranger = accounts.stranger(principal)
        if stranger is not False:
            answers.append(_opens_to_one(document, principal, accounts, known=stranger is True))
    opened = next((answer for answer in answers if isinstance(answer, Noted)), None)
    return opened or next((answer for answer in answers if isinstance(answer, Unknown)), False)


def _opens_to_one(document: Document, principal: str, accounts: OwnAccounts, *, known: bool) -> Answer:
    """Whether it lets in one principal that is foreign, or would be if it is not `known` whose it is."""
    match = _ACCOUNT.fullmatch(principal)
    whom = f"account {match[1]}" if match else "a principal whose account is not known"
    answer = opens_to(document, lambda s: _lets_in(s, principal, accounts), whom)
    if not isinstance(answer, Noted):
        return answer
    if known:
        return Noted(value=True, because=f"{answer.because}, which is neither yours nor trusted")
    hint = "; whether that is yours is not known: list it under accounts in trustscan.yaml" if match else ""
    return Unknown(f"{answer.because}{hint}")


def _named(statement: PolicyStatement) -> Iterable[str]:
    """Principals of an Allow, and those that its conditions narrow a `*` down to."""
    if statement.effect == "Allow" and not isinstance(statement.principals, Unknown):
        yield from statement.principals
        if not _EVERYBODY.isdisjoint(statement.principals) and not isinstance(statement.conditions, Unknown):
            yield from (p for condition in statement.conditions for p in _naming_accounts(condition))


def _lets_in(statement: PolicyStatement, foreigner: str, accounts: OwnAccounts) -> bool | None:
    """Whether a statement lets in a principal taken for foreign."""
    if isinstance(statement.principals, Unknown) or isinstance(statement.conditions, Unknown):
        return None
    named = [(c, _naming_accounts(c)) for c in statement.conditions]
    others: Conditions = tuple(c for c, ps in named if all(accounts.stranger(p) is False for p in ps))
    is_bound = bound(others)
    narrowed = not _EVERYBODY.isdisjoint(statement.principals) and any(foreigner in ps for _, ps in named)
    if foreigner not in statement.principals and not narrowed:
        return False
    return contrary(is_bound)


def _naming_accounts(condition: tuple[str, str, tuple[str, ...]]) -> tuple[str, ...]:
    """Principals that a condition demands by their account or ARN."""
    operator, key, values = condition
    affirms = operator.lower().removeprefix("foranyvalue:") in _AFFIRMING
    return tuple(f"AWS:{value}" for value in values) if affirms and key.lower() in _NAMING_KEYS else ()


def _own_data(identifier: str) -> bool:
    return any(f".{name}." in f".{identifier[2:]}" for name in _OWN_DATA)


def _allowed(providers: Iterable[object]) -> Iterable[str]:
    """Account ids that an AWS provider block is held to (allowed_account_ids)."""
    for provider in providers:
        expressions = provider.get("expressions") if isinstance(provider, dict) else None
        allowed = expressions.get("allowed_account_ids") if isinstance(expressions, dict) else None
        constant = allowed.get("constant_value") if isinstance(allowed, dict) else None
        for value in constant if isinstance(constant, list) else []:
            if isinstance(value, str) and re.fullmatch(r"\d{12}", value):
                yield value
