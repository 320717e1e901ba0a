"""Jobs that delete: what a schedule runs, and what its permissions let it take out of a store.

A deletion moves no data; it is told so that it can be asked which stores a deletion reaches. What else may delete is
told by its permissions alone (`reading`). Retention that a store keeps itself is a fact of that store.
Source: AWS Service Authorization Reference (actions that take data out, and nothing else).
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links import model_callers as callers
from scanner.clouds.aws.links.moves import DELETES, moves
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import MACHINE, RUNS, canonical
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_STORES = (
    "aws_s3_bucket", "aws_dynamodb_table", "aws_opensearch_domain", "aws_elasticsearch_domain",
    "aws_s3vectors_index", "aws_s3vectors_vector_bucket", "aws_rds_cluster",
)  # fmt: skip
_RULE, _TARGET, _SCHEDULE = "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target", "aws_scheduler_schedule"
_STARTS = ("ecs_target", "ecs_parameters")
_TASK = ("aws_ecs_task_definition",)
_STEPS = 3
"""How far a schedule reaches: a workflow, and what its steps start."""


def flows(seen: Seen) -> Iterator[Linked]:
    """What jobs on a schedule delete."""
    jobs = scheduled(seen)
    if not jobs:
        return
    for call in callers.calls(seen, "delete", _STORES):
        schedule = jobs.get(call.caller.id)
        taken = set(moves(call.target.origin.type).get(DELETES, ())).intersection(call.grant.actions)
        if schedule and taken:
            said = f"{schedule} runs it, and its identity may do {', '.join(sorted(taken))}"
            flow = callers.flow_of(seen, call, how="deletes", rule="aws-deletion-job", said=said)
            yield flow


def scheduled(seen: Seen) -> dict[str, str]:
    """What schedules run, by its id, each with the schedule."""
    found: dict[str, str] = {}
    for target in seen.planned.of(_TARGET):
        rule = seen.planned.target(target, "rule", (_RULE,))
        if isinstance(rule, PlannedResource) and rule.get("schedule_expression") and not _off(rule):
            _take(seen, target, target, rule.id, found)
    for schedule in seen.planned.of(_SCHEDULE):
        for block in () if _off(schedule) else blocks_at(schedule, ("target",)):
            _take(seen, schedule, block, schedule.id, found)
    started = dict(found)
    for _ in range(_STEPS):
        started = _next(seen, started, found)
    return found


def _off(schedule: PlannedResource) -> bool:
    """Whether a rule or schedule is switched off."""
    return schedule.text("state", "ENABLED") == "DISABLED" or schedule.values.get("is_enabled") is False


def _take(seen: Seen, owner: PlannedResource, block: Block, schedule: str, found: dict[str, str]) -> None:
    inner = None if block is owner else block
    target = seen.planned.target(owner, "arn", (*RUNS, "aws_lambda_alias"), inner)
    if isinstance(target, PlannedResource):
        found.setdefault(canonical(seen, target).id, schedule)
    for name in _STARTS:
        for parameters in blocks_at(block, (name,)):
            task = seen.planned.target(owner, "task_definition_arn", _TASK, parameters)
            if isinstance(task, PlannedResource):
                found.setdefault(task.id, schedule)


def _next(seen: Seen, started: dict[str, str], found: dict[str, str]) -> dict[str, str]:
    """What workflows that were started start in turn."""
    more: dict[str, str] = {}
    for id_, schedule in started.items():
        machine = seen.by_id.get(id_)
        if machine is not None and machine.type == MACHINE:
            for one in _called(seen, machine):
                if one.id not in found:
                    found[one.id] = more[one.id] = schedule
    return more


def _called(seen: Seen, machine: PlannedResource) -> Iterator[PlannedResource]:
    """What the steps of a workflow run."""
    yield from (one for one in seen.planned.mentioned(machine, "definition") if one.type in RUNS)
    text = machine.values.get("definition")
    if isinstance(text, str):
        for one in seen.planned.of(*RUNS):
            arn = one.values.get("arn")
            if one.plan is machine.plan and isinstance(arn, str) and f'"{arn}' in text:
                yield one
