"""Bedrock agents in the fake: agents with all that hangs on them, knowledge bases, flows and prompts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fake_store import MOMENT, Asked, Fault, Handler, Record, Table, given

_SERVICE = "bedrock-agent"
_DRAFT = {"version": "DRAFT"}

_PROMPTS: Record = {
    "promptConfigurations": [
        {
            "promptType": type_,
            "promptCreationMode": "DEFAULT",
            "promptState": state,
            "parserMode": "DEFAULT",
            "basePromptTemplate": "$instruction$",
        }
        for type_, state in (("PRE_PROCESSING", "DISABLED"), ("ORCHESTRATION", "ENABLED"))
    ]
}
"""Every agent has the prompts of each step, as AWS writes them (Bedrock User Guide, "Advanced prompt templates")."""

AGENTS = Table(
    service=_SERVICE, name="agent", create="CreateAgent", get="GetAgent", update="UpdateAgent", delete="DeleteAgent",
    lists="ListAgents", id="agentId", arn="agentArn", path="agent/{agentId}",
    made={"agentVersion": "DRAFT", "agentStatus": "NOT_PREPARED", "idleSessionTTLInSeconds": 600,
          "agentCollaboration": "DISABLED", "orchestrationType": "DEFAULT", "promptOverrideConfiguration": _PROMPTS},
    ends={"agentStatus": "DELETING"},
)  # fmt: skip
GROUPS = Table(
    service=_SERVICE, name="action group", create="CreateAgentActionGroup", get="GetAgentActionGroup",
    update="UpdateAgentActionGroup", delete="DeleteAgentActionGroup", lists="ListAgentActionGroups",
    id="actionGroupId", parents=("agentId", "agentVersion"), made={"actionGroupState": "ENABLED"},
)  # fmt: skip
ALIASES = Table(
    service=_SERVICE, name="agent alias", create="CreateAgentAlias", get="GetAgentAlias", update="UpdateAgentAlias",
    delete="DeleteAgentAlias", lists="ListAgentAliases", id="agentAliasId", parents=("agentId",), arn="agentAliasArn",
    path="agent-alias/{agentId}/{agentAliasId}",
    made={"agentAliasStatus": "PREPARED", "aliasInvocationState": "ACCEPT_INVOCATIONS"},
    ends={"agentAliasStatus": "DELETING"},
)  # fmt: skip
COLLABORATORS = Table(
    service=_SERVICE, name="collaborator", create="AssociateAgentCollaborator", get="GetAgentCollaborator",
    update="UpdateAgentCollaborator", delete="DisassociateAgentCollaborator", lists="ListAgentCollaborators",
    id="collaboratorId", parents=("agentId", "agentVersion"),
    made={"lastUpdatedAt": MOMENT, "relayConversationHistory": "DISABLED"},
)  # fmt: skip
ASSOCIATIONS = Table(
    service=_SERVICE, name="association", create="AssociateAgentKnowledgeBase", get="GetAgentKnowledgeBase",
    update="UpdateAgentKnowledgeBase", delete="DisassociateAgentKnowledgeBase", lists="ListAgentKnowledgeBases",
    id="knowledgeBaseId", parents=("agentId", "agentVersion"), chooses=True, made={"knowledgeBaseState": "ENABLED"},
)  # fmt: skip
BASES = Table(
    service=_SERVICE, name="knowledge base", create="CreateKnowledgeBase", get="GetKnowledgeBase",
    update="UpdateKnowledgeBase", delete="DeleteKnowledgeBase", lists="ListKnowledgeBases", id="knowledgeBaseId",
    arn="knowledgeBaseArn", path="knowledge-base/{knowledgeBaseId}", made={"status": "ACTIVE"},
    ends={"status": "DELETING"},
)  # fmt: skip
SOURCES = Table(
    service=_SERVICE, name="data source", create="CreateDataSource", get="GetDataSource", update="UpdateDataSource",
    delete="DeleteDataSource", lists="ListDataSources", id="dataSourceId", parents=("knowledgeBaseId",),
    made={"status": "AVAILABLE", "dataDeletionPolicy": "DELETE"}, ends={"status": "DELETING"},
)  # fmt: skip
FLOWS = Table(
    service=_SERVICE, name="flow", create="CreateFlow", get="GetFlow", update="UpdateFlow", delete="DeleteFlow",
    lists="ListFlows", id="id", called=("flowIdentifier",), arn="arn", path="flow/{id}",
    made={"status": "NotPrepared"} | _DRAFT,
)  # fmt: skip
PROMPTS = Table(
    service=_SERVICE, name="prompt", create="CreatePrompt", get="GetPrompt", update="UpdatePrompt",
    delete="DeletePrompt", lists="ListPrompts", id="id", called=("promptIdentifier",), arn="arn", path="prompt/{id}",
    made=_DRAFT,
)  # fmt: skip
TABLES = (AGENTS, GROUPS, ALIASES, COLLABORATORS, ASSOCIATIONS, BASES, SOURCES, FLOWS, PROMPTS)

_TEST_ALIAS = "TSTALIASID"
"""Alias that every agent has for its working draft: AgentTestAlias (Bedrock User Guide, "Test and troubleshoot")."""


def handlers() -> Iterator[tuple[tuple[str, str], Handler]]:
    """What answers each operation."""
    for table in TABLES:
        yield from table.handlers()
    yield (_SERVICE, "CreateAgent"), _create_agent
    yield (_SERVICE, "PrepareAgent"), _prepare
    yield (_SERVICE, "PrepareFlow"), _prepare_flow
    yield (_SERVICE, "CreateAgentAlias"), _create_alias
    yield (_SERVICE, "UpdateAgentAlias"), _update_alias
    yield (_SERVICE, "DeleteAgent"), _delete_agent
    yield (_SERVICE, "GetAgentVersion"), _get_version
    yield (_SERVICE, "ListAgentVersions"), _list_versions
    for table in (GROUPS, COLLABORATORS, ASSOCIATIONS):
        yield (_SERVICE, table.create), _of_agent(table)
    yield (_SERVICE, "ListTagsForResource"), _tags
    yield (_SERVICE, "TagResource"), _tag
    yield (_SERVICE, "UntagResource"), _untag


def _create_agent(ask: Asked) -> Record:
    role = f"arn:aws:iam::{ask.account}:role/AmazonBedrockExecutionRoleForAgents_X"
    record = AGENTS.add(ask, {"agentResourceRoleArn": role} | given(ask.parameters))
    alias = {
        "agentAliasName": "AgentTestAlias",
        "agentAliasId": _TEST_ALIAS,
        "agentId": record["agentId"],
        "routingConfiguration": [{"agentVersion": "DRAFT"}],
    }
    ALIASES.add(ask, alias)
    return ask.answer(record)


def _prepare(ask: Asked) -> Record:
    record = AGENTS.find(ask)
    record.update({"agentStatus": "PREPARED", "preparedAt": MOMENT})
    return ask.answer(record)


def _prepare_flow(ask: Asked) -> Record:
    record = FLOWS.find(ask)
    record["status"] = "Prepared"
    return ask.answer(record)


def _create_alias(ask: Asked) -> Record:
    agent = AGENTS.find(ask)
    if agent["agentStatus"] != "PREPARED":
        raise Fault("ValidationException", "the agent must be prepared before an alias can be made of it")
    record = given(ask.parameters)
    record["routingConfiguration"] = record.get("routingConfiguration") or [{"agentVersion": _version(ask, agent)}]
    return ask.answer(ALIASES.add(ask, record))


def _update_alias(ask: Asked) -> Record:
    before = ALIASES.find(ask)["routingConfiguration"]
    ALIASES.on_update(ask)
    record = ALIASES.find(ask)
    record.setdefault("routingConfiguration", before)
    return ask.answer(record)


def _version(ask: Asked, agent: Record) -> str:
    """Make an immutable version of an agent, with copies of what hangs on its draft."""
    versions = ask.of("agent version")
    number = str(sum(key[0] == agent["agentId"] for key in versions) + 1)
    versions[agent["agentId"], number] = agent | {"version": number, "agentName": agent["agentName"]}
    for table in (GROUPS, COLLABORATORS, ASSOCIATIONS):
        drafts = [r for k, r in ask.of(table.name).items() if k[:2] == (agent["agentId"], "DRAFT")]
        for draft in drafts:
            copy = draft | {"agentVersion": number}
            ask.of(table.name)[agent["agentId"], number, copy[table.id]] = copy
    return number


def _get_version(ask: Asked) -> Record:
    key = (ask.parameters["agentId"], ask.parameters["agentVersion"])
    found = ask.of("agent version").get(key)
    if found is None:
        raise Fault("ResourceNotFoundException", f"no version {key}", 404)
    shown = {k: v for k, v in found.items() if k != "agentVersion"}
    return ask.answer(shown)


def _list_versions(ask: Asked) -> Record:
    agent = AGENTS.find(ask)
    versions = [v | {"agentVersion": k[1]} for k, v in ask.of("agent version").items() if k[0] == agent["agentId"]]
    return ask.listed([agent, *versions])


def _delete_agent(ask: Asked) -> Record:
    answer = AGENTS.on_delete(ask)
    for table in (GROUPS, ALIASES, COLLABORATORS, ASSOCIATIONS):
        for key in [k for k in ask.of(table.name) if k[0] == ask.parameters["agentId"]]:
            del ask.of(table.name)[key]
    return answer


def _of_agent(table: Table) -> Handler:
    """Create what hangs on an agent: the agent must be there, and is no longer prepared afterwards."""

    def create(ask: Asked) -> Record:
        AGENTS.find(ask)["agentStatus"] = "NOT_PREPARED"
        record = given(ask.parameters)
        if "parentActionGroupSignature" in record:
            record["parentActionSignature"] = record["parentActionGroupSignature"]
        return ask.answer(table.add(ask, record))

    return create


def _tagged(ask: Asked) -> dict[str, str]:
    arn = ask.parameters["resourceArn"]
    if arn not in ask.state.tags:
        raise Fault("ResourceNotFoundException", f"no {arn}", 404)
    return ask.state.tags[arn]


def _tags(ask: Asked) -> Record:
    return {"tags": dict(_tagged(ask))}


def _tag(ask: Asked) -> Record:
    _tagged(ask).update(ask.parameters["tags"])
    return {}


def _untag(ask: Asked) -> Record:
    tags: dict[str, Any] = _tagged(ask)
    for key in ask.parameters["tagKeys"]:
        tags.pop(key, None)
    return {}
