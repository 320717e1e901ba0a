"""Failed messages, scans of images, and keys shared with logs: rules that the stacks' plans do not show, by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.model import Unknown
from worlds import change, facts_of, plan

QUEUE = "aws_sqs_queue.jobs"
DEAD = "aws_sqs_queue.dead"
ARN = "arn:aws:sqs:us-east-1:123456789012:"
REDRIVE = json.dumps({"deadLetterTargetArn": f"{ARN}dead", "maxReceiveCount": 4})


def said(content: bytes, address: str, name: str) -> Any:
    """A fact, None where it is not known."""
    value = getattr(facts_of(content)[address], name)
    return None if isinstance(value, Unknown) else value


def existing(address: str, after: dict[str, Any]) -> dict[str, Any]:
    return change(address, after, before=after, actions=["no-op"])


def queue(name: str, **more: Any) -> dict[str, Any]:
    return existing(f"aws_sqs_queue.{name}", {"name": name, "arn": ARN + name, "id": f"https://sqs/{name}", **more})


# --- failed messages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "answer"),
    [
        ({}, False),
        ({"redrive_policy": ""}, False),
        ({"redrive_policy": "{}"}, False),
        ({"redrive_policy": REDRIVE}, True),
        ({"redrive_policy": "not JSON"}, None),
    ],
)
def test_a_new_queue_keeps_failures_where_its_policy_names_a_queue(
    after: dict[str, Any],
    answer: bool | None,  # noqa: FBT001
) -> None:
    assert said(plan(change(QUEUE, {"name": "jobs", **after})), QUEUE, "keeps_failures") is answer


def test_a_queue_that_existed_before_may_have_a_policy_that_was_not_seen() -> None:
    assert said(plan(queue("jobs")), QUEUE, "keeps_failures") is None
    assert said(plan(queue("jobs", redrive_policy="")), QUEUE, "keeps_failures") is False


def test_a_policy_of_its_own_counts_and_names_its_target() -> None:
    split = change("aws_sqs_queue_redrive_policy.jobs", {"queue_url": "https://sqs/jobs", "redrive_policy": REDRIVE})
    content = plan(queue("jobs", redrive_policy=""), queue("dead", redrive_policy=""), split)
    assert said(content, QUEUE, "keeps_failures") is True
    assert [said(content, address, "takes_failures") for address in (QUEUE, DEAD)] == [False, True]


def test_the_target_is_found_before_it_has_an_arn() -> None:
    content = plan(
        change(QUEUE, {"name": "jobs"}, unknown={"redrive_policy": True, "arn": True, "id": True}),
        change(DEAD, {"name": "other"}, unknown={"arn": True, "id": True}),
        config={QUEUE: {"redrive_policy": {"references": [f"{DEAD}.arn", DEAD]}}, DEAD: {}},
    )
    assert said(content, QUEUE, "keeps_failures") is True
    assert said(content, DEAD, "takes_failures") is True


@pytest.mark.parametrize(
    ("address", "after"),
    [
        ("aws_lambda_function.f", {"dead_letter_config": [{"target_arn": f"{ARN}dead"}]}),
        (
            "aws_lambda_function_event_invoke_config.f",
            {"destination_config": [{"on_failure": [{"destination": f"{ARN}dead"}]}]},
        ),
        (
            "aws_lambda_event_source_mapping.f",
            {"destination_config": [{"on_failure": [{"destination_arn": f"{ARN}dead"}]}]},
        ),
        ("aws_cloudwatch_event_target.t", {"arn": "arn:x", "dead_letter_config": [{"arn": f"{ARN}dead"}]}),
        ("aws_scheduler_schedule.s", {"target": [{"dead_letter_config": [{"arn": f"{ARN}dead"}]}]}),
        ("aws_sns_topic_subscription.s", {"redrive_policy": json.dumps({"deadLetterTargetArn": f"{ARN}dead"})}),
    ],
)
def test_whatever_sends_its_failures_to_a_queue_makes_it_a_dead_letter_queue(
    address: str, after: dict[str, Any]
) -> None:
    content = plan(queue("jobs"), queue("dead"), change(address, after))
    assert [said(content, one, "takes_failures") for one in (QUEUE, DEAD)] == [False, True]


@pytest.mark.parametrize(
    ("name", "more", "answer"),
    [
        ("chat-dlq", {}, True),
        ("chatDeadLetters", {}, True),
        ("dead-letter-chat", {}, True),
        ("deadline", {}, False),
        ("chat-dlq", {"redrive_policy": ""}, True),
        ("chat-dlq", {"redrive_policy": REDRIVE}, False),
        ("letters", {"redrive_allow_policy": json.dumps({"redrivePermission": "allowAll"})}, True),
        ("letters", {"redrive_allow_policy": ""}, False),
    ],
)
def test_a_dead_letter_queue_is_told_by_its_name_or_by_whom_it_serves(
    name: str,
    more: dict[str, Any],
    answer: bool,  # noqa: FBT001
) -> None:
    assert said(plan(change("aws_sqs_queue.q", {"name": name, **more})), "aws_sqs_queue.q", "takes_failures") is answer


# --- images -----------------------------------------------------------------------------------------------------------

REPOSITORY = "aws_ecr_repository.bot"


def repository(scans: bool | None, name: str = "chat/bot") -> dict[str, Any]:  # noqa: FBT001
    block = [] if scans is None else [{"scan_on_push": scans}]
    return change(REPOSITORY, {"name": name, "image_scanning_configuration": block})


def registry(type_: str, frequency: str, *filters: str) -> dict[str, Any]:
    rule = {"scan_frequency": frequency, "repository_filter": [{"filter": one} for one in filters]}
    return change("aws_ecr_registry_scanning_configuration.this", {"scan_type": type_, "rule": [rule]})


@pytest.mark.parametrize(("scans", "answer"), [(True, True), (False, None), (None, None)])
def test_without_its_registry_a_repository_may_be_scanned_all_the_same(
    scans: bool | None,  # noqa: FBT001
    answer: bool | None,  # noqa: FBT001
) -> None:
    assert said(plan(repository(scans)), REPOSITORY, "scans_images") is answer


@pytest.mark.parametrize(
    ("scans", "rules", "answer"),
    [
        (False, ("BASIC", "SCAN_ON_PUSH", "*"), True),
        (False, ("BASIC", "SCAN_ON_PUSH", "chat"), True),
        (False, ("BASIC", "SCAN_ON_PUSH", "chat/*"), True),
        (False, ("BASIC", "SCAN_ON_PUSH", "*bot"), True),
        (False, ("BASIC", "SCAN_ON_PUSH", "bot*"), False),
        (False, ("BASIC", "SCAN_ON_PUSH", "other", "bot"), True),
        (False, ("BASIC", "MANUAL", "*"), False),
        (True, ("BASIC", "MANUAL", "*"), True),
        (False, ("ENHANCED", "CONTINUOUS_SCAN", "*"), True),
        (False, ("ENHANCED", "SCAN_ON_PUSH", "*"), True),
        (True, ("ENHANCED", "SCAN_ON_PUSH", "other"), False),
    ],
)
def test_the_rules_of_the_registry_count(scans: bool, rules: tuple[str, ...], answer: bool) -> None:  # noqa: FBT001
    type_, frequency, *filters = rules
    content = plan(repository(scans), registry(type_, frequency, *filters))
    assert said(content, REPOSITORY, "scans_images") is answer


# --- keys -------------------------------------------------------------------------------------------------------------

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-1111-4111-8111-111111111111"
OTHER = "arn:aws:kms:us-east-1:123456789012:key/22222222-2222-4222-8222-222222222222"
TABLE = "aws_dynamodb_table.sessions"


def table(key: str | None) -> dict[str, Any]:
    encryption = [{"enabled": True, "kms_key_arn": key}] if key else []
    return change(TABLE, {"name": "sessions", "server_side_encryption": encryption, "tags": {"DataClass": "prompt"}})


def log_group(key: str | None, classes: str = "telemetry", name: str = "app") -> dict[str, Any]:
    return change(f"aws_cloudwatch_log_group.{name}", {"name": name, "kms_key_id": key, "tags": {"DataClass": classes}})


@pytest.mark.parametrize(
    ("key", "logs", "answer"),
    [
        (KEY, KEY, True),
        (KEY, OTHER, False),
        (KEY, None, False),
        (KEY.partition("/")[2], KEY, True),
        (None, KEY, False),
        ("alias/chat", KEY, None),
        (KEY, "alias/logs", None),
        ("alias/chat", "alias/chat", True),
        ("alias/aws/dynamodb", KEY, False),
    ],
)
def test_keys_are_compared_by_what_names_them(key: str | None, logs: str | None, answer: bool | None) -> None:  # noqa: FBT001
    assert said(plan(table(key), log_group(logs)), TABLE, "shares_key_with_logs") is answer


@pytest.mark.parametrize(
    ("classes", "answer"), [("telemetry", True), ("security_log", True), ("prompt", False), ("telemetry prompt", False)]
)
def test_only_a_log_group_of_nothing_but_logs_counts(classes: str, answer: bool) -> None:  # noqa: FBT001
    assert said(plan(table(KEY), log_group(KEY, classes)), TABLE, "shares_key_with_logs") is answer


def test_an_alias_stands_for_its_key() -> None:
    alias = existing("aws_kms_alias.chat", {"name": "alias/chat", "arn": "arn:alias", "target_key_id": KEY})
    key = existing("aws_kms_key.chat", {"arn": KEY, "key_id": KEY.partition("/")[2]})
    content = plan(table("alias/chat"), log_group(KEY), alias, key)
    assert said(content, TABLE, "shares_key_with_logs") is True


def made_now(*keys: str) -> list[dict[str, Any]]:
    return [change(f"aws_kms_key.{key}", {}, unknown={"arn": True, "key_id": True, "id": True}) for key in keys]


@pytest.mark.parametrize(
    ("logs", "answer"),
    [
        (["aws_kms_key.chat.arn", "aws_kms_key.chat"], True),
        (["aws_kms_key.logs.arn", "aws_kms_key.logs"], False),
        (["data.aws_ssm_parameter.key.value", "data.aws_ssm_parameter.key"], False),
        (["aws_kms_key.logs.arn", "aws_kms_key.chat.arn", "var.which"], None),
    ],
)
def test_keys_that_a_plan_makes_are_told_by_who_names_them(logs: list[str], answer: bool | None) -> None:  # noqa: FBT001
    stored = change("aws_sqs_queue.q", {"tags": {"DataClass": "prompt"}}, unknown={"kms_master_key_id": True})
    group = change("aws_cloudwatch_log_group.app", {"name": "app"}, unknown={"kms_key_id": True})
    content = plan(
        *made_now("chat", "logs"),
        stored,
        group,
        change("data.aws_ssm_parameter.key", {}, actions=["read"], unknown={"value": True}),
        config={
            "aws_kms_key.chat": {},
            "aws_kms_key.logs": {},
            "aws_sqs_queue.q": {"kms_master_key_id": {"references": ["aws_kms_key.chat.arn", "aws_kms_key.chat"]}},
            "aws_cloudwatch_log_group.app": {"kms_key_id": {"references": logs}},
            "data.aws_ssm_parameter.key": {},
        },
    )
    assert said(content, "aws_sqs_queue.q", "shares_key_with_logs") is answer


def test_a_bucket_is_judged_by_its_default_encryption() -> None:
    rule = [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms", "kms_master_key_id": KEY}]}]
    bucket = change("aws_s3_bucket.chats", {"bucket": "chats"})
    split = change("aws_s3_bucket_server_side_encryption_configuration.chats", {"bucket": "chats", "rule": rule})
    assert said(plan(bucket, split, log_group(KEY)), "aws_s3_bucket.chats", "shares_key_with_logs") is True
    assert said(plan(bucket, split, log_group(OTHER)), "aws_s3_bucket.chats", "shares_key_with_logs") is False
    assert said(plan(bucket, log_group(KEY)), "aws_s3_bucket.chats", "shares_key_with_logs") is False


@pytest.mark.parametrize("key", [KEY, OTHER])
@pytest.mark.parametrize(
    ("address", "after"),
    [
        ("aws_db_instance.s", {"kms_key_id": KEY, "storage_encrypted": True}),
        ("aws_rds_cluster.s", {"kms_key_id": KEY, "storage_encrypted": True}),
        ("aws_sns_topic.s", {"name": "s", "kms_master_key_id": KEY}),
        ("aws_opensearch_domain.s", {"encrypt_at_rest": [{"enabled": True, "kms_key_id": KEY}]}),
        ("aws_cloudwatch_log_group.s", {"name": "s", "kms_key_id": KEY, "tags": {"DataClass": "response"}}),
    ],
)
def test_every_sort_of_store_is_judged_by_its_key(address: str, after: dict[str, Any], key: str) -> None:
    content = plan(change(address, after), log_group(key))
    assert said(content, address, "shares_key_with_logs") is (key == KEY)
