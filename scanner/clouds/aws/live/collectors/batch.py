"""Batch: the active job definitions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live import masking
from scanner.clouds.aws.live.calls import call
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "batch"
everywhere = True
types = ("aws_batch_job_definition",)

_PROPERTIES = ("containerProperties", "ecsProperties", "nodeProperties", "eksProperties")


def _masked(page: Page) -> Page:
    for definition in page.get("jobDefinitions", ()):
        for part in _PROPERTIES:
            if part in definition:
                definition[part] = masking.containers(definition[part])
        if "parameters" in definition:
            definition["parameters"] = masking.settings(definition["parameters"])
    return page


DEFINITIONS = call("batch", "DescribeJobDefinitions", items="jobDefinitions", mask=_masked)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every active definition."""
    listed = reader.every(DEFINITIONS, status="ACTIVE")
    yield from listed.unread(types)
    yield from map(_definition, listed.items)


def _definition(definition: dict[str, Any]) -> Item:
    arn = definition["jobDefinitionArn"]
    values = {
        "arn": arn,
        "name": definition["jobDefinitionName"],
        "type": definition.get("type"),
        "container_properties": _json(definition.get("containerProperties")),
        "ecs_properties": _json(definition.get("ecsProperties")),
        "node_properties": _json(definition.get("nodeProperties")),
        "eks_properties": _pods(definition.get("eksProperties") or {}),
        "parameters": definition.get("parameters"),
        "tags": definition.get("tags", {}),
    }
    return Item("aws_batch_job_definition", arn, values)


def _json(properties: dict[str, Any] | None) -> str | None:
    return json.dumps(properties, sort_keys=True) if properties else None


def _pods(properties: dict[str, Any]) -> list[dict[str, Any]]:
    pod = properties.get("podProperties")
    if not pod:
        return []
    sorts = {"containers": "containers", "init_containers": "initContainers"}
    return [{"pod_properties": [{name_: list(map(_container, pod.get(key, ()))) for name_, key in sorts.items()}]}]


def _container(container: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": container.get("name"),
        "image": container.get("image"),
        "command": container.get("command", []),
        "args": container.get("args", []),
        "env": [{"name": one.get("name"), "value": one.get("value")} for one in container.get("env", ())],
    }
