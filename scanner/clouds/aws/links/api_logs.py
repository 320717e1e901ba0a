"""Where APIs log what they are asked word for word, and Bedrock what models are asked and answer.

Sources: Amazon API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs" (data tracing logs whole requests
and responses; the group is called API-Gateway-Execution-Logs_<api>/<stage>) and "Configure logging for WebSocket APIs";
AWS AppSync Developer Guide, "CloudWatch logs"; Amazon Bedrock User Guide, "Monitor model invocation using CloudWatch
Logs and Amazon S3".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from scanner.clouds.aws.ai.invocation_logging import LOGGING
from scanner.clouds.aws.links.ends import BUCKET, LOG_GROUP, End, elsewhere, end_of, ends, hidden, link
from scanner.clouds.aws.links.log_groups import named_after
from scanner.clouds.aws.links.models import may_call
from scanner.clouds.aws.links.seen import BEDROCK, BEDROCK_MODEL, Linked, Seen
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.logic import Answer
from scanner.model import Gap, Unknown
from scanner.terraform.computed import left_out, setting
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_REST, _HTTP, _GRAPH = ("aws_api_gateway_rest_api",), ("aws_apigatewayv2_api",), "aws_appsync_graphql_api"
_STAGES = ("aws_api_gateway_stage", "aws_apigatewayv2_stage")
_PLACES = (
    (("s3_config",), "bucket_name", BUCKET),
    (("cloudwatch_config",), "log_group_name", LOG_GROUP),
    (("cloudwatch_config", "large_data_delivery_s3_config"), "bucket_name", BUCKET),
)
_OWN = ("aws_bedrock_custom_model", "aws_bedrock_provisioned_model_throughput")
"""Models that are nodes of their own; calls of them are recorded as all others."""

_NOT_SEEN = "no record of the calls of models was seen, which an account has once in each region"
_WITHOUT_TEXT = Unknown("texts are left out of the record, pictures and embeddings are not")


def flows(seen: Seen) -> Iterator[Linked]:
    """Execution logs of APIs, and the record of calls of models."""
    for settings in seen.planned.of("aws_api_gateway_method_settings"):
        for block in blocks_at(settings, ("settings",)):
            yield from _execution(seen, settings, block, "rest_api_id", _REST)
    for stage in seen.planned.of("aws_apigatewayv2_stage"):
        for name in ("default_route_settings", "route_settings"):
            for block in blocks_at(stage, (name,)):
                yield from _execution(seen, stage, block, "api_id", _HTTP)
    for api in seen.planned.of(_GRAPH):
        yield from _graph(seen, api)
    yield from _invocations(seen)


def _execution(
    seen: Seen, owner: PlannedResource, block: Block, attribute: str, types: tuple[str, ...]
) -> Iterator[Linked]:
    """What a stage logs of each request; with data tracing that is all of it."""
    level = setting(owner, "logging_level", "OFF", block)
    traced = False if left_out(owner, "data_trace_enabled", block) else block.flag("data_trace_enabled")
    if level in {"OFF", ""} and traced is not True:
        return
    for api in ends(seen, owner, attribute, types):
        for group in _group(seen, owner, api, made=traced is not False):
            yield from link(
                seen, "logs_to", api, group, owner=owner, rule="aws-execution-log",
                attribute=f"{block.where}data_trace_enabled", content=traced, encrypted=True,
                reason="requests and answers are logged there word for word" if traced is True else "it logs there",
            )  # fmt: skip


def _group(seen: Seen, owner: PlannedResource, api: End, *, made: bool) -> Iterator[End]:
    """The log group of a stage; with `made` also the one that API Gateway makes where nobody else does."""
    planned = seen.by_id.get(api.id)
    stage = owner.values.get("stage_name") or owner.values.get("name")
    name = stage if isinstance(stage, str) else _stage(seen, owner)
    prefix, suffix = _names(owner.type)
    found = list(named_after(seen, planned, prefix, "id", f"/{name}" if name else "")) if planned is not None else []
    yield from found
    if not found and made:
        id_ = planned.values.get("id") if planned is not None else None
        called = id_ if isinstance(id_, str) else api.id.removeprefix("ext:")
        yield elsewhere(f"{prefix}{called}/{name}{suffix}", LOG_GROUP[0], live=owner.plan.is_live)


def _names(type_: str) -> tuple[str, str]:
    return ("/aws/apigateway/", "") if type_ == "aws_apigatewayv2_stage" else ("API-Gateway-Execution-Logs_", "")


def _stage(seen: Seen, owner: PlannedResource) -> str:
    target = seen.planned.target(owner, "stage_name", _STAGES)
    name = target.values.get("stage_name") if isinstance(target, PlannedResource) else None
    return name if isinstance(name, str) else ""


def _graph(seen: Seen, api: PlannedResource) -> Iterator[Linked]:
    for block in blocks_at(api, ("log_config",)):
        level = block.text("field_log_level", "NONE")
        verbose = block.flag("exclude_verbose_content")
        content: Answer = Unknown("what it logs of a request is not known")
        if isinstance(verbose, bool) and isinstance(level, str):
            content = not verbose and level in {"ALL", "DEBUG", "INFO"}
        for group in named_after(seen, api, "/aws/appsync/apis/", "id"):
            yield from link(
                seen, "logs_to", end_of(seen, api), group, owner=api, rule="aws-execution-log",
                attribute="log_config", reason="it logs its requests there", content=content, encrypted=True,
            )  # fmt: skip


def _invocations(seen: Seen) -> Iterator[Linked]:
    """The record of all calls of Bedrock's models in an account and region."""
    found = False
    for record in seen.planned.of(LOGGING):
        for config in blocks_at(record, ("logging_config",)):
            found = True
            yield from _recorded(seen, record, config)
    if not found and not any(plan.is_live for plan in seen.planned.plans) and _called(seen):
        yield Gap(scope=BEDROCK, kinds=(), hides=("flow",), reason=_NOT_SEEN)
    for plan in seen.planned.plans if _called(seen) else ():
        why = seen.planned.left_out(plan, LOGGING) if plan.is_live else ""
        if why:
            yield Gap(
                scope=BEDROCK, kinds=("flow",), reason=f"whether calls of models are recorded is not known: {why}",
                account=plan.account, region=plan.region,
            )  # fmt: skip


def _called(seen: Seen) -> bool:
    """Whether anything is about Bedrock."""
    named = any(one.origin.type.startswith(("aws_bedrock_", "aws_bedrockagent_")) for one in seen.world.resources)
    return named or any(one.effect == "Allow" and may_call(one) for one in seen.world.statements)


def _recorded(seen: Seen, setting: PlannedResource, config: Block) -> Iterator[Linked]:
    content, here = _content(config), seen.places.of(setting)
    own = [end_of(seen, one) for one in seen.planned.of(*_OWN) if seen.places.of(one) == here]
    sources = (End(BEDROCK, BEDROCK_MODEL), *own)
    for path, attribute, types in _PLACES:
        for source, block in product(sources, blocks_at(config, path)):
            for target in ends(seen, setting, attribute, types, block):
                yield from link(
                    seen, "logs_to", source, target, owner=setting, rule="aws-invocation-log",
                    attribute=".".join(("logging_config", *path, attribute)), content=content, encrypted=True,
                    reason="what models are asked and answer is recorded there" if content is True
                    else "calls of models are recorded there",
                )  # fmt: skip
            yield from hidden(seen, setting, attribute, types, source.id, block)


def _content(config: Block) -> bool | Unknown:
    """Whether prompts and responses are recorded; without texts there may still be pictures, and embeddings."""
    text = config.flag("text_data_delivery_enabled", absent=True)
    others = [config.flag(f"{sort}_data_delivery_enabled", absent=True) for sort in ("image", "embedding")]
    return _WITHOUT_TEXT if text is False and any(other is not False for other in others) else text
