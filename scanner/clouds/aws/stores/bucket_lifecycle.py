"""Whether a bucket deletes everything it holds: its lifecycle rules, seen together with its versioning.

Source: Amazon S3 User Guide, "Lifecycle configuration elements" and "Expiring objects". A transition moves an object
and deletes nothing; in a bucket with versions, expiration leaves the old version behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner.clouds.aws.stores.bucket_settings import own_blocks, split
from scanner.kinds import NOTHING_DELETES
from scanner.logic import Answer, both, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"
ENABLED, SUSPENDED, NEVER, OFF = "Enabled", "Suspended", "Disabled", "off"
"""States of versioning; `off` is Suspended or Disabled, where a plan does not show which."""

_FILTERS = ("prefix", "object_size_greater_than", "object_size_less_than", "tag", "tags")


@dataclass(frozen=True, slots=True)
class Rule:
    """One lifecycle rule, split or inline."""

    enabled: Answer
    covers_all: Answer
    """Whether it is enabled and meets every object."""

    days: int | Unknown
    """Days until current objects are deleted; 0 where it does not delete them by age."""

    dated: bool
    """Whether it deletes on a date."""

    ahead: str
    """That date, where a live account shows that it lies ahead (`date_days_ago`, which a plan does not have)."""

    noncurrent: Answer
    """Whether it deletes every earlier version."""

    noncurrent_days: int | Unknown
    """Days until an earlier version is deleted; 0 where it does not delete them."""


@dataclass(frozen=True, slots=True)
class Retention:
    """What the rules come to."""

    expires: Answer
    days: int | Unknown
    shortest: int | Unknown
    """Days until the first object is deleted."""

    longest: int | Unknown
    """Days until the last is, earlier versions included."""


def retention(planned: PlannedWorld, bucket: PlannedResource, versioning: str | Unknown) -> Retention:
    """Whether everything in the bucket is deleted, and after how many days."""
    rules = _rules(planned, bucket)
    if isinstance(rules, Unknown):
        return Retention(rules, rules, rules, rules)
    current = either(*(both(rule.covers_all, _deletes(rule)) for rule in rules))
    if plain(current) is False:
        nothing = Unknown("no rule deletes every object")
        return Retention(Noted(False, _why_not(rules)), nothing, _shortest(rules), nothing)
    # A new bucket has no earlier versions to suspend: only one that had versioning on before may hold some.
    never = versioning == SUSPENDED and bucket.created
    state = NEVER if never else versioning
    expires = both(current, _earlier_versions(rules, state))
    everywhere = [rule for rule in rules if plain(rule.covers_all) is True]
    days = _least(rule.days for rule in everywhere)
    earlier = 0 if state == NEVER else _least(rule.noncurrent_days for rule in everywhere)
    unsure = next((part for part in (days, earlier) if isinstance(part, Unknown)), None)
    longest = days + earlier if isinstance(days, int) and isinstance(earlier, int) else unsure or days
    return Retention(expires, days, _shortest(rules), longest)


def _least(days: Iterable[int | Unknown]) -> int | Unknown:
    """The least of several numbers of days, of which 0 is none."""
    ages = [age for age in days if isinstance(age, int) and age > 0]
    return min(ages) if ages else Unknown("no rule says after how many days")


def _shortest(rules: tuple[Rule, ...]) -> int | Unknown:
    """Days until any rule that is enabled deletes an object, filtered or not."""
    deleting = [rule for rule in rules if plain(both(rule.enabled, rule.dated or _deletes(rule))) is not False]
    if not deleting:
        return NOTHING_DELETES
    unsure = next(
        (rule for rule in deleting if plain(rule.enabled) is not True or not isinstance(rule.days, int)), None
    )
    if unsure is not None:
        return Unknown("whether a lifecycle rule is enabled, or after how many days it deletes, is not known")
    if any(rule.dated for rule in deleting):
        return Unknown("a rule deletes every object on a date")
    return _least(rule.days for rule in deleting)


def _rules(planned: PlannedWorld, bucket: PlannedResource) -> tuple[Rule, ...] | Unknown:
    lifecycle = split(planned, bucket, LIFECYCLE)
    if isinstance(lifecycle, Unknown):
        return lifecycle
    if lifecycle is None:
        inline = own_blocks(bucket, "lifecycle_rule", LIFECYCLE)
        return inline if isinstance(inline, Unknown) else tuple(map(_inline, inline))
    blocks = lifecycle.blocks("rule")
    return blocks if isinstance(blocks, Unknown) else tuple(map(_split, blocks))


def _split(rule: Block) -> Rule:
    status = rule.text("status")
    enabled = status if isinstance(status, Unknown) else status == ENABLED
    filters = rule.blocks("filter")
    whole = filters if isinstance(filters, Unknown) else both(*(_unfiltered(block) for block in filters))
    return _rule(rule, enabled, both(enabled, _unset(rule, "prefix"), whole), "noncurrent_days")


def _inline(rule: Block) -> Rule:
    enabled = rule.flag("enabled")
    return _rule(rule, enabled, both(enabled, _unset(rule, "prefix"), _unset(rule, "tags")), "days")


def _rule(rule: Block, enabled: Answer, covers_all: Answer, noncurrent_days: str) -> Rule:
    expiration = rule.block("expiration")
    earlier = rule.block("noncurrent_version_expiration")
    return Rule(
        enabled=enabled,
        covers_all=covers_all,
        days=_days(expiration) if isinstance(expiration, Block) else expiration or 0,
        dated=isinstance(expiration, Block) and bool(expiration.values.get("date")),
        ahead=_ahead(expiration) if isinstance(expiration, Block) else "",
        noncurrent=_deletes_earlier(earlier, noncurrent_days) if isinstance(earlier, Block) else earlier or False,
        noncurrent_days=earlier.number(noncurrent_days) if isinstance(earlier, Block) else earlier or 0,
    )


def _days(expiration: Block) -> int | Unknown:
    date = expiration.get("date")
    return date if isinstance(date, Unknown) else expiration.number("days")


def _ahead(expiration: Block) -> str:
    days = expiration.values.get("date_days_ago")
    return str(expiration.values.get("date"))[: len("2026-01-31")] if isinstance(days, int) and days < 0 else ""


def _deletes_earlier(block: Block, attribute: str) -> Answer:
    """Whether every earlier version goes: none is kept for its own sake."""
    kept = block.number("newer_noncurrent_versions")
    if isinstance(kept, int) and kept > 0:
        return Noted(False, f"the {kept} newest earlier versions are kept for ever")
    days = block.number(attribute)
    return both(kept if isinstance(kept, Unknown) else True, days if isinstance(days, Unknown) else days > 0)


def _unfiltered(block: Block) -> Answer:
    """Whether a filter lets every object through, with what it joins by `and`."""
    joined = block.blocks("and")
    parts = joined if isinstance(joined, Unknown) else both(*map(_unfiltered, joined))
    return both(*(_unset(block, name) for name in _FILTERS), parts)


def _unset(block: Block, name: str) -> Answer:
    """Whether one part of a filter is not there, or lets everything through."""
    value = block.get(name)
    return value if isinstance(value, Unknown) else not value


def _deletes(rule: Rule) -> Answer:
    """Whether a rule deletes objects now; from its date on, it deletes new ones as well."""
    if rule.ahead:
        return Noted(False, f"it deletes nothing before {rule.ahead}")
    if rule.dated:
        return Noted(True, "a rule deletes every object on a date")
    return rule.days if isinstance(rule.days, Unknown) else rule.days > 0


def _earlier_versions(rules: tuple[Rule, ...], versioning: str | Unknown) -> Answer:
    """Whether earlier versions are deleted too, or there are none."""
    if versioning == NEVER:
        return True
    deleted = either(*(both(rule.covers_all, rule.noncurrent) for rule in rules))
    if plain(deleted) is True or isinstance(deleted, Unknown):
        return deleted
    if isinstance(versioning, Unknown):
        return versioning
    if versioning == OFF:
        return Unknown("versioning is off, and whether earlier versions were ever kept was not seen")
    because = deleted.because if isinstance(deleted, Noted) else "no rule deletes every earlier version"
    return Noted(False, f"versioning is {versioning}, and {because}")


def _why_not(rules: tuple[Rule, ...]) -> str:
    if not rules:
        return "it has no lifecycle rule"
    return "; ".join(dict.fromkeys(_shortcomings(rules)))


def _shortcomings(rules: tuple[Rule, ...]) -> Iterator[str]:
    for rule in rules:
        if rule.ahead:
            yield f"a lifecycle rule deletes nothing before {rule.ahead}"
        elif plain(_deletes(rule)) is False:
            yield "a lifecycle rule that expires no object deletes nothing"
        else:
            yield "a lifecycle rule that is disabled or filtered does not cover every object"
