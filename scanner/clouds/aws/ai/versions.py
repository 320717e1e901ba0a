"""Whether an agent's alias and model stay as they were released until somebody changes them.

Sources: Amazon Bedrock User Guide, "Deploy and use an Amazon Bedrock agent in your application" (an alias made without
a route gets a version of its own; the working draft is named DRAFT) and "Understanding intelligent prompt routing in
Amazon Bedrock" (a router picks the model anew for each prompt). Ids of foundation models name one version each.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.logic import Answer, both
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

VERSION = "aws_bedrockagent_agent_version"
"""A version of an agent that an alias serves, as a live account shows it; the provider has no such resource."""

_DRAFT = "DRAFT"
_ROUTES = "routing_configuration"


def alias_pinned(alias: PlannedResource) -> Answer:
    """Whether all that an alias routes to are numbered versions, which nothing changes."""
    routes = alias.blocks(_ROUTES)
    left_to_aws = not alias.plan.is_live and not alias.configured(_ROUTES)
    if left_to_aws and (isinstance(routes, Unknown) or not routes):
        return Noted(True, "it gets a version of its own when it is made")
    if isinstance(routes, Unknown):
        return routes
    return both(*map(_numbered, routes), bool(routes) or Unknown(f"{alias.address} shows no route"))


def _numbered(route: Block) -> Answer:
    version = route.text("agent_version")
    if isinstance(version, Unknown):
        return version
    return Noted(False, "it routes to the working draft") if version == _DRAFT else Noted(True, f"version {version}")


def served(planned: PlannedWorld, agent: PlannedResource) -> list[PlannedResource | Unknown]:
    """The versions that aliases of a live agent serve, and an Unknown where not all were read; none of a plan's.

    A version is a copy of the draft as it was: no later change of the draft reaches what is served.
    """
    if not agent.plan.is_live:
        return []
    id_ = agent.get("agent_id")
    here = [one for one in planned.of(VERSION) if one.plan.account == agent.plan.account]
    found: list[PlannedResource | Unknown] = [one for one in here if one.get("agent_id") == id_]
    unread = planned.left_out(agent, VERSION)
    return [*found, Unknown(unread)] if unread else found


def models_pinned(forms: Iterable[PlannedResource | Unknown]) -> Answer:
    """Whether an agent's draft, and each version in use, names one model."""
    return both(*(form if isinstance(form, Unknown) else _model_pinned(form) for form in forms))


def _model_pinned(agent: PlannedResource) -> Answer:
    """Whether an agent names one model, rather than a router of prompts or whatever version is the latest."""
    model = agent.text("foundation_model")
    if isinstance(model, Unknown):
        return model
    if "prompt-router/" in model:
        return Noted(False, f"{model} picks the model anew for each prompt")
    return Noted(not model.endswith(":latest"), f"it calls {model}" if model else "it names no model")
