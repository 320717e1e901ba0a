"""Every way that the rules open in one world: by what, on what, to become whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from scanner.iam.access import policy as policy_of
from scanner.iam.answers import members
from scanner.iam.compiled import Compiled, compiled
from scanner.iam.rules import IDENTITIES, PASSED, TARGET, Need, Rule
from scanner.iam.scene import BOUNDARY, UNKNOWN, Scene, Several
from scanner.iam.sources import Held, Sources
from scanner.iam.unseen import Unseen, anything
from scanner.iam.way import Way
from scanner.kinds import Identity
from scanner.model import Resource

Things: TypeAlias = "dict[str, Resource]"
"""What the needs of a rule are about: the target, and the role that is handed over."""


class Ways:
    """Finds the ways of a world."""

    def __init__(self, scene: Scene, sources: Sources) -> None:
        """Take the world, and what asks about it."""
        self.scene = scene
        self.sources = sources
        self.access = scene.access
        self._unseen = Unseen(scene, sources)
        self._assumed: list[tuple[int, int]] = []
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
        self._assumed.append((may, way.becomes))

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
            yield from self._unseen.of(rule)

    def _possible(self, rule: Rule) -> bool:
        """Whether anybody is allowed what a rule needs on anything: most rules end here.

        A policy of the thing itself may let in whoever has no permission of his own, as a role's trust policy does.
        """
        for step in rule.steps:
            may = -1
            for need in step:
                may &= self.sources.anywhere(anything(need)).may if not self.sources.let_in(need) else -1
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
                yield policy_of(statement), self.scene.holders(policy)

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
        for role in (role for may, role in self._assumed if may >> administration & 1):
            doubt = f"whether {self._name(administration)} can become {self._name(role)} is not known"
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
