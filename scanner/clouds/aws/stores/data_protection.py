"""CloudWatch's and SNS's data protection policies: whether personal data is masked.

Sources: CloudWatch Logs User Guide, "Help protect sensitive log data with masking" and "Data identifier ARNs for
personally identifiable information (PII)"; SNS uses the same grammar.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from scanner.clouds.aws.json_text import read_json
from scanner.hcl.values import Template
from scanner.logic import Answer, both, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.completed import completed_in
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

PEOPLE = ("Name", "EmailAddress", "PhoneNumber-")
"""Identifiers that must all be masked so that nothing says whose it is; phone numbers are told by country."""

Test: TypeAlias = Callable[[PlannedResource, str], Answer]


def attached(
    planned: PlannedWorld, owner: PlannedResource, type_: str, attribute: str, text: str, test: Test
) -> Answer:
    """Whether a test holds of the protection policy attached to `owner`."""
    found = planned.attached(owner, type_, attribute)
    if isinstance(found, Unknown):
        return found
    if not found:
        absent: Answer = planned.default(owner, value=False, because="no data protection policy is attached")
        return absent
    return test(found[0], text)


def policy_masks(policy: PlannedResource, text: str) -> Answer:
    """Whether the policy in attribute `text` masks any kind of data, rather than only reporting it."""
    statements = _statements(policy, text)
    if isinstance(statements, Unknown):
        return statements
    answer = either(*map(_masks, statements))
    if isinstance(answer, Unknown):
        return answer
    does = "masks what it finds" if plain(answer) else "only reports what it finds"
    return Noted(plain(answer) is True, f"{policy.address} {does}", completed_in(policy, text))


def policy_hides_people(policy: PlannedResource, text: str) -> Answer:
    """Whether the policy in attribute `text` masks all that tells whose something is."""
    statements = _statements(policy, text)
    if isinstance(statements, Unknown):
        return statements
    answer = both(*(either(*(_hides(one, kind) for one in statements)) for kind in PEOPLE))
    return answer if isinstance(answer, Unknown) else Noted(plain(answer) is True, "", completed_in(policy, text))


def _statements(policy: PlannedResource, text: str) -> list[Any] | Unknown:
    value = policy.get(text)
    if isinstance(value, Unknown) and not isinstance(value, Template):
        return value
    raw = read_json(value, f"{policy.address}.{text}")
    if isinstance(raw, Unknown):
        return raw
    statements = raw.get("Statement") if isinstance(raw, dict) else None
    return statements if isinstance(statements, list | Unknown) else []


def _hides(statement: Any, kind: str) -> Answer:
    """Whether a statement masks a kind of data."""
    listed = statement.get("DataIdentifier") if isinstance(statement, dict) else ()
    if isinstance(listed, Unknown):
        return both(_masks(statement), listed)
    names = [one for one in listed if isinstance(one, str | Unknown)] if isinstance(listed, list) else []
    found = (one if isinstance(one, Unknown) else one.rpartition("/")[2].startswith(kind) for one in names)
    return both(_masks(statement), either(*found))


def _masks(statement: Any) -> Answer:
    operation = statement.get("Operation") if isinstance(statement, dict) else statement
    if isinstance(operation, Unknown):
        return operation
    return isinstance(operation, dict) and ("Deidentify" in operation or "Deny" in operation)
