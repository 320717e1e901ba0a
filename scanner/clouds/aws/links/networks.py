"""Vendors that a network may reach, as the lists of domains of its firewalls say: candidates, nothing more.

Which machine may connect to which says nothing of what is sent, so that pairs of security groups, ways out to
everywhere and endpoints of AWS's services make no flow. Sources: AWS Network Firewall Developer Guide, "Stateful domain
list rule groups"; Amazon Route 53 Developer Guide, "Route 53 Resolver DNS Firewall domain lists".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links.ends import End
from scanner.clouds.aws.links.hosts import host_in
from scanner.clouds.aws.links.leads import Setting, leads_to
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import ends_at
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.graph.vendors import dictionary
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_VPC = ("aws_vpc", "aws_default_vpc")
_FIREWALL, _POLICY = "aws_networkfirewall_firewall", "aws_networkfirewall_firewall_policy"
_GROUP = "aws_networkfirewall_rule_group"
_LIST = ("rule_group", "rules_source", "rules_source_list")
_RESOLVER_LIST, _RESOLVER_RULE = "aws_route53_resolver_firewall_domain_list", "aws_route53_resolver_firewall_rule"
_ASSOCIATION = "aws_route53_resolver_firewall_rule_group_association"
_RESOLVER_GROUP = "aws_route53_resolver_firewall_rule_group"


def flows(seen: Seen) -> Iterator[Linked]:
    """Known vendors on the lists of what a network lets out."""
    for firewall in seen.planned.of(_FIREWALL):
        policy = seen.planned.target(firewall, "firewall_policy_arn", (_POLICY,))
        if isinstance(policy, PlannedResource):
            for network in _networks(seen, firewall):
                yield from _by_policy(seen, network, policy)
    for association in seen.planned.of(_ASSOCIATION):
        group = seen.planned.target(association, "firewall_rule_group_id", (_RESOLVER_GROUP,))
        for network in _networks(seen, association):
            for rule in seen.planned.of(_RESOLVER_RULE) if isinstance(group, PlannedResource) else ():
                if seen.planned.target(rule, "firewall_rule_group_id", (_RESOLVER_GROUP,)) is group:
                    yield from _by_rule(seen, network, rule)


def _networks(seen: Seen, owner: PlannedResource) -> tuple[End, ...]:
    found = ends_at(seen, owner, "vpc_id", _VPC)
    return () if isinstance(found, Unknown) else tuple(one for one in found if not one.id.startswith("ext:"))


def _by_policy(seen: Seen, network: End, policy: PlannedResource) -> Iterator[Linked]:
    path = ("firewall_policy", "stateful_rule_group_reference")
    named = [
        seen.planned.target(policy, "resource_arn", (_GROUP,), block) for block in blocks_at(policy, path)
    ] or list(seen.planned.mentioned(policy, "firewall_policy"))
    for group in named:
        if isinstance(group, PlannedResource) and group.type == _GROUP:
            for listed in blocks_at(group, _LIST):
                if listed.values.get("generated_rules_type") == "ALLOWLIST":
                    yield from _vendors(seen, network, group, listed, "targets")


def _by_rule(seen: Seen, network: End, rule: PlannedResource) -> Iterator[Linked]:
    listed = seen.planned.target(rule, "firewall_domain_list_id", (_RESOLVER_LIST,))
    if rule.values.get("action") == "ALLOW" and isinstance(listed, PlannedResource):
        yield from _vendors(seen, network, listed, listed, "domains")


def _vendors(seen: Seen, network: End, owner: PlannedResource, listed: Block, name: str) -> Iterator[Linked]:
    """Vendors of the dictionary: what else a list names is most often a mirror of packages, or the company's own."""
    values = listed.values.get(name)
    for value in values if isinstance(values, list) else ():
        known = dictionary().at(host_in(str(value).strip("*.")))
        if known is not None:
            setting = Setting(
                owner=owner, attribute=name, rule="aws-network-allowed", how="network_reaches",
                reason="a firewall of the network lets requests to it out",
                facts={"tier": "possible", "encrypted": Unknown("a list of domains tells no protocol")},
            )  # fmt: skip
            yield from leads_to(seen, network, End(known.node.id, known.node), setting)
