"""The page an auditor asks for: who can do what, by what chain, for certain or possibly, and what was not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from scanner.iam.access import Access
from scanner.iam.answers import Outside, members
from scanner.kinds import Identity
from scanner.model import Resource, Unknown, World
from scanner.questions.administrators import administrators
from scanner.questions.chains import Chain, Chains
from scanner.questions.duties import Actions, Held, who_holds
from scanner.redact import Redactor

ACCOUNT = "the account as a whole"
"""What a duty is about that no single resource is."""


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
class On:
    """What somebody can do it on."""

    resource: str
    environment: str
    data: tuple[str, ...]
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

    unseen: tuple[str, ...]


class _Maker:
    """What is looked up again and again while a page is made."""

    def __init__(self, access: Access, chains: Chains) -> None:
        self.access = access
        self.chains = chains
        self.resources = {resource.id: resource for resource in access.world.resources}
        self.everything = administrators(access)
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
            chains = sorted(found, key=lambda c: (not c.definite, len(c.steps), c.source))
            self._reached[id_] = tuple((self.who(chain.source), chain) for chain in chains)
        return self._reached[id_]

    def section(self, held: list[Held]) -> Section:
        """Put the answers on one duty together, by who holds it."""
        on: dict[str, list[On]] = {}
        for one in held:
            for number in members(one.may):
                why = one.why(number)
                definite = bool(one.must >> number & 1)
                on.setdefault(self.access.principals[number], []).append(
                    _on(one.resource, definite=definite, statements=why.statements, reasons=why.reasons)
                )
            for stranger in one.outside:
                on.setdefault(stranger.principal, []).append(_let_in(one.resource, stranger))
        holdings = [Holding(self.who(id_), tuple(found), self.reached(id_)) for id_, found in on.items()]
        asked = tuple(one.resource.id if one.resource else ACCOUNT for one in held if one.answers or one.resource)
        order = sorted(holdings, key=lambda h: (not h.definite, h.who.type == "outside", h.who.id))
        return Section(held[0].duty.name, held[0].duty.title, asked, tuple(order))


def page(access: Access, actions: Actions, chains: Chains) -> Page:
    """Answer every question of the page."""
    maker = _Maker(access, chains)
    sections: dict[str, list[Held]] = {}
    for held in who_holds(access, actions):
        sections.setdefault(held.duty.name, []).append(held)
    top = [access.principals[number] for number in members(maker.everything)]
    return Page(
        sections=tuple(maker.section(held) for held in sections.values()),
        administrators=tuple(Holding(maker.who(id_), (), maker.reached(id_)) for id_ in sorted(top)),
        unseen=tuple(unseen(access.world)),
    )


def asked(access: Access, chains: Chains, action: str, resource: str) -> Section:
    """Answer one question: who can do `action` on `resource`."""
    maker = _Maker(access, chains)
    answer = access.who_can(action, resource)
    found = maker.resources.get(access.subject(resource)) or None
    on = {
        access.principals[number]: _on(
            found,
            name=resource,
            definite=bool(answer.must >> number & 1),
            statements=answer.why_of(number).statements,
            reasons=answer.why_of(number).reasons,
        )
        for number in members(answer.may)
    }
    strangers = {one.principal: _let_in(found, one, resource) for one in answer.outside}
    holdings = [Holding(maker.who(id_), (one,), maker.reached(id_)) for id_, one in {**strangers, **on}.items()]
    order = sorted(holdings, key=lambda h: (not h.definite, h.who.type == "outside", h.who.id))
    return Section("", f"{action} on {resource}", (resource,), tuple(order))


def of(page: Page, principal: str) -> Page:
    """The page of one identity alone: what it can do itself, and what by becoming somebody."""

    def its(holdings: Iterable[Holding]) -> Iterator[Holding]:
        for one in holdings:
            via = tuple(pair for pair in one.reached_by if pair[0].id == principal)
            if via or one.who.id == principal:
                yield replace(one, reached_by=via)

    sections = (replace(section, holdings=tuple(its(section.holdings))) for section in page.sections)
    return replace(page, sections=tuple(sections), administrators=tuple(its(page.administrators)))


def within(page: Page, keep: Callable[[On], bool]) -> Page:
    """The page of some resources alone."""

    def kept(section: Section) -> Section:
        found = (replace(one, on=tuple(on for on in one.on if keep(on))) for one in section.holdings)
        return replace(section, holdings=tuple(one for one in found if one.on))

    return replace(page, sections=tuple(map(kept, page.sections)))


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
    yield "users of a database, data access policies of search collections, and what programs do for those who use them"
    for gap in world.gaps:
        if {"identity", "statement"} & {*gap.kinds, *gap.hides}:
            yield f"{gap.scope}: {gap.reason}"


def _of(resource: Resource) -> Who:
    human = resource.human if isinstance(resource, Identity) and isinstance(resource.human, bool) else None
    return Who(resource.id, resource.type or resource.kind, resource.account, _environment(resource), human)


def _environment(resource: Resource | None) -> str:
    return resource.environment if resource is not None and isinstance(resource.environment, str) else ""


def _on(
    resource: Resource | None,
    *,
    definite: bool,
    statements: tuple[str, ...],
    reasons: tuple[str, ...],
    name: str = ACCOUNT,
) -> On:
    data = resource.data if resource is not None and not isinstance(resource.data, Unknown) else ()
    id_ = resource.id if resource is not None else name
    return On(id_, _environment(resource), data, definite, statements, () if definite else reasons)


def _let_in(resource: Resource | None, stranger: Outside, name: str = ACCOUNT) -> On:
    reasons = (stranger.reason,) if stranger.reason else ()
    return _on(resource, definite=stranger.definite, statements=stranger.statements, reasons=reasons, name=name)


def redacted(found: Page, hide: Redactor) -> Page:
    """The page without the secrets that names may hold."""
    return Page(
        tuple(_hidden_section(section, hide) for section in found.sections),
        tuple(_hidden_holding(holding, hide) for holding in found.administrators),
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
            resource=hide.address(one.resource),
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
