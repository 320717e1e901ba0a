"""Permission statements of functions: who may invoke them.

A plan has one resource a statement, an account the policy that they make up.

Sources: Terraform AWS provider, "aws_lambda_permission"; AWS Lambda Developer Guide, "Viewing resource-based IAM
policies in Lambda".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.iam.policydoc import Texts
from scanner.clouds.aws.iam.statements import read_statements
from scanner.model import Statement, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

_PERMISSION, _FUNCTION = "aws_lambda_permission", "aws_lambda_function"
_KEYS = {
    "source_arn": ("ArnLike", "aws:SourceArn"),
    "source_account": ("StringEquals", "aws:SourceAccount"),
    "principal_org_id": ("StringEquals", "aws:PrincipalOrgID"),
    "function_url_auth_type": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "event_source_token": ("StringEquals", "lambda:EventSourceToken"),
}
"""Operator and key of the condition that each attribute stands for."""

terraform_types = (_PERMISSION, _FUNCTION)
kinds = ()
"""None: of a list of functions that was not read, no verdict on identities is open."""


def from_plan(planned: PlannedWorld) -> Iterator[Statement]:
    """Read every permission, and the whole policy of each function of an account."""
    for permission in planned.of(_PERMISSION):
        yield _permission(planned, permission)
    for function in planned.of(_FUNCTION):
        if function.plan.is_live and function.get("policy") is not None:
            yield from read_statements(planned, function, "policy", kind="resource", binds=(function.id,))


def _permission(planned: PlannedWorld, permission: PlannedResource) -> Statement:
    action, principal = permission.text("action"), permission.text("principal")
    facts: dict[str, Any] = {
        **planned.labels(permission),
        "policy": permission.id,
        "policy_kind": "resource",
        "actions": action if isinstance(action, Unknown) else (action,),
        "principals": principal if isinstance(principal, Unknown) else (_principal(principal),),
        "conditions": _conditions(permission),
        "binds": _function(planned, permission),
        "wildcard_action": False,
        "wildcard_resource": False,
    }
    return Statement.of(**facts)


def _function(planned: PlannedWorld, permission: PlannedResource) -> Texts:
    function = planned.target(permission, "function_name", (_FUNCTION,))
    if isinstance(function, Unknown):
        return function
    if function is None:
        return ()
    return (function.value if isinstance(function, External) else function.id,)


def _principal(principal: str) -> str:
    service = "." in principal and not principal.startswith("arn:")
    return f"{'Service' if service else 'AWS'}:{principal}"


def _conditions(permission: PlannedResource) -> tuple[tuple[str, str, tuple[str, ...]], ...] | Unknown:
    found: list[tuple[str, str, tuple[str, ...]]] = []
    for attribute, (operator, key) in _KEYS.items():
        value = permission.text(attribute)
        if isinstance(value, Unknown):
            return value
        if value:
            found.append((operator, key, (value,)))
    return tuple(found)
