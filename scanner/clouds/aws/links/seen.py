"""What an edge rule gets to see, and how it says what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.clouds.aws.places import Places
from scanner.clouds.aws.wiring.names import Names
from scanner.iam.access import Access
from scanner.kinds import INTERNET, Actor, Flow, Model
from scanner.model import Gap, Origin, Resource, Statement, Unknown, World
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

Linked: TypeAlias = Flow | Resource | Gap
MadeT = TypeVar("MadeT")

INTERNET_ACTOR = Actor(
    id=INTERNET, type="internet", name="internet", environment="external", data=(), origin=Origin(source="outside")
)

BEDROCK = "ext:bedrock"
"""Id of Amazon Bedrock's models, wherever they run."""

BEDROCK_MODEL = Model(
    id=BEDROCK,
    type="service",
    name="Amazon Bedrock",
    operator="cloud",
    environment="external",
    data=(),
    origin=Origin(source="outside"),
)


class Seen:
    """The planned world with what it came to."""

    def __init__(self, planned: PlannedWorld, world: World) -> None:
        """Take both."""
        self.planned = planned
        self.world = world
        self._labels: dict[PlannedResource, dict[str, Any]] = {}
        self._made: dict[object, Any] = {}

    def once(self, make: Callable[[Seen], MadeT]) -> MadeT:
        """What `make` makes of all this: made at the first call, and shared by all rules that ask."""
        if make not in self._made:
            self._made[make] = make(self)
        made: MadeT = self._made[make]
        return made

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """What was read, by id."""
        return {one.id: one for one in self.world.resources}

    @cached_property
    def by_id(self) -> dict[str, PlannedResource]:
        """Every managed instance, by id."""
        return {one.id: one for plan in self.planned.plans for one in plan.resources}

    @cached_property
    def statements(self) -> dict[str, Statement]:
        """What was read of policies, by id; grants also name statements of policies that AWS maintains."""
        return {one.id: one for one in self.world.statements}

    @cached_property
    def conditions(self) -> dict[str, list[Statement]]:
        """Statements by the keys of their conditions, in lower case."""
        found: dict[str, list[Statement]] = {}
        for one in self.world.statements:
            for _, key, _ in () if isinstance(one.conditions, Unknown) else one.conditions:
                found.setdefault(key.lower(), []).append(one)
        return found

    @cached_property
    def names(self) -> Names:
        """Follows settings to what they name."""
        return Names(self.planned)

    @cached_property
    def access(self) -> Access:
        """Who can do what, for what no grant tells: models that are no resource, and conditions on a call."""
        return Access(self.world, VOCABULARY)

    @cached_property
    def places(self) -> Places:
        """Accounts and regions of resources."""
        return Places(self.planned)

    def flow(  # noqa: PLR0913 - the evidence of a flow
        self,
        how: str,
        source: PlannedResource | str,
        target: PlannedResource | str,
        *,
        owner: PlannedResource,
        rule: str,
        attribute: str,
        reason: str,
        tier: str = "declared",
        **facts: Any,
    ) -> Flow:
        """One flow; `owner` is the resource whose setting shows it, and its file and line are those of the flow."""
        start = source if isinstance(source, str) else source.id
        end = target if isinstance(target, str) else target.id
        if owner not in self._labels:
            self._labels[owner] = self.planned.labels(owner)
        labels = self._labels[owner]
        return Flow.of(
            id=f"{start} -> {end} ({how})",
            type=how,
            how=how,
            source=start,
            target=end,
            tier=tier,
            rule=rule,
            attribute=f"{owner.id}.{attribute}" if attribute else owner.id,
            reason=reason,
            account=labels["account"],
            region=labels["region"],
            planned=labels["planned"],
            environment=labels["environment"],
            origin=labels["origin"],
            **facts,
        )


Rule: TypeAlias = Callable[[Seen], Iterator[Linked]]
"""A family of edge rules: flows, what stands at their ends, and gaps."""
