"""What is new, gone or changed between two runs: resources, their facts, and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.evidence.record import Record, Thing, Verdict

_WORDED_BY_PLACE = frozenset({"binds", "policy", "acts_as", "trusts", "principals", "not_principals", "resources"})
"""Facts that name other resources: an address in a plan, an ARN in an account. Not compared between these two."""


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
    """Everything that differs."""

    new: list[Thing] = field(default_factory=list)
    gone: list[Thing] = field(default_factory=list)
    facts: list[FactChange] = field(default_factory=list)
    findings: list[FindingChange] = field(default_factory=list)
    same: int = 0
    """Resources in which nothing differs."""

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.new or self.gone or self.facts or self.findings)


def differences(before: Record, after: Record) -> Differences:
    """Compare two runs.

    Resources are the same by id; one of a plan and one of an account by kind, provider's type and name, where these
    are of one resource each.
    """
    pairs = dict(_pairs(before.resources, after.resources))
    olds = {thing.id: thing for thing in before.resources}
    news = {thing.id: thing for thing in after.resources}
    found = Differences(
        new=[thing for thing in after.resources if thing.id not in set(pairs.values())],
        gone=[thing for thing in before.resources if thing.id not in pairs],
    )
    same = 0
    for old, new in pairs.items():
        changes = list(_facts(olds[old], news[new]))
        found.facts.extend(changes)
        same += not changes
    found.findings.extend(_findings(before.findings, after.findings, pairs))
    return Differences(found.new, found.gone, found.facts, found.findings, same)


def _pairs(before: list[Thing], after: list[Thing]) -> Iterator[tuple[str, str]]:
    ids = {thing.id for thing in after}
    yield from ((thing.id, thing.id) for thing in before if thing.id in ids)
    old = _by_key(thing for thing in before if thing.id not in ids)
    known = {thing.id for thing in before}
    new = _by_key(thing for thing in after if thing.id not in known)
    for key, id_ in old.items():
        if key in new:
            yield id_, new[key]


def _by_key(things: Iterable[Thing]) -> dict[tuple[str, str, str], str]:
    """Ids by natural key, of those that alone have theirs."""
    named = [thing for thing in things if thing.name and thing.provider_type]
    times = Counter(thing.natural_key for thing in named)
    return {thing.natural_key: thing.id for thing in named if times[thing.natural_key] == 1}


def _facts(old: Thing, new: Thing) -> Iterator[FactChange]:
    skipped = _WORDED_BY_PLACE if old.id != new.id else frozenset()
    for name in sorted({*old.facts, *new.facts} - skipped):
        before, after = old.facts.get(name), new.facts.get(name)
        if before != after and not (_unknown(before) and _unknown(after)):
            yield FactChange(new.id, new.kind, name, before, after)


def _findings(before: list[Verdict], after: list[Verdict], pairs: dict[str, str]) -> Iterator[FindingChange]:
    old = {(verdict.control, pairs.get(verdict.subject, verdict.subject)): verdict for verdict in before}
    new = {(verdict.control, verdict.subject): verdict for verdict in after}
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
