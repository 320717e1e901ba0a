"""IAM Identity Center: permission sets with their inline and managed policies, in the account that owns the instance.

In every other account a permission set shows as a role under /aws-reserved/, which the IAM collector reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "sso-admin"
everywhere = True
_SET = "aws_ssoadmin_permission_set"
_INLINE = "aws_ssoadmin_permission_set_inline_policy"
_MANAGED = "aws_ssoadmin_managed_policy_attachment"
types = (_SET, _INLINE, _MANAGED)

LIST_INSTANCES = call("sso-admin", "ListInstances", items="Instances")
LIST_SETS = call("sso-admin", "ListPermissionSets", items="PermissionSets")
DESCRIBE_SET = call("sso-admin", "DescribePermissionSet", mask=hiding("Description", "RelayState"))
GET_INLINE = call("sso-admin", "GetInlinePolicyForPermissionSet")
LIST_MANAGED = call("sso-admin", "ListManagedPoliciesInPermissionSet", items="AttachedManagedPolicies")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read the permission sets of each instance that this account owns."""
    instances = reader.every(LIST_INSTANCES)
    yield from instances.unread(types)
    for instance in instances.items:
        if instance.get("OwnerAccountId") != reader.account:
            continue
        arn = instance["InstanceArn"]
        sets = reader.every(LIST_SETS, InstanceArn=arn)
        yield from sets.unread(types)
        for found in reader.each(sets.items, lambda one, arn=arn: list(_read(reader, arn, one))):  # type: ignore[misc]
            yield from found


def _read(reader: Reader, instance: str, permission_set: str) -> Iterator[Item]:
    about = reader.ask(DESCRIBE_SET, InstanceArn=instance, PermissionSetArn=permission_set)
    name_ = about.get("PermissionSet", {}).get("Name") if isinstance(about, dict) else about
    values = {"id": permission_set, "arn": permission_set, "instance_arn": instance, "name": name_}
    yield Item(_SET, permission_set, values)
    within = {"instance_arn": instance, "permission_set_arn": permission_set}
    answer = reader.ask(GET_INLINE, InstanceArn=instance, PermissionSetArn=permission_set)
    inline = answer.get("InlinePolicy") if isinstance(answer, dict) else answer
    if inline:
        yield Item(_INLINE, f"{permission_set}/inline", {**within, "inline_policy": inline})
    managed = reader.every(LIST_MANAGED, InstanceArn=instance, PermissionSetArn=permission_set)
    for policy in managed.items:
        values = {**within, "managed_policy_arn": policy["Arn"], "managed_policy_name": policy.get("Name")}
        yield Item(_MANAGED, f"{permission_set}/{policy['Arn']}", values)
    if managed.missing is not None:
        yield Item(_MANAGED, f"{permission_set}/managed", {**within, "managed_policy_arn": managed.missing})
