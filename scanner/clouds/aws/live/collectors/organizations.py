"""Organizations: service and resource control policies, the opt-out from training AWS's models, and their targets.

Only an organization's management account, or one that it delegated this to, may ask for policies; every account may ask
what its own opt-out comes to. The policies that AWS itself attaches everywhere, and that allow everything
(FullAWSAccess, RCPFullAWSAccess), are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "organizations"
everywhere = False
_POLICY, _ATTACHMENT = "aws_organizations_policy", "aws_organizations_policy_attachment"
_ACCOUNT = "aws_organizations_account"
types = (_POLICY, _ATTACHMENT, _ACCOUNT)

_NO_ORGANIZATION = "AWSOrganizationsNotInUseException"
DESCRIBE = call("organizations", "DescribeOrganization", absent=(_NO_ORGANIZATION,))
LIST_POLICIES = call("organizations", "ListPolicies", items="Policies", absent=(_NO_ORGANIZATION,))
DESCRIBE_POLICY = call("organizations", "DescribePolicy")
LIST_TARGETS = call("organizations", "ListTargetsForPolicy", items="Targets")
DESCRIBE_EFFECTIVE = call(
    "organizations", "DescribeEffectivePolicy", absent=(_NO_ORGANIZATION, "EffectivePolicyNotFoundException"),
)  # fmt: skip

_OPT_OUT = "AISERVICES_OPT_OUT_POLICY"
_SORTS = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", _OPT_OUT)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read the policies that bind accounts, where this account may."""
    organization = reader.ask(DESCRIBE)
    within = organization if isinstance(organization, Unknown) else organization is not None
    yield _own(reader, within=within)
    if organization is None:
        return
    # Who does not know that it is a member may manage the organization: its policies are then missed.
    member = isinstance(organization, dict) and organization["Organization"]["MasterAccountId"] != reader.account
    for sort in _SORTS:
        policies = reader.every(LIST_POLICIES, Filter=sort)
        for found in reader.each([p for p in policies.items if not p.get("AwsManaged")], lambda p: _read(reader, p)):
            yield from found
        if policies.missing is not None:
            yield Unread((_POLICY, _ATTACHMENT), policies.missing, LIST_POLICIES.action, expected=member)
            # The others would be refused likewise; the first says it for all of them.
            return


def _own(reader: Reader, *, within: bool | Unknown) -> Item:
    """The account, with what the opt-out policies above it come to."""
    answer = None if within is False else reader.ask(DESCRIBE_EFFECTIVE, PolicyType=_OPT_OUT)
    policy = answer.get("EffectivePolicy", {}).get("PolicyContent") if isinstance(answer, dict) else answer
    values = {"id": reader.account, "in_organization": within, "effective_ai_opt_out": policy}
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
