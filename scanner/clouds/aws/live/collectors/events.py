"""EventBridge: rules of every bus, and where they send what they match; buses, and destinations that are an API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.masks import origin
from scanner.clouds.aws.live.collectors.tags import (
    TAGGED,  # noqa: F401 - so that the call is declared
    Tags,
    tags_for,
    tags_of,
)
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "events"
everywhere = True
types = (
    "aws_cloudwatch_event_rule",
    "aws_cloudwatch_event_target",
    "aws_cloudwatch_event_bus",
    "aws_cloudwatch_event_api_destination",
)
_RULE, _TARGET, _BUS, _DESTINATION = types

_DEFAULT = "default"

_RUN_THERE = {
    "EcsParameters": ("TaskDefinitionArn", "ecs_target", "task_definition_arn"),
    "BatchParameters": ("JobDefinition", "batch_target", "job_definition"),
}
"""What a cluster or a queue of jobs, which a target names, runs: EventBridge's names of it, and the provider's."""


def _without_input(page: Page) -> Page:
    """Leave out what a target is sent: it may hold anything."""
    kept = ("Id", "Arn", "RoleArn", "DeadLetterConfig")
    targets = []
    for target in page.get("Targets") or ():
        run = {name: {key: target[name].get(key)} for name, (key, _, _) in _RUN_THERE.items() if target.get(name)}
        targets.append({**{key: target[key] for key in kept if key in target}, **run})
    return {**page, "Targets": targets}


def _only_hosts(page: Page) -> Page:
    """What is kept of the endpoints of APIs: paths and queries may hold what opens them."""
    found = page.get("ApiDestinations") or ()
    hosts = [{**one, "InvocationEndpoint": origin(str(one.get("InvocationEndpoint")))} for one in found]
    return {**page, "ApiDestinations": hosts}


BUSES = call("events", "ListEventBuses", items="EventBuses")
RULES = call("events", "ListRules", items="Rules")
TARGETS = call("events", "ListTargetsByRule", items="Targets", mask=_without_input)
DESTINATIONS = call("events", "ListApiDestinations", items="ApiDestinations", mask=_only_hosts)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every rule but those that AWS's own services keep, and every bus but the one that each region has."""
    buses = reader.every(BUSES)
    yield from buses.unread(types[:3])
    yield from (_bus(bus) for bus in buses.items if bus["Name"] != _DEFAULT)
    yield from _destinations(reader)
    names = [bus["Name"] for bus in buses.items] or [_DEFAULT]
    rules: list[dict[str, Any]] = []
    for listed in reader.each(names, lambda bus: reader.every(RULES, EventBusName=bus)):
        yield from listed.unread(types[:2])
        rules += [rule for rule in listed.items if not rule.get("ManagedBy")]
    tags = tags_of(reader, "events") if rules else {}
    yield from (_rule(rule, tags) for rule in rules)
    for items in reader.each(rules, lambda rule: _targets(reader, rule)):
        yield from items


def _bus(bus: dict[str, Any]) -> Item:
    return Item(_BUS, bus["Arn"], {"arn": bus["Arn"], "id": bus["Name"], "name": bus["Name"]})


def _destinations(reader: Reader) -> Iterator[Item | Unread]:
    listed = reader.every(DESTINATIONS)
    yield from listed.unread((_DESTINATION,))
    for one in listed.items:
        arn = one["ApiDestinationArn"]
        values = {"name": one.get("Name"), "invocation_endpoint": one.get("InvocationEndpoint")}
        yield Item(_DESTINATION, arn, {"arn": arn, "connection_arn": one.get("ConnectionArn"), **values})


def _rule(rule: dict[str, Any], tags: dict[str, Tags] | Unknown) -> Item:
    values = {
        "arn": rule["Arn"],
        "name": rule["Name"],
        "state": rule.get("State"),
        "event_bus_name": rule.get("EventBusName"),
        "event_pattern": rule.get("EventPattern"),
        "schedule_expression": rule.get("ScheduleExpression"),
        "tags": tags_for(tags, rule["Arn"]),
    }
    return Item(_RULE, rule["Arn"], values)


def _targets(reader: Reader, rule: dict[str, Any]) -> list[Item]:
    """Where a rule sends; it is named by its ARN, since rules of several buses may share a name."""
    listed = reader.every(TARGETS, Rule=rule["Name"], EventBusName=rule.get("EventBusName") or _DEFAULT)
    found = [_target(rule, target) for target in listed.items]
    if listed.missing is not None:
        why = dict.fromkeys(("target_id", "arn", "role_arn", "dead_letter_config"), listed.missing)
        values = {"rule": rule["Arn"], **why}
        found.append(Item(_TARGET, f"{rule['Arn']}#", values))
    return found


def _target(rule: dict[str, Any], target: dict[str, Any]) -> Item:
    failures = target.get("DeadLetterConfig") or {}
    run = {
        block: [{attribute: target[name][key]}]
        for name, (key, block, attribute) in _RUN_THERE.items()
        if name in target
    }
    values = {
        **run,
        "rule": rule["Arn"],
        "target_id": target["Id"],
        "arn": target["Arn"],
        "role_arn": target.get("RoleArn"),
        "dead_letter_config": [{"arn": failures["Arn"]}] if failures.get("Arn") else [],
    }
    return Item(_TARGET, f"{rule['Arn']}#{target['Id']}", values)
