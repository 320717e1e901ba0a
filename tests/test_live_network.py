"""The collector of networks against a server, through the real SDK."""

from __future__ import annotations

from typing import Any

import pytest

from live import ACCOUNT, REGION, Live, settings_of
from scanner.clouds.aws.live.collectors.vpc import of_balancer
from scanner.findings import Status
from scanner.model import Unknown

ANYBODY = [{"CidrIp": "0.0.0.0/0"}]
INSIDE = [{"CidrIp": "10.0.0.0/8"}]


def arn(id_: str, sort: str = "security-group") -> str:
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:{sort}/{id_}"


def vpc(aws: Live) -> tuple[str, str]:
    ec2 = aws.client("ec2")
    (network,) = ec2.describe_vpcs()["Vpcs"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [network["VpcId"]]}])["Subnets"]
    return network["VpcId"], subnets[0]["SubnetId"]


def group(aws: Live, name: str, port: int, **sources: Any) -> str:
    ec2 = aws.client("ec2")
    id_ = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc(aws)[0])["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **sources}
    ec2.authorize_security_group_ingress(GroupId=id_, IpPermissions=[rule])
    return str(id_)


def test_groups_by_their_rules(aws: Live) -> None:
    ssh = group(aws, "ssh", 22, IpRanges=ANYBODY)
    six = group(aws, "six", 5432, Ipv6Ranges=[{"CidrIpv6": "::/0"}])
    own = group(aws, "own", 5432, IpRanges=INSIDE)
    facts = aws.facts("vpc")
    assert (facts[arn(ssh)].open, facts[arn(ssh)].open_ports) == (True, ("tcp 22",))
    assert facts[arn(six)].open is True
    assert (facts[arn(own)].open, facts[arn(own)].open_ports) == (False, ())
    default = next(
        found
        for found in aws.client("ec2").describe_security_groups()["SecurityGroups"]
        if found["GroupName"] == "default"
    )
    assert facts[arn(default["GroupId"])].open is False
    types = {item.id: item.type for one in aws.collect("vpc") for result in one.results for item in result.items}
    assert types[arn(default["GroupId"])] == "aws_default_security_group"


def test_a_web_port_is_open_unless_only_a_public_balancer_has_the_group(aws: Live) -> None:
    unused = group(aws, "unused", 443, IpRanges=ANYBODY)
    direct = group(aws, "direct", 443, IpRanges=ANYBODY)
    ec2 = aws.client("ec2")
    ec2.create_network_interface(SubnetId=vpc(aws)[1], Groups=[direct])
    facts = aws.facts("vpc")
    assert (facts[arn(unused)].open, facts[arn(direct)].open) == (True, True)
    assert "plan" not in facts[arn(unused)].because["open"]


def test_a_public_balancer_may_be_open_on_web_ports_as_far_as_all_users_are_known(aws: Live) -> None:
    web = group(aws, "web", 443, IpRanges=ANYBODY)
    network, subnet = vpc(aws)
    others = aws.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [network]}])["Subnets"]
    two = [subnet, next(one["SubnetId"] for one in others if one["SubnetId"] != subnet)]
    aws.client("elbv2").create_load_balancer(Name="chat", Subnets=two, SecurityGroups=[web], Scheme="internet-facing")
    assert aws.facts("vpc", "elbv2")[arn(web)].open is False
    refused = aws.facts("vpc", "elbv2", deny={"elasticloadbalancing:DescribeLoadBalancers"})[arn(web)].open
    assert isinstance(refused, Unknown)
    assert "elasticloadbalancing:DescribeLoadBalancers" in refused.reason


@pytest.mark.parametrize(
    ("denied", "status"),
    [
        ("ec2:DescribeSecurityGroups", {}),
        ("ec2:DescribeNetworkInterfaces", {"ssh": Status.FAIL, "web": Status.UNKNOWN, "listed": Status.FAIL}),
        ("ec2:DescribeManagedPrefixLists", {"ssh": Status.FAIL, "web": Status.FAIL, "listed": Status.UNKNOWN}),
        ("ec2:GetManagedPrefixListEntries", {"ssh": Status.FAIL, "web": Status.FAIL, "listed": Status.UNKNOWN}),
        ("", {"ssh": Status.FAIL, "web": Status.FAIL, "listed": Status.FAIL}),
    ],
)
def test_what_is_denied_of_networks_is_said(aws: Live, denied: str, status: dict[str, Status]) -> None:
    entries = [{"Cidr": "0.0.0.0/0"}]
    made = aws.client("ec2").create_managed_prefix_list(
        PrefixListName="all", AddressFamily="IPv4", MaxEntries=1, Entries=entries
    )
    listed = [{"PrefixListId": made["PrefixList"]["PrefixListId"]}]
    ids = {
        arn(group(aws, "ssh", 22, IpRanges=ANYBODY)): "ssh",
        arn(group(aws, "web", 443, IpRanges=ANYBODY)): "web",
        arn(group(aws, "listed", 22, PrefixListIds=listed)): "listed",
    }
    findings = [f for f in aws.judge("vpc", deny={denied}).run.findings if f.control == "network-not-open"]
    assert {ids[f.subject]: f.status for f in findings if f.subject in ids} == status
    if denied:
        unknown = [f for f in findings if f.status is Status.UNKNOWN]
        assert unknown
        assert all(denied in f.reason for f in unknown)


def test_prefix_lists_and_endpoints(aws: Live) -> None:
    ec2 = aws.client("ec2")
    made = ec2.create_managed_prefix_list(
        PrefixListName="office", AddressFamily="IPv4", MaxEntries=1, Entries=[{"Cidr": "198.51.100.7/32"}]
    )
    id_ = made["PrefixList"]["PrefixListId"]
    office = group(aws, "office", 22, PrefixListIds=[{"PrefixListId": id_}])
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc(aws)[0], ServiceName=f"com.amazonaws.{REGION}.s3")["VpcEndpoint"]
    facts = aws.facts("vpc")
    assert facts[arn(office)].open is False
    assert facts[arn(endpoint["VpcEndpointId"], "vpc-endpoint")].type == "vpc_endpoint"
    found = settings_of(aws.collect("vpc"))
    assert found[made["PrefixList"]["PrefixListArn"]]["entry"] == [{"cidr": "198.51.100.7/32"}]


def test_a_balancers_own_interface_is_no_user_of_its_group() -> None:
    interface = {
        "NetworkInterfaceId": "eni-1",
        "Groups": [{"GroupId": "sg-1"}],
        "Description": "ELB app/chat/0123456789abcdef",
        "RequesterId": "amazon-elb",
        "RequesterManaged": True,
        "InterfaceType": "interface",
    }
    assert of_balancer(interface)
    assert of_balancer({**interface, "Description": "", "InterfaceType": "network_load_balancer"})
    assert not of_balancer({**interface, "Description": "AWS Lambda VPC ENI", "RequesterId": "AROA"})
    assert not of_balancer({**interface, "RequesterManaged": False, "RequesterId": None})


def test_an_unread_reason_names_no_plan(aws: Live) -> None:
    group(aws, "web", 443, IpRanges=ANYBODY)
    facts = aws.facts("vpc", deny={"ec2:DescribeNetworkInterfaces"})
    doubts = [fact.open.reason for fact in facts.values() if isinstance(getattr(fact, "open", None), Unknown)]
    assert doubts
    assert all("plan" not in reason and "apply" not in reason for reason in doubts)
