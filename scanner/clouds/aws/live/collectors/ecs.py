"""ECS: clusters, services with what scales them, and the task definitions that are run or would be started from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live import masking
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.batches import batches
from scanner.clouds.aws.live.collectors.tags import pairs
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader, first_unknown
from scanner.model import Unknown

name = "ecs"
everywhere = True
types = (
    "aws_ecs_cluster",
    "aws_ecs_service",
    "aws_ecs_task_definition",
    "aws_appautoscaling_target",
)

_OF_SERVICE = (
    "task_definition",
    "scheduling_strategy",
    "network_configuration",
    "launch_type",
    "load_balancer",
    "service_registries",
    "tags",
)
_CLUSTERS_AT_ONCE = 100
_SERVICES_AT_ONCE = 10


def _masked(page: Page) -> Page:
    definition = page.get("taskDefinition") or {}
    for part in ("containerDefinitions", "volumes", "proxyConfiguration"):
        if part in definition:
            definition[part] = masking.containers(definition[part])
    return page


LIST_CLUSTERS = call("ecs", "ListClusters", items="clusterArns")
DESCRIBE_CLUSTERS = call("ecs", "DescribeClusters")
LIST_SERVICES = call("ecs", "ListServices", items="serviceArns", absent=("ClusterNotFoundException",))
DESCRIBE_SERVICES = call("ecs", "DescribeServices", absent=("ClusterNotFoundException",))
LIST_TARGETS = call("application-autoscaling", "DescribeScalableTargets", items="ScalableTargets")
LIST_FAMILIES = call("ecs", "ListTaskDefinitionFamilies", items="families")
DESCRIBE_DEFINITION = call("ecs", "DescribeTaskDefinition", mask=_masked)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read clusters, then their services, then task definitions."""
    clusters = reader.every(LIST_CLUSTERS)
    yield from clusters.unread(("aws_ecs_cluster", "aws_ecs_service"))
    for piece in batches(clusters.items, _CLUSTERS_AT_ONCE):
        yield from _clusters(reader, piece)
    found = list(_services(reader, clusters.items))
    yield from found
    services = [one for one in found if isinstance(one, Item)]
    yield from _scaled(reader, services)
    used = dict.fromkeys(service.values.get("task_definition") for service in services)
    yield from _definitions(reader, [arn for arn in used if isinstance(arn, str)])


def _clusters(reader: Reader, arns: list[str]) -> Iterator[Item]:
    answer = reader.ask(DESCRIBE_CLUSTERS, clusters=arns, include=["TAGS"])
    told = {} if not isinstance(answer, dict) else {one["clusterArn"]: one for one in answer.get("clusters", ())}
    for arn in arns:
        about = told.get(arn, {})
        tags = answer if isinstance(answer, Unknown) else pairs(about.get("tags"), "key", "value")
        yield Item("aws_ecs_cluster", arn, {"arn": arn, "id": arn, "name": arn.rpartition("/")[2], "tags": tags})


def _services(reader: Reader, clusters: list[str]) -> Iterator[Item | Unread]:
    listings = reader.each(clusters, lambda cluster: reader.every(LIST_SERVICES, cluster=cluster))
    if missing := next((listing.missing for listing in listings if listing.missing is not None), None):
        yield Unread(("aws_ecs_service",), missing, LIST_SERVICES.action)
    pieces = [
        (cluster, piece)
        for cluster, listing in zip(clusters, listings, strict=True)
        for piece in batches(listing.items, _SERVICES_AT_ONCE)
    ]
    for found in reader.each(pieces, lambda piece: _described(reader, *piece)):
        yield from found


def _described(reader: Reader, cluster: str, arns: list[str]) -> list[Item]:
    answer = reader.ask(DESCRIBE_SERVICES, cluster=cluster, services=arns, include=["TAGS"])
    if isinstance(answer, Unknown):
        about = {"cluster": cluster, **dict.fromkeys(_OF_SERVICE, answer)}
        return [Item("aws_ecs_service", arn, {"id": arn, "name": arn.rpartition("/")[2], **about}) for arn in arns]
    return [_service(service) for service in (answer or {}).get("services", ())]


def _service(service: dict[str, Any]) -> Item:
    network = (service.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    values = {
        "id": service["serviceArn"],
        "name": service["serviceName"],
        "cluster": service.get("clusterArn"),
        "task_definition": service.get("taskDefinition"),
        "launch_type": service.get("launchType"),
        "capacity_provider_strategy": [
            {"capacity_provider": one.get("capacityProvider")} for one in service.get("capacityProviderStrategy", ())
        ],
        "desired_count": service.get("desiredCount"),
        "scheduling_strategy": service.get("schedulingStrategy"),
        "network_configuration": [_network(network)] if network else [],
        "load_balancer": [
            {"target_group_arn": balancer.get("targetGroupArn"), "elb_name": balancer.get("loadBalancerName")}
            for balancer in service.get("loadBalancers", ())
        ],
        "service_registries": [
            {"registry_arn": one.get("registryArn")} for one in service.get("serviceRegistries", ())
        ],
        "tags": pairs(service.get("tags"), "key", "value"),
    }
    return Item("aws_ecs_service", service["serviceArn"], values)


def _network(network: dict[str, Any]) -> dict[str, Any]:
    return {
        "assign_public_ip": network.get("assignPublicIp") == "ENABLED",
        "security_groups": network.get("securityGroups", []),
        "subnets": network.get("subnets", []),
    }


def _scaled(reader: Reader, services: list[Item]) -> Iterator[Item]:
    """What scales services; where that was not told, it may be any of them."""
    if not services:
        return
    listed = reader.every(LIST_TARGETS, ServiceNamespace="ecs")
    for target in listed.items:
        if target.get("ScalableDimension") == "ecs:service:DesiredCount":
            yield _target(reader, target["ResourceId"], target.get("MinCapacity"))
    if listed.missing is not None:
        told = {target["ResourceId"] for target in listed.items}
        for service in services:
            cluster = str(service.values["cluster"]).rpartition("/")[2]
            name_ = f"service/{cluster}/{service.values['name']}"
            if name_ not in told:
                yield _target(reader, name_, listed.missing)


def _target(reader: Reader, resource: str, at_least: int | Unknown | None) -> Item:
    values = {"service_namespace": "ecs", "resource_id": resource, "min_capacity": at_least}
    return Item("aws_appautoscaling_target", reader.arn("application-autoscaling", f"ecs/{resource}"), values)


def _definitions(reader: Reader, in_use: list[str]) -> Iterator[Item | Unread]:
    """The latest active revision of each family, and each other revision that a service runs."""
    families = reader.every(LIST_FAMILIES, status="ACTIVE")
    yield from families.unread(("aws_ecs_task_definition",))
    latest = reader.each(families.items, lambda family: reader.ask(DESCRIBE_DEFINITION, **_named(family)))
    if why := first_unknown(*latest):
        # Which revision is the latest of a family was not told, so that none can be named.
        yield Unread(("aws_ecs_task_definition",), why, DESCRIBE_DEFINITION.action)
    described = [_definition(answer) for answer in latest if isinstance(answer, dict)]
    yield from described
    known = {item.id for item in described}
    others = [arn for arn in in_use if arn not in known]
    for arn, answer in zip(
        others, reader.each(others, lambda arn: reader.ask(DESCRIBE_DEFINITION, **_named(arn))), strict=True
    ):
        if isinstance(answer, dict):
            yield _definition(answer)
        else:
            yield _not_described(arn, answer or Unknown(f"{arn} is not described"))


def _named(definition: str) -> dict[str, Any]:
    """One revision; a family means its latest active one."""
    return {"taskDefinition": definition, "include": ["TAGS"]}


def _not_described(arn: str, why: Unknown) -> Item:
    family = arn.rpartition("/")[2].partition(":")[0]
    unread = ("container_definitions", "task_role_arn", "execution_role_arn", "tags")
    return Item("aws_ecs_task_definition", arn, {"arn": arn, "family": family, **dict.fromkeys(unread, why)})


def _definition(answer: Page) -> Item:
    about = answer["taskDefinition"]
    values = {
        "arn": about["taskDefinitionArn"],
        "family": about["family"],
        "revision": about.get("revision"),
        "container_definitions": json.dumps(about.get("containerDefinitions", []), sort_keys=True),
        "task_role_arn": about.get("taskRoleArn"),
        "execution_role_arn": about.get("executionRoleArn"),
        "network_mode": about.get("networkMode"),
        "volume": [
            {"name": one.get("name"), "efs_volume_configuration": _mounted(one)} for one in about.get("volumes") or ()
        ],
        "tags": pairs(answer.get("tags"), "key", "value"),
    }
    return Item("aws_ecs_task_definition", about["taskDefinitionArn"], values)


def _mounted(volume: dict[str, Any]) -> list[dict[str, Any]]:
    """The file system behind a volume."""
    given = volume.get("efsVolumeConfiguration") or {}
    kept = {"file_system_id": given.get("fileSystemId"), "transit_encryption": given.get("transitEncryption")}
    return [kept] if given else []
