"""The delta of a judged plan, put together from the records of the state before and the one it leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from scanner.delta.access import AttachmentChange, GrantChange, attachments, grants
from scanner.delta.flow import FlowChange, flow, is_flow
from scanner.delta.reach import ReachDelta, hidden, reached
from scanner.delta.scope import unknown
from scanner.delta.verdicts import Verdicts, changed
from scanner.diff import FactChange, differences
from scanner.evidence.record import Made, Record, Thing, record
from scanner.findings import Run
from scanner.kinds import UNREAD
from scanner.model import World
from scanner.redact import Redactor
from scanner.redacted import redacted
from scanner.run import Judged

_NOTHING = Made(tool_sha256="", kind="plan", began="", ended="", inputs=(), rules={}, settings={})
_DEEDS: Mapping[frozenset[str], str] = {
    frozenset({"create"}): "created",
    frozenset({"update"}): "changed",
    frozenset({"delete"}): "deleted",
    frozenset({"create", "delete"}): "replaced",
    frozenset({"forget"}): "forgotten",
    frozenset({"create", "forget"}): "replaced",
}
_STATEMENT = "statement"
_LABELS = frozenset({"environment", "data"})
"""What users say of things, told beside them."""

_TOLD_BY_STATEMENTS = frozenset({"trusts"})
_TOLD_BY_REACH = frozenset({"stores_reached"})


@dataclass(frozen=True, slots=True)
class Open:
    """A fact of something that the plan changes, which cannot be compared."""

    thing: Thing
    fact: str
    side: str
    """Where it is not known: before, after, or on both sides."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """Everything that plans change."""

    deeds: Mapping[str, str] = field(default_factory=dict)
    """What they do to each resource: created, changed, replaced, deleted or forgotten."""

    moved: Mapping[str, str] = field(default_factory=dict)
    """Earlier address of each resource that has another now."""

    fresh: bool = False
    """Whether nothing was there before."""

    told: tuple[str, ...] = ()
    """Inputs that tell what they change; the others are states."""

    verdicts: Verdicts = field(default_factory=Verdicts)
    grants: tuple[GrantChange, ...] = ()
    attachments: tuple[AttachmentChange, ...] = ()
    reach: ReachDelta = field(default_factory=ReachDelta)
    """What all policies together let identities reach that they did not, and no more."""

    flow: tuple[FlowChange, ...] = ()
    facts: tuple[FactChange, ...] = ()
    """The facts that are told nowhere else."""

    open: tuple[Open, ...] = ()
    things: Mapping[str, tuple[Thing, ...]] = field(default_factory=dict)
    """What is known of each resource: as it will be, or as it was where it goes."""

    places: Mapping[str, str] = field(default_factory=dict)
    """`file:line` of each block, where known."""

    @property
    def counts(self) -> Counter[str]:
        """How many resources are created, changed, replaced, deleted and forgotten."""
        return Counter(self.deeds.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRun(Run):
    """A run that knows what its plans change."""

    delta: Delta


def with_delta(judged: Judged) -> PlanRun:
    """The run of a judged plan, with what the plan changes."""
    told = {one.name: getattr(judged.run, one.name) for one in fields(Run)}
    return PlanRun(**told, delta=_delta(judged))


def _delta(judged: Judged) -> Delta:
    hide = judged.hide
    moved = {hide.address(now): hide.address(before) for now, before in judged.moved.items()}
    delta = Delta(moved=moved, told=tuple(map(hide.text, judged.told)), places=_places(judged))
    if judged.before is None:
        return delta
    old = judged.before
    earlier = replace(judged.run, findings=old.findings, gaps=old.world.gaps)
    # Else a hidden value that is replaced by another would look as if it stayed.
    apart = hide.apart()
    before = record(redacted(earlier, hide), _written(old.world), apart, _NOTHING)
    # What another scanner says was never asked of the state before: it is new where the resource is.
    ours = tuple(one for one in judged.run.findings if not one.tool or one.change == "brings")
    after = record(replace(judged.run, findings=ours), _written(judged.world), apart, _NOTHING)
    delta = replace(delta, reach=hidden(reached(old.world, judged.world, judged.languages), hide.address))
    deeds = {hide.address(id_): _DEEDS.get(frozenset(actions), "changed") for id_, actions in judged.actions.items()}
    return _compared(replace(delta, deeds=deeds, fresh=old.empty), judged.run, before, after)


def _written(world: World) -> World:
    """The world without what no configuration says: a policy of its own in the place of one that was there is new."""
    return replace(world, statements=tuple(statement for statement in world.statements if statement.written))


def _compared(delta: Delta, run: Run, before: Record, after: Record) -> Delta:
    found = differences(before, after, renamed=False)
    new, gone = ([one.thing for one in side if one.thing.kind != _STATEMENT] for side in (found.new, found.gone))
    things = {(thing.kind, thing.id): thing for thing in (*before.resources, *after.resources)}
    plain = [change for change in found.facts if change.kind != _STATEMENT]
    here = {thing.id for thing in after.resources}
    lost = {id_: deed for id_, deed in delta.deeds.items() if deed in {"deleted", "forgotten"} and id_ not in here}
    granted = grants(before.resources, after.resources)
    policies = {change.policy for change in granted}
    touched = {*delta.deeds, *policies, *(change.resource for change in plain)}
    return replace(
        delta,
        verdicts=changed(found.findings, run.findings, before.findings, lost, touched),
        grants=tuple(granted),
        attachments=tuple(attachments(before.resources, after.resources)),
        flow=tuple(flow(new, gone, plain, things)),
        facts=tuple(
            change
            for change in plain
            if change.how == "changed"
            and not is_flow(change)
            and not (change.fact in _TOLD_BY_STATEMENTS and change.resource in policies)
            and change.fact not in _TOLD_BY_REACH
        ),
        open=tuple(_open(delta.deeds, plain, before, things)),
        things=_by_id(things.values()),
    )


def _by_id(things: Iterable[Thing]) -> dict[str, tuple[Thing, ...]]:
    found: dict[str, tuple[Thing, ...]] = {}
    for thing in things:
        if thing.kind != _STATEMENT:
            found[thing.id] = (*found.get(thing.id, ()), thing)
    return found


def _open(
    deeds: Mapping[str, str], changes: Iterable[FactChange], before: Record, things: Mapping[tuple[str, str], Thing]
) -> list[Open]:
    """Facts of which a side is not known: all that changed so, and of what the plan changes those of both sides."""
    found = [
        Open(things[one.kind, one.resource], one.fact, "before" if one.how == "learned" else "after", _reason(one))
        for one in changes
        if one.how != "changed"
    ]
    for old in before.resources:
        new = things[old.kind, old.id]
        if old.kind != _STATEMENT and deeds.get(old.id) in {"changed", "replaced"}:
            found.extend(_both(old, new))
    return found


def _reason(change: FactChange) -> str:
    return unknown(change.before) or unknown(change.after)


def _both(old: Thing, new: Thing) -> Iterable[Open]:
    for name, value in new.facts.items():
        reason = unknown(value)
        if reason and unknown(old.facts.get(name)) and name not in _LABELS and not _never(reason):
            yield Open(new, name, "before and after", reason)


def _never(reason: str) -> bool:
    """Whether a fact is none of a plan's: of another type, or of a running account alone."""
    return reason == UNREAD.reason or reason.startswith("only a running account")


def _places(judged: Judged) -> dict[str, str]:
    """`file:line` by id of a resource or policy, as far as it is known."""
    hide: Redactor = judged.hide
    seen: Any = (*judged.world.resources, *judged.world.statements)
    told = {one.subject: one.origin for one in seen if one.origin.file}
    return {
        hide.address(id_): hide.text(f"{origin.file}:{origin.line}" if origin.line else origin.file)
        for id_, origin in told.items()
    }
