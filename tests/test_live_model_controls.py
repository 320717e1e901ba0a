"""What guards, pins, records and watches models, read from a live account through the real SDK."""

from __future__ import annotations

from typing import Any

from denials import flips
from live import ACCOUNT, REGION, Faked
from scanner.model import Status, Unknown

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
