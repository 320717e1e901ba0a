"""What guards, pins, records and watches models, read from a live account through the real SDK."""

from __future__ import annotations

import json
from typing import Any

from denials import flips
from live import ACCOUNT, REGION, Faked
from scanner.findings import Status
from scanner.model import Unknown

_MESSAGES = {"blockedInputMessaging": "Sorry, no.", "blockedOutputsMessaging": "Sorry, no."}
_ATTACK = {"type": "PROMPT_ATTACK", "inputStrength": "HIGH", "outputStrength": "NONE"}
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


def _arn(resource: str) -> str:
    return f"arn:aws:bedrock:{REGION}:{ACCOUNT}:{resource}"


def _filters(action: str, threshold: float) -> dict[str, Any]:
    return {
        "contentPolicyConfig": {"filtersConfig": [_ATTACK | {"inputAction": action}]},
        "contextualGroundingPolicyConfig": {"filtersConfig": [{"type": "GROUNDING", "threshold": threshold}]},
    }


def _guardrail(live: Faked, name: str, action: str = "BLOCK", threshold: float = 0.7) -> str:
    made = live.client("bedrock").create_guardrail(name=name, **_MESSAGES, **_filters(action, threshold))
    id_: str = made["guardrailId"]
    return id_


def _agent(live: Faked, name: str, guardrail: str = "", version: str = "DRAFT", **more: Any) -> str:
    named = {"guardrailIdentifier": guardrail, "guardrailVersion": version}
    more |= {"guardrailConfiguration": named} if guardrail else {}
    made = live.client("bedrock-agent").create_agent(
        agentName=name, **{"foundationModel": "amazon.nova-pro-v1:0"} | more
    )
    id_: str = made["agent"]["agentId"]
    return id_


def _base(live: Faked, agent: str, state: str = "ENABLED") -> str:
    agents = live.client("bedrock-agent")
    kind = {"type": "VECTOR", "vectorKnowledgeBaseConfiguration": {"embeddingModelArn": "arn:aws:bedrock:::m/titan-e"}}
    made = agents.create_knowledge_base(name=f"k{agent}", roleArn=_ROLE, knowledgeBaseConfiguration=kind)
    id_: str = made["knowledgeBase"]["knowledgeBaseId"]
    agents.associate_agent_knowledge_base(
        agentId=agent, agentVersion="DRAFT", knowledgeBaseId=id_, description="d", knowledgeBaseState=state
    )
    return id_


def test_what_a_guardrail_stops_and_who_stands_behind_it(faked: Faked) -> None:
    sound, faulty = _guardrail(faked, "sound"), _guardrail(faked, "faulty", "NONE", 0)
    good, bad = _agent(faked, "good", sound), _agent(faked, "bad", faulty)
    _base(faked, good)
    _base(faked, bad, "DISABLED")
    facts = faked.facts("bedrock", "bedrock_agent")
    guardrails = [facts[_arn(f"guardrail/{id_}")] for id_ in (sound, faulty)]
    assert [(one.blocks_attacks, one.grounds) for one in guardrails] == [(True, True), (False, False)]
    agents = [facts[_arn(f"agent/{id_}")] for id_ in (good, bad)]
    assert [(a.guardrail_blocks_attacks, a.guardrail_grounds) for a in agents] == [(True, True), (False, False)]
    assert [a.retrieves for a in agents] == [True, False]


def test_an_agent_that_names_an_older_version_is_judged_by_that(faked: Faked) -> None:
    bedrock, id_ = faked.client("bedrock"), _guardrail(faked, "g", "NONE", 0)
    bedrock.create_guardrail_version(guardrailIdentifier=id_)
    bedrock.update_guardrail(guardrailIdentifier=id_, name="g", **_MESSAGES, **_filters("BLOCK", 0.7))
    old, new = (_agent(faked, name, id_, name) for name in ("1", "DRAFT"))
    judged = faked.judge("bedrock", "bedrock_agent").run.findings
    found = {f.subject: f.status for f in judged if f.control == "guardrail-blocks-prompt-attacks"}
    assert found == {
        _arn(f"guardrail/{id_}"): Status.PASS,
        _arn(f"agent/{old}"): Status.FAIL,
        _arn(f"agent/{new}"): Status.PASS,
    }


def test_a_guardrail_that_may_not_be_read_leaves_open_what_it_stops(faked: Faked) -> None:
    id_ = _guardrail(faked, "g")
    _agent(faked, "a", id_)
    found = faked.facts("bedrock", "bedrock_agent", deny={"bedrock:GetGuardrail"})[_arn(f"guardrail/{id_}")]
    for fact in (found.blocks_attacks, found.grounds):
        assert isinstance(fact, Unknown)
        assert "bedrock:GetGuardrail" in fact.reason


def test_a_refused_call_overturns_nothing(faked: Faked) -> None:
    sound, faulty = _guardrail(faked, "sound"), _guardrail(faked, "faulty", "NONE", 0)
    _base(faked, _agent(faked, "good", sound))
    _base(faked, _agent(faked, "bad", faulty))
    assert list(flips(faked, "bedrock", "bedrock_agent")) == []


def _alias(live: Faked, agent: str, name: str, version: str = "") -> str:
    agents = live.client("bedrock-agent")
    agents.prepare_agent(agentId=agent)
    route = {"routingConfiguration": [{"agentVersion": version}]} if version else {}
    made = agents.create_agent_alias(agentId=agent, agentAliasName=name, **route)
    return _arn(f"agent-alias/{agent}/{made['agentAlias']['agentAliasId']}")


def test_aliases_in_production_lead_to_versions(faked: Faked) -> None:
    live, trial = _agent(faked, "live", tags={"env": "prod"}), _agent(faked, "trial", tags={"env": "dev"})
    released, draft, tried = (
        _alias(faked, live, "a"),
        _alias(faked, live, "b", "DRAFT"),
        _alias(faked, trial, "c", "DRAFT"),
    )
    facts = faked.facts("bedrock_agent")
    assert [facts[one].pinned for one in (released, draft, tried)] == [True, False, False]
    assert [facts[one].environment for one in (released, draft, tried)] == ["prod", "prod", "dev"]
    router = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:default-prompt-router/anthropic.claude:1"
    routed = _arn("agent/" + _agent(faked, "prod", foundationModel=router))
    found = {
        f.subject: f.status for f in faked.judge("bedrock_agent").run.findings if f.control == "agent-versions-pinned"
    }
    assert found == {
        released: Status.PASS, draft: Status.FAIL, routed: Status.FAIL, _arn(f"agent/{live}"): Status.PASS,
    }  # fmt: skip


def _deliver(live: Faked, name: str, arn: str, *, carried: bool = True) -> None:
    logs = live.client("logs")
    logs.put_delivery_source(name=name, resourceArn=arn, logType="APPLICATION_LOGS")
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g"
    to = logs.put_delivery_destination(name=name, deliveryDestinationConfiguration={"destinationResourceArn": group})
    if carried:
        logs.create_delivery(deliverySourceName=name, deliveryDestinationArn=to["deliveryDestination"]["arn"])


_LOGS = ("bedrock", "bedrock_agent", "log-delivery")


def _logged_account(live: Faked) -> list[str]:
    """Agents and a knowledge base: delivered, with a source alone, without one, and a base that is delivered."""
    agents = [_agent(live, name) for name in ("delivered", "half", "silent")]
    base = _base(live, agents[2])
    found = [_arn(f"agent/{id_}") for id_ in agents] + [_arn(f"knowledge-base/{base}")]
    _deliver(live, "s1", found[0])
    _deliver(live, "s2", found[1], carried=False)
    _deliver(live, "s3", found[3])
    return found


def test_logs_of_agents_and_knowledge_bases_are_delivered(faked: Faked) -> None:
    names = _logged_account(faked)
    facts = faked.facts(*_LOGS)
    assert [facts[name].logged for name in names] == [True, False, False, True]


def test_logs_that_may_not_be_read_leave_open_what_is_logged(faked: Faked) -> None:
    names = _logged_account(faked)
    for action in ("logs:DescribeDeliverySources", "logs:DescribeDeliveries"):
        facts = faked.facts(*_LOGS, deny={action})
        unread = [facts[name].logged for name in names if isinstance(facts[name].logged, Unknown)]
        assert unread, action
        assert all(action in fact.reason for fact in unread)
    assert list(flips(faked, *_LOGS)) == []


def test_deliveries_are_asked_for_where_there_is_something_to_log(faked: Faked) -> None:
    _agent(faked, "a")
    asked = [
        (result.shard.region, name)
        for one in faked.collect("bedrock_agent", regions=(REGION, "eu-west-1"))
        for result in one.results
        for name in result.asked
        if name.startswith("logs:")
    ]
    assert asked == [(REGION, "logs:DescribeDeliverySources")]


_TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:on-call"


def _alarm(live: Faked, name: str, metric: str, *, region: str = REGION, **more: Any) -> None:
    given = {"Namespace": "AWS/Bedrock", "AlarmActions": [_TOPIC]} | more
    live.client("cloudwatch", region).put_metric_alarm(
        AlarmName=name, MetricName=metric, Statistic="Sum", Period=300, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold", **given,
    )  # fmt: skip


_ALARMS = ("bedrock", "cloudwatch")
_EUROPE = "eu-west-1"


def _watched(live: Faked, **how: Any) -> dict[str, dict[str, Status]]:
    controls = ("model-trouble-alarmed", "guardrail-interventions-alarmed")
    judged = live.judge(*_ALARMS, regions=(REGION, _EUROPE), **how).run.findings
    return {c: {f.subject.rpartition(":")[2]: f.status for f in judged if f.control == c} for c in controls}


def test_regions_with_models_need_alarms_of_their_own(faked: Faked) -> None:
    _guardrail(faked, "g")
    _alarm(faked, "slow", "InvocationLatency", region=_EUROPE)
    missing = _watched(faked)
    assert missing == {
        "model-trouble-alarmed": {REGION: Status.FAIL},
        "guardrail-interventions-alarmed": {REGION: Status.FAIL},
    }
    _alarm(faked, "slow", "InvocationLatency")
    _alarm(faked, "failing", "InvocationServerErrors", ActionsEnabled=False)
    _alarm(faked, "acting", "InvocationsIntervened", Namespace="AWS/Bedrock/Guardrails", AlarmActions=[])
    faulty = _watched(faked)
    assert faulty == {
        "model-trouble-alarmed": {"slow": Status.PASS, "failing": Status.FAIL},
        "guardrail-interventions-alarmed": {"acting": Status.FAIL},
    }
    _alarm(faked, "failing", "InvocationServerErrors")
    _alarm(faked, "acting", "InvocationsIntervened", Namespace="AWS/Bedrock/Guardrails")
    sound = _watched(faked)
    assert {status for found in sound.values() for status in found.values()} == {Status.PASS}


def test_alarms_that_may_not_be_read_are_not_taken_for_none(faked: Faked) -> None:
    _guardrail(faked, "g")
    found = faked.judge(*_ALARMS, deny={"cloudwatch:DescribeAlarms"}).run.findings
    told = [f for f in found if f.control in {"model-trouble-alarmed", "guardrail-interventions-alarmed"}]
    assert {f.status for f in told} == {Status.UNKNOWN}
    assert any("cloudwatch:DescribeAlarms" in f.reason for f in told)


def test_a_refused_call_overturns_no_alarm(faked: Faked) -> None:
    _guardrail(faked, "g")
    _alarm(faked, "slow", "InvocationLatency")
    _alarm(faked, "failing", "InvocationServerErrors", ActionsEnabled=False)
    found = list(flips(faked, *_ALARMS))
    assert not found, "\n".join(found)


_OUT, _IN = {"opt_out_policy": "optOut"}, {"opt_out_policy": "optIn"}
_ORGANIZATION = ("organizations", "bedrock")
_OPT_OUT = "account-training-opted-out"


def _opted(live: Faked, **how: Any) -> tuple[Status, str]:
    (found,) = [f for f in live.judge(*_ORGANIZATION, **how).run.findings if f.control == _OPT_OUT]
    return found.status, found.reason.partition(";")[0]


def _effective(live: Faked, **services: Any) -> None:
    policy = {"PolicyContent": json.dumps({"services": services}), "PolicyType": "AISERVICES_OPT_OUT_POLICY"}
    live.fake.say("organizations", "DescribeEffectivePolicy", {"EffectivePolicy": policy})


def test_an_account_is_opted_out_by_its_organization(faked: Faked) -> None:
    _guardrail(faked, "g")
    assert _opted(faked) == (Status.FAIL, "the account is in no organization, which alone could opt it out")
    faked.client("organizations").create_organization(FeatureSet="ALL")
    assert _opted(faked) == (Status.FAIL, "no opt-out policy of the organization applies to the account")
    _effective(faked, default=_OUT)
    assert _opted(faked)[0] is Status.PASS
    _effective(faked, default=_OUT, rekognition=_IN)
    assert _opted(faked) == (Status.FAIL, "it is opted in to rekognition")
    _effective(faked, lex=_OUT)
    assert _opted(faked)[0] is Status.FAIL


def test_whether_an_account_is_opted_out_is_asked_where_it_matters(faked: Faked) -> None:
    judged = faked.judge(*_ORGANIZATION, "dynamodb", "s3").run.findings
    assert not [f for f in judged if f.control == _OPT_OUT and f.status is not Status.UNKNOWN]


def test_an_account_that_may_not_ask_its_organization_is_not_judged(faked: Faked) -> None:
    _guardrail(faked, "g")
    faked.client("organizations").create_organization(FeatureSet="ALL")
    for policy in ({"default": _OUT}, {"lex": _OUT}):
        _effective(faked, **policy)
        status, reason = _opted(faked, deny={"organizations:DescribeEffectivePolicy"})
        assert status is Status.UNKNOWN
        assert "organizations:DescribeEffectivePolicy" in reason
    assert list(flips(faked, *_ORGANIZATION)) == []
