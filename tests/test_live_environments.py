"""Networks of a running account, what connects them, and what environments share there."""

from __future__ import annotations

from typing import Any

import pytest

from live import ACCOUNT, REGION, Live
from scanner.findings import Status

NETWORKS = "environments-share-no-network"


def _tags(sort: str, environment: str) -> list[dict[str, Any]]:
    return [{"ResourceType": sort, "Tags": [{"Key": "Environment", "Value": environment}]}]


def _arn(sort: str, id_: str) -> str:
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:{sort}/{id_}"


def _network(aws: Live, environment: str, cidr: str) -> str:
    ec2 = aws.client("ec2")
    return str(ec2.create_vpc(CidrBlock=cidr, TagSpecifications=_tags("vpc", environment))["Vpc"]["VpcId"])


def _peered(aws: Live, one: str, other: str) -> str:
    ec2 = aws.client("ec2")
    made = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=other)["VpcPeeringConnection"]
    return _arn("vpc-peering-connection", made["VpcPeeringConnectionId"])


def _found(aws: Live, control: str, *collectors: str, deny: tuple[str, ...] = ()) -> dict[str, Status]:
    findings = aws.judge(*collectors, deny=set(deny)).run.findings
    return {one.subject: one.status for one in findings if one.control == control}


def test_peering_between_environments(aws: Live) -> None:
    production, staging, shared = (
        _network(aws, name, f"10.{number}.0.0/16") for number, name in enumerate(("production", "staging", "shared"))
    )
    across, to_shared = _peered(aws, production, staging), _peered(aws, production, shared)
    found = _found(aws, NETWORKS, "networks")
    assert (found[across], found[to_shared]) == (Status.FAIL, Status.PASS)
    assert found[_arn("vpc", production)] is Status.PASS


@pytest.mark.parametrize("denied", ["ec2:DescribeVpcPeeringConnections", "ec2:DescribeVpcs"])
def test_what_was_not_read_passes_nothing(aws: Live, denied: str) -> None:
    across = _peered(aws, _network(aws, "production", "10.1.0.0/16"), _network(aws, "staging", "10.2.0.0/16"))
    assert _found(aws, NETWORKS, "networks")[across] is Status.FAIL
    found = aws.judge("networks", deny={denied}).run.findings
    about = [one for one in found if one.control == NETWORKS]
    assert Status.FAIL not in {one.status for one in about}
    assert any(one.status is Status.UNKNOWN and denied in one.reason for one in about)


def test_a_transit_gateway_may_keep_its_attachments_apart(aws: Live) -> None:
    ec2 = aws.client("ec2")
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    for number, name in enumerate(("production", "staging")):
        network = _network(aws, name, f"10.{number}.0.0/16")
        subnet = ec2.create_subnet(VpcId=network, CidrBlock=f"10.{number}.1.0/24")["Subnet"]["SubnetId"]
        ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway, VpcId=network, SubnetIds=[subnet])
    assert _found(aws, NETWORKS, "networks")[_arn("transit-gateway", gateway)] is Status.UNKNOWN


def test_a_service_that_an_account_of_another_environment_may_reach(aws: Live) -> None:
    ec2 = aws.client("ec2")
    network = _network(aws, "production", "10.1.0.0/16")
    subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    made = aws.client("elbv2").create_load_balancer(Name="inside", Subnets=[subnet], Scheme="internal", Type="network")
    balancers = [made["LoadBalancers"][0]["LoadBalancerArn"]]
    tags = _tags("vpc-endpoint-service", "production")
    service = ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=balancers, TagSpecifications=tags)
    id_ = service["ServiceConfiguration"]["ServiceId"]
    ec2.modify_vpc_endpoint_service_permissions(
        ServiceId=id_, AddAllowedPrincipals=["arn:aws:iam::222233334444:role/acme-staging-app"]
    )
    assert _found(aws, NETWORKS, "networks")[_arn("vpc-endpoint-service", id_)] is Status.FAIL


def test_a_key_of_two_environments(aws: Live) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    logs = aws.client("logs")
    for environment in ("production", "staging"):
        logs.create_log_group(logGroupName=f"/{environment}/chat", kmsKeyId=key, tags={"Environment": environment})
    assert _found(aws, "environments-share-no-key", "kms", "logs")[key] is Status.FAIL
