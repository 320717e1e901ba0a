"""Which identity the code of a workload acts as.

Of containers that is the role of the task: what only starts them, fetching images, secrets and writing logs (the
execution role of ECS and Batch, the access role of App Runner), gives their code no credentials.

Sources: Amazon ECS Developer Guide, "Amazon ECS task IAM role"; AWS Batch API Reference, "ContainerProperties",
"EcsTaskProperties"; Amazon EC2 User Guide, "IAM roles for Amazon EC2"; AWS App Runner Developer Guide, "How App Runner
works with IAM"; AWS IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.clouds.aws.iam.subjects import subject_of
from scanner.clouds.aws.json_text import read_json
from scanner.clouds.aws.naming import provider_key
from scanner.hcl.values import Symbol, Template
from scanner.model import Fact, Unknown
from scanner.terraform.computed import computed_block, setting
from scanner.terraform.instances import External, PlannedResource, Target
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_ROLE, _PROFILE, _DEFINITION = ("aws_iam_role",), ("aws_iam_instance_profile",), ("aws_ecs_task_definition",)

_PATHS: Mapping[str, tuple[str, ...]] = {
    "aws_apprunner_service": ("instance_configuration", "instance_role_arn"),
    "aws_codebuild_project": ("service_role",),
    "aws_ecs_task_definition": ("task_role_arn",),
    "aws_glue_job": ("role_arn",),
    "aws_lambda_function": ("role",),
    "aws_sagemaker_model": ("execution_role_arn",),
}
_ON_INSTANCES = frozenset(
    {"aws_instance", "aws_spot_instance_request", "aws_launch_configuration", "aws_launch_template"}
)
_BATCH = ("container_properties", "ecs_properties", "node_properties")
_OF_JOBS = frozenset({"jobRoleArn", "taskRoleArn"})
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role(/(?:.+/)?)([^/]+)")
_INNER = frozenset({"container", "ecsProperties", "nodeRangeProperties", "taskProperties"})
"""What of a job's properties holds others, in each of which a role may stand."""


def acts_as(planned: PlannedWorld, resource: PlannedResource) -> Fact[str] | None:
    """Subject, ARN or name of the role; empty where the code has none, None of a type that has no role."""
    if resource.type in _PATHS:
        return role_at(planned, resource, _PATHS[resource.type])
    if resource.type in _ON_INSTANCES:
        return _of_profile(planned, resource)
    if resource.type == "aws_batch_job_definition":
        return _of_jobs(planned, resource)
    if resource.type == "aws_ecs_service":
        definition = planned.target(resource, "task_definition", _DEFINITION)
        if isinstance(definition, PlannedResource) and definition.mode == "managed":
            return acts_as(planned, definition)
        return definition if isinstance(definition, Unknown) else _elsewhere(planned, resource, definition, _DEFINITION)
    return None


def role_at(planned: PlannedWorld, resource: PlannedResource, path: tuple[str, ...]) -> Fact[str]:
    """The role that stands at the end of a path of nested blocks."""
    block: Block | None = None
    for name in path[:-1]:
        inner = computed_block(resource, name) if block is None else block.block(name)
        if not isinstance(inner, Block):
            return inner or ""
        block = inner
    return _named(planned, resource, path[-1], _ROLE, block)


def _named(
    planned: PlannedWorld, resource: PlannedResource, attribute: str, types: tuple[str, ...], block: Block | None = None
) -> Fact[str]:
    target = planned.target(resource, attribute, types, block)
    if isinstance(target, Unknown) and setting(resource, attribute, "", block) == "":
        return ""
    if isinstance(target, External) and types == _ROLE:
        target = _made(planned, resource, target.value) or target
    return subject_of(planned, target)


def _made(planned: PlannedWorld, owner: PlannedResource, arn: str) -> PlannedResource | None:
    """The role of an ARN where the owner's plan is about to make it: a role is passed within its account alone."""
    named = _ROLE_ARN.fullmatch(arn)
    if named is None or owner.plan.is_live:
        return None
    return planned.once(_roles).get((id(owner.plan), provider_key(owner), named[1], named[2]))


def _roles(planned: PlannedWorld) -> dict[tuple[int, str, str, str], PlannedResource]:
    """Roles whose ARN is not known yet, by plan, provider configuration, path and name."""
    return {
        (id(role.plan), provider_key(role), role.values.get("path") or "/", name): role
        for role in planned.of(*_ROLE)
        if isinstance(name := role.values.get("name"), str) and not isinstance(role.values.get("arn"), str)
    }


def _of_profile(planned: PlannedWorld, resource: PlannedResource) -> Fact[str]:
    """The role in an instance profile."""
    block: Block | None = None
    attribute = "iam_instance_profile"
    if resource.type == "aws_launch_template":
        inner = resource.block(attribute)
        if not isinstance(inner, Block):
            return inner or ""
        block, attribute = inner, "arn" if inner.get("arn") is not None else "name"
    profile: Target = planned.target(resource, attribute, _PROFILE, block)
    if isinstance(profile, Unknown):
        return "" if setting(resource, attribute, "", block) == "" else profile
    if profile is None or (isinstance(profile, External) and not profile.value):
        return ""
    if isinstance(profile, External):
        return _elsewhere(planned, resource, profile, _PROFILE)
    return _named(planned, profile, "role" if profile.mode == "managed" else "role_arn", _ROLE)


def _elsewhere(
    planned: PlannedWorld, resource: PlannedResource, named: PlannedResource | External | None, types: tuple[str, ...]
) -> Unknown:
    what = named.value if isinstance(named, External) else named.id if named else "what it names"
    missing = planned.left_out(resource, types[0])
    return Unknown(f"the role of {what}, which is not here, was not seen{f': {missing}' if missing else ''}")


def _of_jobs(planned: PlannedWorld, resource: PlannedResource) -> Fact[str]:
    """The role of a Batch job; unknown where its containers have several."""
    found: dict[str, None] = {}
    for attribute in _BATCH:
        value = resource.get(attribute)
        if value is None:
            continue
        if isinstance(value, Unknown) and not isinstance(value, Template):
            return value
        properties = read_json(value, attribute) if isinstance(value, (str, Template)) else value
        if isinstance(properties, Unknown):
            return properties
        for role in _roles_in(properties):
            named = _role_of(planned, resource, role)
            if isinstance(named, Unknown):
                return named
            found[named] = None
    if len(found) > 1:
        return Unknown(f"its containers act as several: {', '.join(found)}")
    return next(iter(found), "")


def _roles_in(properties: Any) -> Iterator[Any]:
    if isinstance(properties, list):
        for one in properties:
            yield from _roles_in(one)
    elif isinstance(properties, Unknown):
        yield properties
    elif isinstance(properties, dict):
        yield from (role for name, role in properties.items() if name in _OF_JOBS and role)
        for name in _INNER & properties.keys():
            yield from _roles_in(properties[name])


def _role_of(planned: PlannedWorld, resource: PlannedResource, role: Any) -> Fact[str]:
    """What a role in JSON is called: its ARN, or one that the sources tell."""
    if isinstance(role, Symbol):
        found = planned.instance(resource, role)
        return subject_of(planned, found) if found is not None and found.type in _ROLE else Unknown(role.reason)
    if isinstance(role, Unknown):
        return Unknown(role.reason)
    known = planned.by_name(str(role), *_ROLE)
    return subject_of(planned, known or External(str(role)))
