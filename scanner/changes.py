"""What plans do to findings: judged is the state before them as well as what they leave."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from scanner.findings import Finding, Status
from scanner.model import OUTSIDE, World, fact_names


@dataclass(frozen=True, kw_only=True)
class Before:
    """The state that plans change, judged like what they leave; nothing of it is redacted."""

    world: World
    findings: tuple[Finding, ...]
    empty: bool = False
    """Whether nothing was there, read or not."""


def mark(
    findings: Iterable[Finding], states: Collection[str], changed: Iterable[str], world: World, before: Before | None
) -> tuple[Finding, ...]:
    """Say of each finding whether the plans bring, keep or resolve it, where that can be said; nothing of states.

    `changed` are the ids of what the plans do anything to.
    """
    earlier = {(f.control, f.subject): f.status for f in before.findings} if before else {}
    touched = {*changed, *(_differing(before.world, world) if before else ())}

    def marked(finding: Finding) -> Finding:
        placeless = not finding.origin.plan and finding.origin.source != OUTSIDE
        if finding.origin.plan in states or (placeless and finding.status is not Status.UNKNOWN):
            return finding
        status = finding.status if before is None else earlier.get((finding.control, finding.subject))
        return replace(finding, change=_change(status, finding.status, touched=finding.subject in touched))

    return tuple(map(marked, findings))


def _change(earlier: Status | None, now: Status, *, touched: bool) -> str | None:
    """What the plan does to a finding.

    Nothing can be said of a failure where the state before was not decided. What is not decided now is new where it was
    decided, and where the plan changes what it is about: it may hide a failure.
    """
    if now is Status.PASS:
        return "resolves" if earlier is Status.FAIL else None
    if now is Status.UNKNOWN:
        return "keeps" if earlier is now and not touched else "brings"
    return None if earlier is Status.UNKNOWN else "keeps" if earlier is now else "brings"


def _differing(before: World, after: World) -> set[str]:
    """Subjects of which a plan changes any fact."""
    old, new = _facts(before), _facts(after)
    return {subject for subject in {*old, *new} if old.get(subject) != new.get(subject)}


def _facts(world: World) -> dict[str, list[tuple[object, ...]]]:
    found: dict[str, list[tuple[object, ...]]] = {}
    for item in (*world.resources, *world.statements, *world.flows):
        facts = (item.kind, *(getattr(item, name) for name in fact_names(type(item))))
        found.setdefault(item.subject, []).append(facts)
    return found
