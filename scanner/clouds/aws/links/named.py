"""Resources that a setting names: by a reference, an ARN, a URL, a host, or a bare name that is all of its value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scanner.clouds.aws.compute.credentials import MASKED, MASKED_ID, credential_noun
from scanner.clouds.aws.links.moves import BY_PASSWORD
from scanner.clouds.aws.links.seen import Seen
from scanner.clouds.aws.links.settings import Setting, settings
from scanner.hcl.values import Symbol, Template
from scanner.model import Unknown
from scanner.redact import HIDDEN
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

FRONTS = ("aws_lb", "aws_alb", "aws_api_gateway_rest_api", "aws_apigatewayv2_api", "aws_appsync_graphql_api")
"""Types that one service calls another by."""

_STORES = (
    "aws_s3_bucket", "aws_dynamodb_table", "aws_rds_cluster", "aws_opensearch_domain", "aws_elasticsearch_domain",
    "aws_opensearchserverless_collection", "aws_s3vectors_index", "aws_s3vectors_vector_bucket", "aws_sqs_queue",
    "aws_sns_topic", "aws_kinesis_stream", "aws_kinesis_firehose_delivery_stream", "aws_cloudwatch_event_bus",
    "aws_cloudwatch_log_group", "aws_secretsmanager_secret", "aws_ssm_parameter", "aws_bedrockagent_agent",
    "aws_bedrockagent_flow", "aws_bedrockagent_knowledge_base", "aws_lexv2models_bot", "aws_lex_bot",
    "aws_lambda_function", "aws_sfn_state_machine", "aws_ecs_task_definition", "aws_codebuild_project",
)  # fmt: skip
TYPES = tuple(dict.fromkeys((*_STORES, *sorted(BY_PASSWORD), *FRONTS)))
"""Types of what a setting may name, and data may go to."""

_BY_NAME = (
    "aws_kinesis_stream", "aws_kinesis_firehose_delivery_stream", "aws_cloudwatch_event_bus", "aws_codebuild_project",
    "aws_s3vectors_index",
)  # fmt: skip
"""Types that programs call by a name that is no id of the resource."""

LEADS_TO: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "aws_api_gateway_deployment": ("rest_api_id", ("aws_api_gateway_rest_api",)),
    "aws_api_gateway_stage": ("rest_api_id", ("aws_api_gateway_rest_api",)),
    "aws_apigatewayv2_stage": ("api_id", ("aws_apigatewayv2_api",)),
    "aws_bedrockagent_agent_alias": ("agent_id", ("aws_bedrockagent_agent",)),
    "aws_bedrockagent_flow_alias": ("flow_id", ("aws_bedrockagent_flow",)),
    "aws_lambda_alias": ("function_name", ("aws_lambda_function",)),
    "aws_lambda_function_url": ("function_name", ("aws_lambda_function",)),
    "aws_rds_cluster_endpoint": ("cluster_identifier", ("aws_rds_cluster",)),
    "aws_rds_cluster_instance": ("cluster_identifier", ("aws_rds_cluster",)),
    "aws_secretsmanager_secret_version": ("secret_id", ("aws_secretsmanager_secret",)),
}
"""Helpers of a resource: the attribute that names it, and its types."""

_HOSTS = (
    "address", "endpoint", "reader_endpoint", "primary_endpoint_address", "reader_endpoint_address",
    "configuration_endpoint_address", "collection_endpoint", "dns_name", "api_endpoint", "domain_endpoint_v2_host",
)  # fmt: skip
_HOST_TYPES = (*sorted(BY_PASSWORD), *FRONTS, "aws_opensearchserverless_collection", "aws_rds_cluster_instance")
_TOKEN = re.compile(r"[\w.:/@+-]{3,}")
_BUCKET = re.compile(r"(?:s3[an]?://|arn:[^:]*:s3:::)([^/]+)|https://([a-z0-9][a-z0-9.-]{1,61})\.s3[.-]")
_QUEUE = re.compile(r"https://sqs[.-][^/]+/\d{12}/([\w.-]+)")
_ENDPOINT = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:[^\s/@]*@)?([A-Za-z0-9.-]+\.[A-Za-z]{2,})(?::\d+)?(?:[/?].*)?", re.DOTALL
)
_ENDS = "/.:*"
_LONGEST = 100_000
_MASKS = (MASKED, MASKED_ID, HIDDEN)


@dataclass(frozen=True, slots=True)
class Named:
    """That a setting names a resource."""

    resource: PlannedResource
    setting: Setting
    certain: bool = True
    rivals: tuple[str, ...] = ()
    """Ids of others that go by the same name."""


@dataclass
class Told:
    """What the settings of something that runs name, and why there may be more."""

    settings: tuple[Setting, ...] = ()
    named: dict[str, Named] = field(default_factory=dict)
    """By id of the resource."""

    doubt: str = ""


def told(seen: Seen, owner: PlannedResource) -> Told:
    """Read the settings of something that runs."""
    found = Told(tuple(settings(owner)))
    for setting in found.settings:
        for one in _named(seen, setting):
            kept = found.named.get(one.resource.id)
            if kept is None or (one.certain and not kept.certain):
                found.named[one.resource.id] = one
        found.doubt = found.doubt or _doubt(setting)
    return found


def is_masked(value: str) -> bool:
    """Whether a value, or a part of it, was not kept when it was read."""
    return any(mark in value for mark in _MASKS)


def _doubt(setting: Setting) -> str:
    """Why a setting may name what nobody sees; what is called a credential names no place."""
    value = setting.value
    if isinstance(value, str):
        called = setting.name or setting.where
        return f"what its setting {called} holds is not kept when an account is read" if is_masked(value) else ""
    if isinstance(value, (Symbol, Template)) or (setting.name and credential_noun(setting.name)):
        return ""
    if setting.secret or (setting.name and setting.references):
        return ""
    return f"its setting {setting.name or setting.where} is not known: {value.reason}"


def _named(seen: Seen, setting: Setting) -> Iterator[Named]:
    value = setting.value
    if isinstance(value, str):
        yield from _in_text(seen, setting, value[:_LONGEST])
    elif isinstance(value, Template):
        for part in value.parts:
            yield from _in_part(seen, setting, part)
    elif isinstance(value, Symbol):
        yield from _in_part(seen, setting, value)
    else:
        problem = setting.owner.plan.resolver.resolve(setting.references, setting.owner.place()).problem
        for one in seen.planned.referred(setting.owner, setting.references):
            yield from _kept(seen, setting, one, certain=not problem)


def _in_part(seen: Seen, setting: Setting, part: str | Unknown) -> Iterator[Named]:
    if isinstance(part, str):
        yield from _in_text(seen, setting, part[:_LONGEST], whole=False)
    elif isinstance(part, Symbol):
        found = seen.planned.instance(setting.owner, part)
        if found is not None:
            yield from _kept(seen, setting, found, certain=True)


def _in_text(seen: Seen, setting: Setting, text: str, *, whole: bool = True) -> Iterator[Named]:
    for token in dict.fromkeys(_TOKEN.findall(text)):
        for name in _names_in(token, bare=whole and token == text and not setting.script):
            found = [one for one in seen.planned.namesakes(setting.owner, name, TYPES) if _fits(one, name)]
            found += [one for one in _called(seen, setting.owner, name) if one not in found]
            if found:
                for one in found:
                    rivals = tuple(other.id for other in found if other is not one)
                    yield from _kept(seen, setting, one, certain=not rivals, rivals=rivals)
                break
        else:
            endpoint = _ENDPOINT.fullmatch(token)
            at = seen.planned.once(_by_host).get(endpoint[1].lower()) if endpoint else None
            if at is not None:
                yield from _kept(seen, setting, at, certain=True)


def _names_in(token: str, *, bare: bool) -> Iterator[str]:
    bucket, queue = _BUCKET.match(token), _QUEUE.match(token)
    if token.startswith(("arn:", "https:", "http:")):
        yield from dict.fromkeys((token, token.rstrip(_ENDS)))
    if bucket:
        yield bucket[1] or bucket[2]
    if queue:
        yield queue[1]
    if bare and token:
        yield token


def _called(seen: Seen, owner: PlannedResource, name: str) -> list[PlannedResource]:
    """What goes by a bare name that programs use, and no other resource of the plan does."""
    found = seen.planned.once(_by_name).get(name.rpartition("/")[2] if name.startswith("arn:") else name, ())
    return [one for one in found if one.plan is owner.plan or one.values.get("arn") == name]


def _by_name(planned: PlannedWorld) -> dict[str, list[PlannedResource]]:
    found: dict[str, list[PlannedResource]] = {}
    for one in planned.of(*_BY_NAME):
        name = one.values.get("name")
        if isinstance(name, str):
            found.setdefault(name, []).append(one)
    return found


def _fits(found: PlannedResource, name: str) -> bool:
    """Whether a name is one that programs use: a database is not called by its identifier."""
    return name.startswith(("arn:", "http")) or found.type not in BY_PASSWORD


def _kept(
    seen: Seen, setting: Setting, found: PlannedResource, *, certain: bool, rivals: tuple[str, ...] = ()
) -> Iterator[Named]:
    step = LEADS_TO.get(found.type)
    target = seen.planned.target(found, *step) if step else found
    if isinstance(target, PlannedResource) and target.type in TYPES and target.mode == "managed":
        yield Named(target, setting, certain, rivals)


def _by_host(planned: PlannedWorld) -> dict[str, PlannedResource]:
    """Resources by the hosts that they answer on."""
    found: dict[str, PlannedResource] = {}
    for one in planned.of(*_HOST_TYPES):
        for attribute in _HOSTS:
            value = one.values.get(attribute)
            match = _ENDPOINT.fullmatch(value) if isinstance(value, str) else None
            if match:
                found.setdefault(match[1].lower(), one)
    return found
