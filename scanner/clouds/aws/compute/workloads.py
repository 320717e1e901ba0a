"""What runs code, and the parameters it reads: functions, containers, instances, builds and jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scanner.clouds.aws.compute import scaling
from scanner.clouds.aws.compute.acting import acts_as
from scanner.clouds.aws.compute.instances import token_required
from scanner.clouds.aws.compute.settings import Settings
from scanner.clouds.aws.wiring.stores import wired
from scanner.hcl.values import Unfinished
from scanner.kinds import Compute
from scanner.logic import Answer
from scanner.model import Unknown
from scanner.terraform.completed import completed_in, sourced
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

kinds = ("compute",)


def from_plan(planned: PlannedWorld) -> Iterator[Compute]:
    """Read every resource that runs code or configures it."""
    scaled = scaling.Scaling(planned)
    for type_, (sort, read) in _READERS.items():
        for resource in planned.of(type_):
            settings = Settings(planned, resource)
            read(settings)
            yield _compute(planned, resource, sort, settings, **(scaled.facts(resource) if sort == "service" else {}))
    for parameter in planned.of("aws_ssm_parameter"):
        if parameter.text("type") != "SecureString":
            yield _compute(planned, parameter, "configuration", _parameter(planned, parameter))


def _compute(planned: PlannedWorld, resource: PlannedResource, sort: str, settings: Settings, **more: Any) -> Compute:
    completed = completed_in(resource, *_SETTINGS)
    wiring = wired(planned, resource)
    return Compute.of(
        **planned.labels(resource),
        type=sort,
        plaintext_credentials=sourced(settings.evidence.plaintext(), completed),
        credential_names=sourced(settings.evidence.names(), completed),
        wired_to=wiring.told(),
        **({"public": public} if (public := _public(resource)) is not None else {}),
        **({"metadata_token_required": token_required(resource)} if sort in _ON_INSTANCES else {}),
        **({"runs_batches": _runs_batches(resource)} if sort == "build" else {}),
        **({"acts_as": identity} if (identity := acts_as(planned, resource)) is not None else {}),
        **more,
    )


def _parameter(planned: PlannedWorld, parameter: PlannedResource) -> Settings:
    """Judge a parameter that is not encrypted by its value, and by the end of its name."""
    settings = Settings(planned, parameter)
    type_ = parameter.text("type")
    if isinstance(type_, Unknown):
        settings.evidence.doubt(type_.reason)
        return settings
    name = parameter.text("name")
    if isinstance(name, Unfinished):
        settings.evidence.doubt(name.reason)
    label = parameter.name if isinstance(name, Unknown) else "/".join(name.strip("/").split("/")[-2:])
    values = {key: parameter.get(key) for key in ("value", "insecure_value")}
    known = [(key, value) for key, value in values.items() if value is not None and not isinstance(value, Unknown)]
    for key, value in known:
        settings.literal(label, value, parameter.references(key))
    for key, value in values.items():
        if parameter.plan.is_live and isinstance(value, Unknown):
            settings.evidence.doubt(value.reason)
        elif not known and isinstance(value, Unknown) and (parameter.configured(key) or not parameter.expressions):
            settings.open_setting(label, value, parameter.references(key))
    return settings


def _function(settings: Settings) -> None:
    _within(settings, settings.owner, ("environment",), lambda block: settings.map(block, "variables"))


def _task_definition(settings: Settings) -> None:
    settings.containers("container_definitions")


def _instance(settings: Settings) -> None:
    settings.user_data(hashed=True)


def _launch_template(settings: Settings) -> None:
    settings.user_data()


def _app_runner(settings: Settings) -> None:
    for path in (
        ("source_configuration", "image_repository", "image_configuration"),
        ("source_configuration", "code_repository", "code_configuration", "code_configuration_values"),
    ):
        _within(settings, settings.owner, path, lambda block: _app_runner_settings(settings, block))


def _app_runner_settings(settings: Settings, block: Block) -> None:
    settings.map(block, "runtime_environment_variables")
    for command in ("start_command", "build_command"):
        settings.script(block.get(command), command)


def _build(settings: Settings) -> None:
    path = ("environment", "environment_variable")
    _within(settings, settings.owner, path, lambda block: _build_variable(settings, block))
    _within(settings, settings.owner, ("source",), lambda block: _build_specification(settings, block))


def _build_variable(settings: Settings, block: Block) -> None:
    if block.text("type", "PLAINTEXT") == "PLAINTEXT":
        name = block.text("name")
        if isinstance(name, Unfinished):
            settings.evidence.doubt(name.reason)
        settings.pair(block, "an environment variable" if isinstance(name, Unknown) else name)


def _build_specification(settings: Settings, block: Block) -> None:
    settings.script(block.get("buildspec"), "its buildspec")


def _batch(settings: Settings) -> None:
    for attribute in ("container_properties", "ecs_properties", "node_properties"):
        settings.containers(attribute)
    settings.map(settings.owner, "parameters", "its parameters")
    for sort in ("containers", "init_containers"):
        path = ("eks_properties", "pod_properties", sort, "env")
        _within(settings, settings.owner, path, lambda block: settings.pair(block, str(block.values.get("name"))))


def _hosted_model(settings: Settings) -> None:
    for sort in ("primary_container", "container"):
        _within(settings, settings.owner, (sort,), lambda block: settings.map(block, "environment"))


def _glue(settings: Settings) -> None:
    settings.map(settings.owner, "default_arguments", "its arguments")
    settings.map(settings.owner, "non_overridable_arguments", "its arguments")


def _service(_: Settings) -> None:
    """A service takes its settings from its task definition."""


def _within(settings: Settings, block: Block, path: tuple[str, ...], read: Callable[[Block], None]) -> None:
    """Read every block at the end of a path of nested blocks."""
    found = block.blocks(path[0])
    if isinstance(found, Unknown):
        settings.evidence.doubt(found.reason)
        return
    for inner in found:
        if len(path) > 1:
            _within(settings, inner, path[1:], read)
        else:
            read(inner)


def _runs_batches(build: PlannedResource) -> Answer:
    block = build.block("build_batch_config")
    return block if isinstance(block, Unknown) else block is not None


def _public(resource: PlannedResource) -> Answer | None:
    """Whether an instance or task gets a public address, where its own attribute says so."""
    if resource.type == "aws_instance":
        if resource.get("associate_public_ip_address") is None:
            return Unknown("its subnet decides whether it gets a public address")
        return resource.flag("associate_public_ip_address")
    if resource.type == "aws_ecs_service":
        block = resource.block("network_configuration")
        return block if isinstance(block, Unknown) else block.flag("assign_public_ip") if block else None
    return None


_READERS: Mapping[str, tuple[str, Callable[[Settings], Any]]] = {
    "aws_lambda_function": ("function", _function),
    "aws_ecs_task_definition": ("container", _task_definition),
    "aws_ecs_service": ("service", _service),
    "aws_instance": ("instance", _instance),
    "aws_spot_instance_request": ("instance", _instance),
    "aws_launch_configuration": ("launch_template", _instance),
    "aws_launch_template": ("launch_template", _launch_template),
    "aws_apprunner_service": ("container", _app_runner),
    "aws_codebuild_project": ("build", _build),
    "aws_batch_job_definition": ("job", _batch),
    "aws_sagemaker_model": ("container", _hosted_model),
    "aws_glue_job": ("job", _glue),
}

_SETTINGS = (
    "container_definitions", "container_properties", "default_arguments", "ecs_properties", "eks_properties",
    "environment", "container", "insecure_value", "node_properties", "non_overridable_arguments", "parameters",
    "primary_container", "source", "source_configuration", "user_data", "user_data_base64", "value",
)  # fmt: skip
"""Attributes and blocks that settings stand in."""

_ON_INSTANCES = frozenset({"instance", "launch_template"})

terraform_types = (*_READERS, "aws_ssm_parameter", scaling.TARGET)
