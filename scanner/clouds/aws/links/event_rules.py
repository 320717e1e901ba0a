"""EventBridge: buses with their rules, schedules, and pipes.

A rule stands for what it matches where its bus is no resource, as that of every account is not. Sources: Amazon
EventBridge User Guide, "Event bus targets", "API destinations", "EventBridge Pipes"; EventBridge Scheduler User Guide,
"Managing targets" (the ARNs of universal targets name an operation); Amazon S3 User Guide, "Using EventBridge".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.json_text import read_json
from scanner.clouds.aws.links.ends import End
from scanner.clouds.aws.links.hosts import host_of
from scanner.clouds.aws.links.leads import Setting, leads, leads_to
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import (
    BUCKET,
    BUS,
    MACHINE,
    QUEUE,
    STREAM,
    TABLE,
    TAKES,
    TASK,
    at,
    called,
    ends_at,
)
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.hcl.values import Symbol, Template
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_RULE, _TARGET = "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"
_DESTINATION = "aws_cloudwatch_event_api_destination"
_FEEDS = (QUEUE, STREAM, TABLE, "aws_msk_cluster", "aws_mq_broker")
_SHADOWS = frozenset({"aws_ecs_cluster", "aws_batch_job_queue"})
"""Types whose ARN a target names where another block of it says what is run there."""

_RUN_THERE = (("ecs_target", "task_definition_arn", (TASK,)),
              ("ecs_parameters", "task_definition_arn", (TASK,)),
              ("ecs_task_parameters", "task_definition_arn", (TASK,)),
              ("batch_target", "job_definition", ("aws_batch_job_definition",)),
              ("batch_job_parameters", "job_definition", ("aws_batch_job_definition",)))  # fmt: skip
_UNIVERSAL = re.compile(r"arn:[^:]*:scheduler:::aws-sdk:([a-z0-9-]+):(\w+)")
_NAMED_BY = {"lambda": "FunctionName", "sqs": "QueueUrl", "sns": "TopicArn", "sfn": "StateMachineArn"}
_MATCHED = (("bucket", "name", BUCKET), ("requestParameters", "bucketName", BUCKET))


def flows(seen: Seen) -> Iterator[Linked]:
    """Targets of rules and schedules, and both sides of pipes."""
    for target in seen.planned.of(_TARGET):
        yield from _target(seen, target)
    for schedule in seen.planned.of("aws_scheduler_schedule"):
        for block in blocks_at(schedule, ("target",)):
            yield from _scheduled(seen, schedule, block)
    for pipe in seen.planned.of("aws_pipes_pipe"):
        yield from _pipe(seen, pipe)


def _target(seen: Seen, target: PlannedResource) -> Iterator[Linked]:
    rule = seen.planned.target(target, "rule", (_RULE,))
    if not isinstance(rule, PlannedResource) or rule.mode != "managed" or off(rule):
        return
    setting = Setting(
        owner=target, attribute="arn", anchor=("rule",),
        rule="aws-event-rule", reason=f"{rule.id} sends it the events that it matches",
    )  # fmt: skip
    for source in _sources(seen, rule):
        yield from _started(seen, source, setting, target)
        for block in blocks_at(target, ("dead_letter_config",)):
            yield from leads(seen, source, _failed(target, block, "dead_letter_config"))


def off(rule: PlannedResource) -> bool:
    """Whether a rule is switched off."""
    return rule.values.get("state") == "DISABLED" or (
        rule.values.get("is_enabled") is False and rule.values.get("state") is None
    )


def _failed(owner: PlannedResource, block: Block, within: str) -> Setting:
    return Setting(
        owner=owner, block=block, attribute="arn", within=within, rule="aws-dead-letter", types=(QUEUE,),
        reason="what could not be delivered goes there",
    )  # fmt: skip


def _sources(seen: Seen, rule: PlannedResource) -> tuple[End, ...]:
    """What the events come from: a bus of one's own, a bucket that the pattern names, or else the rule itself."""
    matched = tuple(_matched(seen, rule))
    if matched:
        return matched
    found = ends_at(seen, rule, "event_bus_name", (BUS,))
    buses = () if isinstance(found, Unknown) else found
    own = tuple(one for one in buses if not one.id.endswith(("ext:default", "event-bus/default")))
    return own or (at(seen, rule),)


def _matched(seen: Seen, rule: PlannedResource) -> Iterator[End]:
    """Buckets whose events the pattern asks for by name."""
    text = rule.get("event_pattern")
    if not isinstance(text, (str, Template)) or not text:
        if isinstance(text, Unknown) and not rule.plan.is_live and rule.configured("event_pattern"):
            named = [one for one in seen.planned.mentioned(rule, "event_pattern") if one.type == BUCKET]
            yield from (at(seen, one) for one in named)
        return
    pattern = read_json(text, "event_pattern")
    detail = pattern.get("detail") if isinstance(pattern, dict) else None
    for outer, inner, type_ in _MATCHED:
        part = detail.get(outer) if isinstance(detail, dict) else None
        names = part.get(inner) if isinstance(part, dict) else None
        for name in names if isinstance(names, list) else ():
            yield from _one(seen, rule, name, type_)


def _one(seen: Seen, owner: PlannedResource, name: Any, type_: str) -> Iterator[End]:
    """A resource by a name in JSON, which may be that of one that is still to be made."""
    if isinstance(name, str):
        yield called(seen, owner, f"arn:aws:s3:::{name}" if type_ == BUCKET else name, (type_,))
    elif isinstance(name, Symbol):
        found = seen.planned.instance(owner, name)
        if found is not None:
            yield at(seen, found)


def _started(
    seen: Seen, source: End, setting: Setting, owner: PlannedResource, block: Block | None = None
) -> Iterator[Linked]:
    """What a target's ARN names, or what it says is run there, or the host behind an API destination."""
    holder = block or owner
    run_there = [
        (inner, name, attribute, types)
        for name, attribute, types in _RUN_THERE
        for inner in _inner(holder, name)
    ]  # fmt: skip
    within = f"{setting.within}." if setting.within else ""
    for inner, name, attribute, types in run_there:
        run = Setting(
            owner=owner, block=inner, attribute=attribute, within=f"{within}{name}", types=types, rule=setting.rule,
            reason=setting.reason,
        )  # fmt: skip
        yield from leads(seen, source, run)
    if run_there:
        return
    for one in _destinations(seen, setting, owner, block):
        end = host_of(seen, one, "invocation_endpoint")
        if isinstance(end, End):
            yield from leads_to(seen, source, end, setting)
        return
    yield from leads(seen, source, setting)


def _inner(holder: Block, name: str) -> tuple[Block, ...]:
    found = holder.blocks(name)
    return () if isinstance(found, Unknown) else found


def _destinations(
    seen: Seen, setting: Setting, owner: PlannedResource, block: Block | None
) -> Iterator[PlannedResource]:
    found = seen.planned.target(owner, setting.attribute, TAKES, block)
    if isinstance(found, PlannedResource) and found.type == _DESTINATION and found.mode == "managed":
        yield found


def _scheduled(seen: Seen, schedule: PlannedResource, block: Block) -> Iterator[Linked]:
    if schedule.values.get("state") == "DISABLED":
        return
    node = at(seen, schedule)
    setting = Setting(
        owner=schedule, block=block, attribute="arn", within="target", rule="aws-schedule",
        reason="the schedule starts it",
    )  # fmt: skip
    universal = _UNIVERSAL.fullmatch(str(block.values.get("arn")))
    if universal:
        yield from _universal(seen, node, setting, block, universal[1])
    else:
        yield from _started(seen, node, setting, schedule, block)
    for inner in _inner(block, "dead_letter_config"):
        yield from leads(seen, node, _failed(schedule, inner, "target.dead_letter_config"))


def _universal(seen: Seen, node: End, setting: Setting, block: Block, service: str) -> Iterator[Linked]:
    """What the input of an operation names."""
    value = block.get("input")
    document = read_json(value, "input") if isinstance(value, (str, Template)) and value else None
    name = document.get(_NAMED_BY.get(service, "")) if isinstance(document, dict) else None
    type_ = {"sqs": QUEUE, "sns": "aws_sns_topic", "sfn": MACHINE}.get(service, TAKES[0])
    found = list(_one(seen, setting.owner, name, type_))
    if not found and isinstance(value, Unknown):
        mentioned = seen.planned.referred(setting.owner, block.references("input") or ())
        found = [at(seen, one) for one in mentioned if one.type in TAKES]
    for one in found:
        yield from leads_to(seen, node, one, setting)


def _pipe(seen: Seen, pipe: PlannedResource) -> Iterator[Linked]:
    if pipe.values.get("desired_state") == "STOPPED":
        return
    node = at(seen, pipe)
    source = Setting(
        owner=pipe, attribute="source", rule="aws-pipe", types=_FEEDS, how="reads_from",
        reason="the pipe takes what comes in there",
    )  # fmt: skip
    yield from leads(seen, node, source, back=True)
    enrichment = Setting(
        owner=pipe, attribute="enrichment", rule="aws-pipe", how="invokes", reason="the pipe has it enrich each event"
    )
    yield from leads(seen, node, enrichment)
    target = Setting(owner=pipe, attribute="target", rule="aws-pipe", reason="the pipe hands on what it takes")
    inner = next(iter(blocks_at(pipe, ("target_parameters",))), None)
    if inner is not None and any(_inner(inner, name) for name, _, _ in _RUN_THERE):
        for name, attribute, types in _RUN_THERE:
            for block in _inner(inner, name):
                run = Setting(
                    owner=pipe, block=block, attribute=attribute, within=f"target_parameters.{name}", types=types,
                    rule="aws-pipe", reason=target.reason,
                )  # fmt: skip
                yield from leads(seen, node, run)
    else:
        yield from _started(seen, node, target, pipe)
