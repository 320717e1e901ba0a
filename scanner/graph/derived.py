"""What flows make of a world: each carries what its source holds, and resources know what may come to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from scanner.config import Config
from scanner.kinds import Flow
from scanner.model import Gap, Resource, World


def with_flows(world: World, found: Iterable[Flow | Resource | Gap], config: Config) -> World:  # noqa: ARG001
    """Take in flows, what stands at their ends outside of what was read, and what hides some of them."""
    listed = list(found)
    known = {one.id for one in world.resources}
    nodes = {one.id: one for one in listed if isinstance(one, Resource) and not isinstance(one, Flow)}
    return replace(
        world,
        resources=(*world.resources, *(one for id_, one in nodes.items() if id_ not in known)),
        flows=tuple({one.id: one for one in listed if isinstance(one, Flow)}.values()),
        gaps=(*world.gaps, *(one for one in listed if isinstance(one, Gap))),
    )
