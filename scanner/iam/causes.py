"""Who escalates, once for what causes it: by what a principal is itself allowed, not by what others are.

It counts where a way leads to an administrator, and where it leads to an identity that is allowed more than oneself,
unless somebody meant it: who may assume a role may act as the role, and who is allowed by name to hand this role to
something, or to change that function, may do so. docs/access.md has the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.iam.answers import members
from scanner.iam.compiled import Compiled
from scanner.iam.escalation import Becoming
from scanner.iam.gains import Gains
from scanner.iam.way import Way


@dataclass(frozen=True, slots=True)
class Escalation:
    """How one principal gets to what it is not allowed."""

    definite: bool
    path: tuple[str, ...]
    """Who, by what, who, and so on."""

    title: str
    """What it does, in words."""

    administrator: bool
    """Whether it ends as an administrator."""

    reason: str = ""
    """Why it is only possible."""


@dataclass(frozen=True, slots=True)
class _Found:
    way: Way
    definite: bool
    administrator: bool
    reason: str
    round: int


class Causes:
    """Looks for those who escalate."""

    def __init__(self, becoming: Becoming) -> None:
        """Take what was settled."""
        self._becoming = becoming
        self._scene = becoming.scene
        self._gains = Gains(becoming.access)
        self._top = becoming.scene.administrators
        self._left = sum(1 << number for number in becoming.scene.identities) & ~self._top.must
        """Those of whom nothing is found yet."""

        self._causes = 0
        """Those who escalate for certain."""

        self._above: dict[int, int] = {}
        self._after: dict[int, int] = {}
        self._found: dict[int, _Found] = {}

    def all(self) -> dict[str, Escalation]:
        """Every principal that escalates, or may, by its id: by what ends as an administrator where anything does."""
        opened = [(number, bits, way) for way in self._becoming.ways for number, bits in way.certainly]
        opened.sort(key=lambda one: one[0])
        for number, bits, way in opened:
            if self._administers(way.becomes)[0]:
                self._note(way, self._own(way, bits, certain=True), number, definite=True, administrator=True)
        for number, bits, way in opened:
            own = 0 if way.rule.plain else self._own(way, bits, certain=True) & ~way.intended
            if own and self._scene.known(way.becomes):
                gain, _ = self._gain(way.becomes, own)
                self._note(way, gain, number, definite=True, administrator=False)
        for number, bits, way in sorted(self._maybe(), key=lambda one: one[0]):
            self._perhaps(way, bits, number)
        names = self._scene.names
        return {names[number]: self._told(number, found) for number, found in sorted(self._found.items())}

    def _maybe(self) -> Iterator[tuple[int, int, Way]]:
        """Every way with when it opened, for whom it perhaps did."""
        for way in self._becoming.ways:
            yield from ((number, bits, way) for number, bits in (*way.certainly, *way.possibly))

    def _perhaps(self, way: Way, some: int, number: int) -> None:
        """Take in those of whom it is not certain."""
        bits = self._own(way, some, certain=False)
        if not bits:
            return
        if self._administers(way.becomes)[1]:
            self._note(way, bits, number, definite=False, administrator=True)
        elif not way.rule.plain:
            _, gain = self._gain(way.becomes, bits & ~way.intended)
            self._note(way, gain, number, definite=False, administrator=False)

    def _own(self, way: Way, some: int, *, certain: bool) -> int:
        """Those left who go a way themselves, and not because they can become one who can go it without them."""
        bits = some & self._left
        if len(way.direct) == 1:
            return bits
        own = way.own[0 if certain else 1]
        if not certain:
            return bits & own
        goes = way.must & self._people
        if bits & ~own:
            bits &= own | ~self._leading(goes & (own | self._causes))
        for number in members(bits & own):
            back = self._becoming.meant.before(number)
            if self._onward(number) & goes & ~(1 << number) & ~back:
                bits &= ~(1 << number)
        return bits

    def _leading(self, some: int) -> int:
        """Those who can become one of some, as somebody meant it."""
        if some not in self._above:
            self._above[some] = self._becoming.meant.above(some)
        return self._above[some]

    def _onward(self, number: int) -> int:
        if number not in self._after:
            self._after[number] = self._becoming.meant.after(number)
        return self._after[number]

    @property
    def _people(self) -> int:
        return self._becoming.access.people.everybody & ~self._top.must

    def _gain(self, node: int, bits: int) -> tuple[int, int]:
        rights, holder = self._rights(node)
        bounding = self._scene.bounding(node)
        return self._gains.of(bits, rights, holder, bounding=bounding) if bits else (0, 0)

    def _administers(self, node: int) -> tuple[bool, bool]:
        """Whether who one becomes is an administrator: for certain, and perhaps."""
        if self._scene.realms >> node & 1 or self._top.must >> node & 1:
            return True, True
        if not self._scene.known(node):
            return False, True
        if node not in self._scene.identities and self._becoming.is_administrator(node):
            return True, True
        return False, bool(self._top.may >> node & 1)

    def _rights(self, node: int) -> tuple[list[Compiled], int | None]:
        if node in self._scene.rights:
            return self._scene.rights[node], None
        granting = self._becoming.access.library.granting
        return [one for one in granting if one.may >> node & 1], node

    def _note(self, way: Way, bits: int, since: int, *, definite: bool, administrator: bool) -> None:
        self._left &= ~bits
        self._causes |= bits if definite else 0
        for number in members(bits):
            why = "" if definite else self._reason(way, number)
            self._found[number] = _Found(way, definite, administrator, why, since)

    def _reason(self, way: Way, number: int) -> str:
        """Why a way is only possible for one."""
        bit = 1 << number
        held = (held for step in way.steps for held in step if held.may & ~held.must & bit)
        reasons = [reason for one in held for reason in one.reasons(number)]
        reasons += [f"not all that {pattern} stands for was seen" for pattern, bits in way.beyond if bits & bit][:1]
        being = way.being.reason if way.being is not None else ""
        unknown = f"what {self._scene.names[way.becomes]} is allowed is not known as a whole"
        return next(reason for reason in (*reasons, way.reason, being, unknown) if reason)

    def _told(self, number: int, found: _Found) -> Escalation:
        names = self._scene.names
        certain = bool(found.way.must >> number & 1)
        by = self._becoming.told(found.way, number, found.round, certain=certain)
        path = (names[number], *by, names[found.way.becomes])
        return Escalation(found.definite, path, found.way.rule.title, found.administrator, found.reason)


def escalations(becoming: Becoming) -> dict[str, Escalation]:
    """Every principal that escalates, or may, by its id."""
    return Causes(becoming).all()
