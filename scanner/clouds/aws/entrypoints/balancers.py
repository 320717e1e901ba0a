"""Load balancers and their listeners: application, network and classic.

Sources: Elastic Load Balancing, "Security policies for your Application Load Balancer" (and Network): a policy's name
tells its oldest protocol, and ELBSecurityPolicy-2016-08, the default outside the console, accepts TLS 1.0;
"Authenticate users", "Mutual authentication with TLS", "Access logs".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.clouds.aws import zones
from scanner.clouds.aws.entrypoints.protection import Protection
from scanner.kinds import Entrypoint
from scanner.logic import Answer, both, plain
from scanner.model import Noted, Unknown
from scanner.terraform.computed import left_out, setting
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

terraform_types = (
    "aws_lb",
    "aws_alb",
    "aws_lb_listener",
    "aws_alb_listener",
    "aws_lb_listener_rule",
    "aws_alb_listener_rule",
    "aws_elb",
    "aws_load_balancer_policy",
    "aws_load_balancer_listener_policy",
)

_BALANCERS = ("aws_lb", "aws_alb")
_LISTENERS = ("aws_lb_listener", "aws_alb_listener")
_RULES = ("aws_lb_listener_rule", "aws_alb_listener_rule")
_TYPES = {"application": "load_balancer", "network": "network_load_balancer"}
_ENCRYPTED = ("HTTPS", "TLS", "SSL")
_POLICY = re.compile(r"ELBSecurityPolicy-(?:TLS13|TLS|FS)-1-([0-3])(?:-.*)?")
_DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
_OLD_POLICY = re.compile(r"ELBSecurityPolicy-(?:FS-)?20\d\d-\d\d")
_AUTHENTICATES = ("authenticate-oidc", "authenticate-cognito", "jwt-validation")
_OLDEST_ALLOWED = 2
_OLD_PROTOCOLS = ("SSLv3", "TLSv1", "TLSv1.1")
_BARE = Unknown("a load balancer does not ask who calls; what stands behind it may, which was not seen")


def from_plan(planned: PlannedWorld, protection: Protection) -> Iterator[Entrypoint]:
    """Read every balancer and listener, but for gateway balancers, which pass traffic to appliances."""
    for balancer in planned.of(*_BALANCERS):
        type_ = _TYPES.get(str(balancer.text("load_balancer_type", "application")))
        if type_ is not None:
            yield Entrypoint.of(
                **planned.labels(balancer),
                type=type_,
                public=_public(balancer),
                rate_limited=protection.instead(protection.regional_limit(balancer), (balancer,)),
                access_logged=_access_logged(balancer, enabled=False),
                redundant=_redundant(planned, balancer, type_),
            )
    for listener in planned.of(*_LISTENERS):
        owner = planned.target(listener, "load_balancer_arn", _BALANCERS)
        if not (isinstance(owner, PlannedResource) and owner.text("load_balancer_type") == "gateway"):
            yield _listener(planned, listener, owner)
    for classic in planned.of("aws_elb"):
        yield Entrypoint.of(
            **planned.labels(classic),
            type="classic_load_balancer",
            public=_public(classic),
            forwards=True,
            authenticated=_BARE,
            tls12=_classic_tls12(planned, classic),
            access_logged=_access_logged(classic, enabled=True),
            redundant=_classic_redundant(planned, classic),
        )


def policy_tls12(policy: str | Unknown) -> Answer:
    """Whether a security policy of Elastic Load Balancing refuses what is older than TLS 1.2."""
    if isinstance(policy, Unknown):
        return policy
    match = _POLICY.fullmatch(policy)
    if match:
        return Noted(int(match[1]) >= _OLDEST_ALLOWED, f"{policy} accepts TLS 1.{match[1]} and newer")
    if _OLD_POLICY.fullmatch(policy):
        return Noted(False, f"{policy} accepts TLS 1.0")
    return Unknown(f"the security policy {policy} is not one we know")


def _public(balancer: PlannedResource) -> bool | Unknown:
    internal = setting(balancer, "internal", False)
    return internal if isinstance(internal, Unknown) else not internal


def _redundant(planned: PlannedWorld, balancer: PlannedResource, type_: str) -> Answer:
    """Whether a balancer stands in several zones: one of HTTP must, a network balancer may stand in one.

    A live account tells more of aws_lb than the provider describes: availability_zones.
    Source: Elastic Load Balancing, "Availability Zones for your Application Load Balancer" and "for your Network Load
    Balancer".
    """
    if type_ == "load_balancer":
        return Noted(True, "an application load balancer always stands in two availability zones at least")
    told = balancer.texts("availability_zones")
    if isinstance(told, Unknown) or told:
        return told if isinstance(told, Unknown) else zones.named(set(told))
    mappings = balancer.blocks("subnet_mapping")
    if isinstance(mappings, Unknown) or not left_out(balancer, "subnets"):
        return zones.spread(planned, balancer, "subnets")
    mapped = [planned.target(balancer, "subnet_id", (zones.SUBNET,), mapping) for mapping in mappings]
    return zones.of_subnets(planned, balancer, mapped)


def _classic_redundant(planned: PlannedWorld, classic: PlannedResource) -> Answer:
    if not classic.plan.is_live and not left_out(classic, "subnets"):
        return zones.spread(planned, classic, "subnets")
    told = setting(classic, "availability_zones", None)
    return told if isinstance(told, Unknown) else zones.named({str(zone) for zone in told or ()})


def _access_logged(balancer: PlannedResource, *, enabled: bool) -> Answer:
    """Whether access logs go to a bucket; `enabled` is what an absent switch means."""
    block = balancer.block("access_logs")
    if isinstance(block, Unknown):
        return block
    if block is None:
        return Noted(False, "it has no access_logs")
    switch = block.flag("enabled", absent=enabled)
    if isinstance(switch, Unknown) or not switch:
        return switch if isinstance(switch, Unknown) else Noted(False, "its access_logs are not enabled")
    return Noted(True, "access logs to a bucket") if block.get("bucket") else Noted(False, "access_logs name no bucket")


def _listener(planned: PlannedWorld, listener: PlannedResource, balancer: object) -> Entrypoint:
    actions = [listener.blocks("default_action"), *_rule_actions(planned, listener)]
    unknown = Unknown("its load balancer was not seen")
    return Entrypoint.of(
        **planned.labels(listener),
        type="listener",
        public=_public(balancer) if isinstance(balancer, PlannedResource) else unknown,
        forwards=_forwards(actions),
        authenticated=_authenticated(listener, actions),
        tls12=_tls12(listener, balancer, actions),
    )


_Actions = list[tuple[Block, ...] | Unknown]
"""Actions by default and of each rule."""


def _rule_actions(planned: PlannedWorld, listener: PlannedResource) -> Iterator[tuple[Block, ...] | Unknown]:
    """Actions of each rule; Unknown too where further rules may be the listener's."""
    for type_ in _RULES:
        rules = planned.attached(listener, type_, "listener_arn", owners=_LISTENERS)
        if not isinstance(rules, Unknown):
            yield from (rule.blocks("action") for rule in rules)
        every = planned.attached(listener, type_, "listener_arn", owners=_LISTENERS, every=True)
        if isinstance(every, Unknown):
            yield every


def _forwards(actions: _Actions) -> Answer:
    """Whether any action hands a request on; one that redirects or answers a fixed text does not."""
    for group in actions:
        if not isinstance(group, Unknown) and any(action.text("type") == "forward" for action in group):
            return True
    return next((group for group in actions if isinstance(group, Unknown)), False)


def _authenticated(listener: PlannedResource, actions: _Actions) -> Answer:
    mutual = None if left_out(listener, "mutual_authentication") else listener.block("mutual_authentication")
    if isinstance(mutual, Block) and mutual.text("mode") == "verify":
        return Noted(True, "it verifies client certificates")
    for group in actions:
        if isinstance(group, Unknown):
            return group
        if any(action.text("type") == "forward" for action in group) and not any(map(asks, group)):
            return _BARE
    forwards = plain(_forwards(actions)) is True
    return Noted(True, "it signs users in before it forwards" if forwards else "it hands no request on")


def asks(action: Block) -> bool:
    """Whether an action of a listener lets only users through who signed in."""
    type_ = action.text("type")
    settings = action.block(str(type_).replace("-", "_")) if type_ in _AUTHENTICATES else None
    return type_ in _AUTHENTICATES and not (
        isinstance(settings, Block) and settings.text("on_unauthenticated_request") == "allow"
    )


def _is_of_application(balancer: object) -> bool:
    """Whether a listener's protocol is HTTP where the code gives none, as the provider makes it for these balancers."""
    if isinstance(balancer, External):
        return ":loadbalancer/app/" in balancer.value
    return isinstance(balancer, PlannedResource) and balancer.text("load_balancer_type", "application") == "application"


def _tls12(listener: PlannedResource, balancer: object, actions: _Actions) -> Answer:
    protocol = setting(listener, "protocol", "HTTP" if _is_of_application(balancer) else "")
    if isinstance(protocol, Unknown):
        return protocol
    if protocol in _ENCRYPTED:
        return policy_tls12(setting(listener, "ssl_policy", _DEFAULT_POLICY))
    if protocol != "HTTP":
        return Unknown(f"a {protocol or 'bare'} listener passes bytes on; whether its target asks for TLS was not seen")
    served = [_serves_plaintext(a) for group in actions if not isinstance(group, Unknown) for a in group]
    if True in served:
        return Noted(False, "it serves plain HTTP")
    unknown = next((one for one in (*actions, *served) if isinstance(one, Unknown)), None)
    return unknown or Noted(True, "plain HTTP is only redirected to HTTPS or refused")


def _serves_plaintext(action: Block) -> bool | Unknown:
    """Whether an action of an HTTP listener does other than redirect to HTTPS or answer a fixed text."""
    type_ = action.text("type")
    if type_ != "redirect":
        return type_ if isinstance(type_, Unknown) else type_ == "forward"
    redirect = action.block("redirect")
    if not isinstance(redirect, Block):
        return redirect or False
    protocol = redirect.text("protocol", "#{protocol}")
    return protocol if isinstance(protocol, Unknown) else protocol != "HTTPS"


def _classic_tls12(planned: PlannedWorld, classic: PlannedResource) -> Answer:
    listeners = classic.blocks("listener")
    if isinstance(listeners, Unknown):
        return listeners
    protocols = [str(listener.text("lb_protocol")).upper() for listener in listeners]
    if "HTTP" in protocols:
        return Noted(False, "it serves plain HTTP")
    if not all(protocol in _ENCRYPTED for protocol in protocols):
        return Unknown("a TCP listener passes bytes on; whether its target asks for TLS was not seen")
    return _classic_policy(planned, classic)


def _classic_policy(planned: PlannedWorld, classic: PlannedResource) -> Answer:
    """Classic balancers take their policy from a resource of its own, which may name a predefined one."""
    policies = planned.attached(classic, "aws_load_balancer_policy", "load_balancer_name", every=True)
    if isinstance(policies, Unknown):
        return policies
    answers = [_named_policy(one) for one in policies if one.text("policy_type_name") == "SSLNegotiationPolicyType"]
    if answers:
        return both(*answers)
    default: Answer = planned.default(classic, False, f"no policy is set, and {_DEFAULT_POLICY} accepts TLS 1.0")
    return default


def _named_policy(policy: PlannedResource) -> Answer:
    attributes = policy.blocks("policy_attribute")
    if isinstance(attributes, Unknown):
        return attributes
    told = {str(attribute.text("name")): attribute.text("value") for attribute in attributes}
    if "Reference-Security-Policy" in told:
        return policy_tls12(told["Reference-Security-Policy"])
    old = {told.get(f"Protocol-{protocol}") for protocol in _OLD_PROTOCOLS}
    if "true" in old:
        return Noted(False, f"{policy.address} accepts what is older than TLS 1.2")
    if old == {"false"}:
        return Noted(True, f"{policy.address} accepts nothing older than TLS 1.2")
    return Unknown(f"{policy.address} does not tell every protocol")
