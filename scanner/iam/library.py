"""Every statement of a world, sorted by what it does: grants, bounds, guards a thing, or limits an organization."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.iam.compiled import Compiled, compiled, text_of
from scanner.iam.context import Question
from scanner.iam.nearby import Nearby
from scanner.iam.people import People
from scanner.kinds import Account
from scanner.model import Statement, Unknown, World

_GUARDS = frozenset({"resource", "trust"})
_OF_IDENTITIES = ("aws_iam_", "aws_ssoadmin_")
"""What types of policies begin with that are attached to identities, and never to accounts."""


@dataclass
class Library:
    """The statements that questions are answered from."""

    people: People
    granting: list[Compiled] = field(default_factory=list)
    """Of identity policies; alike ones are one."""

    policies: dict[str, list[Compiled]] = field(default_factory=dict)
    """Of each policy that may bound somebody."""

    guards: dict[str, list[Compiled]] = field(default_factory=dict)
    """Of the policies of each thing itself, by its id."""

    astray: list[Compiled] = field(default_factory=list)
    """Of policies of things of which it is not known which they are."""

    limits: list[tuple[Compiled, str, tuple[str, ...] | Unknown]] = field(default_factory=list)
    """Of organizations: scp or rcp, and what each is attached to."""

    bounded: dict[str, int] = field(default_factory=dict)
    """Principals by the policy that bounds them."""

    unbounded: int = 0
    """Principals of whom it is not known whether, or by what, they are bounded."""

    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By account: its organization's root, units, and the account itself, as far as that is known."""

    managing: frozenset[str] = frozenset()
    """Accounts that manage an organization, whose policies do not limit them."""

    perhaps_managing: frozenset[str] = frozenset()
    """Accounts of which that is not known."""

    texts: dict[str, Statement] = field(default_factory=dict)
    """Every statement by its id."""

    _personal: dict[tuple[int, int], tuple[int, int, str]] = field(default_factory=dict)
    _signatures: dict[str, int] = field(default_factory=dict)
    _known: dict[Any, int] = field(default_factory=dict)
    _by_service: dict[str, list[Compiled]] = field(default_factory=dict)
    _any_service: list[Compiled] = field(default_factory=list)
    _near: dict[str, Nearby] = field(default_factory=dict)
    _acting: dict[str, list[tuple[Compiled, bool]]] = field(default_factory=dict)

    def about(self, action: str) -> list[tuple[Compiled, bool]]:
        """Granting statements about an action, in lower case, each with whether that is certain."""
        if action not in self._acting:
            listed = (*self._by_service.get(action.partition(":")[0], ()), *self._any_service)
            answers = ((one, one.acts(action)) for one in listed)
            self._acting[action] = [(one, bool(found)) for one, found in answers if found is not False]
        return self._acting[action]

    def near(self, action: str, spellings: tuple[str, ...]) -> Iterator[tuple[Compiled, bool]]:
        """Those about an action that may be about what can be written in these ways."""
        if action not in self._near:
            self._near[action] = Nearby(self.about(action))
        return self._near[action].to(spellings)

    def guarding(self, id_: str, type_: str) -> list[Compiled]:
        """Statements of policies of a thing itself, and of those that may be of it."""
        own = self.guards.get(id_, []) if id_ else []
        astray = [one for one in self.astray if type_ and _of_one_service(one.first.origin.type, type_)]
        return [*own, *astray] if astray else own

    def personal(self, one: Compiled, may: int, question: Question) -> tuple[int, int, str]:
        """Those of some for whom a statement's conditions on who they are hold, and of whom that is not known; why."""
        key = (id(one), may)
        kept = one.by_who_alone and not one.who & question.given.keys()
        if kept and key in self._personal:
            return self._personal[key]
        yes = perhaps = 0
        reason = ""
        for principal, alike in self.people.alike(one.who, may):
            answer = one.personal(question, principal)
            if isinstance(answer, str):
                perhaps, reason = perhaps | alike, reason or answer
            elif answer:
                yes |= alike
        if kept:
            self._personal[key] = (yes, perhaps, reason)
        return yes, perhaps, reason

    def signature(self, action: str) -> int:
        """The same number for actions, in lower case, that the same statements are about, but for a thing's own."""
        if action not in self._signatures:
            others = (*(one for held in self.policies.values() for one in held), *(one for one, _, _ in self.limits))
            text = (
                tuple((id(one), certain) for one, certain in self.about(action)),
                tuple(one.acts(action) for one in others),
            )
            self._signatures[action] = self._known.setdefault(text, len(self._known))
        return self._signatures[action]

    def index(self) -> None:
        """Sort granting statements by the services that they are about."""
        for one in self.granting:
            services = _services(one.first)
            for service in services or ():
                self._by_service.setdefault(service, []).append(one)
            if services is None:
                self._any_service.append(one)


def library(world: World, people: People) -> Library:
    """Sort and compile every statement of a world."""
    made = Library(people, **_organization(world))
    made.texts = {statement.id: statement for statement in world.statements}
    _see_boundaries(made)
    alike: dict[tuple[Any, ...], Compiled] = {}
    for statement in world.statements:
        kind = statement.policy_kind
        if isinstance(kind, Unknown) or kind == "identity":
            _grant(made, statement, alike)
        if statement.policy in made.bounded:
            made.policies.setdefault(statement.policy, []).append(compiled(statement))
        if kind in _GUARDS:
            _guard(made, statement)
        elif kind in {"scp", "rcp"}:
            _limit(made, statement, str(kind), statement.binds)
        elif isinstance(kind, Unknown) and not statement.origin.type.startswith(_OF_IDENTITIES):
            _limit(made, statement, "scp", kind)
            _limit(made, statement, "rcp", kind)
    made.index()
    return made


def _grant(made: Library, statement: Statement, alike: dict[tuple[Any, ...], Compiled]) -> None:
    must, may = made.people.bound(statement.binds)
    if isinstance(statement.policy_kind, Unknown):
        must = 0
    if not may:
        return
    text = text_of(statement)
    one = alike.get(text)
    if one is None:
        one = alike[text] = compiled(statement)
        made.granting.append(one)
    one.must |= must
    one.may |= may
    one.holders.append((statement.id, may))


def _limit(made: Library, statement: Statement, kind: str, binds: tuple[str, ...] | Unknown) -> None:
    one = compiled(statement)
    one.holders.append((statement.id, made.people.everybody))
    made.limits.append((one, kind, binds))


def _of_one_service(one: str, other: str) -> bool:
    """Whether two of the provider's types are of one service, by their names; one without a type may be of any."""
    return not one or one.split("_")[:2] == other.split("_")[:2]


def _guard(made: Library, statement: Statement) -> None:
    one = compiled(statement)
    one.holders.append((statement.id, made.people.everybody))
    if isinstance(statement.binds, Unknown):
        made.astray.append(one)
    else:
        for bound in statement.binds:
            made.guards.setdefault(bound, []).append(one)


def _see_boundaries(made: Library) -> None:
    for number, identity in made.people.identities.items():
        if isinstance(identity.boundary, Unknown):
            made.unbounded |= 1 << number
        elif identity.boundary:
            made.bounded[identity.boundary] = made.bounded.get(identity.boundary, 0) | 1 << number


def _organization(world: World) -> dict[str, Any]:
    levels: dict[str, tuple[str, ...]] = {}
    managing: set[str] = set()
    perhaps: set[str] = set()
    for account in world.resources:
        if isinstance(account, Account):
            if not isinstance(account.levels, Unknown):
                levels[account.account or account.id] = account.levels
            if account.manages_organization is True:
                managing.add(account.account or account.id)
            elif isinstance(account.manages_organization, Unknown):
                perhaps.add(account.account or account.id)
    return {"levels": levels, "managing": frozenset(managing), "perhaps_managing": frozenset(perhaps)}


def _services(statement: Statement) -> frozenset[str] | None:
    """Services that a statement is about; None where it may be about any."""
    if isinstance(statement.actions, Unknown) or isinstance(statement.not_actions, Unknown) or statement.not_actions:
        return None
    services = frozenset(_each_service(statement.actions))
    return None if "" in services else services


def _each_service(patterns: Iterable[str]) -> Iterator[str]:
    for pattern in patterns:
        service, colon, _ = pattern.lower().partition(":")
        yield service if colon and not set(service) & set("*?~") else ""
