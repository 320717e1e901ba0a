"""Who can become whom: the rules of a cloud over one world, to a fixpoint.

Whoever becomes another has what that one is allowed besides, so that a way may need several identities that one can
become: ways are gone through again until no more opens. Certain ways are settled first, possible ones after them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.iam.access import Access
from scanner.iam.answers import members
from scanner.iam.everything import grants_everything
from scanner.iam.reach import Reach
from scanner.iam.rules import Rules
from scanner.iam.scene import Scene, Several
from scanner.iam.sources import Sources
from scanner.iam.way import Way
from scanner.iam.ways import Ways


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom one can become, directly or not."""

    definite: tuple[str, ...]
    possible: tuple[str, ...]
    """Those of whom it is not certain."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """Some who become one other."""

    bits: int
    way: Way | None = None
    """None where one is an administrator, or an administrator takes another's place."""

    round: int = 0
    """When it opened: what it rests on opened before."""


class Becoming:
    """Who can become whom in one world."""

    meant: Reach
    """Who becomes whom for certain, as somebody meant it, and is no administrator."""

    def __init__(self, access: Access, rules: Rules) -> None:
        """Settle every way that `rules` open to those whom `access` knows."""
        self.access = access
        self.scene = Scene(access, rules)
        self.sources_of = Sources(access)
        self.ways = Ways(self.scene, self.sources_of).all()
        self.principals = access.principals
        self._same: dict[int, int] = {}
        self._given = self._of_administrators()
        must = {node: held.must for node, held in self._given.items()}
        sure, must = self._settle([way for way in self.ways if not way.reason], must, certain=True)
        may = {node: held.may | must.get(node, 0) for node, held in self._given.items()}
        all_, _ = self._settle(self.ways, {**must, **may}, certain=False)
        self._rounds = {True: sure, False: all_}
        self.certain, self.possible = sure[-1], all_[-1]
        self.meant = self._as_meant()
        self._into = {True: self._edges(certain=True), False: self._edges(certain=False)}
        self.number = {name: number for number, name in enumerate(self.scene.names)}

    # --- questions --------------------------------------------------------------------------------------------------

    def reach(self, principal: str) -> Reached:
        """Whom a principal can become."""
        number = self.number[principal]
        certain = self.certain.after(number) & ~(1 << number)
        possible = self.possible.after(number) & ~certain & ~(1 << number)
        return Reached(self._named(certain), self._named(possible))

    def sources(self, target: str) -> tuple[int, int]:
        """Those who can become `target`, for certain and at most, as the engine numbers its principals."""
        number = self.number[target]
        everybody = self.access.people.everybody & ~(1 << number)
        return self.certain.before(number) & everybody, self.possible.before(number) & everybody

    def chain(self, source: str, target: str) -> tuple[str, ...]:
        """The shortest chain from one to the other, a certain one where there is any: who, by what, who."""
        start, end = self.number[source], self.number[target]
        certain = bool(self.certain.before(end) >> start & 1)
        return self._chain(start, end, certain=certain)

    def is_administrator(self, node: int) -> bool:
        """Whether a node, such as a group, is one whose place makes an administrator."""
        return any(self._given[realm].must >> node & 1 for realm in members(self.scene.realms) if realm in self._given)

    def _named(self, bits: int) -> tuple[str, ...]:
        return tuple(self.scene.names[number] for number in members(bits))

    # --- how it is settled ------------------------------------------------------------------------------------------

    def _as_meant(self) -> Reach:
        into: dict[int, int] = {}
        for way in self.ways:
            bits = way.must & ~self.scene.administrators.must
            bits &= -1 if way.rule.plain else way.intended
            if bits:
                into[way.becomes] = into.get(way.becomes, 0) | bits
        return Reach(into)

    def _edges(self, *, certain: bool) -> dict[int, list[_Edge]]:
        """Everything that leads to each node, what opened first before what rests on it."""
        found: dict[int, list[_Edge]] = {}
        for node, held in self._given.items():
            found[node] = [_Edge(held.must if certain else held.may)]
        for way in self.ways:
            for number, bits in way.certainly if certain else (*way.certainly, *way.possibly):
                found.setdefault(way.becomes, []).append(_Edge(bits, way, number))
        return {node: sorted(edges, key=lambda edge: edge.round) for node, edges in found.items()}

    def _of_administrators(self) -> dict[int, Several]:
        """Administrators are administrators of their account, and those can be anybody in it."""
        found: dict[int, Several] = {}
        top = self.scene.administrators
        for number, identity in self.scene.identities.items():
            realm = self.scene.realm(identity)
            found[number] = Several(1 << realm, 1 << realm)
            bit = 1 << number
            before = found.get(realm, Several(0, 0))
            found[realm] = Several(before.must | top.must & bit, before.may | top.may & bit)
        for node, rights in self.scene.rights.items():
            group = next((g for g in self.scene.things(("group",)) if g.id == self.scene.names[node]), None)
            if group is not None and any(grants_everything(one) for one in rights):
                realm = self.scene.realm(group)
                before = found.get(realm, Several(0, 0))
                found[realm] = Several(before.must | 1 << node, before.may | 1 << node)
        return found

    def _settle(
        self, ways: Iterable[Way], into: Mapping[int, int], *, certain: bool
    ) -> tuple[list[Reach], dict[int, int]]:
        """Open ways until no more opens; what was reached after each round."""
        which = 0 if certain else 1
        known = dict(into)
        several: list[Way] = []
        for way in ways:
            if len(way.direct) > 1:
                several.append(way)
            else:
                self._open(way, way.direct[0][which], known, 0, certain=certain)
        reached = [Reach(known, self.scene.realms)]
        while True:
            above: dict[int, int] = {}
            opened = False
            for way in several:
                bits = -1
                for step in way.direct:
                    if step[which] not in above:
                        above[step[which]] = reached[-1].above(step[which])
                    bits &= above[step[which]]
                opened |= self._open(way, bits, known, len(reached), certain=certain)
            if not opened:
                return reached, known
            reached.append(Reach(known, self.scene.realms))

    def _open(self, way: Way, bits: int, known: dict[int, int], number: int, *, certain: bool) -> bool:
        """Note who can go a way; whether somebody new can become who one becomes on it."""
        new = bits & ~(way.must if certain else way.may)
        if new:
            (way.certainly if certain else way.possibly).append((number, self._same.setdefault(new, new)))
        before = known.get(way.becomes, 0)
        known[way.becomes] = before | bits & ~(1 << way.becomes)
        return known[way.becomes] != before

    # --- chains -----------------------------------------------------------------------------------------------------

    def _chain(self, start: int, end: int, *, certain: bool, without: int = 0) -> tuple[str, ...]:
        """Search backwards, over nodes that are not in `without`."""
        following: dict[int, tuple[_Edge, int]] = {}
        queue, seen = deque([end]), 1 << end | without
        while queue and start not in following:
            here = queue.popleft()
            for edge in self._into[certain].get(here, ()):
                bits = edge.bits & ~seen
                seen |= bits
                for number in members(bits):
                    following[number] = (edge, here)
                    queue.append(number)
        if start not in following:
            return ()
        told = [self.scene.names[start]]
        while start != end:
            edge, onward = following[start]
            by = self.told(edge.way, start, edge.round, certain=certain) if edge.way else ("as an administrator",)
            told += [*by, self.scene.names[onward]]
            start = onward
        return tuple(told)

    def told(self, way: Way, source: int, number: int, *, certain: bool) -> tuple[str, ...]:
        """By what one goes a way that opened in a round: whom one becomes first, and what one does."""
        which = 0 if certain else 1
        reach = self._rounds[certain][max(0, number - 1)]
        before: tuple[str, ...] = ()
        if way.being is not None and not way.direct[-1][which] >> source & 1:
            before = self._first(way.direct[-1][which], source, reach, certain=certain)
        parts: list[str] = []
        for step, held in zip(way.rule.steps, way.direct, strict=False):
            others = "" if held[which] >> source & 1 else self._as(held[which], source, reach)
            parts += [f"{need}{others}" for need in step]
        text = " + ".join(dict.fromkeys(parts))
        return (*before, f"{text} on {', '.join(way.on)}" if way.on else text)

    def _first(self, wanted: int, source: int, reach: Reach, *, certain: bool) -> tuple[str, ...]:
        """How one becomes the one that one must be: the chain without its first name."""
        for number in members(wanted):
            if reach.before(number) >> source & 1:
                chain = self._chain(source, number, certain=certain, without=self.scene.realms)
                if chain:
                    return chain[1:]
        return ()

    def _as(self, wanted: int, source: int, reach: Reach) -> str:
        for number in members(wanted):
            if reach.before(number) >> source & 1:
                return f" (as {self.scene.names[number]})"
        return ""


def becomes(access: Access, rules: Rules) -> Becoming:
    """Who can become whom."""
    return Becoming(access, rules)


__all__ = ["Becoming", "Reached", "becomes"]
