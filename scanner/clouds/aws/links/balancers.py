"""Load balancers: what their listeners and rules hand requests on to.

Sources: Elastic Load Balancing, "Listeners for your Application Load Balancers", "Target groups for your Application
Load Balancers", "Register instances with your Classic Load Balancer"; Amazon ECS Developer Guide, "Use load balancing
to distribute Amazon ECS service traffic"; Amazon EC2 Auto Scaling User Guide, "Attach a load balancer".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import ip_address

from scanner.clouds.aws.entrypoints.balancers import asks
from scanner.clouds.aws.links.ends import End, gap
from scanner.clouds.aws.links.leads import MOST, Setting, leads, leads_to
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import BALANCERS, FUNCTION, SERVICE, at, ends_at, perhaps, set_blocks
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.kinds import Entrypoint, Flow
from scanner.model import Unknown
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.values import Block

LISTENERS = ("aws_lb_listener", "aws_alb_listener")
_RULES = ("aws_lb_listener_rule", "aws_alb_listener_rule")
_GROUPS = ("aws_lb_target_group", "aws_alb_target_group")
_ATTACHED = ("aws_lb_target_group_attachment", "aws_alb_target_group_attachment")
_SCALING, _CLASSIC = "aws_autoscaling_group", "aws_elb"
_TEMPLATES = ("aws_launch_template", "aws_launch_configuration")
_INSTANCE = "aws_instance"
_SEALED = {"HTTPS": True, "TLS": True, "HTTP": False}


def flows(seen: Seen) -> Iterator[Linked]:
    """Targets of every balancer, and what groups of instances start from."""
    targets = _Targets(seen)
    for listener in seen.planned.of(*LISTENERS):
        yield from _handed_on(seen, targets, listener, listener, "default_action")
    for rule in seen.planned.of(*_RULES):
        of = seen.planned.target(rule, "listener_arn", LISTENERS)
        if isinstance(of, PlannedResource):
            yield from _handed_on(seen, targets, of, rule, "action")
    for group in seen.planned.of(_SCALING):
        yield from _started_from(seen, group)
    yield from _classic(seen)


@dataclass(frozen=True, slots=True)
class _Member:
    """Something that takes requests for a target group."""

    end: End
    owner: PlannedResource
    attribute: str


class _Targets:
    """What is registered with each target group."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def of(self, group: PlannedResource) -> list[_Member]:
        """What takes the requests of a group."""
        return self._members.get(group.id, [])

    def open(self, group: PlannedResource) -> str:
        """Why more of an account may take its requests; empty where all was told."""
        if not group.plan.is_live:
            return ""
        called = group.values.get("target_type") == "lambda"
        services = "" if called else self._services.get(group.plan, "")
        unread = () if called else (SERVICE, _SCALING)
        return (
            self._open.get(group.id) or services or "".join(self._seen.planned.left_out(group, one) for one in unread)
        )

    @cached_property
    def _open(self) -> Mapping[str, str]:
        """Groups of which it was not told what is registered with them."""
        planned, found = self._seen.planned, {}
        for one in planned.of(*_ATTACHED):
            why = one.get("target_id") if one.plan.is_live else None
            group = planned.target(one, "target_group_arn", _GROUPS)
            if isinstance(why, Unknown) and isinstance(group, PlannedResource):
                found[group.id] = why.reason
        return found

    @cached_property
    def _services(self) -> Mapping[Plan, str]:
        """Parts of accounts with services of which it was not told what they register with."""
        told = ((one.plan, one.blocks("load_balancer")) for one in self._seen.planned.of(SERVICE))
        return {plan: blocks.reason for plan, blocks in told if isinstance(blocks, Unknown)}

    @cached_property
    def _members(self) -> Mapping[str, list[_Member]]:
        found: dict[str, list[_Member]] = {}
        for group, member in self._all():
            found.setdefault(group.id, []).append(member)
        return found

    def _all(self) -> Iterator[tuple[PlannedResource, _Member]]:
        planned = self._seen.planned
        for one in planned.of(*_ATTACHED):
            for end in _told(self._seen, one, "target_id", (_INSTANCE, FUNCTION, *BALANCERS)):
                if not _is_address(end):
                    yield from self._groups(one, "target_group_arn", _Member(end, one, "target_id"))
        for service in planned.of(SERVICE):
            blocks = set_blocks(service, "load_balancer")
            for block in () if isinstance(blocks, Unknown) else blocks:
                member = _Member(at(self._seen, service), service, "load_balancer.target_group_arn")
                yield from self._groups(service, "target_group_arn", member, block)
        for scaling in planned.of(_SCALING):
            yield from self._groups(scaling, "target_group_arns", _scaled(self._seen, scaling, "target_group_arns"))
            for block in blocks_at(scaling, ("traffic_source",)):
                yield from self._groups(scaling, "identifier", _scaled(self._seen, scaling, "traffic_source"), block)
        for one in planned.of("aws_autoscaling_attachment", "aws_autoscaling_traffic_source_attachment"):
            yield from self._attachment(one)

    def _attachment(self, one: PlannedResource) -> Iterator[tuple[PlannedResource, _Member]]:
        for end in _told(self._seen, one, "autoscaling_group_name", (_SCALING,)):
            member = _Member(end, one, "autoscaling_group_name")
            for attribute in ("lb_target_group_arn", "alb_target_group_arn"):
                yield from self._groups(one, attribute, member)
            for block in blocks_at(one, ("traffic_source",)):
                yield from self._groups(one, "identifier", member, block)

    def _groups(
        self, owner: PlannedResource, attribute: str, member: _Member, block: Block | None = None
    ) -> Iterator[tuple[PlannedResource, _Member]]:
        if (block or owner).get(attribute) in (None, "", []):
            return
        found = self._seen.planned.targets(owner, attribute, _GROUPS, block)
        for group in () if isinstance(found, Unknown) else found:
            if isinstance(group, PlannedResource):
                yield group, member


def _scaled(seen: Seen, group: PlannedResource, attribute: str) -> _Member:
    return _Member(at(seen, group), group, attribute)


def _told(seen: Seen, owner: PlannedResource, attribute: str, types: tuple[str, ...]) -> tuple[End, ...]:
    found = ends_at(seen, owner, attribute, types)
    if not isinstance(found, Unknown):
        return found
    doubtful = tuple(perhaps(seen, owner, attribute, types, None, found))
    return doubtful if len(doubtful) <= MOST else ()


def _is_address(end: End) -> bool:
    """Whether a target is an address in a network, behind which anything may be."""
    try:
        return bool(ip_address(end.id.removeprefix("ext:")))
    except ValueError:
        return False


def _handed_on(
    seen: Seen, targets: _Targets, listener: PlannedResource, owner: PlannedResource, name: str
) -> Iterator[Linked]:
    balancer = seen.planned.target(listener, "load_balancer_arn", BALANCERS)
    if not isinstance(balancer, PlannedResource) or balancer.mode != "managed":
        return
    node = at(seen, balancer)
    actions = owner.blocks(name)
    if isinstance(actions, Unknown):
        yield gap(node.id, f"{name} of {owner.id} is not known: {actions.reason}")
        return
    asked = any(map(asks, actions)) or _entry_asks(seen.resources.get(listener.id))
    signed_in = asked and not _asks_always(seen, balancer)
    for one in _to_groups(seen, targets, node, owner, actions, name):
        yield replace(one, guards=("authentication",)) if signed_in and isinstance(one, Flow) else one


def _asks_always(seen: Seen, balancer: PlannedResource) -> bool:
    """Whether every listener that hands requests on signs users in: that stands where the balancer is entered."""
    found = [seen.planned.attached(balancer, type_, "load_balancer_arn", owners=BALANCERS) for type_ in LISTENERS]
    listeners = [seen.resources.get(one.id) for group in found if not isinstance(group, Unknown) for one in group]
    return all(_entry_asks(one) for one in listeners if isinstance(one, Entrypoint) and one.forwards is not False)


def _entry_asks(entry: object) -> bool:
    return isinstance(entry, Entrypoint) and entry.authenticated is True


def _to_groups(
    seen: Seen, targets: _Targets, node: End, owner: PlannedResource, actions: Iterable[Block], name: str
) -> Iterator[Linked]:
    for action in actions:
        if action.get("target_group_arn") is not None and action.text("type", "forward") == "forward":
            yield from _to_group(seen, targets, node, owner, action, "target_group_arn", name)
            continue
        for forward in blocks_at(action, ("forward",)):
            inner = set_blocks(owner, "target_group", forward)
            for block in () if isinstance(inner, Unknown) else inner:
                yield from _to_group(seen, targets, node, owner, block, "arn", f"{name}.forward.target_group")


def _to_group(  # noqa: PLR0913, PLR0917 - where the setting stands
    seen: Seen, targets: _Targets, node: End, owner: PlannedResource, block: Block, attribute: str, within: str
) -> Iterator[Linked]:
    group = seen.planned.target(owner, attribute, _GROUPS, block)
    groups = [group] if isinstance(group, PlannedResource) else []
    if isinstance(group, Unknown) and not owner.plan.is_live:
        groups = [one for one in seen.planned.referred(owner, block.references(attribute) or ()) if one.type in _GROUPS]
        groups = groups if len(groups) <= MOST else []
    if not isinstance(group, PlannedResource):
        unread = seen.planned.left_out(owner, _GROUPS[0]) if owner.plan.is_live else ""
        why = group.reason if isinstance(group, Unknown) else unread or "its target group was not seen"
        yield gap(node.id, f"{within}.{attribute} of {owner.id} is not known: {why}")
    for one in groups:
        members = targets.of(one)
        doubt = group.reason if isinstance(group, Unknown) else ""
        for member in members:
            end = replace(member.end, doubt=member.end.doubt or doubt)
            setting = Setting(
                owner=owner, attribute=attribute, within=within, rule="aws-load-balancer", how="sends_to",
                reason=f"{member.owner.id} takes its requests by {one.id}", facts={"encrypted": _sealed(one)},
            )  # fmt: skip
            yield from leads_to(seen, node, end, setting)
        if why := targets.open(one):
            yield gap(node.id, f"what takes the requests of {one.id} is not all known: {why}")
        elif not members:
            yield gap(node.id, f"what takes the requests of {one.id} was not seen")


def _sealed(group: PlannedResource) -> bool | Unknown:
    """Whether requests go on over TLS; a function is called over it always."""
    if group.text("target_type") == "lambda":
        return True
    protocol = group.text("protocol")
    if isinstance(protocol, Unknown):
        return protocol
    return _SEALED.get(protocol, Unknown(f"{protocol or 'a target group'} passes on what comes, sealed or not"))


def _started_from(seen: Seen, group: PlannedResource) -> Iterator[Linked]:
    """The template that the instances of a group start from: it has their identity and settings."""
    places: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
        ((), ("launch_configuration",)),
        (("launch_template",), ("id", "name")),
        (("mixed_instances_policy", "launch_template", "launch_template_specification"),
         ("launch_template_id", "launch_template_name")),
    )  # fmt: skip
    for path, attributes in places:
        for block in blocks_at(group, path):
            attribute = next((name for name in attributes if block.get(name) not in (None, "")), "")
            if attribute and not (block is group and group.is_unknown(attribute) and not group.configured(attribute)):
                setting = Setting(
                    owner=group, block=None if block is group else block, attribute=attribute, within=".".join(path),
                    types=_TEMPLATES, rule="aws-instance-group", how="sends_to",
                    reason="instances of the group start from it",
                )  # fmt: skip
                yield from leads(seen, at(seen, group), setting)


def _classic(seen: Seen) -> Iterator[Linked]:
    """Classic balancers: instances, and groups of them."""
    sealed = Unknown("whether the instances of a classic balancer are called over TLS was not read")
    for balancer in seen.planned.of(_CLASSIC):
        setting = Setting(
            owner=balancer, attribute="instances", rule="aws-load-balancer", how="sends_to", types=(_INSTANCE,),
            reason="it is registered with the balancer", facts={"encrypted": sealed},
        )  # fmt: skip
        if not balancer.is_unknown("instances") or balancer.configured("instances"):
            yield from leads(seen, at(seen, balancer), setting)
    for owner, attribute, balancer_, member in _registered(seen):
        if balancer_.id.startswith("ext:"):
            continue
        setting = Setting(
            owner=owner, attribute=attribute, rule="aws-load-balancer", how="sends_to",
            reason="it is registered with the balancer", facts={"encrypted": sealed},
        )  # fmt: skip
        yield from leads_to(seen, balancer_, member, setting)


def _registered(seen: Seen) -> Iterator[tuple[PlannedResource, str, End, End]]:
    for one in seen.planned.of("aws_elb_attachment"):
        for balancer in _told(seen, one, "elb", (_CLASSIC,)):
            for member in _told(seen, one, "instance", (_INSTANCE,)):
                yield one, "instance", balancer, member
    for scaling in seen.planned.of(_SCALING):
        if not scaling.is_unknown("load_balancers") or scaling.configured("load_balancers"):
            for balancer in _told(seen, scaling, "load_balancers", (_CLASSIC,)):
                yield scaling, "load_balancers", balancer, at(seen, scaling)
    for one in seen.planned.of("aws_autoscaling_attachment"):
        for balancer in _told(seen, one, "elb", (_CLASSIC,)):
            for member in _told(seen, one, "autoscaling_group_name", (_SCALING,)):
                yield one, "elb", balancer, member
