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


ALIAS = "aws_bedrockagent_agent_alias.a"
DRAFT = [{"agent_version": "DRAFT", "provisioned_throughput": None}]
RELEASED = [{"agent_version": "3", "provisioned_throughput": None}]
ROUTED = {ALIAS: {"routing_configuration": {"constant_value": DRAFT}}}


@pytest.mark.parametrize(
    ("values", "more", "pinned"),
    [
        ({"routing_configuration": DRAFT}, {}, False),
        ({"routing_configuration": RELEASED}, {}, True),
        ({"routing_configuration": [*RELEASED, *DRAFT]}, {}, False),
        ({}, {}, True),
        ({}, {"unknown": {"routing_configuration": True}}, True),
    ],
)
def test_an_alias_is_pinned_unless_it_leads_to_the_draft(values: Any, more: Any, pinned: bool) -> None:  # noqa: FBT001
    found: Any = facts_of(plan(change(ALIAS, values, **more)))[ALIAS]
    assert found.pinned is pinned


def test_a_route_that_is_not_known_yet_may_lead_to_the_draft() -> None:
    whole: Any = ({}, {"routing_configuration": True})
    version: Any = ({"routing_configuration": [{}]}, {"routing_configuration": [{"agent_version": True}]})
    for values, unknown in (whole, version):
        found: Any = facts_of(plan(change(ALIAS, values, unknown=unknown), config=ROUTED))[ALIAS]
        assert isinstance(found.pinned, Unknown)


_ROUTER = "arn:aws:bedrock:us-east-1:123456789012:default-prompt-router/anthropic.claude:1"


@pytest.mark.parametrize(
    ("model", "pinned"),
    [
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", True),
        ("us.anthropic.claude-sonnet-4-6", True),
        ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc", True),
        (_ROUTER, False),
        ("acme.model:latest", False),
    ],
)
def test_an_agent_names_one_model(model: str, pinned: bool) -> None:  # noqa: FBT001
    found: Any = facts_of(plan(change(AGENT, {"foundation_model": model})))[AGENT]
    assert found.pinned is pinned


def test_only_production_is_asked_for_released_versions() -> None:
    control = "agent-versions-pinned"
    for tags, verdict in (({"env": "prod"}, "fail"), ({"env": "dev"}, None), ({}, "unknown")):
        alias = change(ALIAS, {"agent_id": "AG1", "agent_alias_name": "x", "routing_configuration": DRAFT})
        agent = change(AGENT, {"agent_id": "AG1", "foundation_model": "m", "tags": tags})
        assert verdicts(scan(plan(alias, agent)), [control]).get(control, {}).get(ALIAS) == verdict


SOURCE, DELIVERY = "aws_cloudwatch_log_delivery_source.s", "aws_cloudwatch_log_delivery.d"
_AGENT_ARN = "arn:aws:bedrock:us-east-1:123456789012:agent/AG1"
_BASE_ARN = "arn:aws:bedrock:us-east-1:123456789012:knowledge-base/KB1"


def _logged(log_type: str = "APPLICATION_LOGS", of: str = _AGENT_ARN, delivered: str = "s") -> tuple[object, object]:
    """Whether the agent and the knowledge base of a plan with one source and one delivery are logged."""
    found: Any = facts_of(
        plan(
            change(AGENT, {"agent_id": "AG1", "agent_arn": _AGENT_ARN}),
            change("aws_bedrockagent_knowledge_base.k", {"id": "KB1", "arn": _BASE_ARN}),
            change(SOURCE, {"name": "s", "log_type": log_type, "resource_arn": of}),
            change(DELIVERY, {"delivery_source_name": delivered}),
        )
    )
    return _said(found[AGENT].logged), _said(found["aws_bedrockagent_knowledge_base.k"].logged)


def test_a_log_counts_when_it_is_delivered() -> None:
    assert _logged() == (True, False)
    assert _logged(of=_BASE_ARN) == (False, True)
    assert _logged(delivered="another") == (False, False)
    assert _logged("USAGE_LOGS") == (False, False)
    assert _logged("EVENT_LOGS") == (True, False)


def test_logs_of_what_existed_may_be_delivered_elsewhere() -> None:
    values = {"agent_id": "AG1", "agent_arn": _AGENT_ARN}
    found: Any = facts_of(plan(change(AGENT, values, before=values, actions=["no-op"])))[AGENT]
    assert isinstance(found.logged, Unknown)
    lost = change(SOURCE, {"name": "s", "log_type": "APPLICATION_LOGS"}, unknown={"resource_arn": True})
    found = facts_of(plan(change(AGENT, values), lost))[AGENT]
    assert isinstance(found.logged, Unknown)


ALARM = "aws_cloudwatch_metric_alarm.a"
SLOW = {"alarm_name": "slow", "namespace": "AWS/Bedrock", "metric_name": "InvocationLatency"}
FAILING = {"alarm_name": "failing", "namespace": "AWS/Bedrock", "metric_name": "InvocationThrottles"}


@pytest.mark.parametrize(
    ("values", "watched"),
    [
        (SLOW, ("latency",)),
        (FAILING, ("throttling",)),
        ({"namespace": "AWS/Bedrock", "metric_name": "Invocations"}, ()),
        ({"namespace": "AWS/Bedrock/Agents", "metric_name": "ModelInvocationServerErrors"}, ("errors",)),
        ({"namespace": "AWS/Bedrock/Guardrails", "metric_name": "InvocationsIntervened"}, ("interventions",)),
        ({"namespace": "AWS/Bedrock/Guardrails", "metric_name": "InvocationLatency"}, ()),
        ({"namespace": "AWS/SageMaker", "metric_name": "ModelLatency"}, ("latency",)),
        ({"namespace": "AWS/Lambda", "metric_name": "Errors"}, ()),
        ({"metric_query": [{"metric": [SLOW]}, {"metric": [FAILING]}]}, ("latency", "throttling")),
        ({"metric_query": [{"expression": 'SELECT MAX(InvocationLatency) FROM "AWS/Bedrock"'}]}, ("latency",)),
        ({"metric_query": [{"expression": 'SELECT MAX(InvocationLatency) FROM "AWS/Bedrock/Guardrails"'}]}, ()),
        ({"metric_query": [{"expression": "m1 / m2"}, {"metric": [FAILING]}]}, ("throttling",)),
    ],
)
def test_what_of_models_an_alarm_watches(values: Any, watched: tuple[str, ...]) -> None:
    found: Any = facts_of(plan(change(ALARM, values)))[ALARM]
    assert found.watches == watched


def test_an_alarm_whose_metric_is_not_known_yet_may_watch_models() -> None:
    for shown, hidden in (("namespace", "metric_name"), ("metric_name", "namespace")):
        found: Any = facts_of(plan(change(ALARM, {shown: SLOW[shown]}, unknown={hidden: True})))[ALARM]
        assert isinstance(found.watches, Unknown)
    other: Any = facts_of(plan(change(ALARM, {"namespace": "AWS/Lambda"}, unknown={"metric_name": True})))[ALARM]
    assert other.watches == ()


COMPOSITE = "aws_cloudwatch_composite_alarm.c"


@pytest.mark.parametrize(
    ("composite", "notifies"),
    [
        ({"alarm_rule": "ALARM(slow)", "alarm_actions": ["arn:aws:sns:us-east-1:1:t"]}, True),
        ({"alarm_rule": "ALARM(other)", "alarm_actions": ["arn:aws:sns:us-east-1:1:t"]}, False),
        ({"alarm_rule": "ALARM(slow)", "alarm_actions": []}, False),
        ({"alarm_rule": "ALARM(slow)", "alarm_actions": ["x"], "actions_enabled": False}, False),
    ],
)
def test_an_alarm_may_tell_by_a_composite_one(composite: Any, notifies: bool) -> None:  # noqa: FBT001
    found: Any = facts_of(plan(change(ALARM, SLOW), change(COMPOSITE, composite)))[ALARM]
    assert found.notifies is notifies


def test_a_composite_alarm_is_found_by_its_expression_too() -> None:
    composite = change(COMPOSITE, {"alarm_actions": ["x"]}, unknown={"alarm_rule": True})
    written = {COMPOSITE: {"alarm_rule": {"references": [f"{ALARM}.alarm_name", ALARM]}}}
    found: Any = facts_of(plan(change(ALARM, {}, unknown={"alarm_name": True}), composite, config=written))[ALARM]
    assert found.notifies is True


def _region(*alarms: dict[str, Any], region: str = "us-east-1") -> dict[str, dict[str, str]]:
    """Verdicts on a plan with a guardrail and alarms, all in one region."""
    changes = [change(f"aws_cloudwatch_metric_alarm.a{i}", one) for i, one in enumerate(alarms)]
    provider = {"aws": {"name": "aws", "expressions": {"region": {"constant_value": region}}}}
    content = plan(change(GUARDRAIL, {"name": "g"}), *changes, configuration=_configured(provider, len(alarms)))
    return verdicts(scan(content), ["model-trouble-alarmed", "guardrail-interventions-alarmed"])


def _configured(provider: dict[str, Any], alarms: int) -> dict[str, Any]:
    named = [("aws_bedrock_guardrail", "g"), *(("aws_cloudwatch_metric_alarm", f"a{i}") for i in range(alarms))]
    blocks = [
        {"mode": "managed", "type": type_, "name": name, "provider_config_key": "aws", "expressions": {}}
        for type_, name in named
    ]
    return {"provider_config": provider, "root_module": {"resources": blocks}}


def test_a_region_with_models_is_watched() -> None:
    acts = {"alarm_actions": ["arn:aws:sns:us-east-1:1:t"], "actions_enabled": True}
    acting = {"namespace": "AWS/Bedrock/Guardrails", "metric_name": "InvocationsIntervened"}
    sound = _region(SLOW | acts, FAILING | acts, acting | acts)
    assert {status for found in sound.values() for status in found.values()} == {"pass"}
    faulty = _region(SLOW | acts, FAILING | acts | {"actions_enabled": False}, acting)
    assert faulty == {
        "model-trouble-alarmed": {
            "aws_cloudwatch_metric_alarm.a0": "pass",
            "aws_cloudwatch_metric_alarm.a1": "fail",
        },
        "guardrail-interventions-alarmed": {"aws_cloudwatch_metric_alarm.a2": "fail"},
    }
    nothing = _region()
    assert nothing == {
        "model-trouble-alarmed": {"aws:us-east-1": "unknown"},
        "guardrail-interventions-alarmed": {"aws:us-east-1": "unknown"},
    }
