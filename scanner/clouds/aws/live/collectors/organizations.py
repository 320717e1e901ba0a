"""Organizations: units and their accounts; service and resource control policies and the opt-out from training models.

Only an organization's management account, or one that it delegated this to, may ask for policies; every account may ask
what its own opt-out comes to. The policies that AWS itself attaches everywhere, and that allow everything
(FullAWSAccess, RCPFullAWSAccess), are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "organizations"
everywhere = False
_POLICY, _ATTACHMENT = "aws_organizations_policy", "aws_organizations_policy_attachment"
_ACCOUNT = "aws_organizations_account"
_UNIT, _CHILDREN = "aws_organizations_organizational_unit", "data.aws_organizations_organizational_unit_child_accounts"
types = (_POLICY, _ATTACHMENT, _ACCOUNT, _UNIT, _CHILDREN)

_NO_ORGANIZATION = "AWSOrganizationsNotInUseException"
DESCRIBE = call("organizations", "DescribeOrganization", absent=(_NO_ORGANIZATION,))
LIST_POLICIES = call("organizations", "ListPolicies", items="Policies", absent=(_NO_ORGANIZATION,))
DESCRIBE_POLICY = call("organizations", "DescribePolicy")
LIST_TARGETS = call("organizations", "ListTargetsForPolicy", items="Targets")
DESCRIBE_EFFECTIVE = call(
    "organizations", "DescribeEffectivePolicy", absent=(_NO_ORGANIZATION, "EffectivePolicyNotFoundException"),
)  # fmt: skip

LIST_ROOTS = call("organizations", "ListRoots", items="Roots")
LIST_UNITS = call("organizations", "ListOrganizationalUnitsForParent", items="OrganizationalUnits")
LIST_CHILDREN = call("organizations", "ListAccountsForParent", items="Accounts", mask=hiding("Email", "Name"))

_OPT_OUT = "AISERVICES_OPT_OUT_POLICY"
_SORTS = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", _OPT_OUT)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read the policies that bind accounts, where this account may."""
    organization = reader.ask(DESCRIBE)
    within = organization if isinstance(organization, Unknown) else organization is not None
    told = organization["Organization"] if isinstance(organization, dict) else {}
    master = organization if isinstance(organization, Unknown) else told.get("MasterAccountId")
    yield _own(reader, within=within, master=master)
    if organization is None:
        return
    # Who does not know that it is a member may manage the organization: its policies are then missed.
    member = isinstance(master, str) and master != reader.account
    if not member:
        yield from _tree(reader)
    for sort in _SORTS:
        policies = reader.every(LIST_POLICIES, Filter=sort)
        for found in reader.each([p for p in policies.items if not p.get("AwsManaged")], lambda p: _read(reader, p)):
            yield from found
        if policies.missing is not None:
            yield Unread((_POLICY, _ATTACHMENT), policies.missing, LIST_POLICIES.action, expected=member)
            # The others would be refused likewise; the first says it for all of them.
            return


def _tree(reader: Reader) -> Iterator[Item | Unread]:
    """The units of the organization, from the root down, and which accounts are in each."""
    roots = reader.every(LIST_ROOTS)
    yield from roots.unread((_UNIT, _CHILDREN))
    level = [(root["Id"], root["Arn"]) for root in roots.items]
    while level:
        units = reader.each(level, lambda parent: reader.every(LIST_UNITS, ParentId=parent[0]))
        accounts = reader.each(level, lambda parent: reader.every(LIST_CHILDREN, ParentId=parent[0]))
        below = []
        for (parent, arn), listed, held in zip(level, units, accounts, strict=True):
            yield from listed.unread((_UNIT,))
            yield from held.unread((_CHILDREN,))
            yield Item(_CHILDREN, f"{arn}/accounts", {"parent_id": parent, "accounts": _ids(held.items)})
            for unit in listed.items:
                yield Item(_UNIT, unit["Arn"], {"id": unit["Id"], "arn": unit["Arn"], "parent_id": parent})
                below.append((unit["Id"], unit["Arn"]))
        level = below


def _ids(accounts: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"id": account["Id"]} for account in accounts]


def _own(reader: Reader, *, within: bool | Unknown, master: str | Unknown | None) -> Item:
    """The account, with what the opt-out policies above it come to."""
    answer = None if within is False else reader.ask(DESCRIBE_EFFECTIVE, PolicyType=_OPT_OUT)
    policy = answer.get("EffectivePolicy", {}).get("PolicyContent") if isinstance(answer, dict) else answer
    values = {"id": reader.account, "in_organization": within, "effective_ai_opt_out": policy}
    values["master_account_id"] = master
    return Item(_ACCOUNT, reader.arn("organizations", f"account/{reader.account}", region=""), values)


def _read(reader: Reader, policy: dict[str, Any]) -> list[Item]:
    arn, id_ = policy["Arn"], policy["Id"]
    answer = reader.ask(DESCRIBE_POLICY, PolicyId=id_)
    content = answer["Policy"].get("Content") if isinstance(answer, dict) else answer
    values = {"id": id_, "arn": arn, "name": policy.get("Name"), "type": policy.get("Type"), "content": content}
    targets = reader.every(LIST_TARGETS, PolicyId=id_)
    named: list[str | Unknown] = [target["TargetId"] for target in targets.items]
    named += [targets.missing] if targets.missing is not None else []
    return [
        Item(_POLICY, arn, values),
        *(
            Item(_ATTACHMENT, f"{arn}/{to if isinstance(to, str) else ''}", {"policy_id": id_, "target_id": to})
            for to in named
        ),
    ]
