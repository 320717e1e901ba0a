"""The page an auditor asks for: who can do what, by what chain, for certain or possibly, and what was not seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scanner.iam.access import Access
from scanner.iam.answers import members
from scanner.iam.everything import administrators
from scanner.kinds import Identity
from scanner.model import Resource, World
from scanner.questions.chains import Chain, Chains
from scanner.questions.duties import Actions, Held, who_holds
from scanner.redact import Redactor

ACCOUNT = "the account as a whole"
"""What a duty is about that no single resource is."""

_LISTED = 100
"""Resources that are named of one way to do it; of more, how many there are."""


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who may act."""

    id: str
    type: str
    """role, user, permission_set; outside for anybody who is not of this world."""

    account: str = ""
    environment: str = ""
    human: bool | None = None
    administrator: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource that somebody can do something on."""

    id: str
    environment: str = ""
    data: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class On:
    """What somebody can do it on, by the same statements and for the same reasons."""

    things: tuple[Thing, ...]
    """The first hundred of them."""

    count: int
    definite: bool
    statements: tuple[str, ...]
    """Those that decide."""

    reasons: tuple[str, ...]
    """Why it is only possible."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What one identity can do of a duty, and who can become it."""

    who: Who
    on: tuple[On, ...]
    reached_by: tuple[tuple[Who, Chain], ...] = ()

    @property
    def definite(self) -> bool:
        """Whether it is certain of anything."""
        return any(one.definite for one in self.on)


@dataclass(frozen=True, slots=True)
class Section:
    """One duty, and all who hold it."""

    duty: str
    title: str
    asked: tuple[str, ...]
    """What it was asked about."""

    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All of it."""

    sections: tuple[Section, ...]
    administrators: tuple[Holding, ...]
    """Who can do everything; what they can do it on is not listed."""

    rising: tuple[tuple[Who, Chain], ...]
    """Who can become an administrator."""

    unseen: tuple[str, ...]


class _Maker:
    """What is looked up again and again while a page is made."""

    def __init__(self, access: Access, chains: Chains) -> None:
        self.access = access
        self.chains = chains
        self.resources = {resource.id: resource for resource in access.world.resources}
        self.everything = administrators(access.library)
        self._who: dict[str, Who] = {}
        self._reached: dict[str, tuple[tuple[Who, Chain], ...]] = {}

    def who(self, id_: str) -> Who:
        """What is known of somebody."""
        if id_ not in self._who:
            found = self.resources.get(id_)
            number = self.access.people.number.get(id_)
            everything = number is not None and bool(self.everything >> number & 1)
            self._who[id_] = replace(_of(found), id=id_, administrator=everything) if found else Who(id_, "outside")
        return self._who[id_]

    def reached(self, id_: str) -> tuple[tuple[Who, Chain], ...]:
        """Who can become somebody, certain ones first."""
        if id_ not in self._reached:
            found = self.chains.into(id_).values() if id_ in self.resources else ()
            chains = sorted(found, key=_certain_first)
            self._reached[id_] = tuple((self.who(chain.source), chain) for chain in chains)
        return self._reached[id_]

    def section(self, held: Sequence[Held]) -> Section:
        """Put the answers on one duty together, by who holds it."""
        on: dict[str, dict[tuple[Any, ...], list[Resource | None]]] = {}
        for one in held:
            for number in members(one.may):
                why = one.why(number)
                id_, definite = self.access.principals[number], bool(one.must >> number & 1)
                key = (definite, why.statements, () if definite else why.reasons)
                others = [r for r in one.resources if r.id != id_ or one.duty.name != "grant-access"]
                on.setdefault(id_, {}).setdefault(key, []).extend(others or [None])
            for stranger in one.outside:
                key = (stranger.definite, stranger.statements, (stranger.reason,) if stranger.reason else ())
                on.setdefault(stranger.principal, {}).setdefault(key, []).extend(one.resources or [None])
        asked_of = [resource.id for one in held for resource in one.resources]
        asked_of += [ACCOUNT for one in held if not one.resources and one.may]
        holdings = [self.holding(id_, [_on(key, found) for key, found in ways.items()]) for id_, ways in on.items()]
        return Section(held[0].duty.name, held[0].duty.title, tuple(asked_of), tuple(sorted(holdings, key=_order)))

    def holding(self, id_: str, on: Iterable[On]) -> Holding:
        """What one identity can do, with who can become it."""
        return Holding(self.who(id_), tuple(on), self.reached(id_))


def page(access: Access, actions: Actions, chains: Chains, environment: str = "") -> Page:
    """Answer every question of the page; of one environment alone where one is given."""
    maker = _Maker(access, chains)
    sections: dict[str, list[Held]] = {}
    held_all = who_holds(access, actions)
    for held in within(held_all, environment) if environment else held_all:
        sections.setdefault(held.duty.name, []).append(held)
    top = [access.principals[number] for number in members(maker.everything)]
    return Page(
        sections=tuple(maker.section(held) for held in sections.values()),
        administrators=tuple(Holding(maker.who(id_), ()) for id_ in sorted(top)),
        rising=tuple((maker.who(chain.source), chain) for chain in sorted(chains.rising(), key=_certain_first)),
        unseen=tuple(unseen(access.world)),
    )


def asked(access: Access, chains: Chains, action: str, resource: str) -> Section:
    """Answer one question: who can do `action` on `resource`."""
    maker = _Maker(access, chains)
    answer = access.who_can(action, resource)
    found = maker.resources.get(access.subject(resource))
    thing = _thing(found) if found is not None else Thing(resource)
    on: dict[str, On] = {}
    for stranger in answer.outside:
        reasons = (stranger.reason,) if stranger.reason else ()
        on[stranger.principal] = On((thing,), 1, stranger.definite, stranger.statements, reasons)
    for number in members(answer.may):
        why, definite = answer.why_of(number), bool(answer.must >> number & 1)
        on[access.principals[number]] = On((thing,), 1, definite, why.statements, () if definite else why.reasons)
    holdings = [maker.holding(id_, (one,)) for id_, one in on.items()]
    return Section("", f"{action} on {resource}", (resource,), tuple(sorted(holdings, key=_order)))


def of(page: Page, principal: str) -> Page:
    """The page of one identity alone: what it can do itself, and what by becoming somebody."""

    def its(holdings: Iterable[Holding]) -> Iterator[Holding]:
        for one in holdings:
            via = tuple(pair for pair in one.reached_by if pair[0].id == principal)
            if via or one.who.id == principal:
                yield replace(one, reached_by=via)

    sections = (replace(section, holdings=tuple(its(section.holdings))) for section in page.sections)
    rising = tuple(pair for pair in page.rising if pair[0].id == principal)
    return replace(page, sections=tuple(sections), administrators=tuple(its(page.administrators)), rising=rising)


def within(held: Iterable[Held], environment: str) -> Iterator[Held]:
    """What is about resources of an environment, of an unknown one, or about the account."""
    for one in held:
        kept = tuple(r for r in one.resources if _environment(r) in {"", environment})
        if kept or not one.resources:
            yield replace(one, resources=kept)


def unseen(world: World) -> Iterator[str]:
    """What the answers cannot know, in words."""
    kinds = {statement.policy_kind for statement in world.statements}
    if "scp" not in kinds:
        yield "policies of the organization (SCPs and RCPs), which can only take away, were not read"
    if any(resource.planned for resource in world.resources):
        yield "identities and policies that are not in this plan, and who signs in to the account"
    unclassified = sum(r.kind == "store" and not r.data for r in world.resources)
    if unclassified:
        yield f"{unclassified} stores of no known data class are not asked about; tag them, or list them under data"
    yield (
        "whether somebody who can read a store can also use the key that it is encrypted with: compare those who can "
        "decrypt"
    )
    yield "grants of keys that this input does not hold, which stand in no policy"
    yield "users of a database, data access policies of search collections, and what programs do for those who use them"
    for gap in world.gaps:
        if gap.hides_any("identity", "statement"):
            yield f"{gap.scope}: {gap.reason}"


def _of(resource: Resource) -> Who:
    human = resource.human if isinstance(resource, Identity) and isinstance(resource.human, bool) else None
    return Who(resource.id, resource.type or resource.kind, resource.account, _environment(resource), human)


def _environment(resource: Resource | None) -> str:
    return resource.environment if resource is not None and isinstance(resource.environment, str) else ""


def _on(key: tuple[Any, ...], found: Sequence[Resource | None]) -> On:
    things = tuple(Thing(ACCOUNT) if one is None else _thing(one) for one in found[:_LISTED])
    return On(things, len(found), *key)


def _thing(resource: Resource) -> Thing:
    return Thing(resource.id, _environment(resource), resource.data if isinstance(resource.data, tuple) else ())


def _certain_first(chain: Chain) -> tuple[bool, int, str]:
    return (not chain.definite, len(chain.steps), chain.source)


def _order(holding: Holding) -> tuple[bool, bool, str]:
    return (not holding.definite, holding.who.type == "outside", holding.who.id)


def redacted(found: Page, hide: Redactor) -> Page:
    """The page without the secrets that names may hold."""
    return Page(
        tuple(_hidden_section(section, hide) for section in found.sections),
        tuple(_hidden_holding(holding, hide) for holding in found.administrators),
        tuple((_hidden_who(who, hide), _hidden_chain(chain, hide)) for who, chain in found.rising),
        tuple(map(hide.text, found.unseen)),
    )


def _hidden_section(section: Section, hide: Redactor) -> Section:
    asked_of = tuple(map(hide.address, section.asked))
    holdings = tuple(_hidden_holding(holding, hide) for holding in section.holdings)
    return replace(section, title=hide.text(section.title), asked=asked_of, holdings=holdings)


def _hidden_holding(holding: Holding, hide: Redactor) -> Holding:
    reached = tuple((_hidden_who(who, hide), _hidden_chain(chain, hide)) for who, chain in holding.reached_by)
    on = tuple(
        replace(
            one,
            things=tuple(replace(thing, id=hide.address(thing.id)) for thing in one.things),
            statements=tuple(map(hide.address, one.statements)),
            reasons=tuple(map(hide.text, one.reasons)),
        )
        for one in holding.on
    )
    return Holding(_hidden_who(holding.who, hide), on, reached)


def _hidden_who(who: Who, hide: Redactor) -> Who:
    return replace(who, id=hide.address(who.id))


def _hidden_chain(chain: Chain, hide: Redactor) -> Chain:
    steps = (
        replace(
            step,
            source=hide.address(step.source),
            target=hide.address(step.target),
            how=hide.text(step.how),
            reason=hide.text(step.reason),
        )
        for step in chain.steps
    )
    return Chain(tuple(steps))
