"""Who controls the KMS key that an attribute names: the customer or AWS."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scanner.hcl.values import LeftOut
from scanner.logic import Told, plain
from scanner.model import Noted, Unknown
from scanner.terraform.completed import completed_in, sourced
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

KEY_TYPES = (
    "aws_kms_key",
    "aws_kms_alias",
    "aws_kms_replica_key",
    "aws_kms_external_key",
    "aws_kms_replica_external_key",
)
"""Types that are, or stand for, a customer's key when a plan manages them."""

_AWS_ALIAS = re.compile(r"(^|:)alias/aws/")
_MANAGED_KEY = re.compile(r"(^|\.)(?<!data\.)aws_kms_(replica_|external_|replica_external_)?key\.")


def key_owner(
    planned: PlannedWorld,
    resource: PlannedResource,
    attribute: str,
    block: Block | None = None,
    *,
    absent: Told[str] = "provider",
    computed: bool = False,
) -> Told[str]:
    """Who controls the key that `attribute` of `resource`, or of one of its blocks, names: customer or provider.

    `absent` is the answer where no key is named. Set `computed` for an attribute the provider fills in by itself
    (optional and computed in its schema, as `kms_key_id` of aws_db_instance): then a value that the configuration
    does not set says nothing about who owns the key.
    Source: AWS KMS Developer Guide, "AWS KMS keys" (customer managed, AWS managed and AWS owned keys).
    """
    holder = block or resource
    value = holder.get(attribute)
    if value is None or value == "" or isinstance(value, LeftOut):
        return absent
    if isinstance(value, Unknown):
        default = absent if computed else None
        live = resource.plan.is_live
        owner = value if live else _unknown(planned, resource, attribute, holder, default)
        return sourced(owner, completed_in(resource, f"{holder.where}{attribute}"))
    if _AWS_ALIAS.search(str(value)):
        return Noted("provider", f"{attribute} names a key that AWS manages, {value}")
    target = planned.target(resource, attribute, KEY_TYPES, block)
    if isinstance(target, External):
        source = planned.follow(resource, holder.references(attribute) or (), KEY_TYPES)
        target = source if isinstance(source, PlannedResource) else target
    if isinstance(target, PlannedResource):
        return _of_key(target, attribute)
    if computed and not (resource.plan.is_live or holder.configured(attribute)):
        return Unknown(f"{attribute} is not set in the configuration, and the key it now has was not seen")
    return _of_a_key_not_seen(planned, resource, str(value), attribute)


def weakest(owners: Iterable[Told[str]]) -> Told[str]:
    """Of the owners of several keys to the same data: the provider if it is any, else what is not known."""
    return min(owners, key=_strength)


def _strength(owner: Told[str]) -> int:
    value = plain(owner)
    return 1 if isinstance(value, Unknown) else 2 if value == "customer" else 0


def _unknown(
    planned: PlannedWorld,
    resource: PlannedResource,
    attribute: str,
    holder: Block,
    default: Told[str] | None,
) -> Told[str]:
    """A key known only after apply, by what its expression refers to; `default` is that of a computed attribute."""
    references = holder.references(attribute) or ()
    shown = resource.plan.has_configuration and bool(holder.expressions)
    if default is not None and shown and not holder.configured(attribute):
        return default
    if default is not None and len({text.partition(".")[0] for text in references}) > 1:
        return Unknown(f"{attribute} depends on a choice that the plan does not show")
    target = planned.target(resource, attribute, KEY_TYPES, holder if holder is not resource else None)
    if isinstance(target, PlannedResource):
        return _of_key(target, attribute)
    found = resource.plan.resolver.resolve(references, resource.place())
    if found.instances and all(_MANAGED_KEY.search(address) for address in found.instances):
        return Noted("customer", f"{attribute} names one of {', '.join(found.instances)}")
    open_ = resource.plan.partial or resource.plan.from_sources
    certain = not found.instances and not found.problem and not open_
    if default is not None and shown and certain and not any(text.startswith("data.") for text in references):
        return default
    return target if isinstance(target, Unknown) else Unknown(f"{attribute} is known only after apply")


def _of_a_key_not_seen(planned: PlannedWorld, resource: PlannedResource, value: str, attribute: str) -> Told[str]:
    """Who owns a key that is named and not there: another account's is no key that AWS manages, which stay at home."""
    missing = planned.left_out(resource, "aws_kms_key") if resource.plan.is_live else ""
    if missing and (not value.startswith("arn:") or f":{resource.plan.account}:" in value):
        return Unknown(f"{attribute} names a key that was not seen: {missing}")
    return Noted("customer", f"{attribute} names a key of its own")


def _of_key(key: PlannedResource, attribute: str) -> Told[str]:
    manager = key.get("key_manager")
    if isinstance(manager, Unknown) and key.plan.is_live:
        return Unknown(f"{attribute} is {key.address}, and who manages that was not seen: {manager.reason}")
    if key.mode != "data":
        return Noted("customer", f"{attribute} is {key.address}")
    asked = key.get("name" if key.type == "aws_kms_alias" else "key_id")
    if key.values.get("key_manager") == "AWS" or (isinstance(asked, str) and _AWS_ALIAS.search(asked)):
        return Noted("provider", f"{attribute} is {key.address}, a key that AWS manages")
    if isinstance(asked, Unknown):
        return Unknown(f"{attribute} is {key.address}, which is read only during apply")
    if (
        key.type == "aws_kms_key"
        and key.values.get("key_manager") != "CUSTOMER"
        and not str(asked).startswith("alias/")
    ):
        return Unknown(f"{attribute} is {key.address}, which does not say who manages it")
    return Noted("customer", f"{attribute} is {key.address}")
