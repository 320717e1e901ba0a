"""Where code logs to: functions, containers and endpoints of models. What it writes there only the code tells.

Sources: AWS Lambda Developer Guide, "Working with Lambda function logs"; Amazon ECS Developer Guide, "Send Amazon ECS
logs to CloudWatch" and "Send Amazon ECS logs to an AWS service or AWS Partner" (FireLens); Docker, "Configure logging
drivers"; Amazon SageMaker AI Developer Guide, "Log groups and streams that Amazon SageMaker AI sends to CloudWatch".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.clouds.aws.json_text import read_json
from scanner.clouds.aws.links.ends import (
    BUCKET,
    FIREHOSE,
    LOG_GROUP,
    STREAM,
    End,
    end_of,
    ends,
    gap,
    hidden,
    link,
    outside,
    vendor,
)
from scanner.clouds.aws.links.log_groups import named_after
from scanner.clouds.aws.links.named import is_masked
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.hcl.values import Symbol, Template
from scanner.kinds import Compute, Grant, Identity
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource

CODE = Unknown("what its code writes to its log is not seen")
_TASK = "aws_ecs_task_definition"
_DEFINITIONS: Mapping[str, tuple[str, ...]] = {
    _TASK: ("container_definitions",),
    "aws_batch_job_definition": ("container_properties", "ecs_properties", "node_properties"),
}
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "awslogs-group": LOG_GROUP,
    "log_group_name": LOG_GROUP,
    "delivery_stream": FIREHOSE,
    "stream": STREAM,
    "bucket": BUCKET,
}
"""Options of log drivers that name something in AWS."""

_HOSTS = frozenset({"host", "endpoint", "splunk-url", "gelf-address", "fluentd-address", "syslog-address", "base_uri"})
_BY_NAME = {
    "datadog": "http-intake.logs.datadoghq.com",
    "nrlogs": "log-api.newrelic.com",
    "newrelic": "log-api.newrelic.com",
}
"""Where plugins of Fluent Bit send to where nothing else is said."""


def flows(seen: Seen) -> Iterator[Linked]:
    """The logs of everything that runs."""
    may = _writers(seen)
    for function in seen.planned.of("aws_lambda_function"):
        yield from _function(seen, function, may)
    for type_, attributes in _DEFINITIONS.items():
        for owner in seen.planned.of(type_):
            for attribute in attributes:
                yield from _containers(seen, owner, attribute)
    for endpoint in seen.planned.of("aws_sagemaker_endpoint"):
        for group in named_after(seen, endpoint, "/aws/sagemaker/Endpoints/", "name"):
            yield from _to(seen, end_of(seen, endpoint), group, endpoint, "name", "its containers log there")
    for build in seen.planned.of("aws_codebuild_project"):
        for group in named_after(seen, build, "/aws/codebuild/", "name"):
            yield from _to(seen, end_of(seen, build), group, build, "name", "it logs there where nothing else is set")


def _writers(seen: Seen) -> set[tuple[str, str]]:
    """Who may write to which log group."""
    groups = {one.id for one in seen.world.resources if one.origin.type == LOG_GROUP[0]}
    grants = (one for one in seen.world.grants if isinstance(one, Grant) and one.level == "write")
    return {(who, id_) for one in grants for id_ in one.resources if id_ in groups for who in one.identities}


def _function(seen: Seen, function: PlannedResource, may: set[tuple[str, str]]) -> Iterator[Linked]:
    source = end_of(seen, function)
    set_: list[End] = []
    for block in blocks_at(function, ("logging_config",)):
        set_ += ends(seen, function, "log_group", LOG_GROUP, block)
        yield from hidden(seen, function, "log_group", LOG_GROUP, function.id, block)
    if set_:
        attribute, reason = "logging_config.log_group", "its log is set to go there"
    else:
        set_ = list(named_after(seen, function, "/aws/lambda/", "function_name"))
        attribute, reason = "function_name", "a function logs to the group of its name"
    for group in set_:
        if not _refused(seen, function.id, group.id, may):
            yield from _to(seen, source, group, function, attribute, reason)


def _refused(seen: Seen, function: str, group: str, may: set[tuple[str, str]]) -> bool:
    """Whether its identity cannot write there for certain: Lambda then drops the log."""
    compute = seen.resources.get(function)
    role = compute.acts_as if isinstance(compute, Compute) else ""
    known = isinstance(role, str) and isinstance(seen.resources.get(role), Identity) and group in seen.resources
    return known and (str(role), group) not in may


def _to(seen: Seen, source: End, group: End, owner: PlannedResource, attribute: str, reason: str) -> Iterator[Linked]:
    yield from link(
        seen, "logs_to", source, group, owner=owner, rule="aws-code-log", attribute=attribute, reason=reason,
        content=CODE, encrypted=True,
    )  # fmt: skip


def _containers(seen: Seen, owner: PlannedResource, attribute: str) -> Iterator[Linked]:
    value = owner.get(attribute)
    if value is None:
        return
    known = value if not isinstance(value, (str, Template)) else read_json(value, attribute)
    source = end_of(seen, owner)
    if isinstance(known, Unknown):
        yield from _mentioned(seen, source, owner, attribute, known)
        return
    for settings in _configurations(known):
        yield from _driver(seen, source, owner, attribute, settings)


def _mentioned(seen: Seen, source: End, owner: PlannedResource, attribute: str, why: Unknown) -> Iterator[Linked]:
    """Log groups that a definition is made from which is known only after apply: nothing else of it names one."""
    found = [one for one in seen.planned.mentioned(owner, attribute) if one.type in LOG_GROUP]
    for group in found:
        yield from _to(seen, source, end_of(seen, group), owner, attribute, "its definition is made from the group")
    if not found and not owner.plan.is_live:
        yield gap(owner.id, f"where its containers log to is not known: {why.reason}")


def _configurations(node: Any) -> Iterator[dict[str, Any]]:
    """The log configuration of every container."""
    if isinstance(node, list):
        for one in node:
            yield from _configurations(one)
    elif isinstance(node, dict):
        for name, item in node.items():
            if name == "logConfiguration" and isinstance(item, dict):
                yield item
            else:
                yield from _configurations(item)


def _driver(
    seen: Seen, source: End, owner: PlannedResource, attribute: str, settings: dict[str, Any]
) -> Iterator[Linked]:
    options = settings.get("options")
    options = {str(key).lower(): value for key, value in options.items()} if isinstance(options, dict) else {}
    named = False
    for key, value in options.items():
        types = _OPTIONS.get(key)
        target = _target(seen, owner, value, types) if types else vendor(value) if key in _HOSTS else None
        if target is not None:
            named = True
            reason = f"the log driver of a container sends there ({key})"
            yield from _to(seen, source, target, owner, attribute, reason)
        elif isinstance(value, Unknown) and (types or key in _HOSTS):
            yield gap(owner.id, f"where a container logs to is not known: {value.reason}", types)
        elif types and isinstance(value, str) and is_masked(value):
            why = f"where a container logs to is not known: its option {key} is not kept when it is read"
            yield gap(owner.id, why, types)
    plugin = str(options.get("name", "")).lower()
    if not named and plugin in _BY_NAME:
        target = vendor(_BY_NAME[plugin], named=False)
        if target is not None:
            yield from _to(seen, source, target, owner, attribute, f"the log router of a container is {plugin}")


def _target(seen: Seen, owner: PlannedResource, value: object, types: tuple[str, ...]) -> End | None:
    """What an option of a log driver names."""
    if isinstance(value, Symbol):
        found = seen.planned.instance(owner, value)
        return end_of(seen, found) if found is not None and found.type in types else None
    if not isinstance(value, str) or not value or is_masked(value):
        return None
    known = seen.planned.named(owner, value, types)
    return end_of(seen, known) if known is not None else outside(value, types, live=owner.plan.is_live)
