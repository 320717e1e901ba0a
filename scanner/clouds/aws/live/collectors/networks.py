"""Networks themselves, their subnets and flow logs, and what connects them: peering, gateways, endpoint services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.tags import pairs
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "networks"
everywhere = True
types = (
    "aws_vpc",
    "aws_default_vpc",
    "aws_subnet",
    "aws_vpc_peering_connection",
    "aws_ec2_transit_gateway",
    "aws_ec2_transit_gateway_vpc_attachment",
    "aws_vpc_endpoint_service",
    "aws_flow_log",
)

DESCRIBE_VPCS = call("ec2", "DescribeVpcs", items="Vpcs")
DESCRIBE_SUBNETS = call("ec2", "DescribeSubnets", items="Subnets")
DESCRIBE_PEERINGS = call("ec2", "DescribeVpcPeeringConnections", items="VpcPeeringConnections")
DESCRIBE_GATEWAYS = call("ec2", "DescribeTransitGateways", items="TransitGateways")
DESCRIBE_ATTACHMENTS = call("ec2", "DescribeTransitGatewayVpcAttachments", items="TransitGatewayVpcAttachments")
DESCRIBE_LOGS = call("ec2", "DescribeFlowLogs", items="FlowLogs")
DESCRIBE_SERVICES = call("ec2", "DescribeVpcEndpointServiceConfigurations", items="ServiceConfigurations")
DESCRIBE_ALLOWED = call("ec2", "DescribeVpcEndpointServicePermissions", items="AllowedPrincipals")

_GONE = frozenset({"deleted", "deleting", "rejected", "failed", "expired"})
_BY_ITSELF = Unknown("whether the attachment takes part in the default route table was not asked")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read networks, subnets and connections that are in use or asked for."""
    networks = reader.every(DESCRIBE_VPCS)
    yield from networks.unread(types[:2])
    yield from (_network(reader, one) for one in networks.items)
    subnets = reader.every(DESCRIBE_SUBNETS)
    yield from subnets.unread(("aws_subnet",))
    yield from (_subnet(reader, one) for one in subnets.items)
    peerings = reader.every(DESCRIBE_PEERINGS)
    yield from peerings.unread(("aws_vpc_peering_connection",))
    there = (one for one in peerings.items if (one.get("Status") or {}).get("Code") not in _GONE)
    yield from (_peering(reader, one) for one in there)
    yield from _gateways(reader)
    logs = reader.every(DESCRIBE_LOGS)
    yield from logs.unread(("aws_flow_log",))
    yield from (_flow_log(reader, one) for one in logs.items)
    services = reader.every(DESCRIBE_SERVICES)
    yield from services.unread(("aws_vpc_endpoint_service",))
    there = (one for one in services.items if str(one.get("ServiceState")).lower() not in _GONE)
    yield from reader.each(there, lambda one: _service(reader, one))


def _network(reader: Reader, one: dict[str, Any]) -> Item:
    id_ = one["VpcId"]
    arn = reader.arn("ec2", f"vpc/{id_}", account=one.get("OwnerId"))
    values = {"arn": arn, "id": id_, "cidr_block": one.get("CidrBlock"), "tags": pairs(one.get("Tags"))}
    return Item("aws_default_vpc" if one.get("IsDefault") else "aws_vpc", arn, values)


def _subnet(reader: Reader, one: dict[str, Any]) -> Item:
    id_ = one["SubnetId"]
    arn = reader.arn("ec2", f"subnet/{id_}", account=one.get("OwnerId"))
    values = {
        "arn": arn,
        "id": id_,
        "vpc_id": one.get("VpcId"),
        "availability_zone": one.get("AvailabilityZone"),
        "tags": pairs(one.get("Tags")),
    }
    return Item("aws_subnet", arn, values)


_LOGGED = {"vpc-": "vpc_id", "subnet-": "subnet_id", "eni-": "eni_id", "tgw-attach-": "transit_gateway_attachment_id"}
"""What a flow log is of, by how its id begins."""


def _flow_log(reader: Reader, one: dict[str, Any]) -> Item:
    """Where connections are logged; CloudWatch Logs is told by the name of its group, or by its ARN."""
    id_, logged = one["FlowLogId"], str(one.get("ResourceId"))
    where = one.get("LogDestination")
    of = next((name_ for start, name_ in _LOGGED.items() if logged.startswith(start)), "transit_gateway_id")
    arn = reader.arn("ec2", f"vpc-flow-log/{id_}")
    values = {
        "arn": arn,
        "id": id_,
        of: logged,
        "traffic_type": one.get("TrafficType"),
        "log_destination_type": one.get("LogDestinationType"),
        "log_destination": where,
        "log_group_name": None if where else one.get("LogGroupName"),
        "tags": pairs(one.get("Tags")),
    }
    return Item("aws_flow_log", arn, values)


def _peering(reader: Reader, one: dict[str, Any]) -> Item:
    id_ = one["VpcPeeringConnectionId"]
    arn = reader.arn("ec2", f"vpc-peering-connection/{id_}")
    near, far = (one.get(side) or {} for side in ("RequesterVpcInfo", "AccepterVpcInfo"))
    values = {
        "arn": arn,
        "id": id_,
        "vpc_id": near.get("VpcId"),
        "owner_id": near.get("OwnerId"),
        "peer_vpc_id": far.get("VpcId"),
        "peer_owner_id": far.get("OwnerId"),
        "tags": pairs(one.get("Tags")),
    }
    return Item("aws_vpc_peering_connection", arn, values)


def _gateways(reader: Reader) -> Iterator[Item | Unread]:
    gateways = reader.every(DESCRIBE_GATEWAYS)
    yield from gateways.unread(("aws_ec2_transit_gateway",))
    for one in gateways.items:
        if one.get("State") not in _GONE:
            options = one.get("Options") or {}
            arn = one.get("TransitGatewayArn") or reader.arn("ec2", f"transit-gateway/{one['TransitGatewayId']}")
            values = {
                "arn": arn,
                "id": one["TransitGatewayId"],
                "default_route_table_association": options.get("DefaultRouteTableAssociation"),
                "default_route_table_propagation": options.get("DefaultRouteTablePropagation"),
                "tags": pairs(one.get("Tags")),
            }
            yield Item("aws_ec2_transit_gateway", arn, values)
    attachments = reader.every(DESCRIBE_ATTACHMENTS)
    yield from attachments.unread(("aws_ec2_transit_gateway_vpc_attachment",))
    yield from (_attachment(reader, one) for one in attachments.items if one.get("State") not in _GONE)


def _attachment(reader: Reader, one: dict[str, Any]) -> Item:
    id_ = one["TransitGatewayAttachmentId"]
    arn = reader.arn("ec2", f"transit-gateway-attachment/{id_}")
    values = {
        "arn": arn,
        "id": id_,
        "transit_gateway_id": one.get("TransitGatewayId"),
        "vpc_id": one.get("VpcId"),
        "transit_gateway_default_route_table_association": _BY_ITSELF,
        "transit_gateway_default_route_table_propagation": _BY_ITSELF,
        "tags": pairs(one.get("Tags")),
    }
    return Item("aws_ec2_transit_gateway_vpc_attachment", arn, values)


def _service(reader: Reader, one: dict[str, Any]) -> Item:
    id_ = one["ServiceId"]
    arn = reader.arn("ec2", f"vpc-endpoint-service/{id_}")
    allowed = reader.every(DESCRIBE_ALLOWED, ServiceId=id_)
    principals: Any = [principal["Principal"] for principal in allowed.items if principal.get("Principal")]
    values = {
        "arn": arn,
        "id": id_,
        "service_name": one.get("ServiceName"),
        "allowed_principals": allowed.missing if isinstance(allowed.missing, Unknown) else principals,
        "tags": pairs(one.get("Tags")),
    }
    return Item("aws_vpc_endpoint_service", arn, values)
