"""What runs is told by settings: each by its name, with what is known of its value.

A value that a plan marks sensitive is not read. Sources: those of `wiring/stores.py`; Amazon ECS Developer Guide, "Pass
sensitive data to an Amazon ECS container"; Amazon Bedrock AgentCore Developer Guide (variables of a runtime).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from scanner.clouds.aws.compute.settings import unpack
from scanner.clouds.aws.json_text import read_json
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.hcl.values import Encoded, Hidden, LeftOut, Template
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block


class Form(Enum):
    """How settings are written."""

    MAP = "map"
    SECRETS = "map of secrets"
    JSON = "definitions of containers"
    PAIR = "name and value"
    TEXT = "script"


_IMAGE = ("source_configuration", "image_repository", "image_configuration")
_CODE = ("source_configuration", "code_repository", "code_configuration", "code_configuration_values")

_PLACES: Mapping[str, tuple[tuple[Form, tuple[str, ...]], ...]] = {
    "aws_apprunner_service": (
        (Form.MAP, (*_IMAGE, "runtime_environment_variables")),
        (Form.SECRETS, (*_IMAGE, "runtime_environment_secrets")),
        (Form.TEXT, (*_IMAGE, "start_command")),
        (Form.MAP, (*_CODE, "runtime_environment_variables")),
        (Form.SECRETS, (*_CODE, "runtime_environment_secrets")),
        (Form.TEXT, (*_CODE, "start_command")),
    ),
    "aws_batch_job_definition": (
        (Form.JSON, ("container_properties",)), (Form.JSON, ("ecs_properties",)), (Form.JSON, ("node_properties",)),
        (Form.MAP, ("parameters",)),
    ),
    "aws_bedrockagentcore_agent_runtime": ((Form.MAP, ("environment_variables",)),),
    "aws_codebuild_project": (
        (Form.PAIR, ("environment", "environment_variable")), (Form.TEXT, ("source", "buildspec")),
    ),
    "aws_ecs_task_definition": ((Form.JSON, ("container_definitions",)),),
    "aws_glue_job": ((Form.MAP, ("default_arguments",)), (Form.MAP, ("non_overridable_arguments",))),
    "aws_instance": ((Form.TEXT, ("user_data",)), (Form.TEXT, ("user_data_base64",))),
    "aws_lambda_function": ((Form.MAP, ("environment", "variables")),),
    "aws_launch_configuration": ((Form.TEXT, ("user_data",)), (Form.TEXT, ("user_data_base64",))),
    "aws_launch_template": ((Form.TEXT, ("user_data",)),),
    "aws_sagemaker_model": (
        (Form.MAP, ("primary_container", "environment")), (Form.MAP, ("container", "environment")),
    ),
    "aws_spot_instance_request": ((Form.TEXT, ("user_data",)), (Form.TEXT, ("user_data_base64",))),
}  # fmt: skip

_DEFINITIONS = frozenset(path[-1] for rows in _PLACES.values() for form, path in rows if form is Form.JSON)
_HASHED = frozenset({"aws_instance", "aws_launch_configuration", "aws_spot_instance_request"})
_SHA1 = re.compile(r"[0-9a-f]{40}")
_OF_SECRETS = frozenset({"SECRETS_MANAGER", "PARAMETER_STORE"})
_MAPS = frozenset({"options", "parameters"})
_COMMANDS = frozenset({"command", "entrypoint"})
_SAY_NO_PLACE = frozenset(
    {
        "awslogs-create-group",
        "awslogs-datetime-format",
        "awslogs-multiline-pattern",
        "awslogs-region",
        "awslogs-stream-prefix",
        "max-buffer-size",
        "mode",
    }
)
"""Options of a container's log driver that name nothing that logs go to: how they are written there."""

_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of what runs; its value is never to be shown."""

    owner: PlannedResource
    where: str
    """The attribute, such as environment.variables.OPENAI_API_KEY."""

    name: str
    """What it is called; empty for a script, and where a whole environment is known only after apply."""

    value: str | Unknown
    secret: bool = False
    """Whether the value names a secret that stands there in its place."""

    script: bool = False
    references: tuple[str, ...] = ()
    """What an expression is made from, where it is known only after apply as a whole."""

    @property
    def injects(self) -> bool:
        """Whether a service puts a secret's value there: what runs needs no permission for that."""
        return self.secret or self.where in _DEFINITIONS


def settings(owner: PlannedResource) -> Iterator[Setting]:
    """Every setting of what runs, as far as it can be read."""
    for form, path in _PLACES.get(owner.type, ()):
        for block in blocks_at(owner, path[:-1] if form is not Form.PAIR else path):
            yield from _READERS[form](owner, block, path)


def _map(owner: PlannedResource, block: Block, path: tuple[str, ...], *, secret: bool = False) -> Iterator[Setting]:
    where, value = ".".join(path), block.get(path[-1])
    if isinstance(value, Unknown):
        yield from _whole(owner, block, path, value)
        return
    marks = block.unknown.get(path[-1]) if isinstance(block.unknown, dict) else None
    told = {**(marks if isinstance(marks, dict) else {}), **(value if isinstance(value, dict) else {})}
    for name, item in told.items():
        given = item if item is not None else marks.get(name) if isinstance(marks, dict) else None
        yield from _one(owner, f"{where}.{name}", str(name), given, block.references(path[-1]) or (), secret=secret)


def _secrets(owner: PlannedResource, block: Block, path: tuple[str, ...]) -> Iterator[Setting]:
    yield from _map(owner, block, path, secret=True)


def _pair(owner: PlannedResource, block: Block, path: tuple[str, ...]) -> Iterator[Setting]:
    name, secret = block.get("name"), block.values.get("type") in _OF_SECRETS
    called = name if isinstance(name, str) else ""
    where = f"{'.'.join(path)}.{called}" if called else ".".join(path)
    yield from _one(owner, where, called, block.get("value"), block.references("value") or (), secret=secret)


def _text(owner: PlannedResource, block: Block, path: tuple[str, ...]) -> Iterator[Setting]:
    value = block.get(path[-1])
    if isinstance(value, Unknown) and not isinstance(value, (Template, Encoded)):
        yield from _whole(owner, block, path, value)
    elif value is not None and not _sensitive(owner, value):
        read = value.text if isinstance(value, Encoded) else _behind_hash(owner, path[-1], value)
        scripted = unpack(read) if isinstance(read, str) and path[-1].startswith("user_data") else read
        yield Setting(owner, ".".join(path), "", scripted, script=True)


def _behind_hash(owner: PlannedResource, attribute: str, value: Any) -> Any:
    """The text of user data of which the provider plans only a SHA-1 hash, where the code writes it plainly."""
    if owner.type not in _HASHED or not isinstance(value, str) or not _SHA1.fullmatch(value):
        return value
    written = owner.expressions.get(attribute)
    constant = written.get("constant_value") if isinstance(written, dict) else None
    passed = owner.plan.resolver.constant(owner.references(attribute) or (), owner.place())
    for text in (constant, passed):
        if (
            isinstance(text, str)
            and hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest() == value
        ):
            return text
    return Unknown("only a hash of its user data is told")


def _json(owner: PlannedResource, block: Block, path: tuple[str, ...]) -> Iterator[Setting]:
    value, where = block.get(path[-1]), path[-1]
    if value is None or isinstance(value, LeftOut):
        return
    if isinstance(value, Unknown) and not isinstance(value, Template):
        yield from _whole(owner, block, path, value)
        return
    if not _sensitive(owner, value):
        definition = read_json(value, where) if isinstance(value, (str, Template)) else value
        yield from _in_definition(owner, definition, where, _DEEPEST)


def _in_definition(owner: PlannedResource, node: Any, where: str, depth: int) -> Iterator[Setting]:
    """Settings of containers, however deep they lie in what defines them."""
    if depth == 0:
        return
    if isinstance(node, list):
        for item in node:
            yield from _in_definition(owner, item, where, depth - 1)
    elif isinstance(node, dict):
        for key, item in node.items():
            name = key.lower()
            if name in {"environment", "secrets", "secretoptions"} and isinstance(item, list):
                yield from _entries(owner, item, f"{where}.{key}")
            elif name in _MAPS and isinstance(item, dict):
                for label, value in item.items() if name != "options" else _places(item):
                    yield from _one(owner, f"{where}.{key}.{label}", label, value, ())
            elif name in _COMMANDS and isinstance(item, list):
                words = [part for part in item if isinstance(part, str) and not _sensitive(owner, part)]
                yield Setting(owner, f"{where}.{key}", "", " ".join(words), script=True)
            else:
                yield from _in_definition(owner, item, where, depth - 1)


def _places(options: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((label, value) for label, value in options.items() if label.lower() not in _SAY_NO_PLACE)


def _entries(owner: PlannedResource, entries: list[Any], where: str) -> Iterator[Setting]:
    for entry in entries:
        name = entry.get("name") if isinstance(entry, dict) else None
        if isinstance(name, str):
            secret = "valueFrom" in entry
            given = entry["valueFrom"] if secret else entry.get("value")
            yield from _one(owner, f"{where}.{name}", name, given, (), secret=secret)


def _one(
    owner: PlannedResource, where: str, name: str, value: Any, references: tuple[str, ...], *, secret: bool = False
) -> Iterator[Setting]:
    if value is True or isinstance(value, bool):
        if value:
            yield Setting(owner, where, name, Unknown(f"{where} is known only after apply"), secret, False, references)
    elif isinstance(value, Hidden):
        yield Setting(owner, where, name, Unknown(value.reason), secret)
    elif isinstance(value, Unknown):
        yield Setting(owner, where, name, value, secret)
    elif value is not None:
        hidden = _sensitive(owner, value)
        yield Setting(owner, where, name, Unknown("it is sensitive") if hidden else str(value), secret)


def _whole(owner: PlannedResource, block: Block, path: tuple[str, ...], value: Unknown) -> Iterator[Setting]:
    """An environment of which nothing but what it is made from is told."""
    if owner.plan.is_live or not block.expressions or block.configured(path[-1]):
        yield Setting(owner, ".".join(path), "", value, references=block.references(path[-1]) or ())


def _sensitive(owner: PlannedResource, value: Any) -> bool:
    return isinstance(value, str) and value in owner.plan.secrets


_READERS = {Form.MAP: _map, Form.SECRETS: _secrets, Form.JSON: _json, Form.PAIR: _pair, Form.TEXT: _text}
