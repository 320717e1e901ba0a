"""IAM: users, groups, roles and policies with all that is attached, by one paged call; credentials by the report.

Of an instance profile without a role nothing is told: it gives no access.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.credential_report import (
    GENERATE_REPORT,
    GET_KEPT_REPORT,
    GET_REPORT,
    Row,
    access_keys,
    rows_of,
    sign_in,
)
from scanner.clouds.aws.live.collectors.last_accessed import GENERATE_ACCESSED, GET_ACCESSED, Report, reports_of
from scanner.clouds.aws.live.collectors.tags import TAGGED, Tags, pairs, tags_for, tags_of
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "iam"
everywhere = False
_DETAILED = ("aws_iam_user", "aws_iam_group", "aws_iam_role", "aws_iam_policy", "aws_iam_instance_profile")
_KEY, _CREDENTIAL = "aws_iam_access_key", "aws_iam_service_specific_credential"
_SAML, _OIDC = "aws_iam_saml_provider", "aws_iam_openid_connect_provider"
types = (
    *_DETAILED,
    "aws_iam_service_linked_role",
    _KEY,
    _CREDENTIAL,
    _SAML,
    _OIDC,
    "aws_iam_account_password_policy",
    "data.aws_iam_account_summary",
)
__all__ = [
    "GENERATE_ACCESSED",
    "GENERATE_REPORT",
    "GET_ACCESSED",
    "GET_KEPT_REPORT",
    "GET_REPORT",
    "TAGGED",
    "everywhere",
    "from_live",
    "name",
    "types",
]


def _with_short_ids(page: Page) -> Page:
    """Keep the end of each credential's id: a whole one has the shape of an access key's, and would be hidden."""
    kept = [
        {**one, _ID: one[_ID][-_ID_KEPT:]} if isinstance(one.get(_ID), str) else one
        for one in page.get("ServiceSpecificCredentials") or ()
    ]
    return {**page, "ServiceSpecificCredentials": kept}


DETAILS = call("iam", "GetAccountAuthorizationDetails")
SUMMARY = call("iam", "GetAccountSummary")
PASSWORD_POLICY = call("iam", "GetAccountPasswordPolicy", absent=("NoSuchEntity",))
LIST_SAML = call("iam", "ListSAMLProviders", items="SAMLProviderList")
LIST_OIDC = call("iam", "ListOpenIDConnectProviders", items="OpenIDConnectProviderList")
LIST_CREDENTIALS = call(
    "iam", "ListServiceSpecificCredentials", items="ServiceSpecificCredentials", mask=_with_short_ids
)

_ID, _ID_KEPT = "ServiceSpecificCredentialId", 6
_TRACKED = 400
"""Days for which AWS knows when a role was last used (IAM API Reference, "RoleLastUsed")."""

_ACCESSED = "Accessed"
_OF_SERVICES = "/aws-service-role/"
_OF_AWS = ":iam::aws:policy/"
_PASSWORD_RULES = {
    "minimum_password_length": "MinimumPasswordLength",
    "password_reuse_prevention": "PasswordReusePrevention",
    "max_password_age": "MaxPasswordAge",
    "require_symbols": "RequireSymbols",
    "require_numbers": "RequireNumbers",
    "require_uppercase_characters": "RequireUppercaseCharacters",
    "require_lowercase_characters": "RequireLowercaseCharacters",
    "allow_users_to_change_password": "AllowUsersToChangePassword",
    "expire_passwords": "ExpirePasswords",
    "hard_expiry": "HardExpiry",
}


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read everything of IAM, which an account has once."""
    listing = reader.every(DETAILS)
    yield from listing.unread(_DETAILED)
    report = rows_of(reader)
    if isinstance(report, Unknown):
        yield Unread((_KEY,), report, GET_REPORT.action)
    tags = tags_of(reader, "iam")
    users = _listed(listing.items, "UserDetailList")
    if listing.missing is not None and not isinstance(report, Unknown):
        users = [*users, *_reported(users, report, listing.missing)]
    groups, roles = _listed(listing.items, "GroupDetailList"), _listed(listing.items, "RoleDetailList")
    accessed = _accessed(reader, (*users, *(role for role in roles if not _of_service(role))))
    for user in users:
        yield from _user(reader, {**user, _ACCESSED: accessed.get(user["Arn"])}, report)
    yield from (_group(reader, group) for group in groups)
    yield from (_role(reader, {**role, _ACCESSED: accessed.get(role["Arn"])}) for role in roles)
    yield from _profiles(roles, tags)
    yield from _policies(_listed(listing.items, "Policies"), [*users, *groups, *roles], tags)
    yield from _credentials(reader)
    yield from _providers(reader, tags)
    yield from _settings(reader)


def _accessed(reader: Reader, holders: Iterable[dict[str, Any]]) -> dict[str, Report | Unknown]:
    """What each of these last did."""
    arns = [holder["Arn"] for holder in holders]
    return dict(zip(arns, reports_of(reader, arns), strict=True))


def _of_service(role: dict[str, Any]) -> bool:
    return str(role.get("Path") or "/").startswith(_OF_SERVICES)


def _listed(pages: Iterable[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [found for page in pages for found in page.get(name) or ()]


def _reported(users: Iterable[dict[str, Any]], report: dict[str, Row], why: Unknown) -> Iterator[dict[str, Any]]:
    """Users that only the credential report tells of; what they may do was not seen."""
    seen = {user["Arn"] for user in users}
    for arn, row in report.items():
        if arn not in seen:
            yield {"Arn": arn, "UserName": row["user"], "Unread": why}


def _user(reader: Reader, user: dict[str, Any], report: dict[str, Row] | Unknown) -> Iterator[Item]:
    arn, name = user["Arn"], user["UserName"]
    row = report if isinstance(report, Unknown) else report.get(arn)
    if isinstance(row, dict):
        values = sign_in(reader, row)
        yield from access_keys(reader, row)
    else:
        why = row or Unknown(f"the credential report, made at most every four hours, does not tell of {name} yet")
        values = dict.fromkeys(("password_enabled", "mfa_active", "unused_days"), why)
        if row is None:
            ages = dict.fromkeys(("status", "age_days", "unused_days"), why)
            yield Item(_KEY, f"{arn}/access-keys", {"user": name, **ages})
    values |= {"id": name, **_holder(reader, user, "UserPolicyList"), "name": name, "unique_id": user.get("UserId")}
    values["groups"] = user.get("Unread") or user.get("GroupList") or []
    yield Item("aws_iam_user", arn, values)


def _group(reader: Reader, group: dict[str, Any]) -> Item:
    name = group["GroupName"]
    values = {"id": name, **_holder(reader, group, "GroupPolicyList"), "name": name, "unique_id": group.get("GroupId")}
    return Item("aws_iam_group", group["Arn"], values)


def _role(reader: Reader, role: dict[str, Any]) -> Item:
    """Read a role; one that is linked to a service belongs to it: nobody else can change what it may do.

    Source: AWS IAM User Guide, "Service-linked roles".
    """
    arn, name, path = role["Arn"], role["RoleName"], str(role.get("Path") or "/")
    values: dict[str, Any] = {"id": name, "arn": arn, "name": name, "path": path, "unique_id": role.get("RoleId")}
    if _of_service(role):
        return Item("aws_iam_service_linked_role", arn, {**values, "aws_service_name": path.split("/")[2]})
    used = reader.days_since((role.get("RoleLastUsed") or {}).get("LastUsedDate"))
    made = reader.days_since(role.get("CreateDate"))
    values |= {
        **_holder(reader, role, "RolePolicyList"),
        "assume_role_policy": _text(role.get("AssumeRolePolicyDocument")),
        "unused_days": used if used is not None or made is None else min(made, _TRACKED),
    }
    return Item("aws_iam_role", arn, values)


def _holder(reader: Reader, of: dict[str, Any], inline: str) -> dict[str, Any]:
    """What users, groups and roles have alike; the provider describes policies so of roles only."""
    why = of.get("Unread")
    made = reader.days_since(of.get("CreateDate"))
    used = {"last_accessed": of[_ACCESSED], "made_days": made} if _ACCESSED in of else {}
    policies = [{"name": one["PolicyName"], "policy": _text(one.get("PolicyDocument"))} for one in of.get(inline) or ()]
    return {
        "arn": of["Arn"],
        "path": of.get("Path"),
        "permissions_boundary": why or _boundary(of),
        "managed_policy_arns": why or _attached(of),
        "inline_policy": why or policies,
        "tags": why or pairs(of.get("Tags")),
        **used,
    }


def _attached(of: dict[str, Any]) -> list[str]:
    return [one["PolicyArn"] for one in of.get("AttachedManagedPolicies") or ()]


def _boundary(of: dict[str, Any]) -> str | None:
    return (of.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")


def _profiles(roles: Iterable[dict[str, Any]], tags: dict[str, Tags] | Unknown) -> Iterator[Item]:
    for role in roles:
        for profile in role.get("InstanceProfileList") or ():
            arn, name = profile["Arn"], profile["InstanceProfileName"]
            values = {"id": name, "arn": arn, "name": name, "path": profile.get("Path"), "role": role["RoleName"]}
            yield Item("aws_iam_instance_profile", arn, {**values, "tags": tags_for(tags, arn)})


def _policies(
    policies: Iterable[dict[str, Any]], holders: Iterable[dict[str, Any]], tags: dict[str, Tags] | Unknown
) -> Iterator[Item]:
    """Policies of the account, and those of AWS that something of it has."""
    used = {arn for holder in holders for arn in (*_attached(holder), _boundary(holder))}
    for policy in policies:
        arn = policy["Arn"]
        values = {"id": arn, "arn": arn, "name": policy.get("PolicyName"), "path": policy.get("Path")}
        values["policy"] = _default_version(policy)
        if _OF_AWS not in arn:
            values |= {"policy_id": policy.get("PolicyId"), "tags": tags_for(tags, arn)}
            yield Item("aws_iam_policy", arn, values)
        elif arn in used:
            yield Item("data.aws_iam_policy", arn, values)


def _default_version(policy: dict[str, Any]) -> str | Unknown | None:
    versions = policy.get("PolicyVersionList") or ()
    found = next((one for one in versions if one.get("IsDefaultVersion")), None)
    if found is None:
        return Unknown(f"{DETAILS.action} gave no text of {policy['Arn']}")
    return _text(found.get("Document"))


def _text(document: Any) -> str | None:
    """JSON text of a policy, which botocore hands out decoded where it is sound."""
    return document if document is None or isinstance(document, str) else json.dumps(document)


def _credentials(reader: Reader) -> Iterator[Item | Unread]:
    """Passwords and keys of single services, such as Amazon Bedrock's API keys."""
    listed = reader.every(LIST_CREDENTIALS, AllUsers=True)
    yield from listed.unread((_CREDENTIAL,))
    for found in listed.items:
        id_, user = found[_ID], found["UserName"]
        age, left = reader.days_since(found.get("CreateDate")), reader.days_since(found.get("ExpirationDate"))
        values = {
            "id": id_,
            "service_specific_credential_id": id_,
            "user_name": user,
            "service_name": found.get("ServiceName"),
            "status": found.get("Status"),
            "credential_age_days": None if age is None or left is None else age - left,
            "age_days": age,
        }
        yield Item(_CREDENTIAL, reader.arn("iam", f"user/{user}/{id_}", region=""), values)


def _providers(reader: Reader, tags: dict[str, Tags] | Unknown) -> Iterator[Item | Unread]:
    for type_, call_ in ((_SAML, LIST_SAML), (_OIDC, LIST_OIDC)):
        listed = reader.every(call_)
        yield from listed.unread((type_,))
        for found in listed.items:
            arn = found["Arn"]
            called = arn.partition("/")[2]
            values = {"id": arn, "arn": arn, "tags": tags_for(tags, arn)}
            yield Item(type_, arn, {**values, "name" if type_ == _SAML else "url": called})


def _settings(reader: Reader) -> Iterator[Item]:
    """What holds for the account as a whole. The provider has no resource for the summary."""
    policy = reader.ask(PASSWORD_POLICY)
    if policy is not None:
        rules = policy if isinstance(policy, Unknown) else policy["PasswordPolicy"]
        values = {
            ours: rules if isinstance(rules, Unknown) else rules.get(theirs) for ours, theirs in _PASSWORD_RULES.items()
        }
        yield Item("aws_iam_account_password_policy", reader.arn("iam", "password-policy", region=""), values)
    summary = reader.ask(SUMMARY) or Unknown(f"{SUMMARY.action} told nothing of {reader.account}")
    told = summary if isinstance(summary, Unknown) else summary["SummaryMap"]
    values = {
        ours: told if isinstance(told, Unknown) else told.get(theirs)
        for ours, theirs in (
            ("account_mfa_enabled", "AccountMFAEnabled"),
            ("account_access_keys_present", "AccountAccessKeysPresent"),
            ("account_password_present", "AccountPasswordPresent"),
        )
    }
    yield Item("data.aws_iam_account_summary", reader.arn("iam", "account-summary", region=""), values)
