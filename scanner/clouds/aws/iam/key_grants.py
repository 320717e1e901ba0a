"""Grants of KMS keys: who may use a key besides those whom its policy lets.

A grant allows by itself, whatever policies say: it is read as a statement of the key's own policy.

Sources: AWS KMS Developer Guide, "Grants in AWS KMS"; Terraform AWS provider, "aws_kms_grant".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.iam.policydoc import Conditions, Texts
from scanner.model import Statement, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

_GRANT = "aws_kms_grant"
_KEYS = ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key")
_GRANTEES = ("aws_iam_role", "aws_iam_user")

terraform_types = (_GRANT,)
kinds = ()


def from_plan(planned: PlannedWorld) -> Iterator[Statement]:
    """Read every grant of a plan; a scan of an account does not ask for them."""
    for grant in planned.of(_GRANT):
        operations = grant.get("operations")
        yield Statement.of(
            **{
                **planned.labels(grant),
                "policy": grant.id,
                "policy_kind": "resource",
                "actions": _actions(operations),
                "principals": _named(planned, grant, "grantee_principal", _GRANTEES, "AWS:{}"),
                "conditions": _conditions(grant),
                "binds": _named(planned, grant, "key_id", _KEYS, "{}"),
                "wildcard_action": False,
                "wildcard_resource": False,
            }
        )


def _actions(operations: object) -> Texts:
    if isinstance(operations, Unknown):
        return operations
    listed = operations if isinstance(operations, list) else []
    unread = next((one for one in listed if isinstance(one, Unknown)), None)
    return unread or tuple(f"kms:{one}" for one in listed)


def _named(planned: PlannedWorld, grant: PlannedResource, attribute: str, types: tuple[str, ...], form: str) -> Texts:
    """Whom or what an attribute names; a planned principal by its symbol, as policies have it."""
    found = planned.target(grant, attribute, types)
    if isinstance(found, Unknown):
        return found
    if found is None:
        return ()
    if isinstance(found, External):
        return (form.format(found.value),)
    return (form.format(f"${{{found.id}}}" if attribute == "grantee_principal" else found.id),)


def _conditions(grant: PlannedResource) -> Conditions | Unknown:
    """A grant may hold for an encryption context alone, which whoever asks has to name."""
    constraints = grant.blocks("constraints")
    if isinstance(constraints, Unknown):
        return constraints
    return Unknown("the grant holds for one encryption context") if constraints else ()
