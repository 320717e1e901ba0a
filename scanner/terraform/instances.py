"""Resource instances as a plan leaves them or an account shows them, and the plan or account they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from scanner.hcl.tree import Block as SourceBlock
from scanner.model import Unknown
from scanner.terraform.address import Key, ModulePath
from scanner.terraform.planfile import Configuration
from scanner.terraform.references import Place, Resolver
from scanner.terraform.values import Block

_NO_CONFIGURATION = Configuration()


@dataclass(frozen=True, slots=True)
class External:
    """A target that is not in the plan, by the value that names it."""

    value: str


Target: TypeAlias = "PlannedResource | External | Unknown | None"
"""What an attribute points at: a planned resource, something else, not decided, or nothing."""

Identify: TypeAlias = "Callable[[PlannedResource], Iterable[str]]"
"""Names and ids by which others may call a resource."""


class PlannedResource(Block):
    """One resource instance as the plan leaves it."""

    __slots__ = (
        "actions",
        "address",
        "completed",
        "created",
        "file",
        "id",
        "key",
        "line",
        "mode",
        "module",
        "name",
        "plan",
        "region",
        "settled",
        "source",
        "type",
    )

    def __init__(  # noqa: PLR0913 - one argument a property of the instance
        self,
        *,
        plan: Plan,
        address: str,
        mode: str,
        type_: str,
        name: str,
        module: ModulePath,
        key: Key,
        actions: tuple[str, ...],
        values: Any,
        unknown: Any,
    ) -> None:
        """Take one instance; its expressions come from the plan's configuration."""
        block = plan.resolver.block(module, mode, type_, name)
        super().__init__(values, unknown, block.expressions if block else None)
        self.plan = plan
        self.address = address
        self.id = address
        self.mode = mode
        self.type = type_
        self.name = name
        self.module = module
        self.key = key
        self.actions = actions
        self.created = "create" in actions
        self.region = ""
        self.settled = self.created
        """Whether all that is set on it stands here: this plan makes it, or its account was asked for everything."""

        self.source: SourceBlock | None = None
        self.file = ""
        self.line = 0
        self.completed: Mapping[str, int] = {}
        """Line of each attribute that the sources tell and the plan alone does not, by its name with its blocks'."""

    @property
    def block_name(self) -> tuple[str, str, str]:
        """Mode, type and name: what its block is called in its module."""
        return self.mode, self.type, self.name

    def place(self) -> Place:
        """Where its expressions stand."""
        return self.plan.resolver.place(self.module, self.mode, self.type, self.name, self.key)

    def tags(self) -> dict[str, str]:
        """Tags known in the plan, those of the provider's default_tags included."""
        merged: dict[str, str] = {}
        for name in ("tags", "tags_all"):
            value = self.values.get(name)
            if isinstance(value, dict):
                merged.update({str(k): str(v) for k, v in value.items() if v is not None})
        return merged

    def open_tags(self) -> frozenset[str]:
        """Names of tags that the sources tell, and whose values are known only after apply."""
        marks = self.unknown.get("tags") if isinstance(self.unknown, dict) else None
        if not isinstance(marks, dict):
            return frozenset()
        return frozenset(name for name, mark in marks.items() if mark) - self.tags().keys()


@dataclass(frozen=True, slots=True)
class Unexpanded:
    """A block or module of which sources without a plan do not tell how many instances there are, or what they are."""

    address: str
    reason: str
    types: frozenset[str] | None
    """Types of which there may be more than are known; None where these may be any."""

    blocks: frozenset[tuple[tuple[str, ...], str, str]]
    """The resource blocks: names of their modules, type and name."""


@dataclass(eq=False)
class Plan:
    """One plan or state file, or one region of a live account, read."""

    name: str
    """Name of its file or place."""

    configuration: Configuration = _NO_CONFIGURATION
    is_state: bool = False
    from_sources: bool = False
    """Whether it was made from sources alone: nothing says what is there already, or what a provider would fill in."""

    unexpanded: list[Unexpanded] = field(default_factory=list)
    """What sources without a plan leave open."""

    partial: str = ""
    """Why it does not hold the whole configuration: -target, an error, deferral, or what sources leave open."""

    resources: list[PlannedResource] = field(default_factory=list)
    data: list[PlannedResource] = field(default_factory=list)
    resolver: Resolver = field(init=False)
    has_configuration: bool = True
    variables: dict[str, Any] = field(default_factory=dict)
    """Values of root variables; never to be shown."""
    account: str = ""
    region: str = ""
    """Of a part of a live account: its account and region; the region is empty for what an account has once."""

    unseen: str = ""
    """Why the live account may hold more than all its parts show: regions that were not read."""

    unread: dict[str, Unknown] = field(default_factory=dict)
    """Types of which a live account may hold more than could be read, and why."""

    deleted: set[tuple[str, str]] = field(default_factory=set)
    """Type and id of each resource that the plan deletes for good: what the refresh saw of it elsewhere is about to
    be untrue. The id of a split resource, such as `<bucket>,<acl>`, stands here without what follows its owner's."""

    secrets: frozenset[str] = frozenset()
    """Every text under a sensitive mark; what only reads settings passes it by."""

    superseded: list[tuple[str, Any]] = field(default_factory=list)
    """Type and values of each resource as it was before the plan changes or deletes it."""

    @property
    def kind(self) -> str:
        """What it is, as an origin calls it: plan, state or sources."""
        return "state" if self.is_state else "sources" if self.from_sources else "plan"

    @property
    def is_live(self) -> bool:
        """Whether it is a part of a live account."""
        return bool(self.account)

    def __post_init__(self) -> None:
        """Index the configuration."""
        self.resolver = Resolver(self.configuration.root_module)
