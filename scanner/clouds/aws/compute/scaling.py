"""How many copies of a service run at least, and whether in several availability zones.

Sources: Amazon ECS Developer Guide, "Amazon ECS services" (desired count, daemon), "How Amazon ECS places tasks on
container instances" (Fargate spreads tasks over the zones of their subnets; else they run where the cluster has
instances) and "Automatically scale your Amazon ECS service" (the minimum of a scalable target takes the desired count's
place); Application Auto Scaling API Reference, "RegisterScalableTarget" (service/<cluster>/<service>).
"""

from __future__ import annotations

from typing import Any

from scanner.clouds.aws import zones
from scanner.logic import Answer, plain
from scanner.model import Noted, Unknown
from scanner.terraform.instances import External, Plan, PlannedResource
from scanner.terraform.planned import PlannedWorld

TARGET = "aws_appautoscaling_target"
_FARGATE = frozenset({"FARGATE", "FARGATE_SPOT"})
_SERVICE = "aws_ecs_service"
_CLUSTER = "aws_ecs_cluster"
_EACH_INSTANCE = Unknown("it runs once on each instance of its cluster, however many these are")
_UP_TO_CLUSTER = Unknown("its tasks run on instances of its cluster, whose availability zones were not seen")


class Scaling:
    """The services of a world, and what scales them."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Index the targets by what they scale: by name, and by resource where the name is not known yet."""
        self._planned = planned
        self._named: dict[tuple[Plan, str], PlannedResource] = {}
        self._referred: dict[PlannedResource, PlannedResource] = {}
        for target in planned.of(TARGET):
            if target.get("service_namespace") == "ecs":
                self._add(target)

    def _add(self, target: PlannedResource) -> None:
        name = target.get("resource_id")
        if isinstance(name, str):
            self._named[target.plan, name] = target
            return
        service = self._planned.follow(target, target.references("resource_id") or (), (_SERVICE,))
        if isinstance(service, PlannedResource):
            self._referred[service] = target

    def facts(self, service: PlannedResource) -> dict[str, Any]:
        """What is told of a service."""
        copies = self._copies(service)
        return {"copies": copies, "redundant": self._redundant(service, copies)}

    def _copies(self, service: PlannedResource) -> int | Unknown:
        strategy = service.text("scheduling_strategy", "REPLICA")
        if isinstance(strategy, Unknown) or strategy == "DAEMON":
            return strategy if isinstance(strategy, Unknown) else _EACH_INSTANCE
        target = self._target(service)
        if isinstance(target, Unknown):
            return target
        return target.number("min_capacity") if target else service.number("desired_count")

    def _target(self, service: PlannedResource) -> PlannedResource | Unknown | None:
        name, cluster = service.get("name"), self._cluster(service)
        named = self._named.get((service.plan, f"service/{cluster}/{name}"))
        target = named or self._referred.get(service)
        missing = "" if target or not service.plan.is_live else self._planned.left_out(service, TARGET)
        return Unknown(missing) if missing else target

    def _cluster(self, service: PlannedResource) -> object:
        """The name of its cluster; one that no service names is called default."""
        cluster = self._planned.target(service, "cluster", (_CLUSTER,))
        if isinstance(cluster, PlannedResource):
            return cluster.get("name")
        return cluster.value.rpartition("/")[2] if isinstance(cluster, External) else cluster or "default"

    def _redundant(self, service: PlannedResource, copies: int | Unknown) -> Answer:
        if isinstance(copies, Unknown):
            return copies
        if copies < zones.MANY:
            return Noted(False, f"it runs {copies} task{'' if copies == 1 else 's'} at least")
        network = service.block("network_configuration")
        if isinstance(network, Unknown) or network is None:
            return network or _UP_TO_CLUSTER
        spread = zones.spread(self._planned, service, "subnets", network)
        if plain(spread) is not True:
            return spread
        fargate = _on_fargate(service)
        return spread if fargate is True else fargate or _UP_TO_CLUSTER


def _on_fargate(service: PlannedResource) -> bool | Unknown:
    """Whether tasks run on Fargate, which needs no instances of the cluster."""
    launched, strategy = service.get("launch_type"), service.blocks("capacity_provider_strategy")
    if launched == "FARGATE":
        return True
    if isinstance(strategy, Unknown):
        return strategy
    providers = {str(block.get("capacity_provider")) for block in strategy}
    return bool(providers) and providers <= _FARGATE
