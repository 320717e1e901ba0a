"""What is new, gone or changed between two runs: resources, their facts, and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from scanner.evidence.record import Missing, Record, Thing

_WORDED_BY_PLACE = frozenset(
    {"binds", "policy", "acts_as", "boundary", "member_of", "trusts", "principals", "not_principals", "resources"}
)
"""Facts that name other resources: an address in a plan, an ARN in an account. Not compared between these two."""

_NOT_TOLD = {"unknown": "the run does not tell it"}
"""A fact that a record of another version of the program does not have."""

_STATEMENT = "statement"

_Key: TypeAlias = "Callable[[Thing], Hashable]"

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


def differences(before: Record, after: Record, *, renamed: bool = True) -> Differences:
    """Compare two runs.

    Resources are the same by id. Else, where they may be `renamed`, as one of a plan and one of an account: by kind,
    provider's type and name, where these are of one resource each, and where account and region are the same as far as
    both are known; a statement by its place in such a policy.
    """
    olds, news = _by_name(before.resources), _by_name(after.resources)
    pairs = _pairs(olds, news) if renamed else {name: name for name in olds if name in news}
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
    """Names of things that are the same, the surest first; statements by their policies, once these are paired."""
    pairs = {name: name for name in olds if name in news}
    for key in (_placed, _accounted, _keyed):
        _pair(pairs, olds, news, key, key)
    called = {old[1]: new[1] for old, new in pairs.items()}
    for old_key, new_key in ((_held, _held), (_held, _inline), (_inline, _held)):
        _pair(pairs, olds, news, partial(old_key, called=called), partial(new_key, called={}))
    _pair(pairs, olds, news, _worded, _worded)
    return pairs


def _pair(
    pairs: dict[_Name, _Name], olds: dict[_Name, Thing], news: dict[_Name, Thing], old_key: _Key, new_key: _Key
) -> None:
    """Pair what is left where one of each side alone has a key."""
    taken = set(pairs.values())
    left = _alone({name: old_key(thing) for name, thing in olds.items() if name not in pairs})
    right = _alone({name: new_key(thing) for name, thing in news.items() if name not in taken})
    alike = ((name, right[of]) for of, name in left.items() if of in right)
    pairs.update({old: new for old, new in alike if _may_be_same(olds[old], news[new])})


def _alone(keys: dict[_Name, Hashable]) -> dict[Hashable, _Name]:
    times = Counter(keys.values())
    return {key: name for name, key in keys.items() if key is not None and times[key] == 1}


def _placed(thing: Thing) -> Hashable:
    key = _keyed(thing)
    return key and (key, thing.account, thing.region)


def _accounted(thing: Thing) -> Hashable:
    key = _keyed(thing)
    return key and (key, thing.account)


def _keyed(thing: Thing) -> Hashable:
    named = thing.name and thing.provider_type and thing.kind != _STATEMENT
    return thing.natural_key if named else None


def _held(thing: Thing, called: Mapping[str, str]) -> Hashable:
    """A statement by the policy that holds it, as the later run calls it, and its place there."""
    policy = _policy(thing)
    if not policy or not thing.id.startswith(f"{policy}#"):
        return None
    return (called.get(policy, policy), thing.id.removeprefix(policy))


def _worded(thing: Thing) -> Hashable:
    """A statement by the name of its policy, and its place there."""
    held = _held(thing, {})
    return (thing.natural_key, held[1]) if thing.name and isinstance(held, tuple) else None


def _policy(thing: Thing) -> str:
    """The policy that holds a statement."""
    policy = thing.facts.get("policy")
    return policy if thing.kind == _STATEMENT and isinstance(policy, str) else ""


def _inline(thing: Thing, called: Mapping[str, str]) -> Hashable:
    """A statement of an inline policy by whom it binds: an account knows such a policy as a part of these."""
    held, binds = _held(thing, called), thing.facts.get("binds")
    if not isinstance(held, tuple) or not isinstance(binds, list) or len(binds) != 1:
        return None
    return (called.get(binds[0], binds[0]), f"#{thing.name}{held[1]}")


def _may_be_same(one: Thing, other: Thing) -> bool:
    """Whether nothing that both tell of their place differs."""
    places = ((one.account, other.account), (one.region, other.region))
    return all(not here or not there or here == there for here, there in places)


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
        if not _alike(before, after):
            yield FactChange(new.id, new.kind, name, before, after)


def _renamed(before: Record, after: Record, alike: Iterable[tuple[Thing, Thing]]) -> dict[str, str]:
    """What subjects of the earlier run are called in the later one, of those that have another name there.

    A finding is about a resource, or about the policy of a statement.
    """
    told_before, told_after = ({verdict.subject for verdict in run.findings} for run in (before, after))
    resources = {(one.id, other.id) for one, other in alike}
    policies = {(_policy(one), _policy(other)) for one, other in alike}
    found: dict[str, str] = {}
    for renamed in (resources, {(old, new) for old, new in policies if old and new}):
        taken = set(found.values())
        free = [(old, new) for old, new in renamed if old not in {*found, *told_after}]
        free = [(old, new) for old, new in free if new not in {*taken, *told_before}]
        olds, news = (Counter(pair[side] for pair in free) for side in (0, 1))
        found.update({old: new for old, new in free if olds[old] == news[new] == 1})
    return found


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


def _alike(before: Any, after: Any) -> bool:
    """Whether two facts say the same; in what order one names things makes no difference."""
    if isinstance(before, list) and isinstance(after, list):
        return sorted(map(str, before)) == sorted(map(str, after))
    return bool(before == after) or (_unknown(before) and _unknown(after))


def _unknown(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"unknown"}
