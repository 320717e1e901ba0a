"""Networks: security groups with their rules, what uses them, endpoints, and prefix lists.

Rules stand inline in a group, as `terraform import` writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.tags import pairs
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "vpc"
everywhere = True
types = (
    "aws_security_group",
    "aws_default_security_group",
    "aws_network_interface",
    "aws_vpc_endpoint",
    "aws_ec2_managed_prefix_list",
    "aws_prefix_list",
)

DESCRIBE_GROUPS = call("ec2", "DescribeSecurityGroups", items="SecurityGroups")
DESCRIBE_INTERFACES = call("ec2", "DescribeNetworkInterfaces", items="NetworkInterfaces")
DESCRIBE_ENDPOINTS = call("ec2", "DescribeVpcEndpoints", items="VpcEndpoints")
DESCRIBE_LISTS = call("ec2", "DescribeManagedPrefixLists", items="PrefixLists")
GET_ENTRIES = call("ec2", "GetManagedPrefixListEntries", items="Entries")

_GROUPS = types[:2]
_GONE = frozenset({"Deleting", "Deleted", "deleting", "deleted"})
_BALANCERS = frozenset({"load_balancer", "network_load_balancer"})


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read groups, interfaces, endpoints and prefix lists."""
    groups = reader.every(DESCRIBE_GROUPS)
    yield from groups.unread(_GROUPS)
    yield from (_group(reader, group) for group in groups.items)
    interfaces = reader.every(DESCRIBE_INTERFACES)
    yield from interfaces.unread(("aws_network_interface",))
    yield from (_interface(reader, one) for one in interfaces.items if not of_balancer(one))
    endpoints = reader.every(DESCRIBE_ENDPOINTS)
    yield from endpoints.unread(("aws_vpc_endpoint",))
    yield from (_endpoint(reader, one) for one in endpoints.items if one.get("State") not in _GONE)
    yield from _prefix_lists(reader)


def _group(reader: Reader, group: dict[str, Any]) -> Item:
    id_ = group["GroupId"]
    arn = reader.arn("ec2", f"security-group/{id_}", account=group.get("OwnerId"))
    values = {
        "arn": arn,
        "id": id_,
        "name": group["GroupName"],
        "vpc_id": group.get("VpcId"),
        "owner_id": group.get("OwnerId"),
        "ingress": [_rule(rule) for rule in group.get("IpPermissions", ())],
        "egress": [_rule(rule) for rule in group.get("IpPermissionsEgress", ())],
        "tags": pairs(group.get("Tags")),
    }
    # The group that a VPC comes with is always called so, and no other may be (Amazon VPC User Guide, "Default
    # security groups for your VPCs").
    type_ = "aws_default_security_group" if group["GroupName"] == "default" else "aws_security_group"
    return Item(type_, arn, values)


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    return {
        "protocol": rule.get("IpProtocol"),
        "from_port": rule.get("FromPort"),
        "to_port": rule.get("ToPort"),
        "cidr_blocks": [one["CidrIp"] for one in rule.get("IpRanges", ())],
        "ipv6_cidr_blocks": [one["CidrIpv6"] for one in rule.get("Ipv6Ranges", ())],
        "prefix_list_ids": [one["PrefixListId"] for one in rule.get("PrefixListIds", ())],
        "security_groups": [one.get("GroupId") for one in rule.get("UserIdGroupPairs", ())],
    }


def of_balancer(interface: dict[str, Any]) -> bool:
    """Whether it is a load balancer's own, which is read itself.

    Source: Elastic Load Balancing User Guide: the interfaces of a balancer have the description "ELB " and its name.
    """
    requester = interface.get("RequesterManaged") or interface.get("RequesterId") == "amazon-elb"
    described = str(interface.get("Description") or "").startswith("ELB ")
    return interface.get("InterfaceType") in _BALANCERS or bool(requester and described)


def _interface(reader: Reader, interface: dict[str, Any]) -> Item:
    id_ = interface["NetworkInterfaceId"]
    arn = reader.arn("ec2", f"network-interface/{id_}")
    values = {
        "arn": arn,
        "id": id_,
        "interface_type": interface.get("InterfaceType"),
        "subnet_id": interface.get("SubnetId"),
        "security_groups": [group["GroupId"] for group in interface.get("Groups", ())],
        "tags": pairs(interface.get("TagSet")),
    }
    return Item("aws_network_interface", arn, values)


def _endpoint(reader: Reader, endpoint: dict[str, Any]) -> Item:
    id_ = endpoint["VpcEndpointId"]
    arn = reader.arn("ec2", f"vpc-endpoint/{id_}")
    values = {
        "arn": arn,
        "id": id_,
        "vpc_id": endpoint.get("VpcId"),
        "service_name": endpoint.get("ServiceName"),
        "vpc_endpoint_type": endpoint.get("VpcEndpointType"),
        "policy": endpoint.get("PolicyDocument"),
        "private_dns_enabled": endpoint.get("PrivateDnsEnabled"),
        "security_group_ids": [group["GroupId"] for group in endpoint.get("Groups", ())],
        "tags": pairs(endpoint.get("Tags")),
    }
    return Item("aws_vpc_endpoint", arn, values)


def _prefix_lists(reader: Reader) -> Iterator[Item | Unread]:
    lists = reader.every(DESCRIBE_LISTS)
    yield from lists.unread(("aws_ec2_managed_prefix_list",))
    there = [one for one in lists.items if not str(one.get("State")).startswith("delete")]
    yield from reader.each(there, lambda one: _prefix_list(reader, one))


def _prefix_list(reader: Reader, one: dict[str, Any]) -> Item:
    """One list; those of AWS's own services, whose ranges are those of AWS, are not ours to judge."""
    arn, of_aws = one["PrefixListArn"], one.get("OwnerId") == "AWS"
    values = {"arn": arn, "id": one["PrefixListId"], "name": one["PrefixListName"], "tags": pairs(one.get("Tags"))}
    if of_aws:
        return Item("data.aws_ec2_managed_prefix_list", arn, values)
    listing = reader.every(GET_ENTRIES, PrefixListId=one["PrefixListId"])
    entries: Any = [{"cidr": entry["Cidr"]} for entry in listing.items]
    if isinstance(listing.missing, Unknown):
        entries = listing.missing
    return Item("aws_ec2_managed_prefix_list", arn, {**values, "entry": entries})
