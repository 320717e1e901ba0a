"""Ways by things that are not in a world: a plan shows a part of an account, and a permission may reach the rest."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.iam.answers import members
from scanner.iam.compiled import Compiled
from scanner.iam.context import Question, filled
from scanner.iam.rules import ANYTHING, PASSED, TARGET, Need, Rule
from scanner.iam.scene import UNKNOWN, Scene, Several
from scanner.iam.sources import Held, Sources
from scanner.iam.way import Way, all_of
from scanner.model import Unknown

_WILD = frozenset("*?~")


def anything(need: Need) -> Need:
    """The same need, of whatever it is about."""
    return Need(need.action, ANYTHING, need.context) if need.on in {TARGET, PASSED} else need


class Unseen:
    """Finds what permissions reach beyond a world."""

    def __init__(self, scene: Scene, sources: Sources) -> None:
        """Take the world, and what asks about it."""
        self.scene = scene
        self.sources = sources
        self.access = scene.access

    def of(self, rule: Rule) -> Iterator[Way]:
        """The same with things that are not in this world: a plan shows a part of an account."""
        bits = 0
        patterns: list[tuple[str, int]] = []
        for name in {need.on for need in rule.needs} & {TARGET, PASSED}:
            wanted = self.access.people.everybody
            for need in rule.needs:
                if need.on == name:
                    found = list(self._open(rule, need))
                    wanted &= all_of(found)
                    patterns += [(pattern, held) for pattern, held in found if pattern]
            bits |= wanted
        if not bits:
            return
        node = self.scene.node(UNKNOWN, "", "what was not seen")
        steps = tuple(tuple(self._open_held(need, bits) for need in step) for step in rule.steps)
        being = self._users() if rule.targets == ("group",) else None
        yield Way(rule, node, steps, being, "whom it may become so was not seen", beyond=tuple(patterns))

    def _users(self) -> Several:
        bits = sum(1 << number for number, one in self.scene.identities.items() if one.type == "user")
        return Several(bits, bits)

    def _open_held(self, need: Need, bits: int) -> Held:
        held = self.sources.anywhere(anything(need))
        return held if need.on not in {TARGET, PASSED} else Held(0, held.may & bits, held.answers)

    def _open(self, rule: Rule, need: Need) -> Iterator[tuple[str, int]]:
        """Those who are allowed an action on things that are not in this world, by pattern where there is one."""
        types = ("role",) if need.on == PASSED else rule.targets
        whole = all(map(self.scene.whole, types))
        for one, _ in self.access.library.about(need.action.lower()):
            patterns = one.first.resources
            if one.denies:
                continue
            if one.first.not_resources or isinstance(patterns, Unknown):
                if not whole:
                    yield "", one.may
                continue
            if one.named:
                yield from self._open_each(rule, need, one, whole=whole)
                continue
            found = next((p for p in patterns if self._beyond(rule, need, p, whole=whole)), None)
            if found is not None:
                yield found, one.may

    def _open_each(self, rule: Rule, need: Need, one: Compiled, *, whole: bool) -> Iterator[tuple[str, int]]:
        """The same of a statement whose patterns differ from one principal to the next, as with its name in them."""
        question = Question(need.action.lower(), (), "", {})
        for number in members(one.may):
            for pattern in one.first.resources if isinstance(one.first.resources, tuple) else ():
                meant = filled(pattern, question, self.access.people.all[number])
                if meant and self._beyond(rule, need, meant.replace("{unknown}", "~"), whole=whole):
                    yield pattern, 1 << number
                    break

    def _beyond(self, rule: Rule, need: Need, pattern: str, *, whole: bool) -> bool:
        """Whether a pattern reaches something that is not here."""
        vocabulary = self.access.vocabulary
        if pattern.startswith("${") or not vocabulary.fits(need.action.lower(), pattern.replace("~", "*")):
            return False
        if not _WILD & set(pattern) and self.access.subject(pattern):
            return False
        account = vocabulary.account_of(pattern)
        foreign = bool(account) and account not in self.access.people.accounts
        return rule.plain if foreign else not whole
