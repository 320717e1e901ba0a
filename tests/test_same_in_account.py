"""Facts and verdicts that stand on names, orders and addresses: they come out alike in a plan and in its account."""

from __future__ import annotations

import json
from typing import Any

from live import ACCOUNT
from scanner import engine
from scanner.kinds import Account, AuditTrail
from scanner.model import Unknown, World
from worlds import POLICIES, change, facts_of, plan

AGENT = change("aws_bedrockagent_agent.a", {"agent_name": "a", "agent_id": "A1", "tags": {"Environment": "staging"}})


def _alias(**values: Any) -> dict[str, Any]:
    return change("aws_bedrockagent_agent_alias.a", {"agent_id": "A1", "agent_alias_name": "live"} | values)


def test_an_alias_is_of_its_agents_environment_whatever_it_is_called() -> None:
    assert facts_of(plan(AGENT, _alias()))["aws_bedrockagent_agent_alias.a"].environment == "staging"
    tagged = facts_of(plan(AGENT, _alias(agent_alias_name="canary", tags={"Environment": "production"})))
    assert tagged["aws_bedrockagent_agent_alias.a"].environment == "prod", "its own tag says another"
    alone = facts_of(plan(_alias(agent_id="A2")))
    assert alone["aws_bedrockagent_agent_alias.a"].environment == "prod", "nothing but its name says any"


def test_names_of_credentials_come_in_one_order() -> None:
    variables = [{"name": "OPENAI_API_KEY", "value": "sk-" + "a1B2" * 8}, {"name": "DB_PASSWORD", "value": "hunter22"}]
    found = []
    for environment in (variables, variables[::-1]):
        containers = json.dumps([{"name": "web", "environment": environment}])
        task = change("aws_ecs_task_definition.t", {"family": "t", "container_definitions": containers})
        found.append(facts_of(plan(task))["aws_ecs_task_definition.t"])
    names = [getattr(compute, "credential_names", None) for compute in found]
    assert names[0] == names[1] == ("DB_PASSWORD", "OPENAI_API_KEY")


def test_names_of_credentials_are_open_where_nothing_was_judged() -> None:
    task = change("aws_ecs_task_definition.t", {"family": "t"}, unknown={"container_definitions": True})
    compute: Any = facts_of(plan(task))["aws_ecs_task_definition.t"]
    assert isinstance(compute.plaintext_credentials, Unknown)
    assert isinstance(compute.credential_names, Unknown)


def test_what_is_recorded_of_models_is_prompts_and_responses_whatever_the_setting_is_called() -> None:
    setting = change("aws_bedrock_model_invocation_logging_configuration.x", {"logging_config": []})
    trail = facts_of(plan(setting))[setting["address"]]
    assert trail.data == ("prompt", "response")
    assert (trail.data_by, trail.because["data"]) == ("", "it records what models are asked and answer")


def test_of_several_that_satisfy_the_first_by_name_is_told() -> None:
    account = Account(id="own", account=ACCOUNT)
    facts: dict[str, Any] = dict.fromkeys(("all_regions", "management_events", "conversation_data_events"), True)
    trails = [
        AuditTrail(id=id_, name=name, type="trail", account=ACCOUNT, **facts)
        for id_, name in (("one", "zeta"), ("two", "alpha"))
    ]
    for order in (trails, trails[::-1]):
        findings = engine.judge(POLICIES, World(resources=(account, *order)))
        assert [f.subject for f in findings if f.control == "audit-trail-complete"] == ["two"]
