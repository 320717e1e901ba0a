"""What reading an account leaves out of settings is told where flows may be missing for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from flows import hidden, told
from test_links_in_account import ACCOUNT, BALANCER, GROUP, LISTENER, REGION, TASK, THINGS, TOPIC, account

BASE = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:knowledge-base/K1"
DESTINATION = f"arn:aws:logs:{REGION}:{ACCOUNT}:delivery-destination:d"


def test_a_balancer_that_forwards_to_target_groups_that_were_not_read() -> None:
    things = [one for one in THINGS if one[0] != "aws_lb_target_group"]
    for type_, expected in (("forward", True), ("redirect", False)):
        action = {"type": type_, "target_group_arn": GROUP}
        listener = {"arn": LISTENER, "load_balancer_arn": BALANCER, "default_action": [action]}
        world = account(*things, ("aws_lb_listener", LISTENER, listener))
        assert (BALANCER in hidden(world)) is expected


@pytest.mark.parametrize("unread", ["", "aws_sns_topic_subscription"])
def test_a_topic_whose_subscriptions_were_not_read(unread: str) -> None:
    why = hidden(account(("aws_sns_topic", TOPIC, {"arn": TOPIC, "name": "alerts"}), unread=unread)).get(TOPIC)
    assert why == ("who gets what is sent to it is not known: AccessDenied" if unread else None)


@pytest.mark.parametrize("read", [False, True])
def test_logs_that_are_delivered_to_a_destination_that_was_not_read(*, read: bool) -> None:
    delivery = {"id": "d", "delivery_source_name": "s", "delivery_destination_arn": DESTINATION}
    items: list[tuple[str, str, Mapping[str, Any]]] = [
        ("aws_bedrockagent_knowledge_base", BASE, {"arn": BASE, "knowledge_base_configuration": [{}]}),
        ("aws_cloudwatch_log_delivery_source", "s", {"name": "s", "resource_arn": BASE}),
        ("aws_cloudwatch_log_delivery", "d", delivery),
    ]
    if read:
        items.append(("aws_cloudwatch_log_delivery_destination", DESTINATION, {"arn": DESTINATION, "name": "d"}))
    assert (BASE in hidden(account(*items))) is not read


def test_a_log_group_whose_name_was_not_kept_is_no_place() -> None:
    driver = {"logDriver": "awslogs", "options": {"awslogs-group": "<masked>"}}
    containers = json.dumps([{"name": "app", "logConfiguration": driver}])
    world = account(("aws_ecs_task_definition", TASK, {"arn": TASK, "container_definitions": containers}))
    assert told(world, "aws-code-log") == set()
    assert TASK in hidden(world)


@pytest.mark.parametrize("prefix", ["", "/", "/flows/x"])
def test_a_bucket_is_named_with_the_prefix_of_its_objects(prefix: str) -> None:
    vpc = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1"
    bucket = "arn:aws:s3:::logs"
    build = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/ship"
    places = {"s3_logs": [{"status": "ENABLED", "location": f"logs{prefix}"}]}
    items: list[tuple[str, str, Mapping[str, Any]]] = [
        ("aws_vpc", vpc, {"arn": vpc, "id": "vpc-1"}),
        ("aws_flow_log", "fl-1", {"vpc_id": "vpc-1", "log_destination": f"{bucket}{prefix}"}),
        ("aws_codebuild_project", build, {"arn": build, "name": "ship", "logs_config": [places]}),
    ]
    known = ("aws_s3_bucket", bucket, {"arn": bucket, "bucket": "logs", "id": "logs"})
    for world, target in ((account(*items), f"ext:{bucket}"), (account(*items, known), bucket)):
        assert told(world, "aws-flow-log", "aws-build-log") == {
            (vpc, "logs_to", target, "declared"),
            (build, "logs_to", target, "declared"),
        }
