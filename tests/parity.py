"""A stack's plan and the account it was applied to, side by side: resources, facts, verdicts, and how they differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from parity_sides import Side, flows_of
from scanner.collect.items import Item
from scanner.findings import Finding, Status
from scanner.kinds import TIERS
from scanner.model import Resource, Statement, Unknown, fact_names
from scanner.run import Judged
from scanner.terraform.planfile import Source
from truth import Applied

_SIDES_DIFFER = frozenset({"id", "planned"})
"""Facts that say where a resource was read."""

_SAY_WHERE = frozenset({"account", "region", "name"})
"""Facts that are empty where they are not known."""

_BROUGHT = {"may_hold": False, "may_hold_possibly": True, "may_receive": True, "receives": False}
"""Facts that list what the flows that were seen bring, and whether they list what may be as well."""

_OF_PEOPLE = frozenset({"prompt", "user_identity", "upload", "feedback"})
"""What people send, as `scanner.graph.transfer` has it."""

_OF_FLOWS = ("how", "tier", "rule", "encrypted", "guards", "content", "regions", "models", "hosts")
"""Facts of flows that are read, and not worked out from others."""

_OWN_NAMES = ("arn", "agent_alias_arn", "agent_arn", "guardrail_arn", "id")
"""Attributes of a resource in terraform's state by which the account may know it."""

_FULL_NAMES = {
    "aws_bedrock_model_invocation_logging_configuration": "arn:aws:bedrock:{id}:123456789012:logging/modelinvocations",
    "aws_bedrockagent_agent_action_group": ":agent/{agent_id}/action-group/{action_group_id}",
    "aws_bedrockagent_agent_knowledge_base_association": ":agent/{agent_id}/knowledge-base/{knowledge_base_id}",
    "aws_bedrockagent_data_source": ":knowledge-base/{knowledge_base_id}/data-source/{data_source_id}",
    "aws_cloudwatch_log_metric_filter": ":log-group:{log_group_name}:metric-filter:{name}",
    "aws_iam_access_key": ":user/{user}/access-key-1",
    "aws_iam_account_password_policy": ":password-policy",
    "aws_s3_bucket_policy": ":::{bucket}?policy",
    "aws_lambda_function_url": ":function:{function_name}/url",
}
"""How the full name ends of what has no ARN, made of its attributes in terraform's state."""

_INLINE = {
    "aws_iam_role_policy": ("aws_iam_role", "role"),
    "aws_iam_user_policy": ("aws_iam_user", "user"),
    "aws_iam_group_policy": ("aws_iam_group", "group"),
}
"""Policies that are nothing of their own in an account, and whom they are of: findings are filed under those."""

_SPLIT = {
    "aws_secretsmanager_secret_policy": ("aws_secretsmanager_secret", "secret_arn"),
    "aws_sns_topic_policy": ("aws_sns_topic", "arn"),
    "aws_sqs_queue_policy": ("aws_sqs_queue", "queue_url"),
}
"""Policies of things, which an account has as a part of these."""

_OWNERS = frozenset(owner for owner, _ in _INLINE.values())

DECIDED = frozenset({Status.PASS, Status.FAIL})


@dataclass(frozen=True, order=True)
class Difference:
    """Something that the plan and the account do not say alike."""

    what: str
    """`planned` or `live` with a kind and type, for a resource of one side alone; a fact, as kind.fact; a control, with
    `planned` or `live` before it where one side alone judges, and `unread` where the account's scan cannot decide."""

    subject: str
    """Address in the plan; full name in the cloud of what no plan has."""

    told: str = field(compare=False)
    """What each side says."""


@dataclass(frozen=True)
class FactPair:
    """A fact that both sides know."""

    planned: Resource
    name: str
    theirs: Any
    """The plan's value, in the account's words."""

    ours: Any

    @property
    def equal(self) -> bool:
        """Whether they say the same: several values in any order; ~ in a plan's pattern is text it does not know."""
        if not isinstance(self.theirs, tuple) or not isinstance(self.ours, tuple):
            return bool(self.theirs == self.ours)
        if not any("~" in str(value) for value in self.theirs):
            return sorted(map(repr, self.theirs)) == sorted(map(repr, self.ours))
        patterns = [re.compile(".*".join(map(re.escape, str(value).split("~")))) for value in self.theirs]
        met = [[pattern for pattern in patterns if pattern.fullmatch(str(value))] for value in self.ours]
        return all(met) and {pattern for found in met for pattern in found} == set(patterns)


@dataclass(frozen=True)
class Verdict:
    """What a control says on both sides of something that is on both."""

    control: str
    subject: str
    """Its address in the plan."""

    kind: str
    planned: Status | None
    live: Status | None
    """None where the control does not ask about it on that side."""

    told: str
    """The reasons of both sides."""

    @property
    def by_both(self) -> bool:
        """Whether both sides decide."""
        return self.planned in DECIDED and self.live in DECIDED


@dataclass(frozen=True)
class Stack:
    """One stack, judged twice."""

    name: str
    planned: Judged
    live: Judged
    items: tuple[Item, ...]
    """What was read of the account."""

    state: Mapping[str, tuple[str, Mapping[str, Any]]]
    """Type and values of each resource that terraform made, by address."""

    live_only: frozenset[str]
    """Controls that ask nothing about plans."""

    plan: Source = field(default=Source("plan.json", b""))
    """The plan, with the sources that its saved plan holds."""

    made: Applied = field(default_factory=dict)
    """What the apply made, with what data sources answered."""

    @cached_property
    def subjects(self) -> dict[str, str]:
        """What stands in the account for each subject of the plan."""
        by_name = {(item.type, name): item.id for item in self.items for name in _names(item.values, item.id)}
        owners = {(item.type, item.values.get("name")): item.id for item in self.items if item.type in _OWNERS}
        found = {subject: subject for subject in _subjects(self.planned) if subject not in self.state}
        for address, (type_, values) in self.state.items():
            end = _FULL_NAMES.get(type_, "no end").format_map(values)
            owner, attribute = _INLINE.get(type_, ("", ""))
            known = [by_name.get((type_, name)) for name in _names(values)]
            ends = [item.id for item in self.items if item.type == type_ and item.id.endswith(end)]
            whole = self._whole(type_, values)
            known += [by_name.get((_SPLIT[type_][0], name)) for name in whole]
            live = next(filter(None, [*known, *ends, owners.get((owner, values.get(attribute)))]), None)
            if live:
                found[address] = live
        there = {flow.id for flow in flows_of(self.live)}
        for flow in flows_of(self.planned):
            start, end = (found.get(id_, id_) for id_ in (flow.source, flow.target))
            found[flow.id] = f"{start} -> {end} ({flow.how})"
            if found[flow.id] not in there:
                del found[flow.id]
        return found

    def _whole(self, type_: str, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of what a policy of its own in a plan is a part of in an account."""
        owner, attribute = _SPLIT.get(type_, ("", ""))
        named = (tuple(_names(v)) for t, v in self.state.values() if owner and t == owner)
        return next((names for names in named if values[attribute] in names), ())

    @cached_property
    def sides(self) -> dict[str, Side]:
        """What each side sees of flows, in the account's words."""
        names = {"planned": self.subjects, "live": {}}
        return {name: Side.of(getattr(self, name), names[name]) for name in names}

    @cached_property
    def addresses(self) -> dict[str, str]:
        """Subject of the plan by what stands for it in the account; of a role and its policies, the role."""
        policies = {address for address, (type_, _) in self.state.items() if type_ in _INLINE or type_ in _SPLIT}
        return {live: subject for subject, live in self.subjects.items() if subject not in policies}

    @cached_property
    def resources(self) -> list[tuple[Resource, Resource]]:
        """Resources of plan and account that are the same."""
        live = {(r.kind, r.id): r for r in _all(self.live)}
        pairs = ((r, live.get((r.kind, self._live_id(r)))) for r in _all(self.planned))
        return [(planned, found) for planned, found in pairs if found is not None]

    def _live_id(self, planned: Resource) -> str:
        """What a resource of the plan, or a statement of a policy, is called in the account; empty where nothing is."""
        if not isinstance(planned, Statement):
            return self.subjects.get(planned.id, "")
        holder, number = self.subjects.get(planned.policy, ""), planned.id.removeprefix(planned.policy)
        type_, values = self.state.get(planned.policy, ("", {}))
        inline = "inline/trust" if values.get("name") == "trust" else values.get("name")
        return f"{holder}#{inline}{number}" if type_ in _INLINE else f"{holder}{number}"

    @cached_property
    def alone(self) -> list[tuple[str, Resource]]:
        """Resources that one side alone has, with the side."""
        met = {id(resource) for pair in self.resources for resource in pair}
        unseen = tuple(filter(None, (self._live_id(s) for s in self.planned.world.statements if _is_unseen(s))))
        sides = (("planned", self.planned), ("live", self.live))
        alone = [(side, found) for side, judged in sides for found in _all(judged) if id(found) not in met]
        return [(side, r) for side, r in alone if not _is_unseen(r) and not (unseen and r.id.startswith(unseen))]

    @cached_property
    def facts(self) -> list[FactPair]:
        """Every fact that both sides know."""
        return [
            FactPair(planned, name, self._as_live(getattr(planned, name)), getattr(live, name))
            for planned, live in self.resources
            for name in fact_names(type(planned))
            if name not in _SIDES_DIFFER and all(_known(name, getattr(r, name)) for r in (planned, live))
        ]

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """Every verdict on what both sides have."""
        planned = _by_subject(self.planned, self.subjects)
        live = _by_subject(self.live, dict(zip(self.addresses, self.addresses, strict=True)))
        kinds = {resource.id: resource.kind for resource in self.live.world.resources}
        found = []
        for control, subject in sorted({*planned, *live}):
            theirs, ours = planned.get((control, subject), []), live.get((control, subject), [])
            if control not in self.live_only and subject in self.addresses:
                told = f"plan: {_reasons(theirs)}; account: {_reasons(ours)}"
                kind = kinds.get(subject, "statement")
                verdict = Verdict(control, self.addresses[subject], kind, _worst(theirs), _worst(ours), told)
                found.append(verdict)
        return found

    def differences(self) -> Iterator[Difference]:
        """Everything in which plan and account differ."""
        for side, resource in self.alone:
            yield Difference(f"{side} {resource.kind}.{resource.type}", resource.id, resource.name)
        yield from self._flows_that_differ()
        for fact in self.facts:
            if not fact.equal and not self._is_brought_unseen(fact):
                told = f"plan: {fact.theirs}; account: {fact.ours}"
                yield Difference(f"{fact.planned.kind}.{fact.name}", fact.planned.id, told)
        for verdict in self.verdicts:
            how = _differs(verdict)
            if how is not None and not self._is_asked_unseen(how, verdict):
                yield Difference(f"{how} {verdict.control}".strip(), verdict.subject, verdict.told)

    def _flows_that_differ(self) -> Iterator[Difference]:
        """Flows of one side alone, where neither says that it does not see all flows there, and flows that differ."""
        planned, live = self.sides["planned"], self.sides["live"]
        for id_ in sorted({*planned.flows, *live.flows}):
            theirs, ours = planned.flows.get(id_), live.flows.get(id_)
            flow = theirs or ours
            if flow is None or planned.hides(flow) or live.hides(flow):
                continue
            if theirs is None or ours is None:
                yield Difference(f"{'live' if theirs is None else 'planned'} flow", id_, f"{flow.rule}: {flow.reason}")
                continue
            for name in _OF_FLOWS:
                pair = FactPair(theirs, name, self._as_live(getattr(theirs, name)), getattr(ours, name))
                if all(_known(name, value) for value in (pair.theirs, pair.ours)) and not pair.equal:
                    yield Difference(f"flow.{name}", self.addresses[id_], f"plan: {pair.theirs}; account: {pair.ours}")

    def _is_brought_unseen(self, fact: FactPair) -> bool:
        """Whether each class of data that one side does not tell comes over a flow that it says it does not see.

        Of what may be, a side tells more where it takes what it does not see for something that people may send to.
        """
        if fact.name not in _BROUGHT:
            return False
        planned, live, subject = self.sides["planned"], self.sides["live"], self._live_id(fact.planned)
        theirs, ours = set(fact.theirs), set(fact.ours)

        def excused(more: set[str], seen: Side, mine: Side) -> bool:
            taken = more <= _OF_PEOPLE and _BROUGHT[fact.name] and subject in seen.leading_on(seen.hidden)
            return not more or taken or subject in mine.misses(seen)

        return excused(theirs - ours, planned, live) and excused(ours - theirs, live, planned)

    def _is_asked_unseen(self, how: str, verdict: Verdict) -> bool:
        """Whether one side does not ask, for a flow that it says it does not see where the control says so as well.

        Or the other side asks, and finds no fault, for flows that are possible where it says that it does not see all.
        """
        other = {"planned": "live", "live": "planned"}.get(how)
        if other is None:
            return False
        mine, seen = self.sides[other], self.sides[how]
        subject = self.subjects.get(verdict.subject, verdict.subject)
        if subject in mine.misses(seen) and not mine.hidden.isdisjoint(mine.open.get(verdict.control, ())):
            return True
        doubted = [f for f in seen.flows.values() if f.tier == TIERS[-1] and seen.hides(f) and f.id not in mine.flows]
        behind = seen.leading_on(end for flow in doubted for end in (flow.id, flow.source, flow.target))
        return subject in behind and Status.FAIL not in {verdict.planned, verdict.live}

    def _as_live(self, value: Any) -> Any:
        """A value of the plan in the account's words: subjects by their full names."""
        if isinstance(value, str):
            text = re.sub(r"\$\{([^}]+)\}(?:=~)?", lambda found: self.subjects.get(found[1], found[0]), value)
            return self.subjects.get(text, text)
        return tuple(map(self._as_live, value)) if isinstance(value, tuple) else value


def instances(module: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, Mapping[str, Any]]]]:
    """Every managed resource of a module in terraform's state, and of those within it, by address."""
    for resource in module.get("resources", ()):
        if resource["mode"] == "managed":
            yield resource["address"], (resource["type"], resource["values"])
    for child in module.get("child_modules", ()):
        yield from instances(child)


def _all(judged: Judged) -> Iterator[Resource]:
    yield from judged.world.resources
    yield from judged.world.statements


def _is_unseen(resource: Resource) -> bool:
    """Whether it stands for all statements of a policy that a plan does not show."""
    return isinstance(resource, Statement) and "#" not in resource.id.removeprefix(resource.policy)


def _subjects(judged: Judged) -> set[str]:
    return {resource.id for resource in judged.world.resources} | {f.subject for f in judged.run.findings}


def _names(values: Mapping[str, Any], *more: str) -> Iterator[str]:
    yield from more
    yield from (values[name] for name in _OWN_NAMES if isinstance(values.get(name), str))


def _known(name: str, value: Any) -> bool:
    return not isinstance(value, Unknown) and not (name in _SAY_WHERE and value == "")


def _by_subject(judged: Judged, subjects: Mapping[str, str]) -> dict[tuple[str, str], list[Finding]]:
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in judged.run.findings:
        if finding.subject in subjects:
            found.setdefault((finding.control, subjects[finding.subject]), []).append(finding)
    return found


def _worst(findings: Iterable[Finding]) -> Status | None:
    """The verdict on several things that are one in an account, such as a role's policies."""
    statuses = {finding.status for finding in findings}
    return next((status for status in (Status.FAIL, Status.UNKNOWN, Status.PASS) if status in statuses), None)


def _reasons(findings: Iterable[Finding]) -> str:
    return ", ".join(f"{finding.status} ({finding.reason})" for finding in findings)


def _differs(verdict: Verdict) -> str | None:
    """How the sides differ; None where they do not, or where the plan cannot decide."""
    if Status.UNKNOWN in {verdict.planned, verdict.live} and None in {verdict.planned, verdict.live}:
        return None  # whether it is asked at all may be what one side does not know
    if verdict.planned is None or verdict.live is None:
        return "live" if verdict.planned is None else "planned"
    if verdict.planned in DECIDED and verdict.live is Status.UNKNOWN:
        return "unread"
    return "" if verdict.by_both and verdict.planned is not verdict.live else None
