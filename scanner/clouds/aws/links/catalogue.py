"""Every family of edge rules of AWS."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links import (
    agents,
    api_logs,
    apis,
    balancers,
    code_logs,
    copies,
    deletions,
    deliveries,
    distributions,
    event_rules,
    event_sources,
    exports,
    graphql,
    hooks,
    internet,
    knowledge,
    logs,
    models,
    networks,
    reading,
    unread,
    workflows,
)
from scanner.clouds.aws.links.guarding import Guarding
from scanner.clouds.aws.links.seen import Linked, Rule, Seen
from scanner.model import World
from scanner.terraform.planned import PlannedWorld

RULES: tuple[Rule, ...] = (
    internet.flows,
    distributions.flows,
    apis.flows,
    graphql.flows,
    balancers.flows,
    models.flows,
    agents.flows,
    knowledge.flows,
    logs.flows,
    code_logs.flows,
    api_logs.flows,
    deliveries.flows,
    copies.flows,
    exports.flows,
    deletions.flows,
    event_sources.flows,
    event_rules.flows,
    workflows.flows,
    hooks.flows,
    networks.flows,
    reading.flows,
    unread.flows,
)
"""In the order in which they are asked."""


def linked(planned: PlannedWorld, world: World) -> Iterator[Linked]:
    """Every flow that the settings and permissions of a world show."""
    seen = Seen(planned, world)
    guarding = Guarding(seen)
    for rule in RULES:
        yield from map(guarding.on, rule(seen))
