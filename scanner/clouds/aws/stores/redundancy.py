"""Whether a store goes on answering when an availability zone, or the instance it runs on, is lost.

Sources: Amazon RDS User Guide, "Configuring and managing a Multi-AZ deployment"; Amazon Aurora User Guide, "High
availability for Amazon Aurora" and "How Aurora Serverless v1 works" (automatic Multi-AZ failover); Amazon OpenSearch
Service Developer Guide, "Configuring a multi-AZ domain" and "Creating collections" (redundancy is on unless switched
off).
"""

from __future__ import annotations

from scanner.clouds.aws import zones
from scanner.logic import Answer, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.computed import computed_block, left_out, setting
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_INSTANCE = "aws_rds_cluster_instance"
_REPLICA = Noted(True, "it is a replica: its source holds all it holds")


def of_instance(database: PlannedResource) -> Answer:
    """An RDS instance has a standby in another zone with multi_az, which is off until it is set."""
    if not left_out(database, "replicate_source_db"):
        return _REPLICA
    if left_out(database, "multi_az"):
        if not database.settled:
            return Unknown(f"{database.address} existed before, and whether it has a standby was not seen")
        return Noted(False, "multi_az is off until it is set")
    standby = database.flag("multi_az")
    return Noted(False, "multi_az is off") if standby is False else standby


def of_cluster(planned: PlannedWorld, cluster: PlannedResource) -> Answer:
    """A cluster needs a second instance, in another zone, to take over."""
    if cluster.get("engine_mode") == "serverless":
        return Noted(True, "Aurora Serverless v1 moves to another zone by itself")
    if cluster.get("db_cluster_instance_class") is not None:
        return Noted(True, "a Multi-AZ cluster has instances in three zones")
    if not left_out(cluster, "replication_source_identifier"):
        return _REPLICA
    found = planned.attached(cluster, _INSTANCE, "cluster_identifier")
    if isinstance(found, Unknown):
        return found
    answer = _of_instances(found)
    if plain(answer) is not False:
        return answer
    more = planned.attached(cluster, _INSTANCE, "cluster_identifier", every=True)
    return more if isinstance(more, Unknown) else _unless_more(cluster, len(found), answer)


def _of_instances(instances: tuple[PlannedResource, ...]) -> Answer:
    if len(instances) < zones.MANY:
        return Noted(False, "it has one instance" if instances else "it has no instance")
    where = [setting(instance, "availability_zone", None) for instance in instances]
    known = {zone for zone in where if isinstance(zone, str)}
    unsure = next((zone for zone in where if isinstance(zone, Unknown)), None)
    if len(known) >= zones.MANY or (unsure is None and None not in where):
        return zones.named(known)
    return unsure or Noted(True, f"it has {len(instances)} instances, and RDS chooses their zones")


def _unless_more(cluster: PlannedResource, seen: int, answer: Answer) -> Answer:
    """The answer, where a cluster that existed before has no instances but those seen."""
    members = cluster.get("cluster_members")
    if isinstance(members, list):
        left = [member for member in members if (_INSTANCE, member) not in cluster.plan.deleted]
        if len(left) > seen:
            return Unknown("it has instances that were not seen")
        return answer
    return answer if cluster.settled else Unknown("which instances it had before was not seen")


def of_domain(domain: PlannedResource) -> Answer:
    """A domain's nodes stand in one zone until it is told to be aware of zones."""
    block = computed_block(domain, "cluster_config")
    if isinstance(block, Unknown):
        return block
    off = Noted(False, "its nodes stand in one zone until zone_awareness_enabled is set")
    if block is None:
        return off
    aware = either(block.flag("zone_awareness_enabled"), block.flag("multi_az_with_standby_enabled"))
    return off if aware is False else aware


def of_collection(collection: PlannedResource) -> Answer:
    """A collection has replicas in another zone unless that is switched off."""
    replicas = setting(collection, "standby_replicas", None)
    if isinstance(replicas, Unknown):
        return replicas
    if replicas is None:
        return Noted(True, "a collection has standby replicas unless they are switched off")
    return Noted(replicas == "ENABLED", f"standby_replicas is {replicas}")
