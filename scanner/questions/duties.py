"""Duties that an auditor asks about, and who holds each: what of a world each is about, and the answers of the engine.

Source: AICPA Trust Services Criteria, CC6.1 and CC6.3 (access by role and segregation of duties), CC8.1 (changes are
authorized).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from scanner.iam.access import Access
from scanner.iam.answers import Answer, Outside, Why
from scanner.iam.rules import Need
from scanner.iam.sources import Sources
from scanner.kinds import Agent, AuditTrail, Compute, Guardrail, Identity, Key, Model, Secret, Store
from scanner.model import CONVERSATION_CLASSES, Resource, Unknown, World


class Actions(Protocol):
    """What a cloud says of its actions."""

    def carrying_out(self, duty: str, type_: str, /) -> tuple[str, ...]:
        """Actions by which a duty is carried out on a provider's type; without one, on the account as a whole."""

    def unseen(self, duty: str, /) -> tuple[str, ...]:
        """Actions that carry it out, to be asked of anything where nothing that it is about was seen."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that an auditor asks who can do it."""

    name: str
    title: str
    """What those who hold it can do."""

    about: Callable[[Resource], bool]
    """Whether it is about a resource."""


def _conversations(resource: Resource) -> bool:
    return isinstance(resource, Store) and _holds(resource, CONVERSATION_CLASSES)


def _training(resource: Resource) -> bool:
    return isinstance(resource, Store) and _holds(resource, ("training",))


def _holds(resource: Resource, classes: tuple[str, ...]) -> bool:
    return isinstance(resource.data, tuple) and bool({*resource.data} & {*classes})


def _secret(resource: Resource) -> bool:
    return isinstance(resource, Secret) and resource.type != "certificate"


def _released(resource: Resource) -> bool:
    return isinstance(resource, Compute | Agent) or (isinstance(resource, Store) and resource.type == "registry")


def _identity(resource: Resource) -> bool:
    return isinstance(resource, Identity) and resource.type in {"role", "user", "group", "permission_set"}


def _record(resource: Resource) -> bool:
    log = isinstance(resource, Store) and isinstance(resource.data, tuple) and {*resource.data} == {"security_log"}
    return isinstance(resource, AuditTrail) or (log and _erasable(resource))


def _erasable(resource: Resource) -> bool:
    """Whether a store may lose what it holds before its time: nobody can delete from one that is locked."""
    return isinstance(resource, Store) and resource.immutable is not True


DUTIES = (
    Duty("view-conversations", "view prompts and transcripts", _conversations),
    Duty("export-conversations", "export transcripts", _conversations),
    Duty("view-training", "view training data", _training),
    Duty("decrypt", "decrypt", lambda r: isinstance(r, Key)),
    Duty("read-secrets", "read secrets", _secret),
    Duty("rotate-secrets", "rotate or replace secrets", _secret),
    Duty("change-keys", "change or disable encryption keys", lambda r: isinstance(r, Key)),
    Duty("change-models", "change models and their settings", lambda r: isinstance(r, Model)),
    Duty("change-prompts", "change prompts, agents and knowledge bases", lambda r: isinstance(r, Agent)),
    Duty("change-guardrails", "change guardrails", lambda r: isinstance(r, Guardrail)),
    Duty("approve-releases", "approve releases", lambda _: False),
    Duty("make-releases", "make releases", _released),
    Duty("grant-access", "grant access to others", _identity),
    Duty("stop-audit", "stop or delete audit trails", _record),
)
"""Every duty, as the page lists them."""

ANYBODY = frozenset({"AWS:*", "*:*"})
"""Principals of a policy that lets everybody in."""

CHANGES_AI = frozenset({"change-models", "change-prompts", "change-guardrails"})
"""Duties by which what the chatbot says is changed."""


@dataclass(frozen=True, slots=True)
class Held:
    """Who can carry out a duty on a resource, or on several for which it comes to the same."""

    duty: Duty
    resources: tuple[Resource, ...]
    """Empty where it is about the account, or about things that are no resource here."""

    must: int
    """Those who definitely can, as the engine numbers its principals."""

    may: int
    answers: tuple[Answer, ...] = ()
    outside: tuple[Outside, ...] = ()

    @property
    def open(self) -> bool:
        """Whether the resource's own policy lets everybody do it."""
        return any(one.principal in ANYBODY for one in self.outside)

    def why(self, number: int) -> Why:
        """The deciding statements of one principal and, where it is only possible, the reasons."""
        bit = 1 << number
        sure = bool(self.must & bit)
        found = [answer.why_of(number) for answer in self.answers if (answer.must if sure else answer.may) & bit]
        statements = dict.fromkeys(statement for one in found for statement in one.statements)
        return Why(tuple(statements), tuple(dict.fromkeys(reason for one in found for reason in one.reasons)))


def who_holds(access: Access, actions: Actions, sources: Sources | None = None) -> Iterator[Held]:
    """Ask the engine who can carry out each duty, on each resource that it is about; `sources` may know some of it."""
    records, sources = _destinations(access.world), sources or Sources(access)
    for duty in DUTIES:
        alike: dict[tuple[int, ...], list[Resource]] = {}
        answered: dict[tuple[int, ...], tuple[Answer, ...]] = {}
        fitting: dict[str, tuple[str, ...]] = {}
        for resource in access.world.resources:
            if duty.about(resource) or (duty.name == "stop-audit" and resource.id in records and _erasable(resource)):
                type_ = resource.origin.type
                if type_ not in fitting:
                    fitting[type_] = _fitting(access, resource, actions.carrying_out(duty.name, type_))
                answers = _answers(sources, resource, fitting[type_])
                key = tuple(map(id, answers))
                alike.setdefault(key, []).append(resource)
                answered[key] = answers
        for key, resources in alike.items():
            yield _held(access, duty, tuple(resources), answered[key])
        on_account = actions.carrying_out(duty.name, "")
        if not any(_shows(duty, one) for some in alike.values() for one in some):
            on_account += actions.unseen(duty.name)
        yield _held(access, duty, (), tuple(access.who_can(action, "*") for action in on_account))


def _destinations(world: World) -> set[str]:
    """What trails deliver to."""
    trails = {resource.id for resource in world.resources if isinstance(resource, AuditTrail)}
    return {wire.target for wire in world.wires if wire.source in trails and wire.how == "store"}


def _shows(duty: Duty, resource: Resource) -> bool:
    """Whether a resource shows what a duty is about: a trail does, not where it delivers to."""
    return duty.name != "stop-audit" or (isinstance(resource, AuditTrail) and resource.type == "trail")


def _fitting(access: Access, resource: Resource, actions: tuple[str, ...]) -> tuple[str, ...]:
    """Those actions that can act on a resource of this type at all."""
    return tuple(action for action in actions if access.vocabulary.acted_on(action.lower(), resource))


def _answers(sources: Sources, resource: Resource, actions: tuple[str, ...]) -> tuple[Answer, ...]:
    """Who can do each action on a resource; identities for which it comes to the same share their answers."""
    if isinstance(resource, Identity):
        found = (answer for action in actions for answer in sources.on(Need(action), resource).answers)
    else:
        found = (sources.access.who_can(action, resource.id) for action in actions)
    return tuple(answer for answer in found if answer.may or answer.outside)


def _held(access: Access, duty: Duty, resources: tuple[Resource, ...], answers: tuple[Answer, ...]) -> Held:
    must = may = 0
    for answer in answers:
        must, may = must | answer.must, may | answer.may
    itself = access.people.number.get(resources[0].id) if len(resources) == 1 else None
    if duty.name == "grant-access" and itself is not None:
        must, may = must & ~(1 << itself), may & ~(1 << itself)
    outside = {one.principal: one for answer in answers for one in sorted(answer.outside, key=lambda o: o.definite)}
    return Held(duty, resources, must, may, answers, tuple(outside.values()))


def production(held: Held) -> bool:
    """Whether what it is about is not all known to belong to another environment than production."""
    return not held.resources or any(_production(resource) for resource in held.resources)


def _production(resource: Resource) -> bool:
    return isinstance(resource.environment, Unknown) or resource.environment == "prod"
