"""One question answered: what allows, what denies, and what bounds those who are allowed."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.iam import organization
from scanner.iam.answers import Answer, Part, members
from scanner.iam.compiled import AFTER_APPLY, Compiled
from scanner.iam.context import Question
from scanner.iam.library import Library
from scanner.iam.outsiders import outsiders
from scanner.iam.patterns import Reach, relation
from scanner.iam.people import Named
from scanner.iam.vocabulary import Vocabulary
from scanner.model import Unknown

_NOT_ATTACHED = "whom its policy is attached to is not known"
_NOT_SEEN = "a policy of the thing itself decides, and it was not seen"


@dataclass(frozen=True, slots=True)
class Target:
    """What a question is about."""

    id: str
    """The id of a resource of the world; empty for any other."""

    name: str
    spellings: tuple[str, ...]
    account: str
    place: str
    """The plan it is of; empty for anything else."""

    known: bool
    """Whether it is of this world, with its own policies."""

    type: str = ""
    own: bool = False
    """Whether it is of the account of whoever asks."""


@dataclass(slots=True)
class Outcome:
    """For whom a statement holds."""

    all: int = 0
    """On all that is asked about."""

    some: int = 0
    """At least on a part."""

    may: int = 0
    reason: str = ""


@dataclass(slots=True)
class _Sides:
    """Who is let in from which side: by policies of their own, by name, or through their account."""

    own: list[tuple[Compiled, Outcome]] = field(default_factory=list)
    direct: int = 0
    direct_may: int = 0
    account: int = 0
    account_may: int = 0
    users: int = 0
    """Let in by name, by a session or as everybody, whatever bounds them."""

    users_may: int = 0


class Decision:
    """The making of one answer."""

    def __init__(self, library: Library, vocabulary: Vocabulary, target: Target, question: Question) -> None:
        self.library = library
        self.people = library.people
        self.vocabulary = vocabulary
        self.target = target
        self.question = question
        self.parts: list[Part] = []
        self.denied = 0
        self.denied_may = 0
        self.partly: list[tuple[Compiled, int]] = []
        self.apart = 0
        """Those for whom something holds on a part of what is asked about only, and must go together with more."""

        self.regions: list[str] = []
        """Patterns of the parts."""

        self.allowing: list[tuple[Compiled, int]] = []
        """Statements that allow it, each with those whom it allows at most."""

    def answer(self, principals: tuple[str, ...]) -> Answer:
        """Put the answer together."""
        sides = _Sides()
        for one, certain in self.library.near(self.question.action, self.target.spellings):
            outcome = self.outcome(one, one.must, one.may, certain=certain)
            if outcome.may:
                self.sort(one, outcome, sides)
        guards = self.guards()
        for one in guards:
            self.guard(one, sides)
        own, own_may = self.own(sides)
        own, own_may, named, named_may = self.bounded(own, own_may, sides)
        must, may = self.both_sides(sides, (own, own_may), (named, named_may), guarded=bool(guards))
        must, may = organization.limited(self, must, may)
        must, may = must & ~self.denied_may, may & ~self.denied
        return Answer(principals, must, may, tuple(self.parts), tuple(outsiders(self, guards)))

    # --- statements ------------------------------------------------------------------------------------------

    def outcome(self, one: Compiled, must: int, may: int, *, certain: bool) -> Outcome:
        """For whom of those it binds a statement holds."""
        if not may:
            return Outcome()
        reach = one.reaches(self.target.spellings, self.question, None)
        condition = one.general(self.question) if reach is not Reach.NONE else False
        if condition is False:
            return Outcome()
        if one.by_name:
            return self.each(one, must, may, condition, certain=certain)
        if not one.who:  # the very sets that it binds: an answer that is kept is small then
            return self.held(one, (must, may), reach, (condition, ""), certain=certain)
        yes, perhaps, doubt = self.library.personal(one, may, self.question)
        return self.held(one, (must & yes, yes | perhaps), reach, (condition, doubt), certain=certain)

    def each(self, one: Compiled, must: int, may: int, condition: bool | str, *, certain: bool) -> Outcome:  # noqa: FBT001
        """The same of a statement whose resources differ from one principal to the next."""
        found = Outcome()
        for number in members(may):
            bit, principal = 1 << number, self.people.all[number]
            reach = one.reaches(self.target.spellings, self.question, principal)
            personal = one.personal(self.question, principal)
            if reach is Reach.NONE or personal is False:
                continue
            doubt = personal if isinstance(personal, str) else ""
            part = self.held(one, (0 if doubt else must & bit, bit), reach, (condition, doubt), certain=certain)
            found.all, found.some, found.may = found.all | part.all, found.some | part.some, found.may | part.may
            found.reason = found.reason or part.reason
        return found

    def held(
        self,
        one: Compiled,
        bits: tuple[int, int],
        reach: Reach,
        doubts: tuple[bool | str, str],
        *,
        certain: bool,
    ) -> Outcome:
        """What a statement comes to that reaches what is asked about, for those whom it binds."""
        (must, may), (condition, doubt) = bits, doubts
        if condition is True and certain and one.certain and reach >= Reach.PART:
            reason = doubt or (_NOT_ATTACHED if may & ~must else "")
            return Outcome(must if reach is Reach.ALL else 0, must, may, reason)
        if isinstance(condition, str):
            return Outcome(may=may, reason=condition)
        maybe = "a resource of it may be another one" if reach is Reach.MAYBE else AFTER_APPLY
        return Outcome(may=may, reason=one.hidden() or maybe)

    def sort(self, one: Compiled, outcome: Outcome, sides: _Sides) -> None:
        """Take in what a granting statement comes to."""
        if one.certain and not one.denies:
            sides.own.append((one, outcome))
        else:
            self.deny(one, outcome)
            if not one.certain:
                sides.own.append((one, outcome))

    def deny(self, one: Compiled, outcome: Outcome) -> None:
        """Take in a Deny."""
        partly = outcome.some & ~outcome.all
        self.denied |= outcome.all
        self.denied_may |= (outcome.may & ~partly) | outcome.all
        if partly:
            self.partly.append((one, partly))
            self.set_apart(one, partly)
        self.part("deny", one, outcome.all, outcome.may & ~partly, outcome.reason)

    def set_apart(self, one: Compiled, bits: int) -> None:
        """Note for whom a statement reaches a part only, and which."""
        self.apart |= bits
        patterns = one.first.not_resources if one.denies else one.first.resources
        if bits and isinstance(patterns, tuple) and not one.named:
            self.regions.extend(patterns)

    def part(self, role: str, one: Compiled, must: int, may: int, reason: str = "") -> None:
        """Note what a statement adds."""
        if may:
            self.parts.append(Part(role, must, may, one.holders, reason))

    def own(self, sides: _Sides) -> tuple[int, int]:
        """Those whom policies of their own allow it, but for what is denied on the very part that is allowed."""
        must = may = 0
        for one, outcome in sides.own:
            some, at_most, reason = outcome.some, outcome.may, outcome.reason
            self.allowing.append((one, outcome.may))
            if some & ~outcome.all and isinstance(one.first.resources, tuple):
                self.regions.extend(one.first.resources)
            before = 0
            for denial, bits in self.partly:
                inside = self.inside(one, denial) if bits & at_most else False
                if inside:
                    some, at_most = some & ~bits, at_most & ~bits
                elif inside is None or before & bits & at_most:
                    some, reason = some & ~bits, reason or "parts of it are denied"
                before |= bits
            must, may = must | some, may | at_most
            self.part("allow", one, some, at_most, reason)
        return must, may

    def inside(self, one: Compiled, denial: Compiled) -> bool | None:
        """Whether all that a statement allows here is denied by another; None where that is not told apart."""
        allowed, denied = one.first.resources, denial.first.resources
        if isinstance(allowed, Unknown) or isinstance(denied, Unknown):
            return None
        if not allowed or not denied or one.named or denial.named:
            return None
        here = [a for a in allowed if any(relation(a, s) for s in self.target.spellings)]
        whole = [s for s in self.target.spellings if any(relation(a, s) is Reach.ALL for a in here)]
        reached = whole or here
        return all(any(relation(d, a) is Reach.ALL for d in denied) for a in reached)

    # --- the thing's own policies ----------------------------------------------------------------------------

    def guards(self) -> list[Compiled]:
        """Statements of policies of the thing itself."""
        found = self.library.guarding(self.target.id, self.target.type)
        return [one for one in found if one.acts(self.question.action) is not False]

    def guard(self, one: Compiled, sides: _Sides) -> None:
        """Take in a statement of the thing's own policy."""
        named, known = self.principals_of(one)
        astray = isinstance(one.first.binds, Unknown)
        certain = one.acts(self.question.action) is True and known and not astray
        if one.denies or not one.certain:
            every, every_may = named.direct | named.account, named.direct_may | named.account_may
            if one.first.not_principals:
                every, every_may = self.spared_by(one.first.not_principals)
            self.deny(one, self.told(one, self.outcome(one, every, every_may, certain=certain)))
        if one.denies:
            return
        direct = self.told(one, self.outcome(one, named.direct, named.direct_may, certain=certain))
        account = self.outcome(one, named.account, named.account_may, certain=certain)
        self.allowing.append((one, direct.may | account.may))
        self.set_apart(one, (direct.some & ~direct.all) | (account.some & ~account.all))
        sides.direct |= direct.some
        sides.direct_may |= direct.may
        sides.account |= account.some
        sides.account_may |= account.may
        users = self.people.unbounded(one.first.principals, self.target.account, self.target.place)
        sides.users |= direct.some & users
        sides.users_may |= direct.may & users
        self.part("allow", one, direct.some, direct.may, direct.reason)
        if not direct.may:
            self.part("allow", one, account.some, account.may, account.reason)

    @staticmethod
    def told(one: Compiled, outcome: Outcome) -> Outcome:
        """The same, with the reason why NotPrincipal may or may not mean somebody."""
        if one.first.not_principals and outcome.reason == _NOT_ATTACHED:
            outcome.reason = "whether NotPrincipal spares it is not certain"
        return outcome

    def spared_by(self, names: tuple[str, ...] | Unknown) -> tuple[int, int]:
        """Those whom a Deny with NotPrincipal reaches, for certain and at most.

        Source: AWS IAM User Guide, "NotPrincipal with Deny": the account must be named beside the one who is spared,
        and whoever has a permissions boundary is denied in any case.
        """
        everybody = self.people.everybody
        if isinstance(names, Unknown):
            return 0, everybody
        each = [self.people.named(name, self.target.account, self.target.place) for name in names]
        spared, accounts, companions = Named(), 0, 0
        for one in each:
            spared |= one
            accounts |= one.account
        for name, one in zip(names, each, strict=True):
            account = "" if one.account_may else self.vocabulary.account_of(name.partition(":")[2])
            companions |= self.people.accounts.get(account, 0) if account else 0
            for bits in self.people.accounts.values():
                companions |= bits if one.direct & bits and one.direct != everybody else 0
        everyone = everybody if any(name.endswith(":*") for name in names) else 0
        bounded = 0
        for bits in self.library.bounded.values():
            bounded |= bits
        # Beside one of its principals an account is named for that one, and spares none of its others.
        passed = spared.account_may & ~(companions & accounts)
        must = everybody & ~(spared.direct_may | passed) | bounded
        certain = (spared.direct & accounts | everyone) & ~bounded & ~self.library.unbounded
        return must, everybody & ~certain | bounded

    def principals_of(self, one: Compiled) -> tuple[Named, bool]:
        """Whom a statement of a thing's own policy means, and whether that is certain."""
        statement = one.first
        everybody = Named(direct_may=self.people.everybody, account_may=self.people.everybody)
        if isinstance(statement.principals, Unknown) or isinstance(statement.not_principals, Unknown):
            return everybody, False
        account, place = self.target.account, self.target.place
        if statement.not_principals:
            spared = Named()
            for principal in statement.not_principals:
                spared |= self.people.named(principal, account, place)
            every = self.people.everybody
            left, left_may = every & ~(spared.direct_may | spared.account_may), every & ~spared.direct
            return Named(direct=left, direct_may=left_may), True
        found = Named()
        for principal in statement.principals:
            found |= self.people.named(principal, account, place)
        return found, True

    # --- what must come together -----------------------------------------------------------------------------

    def bounded(self, own: int, own_may: int, sides: _Sides) -> tuple[int, int, int, int]:
        """What boundaries leave of what policies of one's own allow, and of what names a role."""
        cap, cap_may = self.people.everybody & ~self.library.unbounded, self.people.everybody
        hidden = self.library.unbounded & (own_may | sides.direct_may)
        if hidden:
            self.parts.append(Part("limit", 0, hidden, reason="the boundary of its permissions is not known"))
        wanted = own_may | sides.direct_may
        for policy, bits in self.library.bounded.items():
            if bits & wanted:
                must, may = self.boundary(policy, bits & wanted)
                cap, cap_may = cap & ~bits | must, cap_may & ~bits | may
        named = (sides.direct & cap) | sides.users
        return own & cap, own_may & cap_may, named, (sides.direct_may & cap_may) | sides.users_may

    def boundary(self, policy: str, bits: int) -> tuple[int, int]:
        """Those of some whom the boundary they have lets do it, for certain and at most."""
        statements = self.library.policies.get(policy, ())
        if not statements:
            self.parts.append(Part("limit", 0, bits, reason=f"what the boundary {policy} allows was not seen"))
            return 0, bits
        must = may = whole = 0
        for one in statements:
            acts = one.acts(self.question.action)
            outcome = self.outcome(one, bits, bits, certain=bool(acts)) if acts is not False else Outcome()
            if not outcome.may:
                continue
            if one.denies or not one.certain:
                self.deny(one, outcome)
            if not one.denies:
                must, may, whole = must | outcome.some, may | outcome.may, whole | outcome.all
                self.set_apart(one, outcome.some & ~outcome.all & ~whole)
                doubt = outcome.may & ~outcome.some
                if doubt:
                    self.parts.append(Part("limit", 0, doubt, reason=f"boundary {policy}: {outcome.reason}"))
        stopped = bits & ~may
        if stopped:
            reason = f"the boundary {policy} does not allow it"
            self.parts.append(Part("limit", stopped, stopped, reason=reason))
        return must, may

    def both_sides(
        self, sides: _Sides, own: tuple[int, int], named: tuple[int, int], *, guarded: bool
    ) -> tuple[int, int]:
        """Who is let in by all sides that must let them in: within an account one, across accounts both."""
        here, here_may = self.people.of_account(self.target.account, self.target.place)
        if self.target.own or self.question.spellings == ("*",):
            here = here_may = self.people.everybody
        if self.vocabulary.guards_itself(self.question.action, self.target.name):
            passed = self.passed_on(sides, guarded=guarded)
            within, within_may = named[0] | own[0] & passed[0], named[1] | own[1] & passed[1]
        else:
            within, within_may = named[0] | own[0], named[1] | own[1]
        across = own[0] & (sides.direct | sides.account)
        across_may = own[1] & (sides.direct_may | sides.account_may)
        foreign = own[1] & ~here
        if not self.target.known and foreign:
            across_may |= own[1]
            self.parts.append(Part("limit", 0, foreign, reason=_NOT_SEEN))
        if here_may & ~here & (within_may ^ across_may):
            doubt = here_may & ~here & (within_may | across_may)
            self.parts.append(Part("limit", 0, doubt, reason="whether both are of one account is not known"))
        either = within & across
        must = (within & here) | (across & ~here_may) | (either & here_may & ~here)
        may = (within_may & here_may) | (across_may & ~here)
        return must, may

    def passed_on(self, sides: _Sides, *, guarded: bool) -> tuple[int, int]:
        """For whom the thing's own policy leaves the decision to policies of their account."""
        if not self.target.known:
            self.parts.append(Part("limit", 0, self.people.everybody, reason=_NOT_SEEN))
            return 0, self.people.everybody
        default = self.people.everybody if self.vocabulary.guarded_by_default(self.target.name) else 0
        if not self.library.guards.get(self.target.id):
            if guarded:
                reason = "whether a policy is its own is not known"
                self.parts.append(Part("limit", 0, self.people.everybody, reason=reason))
            return 0 if guarded else default, sides.account_may | sides.direct_may | default
        return sides.account | sides.direct, sides.account_may | sides.direct_may
