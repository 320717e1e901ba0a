"""What a named question is, what it is asked about, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

from scanner.graph.flowgraph import FlowGraph
from scanner.kinds import Flow, Identity, Store
from scanner.model import CONVERSATION_CLASSES, Gap, Resource, Unknown, World
from scanner.questions.asked import Asked
from scanner.questions.becoming import chains
from scanner.questions.chains import Chains
from scanner.questions.duties import ANYBODY
from scanner.questions.page import Holding, Page
from scanner.questions.page import page as page_of

KindT = TypeVar("KindT", bound=Resource)

CONVERSATIONS = frozenset(CONVERSATION_CLASSES)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that an answer names."""

    subject: str
    says: str
    """What is said of it, in one sentence."""

    certain: bool = True
    path: tuple[str, ...] = ()
    """How one gets there, where a way leads to it: ids, and by what one leads to the next."""


@dataclass(frozen=True)
class Posed:
    """What questions are asked about."""

    asked: Asked
    today: date
    before: World | None = None
    """An earlier world, for what has changed since; None where none was given."""

    @property
    def world(self) -> World:
        """Everything that was seen."""
        return self.asked.world

    @cached_property
    def graph(self) -> FlowGraph:
        """Its flows as a graph."""
        return FlowGraph.of(self.world)

    @cached_property
    def chains(self) -> Chains:
        """Who can become whom."""
        return chains(self.asked)

    @cached_property
    def page(self) -> Page:
        """Who can carry out which duty."""
        return page_of(self.asked.access, self.asked.language, self.chains)

    @cached_property
    def known(self) -> dict[str, Resource]:
        """Every resource by its id."""
        return {one.id: one for one in self.world.resources}

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """Every flow."""
        return tuple(one for one in self.world.flows if isinstance(one, Flow))

    def of(self, kind: type[KindT]) -> Iterator[KindT]:
        """Every resource of a kind."""
        return (one for one in self.world.resources if isinstance(one, kind))

    def holding(self, wanted: Iterable[str] = CONVERSATIONS) -> Iterator[tuple[Store, tuple[str, ...], bool]]:
        """Stores that hold any of some data classes, which of them, and whether that is certain."""
        wanted = {*wanted}
        for store in self.of(Store):
            surely, perhaps = told(store.may_hold), told(store.may_hold_possibly)
            if found := tuple(one for one in surely if one in wanted):
                yield store, found, True
            elif found := tuple(one for one in perhaps if one in wanted):
                yield store, found, False

    def holdings(self, duty: str) -> tuple[Holding, ...]:
        """Who holds a duty, and on what."""
        return tuple(one for section in self.page.sections if section.duty == duty for one in section.holdings)

    def open_to_everybody(self, duty: str) -> frozenset[str]:
        """Resources on which everybody holds a duty for certain."""
        if duty not in self._open:
            every = (one for one in self.holdings(duty) if one.who.id in ANYBODY)
            names = (thing.id for one in every for on in one.on if on.definite for thing in on.things)
            self._open[duty] = frozenset(names)
        return self._open[duty]

    @cached_property
    def _open(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def deployers(self) -> frozenset[str]:
        """Identities that can make releases themselves."""
        return frozenset(one.who.id for one in self.holdings("make-releases") if one.definite)


@dataclass(frozen=True, slots=True)
class Question:
    """One question that an auditor asks by name."""

    name: str
    asks: str
    """The question itself."""

    criteria: tuple[str, ...]
    answer: Callable[[Posed], Iterator[Row]]
    hidden_by: tuple[str, ...] = ("flow",)
    """Kinds of which a gap may hide more."""

    ranked: bool = False
    """Whether its rows come in an order of their own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question comes to."""

    question: Question
    rows: tuple[Row, ...]
    unseen: tuple[Gap, ...]
    """What was not seen and may hide more."""


def posed(question: Question, about: Posed) -> Answer:
    """Ask one question: the certain rows first, unless it ranks them itself."""
    rows = list(dict.fromkeys(question.answer(about)))
    if not question.ranked:
        rows.sort(key=lambda row: (not row.certain, row.subject, row.says))
    gaps = [gap for gap in about.world.gaps if {*gap.kinds, *gap.hides} & {*question.hidden_by}]
    return Answer(question, tuple(rows), tuple(gaps))


def told(fact: tuple[str, ...] | Unknown) -> tuple[str, ...]:
    """The values of a fact; none where it is not known."""
    return () if isinstance(fact, Unknown) else fact


def listed(names: Iterable[str], most: int = 5) -> str:
    """Names for a sentence, the first of them and how many more there are."""
    found = list(names)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return f"{', '.join(found[:most])}{more}"


def in_production(resource: Resource | None) -> bool | None:
    """Whether a resource is of production; None where that is not known."""
    if resource is None or isinstance(resource.environment, Unknown):
        return None
    return resource.environment == "prod"


def people(about: Posed) -> Iterator[Identity]:
    """Every identity that may act."""
    return (one for one in about.of(Identity) if one.id in about.asked.access.people.number)
