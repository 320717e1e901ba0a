"""What guards, pins, records and watches models, in plans."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Unknown
from worlds import change, facts_of, plan, scan, verdicts

GUARDRAIL = "aws_bedrock_guardrail.g"
AGENT = "aws_bedrockagent_agent.a"
ATTACK = {"type": "PROMPT_ATTACK", "input_strength": "HIGH", "output_strength": "NONE"}
GROUNDED = {"type": "GROUNDING", "threshold": 0.7}


def _said(fact: object) -> object:
    return None if isinstance(fact, Unknown) else fact


def _guardrail(content: Any = None, grounding: Any = None, **unknown: Any) -> Any:
    values = {
        "content_policy_config": [] if content is None else [{"filters_config": content}],
        "contextual_grounding_policy_config": [] if grounding is None else [{"filters_config": grounding}],
    }
    return facts_of(plan(change(GUARDRAIL, values, unknown=unknown)))[GUARDRAIL]


@pytest.mark.parametrize(
    ("filters", "blocks"),
    [
        ([ATTACK], True),
        ([ATTACK | {"input_strength": "LOW"}], True),
        ([ATTACK | {"input_strength": "NONE"}], False),
        ([ATTACK | {"input_action": "NONE"}], False),
        ([ATTACK | {"input_action": "BLOCK", "input_enabled": True}], True),
        ([ATTACK | {"input_enabled": False}], False),
        ([{"type": "HATE", "input_strength": "HIGH", "output_strength": "HIGH"}], False),
        ([{"type": "HATE", "input_strength": "HIGH", "output_strength": "HIGH"}, ATTACK], True),
        ([{"type": "PROMPT_ATTACK", "input_strength": "NONE", "output_strength": "HIGH"}], False),
        ([], False),
        (None, False),
    ],
)
def test_only_a_filter_that_blocks_prompts_stops_attacks(filters: Any, blocks: bool) -> None:  # noqa: FBT001
    assert _guardrail(filters).blocks_attacks is blocks


@pytest.mark.parametrize(
    ("filters", "grounds"),
    [
        ([GROUNDED], True),
        ([GROUNDED | {"threshold": 0}], False),
        ([GROUNDED | {"action": "NONE"}], False),
        ([GROUNDED | {"action": "BLOCK", "enabled": False}], False),
        ([{"type": "RELEVANCE", "threshold": 0.7}], False),
        ([{"type": "RELEVANCE", "threshold": 0.7}, GROUNDED], True),
        (None, False),
    ],
)
def test_only_a_check_that_blocks_keeps_answers_to_their_sources(filters: Any, grounds: bool) -> None:  # noqa: FBT001
    assert _guardrail(grounding=filters).grounds is grounds


@pytest.mark.parametrize(
    "unknown",
    [
        {"content_policy_config": [{"filters_config": [{"type": True}]}]},
        {"content_policy_config": [{"filters_config": [{"input_strength": True}]}]},
        {"content_policy_config": [{"filters_config": [{"input_action": True}]}]},
    ],
)
def test_a_filter_that_is_not_known_yet_leaves_open_whether_attacks_are_blocked(unknown: Any) -> None:
    hidden = next(iter(unknown["content_policy_config"][0]["filters_config"][0]))
    shown = {name: value for name, value in ATTACK.items() if name != hidden}
    assert isinstance(_guardrail([shown], **unknown).blocks_attacks, Unknown)


def test_policies_that_are_not_known_yet_leave_everything_open() -> None:
    unknown = {"content_policy_config": True, "contextual_grounding_policy_config": True}
    found: Any = facts_of(plan(change(GUARDRAIL, {}, unknown=unknown)))[GUARDRAIL]
    assert isinstance(found.blocks_attacks, Unknown)
    assert isinstance(found.grounds, Unknown)


def _guarded(**policies: Any) -> list[dict[str, Any]]:
    """An agent and its guardrail."""
    guardrail = change(GUARDRAIL, {"guardrail_id": "abc123xyz", **policies})
    named = [{"guardrail_identifier": "abc123xyz", "guardrail_version": "1"}]
    return [guardrail, change(AGENT, {"agent_id": "AG1", "guardrail_configuration": named})]


def test_an_agent_is_as_safe_as_its_guardrail() -> None:
    control = "guardrail-blocks-prompt-attacks"
    sound = _guarded(content_policy_config=[{"filters_config": [ATTACK]}])
    assert verdicts(scan(plan(*sound)), [control])[control] == {GUARDRAIL: "pass", AGENT: "pass"}
    faulty = _guarded(content_policy_config=[{"filters_config": [ATTACK | {"input_action": "NONE"}]}])
    assert verdicts(scan(plan(*faulty)), [control])[control] == {GUARDRAIL: "fail", AGENT: "fail"}
    assert verdicts(scan(plan(change(AGENT, {}))), [control])[control] == {AGENT: "fail"}
    idle = change(GUARDRAIL, {"guardrail_id": "abc123xyz"})
    assert verdicts(scan(plan(idle, change(AGENT, {}))), [control])[control] == {AGENT: "fail"}


@pytest.mark.parametrize(
    ("state", "grounding", "verdict"),
    [
        ("ENABLED", [GROUNDED], "pass"),
        ("ENABLED", [], "fail"),
        ("DISABLED", [], None),
        (None, [], None),
    ],
)
def test_an_agent_with_a_knowledge_base_is_asked_for_grounding(
    state: str | None, grounding: Any, verdict: str | None
) -> None:
    control, base = "agent-answers-grounded", "aws_bedrockagent_agent_knowledge_base_association.k"
    changes = _guarded(contextual_grounding_policy_config=[{"filters_config": grounding}])
    if state is not None:
        changes.append(change(base, {"agent_id": "AG1", "knowledge_base_id": "KB1", "knowledge_base_state": state}))
    assert verdicts(scan(plan(*changes)), [control]).get(control, {}).get(AGENT) == verdict


def test_a_knowledge_base_of_an_agent_that_existed_may_be_kept_elsewhere() -> None:
    values = {"agent_id": "AG1"}
    found: Any = facts_of(plan(change(AGENT, values, before=values, actions=["no-op"])))[AGENT]
    assert isinstance(found.retrieves, Unknown)
