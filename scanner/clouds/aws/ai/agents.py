"""Bedrock agents and what hangs on them: action groups, knowledge bases, data sources, aliases, prompts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws import vended_logs
from scanner.clouds.aws.ai import action_groups, activity, guardrails, guards, versions
from scanner.clouds.aws.compute.acting import role_at
from scanner.kinds import Agent
from scanner.logic import Answer, either
from scanner.model import Noted, Unknown
from scanner.terraform.completed import completed_in, sourced
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_AGENT, _BASE = vended_logs.AGENT, vended_logs.KNOWLEDGE_BASE
_ALIAS = "aws_bedrockagent_agent_alias"
_ACTION_GROUP = "aws_bedrockagent_agent_action_group"
_ASSOCIATION = "aws_bedrockagent_agent_knowledge_base_association"

_OTHERS = {
    "aws_bedrockagent_agent_collaborator": "collaborator",
    _ASSOCIATION: "association",
    "aws_bedrockagent_data_source": "data_source",
    "aws_bedrockagent_prompt": "prompt",
    "aws_bedrockagent_flow": "flow",
    "aws_lexv2models_bot": "bot",
    "aws_lex_bot": "bot",
}

_ROLES = {"aws_bedrockagent_flow": ("execution_role_arn",), "aws_lexv2models_bot": ("role_arn",)}

terraform_types = (_AGENT, _ACTION_GROUP, _ALIAS, _BASE, *_OTHERS)
kinds = ("agent",)


def from_plan(planned: PlannedWorld) -> Iterator[Agent]:
    """Read every agent and its parts."""
    for agent in planned.of(_AGENT):
        every = (agent, *versions.served(planned, agent))
        guard = guards.of_each(planned, every)
        yield Agent.of(
            **planned.labels(agent),
            type="agent",
            guarded=sourced(guard.there(), completed_in(agent, "guardrail_configuration")),
            guardrail_redacts=guard.holds(guardrails.redacts),
            guardrail_blocks_attacks=guard.holds(guardrails.blocks_attacks),
            guardrail_grounds=guard.holds(guardrails.grounds),
            retrieves=_retrieves(planned, agent),
            pinned=versions.models_pinned(every),
            logged=activity.logged(planned, agent),
            acts_as=role_at(planned, agent, ("agent_resource_role_arn",)),
        )
    for group in planned.of(_ACTION_GROUP):
        judged = action_groups.judge(planned, group)
        yield Agent.of(
            **planned.labels(group), type=judged.type, irreversible=judged.irreversible, confirmed=judged.confirmed
        )
    for alias in planned.of(_ALIAS):
        yield Agent.of(**_labels(planned, alias), type="alias", pinned=versions.alias_pinned(alias))
    for base in planned.of(_BASE):
        role = role_at(planned, base, ("role_arn",))
        logged = activity.logged(planned, base)
        yield Agent.of(**planned.labels(base), type="knowledge_base", logged=logged, acts_as=role)
    for type_, ours in _OTHERS.items():
        for part in planned.of(type_):
            path = _ROLES.get(type_)
            acts: dict[str, Any] = {"acts_as": role_at(planned, part, path)} if path else {}
            yield Agent.of(**planned.labels(part), type=ours, **acts)


def _labels(planned: PlannedWorld, alias: PlannedResource) -> dict[str, Any]:
    """An alias is of its agent's environment, where neither a setting of the user's nor a tag of its own says another.

    Its name tells what callers use it for: one that is called live may be that of an agent on trial.
    """
    labels = planned.labels(alias)
    agent = planned.target(alias, "agent_id", (_AGENT,))
    named = labels["because"].get("environment", "").endswith(" by name")
    if (named or isinstance(labels["environment"], Unknown)) and isinstance(agent, PlannedResource):
        environment = planned.labels(agent)["environment"]
        return labels if isinstance(environment, Unknown) else labels | {"environment": environment}
    return labels


def _retrieves(planned: PlannedWorld, agent: PlannedResource) -> Answer:
    """Whether a knowledge base is associated with the agent, and switched on."""
    found = planned.attached(agent, _ASSOCIATION, "agent_id", every=True)
    if isinstance(found, Unknown):
        return found
    none: Answer = planned.default(agent, value=False, because="no knowledge base is associated with it")
    off: Answer = Noted(False, "its knowledge bases are switched off")
    return either(*(_answers(one) for one in found), off if found else none)


def _answers(association: PlannedResource) -> Answer:
    state = association.text("knowledge_base_state", "ENABLED")
    return state if isinstance(state, Unknown) else state.upper() == "ENABLED"
