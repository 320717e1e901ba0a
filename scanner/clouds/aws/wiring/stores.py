"""Stores and secrets that a workload's settings name: what it is wired to, and so what it is known to need.

A text counts as a name where it is one, or holds one, of something that was read: `s3://<bucket>/...`, an ARN, the URL
of a queue, a bare name. Of an environment that is known only after apply, what its expression refers to counts.

Sources: AWS Lambda Developer Guide, "Using environment variables", "Event source mappings", "Sending Lambda function
logs to CloudWatch Logs" (the group is /aws/lambda/<name> where none is set); Amazon ECS Developer Guide, "awslogs".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.clouds.aws.compute.credentials import MASKED, MASKED_ID
from scanner.clouds.aws.json_text import read_json
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.hcl.values import Encoded, Hidden, LeftOut, Symbol, Template, Unfinished
from scanner.model import Fact, Unknown
from scanner.redact import HIDDEN
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

TYPES = (
    "aws_cloudwatch_log_group", "aws_db_instance", "aws_dynamodb_table", "aws_ecr_repository", "aws_kinesis_stream",
    "aws_opensearch_domain", "aws_elasticsearch_domain", "aws_opensearchserverless_collection", "aws_rds_cluster",
    "aws_s3_bucket", "aws_secretsmanager_secret", "aws_sns_topic", "aws_sqs_queue", "aws_ssm_parameter",
)  # fmt: skip
"""Types of what a workload may be wired to."""

_PLACES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "aws_apprunner_service": (
        ("source_configuration", "image_repository", "image_configuration", "runtime_environment_variables"),
        ("source_configuration", "image_repository", "image_configuration", "runtime_environment_secrets"),
        ("source_configuration", "code_repository", "code_configuration", "code_configuration_values",
         "runtime_environment_variables"),
        ("source_configuration", "code_repository", "code_configuration", "code_configuration_values",
         "runtime_environment_secrets"),
    ),
    "aws_batch_job_definition": (("container_properties",), ("ecs_properties",), ("node_properties",), ("parameters",)),
    "aws_codebuild_project": (
        ("environment", "environment_variable", "value"), ("artifacts", "location"), ("cache", "location"),
        ("logs_config", "cloudwatch_logs", "group_name"), ("logs_config", "s3_logs", "location"),
        ("source", "location"), ("source", "buildspec"),
    ),
    "aws_ecs_service": (),
    "aws_ecs_task_definition": (("container_definitions",),),
    "aws_glue_job": (
        ("default_arguments",), ("non_overridable_arguments",), ("command", "script_location"),
    ),
    "aws_instance": (("user_data",), ("user_data_base64",)),
    "aws_lambda_function": (
        ("environment", "variables"), ("dead_letter_config", "target_arn"), ("logging_config", "log_group"),
    ),
    "aws_launch_configuration": (("user_data",), ("user_data_base64",)),
    "aws_launch_template": (("user_data",),),
    "aws_sagemaker_model": (
        ("primary_container", "environment"), ("primary_container", "model_data_url"),
        ("container", "environment"), ("container", "model_data_url"),
    ),
    "aws_spot_instance_request": (("user_data",), ("user_data_base64",)),
}  # fmt: skip
"""Where settings stand that may name a store, by type; of types that are not here, settings are not read."""

_JSON = frozenset({"container_definitions", "container_properties", "ecs_properties", "node_properties"})
_FUNCTION, _MAPPING, _INVOKED = "aws_lambda_function", "aws_lambda_event_source_mapping", (
    "aws_lambda_function_event_invoke_config"
)  # fmt: skip
_TOKEN = re.compile(r"[\w.:/@+-]{2,}")
_BUCKET = re.compile(r"(?:s3[an]?://|arn:[^:]*:s3:::)([^/]+)")
_QUEUE = re.compile(r"https://sqs[.-][^/]+/\d{12}/([\w.-]+)")
_ENDS = "/.:*"
_MASKS = (MASKED, MASKED_ID, HIDDEN)


@dataclass
class Wiring:
    """What one workload is wired to."""

    found: dict[str, None] = field(default_factory=dict)
    doubt: str = ""
    """Why there may be more."""

    def told(self) -> Fact[tuple[str, ...]]:
        """All that its settings name; not known where some of it is not, or may be another's."""
        return Unknown(self.doubt) if self.doubt else tuple(self.found)


def wired(planned: PlannedWorld, workload: PlannedResource) -> Wiring:
    """What the settings of a workload, and what feeds it, name."""
    made = Wiring()
    if workload.type not in _PLACES:
        made.doubt = f"the settings of {workload.type} are not read for the stores that they name"
        return made
    for path in _PLACES[workload.type]:
        for block in blocks_at(workload, path[:-1]):
            _attribute(planned, workload, block, path[-1], made)
    if workload.type == _FUNCTION:
        _function(planned, workload, made)
    return made


def _attribute(planned: PlannedWorld, owner: PlannedResource, block: Block, name: str, made: Wiring) -> None:
    value = block.get(name)
    unset = isinstance(value, Unknown) and block is owner and not owner.plan.is_live
    if value is None or isinstance(value, LeftOut) or (unset and owner.expressions and not owner.configured(name)):
        return
    if name in _JSON and isinstance(value, (str, Template)):
        value = read_json(value, name)
    marks = block.unknown.get(name) if isinstance(block.unknown, dict) else None
    opened = _leaves(list(marks.values())) if isinstance(marks, dict) and isinstance(value, dict) else ()
    unread = [leaf for leaf in (*_settings(value), *opened) if not _take(planned, owner, leaf, made)]
    if unread:
        _referred(planned, owner, block.references(name) or (), made, unread[0])


def _settings(value: Any) -> Iterator[Any]:
    """Every text of a setting, and every part of it that is not known: in JSON, true is a value as others are."""
    return (leaf for leaf in _leaves(value) if leaf is not True)


def _leaves(node: Any) -> Iterator[Any]:
    """Every text of a setting or of its marks, and every part of it that is not known."""
    if isinstance(node, dict):
        for item in node.values():
            yield from _leaves(item)
    elif isinstance(node, list):
        for item in node:
            yield from _leaves(item)
    elif node is True or isinstance(node, (str, Unknown)):
        yield node


def _take(planned: PlannedWorld, owner: PlannedResource, leaf: Any, made: Wiring) -> bool:
    """Take in what a leaf names; whether all of it could be read."""
    if isinstance(leaf, Encoded):
        leaf = leaf.text
    parts = leaf.parts if isinstance(leaf, Template) else (leaf,)
    for part in parts:
        if isinstance(part, str) and any(mark in part for mark in _MASKS):
            made.doubt = made.doubt or "what a setting of it holds is not kept when an account is read"
        elif isinstance(part, str):
            for name, named in _named(planned, owner, part):
                made.found.update(dict.fromkeys(one.id for one in named))
                if len(named) > 1:
                    made.doubt = made.doubt or f"it names {name}, and {len(named)} that it may need go by that name"
        elif isinstance(part, Symbol):
            source = planned.instance(owner, part)
            if source is not None and source.type in TYPES and source.mode == "managed":
                made.found[source.id] = None
    return all(isinstance(part, (str, Symbol, Hidden)) for part in parts) and not isinstance(leaf, Unfinished)


def _named(
    planned: PlannedWorld, owner: PlannedResource, text: str
) -> Iterator[tuple[str, tuple[PlannedResource, ...]]]:
    """Names in a text, each with all that go by it."""
    for token in dict.fromkeys(_TOKEN.findall(text)):
        bucket, queue = _BUCKET.match(token), _QUEUE.match(token)
        names = (token, token.rstrip(_ENDS), bucket[1] if bucket else "", queue[1] if queue else "", text)
        for name in dict.fromkeys(filter(None, names)):
            found = planned.namesakes(owner, name, TYPES)
            if found:
                yield name, found
                break


def _referred(
    planned: PlannedWorld, owner: PlannedResource, references: Iterable[str], made: Wiring, leaf: Any
) -> None:
    """Take in what an expression that is known only after apply is made from."""
    listed = tuple(references)
    resolution = owner.plan.resolver.resolve(listed, owner.place())
    named = [one for one in planned.referred(owner, listed) if one.type in TYPES and one.mode == "managed"]
    made.found.update(dict.fromkeys(one.id for one in named))
    if len(named) > 1:
        made.doubt = made.doubt or f"it names some of {len(named)} that its expression is made from, known after apply"
    elif resolution.problem or not listed:
        reason = leaf.reason if isinstance(leaf, Unknown) else "a setting of it is known only after apply"
        made.doubt = made.doubt or resolution.problem or reason


def _function(planned: PlannedWorld, function: PlannedResource, made: Wiring) -> None:
    """What feeds a function, where its failures go, and its own log."""
    for type_, attributes in ((_MAPPING, ("event_source_arn",)), (_INVOKED, ())):
        companions = planned.attached(function, type_, "function_name", every=True)
        if isinstance(companions, Unknown):
            made.doubt = made.doubt or companions.reason
            continue
        for one in companions:
            for attribute in attributes:
                _attribute(planned, one, one, attribute, made)
            for path in (("destination_config", "on_failure"), ("destination_config", "on_success")):
                for block in blocks_at(one, path):
                    attribute = "destination_arn" if type_ == _MAPPING else "destination"
                    _attribute(planned, one, block, attribute, made)
    name = function.values.get("function_name")
    log = planned.named(function, f"/aws/lambda/{name}", TYPES) if isinstance(name, str) else None
    if log is not None:
        made.found[log.id] = None
