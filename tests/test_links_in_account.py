"""The same flows in a running account, where everything goes by its ARN, its name or its host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from flows import flows, hidden, told
from scanner import plugins, run
from scanner.collect.estate import LiveResource
from scanner.collect.items import Item
from scanner.config import Config
from scanner.model import Unknown, World
from scanner.terraform.instances import Plan

ACCOUNT, REGION = "111122223333", "eu-west-1"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:chat"
QUEUE, DEAD = (f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}" for name in ("jobs", "dead"))
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
BUCKET = "arn:aws:s3:::acme-documents"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/chat"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/chat/answered"
CLOCK = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:ingest"
SCHEDULE = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/purge"
API = f"arn:aws:apigateway:{REGION}::/restapis/abc123"
BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/front/1"
LISTENER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/front/1/2"
GROUP = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/app/3"
SERVICE = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/main/app"
TASK = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/app:7"
CDN = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1"
POOL = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{REGION}_1"


def account(*items: tuple[str, str, Mapping[str, Any]], unread: str = "") -> World:
    """One region of an account that holds these: type, ARN and values; of `unread` there may be more."""
    part = Plan(name="live", account=ACCOUNT, region=REGION)
    part.unread.update({unread: Unknown("AccessDenied")} if unread else {})
    part.resources.extend(LiveResource(part, Item(type_, id_, dict(values))) for type_, id_, values in items)
    return run.see([part], plugins.load_all("scanner.clouds"), Config(), {})


THINGS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("aws_lambda_function", FUNCTION, {"arn": FUNCTION, "function_name": "chat", "role": ""}),
    ("aws_sqs_queue", QUEUE, {
        "arn": QUEUE, "name": "jobs", "url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs",
        "redrive_policy": f'{{"deadLetterTargetArn": "{DEAD}"}}',
    }),
    ("aws_sqs_queue", DEAD, {"arn": DEAD, "name": "dead"}),
    ("aws_sns_topic", TOPIC, {"arn": TOPIC, "name": "alerts"}),
    ("aws_s3_bucket", BUCKET, {"arn": BUCKET, "bucket": "acme-documents", "id": "acme-documents"}),
    ("aws_cloudwatch_event_bus", BUS, {"arn": BUS, "name": "chat"}),
    ("aws_ecs_service", SERVICE, {
        "arn": SERVICE, "name": "app", "task_definition": TASK, "load_balancer": [{"target_group_arn": GROUP}],
    }),
    ("aws_ecs_task_definition", TASK, {"arn": TASK, "family": "app", "container_definitions": "[]"}),
    ("aws_lb", BALANCER, {
        "arn": BALANCER, "name": "front", "internal": False, "load_balancer_type": "application",
        "dns_name": "front-1.eu-west-1.elb.amazonaws.com",
    }),
    ("aws_lb_target_group", GROUP, {"arn": GROUP, "name": "app", "protocol": "HTTPS", "target_type": "ip"}),
    ("aws_api_gateway_rest_api", API, {"arn": API, "id": "abc123", "name": "chat", "endpoint_configuration": [{}]}),
)  # fmt: skip


def names(world: World) -> set[tuple[str, str, str]]:
    return {(one[0], one[1], one[2]) for one in told(world, "aws-")}


def test_events() -> None:
    world = account(
        *THINGS,
        ("aws_lambda_event_source_mapping", "m", {"function_arn": f"{FUNCTION}:live", "event_source_arn": QUEUE}),
        ("aws_sns_topic_subscription", "s", {"topic_arn": TOPIC, "protocol": "lambda", "endpoint": FUNCTION}),
        ("aws_sns_topic_subscription", "h", {
            "topic_arn": TOPIC, "protocol": "https", "endpoint": "https://hooks.vendor.example/token-0123456789",
        }),
        ("aws_s3_bucket_notification", "n", {
            "bucket": "acme-documents", "lambda_function": [{"lambda_function_arn": FUNCTION}],
        }),
        ("aws_cloudwatch_event_rule", RULE, {"arn": RULE, "name": "answered", "event_bus_name": "chat"}),
        ("aws_cloudwatch_event_target", f"{RULE}#1", {"rule": RULE, "target_id": "1", "arn": QUEUE}),
        ("aws_cloudwatch_event_rule", CLOCK, {"arn": CLOCK, "name": "nightly", "event_bus_name": "default"}),
        ("aws_cloudwatch_event_target", f"{CLOCK}#1", {
            "rule": CLOCK, "target_id": "1", "arn": MACHINE, "dead_letter_config": [{"arn": DEAD}],
        }),
        ("aws_scheduler_schedule", SCHEDULE, {"arn": SCHEDULE, "target": [{"arn": FUNCTION}]}),
        ("aws_cognito_user_pool", POOL, {"arn": POOL, "lambda_config": [{"pre_sign_up": FUNCTION}]}),
    )  # fmt: skip
    assert names(world) >= {
        (QUEUE, "reads_from", FUNCTION),
        (QUEUE, "sends_to", DEAD),
        (TOPIC, "triggers", FUNCTION),
        (TOPIC, "sends_to", "ext:hooks.vendor.example"),
        (BUCKET, "triggers", FUNCTION),
        (BUS, "sends_to", QUEUE),
        (CLOCK, "triggers", f"ext:{MACHINE}"),
        (CLOCK, "sends_to", DEAD),
        (SCHEDULE, "triggers", FUNCTION),
        (POOL, "triggers", FUNCTION),
        ("ext:internet", "sends_to", POOL),
    }
    assert "token-0123456789" not in repr(world.flows)


def test_ways_in() -> None:
    invoked = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
    world = account(
        *THINGS,
        ("aws_api_gateway_integration", "i", {"rest_api_id": "abc123", "type": "AWS_PROXY", "uri": invoked}),
        ("aws_api_gateway_method", "m", {"rest_api_id": "abc123", "http_method": "GET", "authorization": "NONE"}),
        ("aws_api_gateway_stage", "s", {"rest_api_id": "abc123", "stage_name": "live"}),
        ("aws_lb_listener", LISTENER, {
            "arn": LISTENER, "load_balancer_arn": BALANCER, "protocol": "HTTPS", "port": 443,
            "default_action": [{"type": "forward", "target_group_arn": GROUP}],
        }),
        ("aws_cloudfront_distribution", CDN, {
            "arn": CDN, "id": "E1", "enabled": True, "domain_name": "d1.cloudfront.net",
            "default_cache_behavior": [{"viewer_protocol_policy": "https-only"}],
            "origin": [
                {"domain_name": "acme-documents.s3.eu-west-1.amazonaws.com", "origin_id": "s3"},
                {"domain_name": "front-1.eu-west-1.elb.amazonaws.com", "origin_id": "lb"},
                {"domain_name": "abc123.execute-api.eu-west-1.amazonaws.com", "origin_id": "api"},
                {"domain_name": "elsewhere.s3.amazonaws.com", "origin_id": "other"},
            ],
        }),
    )  # fmt: skip
    assert names(world) >= {
        (API, "sends_to", FUNCTION),
        (BALANCER, "sends_to", SERVICE),
        (SERVICE, "sends_to", TASK),
        (CDN, "sends_to", BUCKET),
        (CDN, "sends_to", BALANCER),
        (CDN, "sends_to", API),
        (CDN, "sends_to", "ext:arn:aws:s3:::elsewhere"),
        ("ext:internet", "sends_to", API),
        ("ext:internet", "sends_to", CDN),
        ("ext:internet", "sends_to", BALANCER),
    }
    assert flows(world)[f"{BALANCER} -> {SERVICE} (sends_to)"].encrypted is True
    assert API not in hidden(world)


_OF_API = {
    "aws_api_gateway_method": ("m", {"rest_api_id": "abc123", "http_method": "GET", "authorization": "NONE"}),
    "aws_api_gateway_stage": ("s", {"rest_api_id": "abc123", "stage_name": "live"}),
}


@pytest.mark.parametrize("missing", _OF_API)
def test_an_api_that_may_answer_is_possibly_reached(missing: str) -> None:
    parts = [(type_, *told_) for type_, told_ in _OF_API.items() if type_ != missing]
    for unread, expected in (("", set()), (missing, {("ext:internet", "sends_to", API, "possible")})):
        world = account(*THINGS, *parts, unread=unread)
        assert {one for one in told(world, "aws-public-entry") if one[2] == API} == expected
    hidden_ = {**_OF_API["aws_api_gateway_method"][1], "http_method": Unknown("AccessDenied")}
    items = [(type_, *told_) for type_, told_ in _OF_API.items() if type_.endswith("stage")]
    world = account(*THINGS, *items, ("aws_api_gateway_method", "*", hidden_))
    assert ("ext:internet", "sends_to", API, "possible") in told(world, "aws-public-entry")


def test_what_a_scan_does_not_read_is_a_gap_and_told_in_words_of_the_account() -> None:
    world = account(
        *THINGS,
        ("aws_sfn_state_machine", MACHINE, {"arn": MACHINE, "name": "ingest", "definition": Unknown("never read")}),
        ("aws_lb_listener", LISTENER, {
            "arn": LISTENER, "load_balancer_arn": BALANCER, "protocol": "HTTPS",
            "default_action": [{"type": "forward", "target_group_arn": f"{GROUP}4"}],
        }),
        ("aws_api_gateway_integration", "i", {"rest_api_id": "abc123", "uri": Unknown("never read")}),
    )  # fmt: skip
    found = hidden(world)
    assert {MACHINE, BALANCER, API} <= found.keys()
    assert not any("apply" in why or "plan" in why for why in found.values())


def test_a_name_in_another_region_or_account_is_another_thing() -> None:
    elsewhere = FUNCTION.replace(REGION, "us-east-1")
    world = account(
        *THINGS,
        ("aws_scheduler_schedule", SCHEDULE, {"arn": SCHEDULE, "target": [{"arn": elsewhere}]}),
        ("aws_lambda_event_source_mapping", "m", {
            "function_arn": FUNCTION, "event_source_arn": QUEUE.replace(ACCOUNT, "999988887777"),
        }),
    )  # fmt: skip
    assert names(world) >= {
        (SCHEDULE, "triggers", f"ext:{elsewhere}"),
        (f"ext:{QUEUE.replace(ACCOUNT, '999988887777')}", "reads_from", FUNCTION),
    }
