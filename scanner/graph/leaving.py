"""Whether flows lead out of production, and which of the user's lists bind them."""

from __future__ import annotations

from typing import Any

from scanner.config import Config
from scanner.kinds import Flow
from scanner.model import Noted, Resource, Unknown

_PRODUCTION = "prod"
_OUTSIDE = "external"
"""Environment of what stands outside of the cloud's own resources, such as vendors."""


def of_flow(flow: Flow, source: Resource | None, target: Resource | None, config: Config) -> dict[str, Any]:
    """Facts of a flow that its ends and the user's settings tell together."""
    return {
        "regions_listed": config.file.regions is not None,
        "models_listed": config.file.models is not None,
        "leaves_production": _leaves(flow, source, target, config),
    }


def _leaves(
    flow: Flow, source: Resource | None, target: Resource | None, config: Config
) -> Noted[bool] | Unknown | bool:
    """Whether it leads into an environment that is not production's, from one that is not such a one itself."""
    before, after = _apart(flow.source, source, config), _apart(flow.target, target, config)
    if after == "" or (before and not isinstance(before, Unknown)):
        return False
    if isinstance(after, Unknown):
        return after
    return before if isinstance(before, Unknown) else Noted(True, f"{flow.target} is of {after}")


def _apart(id_: str, resource: Resource | None, config: Config) -> str | Unknown:
    """The environment of a resource where it is apart from production; empty where it is production or serves all."""
    if resource is None:
        return Unknown(f"{id_} was not read itself")
    environment = resource.environment
    if isinstance(environment, Unknown):
        return Unknown(f"{id_}: {environment.reason}")
    return "" if environment in {_PRODUCTION, _OUTSIDE, *config.shared_environments} else environment
