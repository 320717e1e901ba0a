"""Elastic Load Balancing, classic balancers: listeners with the security policies in force, instances, access logs.

A classic balancer keeps every policy it ever had; only those that a listener names are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.batches import batches
from scanner.clouds.aws.live.collectors.tags import Tags, pairs
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "elb"
everywhere = True
types = ("aws_elb", "aws_load_balancer_policy")

_NEGOTIATION = "SSLNegotiationPolicyType"
_BATCH = 20
"""Names that one DescribeTags takes."""

BALANCERS = call("elb", "DescribeLoadBalancers", items="LoadBalancerDescriptions")
ATTRIBUTES = call("elb", "DescribeLoadBalancerAttributes")
POLICIES = call("elb", "DescribeLoadBalancerPolicies", items="PolicyDescriptions")
TAGS = call("elb", "DescribeTags", items="TagDescriptions")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every classic balancer."""
    listed = reader.every(BALANCERS)
    yield from listed.unread(types)
    tags = _tags(reader, [one["LoadBalancerName"] for one in listed.items])
    for found in reader.each(listed.items, lambda one: list(_balancer(reader, one, tags))):
        yield from found


def _tags(reader: Reader, names: Sequence[str]) -> dict[str, Tags | Unknown]:
    found: dict[str, Tags | Unknown] = {}
    for group in batches(names, _BATCH):
        listed = reader.every(TAGS, LoadBalancerNames=group)
        read = {one["LoadBalancerName"]: pairs(one.get("Tags")) for one in listed.items}
        found.update({name_: listed.missing or read.get(name_, {}) for name_ in group})
    return found


def _balancer(reader: Reader, listed: dict[str, Any], tags: dict[str, Tags | Unknown]) -> Iterator[Item]:
    name_ = listed["LoadBalancerName"]
    arn = reader.arn("elasticloadbalancing", f"loadbalancer/{name_}")
    listeners = [one.get("Listener") or {} for one in listed.get("ListenerDescriptions") or ()]
    values = {
        "id": name_,
        "arn": arn,
        "name": name_,
        "dns_name": listed.get("DNSName"),
        "internal": listed.get("Scheme") == "internal",
        "security_groups": listed.get("SecurityGroups") or [],
        "availability_zones": listed.get("AvailabilityZones") or [],
        "listener": [{"lb_protocol": one.get("Protocol"), "lb_port": one.get("LoadBalancerPort")} for one in listeners],
        "instances": [one["InstanceId"] for one in listed.get("Instances") or ()],
        "access_logs": _logs(reader, name_),
        "tags": tags[name_],
    }
    yield Item("aws_elb", arn, values)
    yield from _policies(reader, listed, arn)


def _logs(reader: Reader, balancer: str) -> list[dict[str, Any]] | Unknown | None:
    answer = reader.ask(ATTRIBUTES, LoadBalancerName=balancer)
    if not isinstance(answer, dict):
        return answer
    log = answer["LoadBalancerAttributes"].get("AccessLog")
    return [{"enabled": log.get("Enabled"), "bucket": log.get("S3BucketName")}] if log else []


def _policies(reader: Reader, listed: dict[str, Any], arn: str) -> Iterator[Item]:
    """Security policies of the encrypted listeners; one that names none has AWS's default."""
    balancer = listed["LoadBalancerName"]
    used = sorted(
        {
            policy
            for one in listed.get("ListenerDescriptions") or ()
            if str((one.get("Listener") or {}).get("Protocol")).upper() in {"HTTPS", "SSL"}
            for policy in one.get("PolicyNames") or ()
        }
    )
    if not used:
        return
    answer = reader.every(POLICIES, LoadBalancerName=balancer, PolicyNames=used)
    if answer.missing is not None:
        why = {"policy_type_name": _NEGOTIATION, "policy_attribute": answer.missing}
        yield Item("aws_load_balancer_policy", f"{arn}/policies/*", {"load_balancer_name": balancer, **why})
    for policy in answer.items:
        values = {
            "load_balancer_name": balancer,
            "policy_name": policy["PolicyName"],
            "policy_type_name": policy.get("PolicyTypeName"),
            "policy_attribute": [
                {"name": one.get("AttributeName"), "value": one.get("AttributeValue")}
                for one in policy.get("PolicyAttributeDescriptions") or ()
            ],
        }
        yield Item("aws_load_balancer_policy", f"{arn}/policies/{policy['PolicyName']}", values)
