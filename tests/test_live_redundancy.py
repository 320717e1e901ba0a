"""Whether a live account outlives the loss of a zone, against a server through the real SDK."""

from __future__ import annotations

import json
from typing import Any

from denials import flips
from live import ACCOUNT, REGION, Faked, Live
from scanner.findings import Status
from scanner.model import Unknown

PRODUCTION = [{"Key": "env", "Value": "prod"}]
SAME = {"key": "env", "value": "prod"}
ZONES = (f"{REGION}a", f"{REGION}b")


def databases(aws: Live) -> dict[str, str]:
    """Databases by name, by who can take over where one instance is lost."""
    rds = aws.client("rds")
    shared = {"DBInstanceClass": "db.r6g.large", "MasterUsername": "chat", "MasterUserPassword": "of-a-test"}
    found = {}
    for name, standby in (("with-standby", True), ("alone", False)):
        made = rds.create_db_instance(
            DBInstanceIdentifier=name, Engine="mysql", AllocatedStorage=20, MultiAZ=standby, Tags=PRODUCTION, **shared
        )
        found[name] = made["DBInstance"]["DBInstanceArn"]
    replica = rds.create_db_instance_read_replica(
        DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="with-standby", Tags=PRODUCTION
    )
    found["replica"] = replica["DBInstance"]["DBInstanceArn"]
    for name, zones in (("spread", ZONES), ("crowded", (ZONES[0], ZONES[0])), ("single", ZONES[:1])):
        made = rds.create_db_cluster(
            DBClusterIdentifier=name,
            Engine="aurora-mysql",
            MasterUsername="chat",
            MasterUserPassword="of-a-test",
            Tags=PRODUCTION,
        )
        found[name] = made["DBCluster"]["DBClusterArn"]
        for number, zone in enumerate(zones):
            rds.create_db_instance(
                DBInstanceIdentifier=f"{name}-{number}",
                DBClusterIdentifier=name,
                Engine="aurora-mysql",
                DBInstanceClass="db.r6g.large",
                AvailabilityZone=zone,
            )
    return found


def test_databases_need_somebody_to_take_over(faked: Faked) -> None:
    arns = databases(faked)
    facts = faked.facts("rds")
    assert {name: facts[arn].redundant for name, arn in arns.items()} == {
        "with-standby": True,
        "alone": False,
        "replica": True,
        "spread": True,
        "crowded": False,
        "single": False,
    }


def test_a_cluster_whose_instances_may_not_be_listed_is_not_judged(faked: Faked) -> None:
    arns = databases(faked)
    judged = faked.judge("rds", deny={"rds:DescribeDBInstances"})
    found = {f.subject: f for f in judged.run.findings if f.control == "store-redundant"}
    for name in ("spread", "crowded", "single"):
        assert found[arns[name]].status is Status.UNKNOWN
        assert "rds:DescribeDBInstances" in found[arns[name]].reason


def test_no_refusal_turns_a_verdict_on_databases(faked: Faked) -> None:
    databases(faked)
    assert list(flips(faked, "rds")) == []


def test_search_domains_must_be_aware_of_zones(aws: Live) -> None:
    search = aws.client("opensearch")
    arns = []
    for name, aware in (("spread", True), ("alone", False)):
        made = search.create_domain(
            DomainName=name,
            ClusterConfig={"InstanceCount": 2, "ZoneAwarenessEnabled": aware},
            TagList=PRODUCTION,
        )
        arns.append(made["DomainStatus"]["ARN"])
    facts = aws.facts("opensearch")
    assert [facts[arn].redundant for arn in arns] == [True, False]
    refused = aws.facts("opensearch", deny={"es:DescribeDomains"})[arns[1]].redundant
    assert refused == Unknown(f"AccessDeniedException on es:DescribeDomains in {ACCOUNT} {REGION}")


def test_collections_may_go_without_replicas(faked: Faked) -> None:
    search = faked.client("opensearchserverless")
    faked.fake.say("opensearchserverless", "ListLifecyclePolicies", {"lifecyclePolicySummaries": []})
    arns = []
    for name, replicas in (("kept-twice", "ENABLED"), ("kept-once", "DISABLED")):
        rules = [{"ResourceType": "collection", "Resource": [f"collection/{name}"]}]
        policy = json.dumps({"Rules": rules, "AWSOwnedKey": True})
        search.create_security_policy(name=name, type="encryption", policy=policy)
        made = search.create_collection(name=name, standbyReplicas=replicas)
        arns.append(made["createCollectionDetail"]["arn"])
    facts = faked.facts("opensearchserverless")
    assert [facts[arn].redundant for arn in arns] == [True, False]
    refused = faked.facts("opensearchserverless", deny={"aoss:BatchGetCollection"})[arns[1]].redundant
    assert refused == Unknown(f"AccessDeniedException on aoss:BatchGetCollection in {ACCOUNT} {REGION}")


def services(aws: Live) -> dict[str, str]:
    """Services by name: how many tasks they run at least, and where."""
    ec2, ecs = aws.client("ec2"), aws.client("ecs")
    network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=network, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for i, zone in enumerate(ZONES)
    ]
    group = ec2.create_security_group(GroupName="app", Description="app", VpcId=network)["GroupId"]
    ecs.create_cluster(clusterName="main")
    containers = [{"name": "app", "image": "app:1", "memory": 128}]
    definition = ecs.register_task_definition(family="app", networkMode="awsvpc", containerDefinitions=containers)
    found = {}
    for name, count, where in (
        ("sound", 2, subnets),
        ("scaled", 1, subnets),
        ("lonely", 1, subnets),
        ("shrinks", 3, subnets),
        ("crowded", 2, subnets[:1]),
        ("off", 0, subnets),
        ("on-instances", 2, subnets),
    ):
        made = ecs.create_service(
            cluster="main",
            serviceName=name,
            taskDefinition=definition["taskDefinition"]["taskDefinitionArn"],
            desiredCount=count,
            networkConfiguration={"awsvpcConfiguration": {"subnets": where, "securityGroups": [group]}},
            launchType="EC2" if name == "on-instances" else "FARGATE",
            tags=[SAME],
        )
        found[name] = made["service"]["serviceArn"]
    for name, least in (("scaled", 2), ("shrinks", 1)):
        aws.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/main/{name}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=least,
            MaxCapacity=9,
        )
    return found


def test_services_need_two_tasks_in_two_zones(aws: Live) -> None:
    arns = services(aws)
    facts = aws.facts("ecs", "networks")
    assert {name: (facts[arn].copies, facts[arn].redundant) for name, arn in arns.items()} == {
        "sound": (2, True),
        "scaled": (2, True),
        "lonely": (1, False),
        "shrinks": (1, False),
        "crowded": (2, False),
        "off": (0, False),
        "on-instances": (2, facts[arns["on-instances"]].redundant),
    }
    assert "instances of its cluster" in facts[arns["on-instances"]].redundant.reason
    findings = aws.judge("ecs", "networks").run.findings
    verdicts = {f.subject: f.status for f in findings if f.control == "compute-redundant"}
    assert arns["off"] not in verdicts
    assert [verdicts[arns[name]] for name in ("sound", "lonely")] == [Status.PASS, Status.FAIL]


def test_a_service_may_run_on_fargate_by_its_capacity_providers(faked: Faked) -> None:
    """Moto forgets them."""
    arn = services(faked)["on-instances"]
    (described,) = faked.client("ecs").describe_services(cluster="main", services=[arn])["services"]
    kept = ("serviceArn", "serviceName", "clusterArn", "desiredCount", "taskDefinition", "networkConfiguration")
    strategy = [{"capacityProvider": name, "weight": 1, "base": 0} for name in ("FARGATE", "FARGATE_SPOT")]
    answer = {name: described[name] for name in kept} | {"capacityProviderStrategy": strategy}
    faked.fake.say("ecs", "DescribeServices", {"services": [answer]})
    assert faked.facts("ecs", "networks")[arn].redundant is True


def test_no_refusal_turns_a_verdict_on_services(aws: Live) -> None:
    services(aws)
    assert list(flips(aws, "ecs", "networks")) == []


def test_without_services_nothing_is_asked_of_networks_and_scaling(aws: Live) -> None:
    aws.client("ecs").create_cluster(clusterName="main")
    (collected,) = aws.collect("ecs")
    asked = {name for result in collected.results for name in result.asked}
    assert asked.isdisjoint({"ec2:DescribeSubnets", "application-autoscaling:DescribeScalableTargets"})


def balancers(aws: Live) -> dict[str, str]:
    """Balancers by name, in one zone or two."""
    ec2 = aws.client("ec2")
    network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=network, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for i, zone in enumerate(ZONES)
    ]
    found = {}
    for name, type_, where in (
        ("web", "application", subnets),
        ("voice", "network", subnets),
        ("dial-in", "network", subnets[:1]),
    ):
        made = aws.client("elbv2").create_load_balancer(Name=name, Type=type_, Subnets=where, Tags=PRODUCTION)
        found[name] = made["LoadBalancers"][0]["LoadBalancerArn"]
    listener: dict[str, Any] = {"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 80}
    for name, zones in (("old", ZONES), ("older", ZONES[:1])):
        aws.client("elb").create_load_balancer(
            LoadBalancerName=name, Listeners=[listener], AvailabilityZones=list(zones), Tags=PRODUCTION
        )
        found[name] = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/{name}"
    return found


def test_balancers_stand_in_zones(aws: Live) -> None:
    arns = balancers(aws)
    facts = aws.facts("elb", "elbv2")
    assert {name: facts[arn].redundant for name, arn in arns.items()} == {
        "web": True,
        "voice": True,
        "dial-in": False,
        "old": True,
        "older": False,
    }


def test_no_refusal_turns_a_verdict_on_balancers(aws: Live) -> None:
    balancers(aws)
    assert list(flips(aws, "elb", "elbv2")) == []
