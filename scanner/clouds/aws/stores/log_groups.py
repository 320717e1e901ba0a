"""CloudWatch log groups and their data protection policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from scanner.clouds.aws.keys.key_owner import key_owner
from scanner.clouds.aws.stores.data_protection import Test, attached, policy_hides_people, policy_masks
from scanner.clouds.aws.stores.log_keys import LogKeys, place_of
from scanner.kinds import NOTHING_DELETES, Store
from scanner.logic import Answer, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.computed import setting
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

terraform_types = (
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_log_data_protection_policy",
    "aws_cloudwatch_log_account_policy",
)
kinds = ("store",)

_ACCOUNT_POLICY = "aws_cloudwatch_log_account_policy"
_Place: TypeAlias = tuple[str, str]

_DELIVERY_DAYS = 2
"""Retention that the class DELIVERY forces, whatever else is set; source: the provider's aws_cloudwatch_log_group."""


def from_plan(planned: PlannedWorld) -> Iterator[Store]:
    """Read every log group; one that nothing classifies holds telemetry, as its type says."""
    wide = {test: _account_wide(planned, test) for test in (policy_masks, policy_hides_people)}
    log_keys = planned.once(LogKeys)
    for group in planned.of("aws_cloudwatch_log_group"):
        labels = planned.labels(group)
        labels["data"] = labels["data"] or ("telemetry",)
        days = _days(group)
        yield Store.of(
            **labels,
            type="log_group",
            encrypted=Noted(True, "CloudWatch Logs encrypts every log group"),
            key_owner=key_owner(planned, group, "kms_key_id", absent=_OWN_KEY),
            expires=_expires(days),
            retention_days=days if isinstance(days, Unknown) or days > 0 else Unknown("events never expire"),
            **dict.fromkeys(("shortest_days", "longest_days"), days or NOTHING_DELETES),
            public=Noted(False, "a log group has no policy that could let anyone read it"),
            masks_personal_data=_masks(planned, group, wide[policy_masks], policy_masks),
            hides_people=_masks(planned, group, wide[policy_hides_people], policy_hides_people),
            receives_records=_receives(group),
            shares_key_with_logs=log_keys.shared(place_of(group)),
        )


_OWN_KEY = Noted("provider", "no key is named, so CloudWatch Logs uses its own")


def _days(group: PlannedResource) -> int | Unknown:
    """Days until events are deleted; 0 for never."""
    class_ = setting(group, "log_group_class", "STANDARD")
    if class_ == "DELIVERY":
        return _DELIVERY_DAYS
    days = group.number("retention_in_days")
    return class_ if isinstance(class_, Unknown) and days == 0 else days


def _expires(days: int | Unknown) -> Answer:
    if isinstance(days, Unknown):
        return days
    return True if days > 0 else Noted(False, "no retention is set, and without one events never expire")


def _receives(group: PlannedResource) -> Answer:
    """Whether anything came in, as the metric IncomingBytes tells; a live account's `bytes_in_last_day`."""
    if not group.plan.is_live:
        return Unknown("only a running account shows what comes in")
    amount = group.number("bytes_in_last_day")
    if isinstance(amount, Unknown):
        return amount
    return amount > 0 or Noted(False, "nothing was written to it on the last day")


def _account_wide(planned: PlannedWorld, test: Test) -> dict[_Place, Answer]:
    """Whether a test holds of a policy of the account, which masks in every log group, by plan and region."""
    found: dict[_Place, Answer] = {}
    for policy in planned.of(_ACCOUNT_POLICY):
        if policy.get("policy_type") == "DATA_PROTECTION_POLICY":
            place = _place(planned, policy)
            found[place] = either(found.get(place, False), test(policy, "policy_document"))
    return found


def _place(planned: PlannedWorld, resource: PlannedResource) -> _Place:
    return resource.plan.name, str(planned.labels(resource)["region"])


def _masks(planned: PlannedWorld, group: PlannedResource, account_wide: dict[_Place, Answer], test: Test) -> Answer:
    own = attached(
        planned, group, "aws_cloudwatch_log_data_protection_policy", "log_group_name", "policy_document", test
    )
    if plain(own) is True:
        return own
    everywhere = account_wide.get(_place(planned, group), False)
    if plain(everywhere) is True:
        return Noted(True, "a policy of the account masks in every log group")
    if not group.plan.is_live:
        return Unknown("no policy in this plan masks in it; one of the account may")
    unread = planned.left_out(group, _ACCOUNT_POLICY)
    return either(own, everywhere, Unknown(unread) if unread else False)
