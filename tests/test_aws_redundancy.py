"""Whether production outlives the loss of a zone: rules that the stacks' plans do not show, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Unknown
from worlds import change, facts_of, plan, scan, verdicts

CLUSTER = "aws_rds_cluster.chats"
SERVICE = "aws_ecs_service.chat"
ZONES = {"a": "us-east-1a", "b": "us-east-1b", "again": "us-east-1a"}


def said(content: bytes, address: str, name: str = "redundant") -> Any:
    """A fact, None where it is not known."""
    value = getattr(facts_of(content)[address], name)
    return None if isinstance(value, Unknown) else value


def existing(address: str, after: dict[str, Any]) -> dict[str, Any]:
    return change(address, after, before=after, actions=["no-op"])


def subnets(*names: str) -> list[dict[str, Any]]:
    return [change(f"aws_subnet.{name}", {"id": name, "availability_zone": ZONES[name]}) for name in names]


# --- databases and search ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "answer"),
    [
        ({}, False),
        ({"multi_az": False}, False),
        ({"multi_az": True}, True),
        ({"replicate_source_db": "chats"}, True),
    ],
)
def test_an_instance_needs_a_standby_unless_it_is_a_replica(after: dict[str, Any], answer: bool) -> None:  # noqa: FBT001
    assert said(plan(change("aws_db_instance.chats", after)), "aws_db_instance.chats") is answer


def test_of_an_instance_that_existed_before_only_what_the_plan_holds_counts() -> None:
    assert said(plan(existing("aws_db_instance.chats", {"engine": "mysql"})), "aws_db_instance.chats") is None
    assert said(plan(existing("aws_db_instance.chats", {"multi_az": False})), "aws_db_instance.chats") is False


def members(*zones: str | None, cluster: str = "chats") -> list[dict[str, Any]]:
    return [
        change(
            f"aws_rds_cluster_instance.m[{i}]",
            {"cluster_identifier": cluster, "identifier": f"m{i}", **({"availability_zone": zone} if zone else {})},
        )
        for i, zone in enumerate(zones)
    ]


@pytest.mark.parametrize(
    ("zones", "answer"),
    [
        ((), False),
        (("us-east-1a",), False),
        (("us-east-1a", "us-east-1a"), False),
        (("us-east-1a", "us-east-1b"), True),
        ((None, None), True),
        ((None, "us-east-1a"), True),
    ],
)
def test_a_cluster_needs_instances_in_two_zones(zones: tuple[str | None, ...], answer: bool) -> None:  # noqa: FBT001
    made = change(CLUSTER, {"cluster_identifier": "chats", "engine": "aurora-mysql"})
    assert said(plan(made, *members(*zones)), CLUSTER) is answer


def test_the_zone_of_an_instance_that_is_known_only_after_apply_is_not_made_up() -> None:
    one, two = members(None, None)
    for made in (one, two):
        made["change"]["after_unknown"] = {"availability_zone": True}
    written = {"availability_zone": {"references": ["aws_subnet.a.availability_zone", "aws_subnet.a"]}}
    content = plan(
        change(CLUSTER, {"cluster_identifier": "chats"}),
        change("aws_subnet.a", {}, unknown={"availability_zone": True, "id": True}),
        one,
        two,
        config={"aws_rds_cluster_instance.m": written, "aws_subnet.a": {}, CLUSTER: {}},
    )
    assert said(content, CLUSTER) is None


@pytest.mark.parametrize(
    ("after", "answer"),
    [
        ({"engine_mode": "serverless"}, True),
        ({"db_cluster_instance_class": "db.m5d.large", "engine": "mysql"}, True),
        ({"replication_source_identifier": "arn:aws:rds:us-east-1:123456789012:cluster:chats"}, True),
        ({"engine_mode": "provisioned"}, False),
    ],
)
def test_some_clusters_are_redundant_by_what_they_are(after: dict[str, Any], answer: bool) -> None:  # noqa: FBT001
    assert said(plan(change(CLUSTER, {"cluster_identifier": "chats", **after})), CLUSTER) is answer


@pytest.mark.parametrize(
    ("known", "answer"), [(["m0"], False), (["m0", "elsewhere"], None), (None, None), (["m0", "gone"], False)]
)
def test_a_cluster_that_existed_before_may_have_instances_elsewhere(
    known: list[str] | None,
    answer: bool | None,  # noqa: FBT001
) -> None:
    gone = {"id": "gone", "identifier": "gone", "cluster_identifier": "other"}
    content = plan(
        existing(CLUSTER, {"cluster_identifier": "chats", "cluster_members": known}),
        existing("aws_rds_cluster_instance.m[0]", {"cluster_identifier": "chats", "identifier": "m0"}),
        change("aws_rds_cluster_instance.gone", None, before=gone, actions=["delete"]),
    )
    assert said(content, CLUSTER) is answer


@pytest.mark.parametrize(
    ("config", "answer"),
    [
        ([], False),
        ([{"instance_count": 2}], False),
        ([{"instance_count": 2, "zone_awareness_enabled": True}], True),
        ([{"instance_count": 3, "multi_az_with_standby_enabled": True}], True),
    ],
)
def test_a_search_domain_must_be_aware_of_zones(config: list[dict[str, Any]], answer: bool) -> None:  # noqa: FBT001
    domain = "aws_opensearch_domain.docs"
    assert said(plan(change(domain, {"domain_name": "docs", "cluster_config": config})), domain) is answer


@pytest.mark.parametrize(("replicas", "answer"), [(None, True), ("ENABLED", True), ("DISABLED", False)])
def test_a_collection_has_replicas_unless_they_are_off(replicas: str | None, answer: bool) -> None:  # noqa: FBT001
    collection = "aws_opensearchserverless_collection.docs"
    assert said(plan(change(collection, {"name": "docs", "standby_replicas": replicas})), collection) is answer


# --- services ---------------------------------------------------------------------------------------------------------


def service(count: int | None, *names: str, **more: Any) -> dict[str, Any]:
    network = [{"network_configuration": [{"subnets": list(names)}]}] if names else [{}]
    made = {"name": "chat", "cluster": "bots", "launch_type": "FARGATE", "desired_count": count}
    return change(SERVICE, {**made, **network[0], **more})


@pytest.mark.parametrize(
    ("count", "names", "copies", "answer"),
    [
        (2, ("a", "b"), 2, True),
        (2, ("a", "again"), 2, False),
        (3, ("a",), 3, False),
        (1, ("a", "b"), 1, False),
        (None, ("a", "b"), 0, False),
        (2, (), 2, None),
        (2, ("a", "not-seen"), 2, None),
        (2, ("not-seen",), 2, False),
    ],
)
def test_a_service_needs_two_tasks_in_two_zones(
    count: int | None,
    names: tuple[str, ...],
    copies: int,
    answer: bool | None,  # noqa: FBT001
) -> None:
    content = plan(*subnets("a", "b", "again"), service(count, *names))
    assert said(content, SERVICE, "copies") == copies
    assert said(content, SERVICE) is answer


@pytest.mark.parametrize(
    ("launched", "names", "answer"),
    [
        ({"launch_type": "EC2"}, ("a", "b"), None),
        ({"launch_type": None}, ("a", "b"), None),
        ({"launch_type": "EC2"}, ("a", "again"), False),
        (
            {"launch_type": None, "capacity_provider_strategy": [{"capacity_provider": "FARGATE_SPOT"}]},
            ("a", "b"),
            True,
        ),
        ({"launch_type": None, "capacity_provider_strategy": [{"capacity_provider": "ours"}]}, ("a", "b"), None),
    ],
)
def test_where_instances_of_the_cluster_run_tasks_their_zones_count(
    launched: dict[str, Any],
    names: tuple[str, ...],
    answer: bool | None,  # noqa: FBT001
) -> None:
    content = plan(*subnets("a", "b", "again"), service(2, *names, **launched))
    assert said(content, SERVICE) is answer


def target(minimum: int, resource: str = "service/bots/chat", namespace: str = "ecs") -> dict[str, Any]:
    after = {"service_namespace": namespace, "resource_id": resource, "min_capacity": minimum}
    return change("aws_appautoscaling_target.chat", after)


@pytest.mark.parametrize(
    ("scaled", "copies"),
    [
        (target(3), 3),
        (target(1), 1),
        (target(1, "service/others/chat"), 2),
        (target(1, "service/bots/chats"), 2),
        (target(1, "table/chat", "dynamodb"), 2),
    ],
)
def test_the_minimum_of_what_scales_a_service_counts(scaled: dict[str, Any], copies: int) -> None:
    assert said(plan(*subnets("a", "b"), service(2, "a", "b"), scaled), SERVICE, "copies") == copies


def test_what_scales_a_service_is_found_before_either_has_a_name() -> None:
    scaled = change(
        "aws_appautoscaling_target.chat",
        {"service_namespace": "ecs", "min_capacity": 4},
        unknown={"resource_id": True},
    )
    written = {"resource_id": {"references": ["aws_ecs_cluster.bots.name", "aws_ecs_cluster.bots", f"{SERVICE}.name"]}}
    content = plan(
        change("aws_ecs_cluster.bots", {}, unknown={"name": True, "id": True}),
        change(SERVICE, {"desired_count": 1}, unknown={"name": True}),
        scaled,
        config={"aws_appautoscaling_target.chat": written, SERVICE: {}, "aws_ecs_cluster.bots": {}},
    )
    assert said(content, SERVICE, "copies") == 4


def test_a_service_of_the_default_cluster_is_found_too() -> None:
    made = change(SERVICE, {"name": "chat", "desired_count": 1})
    assert said(plan(made, target(5, "service/default/chat")), SERVICE, "copies") == 5


def test_a_daemon_runs_as_often_as_its_cluster_has_instances() -> None:
    content = plan(*subnets("a", "b"), service(None, "a", "b", scheduling_strategy="DAEMON"))
    assert (said(content, SERVICE, "copies"), said(content, SERVICE)) == (None, None)


# --- balancers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "answer"),
    [
        ({"load_balancer_type": "application", "subnets": ["not-seen", "neither"]}, True),
        ({"load_balancer_type": "network", "subnets": ["a"]}, False),
        ({"load_balancer_type": "network", "subnets": ["a", "b"]}, True),
        ({"load_balancer_type": "network", "subnets": ["not-seen", "neither"]}, None),
        ({"load_balancer_type": "network", "subnet_mapping": [{"subnet_id": "a"}, {"subnet_id": "b"}]}, True),
        ({"load_balancer_type": "network", "subnet_mapping": [{"subnet_id": "a"}]}, False),
    ],
)
def test_balancers_by_their_subnets(after: dict[str, Any], answer: bool | None) -> None:  # noqa: FBT001
    assert said(plan(*subnets("a", "b"), change("aws_lb.voice", after)), "aws_lb.voice") is answer


@pytest.mark.parametrize(
    ("after", "answer"),
    [
        ({"subnets": ["a", "b"]}, True),
        ({"subnets": ["a"]}, False),
        ({"availability_zones": ["us-east-1a", "us-east-1b"]}, True),
        ({"availability_zones": ["us-east-1a"]}, False),
    ],
)
def test_classic_balancers_by_subnets_or_zones(after: dict[str, Any], answer: bool) -> None:  # noqa: FBT001
    assert said(plan(*subnets("a", "b"), change("aws_elb.old", after)), "aws_elb.old") is answer


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_only_production_is_asked() -> None:
    alone = {"multi_az": False}
    content = plan(
        change("aws_db_instance.a", {**alone, "tags": {"env": "prod"}}),
        change("aws_db_instance.b", {**alone, "tags": {"env": "staging"}}),
        change("aws_db_instance.c", alone),
        change("aws_db_instance.d", {"multi_az": True}),
        change("aws_ecs_service.off", {"name": "off", "desired_count": 0, "tags": {"env": "prod"}}),
    )
    found = verdicts(scan(content), {"store-redundant", "compute-redundant"})
    assert found == {
        "store-redundant": {"aws_db_instance.a": "fail", "aws_db_instance.c": "unknown", "aws_db_instance.d": "pass"}
    }
