"""What is new, gone or changed between two runs: resources, their facts, and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from scanner.evidence.record import Missing, Record, Thing

_WORDED_BY_PLACE = frozenset({"binds", "policy", "acts_as", "trusts", "principals", "not_principals", "resources"})
"""Facts that name other resources: an address in a plan, an ARN in an account. Not compared between these two."""

_NOT_TOLD = {"unknown": "the run does not tell it"}
"""A fact that a record of another version of the program does not have."""

_Name: TypeAlias = "tuple[str, str]"
"""Kind and id: one thing of a cloud may be of several kinds, each with facts of its own."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """A resource that only one of two runs has."""

    thing: Thing
    doubt: str = ""
    """Why the other run may just not have seen it; empty where that run saw all there was."""


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact of one resource that two runs see differently."""

    resource: str
    kind: str
    fact: str
    before: Any
    after: Any

    @property
    def how(self) -> str:
        """Whether it changed, was learned (unknown before) or lost (unknown now)."""
        if _unknown(self.before):
            return "learned"
        return "lost" if _unknown(self.after) else "changed"


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A finding that one of two runs has, or both with different verdicts."""

    control: str
    subject: str
    severity: str
    before: str
    """Verdict; empty where there was none."""

    after: str
    reason: str
    """Of the verdict now, or of the last one."""


@dataclass(frozen=True)
class Differences:
    """Everything that differs, in order of the ids."""

    new: list[Appearance]
    gone: list[Appearance]
    facts: list[FactChange]
    findings: list[FindingChange]
    same: int
    """Resources in which nothing differs."""

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.new or self.gone or self.facts or self.findings)


def differences(before: Record, after: Record) -> Differences:
    """Compare two runs.

    Resources are the same by id. Else, as one of a plan and one of an account, by kind, provider's type and name, where
    these are of one resource each, and where account and region are the same as far as both are known.
    """
    olds, news = _by_name(before.resources), _by_name(after.resources)
    pairs = _pairs(olds, news)
    found = set(pairs.values())
    facts: list[FactChange] = []
    same = 0
    for old, new in pairs.items():
        changes = list(_facts(olds[old], news[new]))
        facts.extend(changes)
        same += not changes
    return Differences(
        new=[
            Appearance(thing, _doubt(thing, before.gaps)) for name, thing in sorted(news.items()) if name not in found
        ],
        gone=[
            Appearance(thing, _doubt(thing, after.gaps)) for name, thing in sorted(olds.items()) if name not in pairs
        ],
        facts=sorted(facts, key=lambda change: (change.resource, change.kind, change.fact)),
        findings=list(_findings(before, after, [(olds[old], news[new]) for old, new in pairs.items() if old != new])),
        same=same,
    )


def _by_name(things: Iterable[Thing]) -> dict[_Name, Thing]:
    return {(thing.kind, thing.id): thing for thing in things}


def _pairs(olds: dict[_Name, Thing], news: dict[_Name, Thing]) -> dict[_Name, _Name]:
    """Names of things that are the same, the surest first."""
    pairs = {name: name for name in olds if name in news}
    for key in (_placed, _accounted, _keyed):
        left = _alone((name for name in olds if name not in pairs), olds, key)
        taken = set(pairs.values())
        right = _alone((name for name in news if name not in taken), news, key)
        alike = ((name, right[of]) for of, name in left.items() if of in right)
        pairs.update({old: new for old, new in alike if _may_be_same(olds[old], news[new])})
    return pairs


def _may_be_same(one: Thing, other: Thing) -> bool:
    """Whether nothing that both tell of their place differs."""
    places = ((one.account, other.account), (one.region, other.region))
    return all(not here or not there or here == there for here, there in places)


def _alone(
    names: Iterable[_Name], things: dict[_Name, Thing], key: Callable[[Thing], Hashable]
) -> dict[Hashable, _Name]:
    """Names by a natural key, of those that alone have theirs."""
    found: dict[Hashable, list[_Name]] = {}
    for name in names:
        if things[name].name and things[name].provider_type:
            found.setdefault(key(things[name]), []).append(name)
    return {of: same[0] for of, same in found.items() if len(same) == 1}


def _placed(thing: Thing) -> Hashable:
    return (*thing.natural_key, thing.account, thing.region)


def _accounted(thing: Thing) -> Hashable:
    return (*thing.natural_key, thing.account)


def _keyed(thing: Thing) -> Hashable:
    return thing.natural_key


def _doubt(thing: Thing, gaps: Iterable[Missing]) -> str:
    """Why a run may not have seen a thing that it does not tell of."""
    return next((gap.reason for gap in gaps if _covers(gap, thing)), "")


def _covers(gap: Missing, thing: Thing) -> bool:
    account = not gap.account or not thing.account or gap.account == thing.account
    region = not gap.regions or not thing.region or thing.region in gap.regions
    return account and region and (thing.kind in gap.kinds or thing.kind in gap.hides)


def _facts(old: Thing, new: Thing) -> Iterator[FactChange]:
    skipped = _WORDED_BY_PLACE if old.id != new.id else frozenset()
    for name in {*old.facts, *new.facts} - skipped:
        before, after = old.facts.get(name, _NOT_TOLD), new.facts.get(name, _NOT_TOLD)
        if before != after and not (_unknown(before) and _unknown(after)):
            yield FactChange(new.id, new.kind, name, before, after)


def _renamed(before: Record, after: Record, alike: Iterable[tuple[Thing, Thing]]) -> dict[str, str]:
    """What subjects of the earlier run are called in the later one, of those that have another name there."""
    renamed = {pair for one, other in alike for pair in zip(_names(one), _names(other), strict=False)}
    olds, news = (Counter(pair[side] for pair in renamed) for side in (0, 1))
    told_before, told_after = ({verdict.subject for verdict in run.findings} for run in (before, after))
    return {
        old: new
        for old, new in renamed
        if olds[old] == news[new] == 1 and old not in told_after and new not in told_before
    }


def _names(thing: Thing) -> list[str]:
    """Subjects of findings about it: itself, and of a statement the policy."""
    policy = thing.facts.get("policy")
    return [thing.id, policy] if isinstance(policy, str) else [thing.id]


def _findings(before: Record, after: Record, alike: Iterable[tuple[Thing, Thing]]) -> Iterator[FindingChange]:
    renamed = _renamed(before, after, alike)
    old = {(verdict.control, renamed.get(verdict.subject, verdict.subject)): verdict for verdict in before.findings}
    new = {(verdict.control, verdict.subject): verdict for verdict in after.findings}
    for key in sorted({*old, *new}):
        was, is_ = old.get(key), new.get(key)
        told = is_ or was
        if told is not None and (was.status if was else "") != (is_.status if is_ else ""):
            yield FindingChange(
                control=key[0],
                subject=key[1],
                severity=told.severity,
                before=was.status if was else "",
                after=is_.status if is_ else "",
                reason=told.reason,
            )


def _unknown(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"unknown"}
