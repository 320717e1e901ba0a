"""Bedrock agents and what hangs on them: action groups, knowledge bases, data sources, aliases, prompts.

In a live account, a version of a guardrail has policies of its own, as the draft does: they were set when the version
was made, and the draft may say otherwise since. A plan knows but the draft, which a new version copies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from scanner.clouds.aws import vended_logs
from scanner.clouds.aws.ai import action_groups, activity, guardrails, versions
from scanner.clouds.aws.ai.guardrail_uses import GUARDRAIL, VERSION, guardrail_of
from scanner.kinds import Agent
from scanner.logic import Answer, either, said_of
from scanner.model import Noted, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

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

terraform_types = (_AGENT, _ACTION_GROUP, _ALIAS, _BASE, *_OTHERS)
kinds = ("agent",)


def from_plan(planned: PlannedWorld) -> Iterator[Agent]:
    """Read every agent and its parts."""
    for agent in planned.of(_AGENT):
        guard = _Guard(planned, agent)
        yield Agent.of(
            **planned.labels(agent),
            type="agent",
            guarded=guard.there,
            guardrail_redacts=guard.holds(guardrails.redacts),
            guardrail_blocks_attacks=guard.holds(guardrails.blocks_attacks),
            guardrail_grounds=guard.holds(guardrails.grounds),
            retrieves=_retrieves(planned, agent),
            pinned=versions.model_pinned(agent),
            logged=activity.logged(planned, agent),
        )
    for group in planned.of(_ACTION_GROUP):
        judged = action_groups.judge(planned, group)
        yield Agent.of(
            **planned.labels(group), type=judged.type, irreversible=judged.irreversible, confirmed=judged.confirmed
        )
    for alias in planned.of(_ALIAS):
        yield Agent.of(**_labels(planned, alias), type="alias", pinned=versions.alias_pinned(alias))
    for base in planned.of(_BASE):
        yield Agent.of(**planned.labels(base), type="knowledge_base", logged=activity.logged(planned, base))
    for type_, ours in _OTHERS.items():
        for part in planned.of(type_):
            yield Agent.of(**planned.labels(part), type=ours)


def _labels(planned: PlannedWorld, alias: PlannedResource) -> dict[str, Any]:
    """An alias is of its agent's environment, where it does not say its own."""
    labels = planned.labels(alias)
    agent = planned.target(alias, "agent_id", (_AGENT,))
    if isinstance(labels["environment"], Unknown) and isinstance(agent, PlannedResource):
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


class _Guard:
    """The guardrail of an agent."""

    def __init__(self, planned: PlannedWorld, agent: PlannedResource) -> None:
        self.there: Answer
        """Whether it has one."""

        self._judged: PlannedResource | Unknown | Noted[bool]
        guardrail = guardrail_of(planned, agent)
        if guardrail is None:
            self.there = self._judged = Noted(False, "it has no guardrail_configuration")
        elif isinstance(guardrail, External):
            why = planned.left_out(agent, GUARDRAIL) or f"its guardrail {guardrail.value} was not seen"
            self.there, self._judged = Noted(True, f"it names the guardrail {guardrail.value}"), Unknown(why)
        elif isinstance(guardrail, PlannedResource):
            self.there = Noted(True, f"it uses {guardrail.address}")
            self._judged = _used_version(planned, agent, guardrail)
        else:
            named = agent.blocks("guardrail_configuration")
            self.there = guardrail if isinstance(named, Unknown) else Noted(True, "it names a guardrail")
            self._judged = guardrail
        self._address = guardrail.address if isinstance(guardrail, PlannedResource) else ""

    def holds(self, test: Callable[[PlannedResource], Answer]) -> Answer:
        """What a test says of the guardrail as the agent uses it."""
        if isinstance(self._judged, PlannedResource):
            return said_of(self._address, test(self._judged))
        return self._judged


def _used_version(
    planned: PlannedWorld, agent: PlannedResource, guardrail: PlannedResource
) -> PlannedResource | Unknown:
    """The version that a live agent names; in a plan, the draft."""
    named = agent.block("guardrail_configuration")
    number = named.get("guardrail_version") if isinstance(named, Block) else None
    if not guardrail.plan.is_live or number in {None, "", "DRAFT"}:
        return guardrail
    versions = (one for one in planned.of(VERSION) if one.values.get("guardrail_arn") == guardrail.address)
    found = next((one for one in versions if one.values.get("version") == number), None)
    why = planned.left_out(guardrail, VERSION) or f"version {number} of {guardrail.address} was not seen"
    return found or Unknown(why)
