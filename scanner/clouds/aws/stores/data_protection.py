"""CloudWatch's and SNS's data protection policies: whether personal data is masked.

Source: CloudWatch Logs User Guide, "Help protect sensitive log data with masking"; SNS uses the same grammar.
"""

from __future__ import annotations

from typing import Any

from scanner.clouds.aws.json_text import read_json
from scanner.hcl.values import Template
from scanner.logic import Answer, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.completed import completed_in
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld


def masks_personal_data(planned: PlannedWorld, owner: PlannedResource, type_: str, attribute: str, text: str) -> Answer:
    """Whether the protection policy attached to `owner` masks what it finds, rather than only reporting it."""
    found = planned.attached(owner, type_, attribute)
    if isinstance(found, Unknown):
        return found
    if not found:
        absent: Answer = planned.default(owner, value=False, because="no data protection policy is attached")
        return absent
    return policy_masks(found[0], text)


def policy_masks(policy: PlannedResource, text: str) -> Answer:
    """Whether the policy in attribute `text` masks any kind of data."""
    value = policy.get(text)
    if isinstance(value, Unknown) and not isinstance(value, Template):
        return value
    raw = read_json(value, f"{policy.address}.{text}")
    if isinstance(raw, Unknown):
        return raw
    statements = raw.get("Statement") if isinstance(raw, dict) else None
    if isinstance(statements, Unknown):
        return statements
    answer = either(*map(_masks, statements if isinstance(statements, list) else ()))
    if isinstance(answer, Unknown):
        return answer
    does = "masks what it finds" if plain(answer) else "only reports what it finds"
    return Noted(plain(answer) is True, f"{policy.address} {does}", completed_in(policy, text))


def _masks(statement: Any) -> Answer:
    operation = statement.get("Operation") if isinstance(statement, dict) else statement
    if isinstance(operation, Unknown):
        return operation
    return isinstance(operation, dict) and ("Deidentify" in operation or "Deny" in operation)
