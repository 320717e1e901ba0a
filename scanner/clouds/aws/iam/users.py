"""IAM users with their credentials, groups, instance profiles and identity providers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.iam.accessed import accessed
from scanner.clouds.aws.iam.memberships import BY_GROUP, BY_USER, Memberships
from scanner.clouds.aws.iam.subjects import boundary, subject_of
from scanner.config import DEFAULT_NAME
from scanner.kinds import Identity
from scanner.logic import Answer, plain
from scanner.model import Fact, Noted, Unknown
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

terraform_types = ("aws_iam_user", _LOGIN, _KEY, _CREDENTIAL, BY_USER, BY_GROUP, *_TYPES)
kinds = ("identity",)

_MOST_KEYS = 2

NO_KEYS = "only users have access keys"
SOMEBODY = Unknown("nothing shows whether a person or a program uses it")
_SOME_USER = Unknown(f"{SOMEBODY.reason}; say so under identities in {DEFAULT_NAME}")
_PASSWORD = "it has a console password"  # noqa: S105 - a reason
_NO_PASSWORD = "it has no console password"  # noqa: S105 - a reason


def from_plan(planned: PlannedWorld) -> Iterator[Identity]:
    """Read every user, credential, group and provider.

    A live account tells more than the provider describes, by IAM's credential report: of a user `password_enabled`,
    `mfa_active` and `unused_days` (of the password), of an access key `age_days` and `unused_days`. A credential that
    was never used counts from the day it was made.
    """
    for user in planned.of("aws_iam_user"):
        yield _user(planned, user)
    for key in planned.of(_KEY, _CREDENTIAL):
        yield Identity.of(
            **planned.labels(key),
            type="access_key",
            long_lived_key=_lasts(key),
            age_days=days(key, "age_days", "it was made {} days ago"),
            unused_days=unused(key),
        )
    for resource in planned.of(*_TYPES):
        yield Identity.of(**planned.labels(resource), type=_TYPES[resource.type], **_others(planned, resource))


def only_live(resource: PlannedResource, name: str) -> Fact[Any]:
    """Value of an attribute that a plan never has."""
    if resource.plan.is_live:
        return resource.get(name, Unknown(f"AWS tells no {name.replace('_', ' ')} of it"))
    return Unknown("only a running account shows it")


def days(resource: PlannedResource, name: str, said: str) -> Fact[int] | Noted[int]:
    """Days that only a live account tells, with what they count."""
    found = only_live(resource, name)
    return found if isinstance(found, Unknown) else Noted(found, said.format(found))


def unused(resource: PlannedResource) -> Fact[int] | Noted[int]:
    """Days since it was last used, or since it was made where it never was."""
    return days(resource, "unused_days", "it was last used, or made, {} days ago")


def _user(planned: PlannedWorld, user: PlannedResource) -> Identity:
    password = _signs_in(planned, user)
    signs_in = plain(password)
    second = only_live(user, "mfa_active")
    if not isinstance(second, Unknown):
        second = Noted(second, "it has a second factor" if second else "it has no second factor")
    return Identity.of(
        **planned.labels(user),
        type="user",
        human=_human(planned, user, password, second),
        signs_in=password,
        second_factor=second,
        unused_days=Unknown(_NO_PASSWORD) if signs_in is False else unused(user),
        long_lived_key=_has_key(planned, user),
        access_keys_full=_keys_full(planned, user),
        boundary=boundary(planned, user),
        **accessed(user),
        member_of=planned.once(Memberships).of(user),
    )


def _human(planned: PlannedWorld, user: PlannedResource, password: Answer, second: Answer) -> Answer:
    """Whether a person uses it: by the user's settings, a password, a second factor, or an address as its name."""
    name = str(user.values.get("name") or "")
    told = planned.config.person(name)
    if told is not None:
        return Noted(told, f"{DEFAULT_NAME} says that {'a person' if told else 'a program'} uses it")
    if plain(password) is True:
        return password
    if plain(second) is True:
        return Noted(True, "it has a second factor, as people have")
    if "@" in name:
        return Noted(True, "its name is an address of a person")
    return password if isinstance(password, Unknown) else _SOME_USER


def _signs_in(planned: PlannedWorld, user: PlannedResource) -> Answer:
    """Whether it has a password for the console, as a person has who uses it."""
    if user.plan.is_live:
        enabled = user.flag("password_enabled")
        return enabled if isinstance(enabled, Unknown) else Noted(enabled, _PASSWORD if enabled else _NO_PASSWORD)
    login = planned.attached(user, _LOGIN, "user")
    if isinstance(login, Unknown):
        return login
    without: Answer = planned.default(user, False, _NO_PASSWORD)
    return Noted(True, _PASSWORD) if login else without


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
    without: Answer = planned.default(user, False, "there is no active key of it")
    return unknown or without


def _keys_full(planned: PlannedWorld, user: PlannedResource) -> Answer:
    """Whether it has as many access keys as a user can have, active or not.

    Source: AWS IAM User Guide, "IAM and AWS STS quotas".
    """
    keys = planned.attached(user, _KEY, "user")
    if isinstance(keys, Unknown):
        return keys
    if len(keys) >= _MOST_KEYS:
        return Noted(True, f"it has {len(keys)} access keys")
    unread = next((status for key in keys if isinstance(status := key.text("status", "Active"), Unknown)), None)
    without: Answer = planned.default(user, False, f"it has {len(keys)} access keys, and can have {_MOST_KEYS}")
    return unread or without


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


def _others(planned: PlannedWorld, resource: PlannedResource) -> dict[str, Any]:
    """Facts of groups, instance profiles and identity providers, as far as they apply."""
    if resource.type == "aws_iam_saml_provider":
        return {"human": Noted(True, "people sign in through SAML")}
    if resource.type == "aws_iam_openid_connect_provider":
        return {"human": SOMEBODY}
    if resource.type == "aws_iam_instance_profile":
        holds = subject_of(planned, planned.target(resource, "role", ("aws_iam_role",)))
        return {"human": Noted(False, "instances use it"), "long_lived_key": Noted(False, NO_KEYS), "holds": holds}
    return {"long_lived_key": Noted(False, NO_KEYS)} if resource.type == "aws_iam_group" else {}
