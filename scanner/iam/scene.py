"""What a world holds that rules speak of: who is a member, what acts as whom, who has a policy, who is bounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scanner.iam.access import Access
from scanner.iam.answers import members
from scanner.iam.compiled import Compiled
from scanner.iam.everything import administrators, limited, may_be_everything, perhaps_limited, unlimited
from scanner.iam.rules import IDENTITIES, Rule, Rules
from scanner.iam.sources import Place, place_of
from scanner.kinds import Compute, Identity
from scanner.model import Resource, Statement, Unknown

UNKNOWN, BOUNDARY = "unknown", "boundary"
"""Sorts of nodes: of which nothing more is known, and all that a boundary allows."""


@dataclass(frozen=True, slots=True)
class Several:
    """Some nodes: for certain, and at most; with the reason where that differs."""

    must: int
    may: int
    reason: str = ""


class Scene:
    """The world of an access engine, with a number for everything that one can become.

    After the engine's principals come an administrator of each account, then groups, and limits of boundaries.
    """

    def __init__(self, access: Access, rules: Rules) -> None:
        """Take a world that was compiled."""
        self.access = access
        self.rules = rules
        self.names: list[str] = list(access.principals)
        self.identities: dict[int, Identity] = dict(access.people.identities)
        self.by_type: dict[str, list[Resource]] = {}
        for resource in access.world.resources:
            self.by_type.setdefault(self._sort(resource), []).append(resource)
        self._nodes: dict[tuple[str, str], int] = {}
        self._bounding: set[int] = set()
        self._unknown: set[int] = {n for n in range(len(self.names)) if n not in self.identities}
        self.places: dict[Place, int] = {}
        for identity in self.identities.values():
            self._place(identity)
        for type_ in IDENTITIES:
            for resource in self.by_type.get(type_, ()):
                self._place(resource)
        self.realms = sum(1 << number for number in self.places.values())
        self._near: dict[int, int] = {}
        self.rights: dict[int, list[Compiled]] = {}
        self.administrators = self._administrators()
        world = access.world
        self._complete = {kind for kind in world.complete if not any(gap.hides_any(kind) for gap in world.gaps)}
        self.profiled = self._in_profiles()
        self._policies: dict[str, list[Statement]] | None = None

    @staticmethod
    def _sort(resource: Resource) -> str:
        if isinstance(resource, Identity) and resource.type in IDENTITIES:
            return resource.type
        return resource.origin.type

    # --- nodes ------------------------------------------------------------------------------------------------------

    def node(self, sort: str, name: str, text: str) -> int:
        """The number of something else that one can become, made when it is asked for first."""
        key = (sort, name)
        if key not in self._nodes:
            self._nodes[key] = len(self.names)
            if sort == UNKNOWN:
                self._unknown.add(len(self.names))
            if sort == BOUNDARY:
                self._bounding.add(len(self.names))
            self.names.append(text)
        return self._nodes[key]

    def realm(self, resource: Resource) -> int:
        """The number of the administrator of a resource's account."""
        return self._place(resource)

    def _place(self, resource: Resource) -> int:
        place = place_of(resource)
        if place not in self.places:
            account = place[0]
            self.places[place] = self.node("place", "\0".join(place), f"administrator of {account or 'the account'}")
        return self.places[place]

    def known(self, node: int) -> bool:
        """Whether it is known who or what a node is."""
        return node not in self._unknown

    def bounding(self, node: int) -> bool:
        """Whether a node stands for all that a boundary allows."""
        return node in self._bounding

    def things(self, types: tuple[str, ...]) -> Iterator[Resource]:
        """Every resource of some types, be they roles, users, groups or provider's types."""
        for type_ in types:
            yield from self.by_type.get(type_, ())

    # --- who stands for what ----------------------------------------------------------------------------------------

    def members(self, group: Resource) -> Several:
        """Users of a group."""
        people = self.access.people
        must = people.groups.get(group.id, 0)
        reason = "which groups a user is in is not known" if people.perhaps & ~must else ""
        return Several(must, must | people.perhaps, reason)

    def users_near(self, group: Resource) -> int:
        """Users of a group's account, who can be put into it."""
        place = place_of(group)
        return sum(1 << n for n, one in self.identities.items() if one.type == "user" and place_of(one) == place)

    def acting(self, thing: Resource) -> Several:
        """Whom the code of a resource acts as."""
        found = thing.acts_as if isinstance(thing, Compute) else Unknown("it is not read")
        if isinstance(found, Unknown):
            return Several(0, 0, f"what {thing.id} acts as is not known: {found.reason}")
        if not found:
            return Several(0, 0)
        number = self._number(found)
        if number is not None:
            return Several(1 << number, 1 << number)
        return Several(0, 0, f"what {found} may do, which {thing.id} acts as, was not seen")

    def _number(self, name: str) -> int | None:
        number = self.access.people.number.get(name)
        return number if number is not None else self.access.people.number.get(self.access.subject(name))

    def holders(self, policy: str) -> Several:
        """Those who have a managed policy."""
        if self._policies is None:
            self._policies = {}
            for statement in self.access.world.statements:
                if statement.origin.type in self.rules.policies and statement.policy_kind == "identity":
                    self._policies.setdefault(statement.policy, []).append(statement)
        must = may = 0
        for statement in self._policies.get(policy, ()):
            some, at_most = self.access.people.bound(statement.binds)
            must, may = must | some, may | at_most
        return Several(must, may, "whom the policy is attached to is not known" if may & ~must else "")

    def policies(self) -> Mapping[str, Statement]:
        """Managed policies that grant, each by one of its statements."""
        self.holders("")
        return {policy: listed[0] for policy, listed in (self._policies or {}).items()}

    def _in_profiles(self) -> Several:
        """Roles that are in an instance profile."""
        must, reason = 0, "" if self.whole("role") else "it may be in an instance profile that is not in this plan"
        for profile in self.access.world.resources:
            if isinstance(profile, Identity) and profile.type == "instance_profile":
                number = self._number(profile.holds) if isinstance(profile.holds, str) else None
                must |= 1 << number if number is not None else 0
                if isinstance(profile.holds, Unknown):
                    reason = reason or f"which role is in {profile.id} is not known: {profile.holds.reason}"
        return Several(must, self.access.people.everybody if reason else must, reason)

    # --- administrators and limits ----------------------------------------------------------------------------------

    def _administrators(self) -> Several:
        """Those whom a statement allows everything on everything, and who can still grant."""
        library = self.access.library
        may = 0
        for one in library.granting:
            may |= one.may if may_be_everything(one) and not one.denies else 0
        granting = granting_may = 0
        for action in self.rules.marks:
            answer = self.access.who_can(action, "*")
            granting, granting_may = granting | answer.must, granting_may | answer.may
        return Several(administrators(library) & granting, may & ~limited(library) & granting_may)

    def administrators_near(self, identity: Identity) -> int:
        """Administrators of the account of an identity."""
        realm = self.realm(identity)
        if realm not in self._near:
            near = (n for n in members(self.administrators.must) if n in self.identities)
            self._near[realm] = sum(1 << n for n in near if self.realm(self.identities[n]) == realm)
        return self._near[realm]

    def free(self, bits: int) -> tuple[Several, Mapping[str, int]]:
        """Those of some whom no boundary limits, and the others by the boundary that does."""
        library = self.access.library
        by_boundary = {p: bits & held for p, held in library.bounded.items() if unlimited(library, p) is False}
        bits &= ~limited(library)
        unknown = bits & perhaps_limited(library)
        return Several(bits & ~unknown, bits, "its boundary is not known" if unknown else ""), by_boundary

    # --- what was seen ----------------------------------------------------------------------------------------------

    def whole(self, type_: str) -> bool:
        """Whether there can be none of a type that is not here."""
        if type_ in IDENTITIES:
            return "identity" in self._complete
        if type_ in self.rules.policies:
            return "statement" in self._complete
        return "compute" in self._complete and type_ not in self.rules.unread

    def fits(self, rule: Rule, thing: Resource) -> bool | str:
        """Whether a target has the facts that a rule asks for; as text why that is not known."""
        doubt = ""
        for name, wanted in rule.where.items():
            value = getattr(thing, name, Unknown(f"it has no {name}"))
            if isinstance(value, Unknown):
                doubt = doubt or f"{name.replace('_', ' ')} of {thing.id}: {value.reason}"
            elif value != wanted:
                return False
        return doubt or True
