"""Trails, their selectors and destinations, and alarms, in shapes that a real plan shows rarely or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.kinds import Alarm, AuditTrail
from scanner.model import Unknown
from worlds import change, facts_of, plan, scan, verdicts

TRAIL = "aws_cloudtrail.t"
BUCKET = "aws_s3_bucket.chats"
TABLE = "aws_dynamodb_table.sessions"
STORES = (
    change(BUCKET, {"bucket": "transcripts"}),
    change(TABLE, {"name": "sessions", "arn": "arn:aws:dynamodb:us-east-1:123456789012:table/sessions"}),
)
ALL = [
    {"type": "AWS::S3::Object", "values": ["arn:aws:s3"]},
    {"type": "AWS::DynamoDB::Table", "values": ["arn:aws:dynamodb"]},
]


def _plain(value: Any) -> Any:
    return None if isinstance(value, Unknown) else value


def _trail(values: dict[str, Any], *others: dict[str, Any], **more: Any) -> AuditTrail:
    config = more.pop("config", None)
    made = {"name": "t", "is_multi_region_trail": True, **values}
    found = facts_of(plan(change(TRAIL, made, **more), *others, config=config))[TRAIL]
    assert isinstance(found, AuditTrail)
    return found


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (None, True),
        ([], True),
        ([{}], True),
        ([{"read_write_type": "All"}], True),
        ([{"read_write_type": "WriteOnly"}], False),
        ([{"read_write_type": "WriteOnly"}, {"read_write_type": "ReadOnly"}], True),
        ([{"include_management_events": False}], False),
        ([{"exclude_management_event_sources": ["kms.amazonaws.com"]}], False),
        ([{"exclude_management_event_sources": ["rdsdata.amazonaws.com"]}], True),
        ([{"include_management_events": False}, {}], True),
    ],
)
def test_management_events_by_basic_selectors(selectors: Any, expected: bool) -> None:  # noqa: FBT001
    found = _trail({"event_selector": selectors})
    assert (found.management_events, found.all_regions) == (expected, True)


def _field(name: str, **operators: list[str]) -> dict[str, Any]:
    return {"field": name, **operators}


MANAGEMENT = _field("eventCategory", equals=["Management"])
DATA = _field("eventCategory", equals=["Data"])
OBJECTS = _field("resources.type", equals=["AWS::S3::Object"])
TABLES = _field("resources.type", equals=["AWS::DynamoDB::Table"])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([[MANAGEMENT]], True),
        ([[MANAGEMENT, _field("readOnly", equals=["false"])]], False),
        ([[MANAGEMENT, _field("readOnly", equals=["false"])], [MANAGEMENT, _field("readOnly", equals=["true"])]], True),
        ([[MANAGEMENT, _field("eventSource", not_equals=["kms.amazonaws.com"])]], False),
        ([[MANAGEMENT, _field("eventSource", not_equals=["rdsdata.amazonaws.com"])]], True),
        ([[MANAGEMENT, _field("eventSource", equals=["iam.amazonaws.com"])]], False),
        ([[MANAGEMENT, _field("eventName", not_equals=["Decrypt"])]], False),
        ([[MANAGEMENT, _field("resources.ARN", starts_with=["arn:aws:s3"])]], False),
        ([[DATA, OBJECTS]], False),
        ([[]], False),
    ],
)
def test_management_events_by_advanced_selectors(fields: list[list[dict[str, Any]]], expected: bool) -> None:  # noqa: FBT001
    selectors = [{"field_selector": group} for group in fields]
    assert _trail({"advanced_event_selector": selectors}).management_events is expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (ALL, True),
        (ALL[:1], False),
        ([ALL[1], {"type": "AWS::S3::Object", "values": ["arn:aws:s3:::transcripts/"]}], True),
        ([ALL[1], {"type": "AWS::S3::Object", "values": ["arn:aws:s3:::transcripts"]}], True),
        ([ALL[1], {"type": "AWS::S3::Object", "values": ["arn:aws:s3:::transcripts/2026/"]}], False),
        ([ALL[1], {"type": "AWS::S3::Object", "values": ["arn:aws:s3:::trans"]}], False),
        ([ALL[1], {"type": "AWS::S3::Object", "values": ["arn:aws-cn:s3:::"]}], True),
        (
            [
                ALL[0],
                {"type": "AWS::DynamoDB::Table", "values": ["arn:aws:dynamodb:us-east-1:123456789012:table/sessions"]},
            ],
            True,
        ),
        (
            [
                ALL[0],
                {"type": "AWS::DynamoDB::Table", "values": ["arn:aws:dynamodb:eu-west-1:123456789012:table/sessions"]},
            ],
            False,
        ),
        (
            [
                ALL[0],
                {"type": "AWS::DynamoDB::Table", "values": ["arn:aws:dynamodb:us-east-1:210987654321:table/sessions"]},
            ],
            False,
        ),
        ([ALL[0], {"type": "AWS::DynamoDB::Table", "values": "odd"}], False),
        ([{"type": "AWS::Lambda::Function", "values": ["arn:aws:lambda"]}], False),
    ],
)
def test_data_events_by_basic_selectors(resources: Any, expected: bool) -> None:  # noqa: FBT001
    found = _trail({"event_selector": [{"data_resource": resources}]}, *STORES)
    assert found.conversation_data_events is expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], True),
        ([_field("resources.ARN", starts_with=["arn:aws:s3:::trans"])], True),
        ([_field("resources.ARN", starts_with=["arn:aws:s3:::transcripts/a"])], False),
        ([_field("resources.ARN", equals=["arn:aws:s3:::transcripts/"])], False),
        ([_field("resources.ARN", ends_with=[".json"])], False),
        ([_field("resources.ARN", not_starts_with=["arn:aws:s3:::trail/"])], True),
        ([_field("resources.ARN", not_starts_with=["arn:aws:s3:::transcripts/tmp/"])], False),
        ([_field("resources.ARN", not_equals=["arn:aws:s3:::trail/x"])], True),
        ([_field("resources.ARN", not_equals=["arn:aws:s3:::transcripts/x"])], False),
        ([_field("eventName", equals=["GetObject"])], False),
        ([_field("readOnly", equals=["false"])], False),
        ([_field("userIdentity.arn", not_equals=["x"])], False),
    ],
)
def test_data_events_by_advanced_selectors(fields: list[dict[str, Any]], expected: bool) -> None:  # noqa: FBT001
    selectors = [{"field_selector": [OBJECTS, DATA, *fields]}]
    assert _trail({"advanced_event_selector": selectors}, STORES[0]).conversation_data_events is expected


def test_a_data_selector_must_name_its_type() -> None:
    selectors = [{"field_selector": [DATA]}]
    assert _trail({"advanced_event_selector": selectors}, STORES[0]).conversation_data_events is False


def test_a_table_may_be_named_exactly_by_an_advanced_selector() -> None:
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/sessions"
    one = _trail(
        {"advanced_event_selector": [{"field_selector": [DATA, TABLES, _field("resources.ARN", equals=[arn])]}]},
        STORES[1],
    )
    assert one.conversation_data_events is True
    other = _trail(
        {"advanced_event_selector": [{"field_selector": [DATA, TABLES, _field("resources.ARN", equals=[f"{arn}s"])]}]},
        STORES[1],
    )
    assert other.conversation_data_events is False


@pytest.mark.parametrize(
    ("values", "unknown", "expected"),
    [
        ({}, {"advanced_event_selector": True}, None),
        ({}, {"event_selector": True}, None),
        ({"event_selector": [{}]}, {"event_selector": [{"read_write_type": True}]}, None),
        ({"event_selector": [{}]}, {"event_selector": [{"include_management_events": True}]}, None),
        ({"event_selector": [{}]}, {"event_selector": [{"exclude_management_event_sources": True}]}, None),
        ({"advanced_event_selector": [{}]}, {"advanced_event_selector": [{"field_selector": True}]}, None),
        (
            {"advanced_event_selector": [{"field_selector": [{}]}]},
            {"advanced_event_selector": [{"field_selector": [{"field": True}]}]},
            None,
        ),
        (
            {"advanced_event_selector": [{"field_selector": [{"field": "eventCategory"}]}]},
            {"advanced_event_selector": [{"field_selector": [{"equals": True}]}]},
            None,
        ),
        ({}, {"enable_logging": True}, None),
        ({"enable_logging": False}, {}, False),
    ],
)
def test_what_is_not_known_of_selectors_decides_nothing(values: Any, unknown: Any, expected: Any) -> None:
    config = {TRAIL: {name: {"references": ["local.x"]} for name in ("advanced_event_selector", "event_selector")}}
    assert _plain(_trail(values, unknown=unknown, config=config).management_events) is expected


def _referring(*references: str) -> AuditTrail:
    values = {"event_selector": [{"data_resource": [{"type": "AWS::S3::Object"}]}]}
    unknown = {"event_selector": [{"data_resource": [{"values": True}]}]}
    expression = {"type": {"constant_value": "AWS::S3::Object"}, "values": {"references": list(references)}}
    config = {TRAIL: {"event_selector": [{"data_resource": [expression]}]}, BUCKET: {}, "aws_s3_bucket.other": {}}
    config["random_id.r"] = {}
    others = (change("aws_s3_bucket.other", {"bucket": "plain"}), change("random_id.r", {}))
    return _trail(values, STORES[0], *others, unknown=unknown, config=config)


def test_an_arn_that_is_not_known_yet_counts_for_the_store_it_refers_to() -> None:
    assert _referring(f"{BUCKET}.arn", BUCKET).conversation_data_events is True
    assert _referring("aws_s3_bucket.other.arn", "aws_s3_bucket.other").conversation_data_events is False
    mixed = _referring("aws_s3_bucket.other.arn", "aws_s3_bucket.other", "random_id.r.hex", "random_id.r")
    assert isinstance(mixed.conversation_data_events, Unknown)
    assert isinstance(_referring("local.arns").conversation_data_events, Unknown)


def test_a_store_whose_name_is_not_known_yet_may_be_one_that_is_named() -> None:
    values = {"event_selector": [{"data_resource": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::other/"]}]}]}
    store = change(BUCKET, {"tags": {"DataClass": "transcript"}}, unknown={"bucket": True})
    assert isinstance(_trail(values, store).conversation_data_events, Unknown)


def test_field_selectors_are_a_set_so_each_takes_its_own_expressions() -> None:
    fields = [OBJECTS, {"field": "resources.ARN", "starts_with": [None]}, DATA]
    unknown = {"advanced_event_selector": [{"field_selector": [{}, {"starts_with": [True]}, {}]}]}
    written = [
        {"field": {"constant_value": "eventCategory"}},
        {"field": {"constant_value": "resources.type"}},
        {"field": {"constant_value": "resources.ARN"}, "starts_with": {"references": [f"{BUCKET}.arn", BUCKET]}},
    ]
    config = {TRAIL: {"advanced_event_selector": [{"field_selector": written}]}, BUCKET: {}}
    values = {"advanced_event_selector": [{"field_selector": fields}]}
    assert _trail(values, STORES[0], unknown=unknown, config=config).conversation_data_events is True
    excluded = {
        "advanced_event_selector": [
            {"field_selector": [OBJECTS, {"field": "resources.ARN", "not_starts_with": [None]}, DATA]}
        ]
    }
    unknown = {"advanced_event_selector": [{"field_selector": [{}, {"not_starts_with": [True]}, {}]}]}
    written[2] = {
        "field": {"constant_value": "resources.ARN"},
        "not_starts_with": {"references": [f"{BUCKET}.arn", BUCKET]},
    }
    assert _trail(excluded, STORES[0], unknown=unknown, config=config).conversation_data_events is False


def test_without_a_store_only_everything_answers_for_stores_elsewhere() -> None:
    assert _trail({"event_selector": [{"data_resource": ALL}]}).conversation_data_events is True
    assert isinstance(_trail({"event_selector": [{"data_resource": ALL[:1]}]}).conversation_data_events, Unknown)
    assert isinstance(_trail({}).conversation_data_events, Unknown)
    narrowed = [
        {"field_selector": [DATA, t, _field("resources.ARN", not_starts_with=["arn:aws:s3:::x"])]}
        for t in (OBJECTS, TABLES)
    ]
    assert isinstance(_trail({"advanced_event_selector": narrowed}).conversation_data_events, Unknown)


def test_a_trail_of_one_region_does_not_record_a_store_in_another() -> None:
    store = change(TABLE, {"name": "sessions", "arn": "arn:aws:dynamodb:eu-west-1:123456789012:table/sessions"})
    arn = "arn:aws:cloudtrail:us-east-1:123456789012:trail/t"
    values = {"event_selector": [{"data_resource": ALL}], "arn": arn}
    assert _trail({**values, "is_multi_region_trail": False}, store).conversation_data_events is False
    assert _trail(values, store).conversation_data_events is True


def test_an_event_data_store_records_management_events_unless_it_says_otherwise() -> None:
    lake = "aws_cloudtrail_event_data_store.l"

    def read(values: dict[str, Any], **more: Any) -> AuditTrail:
        found = facts_of(plan(change(lake, values, **more), config={lake: {"name": {"constant_value": "l"}}}))[lake]
        assert isinstance(found, AuditTrail)
        return found

    default = read({"name": "l"}, unknown={"advanced_event_selector": True})
    assert (default.all_regions, default.management_events, default.log_validation) == (True, True, True)
    assert default.destination_immutable is True
    assert read({"multi_region_enabled": False}).all_regions is False
    assert read({"suspend": "true"}).management_events is False
    assert isinstance(read({}, unknown={"suspend": True}).management_events, Unknown)
    assert isinstance(read({}, unknown={"termination_protection_enabled": True}).destination_immutable, Unknown)


def test_trails_of_other_accounts_add_nothing() -> None:
    def of(name: str, account: str, **values: Any) -> dict[str, Any]:
        return change(
            f"aws_cloudtrail.{name}", {"name": name, "arn": f"arn:aws:cloudtrail:us-east-1:{account}:trail/x", **values}
        )

    world = plan(of("a", "111111111111", is_multi_region_trail=True), of("b", "222222222222"))
    facts: dict[str, Any] = dict(facts_of(world))
    assert facts["aws_cloudtrail.a"].all_regions is True
    assert facts["aws_cloudtrail.b"].all_regions is False
    assert {"aws:111111111111", "aws:222222222222"} <= set(facts)
    together = facts_of(plan(of("a", "111111111111", is_multi_region_trail=True), of("b", "111111111111")))
    assert together["aws_cloudtrail.b"].because["all_regions"] == "together with the other trails of the account"


def test_a_plan_without_trail_store_or_model_asks_for_no_trail() -> None:
    result = scan(plan(change("aws_s3_bucket.assets", {"bucket": "assets"})))
    assert verdicts(result, ["audit-trail-complete"]) == {}
    result = scan(plan(change(BUCKET, {"bucket": "transcripts"})))
    assert verdicts(result, ["audit-trail-complete"]) == {"audit-trail-complete": {"aws:account": "unknown"}}


def test_a_plan_that_deletes_the_trail_or_the_log_of_models_still_asks_for_one() -> None:
    arn = "arn:aws:cloudtrail:us-east-1:111111111111:trail/x"
    trail = change(TRAIL, None, before={"name": "x", "arn": arn}, actions=["delete"])
    log = "aws_bedrock_model_invocation_logging_configuration.l"
    gone = scan(plan(trail, change(log, None, before={"id": "us-east-1"}, actions=["delete"])))
    assert verdicts(gone, ["audit-trail-complete", "model-invocations-logged"]) == {
        "audit-trail-complete": {"aws:111111111111": "unknown"},
        "model-invocations-logged": {"aws:us-east-1": "unknown"},
    }
    odd = scan(plan(change(TRAIL, None, before={"arn": 1}, actions=["delete"])))
    assert verdicts(odd, ["audit-trail-complete"]) == {"audit-trail-complete": {"aws:account": "unknown"}}


def _kept(policy: dict[str, Any] | str | None, **more: Any) -> Any:
    lock = {"bucket": "audit", "rule": [{"default_retention": [{"mode": "COMPLIANCE", "days": 1}]}]}
    others = [
        change("aws_s3_bucket.audit", {"bucket": "audit"}),
        change("aws_s3_bucket_object_lock_configuration.l", lock),
    ]
    if policy is not None:
        text = policy if isinstance(policy, str) else json.dumps({"Statement": [{"Effect": "Allow", **policy}]})
        others.append(change("aws_s3_bucket_policy.p", {"bucket": "audit", "policy": text}))
    return _plain(_trail({"s3_bucket_name": "audit"}, *others, **more).destination_immutable)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, True),
        ({"Action": "s3:PutObject"}, True),
        ({"Action": ["s3:GetObject", "s3:deleteobjectversion"]}, False),
        ({"Action": "s3:*"}, False),
        ({"Action": "s3:PutLifecycleConfiguration"}, False),
        ({"Action": "s3:BypassGovernanceRetention"}, False),
        ({"NotAction": "s3:Get*"}, False),
        ({"NotAction": ["s3:Delete*", "s3:Put*", "s3:Bypass*"]}, True),
        ({"Effect": "Deny", "Action": "s3:*"}, True),
        ("not JSON", None),
    ],
)
def test_a_statement_that_deletes_unmakes_the_lock(policy: Any, expected: bool | None) -> None:  # noqa: FBT001
    assert _kept(policy) is expected


def test_a_destination_that_is_not_seen_is_unknown() -> None:
    assert isinstance(_trail({"s3_bucket_name": "elsewhere"}).destination_immutable, Unknown)
    assert isinstance(_trail({}, unknown={"s3_bucket_name": True}).destination_immutable, Unknown)
    assert isinstance(_trail({}).destination_immutable, Unknown)


def test_actions_that_are_not_known_yet_leave_the_lock_open() -> None:
    lock = {"bucket": "audit", "rule": [{"default_retention": [{"mode": "COMPLIANCE", "days": 1}]}]}
    statement = {"statement": [{"effect": "Allow", "actions": [None]}]}
    found = facts_of(
        plan(
            change(TRAIL, {"s3_bucket_name": "audit"}),
            change("aws_s3_bucket.audit", {"bucket": "audit"}),
            change("aws_s3_bucket_object_lock_configuration.l", lock),
            change("aws_s3_bucket_policy.p", {"bucket": "audit"}, unknown={"policy": True}),
            change(
                "data.aws_iam_policy_document.d",
                statement,
                actions=["read"],
                unknown={"json": True, "statement": [{"actions": [True]}]},
            ),
            config={
                "aws_s3_bucket_policy.p": {
                    "policy": {"references": ["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"]}
                },
                "data.aws_iam_policy_document.d": {"statement": [{"actions": {"references": ["local.actions"]}}]},
            },
        )
    )[TRAIL]
    assert isinstance(found, AuditTrail)
    assert isinstance(found.destination_immutable, Unknown)


def _alarm(address: str, values: dict[str, Any], *others: dict[str, Any], **more: Any) -> Alarm:
    found = facts_of(plan(change(address, values, **more), *others))[address]
    assert isinstance(found, Alarm)
    return found


def test_alarms_of_odd_shapes() -> None:
    metric = "aws_cloudwatch_metric_alarm.a"
    assert _alarm(metric, {"alarm_actions": None}).notifies is False
    assert _alarm(metric, {}, unknown={"alarm_actions": True}).notifies is True
    filter_ = "aws_cloudwatch_log_metric_filter.f"
    assert _alarm(filter_, {}).notifies is False
    assert isinstance(_alarm(filter_, {}, unknown={"metric_transformation": True}).notifies, Unknown)
    unknown = {"metric_transformation": [{"name": True}]}
    assert isinstance(_alarm(filter_, {"metric_transformation": [{}]}, unknown=unknown).notifies, Unknown)


def test_a_rule_without_a_target_in_the_plan_that_makes_it_tells_nobody() -> None:
    rule = "aws_cloudwatch_event_rule.r"
    assert _alarm(rule, {"name": "r", "is_enabled": False}).enabled is False
    assert _alarm(rule, {"name": "r"}).notifies is False
    assert isinstance(_alarm(rule, {"name": "r"}, unknown={"state": True}).enabled, Unknown)
    existing = _alarm(rule, {"name": "r"}, before={"name": "r"}, actions=["no-op"])
    assert isinstance(existing.notifies, Unknown)
    lost = change("aws_cloudwatch_event_target.t", {"arn": "x"}, unknown={"rule": True})
    assert isinstance(_alarm(rule, {"name": "r"}, lost).notifies, Unknown)
