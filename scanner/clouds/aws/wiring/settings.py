"""Secrets that settings of what runs code name: environment variables, and `valueFrom` of containers.

Sources: Amazon ECS Developer Guide, "Pass sensitive data to an Amazon ECS container" (`secrets`, `valueFrom`: an ARN
may be followed by JSON key, stage and version); CodeBuild User Guide, "Build environment reference" (types of
environment variables); App Runner Developer Guide, "Referencing environment variables" (`runtime_environment_secrets`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.clouds.aws.json_text import read_json
from scanner.clouds.aws.wiring.names import Named, Names
from scanner.hcl.values import Symbol, Template
from scanner.model import Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

SECRETS = ("aws_secretsmanager_secret", "aws_ssm_parameter")

_ARN = re.compile(r"arn:[^:]*:(secretsmanager:[^:]*:\d{12}:secret:|ssm:[^:]*:\d{12}:parameter/).")
_NAMING = frozenset({"valuefrom", "credentialsparameter"})
_OF_SECRETS = frozenset({"SECRETS_MANAGER", "PARAMETER_STORE"})

_MAPS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "aws_lambda_function": (("environment", "variables"),),
    "aws_apprunner_service": (
        ("source_configuration", "image_repository", "image_configuration", "runtime_environment_secrets"),
        ("source_configuration", "image_repository", "image_configuration", "runtime_environment_variables"),
        ("source_configuration", "code_repository", "code_configuration", "code_configuration_values",
         "runtime_environment_secrets"),
    ),
    "aws_glue_job": (("default_arguments",),),
    "aws_sagemaker_model": (("primary_container", "environment"), ("container", "environment")),
}  # fmt: skip
"""Maps of settings."""

_CONTAINERS: Mapping[str, tuple[str, ...]] = {
    "aws_ecs_task_definition": ("container_definitions",),
    "aws_batch_job_definition": ("container_properties", "ecs_properties", "node_properties"),
}
"""JSON that defines containers."""

_BUILD = "aws_codebuild_project"

TYPES = (*_MAPS, *_CONTAINERS, _BUILD)
"""Types whose settings may name secrets."""


class SecretSettings:
    """Reads which secrets settings name; never what these hold."""

    def __init__(self, planned: PlannedWorld, names: Names) -> None:
        """Take the world, and what follows names in it."""
        self._planned = planned
        self._names = names

    def of(self, owner: PlannedResource) -> Iterator[tuple[Named, str]]:
        """Each secret that the settings of `owner` name, with the attribute."""
        for path in _MAPS.get(owner.type, ()):
            for block in blocks_at(owner, path[:-1]):
                yield from ((named, path[0]) for named in self._map(owner, block, path[-1]))
        for attribute in _CONTAINERS.get(owner.type, ()):
            yield from ((named, attribute) for named in self._containers(owner, attribute))
        if owner.type == _BUILD:
            for block in blocks_at(owner, ("environment", "environment_variable")):
                if block.values.get("type") in _OF_SECRETS:
                    yield from ((named, "environment") for named in self._names.of(owner, "value", SECRETS, block))

    def _map(self, owner: PlannedResource, block: Block, attribute: str) -> Iterator[Named]:
        value = block.get(attribute)
        if isinstance(value, Unknown):
            yield from self._mentioned(owner, block.references(attribute) or (), value)
            return
        marks = block.unknown.get(attribute) if isinstance(block.unknown, dict) else None
        known = value.values() if isinstance(value, dict) else ()
        told = [mark for mark in marks.values() if mark] if isinstance(marks, dict) else []
        for item in (*known, *told):
            yield from self._value(owner, item)
        if any(mark is True for mark in told):
            yield from self._mentioned(owner, block.references(attribute) or (), Unknown("known only after apply"))

    def _value(self, owner: PlannedResource, value: Any) -> Iterator[Named]:
        """The secret that one setting names: by its ARN, its id or the name of one that was read."""
        head = value.parts[0] if isinstance(value, Template) else value
        if isinstance(head, Symbol):
            found = self._planned.instance(owner, head)
            if found is not None and _secret(found):
                yield from self._names.plainly(owner, found, SECRETS)
        elif isinstance(value, str) and (_ARN.match(value) or self._own(owner, value)):
            yield from self._names.plainly(owner, self._own(owner, value) or External(value), SECRETS)

    def _own(self, owner: PlannedResource, value: str) -> PlannedResource | None:
        found = self._planned.by_name(value, *SECRETS) if value else None
        return found if found is not None and found.plan is owner.plan and _secret(found) else None

    def _containers(self, owner: PlannedResource, attribute: str) -> Iterator[Named]:
        value = owner.get(attribute)
        if value is None:
            return
        if isinstance(value, Unknown) and not isinstance(value, Template):
            yield from self._mentioned(owner, owner.references(attribute) or (), value)
            return
        definition = read_json(value, attribute) if isinstance(value, (str, Template)) else value
        for item, naming in _leaves(definition):
            if naming and isinstance(item, str):
                yield from self._names.called(owner, item, SECRETS)
            else:
                yield from self._value(owner, item)

    def _mentioned(self, owner: PlannedResource, references: tuple[str, ...], why: Unknown) -> Iterator[Named]:
        """Secrets that an expression which is known only after apply is made from."""
        found = owner.plan.resolver.resolve(references, owner.place())
        certain = not found.problem or found.every
        for one in self._planned.referred(owner, references):
            if _secret(one) and one.mode == "managed":
                yield Named(one, reason="" if certain else found.problem or why.reason)


def blocks_at(owner: Block, path: tuple[str, ...]) -> Iterator[Block]:
    """Every block at the end of a path of nested blocks, as far as they are known."""
    if not path:
        yield owner
        return
    found = owner.blocks(path[0])
    for block in () if isinstance(found, Unknown) else found:
        yield from blocks_at(block, path[1:])


def _secret(found: PlannedResource) -> bool:
    """Whether it is a secret: a parameter that is not encrypted is none."""
    return found.type == SECRETS[0] or (found.type == SECRETS[1] and found.values.get("type") == "SecureString")


def _leaves(node: Any, *, naming: bool = False) -> Iterator[tuple[Any, bool]]:
    """Every text of a definition, and whether it stands where a secret is named."""
    if isinstance(node, list):
        for item in node:
            yield from _leaves(item, naming=naming)
    elif isinstance(node, dict):
        for key, item in node.items():
            yield from _leaves(item, naming=str(key).lower() in _NAMING)
    elif isinstance(node, (str, Unknown)):
        yield node, naming
