"""Bedrock agents and what hangs on their working draft; knowledge bases, flows and prompts. No prompt is read or kept.

Of prompts the list says enough: GetPrompt, which gives their texts, is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import bedrock_knowledge, bedrock_schemas, log_delivery, tags
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.clouds.aws.live.collectors.words import blocks
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "bedrock_agent"
everywhere = True
types = (
    "aws_bedrockagent_agent",
    "aws_bedrockagent_agent_action_group",
    "aws_bedrockagent_agent_alias",
    "aws_bedrockagent_agent_collaborator",
    "aws_bedrockagent_agent_knowledge_base_association",
    *bedrock_knowledge.types,
    "aws_bedrockagent_flow",
    "aws_bedrockagent_prompt",
    "aws_bedrockagent_agent_version",
    *log_delivery.types,
)
_AGENT, _GROUP, _ALIAS, _COLLABORATOR, _ASSOCIATION, _BASE, _SOURCE, _FLOW, _PROMPT, _VERSION = types[:10]

_API = "bedrock-agent"
_SINGULAR = {"nodes": "node", "connections": "connection"}
_DRAFT = "DRAFT"
_TEST_ALIAS = "TSTALIASID"
"""Alias that every agent has for its draft (Bedrock User Guide, "Test and troubleshoot agent behavior")."""


TAGGED = tags.TAGGED
LIST_AGENTS = call(_API, "ListAgents", items="agentSummaries", mask=hiding("description"))
_without_prompts = hiding("instruction", "description", "basePromptTemplate", "additionalModelRequestFields")
GET_AGENT = call(_API, "GetAgent", mask=_without_prompts)
GET_VERSION = call(_API, "GetAgentVersion", mask=_without_prompts)
LIST_GROUPS = call(_API, "ListAgentActionGroups", items="actionGroupSummaries", mask=hiding("description"))
GET_GROUP = call(_API, "GetAgentActionGroup", mask=bedrock_schemas.action_group)
LIST_ALIASES = call(_API, "ListAgentAliases", items="agentAliasSummaries", mask=hiding("description"))
LIST_COLLABORATORS = call(
    _API, "ListAgentCollaborators", items="agentCollaboratorSummaries", mask=hiding("collaborationInstruction"),
)  # fmt: skip
LIST_ASSOCIATIONS = call(
    _API, "ListAgentKnowledgeBases", items="agentKnowledgeBaseSummaries", mask=hiding("description"),
)  # fmt: skip
LIST_BASES, GET_BASE = bedrock_knowledge.LIST_BASES, bedrock_knowledge.GET_BASE
LIST_SOURCES, GET_SOURCE = bedrock_knowledge.LIST_SOURCES, bedrock_knowledge.GET_SOURCE
LIST_FLOWS = call(_API, "ListFlows", items="flowSummaries", mask=hiding("description"))
GET_FLOW = call(_API, "GetFlow", mask=bedrock_schemas.flow)
LOG_SOURCES, LOG_DELIVERIES = log_delivery.SOURCES, log_delivery.DELIVERIES
LOG_DESTINATIONS = log_delivery.DESTINATIONS
LIST_PROMPTS = call(_API, "ListPrompts", items="promptSummaries", mask=hiding("description"))

_Tags: TypeAlias = "dict[str, tags.Tags] | Unknown"
_Found: TypeAlias = "Iterator[Item | Unread]"


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read everything of one region."""
    tagged = tags.tags_of(reader, "bedrock")
    parts = (_GROUP, _ALIAS, _COLLABORATOR, _ASSOCIATION, _VERSION)
    agents = reader.every(LIST_AGENTS)
    yield from agents.unread((_AGENT, *parts))
    for found in reader.each(agents.items, lambda one: list(_agent(reader, one, tagged))):
        yield from found
    bases = reader.every(LIST_BASES)
    yield from bases.unread((_BASE, _SOURCE))
    for found in reader.each(bases.items, lambda one: list(bedrock_knowledge.knowledge(reader, one, tagged))):
        yield from found
    if agents.items or bases.items:
        yield from log_delivery.of_bedrock(reader)
    flows = reader.every(LIST_FLOWS)
    yield from flows.unread((_FLOW,))
    yield from reader.each(flows.items, lambda one: _flow(reader, one, tagged))
    prompts = reader.every(LIST_PROMPTS)
    yield from prompts.unread((_PROMPT,))
    for prompt in prompts.items:
        values = {"arn": prompt["arn"], "name": prompt["name"], "tags": tags.tags_for(tagged, prompt["arn"])}
        yield Item(_PROMPT, prompt["arn"], values)


def _agent(reader: Reader, listed: dict[str, Any], tagged: _Tags) -> _Found:
    id_ = listed["agentId"]
    answer = reader.ask(GET_AGENT, agentId=id_)
    about = answer.get("agent", {}) if isinstance(answer, dict) else None
    why = answer if isinstance(answer, Unknown) else Unknown("the agent was not there when it was read")
    arn = reader.arn("bedrock", f"agent/{id_}")
    values = {
        "agent_id": id_,
        "agent_arn": arn,
        "agent_name": listed["agentName"],
        "agent_version": _DRAFT,
        "foundation_model": why if about is None else about.get("foundationModel"),
        "agent_resource_role_arn": why if about is None else about.get("agentResourceRoleArn"),
        "customer_encryption_key_arn": why if about is None else about.get("customerEncryptionKeyArn"),
        "agent_collaboration": why if about is None else about.get("agentCollaboration"),
        "guardrail_configuration": _guardrail(listed if about is None else about),
        "prompt_override_configuration": why if about is None else _overridden(about),
        "tags": tags.tags_for(tagged, arn),
    }
    yield Item(_AGENT, arn, values)
    yield from _groups(reader, id_)
    yield from _aliases(reader, id_, tagged)
    if about is None or about.get("agentCollaboration") not in {None, "DISABLED"}:
        yield from _collaborators(reader, id_)
    yield from _associations(reader, id_)


def _guardrail(about: dict[str, Any]) -> list[dict[str, Any]]:
    """The guardrail that an agent's draft or version names."""
    named = about.get("guardrailConfiguration") or {}
    identifier, version = named.get("guardrailIdentifier"), named.get("guardrailVersion")
    return [{"guardrail_identifier": identifier, "guardrail_version": version}] if identifier else []


def _overridden(about: dict[str, Any]) -> list[dict[str, Any]]:
    """The function that reads what the model answers."""
    function = (about.get("promptOverrideConfiguration") or {}).get("overrideLambda")
    return [{"override_lambda": function}] if function else []


def _groups(reader: Reader, agent: str) -> _Found:
    groups = reader.every(LIST_GROUPS, agentId=agent, agentVersion=_DRAFT)
    yield from groups.unread((_GROUP,))
    for listed in groups.items:
        id_ = listed["actionGroupId"]
        answer = reader.ask(GET_GROUP, agentId=agent, agentVersion=_DRAFT, actionGroupId=id_)
        values = {
            "agent_id": agent,
            "agent_version": _DRAFT,
            "action_group_id": id_,
            "action_group_name": listed["actionGroupName"],
            "action_group_state": listed["actionGroupState"],
        }
        arn = reader.arn("bedrock", f"agent/{agent}/action-group/{id_}")
        yield Item(_GROUP, arn, values | _actions(answer))


def _actions(answer: dict[str, Any] | Unknown | None) -> dict[str, Any]:
    """What a group can do and who does it."""
    if not isinstance(answer, dict):
        why = answer or Unknown("the action group was not there when it was read")
        names = ("parent_action_group_signature", "action_group_executor", "api_schema", "function_schema")
        return dict.fromkeys(names, why)
    group = answer.get("agentActionGroup") or {}
    executor, schema = group.get("actionGroupExecutor") or {}, group.get("apiSchema") or {}
    functions = [
        {"name": one.get("name"), "require_confirmation": one.get("requireConfirmation", "DISABLED")}
        for one in (group.get("functionSchema") or {}).get("functions") or ()
    ]
    where = schema.get("s3")
    kept = [{"s3_bucket_name": where.get("s3BucketName"), "s3_object_key": where.get("s3ObjectKey")}] if where else []
    return {
        "parent_action_group_signature": group.get("parentActionSignature"),
        "action_group_executor": [{"lambda": executor.get("lambda"), "custom_control": executor.get("customControl")}],
        "api_schema": [{"payload": schema.get("payload"), "s3": kept}] if schema else [],
        "function_schema": [{"member_functions": [{"functions": functions}]}] if functions else [],
    }


def _aliases(reader: Reader, agent: str, tagged: _Tags) -> _Found:
    aliases = reader.every(LIST_ALIASES, agentId=agent)
    yield from aliases.unread((_ALIAS, _VERSION))
    served = {route.get("agentVersion") for alias in aliases.items for route in alias.get("routingConfiguration") or ()}
    yield from (_version(reader, agent, number) for number in sorted(served - {None, _DRAFT}))
    for alias in aliases.items:
        if alias["agentAliasId"] == _TEST_ALIAS:
            continue
        arn = reader.arn("bedrock", f"agent-alias/{agent}/{alias['agentAliasId']}")
        routes = alias.get("routingConfiguration") or ()
        values = {
            "agent_id": agent,
            "agent_alias_id": alias["agentAliasId"],
            "agent_alias_arn": arn,
            "agent_alias_name": alias["agentAliasName"],
            "routing_configuration": [{"agent_version": route.get("agentVersion")} for route in routes],
            "tags": tags.tags_for(tagged, arn),
        }
        yield Item(_ALIAS, arn, values)


def _version(reader: Reader, agent: str, number: str) -> Item:
    """What an alias serves: a copy of the draft as it was, which no later change of the draft reaches."""
    answer = reader.ask(GET_VERSION, agentId=agent, agentVersion=number)
    about = answer.get("agentVersion") if isinstance(answer, dict) else None
    why = answer if isinstance(answer, Unknown) else Unknown("the version was not there when it was read")
    values = {
        "agent_id": agent,
        "agent_version": number,
        "foundation_model": why if about is None else about.get("foundationModel"),
        "guardrail_configuration": why if about is None else _guardrail(about),
    }
    return Item(_VERSION, reader.arn("bedrock", f"agent/{agent}/version/{number}"), values)


def _collaborators(reader: Reader, agent: str) -> _Found:
    found = reader.every(LIST_COLLABORATORS, agentId=agent, agentVersion=_DRAFT)
    yield from found.unread((_COLLABORATOR,))
    for one in found.items:
        values = {
            "agent_id": agent,
            "agent_version": _DRAFT,
            "collaborator_id": one["collaboratorId"],
            "collaborator_name": one["collaboratorName"],
            "relay_conversation_history": one["relayConversationHistory"],
            "agent_descriptor": [{"alias_arn": one["agentDescriptor"].get("aliasArn")}],
        }
        arn = reader.arn("bedrock", f"agent/{agent}/collaborator/{one['collaboratorId']}")
        yield Item(_COLLABORATOR, arn, values)


def _associations(reader: Reader, agent: str) -> _Found:
    found = reader.every(LIST_ASSOCIATIONS, agentId=agent, agentVersion=_DRAFT)
    yield from found.unread((_ASSOCIATION,))
    for one in found.items:
        values = {
            "agent_id": agent,
            "agent_version": _DRAFT,
            "knowledge_base_id": one["knowledgeBaseId"],
            "knowledge_base_state": one["knowledgeBaseState"],
        }
        arn = reader.arn("bedrock", f"agent/{agent}/knowledge-base/{one['knowledgeBaseId']}")
        yield Item(_ASSOCIATION, arn, values)


def _flow(reader: Reader, listed: dict[str, Any], tagged: _Tags) -> Item:
    arn = listed["arn"]
    about = reader.ask(GET_FLOW, flowIdentifier=listed["id"])
    definition = about.get("definition") if isinstance(about, dict) else about
    values = {
        "arn": arn,
        "name": listed["name"],
        "definition": [blocks(definition, _SINGULAR)] if isinstance(definition, dict) else definition,
        "execution_role_arn": about.get("executionRoleArn") if isinstance(about, dict) else about,
        "tags": tags.tags_for(tagged, arn),
    }
    return Item(_FLOW, arn, values)
