"""Bedrock agents and what hangs on them: action groups, knowledge bases, data sources, aliases, prompts.

In a live account, a version of a guardrail has its own `sensitive_information_policy_config`: it was set when the
version was made, and the draft may say otherwise since. A plan knows but the draft, which a new version copies.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.ai import action_groups, guardrails
from scanner.clouds.aws.ai.guardrail_uses import GUARDRAIL, VERSION, guardrail_of
from scanner.kinds import Agent
from scanner.logic import Answer, said_of
from scanner.model import Noted, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

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
        why = planned.left_out(agent, GUARDRAIL) or f"its guardrail {guardrail.value} was not seen"
        return Noted(True, f"it names the guardrail {guardrail.value}"), Unknown(why)
    if isinstance(guardrail, PlannedResource):
        used = _used_version(planned, agent, guardrail)
        redacts = used if isinstance(used, Unknown) else guardrails.redacts(used)
        return Noted(True, f"it uses {guardrail.address}"), said_of(guardrail.address, redacts)
    named = agent.blocks("guardrail_configuration")
    return (guardrail if isinstance(named, Unknown) else Noted(True, "it names a guardrail")), guardrail


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
