"""Where the oracle is known to answer otherwise than AWS documents, with the page that decides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from oracle.cases import Case, Policy

NO_VERSION = "a policy of an older version, or of none, has no variables"
"""IAM User Guide, "IAM policy elements: Variables and tags": without Version 2012-10-17 they are literal text."""

NULL_VARIABLE = "a negated operator matches a variable without a value"
"""IAM User Guide, "Policy variables with no value": "Inverted condition operators ... do match against a null value"."""


def difference(case: Case) -> str:
    """The difference that a case may run into; empty where there is none."""
    for policy in _policies(case):
        if policy.get("Version") != "2012-10-17" and "${" in json.dumps(policy):
            return NO_VERSION
        if any(_valueless(case, values) for operator, values in _conditions(policy) if "Not" in operator):
            return NULL_VARIABLE
    return ""


def _policies(case: Case) -> Iterator[Policy]:
    yield from case.identity
    yield from (policy for policy in (case.boundary, case.policy) if policy is not None)
    yield from (policy for level in (*case.scps, *case.rcps) for policy in level)


def _conditions(policy: Policy) -> Iterator[tuple[str, Any]]:
    statements = policy["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for operator, keys in statement.get("Condition", {}).items():
            yield from ((operator, values) for values in keys.values())


def _valueless(case: Case, values: Any) -> bool:
    """Whether a value is a variable, without a default, that the request has no value of."""
    given = {key.lower() for key in case.context}
    listed = values if isinstance(values, list) else [values]
    named = [v[2:-1].lower() for v in listed if v.startswith("${") and "," not in v]
    return any(name not in given for name in named)
