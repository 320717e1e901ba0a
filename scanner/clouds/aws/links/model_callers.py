"""What runs code, by what grants let it do with models and stores, and where code learns what it is to call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scanner.clouds.aws.links.chains import Chain, chains_of
from scanner.clouds.aws.links.scope import Among, Width, width
from scanner.clouds.aws.links.seen import Seen
from scanner.hcl.values import Template
from scanner.kinds import TIERS, Compute, Flow, Grant
from scanner.model import Resource, Statement, Unknown
from scanner.terraform.instances import PlannedResource

_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "aws_apprunner_service": ("source_configuration",),
    "aws_batch_job_definition": ("container_properties", "ecs_properties"),
    "aws_ecs_task_definition": ("container_definitions",),
    "aws_glue_job": ("default_arguments",),
    "aws_instance": ("user_data", "user_data_base64"),
    "aws_lambda_function": ("environment",),
    "aws_launch_template": ("user_data",),
    "aws_sagemaker_model": ("primary_container", "container"),
    "aws_sfn_state_machine": ("definition",),
}
"""Where code learns what it is to call."""

_STAND_FOR_OTHERS = frozenset({"service", "configuration", "target", "stack", "pipeline"})
"""Types of compute that run no code of their own: a service's runs as its task definition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """That something may call something else."""

    caller: PlannedResource
    role: str
    target: Resource
    grant: Grant
    statement: Statement | None
    tier: str
    reason: str
    chained: bool = False
    """Whether it may only as another, which it may become."""


def running(seen: Seen) -> Iterator[tuple[Compute, PlannedResource]]:
    """Everything that runs code, with the resource that it was read from."""
    for one in seen.world.resources:
        planned = seen.by_id.get(one.id)
        if isinstance(one, Compute) and one.type not in _STAND_FOR_OTHERS and planned is not None:
            yield one, planned


def settings_text(owner: PlannedResource) -> str:
    """All that the settings of what runs say, as far as it is known; never to be shown."""
    return " ".join(filter(None, (_text(owner, name) for name in _SETTINGS.get(owner.type, ()))))


def _text(owner: PlannedResource, name: str) -> str:
    """What a setting says; of one that waits for apply in part, the rest, with a sign where something is left out."""
    value = owner.values.get(name)
    told = owner.get(name) if value is None else value
    if isinstance(told, Template):
        return "@".join(part if isinstance(part, str) else "" for part in told.parts)
    return "" if isinstance(told, Unknown) or not told else str(told)


def made_from(seen: Seen, owner: PlannedResource) -> Iterator[PlannedResource]:
    """What the settings of what runs refer to."""
    for name in _SETTINGS.get(owner.type, ()):
        yield from seen.planned.mentioned(owner, name)


def policy_names(seen: Seen, policy: PlannedResource) -> Iterator[PlannedResource]:
    """What a policy is made from, be it known or not."""
    for path in (("policy",), ("inline_policy", "policy")):
        yield from seen.planned.mentioned(policy, *path)


def calls(seen: Seen, level: str, types: tuple[str, ...]) -> Iterator[Call]:
    """What grants of a level let code do with resources of the provider's types."""
    wanted = {one.id: one for one in seen.world.resources if one.origin.type in types}
    if not wanted:
        return
    acting: dict[str, list[tuple[PlannedResource, Chain | None]]] = {}
    for compute, planned in running(seen):
        if isinstance(compute.acts_as, str) and compute.acts_as:
            acting.setdefault(compute.acts_as, []).append((planned, None))
            for chain in chains_of(seen).of(compute.acts_as):
                acting.setdefault(chain.role, []).append((planned, chain))
    found: list[Call] = []
    for grant in seen.world.grants:
        if isinstance(grant, Grant) and grant.level == level and any(id_ in wanted for id_ in grant.resources):
            found += _calls(seen, grant, [wanted[id_] for id_ in grant.resources if id_ in wanted], acting)
    itself = {(one.caller.id, one.target.id) for one in found if not one.chained}
    yield from (one for one in found if not one.chained or (one.caller.id, one.target.id) not in itself)


def _calls(
    seen: Seen,
    grant: Grant,
    targets: list[Resource],
    acting: Mapping[str, list[tuple[PlannedResource, Chain | None]]],
) -> Iterator[Call]:
    """What one grant lets code do; its statements all say the same, each of whom it binds."""
    first = next((seen.statements[id_] for id_ in grant.statements if id_ in seen.statements), None)
    binding: dict[str, Statement] = {}
    for one in (seen.statements[id_] for id_ in grant.statements if id_ in seen.statements):
        for who in () if isinstance(one.binds, Unknown) else one.binds:
            binding.setdefault(who, one)
    for target in targets:
        for role, caller, chain in ((who, *one) for who in grant.identities for one in acting.get(who, ())):
            statement = binding.get(role, first)
            tier, reason = _tier(seen, grant, statement, caller, target)
            if tier and chain is not None:
                tier = max(tier, chain.tier, key=TIERS.index)
                reason = f"{reason}, as {role}; {chain.said}"
            if tier:
                yield Call(
                    caller=caller, role=role, target=target, grant=grant, statement=statement, tier=tier, reason=reason,
                    chained=chain is not None,
                )  # fmt: skip


def _tier(
    seen: Seen, grant: Grant, statement: Statement | None, caller: PlannedResource, target: Resource
) -> tuple[str, str]:
    if not grant.definite and statement is not None and isinstance(statement.actions, Unknown):
        policy = seen.by_id.get(statement.policy)
        if policy is not None and any(one.id == target.id for one in policy_names(seen, policy)):
            return "likely", ", as a policy that is known only after apply names it"
        return ("likely", ", as a setting names it") if _names(seen, caller, target.id) else ("", "")
    if not grant.definite:
        tier = "likely" if statement is not None and _by_name(statement, grant, target) else "possible"
        return tier, f"; it is not certain: {grant.reason}" if grant.reason else ""
    if _scoped(statement):
        return "likely", ""
    if _names(seen, caller, target.id):
        return "likely", ", as it may with all of them, and a setting names it"
    return "possible", ", as it may with all of them"


def _names(seen: Seen, owner: PlannedResource, target: str) -> bool:
    """Whether a setting is made from a resource, or holds one of its names."""
    if any(one.id == target for one in made_from(seen, owner)):
        return True
    planned = seen.by_id.get(target)
    called = (planned.values.get(key) for key in ("arn", "id", "name")) if planned is not None else ()
    text = settings_text(owner)
    return any(isinstance(name, str) and f"'{name}'" in text for name in called)


def _scoped(statement: Statement | None) -> bool:
    """Whether a statement names what it is about; no policy that AWS maintains names what a customer has."""
    if statement is None or statement.managed_by == "provider" or statement.not_resources:
        return False
    return statement.wildcard_resource is False


def _by_name(statement: Statement, grant: Grant, target: Resource) -> bool:
    """Whether a statement without conditions names a resource: it is not certain only that this is the one."""
    if statement.conditions or statement.effect != "Allow":
        return False
    return width(statement, target, grant.actions, Among({target.id: target})) is Width.NAMED


def by_statement(flow: Flow, statement: Statement | None) -> Flow:
    """A flow that a statement shows: it stands where the statement stands."""
    return flow if statement is None else replace(flow, attribute=statement.id, origin=statement.origin)


def flow_of(seen: Seen, call: Call, *, rule: str, said: str, how: str = "invokes", **about: Any) -> Flow:
    """The flow from a caller to what it may call."""
    flow = seen.flow(
        how, call.caller, call.target.id, owner=call.caller, rule=rule, attribute="", tier=call.tier,
        reason=f"{said}{call.reason}", encrypted=True, **about,
    )  # fmt: skip
    return by_statement(flow, call.statement)
