"""IAM roles with whom they trust, users, groups, instance profiles, keys, identity providers, the password policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.iam.policydoc import NOT_KNOWN, Document, read_document
from scanner.clouds.aws.iam.statements import statements
from scanner.kinds import Identity
from scanner.logic import Answer
from scanner.model import Noted, Statement, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_KEY = "aws_iam_access_key"
_CREDENTIAL = "aws_iam_service_specific_credential"
_LOGIN = "aws_iam_user_login_profile"
_TYPES = {
    "aws_iam_group": "group",
    "aws_iam_instance_profile": "instance_profile",
    "aws_iam_openid_connect_provider": "federation",
    "aws_iam_saml_provider": "federation",
    "aws_iam_account_password_policy": "password_policy",
}

terraform_types = ("aws_iam_role", "aws_iam_user", _LOGIN, _KEY, _CREDENTIAL, *_TYPES)
kinds = ("identity", "statement")

_NO_KEYS = "only users have access keys"
_UNKNOWN_USER = Unknown("the plan does not show whether a person or a program uses it")


def from_plan(planned: PlannedWorld) -> Iterator[Identity | Statement]:
    """Read every identity; a role's trust policy also as statements."""
    for role in planned.of("aws_iam_role"):
        yield from _role(planned, role)
    for user in planned.of("aws_iam_user"):
        yield Identity.of(
            **planned.labels(user),
            type="user",
            human=_logs_in(planned, user),
            long_lived_key=_has_key(planned, user),
        )
    for key in planned.of(_KEY, _CREDENTIAL):
        yield Identity.of(**planned.labels(key), type="access_key", long_lived_key=_lasts(key))
    for resource in planned.of(*_TYPES):
        yield Identity.of(**planned.labels(resource), type=_TYPES[resource.type], **_others(resource))


def _role(planned: PlannedWorld, role: PlannedResource) -> Iterator[Identity | Statement]:
    labels = planned.labels(role)
    document = read_document(planned, role, "assume_role_policy")
    if document is None:
        document = Unknown(f"{role.address} shows no assume_role_policy")
    trusts = _trusts(document)
    yield Identity.of(
        **labels,
        type="role",
        human=trusts if isinstance(trusts, Unknown) else _assumed_by_people(trusts),
        long_lived_key=Noted(False, _NO_KEYS),
        trusts=trusts,
    )
    yield from statements(labels, document, f"{role.id}#trust", kind="trust", binds=(role.id,))


def _trusts(document: Document | Unknown) -> tuple[str, ...] | Unknown:
    """Principals that a trust policy lets become the role."""
    if isinstance(document, Unknown):
        return document
    found: list[str] = []
    for statement in document.statements:
        if statement.effect == "Allow":
            if isinstance(statement.principals, Unknown):
                return statement.principals
            found.extend(["AWS:*"] if statement.not_principals else statement.principals)
    if document.more or any(NOT_KNOWN in principal.split(":", 1) for principal in found):
        return Unknown(document.more or "a principal of its trust policy is known only after apply")
    return tuple(dict.fromkeys(found))


def _assumed_by_people(trusts: tuple[str, ...]) -> Answer:
    if any(principal.startswith("Federated:") and ":saml-provider/" in principal for principal in trusts):
        return Noted(True, "people become it through SAML")
    if all(principal.startswith("Service:") for principal in trusts):
        return Noted(False, "only services become it")
    return _UNKNOWN_USER


def _logs_in(planned: PlannedWorld, user: PlannedResource) -> Answer:
    """A user with a password for the console is a person."""
    login = planned.attached(user, _LOGIN, "user")
    return login if isinstance(login, Unknown) else Noted(True, "it has a console password") if login else _UNKNOWN_USER


def _has_key(planned: PlannedWorld, user: PlannedResource) -> Answer:
    unknown: Unknown | None = None
    for type_, attribute in ((_KEY, "user"), (_CREDENTIAL, "user_name")):
        keys = planned.attached(user, type_, attribute)
        for key in () if isinstance(keys, Unknown) else keys:
            lasts = _lasts(key)
            if isinstance(lasts, Noted) and lasts.value:
                return Noted(True, f"{key.address} is a key of it")
            unknown = lasts if isinstance(lasts, Unknown) else unknown
        unknown = keys if isinstance(keys, Unknown) else unknown
    without: Answer = planned.default(user, False, "this plan makes no active key for it")
    return unknown or without


def _lasts(key: PlannedResource) -> Answer:
    """Whether a key works and never expires; a service's credential may be given an age."""
    status, age = key.text("status", "Active"), key.number("credential_age_days")
    if isinstance(status, Unknown):
        return status
    if isinstance(age, Unknown):
        return age
    if status != "Active":
        return Noted(False, f"it is {status.lower()}")
    return Noted(False, f"it expires after {age} days") if age else Noted(True, "it works until somebody deletes it")


def _others(resource: PlannedResource) -> dict[str, Any]:
    """Facts of groups, instance profiles and identity providers, as far as they apply."""
    if resource.type == "aws_iam_saml_provider":
        return {"human": Noted(True, "people sign in through SAML")}
    if resource.type == "aws_iam_openid_connect_provider":
        return {"human": _UNKNOWN_USER}
    if resource.type == "aws_iam_instance_profile":
        return {"human": Noted(False, "instances use it"), "long_lived_key": Noted(False, _NO_KEYS)}
    return {"long_lived_key": Noted(False, _NO_KEYS)} if resource.type == "aws_iam_group" else {}
