"""Where the oracle answers otherwise than AWS documents, and where AWS documents no one answer.

Of the first, the oracle is given the policy as the documentation has it read: so the comparison stays exact. Of the
second, the engine may say *possible*; where it is certain all the same, it must agree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from oracle.cases import Case, Policy, account_of, variables

LITERAL = "a policy of an older version, or of none, has no variables"
"""IAM User Guide, "IAM policy elements: Variables and tags": without Version 2012-10-17 they are literal text. The
oracle fills them in."""

NULL_VARIABLE = "a negated operator matches a variable without a value"
"""IAM User Guide, "Policy variables with no value": inverted operators match a null value. The oracle takes the
condition for one that does not hold."""

SPARES_NOTHING = "a variable without a value in NotResource spares nothing"
"""The same page: "the resource that includes a policy variable with no value will not match any resource". The oracle
takes the statement for one that does not hold."""

OTHER_FAMILY = "an address of the other family is not the address that is excepted"
"""IAM User Guide, "IP address condition operators": NotIpAddress means all addresses except those given. The oracle
takes it for one that does not hold where one address is of IPv4, the other of IPv6, and no range is given."""

EVERY_ADDRESS = "0.0.0.0/0 is every address"
"""RFC 4632. The oracle shifts by 32 bits, which JavaScript takes for none: only 0.0.0.0 is left."""

COMPANION = "an account beside one of its principals in NotPrincipal does not spare its others"
"""IAM User Guide, "AWS JSON policy elements: NotPrincipal", example of the user Bob and his account. The oracle spares
everybody of the account."""

WILD_TYPE = "a wildcard where an ARN tells the type of resource"
"""IAM User Guide, "Identify AWS resources with ARNs", "Incorrect wildcard usage": it is not allowed; what it does where
somebody wrote it is not told."""

ANY_IF_EXISTS = "ForAnyValue with IfExists on a key that the request lacks"
"""IAM User Guide: of IfExists "evaluate the condition element as true", of ForAnyValue "returns false"."""

NOT_PRINCIPAL = "NotPrincipal that names an account alone, or a principal without its account"
"""IAM User Guide, "AWS JSON policy elements: NotPrincipal": the latter "might deny access to the entire account"."""

_NOWHERE = "nothing that a request has"
_TYPE_WITH_WILDCARD = re.compile(r"arn:[^:]*:(?!s3:)[^:]*:[^:]*:[^:]*:[^/:]*[*?][^/:]*[/:]")


def told(case: Case, policy: Policy) -> tuple[Policy, tuple[str, ...]]:
    """A policy as the oracle must be given it to read it as documented, and what was changed."""
    found: list[str] = []
    text = json.dumps(policy)
    if policy.get("Version") != "2012-10-17" and "${" in text:
        found.append(LITERAL)
        text = text.replace("${", "$ {")
    if '"0.0.0.0/0"' in text:
        found.append(EVERY_ADDRESS)
        text = text.replace('"0.0.0.0/0"', '"0.0.0.0/1", "128.0.0.0/1"')
        text = re.sub(r'(": )("0.0.0.0/1", "128.0.0.0/1")', r"\1[\2]", text)
    changed = json.loads(text)
    for statement in _statements(changed):
        found.extend(_null_variables(case, statement))
        found.extend(_addresses(statement))
        found.extend(_companions(statement))
        found.extend(_spares_nothing(case, statement))
    return changed, tuple(found)


def left_open(case: Case) -> str:
    """Why the documentation may leave the case open; empty where it does not."""
    given = {key.lower() for key in case.context}
    for policy in case.policies:
        if _TYPE_WITH_WILDCARD.search(json.dumps(policy)):
            return WILD_TYPE
        for statement in _statements(policy):
            for operator, keys in statement.get("Condition", {}).items():
                optional = operator.startswith("ForAnyValue:") and operator.endswith("IfExists")
                if optional and any(key.lower() not in given for key in keys):
                    return ANY_IF_EXISTS
            if "NotPrincipal" in statement and not _paired(statement):
                return NOT_PRINCIPAL
    return ""


def _statements(policy: Policy) -> list[dict[str, Any]]:
    statements = policy["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _null_variables(case: Case, statement: dict[str, Any]) -> Iterator[str]:
    given = {key.lower() for key in case.context}
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items() if "Not" in operator else ():
            listed = values if isinstance(values, list) else [values]
            kept = [value for value in listed if not _valueless(value, given)]
            if kept != listed:
                yield NULL_VARIABLE
                keys[key] = kept or _NOWHERE


def _addresses(statement: dict[str, Any]) -> Iterator[str]:
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items() if operator.startswith("NotIpAddress") else ():
            listed = values if isinstance(values, list) else [values]
            ranges = [v if "/" in v else f"{v}/{128 if ':' in v else 32}" for v in listed]
            if ranges != listed:
                yield OTHER_FAMILY
                keys[key] = ranges


def _valueless(value: str, given: set[str]) -> bool:
    return value.startswith("${") and "," not in value and value[2:-1].lower() not in given


def _spares_nothing(case: Case, statement: dict[str, Any]) -> Iterator[str]:
    given = {key.lower() for key in case.context}
    patterns = statement.get("NotResource", [])
    listed = patterns if isinstance(patterns, list) else [patterns]
    kept = ["arn:aws:s3:::nowhere" if set(variables(pattern)) - given else pattern for pattern in listed]
    if kept != listed:
        yield SPARES_NOTHING
        statement["NotResource"] = kept


def _companions(statement: dict[str, Any]) -> Iterator[str]:
    if statement["Effect"] == "Deny" and "NotPrincipal" in statement:
        names = statement["NotPrincipal"]["AWS"]
        people = {account_of(name) for name in names if not _is_account(name)}
        kept = [name for name in names if not (_is_account(name) and (account_of(name) or name) in people)]
        if kept != names:
            yield COMPANION
            statement["NotPrincipal"]["AWS"] = kept


def _paired(statement: dict[str, Any]) -> bool:
    """Whether it names principals, each with its account, of a Deny; of an Allow, principals alone."""
    names = statement["NotPrincipal"]["AWS"]
    accounts = {account_of(name) or name for name in names if _is_account(name)}
    people = {account_of(name) for name in names if not _is_account(name)}
    return accounts == people if statement["Effect"] == "Deny" else not accounts


def _is_account(name: str) -> bool:
    return name.endswith(":root") or name.isdigit()
