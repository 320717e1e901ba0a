"""Elastic Load Balancing: application, network and gateway balancers, their listeners, rules and target groups.

What is registered with a group is asked for where a balancer uses it, and where it is no address in a network, behind
which anything may be: the service that registers its tasks names the group itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.batches import batches
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.clouds.aws.live.collectors.tags import Tags, pairs, tags_for
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "elbv2"
everywhere = True
types = (
    "aws_lb",
    "aws_lb_listener",
    "aws_lb_listener_rule",
    "aws_lb_target_group",
    "aws_lb_target_group_attachment",
)

_BALANCER, _LISTENER, _RULE, _GROUP, _ATTACHMENT = types
_BATCH = 20
"""ARNs that one DescribeTags takes."""

_SECRET = hiding("ClientSecret", "AuthenticationRequestExtraParams", "MessageBody", "Conditions", "Transforms")
"""A rule may compare a header with a secret that a distribution sends."""

BALANCERS = call("elbv2", "DescribeLoadBalancers", items="LoadBalancers")
ATTRIBUTES = call("elbv2", "DescribeLoadBalancerAttributes")
LISTENERS = call("elbv2", "DescribeListeners", items="Listeners", mask=_SECRET)
RULES = call("elbv2", "DescribeRules", items="Rules", mask=_SECRET)
GROUPS = call("elbv2", "DescribeTargetGroups", items="TargetGroups")
TARGETS = call("elbv2", "DescribeTargetHealth", items="TargetHealthDescriptions", absent=("TargetGroupNotFound",))
TAGS = call("elbv2", "DescribeTags", items="TagDescriptions")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every balancer with its listeners."""
    listed = reader.every(BALANCERS)
    yield from listed.unread(types)
    found = [one for group in reader.each(listed.items, lambda one: list(_balancer(reader, one))) for one in group]
    tagged = [one.id for one in found if isinstance(one, Item) and one.type != _RULE]
    tags = _tags(reader, tagged)
    for one in found:
        if isinstance(one, Item) and one.type != _RULE:
            one.values["tags"] = tags_for(tags[one.id], one.id)
        yield one
    if listed.items:
        yield from _groups(reader, {arn for one in found if isinstance(one, Item) for arn in _named(one.values)})


def _tags(reader: Reader, arns: Sequence[str]) -> dict[str, dict[str, Tags] | Unknown]:
    """Tags by ARN, or why those of its batch were not read."""
    found: dict[str, dict[str, Tags] | Unknown] = {}
    groups = list(batches(arns, _BATCH))
    for group, listed in zip(groups, reader.each(groups, lambda g: reader.every(TAGS, ResourceArns=g)), strict=True):
        read = {one["ResourceArn"]: pairs(one.get("Tags")) for one in listed.items}
        found.update(dict.fromkeys(group, listed.missing or read))
    return found


def _balancer(reader: Reader, listed: dict[str, Any]) -> Iterator[Item | Unread]:
    arn, type_ = listed["LoadBalancerArn"], listed.get("Type", "application")
    values = {
        "id": arn,
        "arn": arn,
        "name": listed.get("LoadBalancerName"),
        "dns_name": listed.get("DNSName"),
        "internal": listed.get("Scheme") == "internal",
        "load_balancer_type": type_,
        "security_groups": listed.get("SecurityGroups") or [],
        "availability_zones": [zone.get("ZoneName") for zone in listed.get("AvailabilityZones") or ()],
        **(_logs(reader, arn) if type_ != "gateway" else {}),
    }
    yield Item(_BALANCER, arn, values)
    listeners = reader.every(LISTENERS, LoadBalancerArn=arn)
    yield from listeners.unread((_LISTENER,))
    for listener in listeners.items:
        yield _listener(listener)
        if type_ == "application":
            yield from _rules(reader, listener["ListenerArn"])


def _logs(reader: Reader, arn: str) -> dict[str, Any]:
    answer = reader.ask(ATTRIBUTES, LoadBalancerArn=arn)
    if not isinstance(answer, dict):
        return {"access_logs": answer, "connection_logs": answer}
    set_ = {one["Key"]: one.get("Value") for one in answer.get("Attributes") or ()}
    return {
        kind: [{"enabled": set_[f"{prefix}.enabled"] == "true", "bucket": set_.get(f"{prefix}.bucket")}]
        for kind in ("access_logs", "connection_logs")
        for prefix in (f"{kind}.s3",)
        if f"{prefix}.enabled" in set_
    }


def _listener(listener: dict[str, Any]) -> Item:
    mutual = listener.get("MutualAuthentication")
    values = {
        "id": listener["ListenerArn"],
        "arn": listener["ListenerArn"],
        "load_balancer_arn": listener["LoadBalancerArn"],
        "port": listener.get("Port"),
        "protocol": listener.get("Protocol"),
        "ssl_policy": listener.get("SslPolicy"),
        "mutual_authentication": [{"mode": mutual.get("Mode")}] if mutual else [],
        "default_action": _actions(listener.get("DefaultActions")),
    }
    return Item(_LISTENER, listener["ListenerArn"], values)


def _rules(reader: Reader, listener: str) -> Iterator[Item]:
    listed = reader.every(RULES, ListenerArn=listener)
    if listed.missing is not None:
        yield Item(_RULE, f"{listener}/*", {"listener_arn": listener, "action": listed.missing})
    for rule in listed.items:
        if not rule.get("IsDefault"):
            values = {"arn": rule["RuleArn"], "listener_arn": listener, "action": _actions(rule.get("Actions"))}
            yield Item(_RULE, rule["RuleArn"], values)


def _named(values: dict[str, Any]) -> Iterator[str]:
    """Target groups that the actions of a listener or rule name."""
    for action in _list(values.get("default_action")) + _list(values.get("action")):
        if "target_group_arn" in action:
            yield action["target_group_arn"]
        yield from (one["arn"] for block in action.get("forward", ()) for one in block["target_group"])


def _list(actions: Any) -> list[dict[str, Any]]:
    return actions if isinstance(actions, list) else []


def _groups(reader: Reader, named: set[str]) -> Iterator[Item | Unread]:
    """Target groups, and what is registered with them."""
    listed = reader.every(GROUPS)
    yield from listed.unread((_GROUP,))
    for group in listed.items:
        arn = group["TargetGroupArn"]
        values = {
            "id": arn,
            "arn": arn,
            "name": group.get("TargetGroupName"),
            "protocol": group.get("Protocol"),
            "port": group.get("Port"),
            "target_type": group.get("TargetType", "instance"),
            "load_balancer_arns": group.get("LoadBalancerArns") or [],
        }
        yield Item(_GROUP, arn, values)
    behind = [one for one in listed.items if one.get("LoadBalancerArns") or one["TargetGroupArn"] in named]
    used = [one for one in behind if one.get("TargetType") != "ip"]
    for found in reader.each(used, lambda group: list(_targets(reader, group["TargetGroupArn"]))):
        yield from found


def _targets(reader: Reader, group: str) -> Iterator[Item]:
    listed = reader.every(TARGETS, TargetGroupArn=group)
    if listed.missing is not None:
        yield Item(_ATTACHMENT, f"{group}/*", {"target_group_arn": group, "target_id": listed.missing})
    for id_ in dict.fromkeys(one["Target"]["Id"] for one in listed.items):
        yield Item(_ATTACHMENT, f"{group}/{id_}", {"target_group_arn": group, "target_id": id_})


def _actions(actions: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [_action(action) for action in actions or ()]


def _action(action: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"type": action["Type"], "order": action.get("Order")}
    if action.get("TargetGroupArn"):
        values["target_group_arn"] = action["TargetGroupArn"]
    elif groups := (action.get("ForwardConfig") or {}).get("TargetGroups"):
        values["forward"] = [
            {"target_group": [{"arn": one.get("TargetGroupArn"), "weight": one.get("Weight")} for one in groups]}
        ]
    if redirect := action.get("RedirectConfig"):
        values["redirect"] = [{"protocol": redirect.get("Protocol"), "port": redirect.get("Port")}]
    for block, key in (
        ("authenticate_oidc", "AuthenticateOidcConfig"),
        ("authenticate_cognito", "AuthenticateCognitoConfig"),
    ):
        if settings := action.get(key):
            values[block] = [{"on_unauthenticated_request": settings.get("OnUnauthenticatedRequest")}]
    return values
