"""Suppressions in the source, and the planned resources that each covers: every instance of the block it stands in."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TypeAlias

from scanner.findings import Waiver
from scanner.hcl.tree import Block, Comment
from scanner.mapping import TOOLS, mapping
from scanner.paths import relative
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.sources.modules import Module, ModuleNames, Modules
from scanner.terraform.sources.skips import Misread, Skip, skips
from scanner.waivers import Suppression

_NOWHERE = "it stands in or directly above no resource, data or module block"
_UNKNOWN = "it names no control; 'trustscan controls' lists them"
_STALE = "its block is not the one the plan was made from"


@dataclass(eq=False)
class _Held:
    """One comment that is as it must be, and what it covers."""

    file: str
    skip: Skip
    block: Block
    covers: dict[tuple[str, str], PlannedResource] = field(default_factory=dict)
    """Resources by plan and address."""

    stale: bool = False
    """Whether it would cover something, were its block the one that was planned."""

    @property
    def where(self) -> str:
        return f"{relative(self.file)}:{self.skip.line}"


_ByBlock: TypeAlias = "dict[int, list[_Held]]"


def suppressions(plans: Iterable[tuple[Plan, Modules | None]], known: Collection[str]) -> Suppressions:
    """Take in the comments of every plan's sources; `known` are the ids of all controls, where they are told."""
    found = Suppressions(known)
    for plan, modules in plans:
        if modules is not None:
            found.read(plan, modules)
    return found


class Suppressions:
    """What the comments of all sources accept, and what is wrong with some of them."""

    def __init__(self, known: Collection[str]) -> None:
        """Take the ids of every control there is, also of those that are not run; none where they are not told."""
        self._known = (*known, *(check for tool in TOOLS for check in mapping(tool))) if known else ()
        self._held: dict[tuple[str, Skip], _Held] = {}
        self._notes: dict[str, None] = {}

    def read(self, plan: Plan, modules: Modules) -> None:
        """Take in the comments of one plan's sources."""
        by_block: _ByBlock = {}
        said: dict[int, list[tuple[Comment, Skip | Misread]]] = {}
        for module in modules.by_names.values():
            for file, comments in module.comments.items():
                if id(comments) not in said:
                    said[id(comments)] = [(comment, skip) for comment in comments for skip in skips(comment)]
                place = _Place(module, file, comments)
                for comment, skip in said[id(comments)]:
                    self._attach(place, comment, skip, by_block)
        if by_block:
            _cover(plan, modules, by_block)

    def found(self) -> tuple[Suppression, ...]:
        """Each suppression with everything it covers."""
        holding = (held for held in self._held.values() if held.covers or not held.stale)
        return tuple(suppression for held in holding for suppression in _suppressions(held))

    def notes(self) -> tuple[str, ...]:
        """What does not hold, and why."""
        stale = [held for held in self._held.values() if held.stale and not held.covers and not held.skip.tool]
        return (*self._notes, *(_does_not_hold(held.where, held.skip.what, _STALE) for held in stale))

    def _attach(self, place: _Place, comment: Comment, skip: Skip | Misread, by_block: _ByBlock) -> None:
        where = f"{relative(place.file)}:{skip.line}"
        if isinstance(skip, Misread):
            self._notes[_does_not_hold(where, skip.what, skip.problem)] = None
            return
        block = place.inside(comment) or (None if skip.tool else place.below(comment))
        known = skip.tool or not self._known or any(fnmatchcase(id_, skip.what) for id_ in self._known)
        if block is not None and known:
            held = self._held.setdefault((place.file, skip), _Held(place.file, skip, block))
            there = by_block.setdefault(id(block), [])
            there += [] if held in there else [held]
        elif not skip.tool:
            self._notes[_does_not_hold(where, skip.what, _UNKNOWN if block is not None else _NOWHERE)] = None


def _does_not_hold(where: str, what: str, why: str) -> str:
    named = f"trustscan:skip={what} " if what else "trustscan:skip "
    return f"{where}: {named}does not hold: {why}"


@dataclass(frozen=True)
class _Place:
    """Where comments stand."""

    module: Module
    file: str
    comments: Sequence[Comment]

    def inside(self, comment: Comment) -> Block | None:
        """The block that a comment stands in."""
        at = bisect_right(self._starts, comment.line) - 1
        return self._blocks[at] if at >= 0 and comment.line <= self._blocks[at].end else None

    def below(self, comment: Comment) -> Block | None:
        """The block that begins right behind a comment, or behind comments that follow it without a gap."""
        line = _last(comment) + 1
        while line in self._commented:
            line += 1
        at = bisect_left(self._starts, line)
        return self._blocks[at] if at < len(self._starts) and self._starts[at] == line else None

    @cached_property
    def _blocks(self) -> list[Block]:
        here: Iterable[Block] = (*self.module.resources.values(), *self.module.calls.values())
        return sorted((block for block in here if block.file == self.file), key=lambda block: block.line)

    @cached_property
    def _starts(self) -> list[int]:
        return [block.line for block in self._blocks]

    @cached_property
    def _commented(self) -> set[int]:
        return {line for one in self.comments for line in range(one.line, _last(one) + 1)}


def _last(comment: Comment) -> int:
    return comment.line + comment.text.rstrip().count("\n")


def _cover(plan: Plan, modules: Modules, by_block: _ByBlock) -> None:
    above: dict[ModuleNames, list[_Held]] = {}
    for resource in (*plan.resources, *plan.data):
        names = tuple([name for name, _ in resource.module])
        if names not in above:
            above[names] = [held for block in modules.calls_to(names) for held in by_block.get(id(block), ())]
        own = by_block.get(id(resource.source), []) if resource.source is not None else []
        for held in (*own, *above[names]):
            held.covers[plan.name, resource.address] = resource
        if resource.source is None:
            _mark_stale(resource, modules.get(names), by_block)


def _mark_stale(resource: PlannedResource, module: Module | None, by_block: _ByBlock) -> None:
    block = module.resources.get(resource.block_name) if module else None
    for held in by_block.get(id(block), ()) if block is not None else ():
        held.stale = True


def _suppressions(held: _Held) -> Iterator[Suppression]:
    skip = held.skip
    waiver = Waiver(
        control=skip.what,
        subject=".".join(label for label in (held.block.type, *held.block.labels) if label != "resource"),
        requester=f"{skip.tool}:skip comment" if skip.tool else "comment",
        approver=skip.approver,
        reason=skip.reason,
        expires=skip.until,
        ticket=skip.ticket,
        where=held.where,
    )
    own = not skip.tool
    yield Suppression(waiver=waiver, control=skip.what, covers=_keys(held.covers.values()), own=own)
    mapped = mapping(skip.tool).get(skip.what) if skip.tool else None
    if mapped is not None and mapped.control and not mapped.part:
        meant = (one for one in held.covers.values() if not mapped.types or one.type in mapped.types)
        yield Suppression(waiver=waiver, control=mapped.control, covers=_keys(meant), own=own)


def _keys(resources: Iterable[PlannedResource]) -> frozenset[tuple[str, str]]:
    return frozenset(key for one in resources for key in ((one.plan.name, one.address), ("", one.id)))
