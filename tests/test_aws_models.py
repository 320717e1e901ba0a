"""Models, agents and guardrails in shapes that a real plan shows rarely or not at all."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from scanner.clouds.aws.ai.personal_data import PEOPLE, hides_people
from scanner.config import Config
from scanner.kinds import Agent, AuditTrail, Guardrail, Model
from scanner.logic import plain
from scanner.model import Unknown
from scanner.settings_form import ConfigFile
from worlds import change, facts_of, plan, planned_of, scan, verdicts

GUARDRAIL = "aws_bedrock_guardrail.g"
AGENT = "aws_bedrockagent_agent.a"
GROUP = "aws_bedrockagent_agent_action_group.g"
LOGGING = "aws_bedrock_model_invocation_logging_configuration.l"
CLASSIFIED = Config(
    msgspec.convert({"agents": {"irreversible": ["delete*", "DELETE /*"], "reversible": ["get*"]}}, ConfigFile)
)


def _guardrail(*entities: dict[str, Any], **more: Any) -> dict[str, Any]:
    policy = {"pii_entities_config": list(entities), "regexes_config": []}
    return {"name": "g", "sensitive_information_policy_config": [policy], **more}


def _read(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return facts_of(plan(*changes, **more), CLASSIFIED)


def _redacts(values: Any, unknown: Any = None) -> Any:
    found = _read(change(GUARDRAIL, values, unknown=unknown or {}))[GUARDRAIL]
    assert isinstance(found, Guardrail)
    return found.redacts


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        ({"action": "BLOCK"}, True),
        ({"action": "anonymize"}, True),
        ({"action": "NONE"}, False),
        ({"action": "BLOCK", "input_action": "NONE", "output_action": "NONE"}, False),
        ({"action": "NONE", "input_action": "BLOCK"}, False),
        ({"action": "NONE", "input_action": "BLOCK", "output_action": "ANONYMIZE"}, True),
        ({"action": "BLOCK", "input_enabled": False, "output_enabled": False}, False),
        ({"type": "NAME", "action": "BLOCK", "input_enabled": False}, False),
        ({"type": "NAME", "action": "BLOCK", "output_enabled": False}, False),
        ({"type": "CREDIT_DEBIT_CARD_NUMBER", "action": "BLOCK"}, False),
        ({"type": "email", "action": "BLOCK"}, True),
        ({"action": None}, False),
        ({}, False),
    ],
)
def test_only_a_rule_about_people_that_acts_on_both_sides_redacts(entity: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    assert _redacts(_guardrail(entity)) is expected


EVERYBODY = [{"type": kind, "action": "ANONYMIZE"} for kind in PEOPLE]


def _hides(side: str, *entities: dict[str, Any], patterns: Any = (), unknown: Any = None) -> Any:
    policy = {"pii_entities_config": list(entities), "regexes_config": patterns}
    values = {"sensitive_information_policy_config": [policy]} if entities else {}
    (guardrail,) = planned_of(plan(change(GUARDRAIL, values, unknown=unknown or {}))).of("aws_bedrock_guardrail")
    return plain(hides_people(guardrail, side))


def test_who_people_are_is_taken_out_by_rules_on_each_kind_that_tells_it_and_on_the_side_asked() -> None:
    assert (_hides("input", *EVERYBODY), _hides("output", *EVERYBODY)) == (True, True)
    assert _hides("input", *EVERYBODY[:2]) is False
    assert _hides("input", {"type": "CREDIT_DEBIT_CARD_NUMBER", "action": "BLOCK"}) is False
    deaf = [{**one, "input_enabled": False} for one in EVERYBODY]
    assert (_hides("input", *deaf), _hides("output", *deaf)) == (False, True)
    mute = [{**one, "output_action": "NONE"} for one in EVERYBODY]
    assert (_hides("input", *mute), _hides("output", *mute)) == (True, False)


def test_a_pattern_may_find_addresses_and_numbers_but_no_names() -> None:
    pattern = {"name": "mail", "pattern": ".+@.+", "action": "BLOCK"}
    assert isinstance(_hides("input", EVERYBODY[0], patterns=[pattern]), Unknown)
    assert _hides("input", EVERYBODY[0], patterns=[{**pattern, "action": "NONE"}]) is False
    assert _hides("input", *EVERYBODY[1:], patterns=[pattern]) is False


def test_who_is_taken_out_is_open_where_rules_are_known_only_after_apply() -> None:
    later = {"sensitive_information_policy_config": [{"pii_entities_config": [{"type": True}, {}, {}]}]}
    assert isinstance(_hides("input", {"action": "BLOCK"}, *EVERYBODY[1:], unknown=later), Unknown)
    assert isinstance(_hides("input", unknown={"sensitive_information_policy_config": True}), Unknown)
    none = {"sensitive_information_policy_config": [{"regexes_config": True}]}
    assert isinstance(_hides("input", EVERYBODY[0], patterns=None, unknown=none), Unknown)


def test_rules_that_are_not_known_yet_leave_open_whether_a_guardrail_redacts() -> None:
    assert isinstance(_redacts({}, {"sensitive_information_policy_config": True}), Unknown)
    assert isinstance(
        _redacts(
            {"sensitive_information_policy_config": [{}]},
            {"sensitive_information_policy_config": [{"pii_entities_config": True}]},
        ),
        Unknown,
    )
    action = {"sensitive_information_policy_config": [{"pii_entities_config": [{"action": True}]}]}
    assert isinstance(_redacts(_guardrail({"type": "NAME"}), action), Unknown)
    assert _redacts({"sensitive_information_policy_config": "odd"}) is False


def test_a_known_guardrail_id_in_settings_joins_by_value() -> None:
    known = _guardrail(
        {"action": "BLOCK"}, guardrail_id="abc123xyz", guardrail_arn="arn:aws:bedrock:x:1:guardrail/abc123xyz"
    )
    function = change("aws_lambda_function.f", {"environment": [{"variables": {"GUARDRAIL": "abc123xyz"}}]})
    found = _read(change(GUARDRAIL, known, actions=["no-op"], before=known), function)[GUARDRAIL]
    assert found.attached is True
    assert found.because["attached"] == "aws_lambda_function.f refers to it"
    agent = change(
        AGENT, {"guardrail_configuration": [{"guardrail_identifier": "abc123xyz", "guardrail_version": "1"}]}
    )
    world = _read(change(GUARDRAIL, known, actions=["no-op"], before=known), agent)
    assert world[GUARDRAIL].attached is True
    assert (world[AGENT].guarded, world[AGENT].guardrail_redacts) == (True, True)


def _policy(**statement: Any) -> dict[str, Any]:
    return {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*", **statement}]})}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": "bedrock:InvokeModel"}, False),
        ({"Action": "bedrock:ApplyGuardrail"}, None),
        ({"Action": "bedrock:*"}, None),
        ({"Action": "bedrock:ApplyGuardrail", "Resource": "arn:aws:bedrock:*:*:guardrail/*"}, None),
        (
            {"Action": "bedrock:InvokeModel", "Condition": {"StringEquals": {"bedrock:GuardrailIdentifier": "gid42"}}},
            True,
        ),
        (
            {
                "Action": "bedrock:InvokeModel",
                "Condition": {"StringNotEquals": {"bedrock:GuardrailIdentifier": "gid42"}},
            },
            False,
        ),
        (
            {
                "Effect": "Deny",
                "Action": "bedrock:InvokeModel",
                "Condition": {"StringNotEquals": {"bedrock:GuardrailIdentifier": "gid42"}},
            },
            True,
        ),
    ],
)
def test_a_policy_attaches_a_guardrail_only_by_a_condition(statement: dict[str, Any], expected: bool | None) -> None:  # noqa: FBT001
    values = _guardrail({"action": "BLOCK"}, guardrail_id="gid42")
    policy = change("aws_iam_policy.p", _policy(**statement))
    attached = _read(change(GUARDRAIL, values), policy)[GUARDRAIL].attached
    assert (None if isinstance(attached, Unknown) else attached) is expected


def test_a_policy_that_is_not_known_yet_and_names_the_guardrail_leaves_open_whether_it_is_used() -> None:
    policy = change("aws_iam_policy.p", {"name": "p"}, unknown={"policy": True})
    config = {"aws_iam_policy.p": {"policy": {"references": [f"{GUARDRAIL}.guardrail_arn", GUARDRAIL]}}}
    found = _read(change(GUARDRAIL, _guardrail({"action": "BLOCK"})), policy, change(AGENT, {}), config=config)
    assert isinstance(found[GUARDRAIL].attached, Unknown)
    assert "aws_iam_policy.p may apply it" in found[GUARDRAIL].attached.reason


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        (["local.settings"], None),
        (["aws_bedrockagent_agent.a.agent_id", "aws_bedrockagent_agent.a"], False),
        (None, None),
    ],
)
def test_settings_that_are_hidden_may_name_the_guardrail(references: list[str] | None, expected: bool | None) -> None:  # noqa: FBT001
    function = change("aws_lambda_function.f", {"environment": [{}]}, unknown={"environment": [{"variables": True}]})
    written = {} if references is None else {"environment": [{"variables": {"references": references}}]}
    config = {"aws_lambda_function.f": written, AGENT: {}}
    found = _read(change(GUARDRAIL, _guardrail({"action": "BLOCK"})), function, change(AGENT, {}), config=config)
    assert _plain(found[GUARDRAIL].attached) is expected


def test_settings_that_refer_to_a_version_use_its_guardrail() -> None:
    version = change("aws_bedrock_guardrail_version.v", {}, unknown={"guardrail_arn": True, "version": True})
    parameter = change("aws_ssm_parameter.p", {"type": "String"}, unknown={"value": True})
    config = {
        "aws_bedrock_guardrail_version.v": {"guardrail_arn": {"references": [f"{GUARDRAIL}.guardrail_arn", GUARDRAIL]}},
        "aws_ssm_parameter.p": {
            "value": {"references": ["aws_bedrock_guardrail_version.v.version", "aws_bedrock_guardrail_version.v"]}
        },
    }
    guardrail = change(GUARDRAIL, _guardrail({"action": "BLOCK"}), unknown={"guardrail_arn": True})
    assert _read(guardrail, version, parameter, config=config)[GUARDRAIL].attached is True


def test_an_agent_whose_guardrail_cannot_be_followed_decides_nothing() -> None:
    unknown = {"guardrail_configuration": [{"guardrail_identifier": True}]}
    agent = change(AGENT, {"guardrail_configuration": [{}]}, unknown=unknown)
    config = {AGENT: {"guardrail_configuration": {"references": ["local.guardrail"]}}}
    found = _read(change(GUARDRAIL, _guardrail({"action": "BLOCK"})), agent, config=config)
    assert found[AGENT].guarded is True
    assert isinstance(found[AGENT].guardrail_redacts, Unknown)
    assert isinstance(found[GUARDRAIL].attached, Unknown)
    whole = change(AGENT, {}, unknown={"guardrail_configuration": True})
    assert isinstance(_read(whole)[AGENT].guarded, Unknown)
    without = change(AGENT, {"guardrail_configuration": [{}]}, unknown=unknown)
    assert isinstance(_read(without)[AGENT].guardrail_redacts, Unknown)


@pytest.mark.parametrize("configuration", [None, [], [{}], [{"guardrail_identifier": ""}], "odd", [None]])
def test_an_agent_that_names_no_guardrail_is_not_guarded(configuration: Any) -> None:
    found = _read(change(AGENT, {"guardrail_configuration": configuration}))[AGENT]
    assert (found.guarded, found.guardrail_redacts) == (False, False)


def _functions(*functions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"function_schema": [{"member_functions": [{"functions": list(functions)}]}], **more}


def _group(values: dict[str, Any], **more: Any) -> Agent:
    found = _read(change(GROUP, values, **more))[GROUP]
    assert isinstance(found, Agent)
    return found


def _plain(value: Any) -> Any:
    return None if isinstance(value, Unknown) else value


def test_a_function_that_asks_first_is_confirmed_and_one_that_does_not_is_named() -> None:
    asks = {"name": "delete_account", "require_confirmation": "ENABLED"}
    acts = {"name": "delete_order", "require_confirmation": "DISABLED"}
    assert _group(_functions(asks)).confirmed is True
    both = _group(_functions(asks, acts))
    assert (both.irreversible, both.confirmed) == (True, False)
    assert both.because["confirmed"].startswith("delete_order:")


def test_what_an_existing_group_asks_is_not_seen_where_the_provider_has_no_word_for_it() -> None:
    values = _functions({"name": "delete_account"})
    still = _group(values, before=values, actions=["no-op"])
    assert still.irreversible is True
    assert isinstance(still.confirmed, Unknown)
    assert _group(values, before=values, actions=["update"]).confirmed is False
    assert _group(values).confirmed is False


def test_one_unclassified_action_beside_a_confirmed_one_is_unknown() -> None:
    values = _functions({"name": "delete_account", "require_confirmation": True}, {"name": "swap"})
    found = _group(values)
    assert found.irreversible is True
    assert isinstance(found.confirmed, Unknown)
    result = verdicts(scan(plan(change(GROUP, values)), config=CLASSIFIED), ["agent-irreversible-actions-confirmed"])
    assert result == {"agent-irreversible-actions-confirmed": {GROUP: "unknown"}}


@pytest.mark.parametrize(
    ("values", "unknown", "irreversible", "confirmed"),
    [
        ({}, {"function_schema": True}, None, None),
        ({}, {"api_schema": True}, None, None),
        ({}, {}, None, None),
        ({"parent_action_group_signature": "ANTHROPIC.Computer"}, {}, None, None),
        (
            {
                "parent_action_group_signature": "ANTHROPIC.Computer",
                "action_group_executor": [{"custom_control": "RETURN_CONTROL"}],
            },
            {},
            None,
            True,
        ),
        (_functions({}), {"function_schema": [{"member_functions": [{"functions": [{"name": True}]}]}]}, None, None),
        (
            _functions({"name": "delete_x"}),
            {"function_schema": [{"member_functions": [{"functions": [{"require_confirmation": True}]}]}]},
            True,
            None,
        ),
        (_functions({"name": "delete_x"}), {"action_group_executor": True}, True, None),
        (
            _functions({"name": "delete_x"}, action_group_executor=[{}]),
            {"action_group_executor": [{"custom_control": True}]},
            True,
            None,
        ),
        (_functions({"name": "delete_x"}, action_group_state="DISABLED"), {}, False, False),
        ({"api_schema": [{"payload": None}]}, {}, None, None),
        ({"api_schema": [{}]}, {"api_schema": [{"payload": True}]}, None, None),
        ({"api_schema": [{"payload": "no schema"}]}, {}, None, None),
        ({"api_schema": [{"payload": "{a: b: c"}]}, {}, None, None),
        ({"api_schema": [{"payload": "[" * 100_000}]}, {}, None, None),
        ({"api_schema": [{"payload": "x" * 1_000_001}]}, {}, None, None),
        ({"api_schema": [{"payload": json.dumps({"paths": {}})}]}, {}, False, True),
    ],
)
def test_action_groups_of_odd_shapes(
    values: dict[str, Any], unknown: dict[str, Any], irreversible: Any, confirmed: Any
) -> None:
    found = _group(values, unknown=unknown)
    assert (_plain(found.irreversible), _plain(found.confirmed)) == (irreversible, confirmed)


def test_an_operation_without_an_id_is_classified_by_method_and_path() -> None:
    schema = {"paths": {"/orders": {"delete": {}, "parameters": [], "summary": "x"}, "/odd": []}}
    found = _group({"api_schema": [{"payload": json.dumps(schema)}]})
    assert (found.irreversible, found.confirmed) == (True, False)
    schema["paths"]["/orders"] = {"delete": {"operationId": "unheard", "x-requireConfirmation": "ENABLED"}}
    found = _group({"api_schema": [{"payload": json.dumps(schema)}]})
    assert (found.irreversible, found.confirmed) == (True, True)


@pytest.mark.parametrize(
    ("config", "unknown", "text", "encrypted"),
    [
        ({"s3_config": {"bucket_name": "b"}}, {}, True, True),
        ([{"s3_config": [{"bucket_name": "b"}]}], {}, True, True),
        ({"s3_config": {}}, {"logging_config": {"s3_config": {"bucket_name": True}}}, True, True),
        ({"text_data_delivery_enabled": "false", "s3_config": {"bucket_name": "b"}}, {}, False, True),
        ({"text_data_delivery_enabled": True}, {}, False, False),
        ({"s3_config": {"bucket_name": None}}, {}, False, False),
        ({}, {"logging_config": {"cloudwatch_config": True}}, None, None),
        ({"s3_config": {"bucket_name": "b"}}, {"logging_config": {"text_data_delivery_enabled": True}}, None, True),
        (None, {}, False, False),
        (None, {"logging_config": True}, None, None),
    ],
)
def test_text_is_delivered_somewhere(config: Any, unknown: dict[str, Any], text: Any, encrypted: Any) -> None:
    found = _read(change(LOGGING, {"logging_config": config}, unknown=unknown))[LOGGING]
    assert isinstance(found, AuditTrail)
    assert (_plain(found.text_delivered), _plain(found.destination_encrypted)) == (text, encrypted)


def test_a_permission_to_call_a_model_shows_that_its_region_uses_models() -> None:
    arn = "arn:aws:bedrock:eu-west-3::foundation-model/x"
    world = _read(change("aws_iam_policy.p", _policy(Action="bedrock:InvokeModel", Resource=arn)))
    assert {r.id for r in world.values() if r.kind in {"region", "account"}} == {"aws:eu-west-3", "aws:account"}
    several = _policy(Action="bedrock:Converse", Resource=[arn, arn.replace("eu-west-3", "us-west-2")])
    assert "aws:region" in _read(change("aws_iam_policy.p", several))
    source = {"statement": [{"actions": ["bedrock:InvokeModel"], "resources": [arn]}]}
    assert "aws:eu-west-3" in _read(change("data.aws_iam_policy_document.d", source))
    assert not [r for r in _read(change("aws_iam_policy.p", _policy(Action="s3:*"))).values() if r.kind == "region"]


def _endpoint(variants: Any, unknown: Any = None, key: Any = None) -> Model:
    config = {"name": "c", "production_variants": variants, "kms_key_arn": key}
    found = _read(
        change("aws_sagemaker_endpoint_configuration.c", config, unknown=unknown or {}),
        change("aws_sagemaker_endpoint.e", {"name": "e", "endpoint_config_name": "c"}),
        change("aws_sagemaker_model.m", {"name": "m", "enable_network_isolation": True}),
        change("aws_sagemaker_model.open", {"name": "open"}),
        config={"aws_sagemaker_endpoint_configuration.c": {"kms_key_arn": {"references": ["var.key"]}}},
    )["aws_sagemaker_endpoint.e"]
    assert isinstance(found, Model)
    return found


def test_an_endpoint_is_as_isolated_as_all_its_models() -> None:
    assert _endpoint([{"model_name": "m"}]).isolated is True
    assert _endpoint([{"model_name": "m"}, {"model_name": "open"}]).isolated is False
    assert isinstance(_endpoint([{"model_name": "elsewhere"}]).isolated, Unknown)
    assert isinstance(_endpoint([{}], {"production_variants": [{"model_name": True}]}).isolated, Unknown)
    assert isinstance(_endpoint([]).isolated, Unknown)
    assert isinstance(_endpoint(None, {"production_variants": True}).isolated, Unknown)
    assert _endpoint([]).encrypted is False
    assert _endpoint([], {"kms_key_arn": True}).encrypted is True
    alone = _read(change("aws_sagemaker_endpoint.e", {"endpoint_config_name": "gone"}))["aws_sagemaker_endpoint.e"]
    assert isinstance(alone.encrypted, Unknown)


def test_models_and_parts_of_agents_are_told_apart() -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x"
    world = _read(
        change(AGENT, {"foundation_model": arn}),
        change("aws_bedrock_provisioned_model_throughput.t", {"model_arn": "x"}),
        change("aws_bedrock_custom_model.c", {"custom_model_kms_key_id": "k"}),
        change("aws_bedrock_custom_model.later", {}, unknown={"custom_model_kms_key_id": True}),
        change("aws_lexv2models_bot.b", {"name": "b"}),
        change("aws_bedrockagent_agent_action_group.code", {"parent_action_group_signature": "AMAZON.CodeInterpreter"}),
    )
    assert [r for r in world.values() if r.type == "foundation_model"] == []
    assert world["aws_bedrock_provisioned_model_throughput.t"].type == "provisioned_throughput"
    assert world["aws_bedrock_custom_model.c"].encrypted is True
    assert isinstance(world["aws_bedrock_custom_model.later"].encrypted, Unknown)
    assert world["aws_lexv2models_bot.b"].type == "bot"
    assert world["aws_bedrockagent_agent_action_group.code"].type == "code_interpreter"
