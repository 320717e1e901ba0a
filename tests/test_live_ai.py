"""The collectors of what calls and hosts models, against a strict fake and moto, through the real SDK."""

from __future__ import annotations

import json
from typing import Any

from denials import flips
from fake_aws import MOMENT, Asked
from live import ACCOUNT, REGION, Faked, settings_of
from scanner.model import Unknown

_MESSAGES = {"blockedInputMessaging": "Sorry, no.", "blockedOutputsMessaging": "Sorry, no."}
_SECRET = "ghp_" + "a1B2" * 9
_PROMPT = "You are the secret butler"


def _pii(action: str) -> dict[str, Any]:
    return {"piiEntitiesConfig": [{"type": "EMAIL", "action": action}]}


def _guardrail(live: Faked, name: str, action: str) -> tuple[str, str]:
    bedrock = live.client("bedrock")
    tags = [{"key": "Environment", "value": "production"}]
    made = bedrock.create_guardrail(name=name, **_MESSAGES, sensitiveInformationPolicyConfig=_pii(action), tags=tags)
    return made["guardrailId"], made["guardrailArn"]


def _agent(live: Faked, name: str, guardrail: str = "", version: str = "DRAFT") -> str:
    named = {"guardrailIdentifier": guardrail, "guardrailVersion": version}
    more = {"guardrailConfiguration": named} if guardrail else {}
    agents = live.client("bedrock-agent")
    made = agents.create_agent(agentName=name, instruction=_PROMPT * 3, foundationModel="anthropic.claude-v2", **more)
    id_: str = made["agent"]["agentId"]
    return id_


def _arn(resource: str) -> str:
    return f"arn:aws:bedrock:{REGION}:{ACCOUNT}:{resource}"


def test_guardrails_and_the_agents_behind_them(faked: Faked) -> None:
    masking, masking_arn = _guardrail(faked, "masking", "ANONYMIZE")
    _, idle_arn = _guardrail(faked, "idle", "NONE")
    guarded, open_ = _agent(faked, "guarded", masking), _agent(faked, "open")
    facts = faked.facts("bedrock", "bedrock_agent")
    assert (facts[masking_arn].redacts, facts[masking_arn].attached) == (True, True)
    assert (facts[idle_arn].redacts, facts[idle_arn].attached) == (False, False)
    assert facts[masking_arn].environment == "prod"
    agents = {name: facts[_arn(f"agent/{id_}")] for name, id_ in (("guarded", guarded), ("open", open_))}
    assert (agents["guarded"].guarded, agents["guarded"].guardrail_redacts) == (True, True)
    assert (agents["open"].guarded, agents["open"].guardrail_redacts) == (False, False)
    assert facts["bedrock:anthropic.claude-v2"].origin.source == "live"


def test_an_agent_is_judged_by_the_version_it_names(faked: Faked) -> None:
    bedrock = faked.client("bedrock")
    id_, arn = _guardrail(faked, "masking", "ANONYMIZE")
    bedrock.create_guardrail_version(guardrailIdentifier=id_)
    bedrock.update_guardrail(
        guardrailIdentifier=id_, name="masking", **_MESSAGES, sensitiveInformationPolicyConfig=_pii("NONE")
    )
    old, new, gone = (_agent(faked, name, id_, name) for name in ("1", "DRAFT", "7"))
    facts = faked.facts("bedrock", "bedrock_agent")
    assert facts[arn].redacts is False
    assert facts[_arn(f"agent/{old}")].guardrail_redacts is True
    assert facts[_arn(f"agent/{new}")].guardrail_redacts is False
    assert isinstance(facts[_arn(f"agent/{gone}")].guardrail_redacts, Unknown)


def test_a_guardrail_that_the_account_enforces_is_in_use(faked: Faked) -> None:
    id_, arn = _guardrail(faked, "g", "BLOCK")
    _agent(faked, "open")
    faked.fake.say("bedrock", "ListEnforcedGuardrailsConfiguration", {"guardrailsConfig": [{"guardrailId": id_}]})
    assert faked.facts("bedrock", "bedrock_agent")[arn].attached is True


def test_action_groups_and_what_confirms_them(faked: Faked) -> None:
    agents, id_ = faked.client("bedrock-agent"), _agent(faked, "a")
    functions = {
        "asks": {"functions": [{"name": "cancel_order", "requireConfirmation": "ENABLED", "description": _PROMPT}]},
        "acts": {"functions": [{"name": "cancel_order", "description": _PROMPT}]},
    }
    where = {"agentId": id_, "agentVersion": "DRAFT"}
    made = {
        name: agents.create_agent_action_group(**where, actionGroupName=name, functionSchema=schema)
        for name, schema in functions.items()
    }
    payload = {
        "openapi": "3.0.0",
        "paths": {
            "/orders": {
                "get": {"operationId": "look", "description": _PROMPT},
                "delete": {"operationId": "cancel_order", "x-requireConfirmation": "ENABLED"},
            }
        },
    }
    made["schema"] = agents.create_agent_action_group(
        **where, actionGroupName="schema", apiSchema={"payload": json.dumps(payload)}
    )
    made["input"] = agents.create_agent_action_group(
        **where, actionGroupName="input", parentActionGroupSignature="AMAZON.UserInput"
    )
    made["away"] = agents.create_agent_action_group(
        **where, actionGroupName="away", apiSchema={"s3": {"s3BucketName": "schemas", "s3ObjectKey": "k"}}
    )
    facts = faked.facts("bedrock_agent")
    groups = {
        name: facts[_arn(f"agent/{id_}/action-group/{one['agentActionGroup']['actionGroupId']}")]
        for name, one in made.items()
    }
    assert groups["asks"].confirmed is True
    assert groups["input"].type == "user_input"
    assert isinstance(groups["away"].confirmed, Unknown)
    assert "S3" in groups["away"].confirmed.reason
    collected = settings_of(faked.collect("bedrock_agent"))
    shown = collected[groups["schema"].id]["api_schema"][0]["payload"]
    assert json.loads(shown)["paths"]["/orders"]["delete"]["x-requireConfirmation"] == "ENABLED"
    assert collected[groups["acts"].id]["function_schema"][0]["member_functions"][0]["functions"] == [
        {"name": "cancel_order", "require_confirmation": "DISABLED"}
    ]


def test_no_prompt_reaches_what_is_kept(faked: Faked) -> None:
    agents, id_ = faked.client("bedrock-agent"), _agent(faked, "a")
    agents.create_agent_action_group(
        agentId=id_,
        agentVersion="DRAFT",
        actionGroupName="g",
        description=_PROMPT,
        functionSchema={"functions": [{"name": "f", "description": _PROMPT}]},
    )
    variant = {
        "name": "v",
        "templateType": "TEXT",
        "templateConfiguration": {"text": {"text": _PROMPT}},
        "modelId": "m",
    }
    agents.create_prompt(name="p", variants=[variant])
    guard = {"guardrailIdentifier": "abc123", "guardrailVersion": "1"}
    inline = {"modelId": "m", "templateType": "TEXT", "templateConfiguration": {"text": {"text": _PROMPT}}}
    node = {
        "name": "n",
        "type": "Prompt",
        "configuration": {"prompt": {"sourceConfiguration": {"inline": inline}, "guardrailConfiguration": guard}},
    }
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    agents.create_flow(name="f", executionRoleArn=role, definition={"nodes": [node], "connections": []})
    collected = faked.collect("bedrock_agent")
    text = repr(settings_of(collected))
    assert _PROMPT not in text
    assert "abc123" in text
    assert ("bedrock-agent", "GetPrompt") not in faked.fake.asked


def test_what_hangs_on_an_agent_and_what_it_knows(faked: Faked) -> None:
    agents, id_ = faked.client("bedrock-agent"), _agent(faked, "a")
    agents.prepare_agent(agentId=id_)
    alias = agents.create_agent_alias(agentId=id_, agentAliasName="live")["agentAlias"]["agentAliasId"]
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    kind = {"type": "VECTOR", "vectorKnowledgeBaseConfiguration": {"embeddingModelArn": "arn:aws:bedrock:::m/titan-e"}}
    base = agents.create_knowledge_base(
        name="k", roleArn=role, knowledgeBaseConfiguration=kind, tags={"DataClass": "embedding"}
    )["knowledgeBase"]["knowledgeBaseId"]
    where = {"type": "S3", "s3Configuration": {"bucketArn": "arn:aws:s3:::b"}}
    source = agents.create_data_source(knowledgeBaseId=base, name="s", dataSourceConfiguration=where)
    agents.associate_agent_knowledge_base(agentId=id_, agentVersion="DRAFT", knowledgeBaseId=base, description="d")
    facts = faked.facts("bedrock_agent")
    types = {id_: fact.type for id_, fact in facts.items() if getattr(fact, "kind", "") == "agent"}
    assert types == {
        _arn(f"agent/{id_}"): "agent",
        _arn(f"agent-alias/{id_}/{alias}"): "alias",
        _arn(f"agent/{id_}/knowledge-base/{base}"): "association",
        _arn(f"knowledge-base/{base}"): "knowledge_base",
        _arn(f"knowledge-base/{base}/data-source/{source['dataSource']['dataSourceId']}"): "data_source",
    }
    assert facts[_arn(f"knowledge-base/{base}")].data == ("embedding",)


def test_the_record_of_invocations_is_read_in_each_region(faked: Faked) -> None:
    s3 = {"bucketName": "records", "keyPrefix": "x"}
    quiet = {"s3Config": s3, "textDataDeliveryEnabled": False}
    faked.client("bedrock").put_model_invocation_logging_configuration(loggingConfig={"s3Config": s3})
    faked.client("bedrock", "eu-west-1").put_model_invocation_logging_configuration(loggingConfig=quiet)
    facts = faked.facts("bedrock", regions=(REGION, "eu-west-1", "eu-central-1"))
    trails = {fact.region: fact for fact in facts.values() if getattr(fact, "type", "") == "model_invocations"}
    assert {region: trail.text_delivered for region, trail in trails.items()} == {REGION: True, "eu-west-1": False}
    assert trails[REGION].destination_encrypted is True


def test_models_and_profiles_of_the_account(faked: Faked) -> None:
    bedrock = faked.client("bedrock")
    source = f"arn:aws:bedrock:{REGION}::foundation-model/anthropic.claude-v2"
    profile = bedrock.create_inference_profile(
        inferenceProfileName="chat", modelSource={"copyFrom": source}, tags=[{"key": "Environment", "value": "prod"}]
    )["inferenceProfileArn"]
    units = bedrock.create_provisioned_model_throughput(provisionedModelName="u", modelId=source, modelUnits=1)
    facts = faked.facts("bedrock")
    assert facts[profile].type == "inference_profile"
    assert facts[units["provisionedModelArn"]].type == "provisioned_throughput"
    assert facts["bedrock:anthropic.claude-v2"].operator == "cloud"


def test_hosted_models_and_their_endpoints(faked: Faked) -> None:
    sagemaker = faked.client("sagemaker")
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    for name, isolated in (("sealed", True), ("open", False)):
        container = {"Image": "i", "Environment": {"LOG_LEVEL": "info", "GITHUB_TOKEN": _SECRET}}
        sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container, EnableNetworkIsolation=isolated
        )
        key = {"KmsKeyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"} if isolated else {}
        variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.t2.medium", "InitialInstanceCount": 1}
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], **key)
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    faked.fake.say("sagemaker", "DescribeModel", _described)
    facts = {fact.name: fact for fact in faked.facts("sagemaker").values() if getattr(fact, "type", "") == "endpoint"}
    assert (facts["sealed"].encrypted, facts["sealed"].isolated) == (True, True)
    assert (facts["open"].encrypted, facts["open"].isolated) == (False, False)
    collected = settings_of(faked.collect("sagemaker"))
    assert _SECRET not in repr(collected)


def _described(ask: Asked) -> dict[str, Any]:
    """DescribeModel as the SageMaker API Reference has it; moto leaves out EnableNetworkIsolation."""
    name = ask.parameters["ModelName"]
    return {
        "ModelName": name,
        "ModelArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/{name}",
        "CreationTime": MOMENT,
        "EnableNetworkIsolation": name == "sealed",
        "PrimaryContainer": {"Image": "i", "Environment": {"LOG_LEVEL": "info", "GITHUB_TOKEN": _SECRET}},
    }


def test_a_refused_call_overturns_nothing(faked: Faked) -> None:
    _furnish(faked)
    assert list(flips(faked, "bedrock", "bedrock_agent", "lex", "sagemaker")) == []


def _furnish(faked: Faked) -> None:
    """A bit of everything, sound and faulty."""
    id_, _ = _guardrail(faked, "masking", "ANONYMIZE")
    _guardrail(faked, "idle", "NONE")
    faked.client("bedrock").create_guardrail_version(guardrailIdentifier=id_)
    agents = faked.client("bedrock-agent")
    for name, guardrail in (("guarded", id_), ("open", "")):
        agent = _agent(faked, name, guardrail, "1")
        schema = {"functions": [{"name": "cancel_order"}]}
        where = {"agentId": agent, "agentVersion": "DRAFT"}
        agents.create_agent_action_group(**where, actionGroupName="g", functionSchema=schema)
    s3 = {"bucketName": "records", "keyPrefix": "x"}
    faked.client("bedrock").put_model_invocation_logging_configuration(loggingConfig={"s3Config": s3})
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    agents.create_flow(name="f", executionRoleArn=role)
    kind = {"type": "VECTOR", "vectorKnowledgeBaseConfiguration": {"embeddingModelArn": "arn:aws:bedrock:::m/titan-e"}}
    agents.create_knowledge_base(name="k", roleArn=role, knowledgeBaseConfiguration=kind)
    sagemaker = faked.client("sagemaker")
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": "i"})
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.t2.medium", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")


def test_what_an_alias_serves_is_judged_beside_the_draft(faked: Faked) -> None:
    agents = faked.client("bedrock-agent")
    masking, masking_arn = _guardrail(faked, "masking", "ANONYMIZE")
    late = _agent(faked, "late")
    agents.prepare_agent(agentId=late)
    agents.create_agent_alias(agentId=late, agentAliasName="live")
    named = {"guardrailIdentifier": masking, "guardrailVersion": "DRAFT"}
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    common = {"agentId": late, "agentName": "late", "instruction": _PROMPT * 3, "agentResourceRoleArn": role}
    agents.update_agent(**common, foundationModel="anthropic.claude-v2", guardrailConfiguration=named)
    agent = faked.facts("bedrock", "bedrock_agent")[_arn(f"agent/{late}")]
    assert (agent.guarded, agent.guardrail_redacts) == (False, False)
    assert agent.because["guarded"] == "version 1: it has no guardrail_configuration"
    agents.prepare_agent(agentId=late)
    agents.create_agent_alias(agentId=late, agentAliasName="next")
    assert faked.facts("bedrock", "bedrock_agent")[_arn(f"agent/{late}")].guarded is False
    for alias in agents.list_agent_aliases(agentId=late)["agentAliasSummaries"]:
        if alias["agentAliasName"] == "live":
            agents.delete_agent_alias(agentId=late, agentAliasId=alias["agentAliasId"])
    facts = faked.facts("bedrock", "bedrock_agent")
    agent = facts[_arn(f"agent/{late}")]
    assert (agent.guarded, agent.guardrail_redacts) == (True, True)
    assert facts[masking_arn].attached is True


def test_what_an_alias_serves_may_not_be_read(faked: Faked) -> None:
    agents = faked.client("bedrock-agent")
    masking, _ = _guardrail(faked, "masking", "ANONYMIZE")
    id_ = _agent(faked, "a", masking)
    agents.prepare_agent(agentId=id_)
    agents.create_agent_alias(agentId=id_, agentAliasName="live")
    for action in ("bedrock:GetAgentVersion", "bedrock:ListAgentAliases"):
        agent = faked.facts("bedrock", "bedrock_agent", deny={action})[_arn(f"agent/{id_}")]
        assert isinstance(agent.guarded, Unknown), action
        assert action in agent.guarded.reason
