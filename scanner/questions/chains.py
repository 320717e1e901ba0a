"""By what chain somebody becomes somebody else: one step after the other, certain ones before possible ones.

Administrators can become anybody: nothing is told of them, nor of ways by which one becomes an administrator first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from scanner.iam.answers import members
from scanner.iam.causes import Escalation, escalations
from scanner.iam.escalation import Becoming
from scanner.iam.way import Way


@dataclass(frozen=True, slots=True)
class Step:
    """One identity can become another."""

    source: str
    target: str
    how: str
    """What it does for that, as a reader wants to know it."""

    definite: bool = True
    reason: str = ""
    """Why it is only possible."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The steps from one identity to another."""

    steps: tuple[Step, ...]

    @property
    def source(self) -> str:
        """Who begins it."""
        return self.steps[0].source

    @property
    def target(self) -> str:
        """Whom it ends with."""
        return self.steps[-1].target

    @property
    def definite(self) -> bool:
        """Whether each step is certain."""
        return all(step.definite for step in self.steps)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is only possible."""
        return tuple(dict.fromkeys(step.reason for step in self.steps if step.reason))

    @property
    def told(self) -> tuple[str, ...]:
        """Identities, and in between what leads from one to the next."""
        return (self.source, *(text for step in self.steps for text in (step.how, step.target)))


@dataclass(frozen=True, slots=True)
class _Edge:
    """Some who become one other by one way, once it has opened."""

    bits: int
    way: Way
    round: int
    definite: bool


class Chains:
    """Who can become somebody, asked backwards."""

    def __init__(self, becoming: Becoming) -> None:
        """Take what was settled."""
        self._becoming = becoming
        self._names = becoming.scene.names
        self._top = becoming.scene.administrators.must
        self._sets: dict[int, tuple[int, int]] = {}
        self._chains: dict[int, Mapping[str, Chain]] = {}

    @cached_property
    def _into(self) -> dict[int, list[_Edge]]:
        found: dict[int, list[_Edge]] = {}
        for way in self._becoming.ways:
            if not self._becoming.scene.realms >> way.becomes & 1:
                keep = self._themselves(way) | ~self._rising
                opened = [_Edge(bits & keep & ~self._top, way, n, definite=True) for n, bits in way.certainly]
                perhaps = [_Edge(bits & keep & ~self._top, way, n, definite=False) for n, bits in way.possibly]
                found.setdefault(way.becomes, []).extend(edge for edge in (*opened, *perhaps) if edge.bits)
        return {node: sorted(edges, key=lambda edge: (not edge.definite, edge.round)) for node, edges in found.items()}

    @cached_property
    def _rising(self) -> int:
        """Those who can become an administrator: what they may do then is no way of their own."""
        found = 0
        for realm in members(self._becoming.scene.realms):
            found |= self._becoming.possible.before(realm)
        return found

    @staticmethod
    def _themselves(way: Way) -> int:
        """Those who are themselves allowed all that a way needs."""
        found = -1
        for _, may in way.direct:
            found &= may
        return found

    def number(self, name: str) -> int:
        """The engine's number of a principal."""
        return self._becoming.number[name]

    def sources(self, target: int) -> tuple[int, int]:
        """Those who can become somebody, for certain and at most, by the engine's numbers."""
        return self.leading(1 << target)

    def leading(self, targets: int) -> tuple[int, int]:
        """Those who can become one of several, for certain and at most; these themselves are not among them."""
        if targets not in self._sets:
            everybody = self._becoming.access.people.everybody & ~self._top & ~targets
            must, may = (self._before(targets & ~self._top, certain=certain) for certain in (True, False))
            self._sets[targets] = must & everybody, (must | may) & everybody
        return self._sets[targets]

    def _before(self, targets: int, *, certain: bool) -> int:
        seen, queue = targets, deque(members(targets & self._entered))
        while queue:
            for edge in self._into[queue.popleft()]:
                if edge.definite or not certain:
                    new = edge.bits & ~seen
                    seen |= new
                    queue.extend(members(new & self._entered))
        return seen

    @cached_property
    def _entered(self) -> int:
        """Those whom anybody can become."""
        return sum(1 << node for node in self._into)

    def chain(self, source: int, targets: int) -> Chain:
        """The shortest chain from one to one of several, a certain one where there is any."""
        targets &= ~self._top
        certain = bool(self.leading(targets)[0] >> source & 1)
        following = self._following(targets, certain=certain, wanted=1 << source)
        return Chain(tuple(self._steps(source, targets, following)))

    def _following(self, targets: int, *, certain: bool, wanted: int) -> dict[int, tuple[_Edge, int]]:
        """By what each goes on who can become one of several, until all who are wanted are found."""
        found: dict[int, tuple[_Edge, int]] = {}
        seen, queue = targets, deque(members(targets & self._entered))
        while queue and wanted & ~seen:
            here = queue.popleft()
            for edge in self._into[here]:
                new = edge.bits & ~seen if edge.definite or not certain else 0
                seen |= new
                for number in members(new):
                    found[number] = (edge, here)
                queue.extend(members(new & self._entered))
        return found

    def into(self, target: str) -> Mapping[str, Chain]:
        """The chain of each who can become `target`, by who begins it."""
        number = self._becoming.number[target]
        if number not in self._chains:
            must, may = self.sources(number)
            end = (1 << number) & ~self._top
            chains: dict[str, Chain] = {}
            for certain, wanted in ((True, must), (False, may & ~must)):
                following = self._following(end, certain=certain, wanted=wanted) if wanted else {}
                for one in members(wanted):
                    chains[self._names[one]] = Chain(tuple(self._steps(one, end, following)))
            self._chains[number] = chains
        return self._chains[number]

    def rising(self) -> Iterator[Chain]:
        """The chain of each who is no administrator and can become one: takes the place of one, or makes itself one."""
        told = {name: one for name, one in escalations(self._becoming).items() if one.administrator}
        found: set[int] = set()
        for certain in (True, False):
            bits = self._before(self._top, certain=certain) & ~self._top & self._becoming.access.people.everybody
            following = self._following(self._top, certain=certain, wanted=bits)
            for number in members(bits & ~sum(1 << one for one in found)):
                found.add(number)
                yield Chain(tuple(self._steps(number, self._top, following)))
            for name, one in told.items():
                number = self._becoming.number[name]
                if number not in found and one.definite is certain:
                    found.add(number)
                    yield _of(one)
            risen = {name: one for name, one in told.items() if one.definite or not certain}
            yield from self._by_way_of(risen, found, certain=certain)

    def _by_way_of(self, risen: Mapping[str, Escalation], found: set[int], *, certain: bool) -> Iterator[Chain]:
        """The chain of each who can become somebody that makes itself an administrator, as certain as all of it is."""
        targets = sum(1 << self._becoming.number[name] for name in risen)
        must, may = self.leading(targets)
        for number in members((must if certain else may) & ~sum(1 << one for one in found)):
            found.add(number)
            chain = self.chain(number, targets)
            yield Chain((*chain.steps, *_of(risen[chain.target]).steps))

    def _steps(self, source: int, targets: int, following: Mapping[int, tuple[_Edge, int]]) -> Iterator[Step]:
        while not targets >> source & 1:
            edge, onward = following[source]
            parts = self._becoming.told(edge.way, source, edge.round, certain=edge.definite)
            reason = "" if edge.definite else self._doubt(edge.way, source)
            names = [self._names[source], *parts[1::2], self._names[onward]]
            for number, how in enumerate(parts[::2]):
                yield Step(names[number], names[number + 1], how, edge.definite, reason)
            source = onward

    @staticmethod
    def _doubt(way: Way, source: int) -> str:
        held = (reason for step in way.steps for one in step for reason in one.reasons(source))
        return way.reason or next(held, "") or "whether it can is not certain"


def _of(one: Escalation) -> Chain:
    """The path of somebody who makes itself an administrator."""
    pairs = zip(one.path[::2], one.path[1::2], one.path[2::2], strict=False)
    return Chain(tuple(Step(here, there, how, one.definite, one.reason) for here, how, there in pairs))
