"""How the requests are written that the AWS IAM User Guide tells of, and the pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from oracle.cases import Case, Policy, Thing

LOGIC = "Policy evaluation logic"
ACROSS = "Cross-account policy evaluation logic"
BOUNDARIES = "Permissions boundaries for IAM entities"
OPERATORS = "IAM JSON policy elements: Condition operators"
CONDITION = "IAM JSON policy elements: Condition"
SETS = "Creating a condition that tests multiple key values"
VARIABLES = "IAM policy elements: Variables and tags"
NOT_ACTION = "IAM JSON policy elements: NotAction"
NOT_RESOURCE = "IAM JSON policy elements: NotResource"
NOT_PRINCIPAL = "AWS JSON policy elements: NotPrincipal"
ORGANIZATIONS = "AWS Organizations User Guide, SCP evaluation"
KEY_POLICIES = "AWS KMS Developer Guide, Key policies"


@dataclass(frozen=True, slots=True)
class Documented:
    """One request of a page."""

    page: str
    case: Case
    allowed: bool


def statement(effect: str, action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """One statement."""
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> Policy:
    """A policy of the current version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def bucket(name: str, account: str) -> Thing:
    """A bucket of an account."""
    return Thing(arn=f"arn:aws:s3:::{name}", provider_type="aws_s3_bucket", account=account)


def asked_of(page: str, what: str, allowed: bool, **facts: Any) -> Documented:  # noqa: FBT001 - the documented answer
    principal, action, resource = what.split()
    return Documented(page, Case(name=what, principal=principal, action=action, resource=resource, **facts), allowed)
