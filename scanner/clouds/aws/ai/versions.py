"""Whether an agent's alias and model stay as they were released until somebody changes them.

Sources: Amazon Bedrock User Guide, "Deploy and use an Amazon Bedrock agent in your application" (an alias made without
a route gets a version of its own; the working draft is named DRAFT) and "Understanding intelligent prompt routing in
Amazon Bedrock" (a router picks the model anew for each prompt). Ids of foundation models name one version each.
"""

from __future__ import annotations

from scanner.logic import Answer, both
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

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


def model_pinned(agent: PlannedResource) -> Answer:
    """Whether an agent names one model, rather than a router of prompts or whatever version is the latest."""
    model = agent.text("foundation_model")
    if isinstance(model, Unknown):
        return model
    if "prompt-router/" in model:
        return Noted(False, f"{model} picks the model anew for each prompt")
    return Noted(not model.endswith(":latest"), f"it calls {model}" if model else "it names no model")
