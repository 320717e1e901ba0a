"""The vocabulary every layer shares: facts, resources, statements and gaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from itertools import repeat
from operator import attrgetter, call
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar

T = TypeVar("T")

CONVERSATION_CLASSES = (
    "prompt",
    "response",
    "transcript",
    "user_identity",
    "upload",
    "retrieval_content",
    "embedding",
    "feedback",
)
"""Data classes that hold, or are made from, what people tell the chatbot."""

LOG_CLASSES = ("security_log", "telemetry")
"""Data classes of records about the system itself."""

DATA_CLASSES = (*CONVERSATION_CLASSES, "config", "credential", *LOG_CLASSES, "training")
"""Every data class a store may hold."""

CLASS_GROUPS: Mapping[str, tuple[str, ...]] = {"conversation": CONVERSATION_CLASSES, "log": LOG_CLASSES}
"""Names a person may write for several data classes at once."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that the input does not decide, and why."""

    reason: str


FROM_SOURCES = "read from the sources"
"""What a reason says of attributes that a plan leaves open and its sources tell."""


@dataclass(frozen=True, slots=True)
class Completed:
    """An attribute that a plan leaves open, and that the sources it was made from tell."""

    address: str
    attribute: str
    """With the blocks around it, such as inline_policy.policy."""

    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Noted(Generic[T]):
    """A fact together with where it comes from: an attribute, a default, another resource."""

    value: T
    because: str
    completed: tuple[Completed, ...] = ()
    """Attributes that decide it and stand in the sources alone."""

    path: tuple[str, ...] = ()
    """The chain that leads to it, one step after the other: subjects, and in between by what one leads to the next."""


Fact: TypeAlias = T | Unknown
"""What an inspector says of one property: its value, or why it is not known."""


OUTSIDE = "outside"
"""Origin of what no input holds and flows lead to or from, such as a vendor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a resource was read."""

    source: str
    """plan, state or live; sources where there was no plan; outside for what flows alone tell of; settings."""

    type: str = ""
    """The provider's own type, such as aws_s3_bucket."""

    address: str = ""
    """Terraform address without the plan's name; empty for a live resource."""

    plan: str = ""
    """The plan file it came from; empty for a live resource."""

    previous: str = ""
    """Its address before it was moved; baselines and waivers follow it."""

    file: str = ""
    line: int = 0
    """Source file and line of its block, where known."""

    end: int = 0
    """Last line of its block; 0 where that is not known."""

    attribute: str = ""
    """What of its block a finding is about, with the blocks around it: an attribute or a nested block. Empty where it
    is about all of it, or where that cannot be told."""

    attribute_line: int = 0
    attribute_end: int = 0
    """First and last line of that."""

    full: str = ""
    """Its full name in the cloud, such as an ARN, where a plan knows it already."""

    called: tuple[str, ...] = ()
    """`file:line` of each module block that leads to a finding's block, from the root down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One thing in the cloud, the same whether planned or live.

    A fact that does not apply to a resource's type stays unknown; a control selects by `type` first.
    """

    kind: ClassVar[str]

    id: str
    """Terraform address (`<plan>:<address>` when several plans share addresses), or full cloud name."""

    type: str = ""
    """What sort of its kind it is, such as bucket or table."""

    name: str = ""
    """Its own name in the cloud, where known."""

    account: str = ""
    """Account, project or subscription, where known."""

    region: str = ""
    """Region, where known."""

    planned: bool = True
    """Whether it was read from a plan rather than from a live account."""

    environment: str | Unknown = field(default=Unknown("no tag, name or setting says which environment"))
    """prod, staging or dev."""

    data: tuple[str, ...] | Unknown = ()
    """Data classes it holds; empty where none is known."""

    data_by: str = ""
    """What says which: setting, tag or name; empty where nothing does."""

    origin: Origin = field(default=Origin(source="example"))
    """Where it was read."""

    because: Mapping[str, str] = field(default_factory=dict)
    """For a fact that needs explaining: where its value comes from."""

    completed: Mapping[str, tuple[Completed, ...]] = field(default_factory=dict)
    """For a fact that the plan alone does not decide: attributes that the sources tell of it."""

    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For a fact that a chain leads to: its steps."""

    @classmethod
    def of(cls, **facts: object) -> Self:
        """Build from facts, of which some may be `Noted`; `because`, `completed` and `paths` may be given as well."""
        given: Any = facts.pop("because", {})
        told: Any = facts.pop("completed", {})
        led: Any = facts.pop("paths", {})
        noted = {name: fact for name, fact in facts.items() if isinstance(fact, Noted)}
        because = {**given, **{name: fact.because for name, fact in noted.items() if fact.because}}
        completed = {**told, **{name: fact.completed for name, fact in noted.items() if fact.completed}}
        paths = {**led, **{name: fact.path for name, fact in noted.items() if fact.path}}
        values = {name: fact.value if isinstance(fact, Noted) else fact for name, fact in facts.items()}
        return cls(because=because, completed=completed, paths=paths, **values)  # type: ignore[arg-type]

    @property
    def subject(self) -> str:
        """What a finding about it is filed under."""
        return self.id

    @property
    def natural_key(self) -> tuple[str, str, str]:
        """Type, account and name: how plan, live account, waiver and ticket find each other."""
        return (self.origin.type or self.type, self.account, self.name)


R = TypeVar("R", bound=Resource)


def fact_names(kind: type) -> tuple[str, ...]:
    """Names of the facts a control may ask about in `kind`, in order of definition."""
    hidden = {"origin", "because", "completed", "paths"}
    return tuple(f.name for f in fields(kind) if f.name not in hidden)


def with_facts(resource: R, facts: Mapping[str, Any]) -> R:
    """The resource with these facts, of which some may be `Noted`; what explains others stays."""
    if not facts:
        return resource
    noted = {name: fact for name, fact in facts.items() if isinstance(fact, Noted)}
    if not noted and not (resource.because or resource.completed or resource.paths):
        return _copied(resource, facts)
    values = {**facts, **{name: fact.value for name, fact in noted.items()}}
    for note, part in _NOTES.items():
        earlier = getattr(resource, note)
        if noted or (earlier and not earlier.keys().isdisjoint(facts)):
            told = {name: text for name, fact in noted.items() if (text := getattr(fact, part))}
            values[note] = {**{name: text for name, text in earlier.items() if name not in facts}, **told}
    return _copied(resource, values)


_NOTES = {"because": "because", "completed": "completed", "paths": "path"}


def _copied(resource: R, values: Mapping[str, Any]) -> R:
    """What `dataclasses.replace` makes, in a third of its time: a large world has 100,000 flows."""
    kind: Any = type(resource)
    places, read, slots = _layout(kind)
    facts = [*read(resource)]
    for name, value in values.items():
        if name not in places:
            raise TypeError(f"{resource.kind} has no fact {name}")
        facts[places[name]] = value
    made: R = object.__new__(kind)
    # Loops in C; no setter gives anything back.
    any(map(call, slots, repeat(made), facts))
    return made


@cache
def _layout(
    kind: type,
) -> tuple[dict[str, int], attrgetter[tuple[Any, ...]], tuple[Callable[[object, Any], None], ...]]:
    """Place of each field by name, what reads all of them, and what sets each."""
    names = [one.name for one in fields(kind)]
    return (
        {name: place for place, name in enumerate(names)},
        attrgetter(*names),
        tuple(getattr(kind, n).__set__ for n in names),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Resource):
    """One permission statement as written, with whom it binds."""

    kind = "statement"

    policy: str = ""
    """Subject of the policy that holds the statement; findings are filed under it."""

    policy_kind: str | Unknown = "identity"
    """What the policy does: identity (grants), boundary (limits them), trust (who may become a role), resource (who may
    use it), endpoint (limits what goes through a VPC endpoint), scp, rcp, or ai_opt_out (a Deny of
    `ai:LearnFromContent` to a service)."""

    effect: str | Unknown = "Allow"
    """Allow or Deny."""

    version: str = "2012-10-17"
    """Version of the policy language; before 2012-10-17 `${...}` is no variable."""

    managed_by: str = "customer"
    """Who maintains the policy's text: customer, or the cloud provider as `provider`."""

    written: bool = True
    """Whether the configuration or account says it itself: not what holds by default or is only there already."""

    actions: tuple[str, ...] | Unknown = ()
    not_actions: tuple[str, ...] | Unknown = ()
    resources: tuple[str, ...] | Unknown = ()
    """Resource patterns; `${address}` stands for a planned resource whose name is not known yet."""

    not_resources: tuple[str, ...] | Unknown = ()
    principals: tuple[str, ...] | Unknown = ()
    """`<type>:<identifier>`, empty in an identity policy."""

    not_principals: tuple[str, ...] | Unknown = ()
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] | Unknown = ()
    """Operator, key and values of each condition."""

    binds: tuple[str, ...] | Unknown = ()
    """Subjects of the identities or resources it binds."""

    wildcard_action: bool | Unknown = Unknown("not worked out")
    """Whether it names every action, or every action of a service."""

    wildcard_resource: bool | Unknown = Unknown("not worked out")
    """Whether it reaches every resource with an action that could name one."""

    passes_roles_freely: bool | Unknown = Unknown("not worked out")
    """Whether it lets any role be passed, or one that several services can assume to a service it does not name."""

    @property
    def subject(self) -> str:
        """The policy that holds it."""
        return self.policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that could not be read; what depends on it is UNKNOWN."""

    scope: str
    """Address, account or region that was not seen whole."""

    kinds: tuple[str, ...]
    """Kinds whose controls must say UNKNOWN on `scope`; none when the gap is only told."""

    reason: str
    facts: tuple[str, ...] = ()
    """Facts that are missing, where only some are."""

    call: str = ""
    """Permission of the request that failed; empty in a plan."""

    hides: tuple[str, ...] = ()
    """Kinds of which some may be missing though no verdict is asked for: their absence is not a fact."""

    account: str = ""
    region: str = ""
    """Where in a live world the gap is: regions apart by spaces, none for a whole account."""

    def hides_any(self, *kinds: str) -> bool:
        """Whether some of one of these kinds may be missing, be a verdict on them asked for or not."""
        return any(kind in self.kinds or kind in self.hides for kind in kinds)

    def covers(self, account: str, region: str | None = None) -> bool:
        """Whether it is about an account, or a region of it where one is given; one of no account is about all."""
        in_region = region is None or not self.region or region in self.region.split()
        return in_region and self.account in {"", account}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What the settings of one resource make it use: a bucket its key, a function its role."""

    how: str
    """Kind of what is used: key, secret, identity, store or network."""

    source: str
    """Id of what uses it."""

    target: str
    """Id of what is used, or what it goes by where it was not read itself."""

    attribute: str = ""
    """Setting that names it."""

    environment: str | Unknown = field(default=Unknown("no tag, name or setting says which environment"))
    """Environment of what uses it."""

    reason: str = ""
    """Why it is only possible; empty where it is certain."""

    within: str = ""
    """Where a bare name means something, as its account is not known; empty for a name that means one thing only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything one scan saw."""

    resources: tuple[Resource, ...]
    statements: tuple[Statement, ...] = ()
    wires: tuple[Wire, ...] = ()
    grants: tuple[Resource, ...] = ()
    """What the statements come to, all of them together; of kind grant."""

    flows: tuple[Resource, ...] = ()
    """Where data goes; of kind flow."""

    drawn: frozenset[str] = frozenset()
    """Ids of what stands at ends of flows and was not read itself: judged by what flows tell of it alone."""

    gaps: tuple[Gap, ...] = ()
    complete: frozenset[str] = frozenset()
    """Kinds of which nothing can exist that is not in `resources`, but for what `gaps` hide; none in a plan."""
