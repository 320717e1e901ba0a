"""Bedrock agents and what hangs on them: action groups, knowledge bases, data sources, aliases, prompts."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.ai import action_groups, guardrails
from scanner.clouds.aws.ai.guardrail_uses import guardrail_of
from scanner.kinds import Agent
from scanner.logic import Answer, said_of
from scanner.model import Noted, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

_AGENT = "aws_bedrockagent_agent"
_ACTION_GROUP = "aws_bedrockagent_agent_action_group"

_OTHERS = {
    "aws_bedrockagent_agent_alias": "alias",
    "aws_bedrockagent_agent_collaborator": "collaborator",
    "aws_bedrockagent_agent_knowledge_base_association": "association",
    "aws_bedrockagent_knowledge_base": "knowledge_base",
    "aws_bedrockagent_data_source": "data_source",
    "aws_bedrockagent_prompt": "prompt",
    "aws_bedrockagent_flow": "flow",
    "aws_lexv2models_bot": "bot",
    "aws_lex_bot": "bot",
}

terraform_types = (_AGENT, _ACTION_GROUP, *_OTHERS)
kinds = ("agent",)


def from_plan(planned: PlannedWorld) -> Iterator[Agent]:
    """Read every agent and its parts."""
    for agent in planned.of(_AGENT):
        guarded, redacts = _guard(planned, agent)
        yield Agent.of(**planned.labels(agent), type="agent", guarded=guarded, guardrail_redacts=redacts)
    for group in planned.of(_ACTION_GROUP):
        judged = action_groups.judge(planned, group)
        yield Agent.of(
            **planned.labels(group), type=judged.type, irreversible=judged.irreversible, confirmed=judged.confirmed
        )
    for type_, ours in _OTHERS.items():
        for part in planned.of(type_):
            yield Agent.of(**planned.labels(part), type=ours)


def _guard(planned: PlannedWorld, agent: PlannedResource) -> tuple[Answer, Answer]:
    """Whether the agent has a guardrail, and whether that guardrail redacts personal data."""
    guardrail = guardrail_of(planned, agent)
    if guardrail is None:
        none = Noted(False, "it has no guardrail_configuration")
        return none, none
    if isinstance(guardrail, External):
        outside = Unknown(f"its guardrail {guardrail.value} is not in the plan, so what it redacts was not seen")
        return Noted(True, f"it names the guardrail {guardrail.value}"), outside
    if isinstance(guardrail, PlannedResource):
        return Noted(True, f"it uses {guardrail.address}"), said_of(guardrail.address, guardrails.redacts(guardrail))
    named = agent.blocks("guardrail_configuration")
    return (guardrail if isinstance(named, Unknown) else Noted(True, "it names a guardrail")), guardrail
