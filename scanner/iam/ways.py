"""Every way that the rules open in one world: by what, on what, to become whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from scanner.iam.answers import members
from scanner.iam.compiled import Compiled, compiled
from scanner.iam.context import Question, filled
from scanner.iam.rules import ANYTHING, IDENTITIES, PASSED, TARGET, Need, Rule
from scanner.iam.scene import BOUNDARY, UNKNOWN, Scene, Several
from scanner.iam.sources import Held, Sources
from scanner.kinds import Identity
from scanner.model import Resource, Unknown

_WILD = frozenset("*?~")


@dataclass(slots=True, eq=False)
class Way:
    """One rule on certain things of the world."""

    rule: Rule
    becomes: int
    """The node that one becomes."""

    steps: tuple[tuple[Held, ...], ...]
    """Who is allowed each need of each step."""

    being: Several | None = None
    """Whom one must be besides: who is written to, or stands for it."""

    reason: str = ""
    """Why it is only possible for everybody; empty where it is certain."""

    on: tuple[str, ...] = ()
    """What is acted on, where it is not what one becomes."""

    beyond: tuple[tuple[str, int], ...] = ()
    """Patterns that reach what was not seen, each with those who have it."""

    intended: int = 0
    """Those whom somebody allowed it on these very things."""

    direct: list[tuple[int, int]] = field(default_factory=list)
    """Who is allowed each step as a whole, for certain and at most; whom one must be comes last."""

    certainly: list[tuple[int, int]] = field(default_factory=list)
    possibly: list[tuple[int, int]] = field(default_factory=list)
    """Who can go it: the round in which it opened, and for whom."""

    def __post_init__(self) -> None:
        """Put the needs of each step together."""
        self.direct.extend(map(_together, self.steps))
        if self.being is not None:
            self.direct.append((self.being.must, self.being.may))

    @property
    def must(self) -> int:
        """Those who can go it for certain."""
        return _all(self.certainly)

    @property
    def may(self) -> int:
        """Those who can go it for certain or possibly."""
        return _all(self.possibly) | self.must

    @property
    def open(self) -> bool:
        """Whether anybody can go it at all."""
        return all(may for _, may in self.direct)

    @property
    def own(self) -> tuple[int, int]:
        """Those who are themselves allowed one of its steps."""
        must = may = 0
        for some, at_most in self.direct[: len(self.steps)]:
            must, may = must | some, may | at_most
        return must, may


@lru_cache(maxsize=4096)
def _together(step: tuple[Held, ...]) -> tuple[int, int]:
    """Those who are allowed everything of a step: the same of the same needs."""
    must, may = step[0].must, step[0].may
    for held in step[1:]:
        must, may = must & held.must, may & held.may
    return must, may


def _all(pairs: Iterable[tuple[object, int]]) -> int:
    found = 0
    for _, bits in pairs:
        found |= bits
    return found


Things: TypeAlias = "dict[str, Resource]"
"""What the needs of a rule are about: the target, and the role that is handed over."""


class Ways:
    """Finds the ways of a world."""

    def __init__(self, scene: Scene, sources: Sources) -> None:
        """Take the world, and what asks about it."""
        self.scene = scene
        self.sources = sources
        self.access = scene.access
        self._assumed: dict[int, list[int]] = {}
        self._assuming: dict[int, int] = {}
        self._trusting: dict[str, list[tuple[Resource, str]]] = {}

    def all(self) -> list[Way]:
        """Every way that anybody can go."""
        found: list[Way] = []
        for rule in sorted(self.scene.rules.rules, key=lambda rule: rule.onward):
            for way in self._of(rule):
                if rule.plain:
                    self._note(way)
                if way.open and not self._of_administrators(way):
                    found.append(way)
        return found

    def _of_administrators(self, way: Way) -> bool:
        """Whether only an administrator of the same account can go it, who needs no way."""
        identity = self.scene.identities.get(way.becomes)
        if identity is None:
            return False
        near = self.scene.administrators_near(identity)
        return any(not may & ~near for _, may in way.direct)

    def _note(self, way: Way) -> None:
        must, may = way.direct[0]
        self._assuming[way.becomes] = 0 if way.reason else must
        for number in members(may):
            self._assumed.setdefault(number, []).append(way.becomes)

    def _of(self, rule: Rule) -> Iterator[Way]:
        if not self._possible(rule):
            return
        present, why = self._present(rule)
        if not present:
            return
        if rule.trusts:
            yield from self._handing(rule, why)
        elif rule.everything:
            yield from self._granting(rule, why)
        else:
            yield from self._taking(rule, why)
        if not rule.everything:
            yield from self._unseen(rule)

    def _possible(self, rule: Rule) -> bool:
        """Whether anybody is allowed what a rule needs on anything: most rules end here.

        A policy of the thing itself may let in whoever has no permission of his own, as a role's trust policy does.
        """
        for step in rule.steps:
            may = -1
            for need in step:
                may &= self.sources.anywhere(_anything(need)).may if not self.sources.let_in(need) else -1
            if not may:
                return False
        return True

    def _present(self, rule: Rule) -> tuple[bool, str]:
        """Whether there is what a rule needs to exist, and why that is not certain."""
        if not rule.present or any(self.scene.by_type.get(type_) for type_ in rule.present):
            return True, ""
        certain = all(map(self.scene.whole, rule.present))
        return not certain, f"whether there is an {rule.present[0]} is not known"

    # --- the three sorts of rules -----------------------------------------------------------------------------------

    def _taking(self, rule: Rule, why: str) -> Iterator[Way]:
        """One becomes the target, or acts as it does."""
        for thing in self.scene.things(rule.targets):
            fits = self.scene.fits(rule, thing)
            if fits is False:
                continue
            doubt = why or (fits if isinstance(fits, str) else "")
            if isinstance(thing, Identity) and thing.type == "group":
                yield from self._joining(rule, thing, doubt)
            elif isinstance(thing, Identity):
                number = self.access.people.number.get(thing.id)
                if number is not None:
                    yield self._way(rule, {TARGET: thing}, number, doubt)
            else:
                yield from self._acting(rule, thing, doubt)

    def _acting(self, rule: Rule, thing: Resource, why: str) -> Iterator[Way]:
        acting = self.scene.acting(thing)
        for number in members(acting.may):
            doubt = why or self._holder(rule, number)
            if doubt is not None:
                yield self._way(rule, {TARGET: thing}, number, doubt)
        if acting.reason:
            unknown = self.scene.node(UNKNOWN, thing.id, f"what {thing.id} acts as")
            yield self._way(rule, {TARGET: thing}, unknown, acting.reason)

    def _holder(self, rule: Rule, number: int) -> str | None:
        """Whether whom one acts as is allowed what it must be: why that is not certain, None where it is not."""
        for action in rule.holder:
            answer = self.access.who_can(action, "*")
            if not answer.may >> number & 1:
                return None
            if not answer.must >> number & 1:
                return f"whether {self.access.principals[number]} is allowed {action} is not known"
        return ""

    def _joining(self, rule: Rule, group: Identity, why: str) -> Iterator[Way]:
        users = self.scene.users_near(group)
        node = self.scene.node("group", group.id, group.id)
        self.scene.rights.setdefault(node, self._rights(group))
        yield self._way(rule, {TARGET: group}, node, why, Several(users, users))

    def _rights(self, group: Identity) -> list[Compiled]:
        listed = (s for s in self.access.world.statements if s.policy_kind == "identity")
        return [compiled(s) for s in listed if isinstance(s.binds, tuple) and group.id in s.binds]

    def _granting(self, rule: Rule, why: str) -> Iterator[Way]:
        """One grants what one wants to whom one can be."""
        for thing, being in self._written(rule):
            fits = self.scene.fits(rule, thing) if isinstance(thing, Identity) else True
            if fits is False or not being.may:
                continue
            doubt = why or (fits if isinstance(fits, str) else "")
            free, limited = self.scene.free(being.may)
            some = Several(being.must & free.must, free.may, being.reason or free.reason)
            if some.may:
                yield self._way(rule, {TARGET: thing}, self.scene.realm(thing), doubt, some)
            for boundary, bits in limited.items():
                if bits:
                    node = self.scene.node(BOUNDARY, boundary, f"all that {boundary} allows")
                    self.scene.rights.setdefault(node, self.access.library.policies.get(boundary, []))
                    yield self._way(rule, {TARGET: thing}, node, doubt, Several(being.must & bits, bits, being.reason))

    def _written(self, rule: Rule) -> Iterator[tuple[Resource, Several]]:
        """What can be written, each with those who have it."""
        for thing in self.scene.things(rule.targets):
            if isinstance(thing, Identity) and thing.type == "group":
                yield thing, self.scene.members(thing)
            elif isinstance(thing, Identity):
                number = self.access.people.number.get(thing.id)
                bit = 1 << number if number is not None else 0
                yield thing, Several(bit, bit)
        if self.scene.rules.policies.intersection(rule.targets):
            for policy, statement in self.scene.policies().items():
                yield (
                    Resource(
                        id=policy,
                        name=statement.name,
                        account=statement.account,
                        planned=statement.planned,
                        origin=statement.origin,
                    ),
                    self.scene.holders(policy),
                )

    def _handing(self, rule: Rule, why: str) -> Iterator[Way]:
        """One hands a role to something."""
        things: list[Resource | None] = list(self.scene.things(rule.targets)) if rule.targets else [None]
        for role, doubt in self._trusts(rule.trusts):
            number = self.access.people.number.get(role.id)
            if number is None or (rule.profile and not self.scene.profiled.may >> number & 1):
                continue
            if rule.profile and not self.scene.profiled.must >> number & 1:
                doubt = doubt or self.scene.profiled.reason  # noqa: PLW2901 - the first reason there is
            for thing in things:
                about = {PASSED: role} if thing is None else {PASSED: role, TARGET: thing}
                if rule.onward:
                    yield from self._onward(rule, about, number, why or doubt)
                else:
                    yield self._way(rule, about, number, why or doubt)

    def _onward(self, rule: Rule, about: Things, administration: int, why: str) -> Iterator[Way]:
        """The roles that the one handed over can become."""
        for role in self._assumed.get(administration, ()):
            name = self.access.principals[administration]
            doubt = f"whether {name} can become {self.access.principals[role]} is not known"
            sure = self._assuming[role] >> administration & 1
            yield self._way(rule, about, role, why or ("" if sure else doubt))

    def _trusts(self, principal: str) -> list[tuple[Resource, str]]:
        """Roles that let a principal become them, each with why that is not certain."""
        if not self._trusting:
            need = next(n for rule in self.scene.rules.rules if rule.plain for n in rule.needs)
            for role in self.scene.things(("role",)):
                for answer in self.sources.on(need, role).answers:
                    for outside in answer.outside:
                        listed = self._trusting.setdefault(outside.principal, [])
                        doubt = "" if outside.definite else f"who may become {role.id}: {outside.reason}"
                        if listed and listed[-1][0] is role:
                            doubt = listed.pop()[1] and doubt
                        listed.append((role, doubt))
        return self._trusting.get(principal, [])

    # --- one way ----------------------------------------------------------------------------------------------------

    def _way(self, rule: Rule, about: Things, becomes: int, why: str, being: Several | None = None) -> Way:
        steps = tuple(tuple(self._held(need, about) for need in step) for step in rule.steps)
        on = tuple(thing.id for name, thing in about.items() if name == TARGET and self._name(becomes) != thing.id)
        return Way(rule, becomes, steps, being, why, on, intended=self._intended(rule, about))

    def _name(self, node: int) -> str:
        return self.scene.names[node]

    def _held(self, need: Need, about: Things) -> Held:
        thing = about.get(need.on)
        return self.sources.on(need, thing) if thing is not None else self.sources.anywhere(need)

    def _intended(self, rule: Rule, about: Things) -> int:
        """Those whom somebody allowed it on these very things, by their names: a pipeline its role and function."""
        if rule.plain or rule.everything or not (rule.trusts or set(rule.targets).isdisjoint(IDENTITIES)):
            return 0
        bits, what = -1, PASSED if rule.trusts else TARGET
        for need in rule.steps[0]:
            if need.on == what:
                bits &= self.sources.named(need.action, about[what])
        return max(0, bits)

    # --- what was not seen ------------------------------------------------------------------------------------------

    def _unseen(self, rule: Rule) -> Iterator[Way]:
        """The same with things that are not in this world: a plan shows a part of an account."""
        bits = 0
        patterns: list[tuple[str, int]] = []
        for name in {need.on for need in rule.needs} & {TARGET, PASSED}:
            wanted = self.access.people.everybody
            for need in rule.needs:
                if need.on == name:
                    found = list(self._open(rule, need))
                    wanted &= _all(found)
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
        held = self.sources.anywhere(_anything(need))
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


def _anything(need: Need) -> Need:
    """The same need, of whatever it is about."""
    return Need(need.action, ANYTHING, need.context) if need.on in {TARGET, PASSED} else need
