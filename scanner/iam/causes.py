"""Who escalates, once for what causes it: by what a principal is itself allowed, not by what others are.

It counts where a way leads to an administrator, and where it leads to an identity that is allowed more than oneself,
unless somebody meant it: who may assume a role may act as the role, and who is allowed by name to hand this role to
something, or to change that function, may do so. docs/access.md has the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanner.iam.answers import members
from scanner.iam.compiled import Compiled
from scanner.iam.escalation import Becoming
from scanner.iam.gains import Gains
from scanner.iam.ways import Way


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


@dataclass(slots=True)
class _Found:
    way: Way
    definite: bool
    administrator: bool
    reason: str
    round: int

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """The most certain first, then what ends as an administrator, then what rests on nothing else."""
        return self.definite, self.administrator and self.definite, -self.round


class Causes:
    """Looks for those who escalate."""

    def __init__(self, becoming: Becoming) -> None:
        """Take what was settled."""
        self._becoming = becoming
        self._scene = becoming.scene
        self._gains = Gains(becoming.access)
        self._top = becoming.scene.administrators
        self._judged = sum(1 << number for number in becoming.scene.identities) & ~self._top.must
        self._found: dict[int, _Found] = {}

    def all(self) -> dict[str, Escalation]:
        """Every principal that escalates, or may, by its id."""
        for way in self._becoming.ways:
            must, may = self._own(way)
            if may:
                self._judge(way, must, may)
        names = self._scene.names
        return {names[number]: self._told(number, found) for number, found in sorted(self._found.items())}

    def _own(self, way: Way) -> tuple[int, int]:
        """Those who go a way by what they are allowed themselves, and not because they can become one who can."""
        _, own = way.own
        must, may = way.must & self._judged & own, way.may & self._judged & own
        if len(way.direct) > 1:
            must &= ~self._inherited(way.must)
            may &= ~self._inherited(way.must)
        return must, may

    def _inherited(self, sources: int) -> int:
        """Those who can become another who can go the same way, and who cannot become them in turn."""
        found = 0
        before = {number: self._becoming.certain.before(number) for number in members(sources & self._judged)}
        for number, bits in before.items():
            found |= bits & ~self._becoming.certain.after(number)
        return found

    def _judge(self, way: Way, must: int, may: int) -> None:
        """Take in what one way comes to for some."""
        sure, perhaps = self._administers(way.becomes)
        if sure:
            self._note(way, must, may, administrator=True)
            return
        if perhaps:
            self._note(way, 0, may, administrator=True, reason=self._doubt(way))
        if way.rule.plain or not self._scene.known(way.becomes):
            return
        unmeant = ~way.intended
        rights, holder = self._rights(way.becomes)
        gain, gain_may = self._gains.of(may & unmeant, rights, holder)
        self._note(way, must & gain, gain_may, administrator=False, reason=self._doubt(way))

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

    def _doubt(self, way: Way) -> str:
        return f"what {self._scene.names[way.becomes]} is allowed is not known as a whole"

    def _note(self, way: Way, must: int, may: int, *, administrator: bool, reason: str = "") -> None:
        for number in members(may):
            definite = bool(must >> number & 1)
            opened = way.certainly if definite or way.must >> number & 1 else way.possibly
            since = next(at for at, bits in opened if bits >> number & 1)
            why = "" if definite else self._reason(way, number) or reason
            one = _Found(way, definite, administrator, why, since)
            known = self._found.get(number)
            if known is None or one.rank > known.rank:
                self._found[number] = one

    def _reason(self, way: Way, number: int) -> str:
        """Why a way is only possible for one."""
        if way.must >> number & 1:
            return ""
        bit = 1 << number
        held = (held for step in way.steps for held in step if held.may & ~held.must & bit)
        reasons = [reason for one in held for reason in one.reasons(number)]
        reasons += [f"not all that {pattern} stands for was seen" for pattern, bits in way.beyond if bits & bit][:1]
        being = way.being.reason if way.being is not None else ""
        return next((reason for reason in (*reasons, way.reason, being) if reason), "")

    def _told(self, number: int, found: _Found) -> Escalation:
        names = self._scene.names
        certain = bool(found.way.must >> number & 1)
        by = self._becoming.told(found.way, number, found.round, certain=certain)
        path = (names[number], *by, names[found.way.becomes])
        return Escalation(found.definite, path, found.way.rule.title, found.administrator, found.reason)


def escalations(becoming: Becoming) -> dict[str, Escalation]:
    """Every principal that escalates, or may, by its id."""
    return Causes(becoming).all()
