"""Security groups with all their rules, rules of groups elsewhere, and VPC endpoints.

A group is judged by its inline rules, its split rules of both types, and who uses it: a public balancer may be open on
80 and 443. Of a group that existed before, the refreshed state lists every rule; those that this plan changes or
deletes count as the plan leaves them. A `dynamic "ingress"` over a collection known only after apply looks, in a
plan's JSON, like a group without inline rules, and is read as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.clouds.aws.network.group_doubts import GROUPS, Doubts
from scanner.clouds.aws.network.group_users import Users
from scanner.clouds.aws.network.ingress import BROAD, Ports, openings, ports
from scanner.hcl.values import Symbol, Template
from scanner.kinds import Network
from scanner.logic import Answer
from scanner.model import Completed, Noted, Unknown
from scanner.terraform.completed import completed_in, sourced
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_RULES = ("aws_security_group_rule", "aws_vpc_security_group_ingress_rule")
_LISTS = ("aws_ec2_managed_prefix_list", "aws_prefix_list")
_SINGLE = ("cidr_ipv4", "cidr_ipv6")
_SOURCES = ("cidr_blocks", "ipv6_cidr_blocks", *_SINGLE)
_NOBODY_ELSE = frozenset(
    {"aws_default_vpc", "aws_eip", "aws_instance", "aws_nat_gateway", "aws_subnet", "aws_vpc", "aws_vpn_connection"}
)
"""Types whose addresses are some network's or machine's own, never everybody's."""

_PREFIX = re.compile(r"(?:/([0-9]{1,3}))?")

terraform_types = (*GROUPS, *_RULES, "aws_vpc_endpoint", "aws_ec2_managed_prefix_list")
kinds = ("network",)


@dataclass(slots=True)
class Rules:
    """Who may reach which ports, and what of that is not known."""

    grants: list[tuple[Ports, str]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    completed: tuple[Completed, ...] = ()
    """What of them stands in the sources alone."""

    def add(self, other: Rules) -> None:
        """Take in another rule of the same group."""
        self.grants += other.grants
        self.doubts += other.doubts
        self.completed += other.completed


def from_plan(planned: PlannedWorld) -> Iterator[Network]:
    """Read every group, every rule whose group is not in the plan, and every endpoint."""
    book = _Book(planned)
    users = Users(planned)
    for group in planned.of(*GROUPS):
        rules = _rules_of(planned, group, book)
        yield _network(planned, group, "security_group", rules, lambda: users.public_balancers_only(group))  # noqa: B023
    elsewhere = Unknown("it opens a web port to anybody, and whose group it is, or who uses that, was not seen")
    for rule, rules in book.elsewhere:
        yield _network(planned, rule, "rule", rules, lambda: elsewhere)
    for endpoint in planned.of("aws_vpc_endpoint"):
        yield Network.of(**planned.labels(endpoint), type="vpc_endpoint")


def _network(planned: PlannedWorld, owner: PlannedResource, type_: str, rules: Rules, exempt: Any) -> Network:
    opened = openings(rules.grants)
    shown = tuple(sorted({reached.text for reached in opened}))
    told = tuple(dict.fromkeys(rules.completed))
    is_open = sourced(_open(opened, shown, rules.doubts, exempt), told)
    return Network.of(**planned.labels(owner), type=type_, open=is_open, open_ports=sourced(shown, told))


def _open(opened: tuple[Ports, ...], shown: tuple[str, ...], doubts: list[str], exempt: Any) -> Answer:
    """Whether anybody may connect; `exempt` says whether open web ports are only a public balancer's."""
    what = f"open to anybody: {', '.join(shown)}"
    if any(not reached.web for reached in opened):
        return Noted(value=True, because=what)
    verdict = exempt() if opened else True
    if isinstance(verdict, Noted) and verdict.value is False:
        return Noted(value=True, because=f"{what}; {verdict.because}")
    if doubts:
        return Unknown(doubts[0])
    if isinstance(verdict, Unknown):
        return verdict
    return Noted(value=False, because=verdict.because) if isinstance(verdict, Noted) else False


class _Book:
    """Split rules by the group they belong to."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Join every rule to its group."""
        self.planned = planned
        self.of: dict[PlannedResource, list[Rules]] = {}
        self.elsewhere: list[tuple[PlannedResource, Rules]] = []
        self.doubts = Doubts(planned)
        """Groups that a rule which may be open might belong to, and why that is not told."""

        self.superseded = {id(plan): _superseded(plan.superseded) for plan in planned.plans}
        for plan in planned.plans:
            if why := next(filter(None, (planned.left_out(plan, type_) for type_ in _RULES)), ""):
                self.doubts.add_plan(plan, why)
        for rule in planned.of(*_RULES):
            direction = rule.text("type", "ingress") if rule.type == "aws_security_group_rule" else "ingress"
            if direction != "egress":
                rules = read_rule(planned, rule, rule)
                rules.completed = completed_in(rule, *_SOURCES)
                if isinstance(direction, Unknown):
                    rules = Rules(doubts=[direction.reason])
                self._file(rule, rules)

    def _file(self, rule: PlannedResource, rules: Rules) -> None:
        target = self.planned.target(rule, "security_group_id", GROUPS)
        if isinstance(target, PlannedResource) and target.mode == "managed":
            self.of.setdefault(target, []).append(rules)
            return
        self.elsewhere.append((rule, rules))
        if isinstance(target, Unknown) and (rules.doubts or openings(rules.grants)):
            reason = f"whether {rule.address} belongs to it cannot be told: {target.reason}"
            self.doubts.add(rule, rule.references("security_group_id") or (), reason)


def _rules_of(planned: PlannedWorld, group: PlannedResource, book: _Book) -> Rules:
    rules = _inline(planned, group, book)
    for rule in book.of.get(group, ()):
        rules.add(rule)
    doubt = book.doubts.about(group)
    if doubt:
        rules.doubts.append(doubt)
    return rules


def _inline(planned: PlannedWorld, group: PlannedResource, book: _Book) -> Rules:
    rules = Rules()
    value = group.get("ingress")
    if value is None or isinstance(value, Unknown):
        # Not set, the attribute is computed: a new group starts without rules, an adopted default group loses them.
        if not group.settled or (isinstance(value, Unknown) and group.configured("ingress")):
            rules.doubts.append("its inline rules are known only after apply" if value else "its rules were not seen")
        return rules
    rules.completed = completed_in(group, "ingress")
    blocks = group.blocks("ingress")
    for block in () if isinstance(blocks, Unknown) else blocks:
        rules.add(read_rule(planned, group, block))
    if not group.settled and not group.configured("ingress"):
        gone = book.superseded[id(group.plan)].get(str(group.values.get("id")), frozenset())
        rules.grants = [grant for grant in rules.grants if grant not in gone]
    return rules


def read_rule(planned: PlannedWorld, owner: PlannedResource, block: Block) -> Rules:
    """Read one rule: an inline block, or a split rule itself."""
    rules = Rules()
    sources = _sources(planned, owner, block, rules.doubts)
    name = "ip_protocol" if owner.type == "aws_vpc_security_group_ingress_rule" else "protocol"
    parts = [block.get(name), block.get("from_port"), block.get("to_port")]
    unknown = next((part for part in parts if isinstance(part, Unknown)), None)
    if unknown is not None:
        rules.doubts += [unknown.reason] if openings((Ports("-1"), cidr) for cidr in sources) else []
        return rules
    reached = ports(*parts)
    if reached is None:
        return Rules()
    rules.grants = [(reached, cidr) for cidr in sources]
    return rules


def _sources(planned: PlannedWorld, owner: PlannedResource, block: Block, doubts: list[str]) -> list[str]:
    """Address ranges that a rule lets in; what is not known goes to `doubts`."""
    found: list[str] = []
    for name in _SOURCES:
        value = block.values.get(name)
        found += [str(item) for item in (value if isinstance(value, list) else [value]) if item is not None]
        texts = block.texts(name)
        if isinstance(texts, Unknown) and not _somebody(planned, owner, block, name):
            doubts.append(f"from where is known only after apply: {name}")
    for name in ("prefix_list_ids", "prefix_list_id"):
        if block.values.get(name) or block.is_unknown(name):
            found += _listed(planned, owner, block, name, doubts)
    return found


def _somebody(planned: PlannedWorld, owner: PlannedResource, block: Block, name: str) -> bool:
    """Whether address ranges that are not known are those of networks or machines of this plan alone."""
    marks = block.unknown.get(name) if isinstance(block.unknown, dict) else None
    told = [mark for mark in (marks if isinstance(marks, list) else [marks]) if mark]
    if told and all(isinstance(mark, (Symbol, Template)) for mark in told):
        return all(_narrow(planned, owner, mark) for mark in told)
    target = planned.target(owner, name, (), block) if name in _SINGLE else None
    return isinstance(target, PlannedResource) and target.type in _NOBODY_ELSE


def _narrow(planned: PlannedWorld, owner: PlannedResource, told: Symbol | Template) -> bool:
    """Whether a range is a network's or machine's own: its address as it is, or with a prefix that is no broad one."""
    parts = told.parts if isinstance(told, Template) else (told,)
    prefix = _PREFIX.fullmatch("".join(part for part in parts[1:] if isinstance(part, str)))
    if not isinstance(parts[0], Symbol) or prefix is None or len(parts) > 2:
        return False
    source = planned.instance(owner, parts[0])
    fits = source is not None and source.type in _NOBODY_ELSE and source.mode == "managed"
    return fits and (not prefix[1] or int(prefix[1]) > BROAD)


def _listed(planned: PlannedWorld, owner: PlannedResource, block: Block, name: str, doubts: list[str]) -> list[str]:
    """Address ranges in the prefix lists that a rule lets in."""
    lists = planned.targets(owner, name, _LISTS, block)
    if isinstance(lists, Unknown):
        doubts.append(lists.reason)
        return []
    found: list[str] = []
    for prefix_list in lists:
        cidrs = _members(planned, owner, prefix_list)
        if isinstance(cidrs, Unknown):
            doubts.append(cidrs.reason)
        else:
            found += cidrs
    return found


def _members(
    planned: PlannedWorld, owner: PlannedResource, prefix_list: PlannedResource | External
) -> list[str] | Unknown:
    if isinstance(prefix_list, External):
        why = planned.left_out(owner, _LISTS[0])
        return Unknown(f"who is in prefix list {prefix_list.value} was not seen{f': {why}' if why else ''}")
    if prefix_list.type == "aws_prefix_list" or str(prefix_list.values.get("name")).startswith("com.amazonaws."):
        return []
    entries = prefix_list.blocks("entries" if prefix_list.mode == "data" else "entry")
    if isinstance(entries, Unknown) and prefix_list.settled and not prefix_list.configured("entry"):
        entries = ()
    split = planned.attached(prefix_list, "aws_ec2_managed_prefix_list_entry", "prefix_list_id", every=True)
    unread = next((part for part in (entries, split) if isinstance(part, Unknown)), None)
    if unread is not None and prefix_list.plan.is_live:
        return Unknown(f"who is in {prefix_list.address} was not seen: {unread.reason}")
    if isinstance(entries, Unknown) or isinstance(split, Unknown):
        return Unknown(f"who is in {prefix_list.address} is known only after apply")
    cidrs = [entry.text("cidr") for entry in (*entries, *split)]
    unknown = next((cidr for cidr in cidrs if isinstance(cidr, Unknown)), None)
    return unknown or [cidr for cidr in cidrs if isinstance(cidr, str)]


def _superseded(changed: list[tuple[str, Any]]) -> dict[str, frozenset[tuple[Ports, str]]]:
    """What rules granted before this plan changed or deleted them, by their group's id."""
    found: dict[str, set[tuple[Ports, str]]] = {}
    for type_, before in changed:
        if type_ in _RULES and isinstance(before, dict):
            reached = ports(
                before.get("protocol") or before.get("ip_protocol"), before.get("from_port"), before.get("to_port")
            )
            values = [before.get(name) for name in _SOURCES]
            cidrs = [str(item) for value in values for item in (value if isinstance(value, list) else [value]) if item]
            if reached is not None:
                found.setdefault(str(before.get("security_group_id")), set()).update((reached, cidr) for cidr in cidrs)
    return {group: frozenset(grants) for group, grants in found.items()}
