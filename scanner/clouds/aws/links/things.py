"""Resources by what settings call them: an ARN, a name, the URL of a queue, or a helper of theirs such as an alias.

Sources: AWS Service Authorization Reference, "Resource types defined by" each service (forms of ARNs); Amazon API
Gateway Developer Guide, "Integration request" (URIs of functions); Amazon SQS Developer Guide, "Queue URL".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from scanner.clouds.aws.links.ends import End, elsewhere, end_of
from scanner.clouds.aws.links.seen import Seen
from scanner.hcl.values import LeftOut, Unfinished
from scanner.kinds import Compute, Entrypoint, Store
from scanner.model import Origin, Resource, Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block, references_in

FUNCTION = "aws_lambda_function"
QUEUE, TOPIC, BUS = "aws_sqs_queue", "aws_sns_topic", "aws_cloudwatch_event_bus"
STREAM, FIREHOSE = "aws_kinesis_stream", "aws_kinesis_firehose_delivery_stream"
TABLE, BUCKET, LOG_GROUP = "aws_dynamodb_table", "aws_s3_bucket", "aws_cloudwatch_log_group"
MACHINE, TASK, SERVICE = "aws_sfn_state_machine", "aws_ecs_task_definition", "aws_ecs_service"
BALANCERS = ("aws_lb", "aws_alb")
APIS = ("aws_api_gateway_rest_api", "aws_apigatewayv2_api")

RUNS: tuple[str, ...] = (
    FUNCTION, MACHINE, TASK, SERVICE, "aws_batch_job_definition", "aws_codebuild_project", "aws_codepipeline",
    "aws_glue_job", "aws_instance",
)  # fmt: skip
"""Types that an event starts, rather than rests in."""

TAKES: tuple[str, ...] = (
    *RUNS, QUEUE, TOPIC, BUS, STREAM, FIREHOSE, TABLE, BUCKET, LOG_GROUP, *APIS, "aws_appsync_graphql_api",
    "aws_cloudwatch_event_api_destination", "aws_batch_job_queue", "aws_ecs_cluster", "aws_redshift_cluster",
    "aws_redshiftserverless_workgroup", "aws_bedrockagent_agent",
)  # fmt: skip
"""Types that take events and messages."""

_LEADS_ON: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "aws_api_gateway_deployment": ("rest_api_id", APIS[:1]),
    "aws_api_gateway_stage": ("rest_api_id", APIS[:1]),
    "aws_apigatewayv2_stage": ("api_id", APIS[1:]),
    "aws_alb_listener": ("load_balancer_arn", BALANCERS),
    "aws_lambda_alias": ("function_name", (FUNCTION,)),
    "aws_lambda_function_url": ("function_name", (FUNCTION,)),
    "aws_lb_listener": ("load_balancer_arn", BALANCERS),
    "aws_s3_bucket_website_configuration": ("bucket", (BUCKET,)),
}
"""Helpers of a resource: the attribute that names it, and its types."""

_KINDS: Mapping[str, tuple[type[Resource], str]] = {
    "aws_autoscaling_group": (Compute, "nodes"),
    BUS: (Store, "event_bus"),
    "aws_cloudwatch_event_rule": (Compute, "target"),
    "aws_ecs_service": (Compute, "service"),
    "aws_ecs_task_definition": (Compute, "container"),
    "aws_lexv2models_bot": (Entrypoint, "bot"),
    "aws_lex_bot": (Entrypoint, "bot"),
    "aws_mq_broker": (Store, "queue"),
    "aws_msk_serverless_cluster": (Store, "stream"),
    MACHINE: (Compute, "workflow"),
    QUEUE: (Store, "queue"),
    TOPIC: (Store, "topic"),
}

_ARN = re.compile(r"arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws)?:(.+)", re.DOTALL)
_INVOKED = re.compile(r"arn:[^:]*:apigateway:[^:]*:lambda:path/[^/]+/functions/(arn:[^/]+)/[a-z-]*invocations")
_QUEUE_URL = re.compile(r"https://(?:sqs[.-]([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.amazonaws\.com[^/]*/(\d{12})/([\w.-]+)")
_FORMS: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    service: tuple((re.compile(form), type_) for form, type_ in forms)
    for service, forms in {
        "batch": ((r"job-definition/([^:]+)", "aws_batch_job_definition"), (r"job-queue/(.+)", "aws_batch_job_queue")),
        "codebuild": ((r"project/(.+)", "aws_codebuild_project"),),
        "codepipeline": ((r"([^:/]+)", "aws_codepipeline"),),
        "dynamodb": ((r"table/([^/]+)", TABLE),),
        "ecs": (
            (r"cluster/(.+)", "aws_ecs_cluster"),
            (r"service/(?:[^/]+/)?([^/]+)", SERVICE),
            (r"task-definition/([^:]+)", TASK),
        ),
        "elasticloadbalancing": ((r"(?:listener|loadbalancer|listener-rule)/(?:app|net)/([^/]+)", "aws_lb"),),
        "events": (
            (r"event-bus/(.+)", BUS),
            (r"api-destination/([^/]+)", "aws_cloudwatch_event_api_destination"),
        ),
        "execute-api": ((r"([^/]+)", APIS[0]), (r"([^/]+)", APIS[1])),
        "firehose": ((r"deliverystream/(.+)", FIREHOSE),),
        "glue": ((r"job/(.+)", "aws_glue_job"),),
        "kafka": ((r"cluster/([^/]+)", "aws_msk_cluster"),),
        "kinesis": ((r"stream/([^/]+)", STREAM),),
        "lambda": ((r"function:([^:]+)", FUNCTION),),
        "logs": ((r"log-group:([^:]+)", LOG_GROUP),),
        "mq": ((r"broker:([^:]+)", "aws_mq_broker"),),
        "s3": ((r"([^/]+)", BUCKET),),
        "sns": ((r"([^:]+)", TOPIC),),
        "sqs": ((r"(.+)", QUEUE),),
        "states": ((r"(?:stateMachine|express):([^:]+)", MACHINE),),
    }.items()
}  # fmt: skip
"""What the last part of an ARN begins with, and the types of what it names."""

_OWN_NAME: Mapping[str, str] = {
    BUCKET: "bucket", FUNCTION: "function_name", TASK: "family", "aws_api_gateway_rest_api": "id",
    "aws_apigatewayv2_api": "id", "aws_msk_cluster": "cluster_name", "aws_mq_broker": "broker_name",
}  # fmt: skip


def at(seen: Seen, resource: PlannedResource, doubt: str = "") -> End:
    """A resource as an end of a flow; one that a data source looked up goes by the name it has in the cloud."""
    if resource.mode == "data":
        found = next((v for v in map(resource.values.get, ("arn", "id", "name")) if isinstance(v, str) and v), "")
        return called(seen, resource, found, (resource.type,)) if found else elsewhere(resource.id, resource.type)
    kind = _KINDS.get(resource.type)
    if kind is None or resource.id in seen.resources:
        return end_of(seen, resource, doubt)
    return End(resource.id, _node(kind, seen.planned.labels(resource)), doubt)


def _node(kind: tuple[type[Resource], str], labels: dict[str, object]) -> Resource:
    data = labels.get("data", ())
    return kind[0].of(**{**labels, "data": () if isinstance(data, Unknown) else data}, type=kind[1])


def called(seen: Seen, owner: PlannedResource, text: str, types: tuple[str, ...]) -> End:
    """What `owner` means by an ARN, an id or a name: a resource that was read, or one elsewhere."""
    found = known(seen, owner, text, types)
    if found is not None:
        return at(seen, found)
    inner = _INVOKED.search(text)
    name = inner[1] if inner else text
    type_ = next((one for one in _types_of(name) if one in types), types[0])
    if type_ not in _KINDS:
        return elsewhere(name, type_, live=owner.plan.is_live)
    origin = Origin(source="outside", type=type_)
    labels: dict[str, object] = {"id": f"ext:{name}", "name": name, "environment": "external", "origin": origin}
    return End(f"ext:{name}", _node(_KINDS[type_], {**labels, "planned": not owner.plan.is_live}))


def known(seen: Seen, owner: PlannedResource, text: str, types: tuple[str, ...]) -> PlannedResource | None:
    """The one resource that was read and that `owner` means by an ARN, an id or a name."""
    inner = _INVOKED.search(text)
    text = inner[1] if inner else text
    found = [one for one in seen.planned.namesakes(owner, text, types) if one.mode == "managed"]
    if not found:
        found = list(_by_parts(seen, owner, text, types))
    if not found and not text.startswith(("arn:", "http")):
        same = _index(seen.planned)
        found = [one for type_ in types for one in same.get((type_, text), ()) if one.plan is owner.plan]
    return canonical(seen, found[0]) if len(found) == 1 else None


def canonical(seen: Seen, resource: PlannedResource) -> PlannedResource:
    """What people name: the API rather than its stage, the function rather than its alias."""
    step = _LEADS_ON.get(resource.type)
    if step is None:
        return resource
    target = seen.planned.target(resource, step[0], step[1])
    return target if isinstance(target, PlannedResource) else resource


def ends_at(
    seen: Seen, owner: PlannedResource, attribute: str, types: tuple[str, ...], block: Block | None = None
) -> tuple[End, ...] | Unknown:
    """What an attribute of a resource, or of one of its blocks, names; Unknown where that is not decided."""
    holder = block or owner
    value = holder.get(attribute)
    if value in (None, "") or isinstance(value, LeftOut) or left_out(owner, attribute, block):
        return ()
    if isinstance(value, str):
        return (_plainly(seen, owner, attribute, types, block, value),)
    types = _with_helpers(types)
    if isinstance(value, list) and holder.whole(attribute):
        return tuple(called(seen, owner, str(item), types) for item in value if item)
    found = seen.planned.targets(owner, attribute, types, block) if isinstance(value, list) else None
    if found is None:
        one = seen.planned.target(owner, attribute, types, block)
        found = one if isinstance(one, Unknown) else () if one is None else (one,)
    if isinstance(found, Unknown):
        return found
    return tuple(
        at(seen, canonical(seen, one)) if isinstance(one, PlannedResource) else called(seen, owner, one.value, types)
        for one in found
    )


def perhaps(
    seen: Seen, owner: PlannedResource, attribute: str, types: tuple[str, ...], block: Block | None, why: Unknown
) -> Iterator[End]:
    """What an attribute that is not decided may name."""
    holder = block or owner
    if owner.plan.is_live or isinstance(holder.get(attribute), Unfinished):
        return
    for one in seen.planned.referred(owner, holder.references(attribute) or ()):
        kept = canonical(seen, one)
        if kept.id != owner.id and kept.type in types and kept.mode == "managed":
            yield at(seen, kept, why.reason)


@lru_cache(maxsize=256)
def _with_helpers(types: tuple[str, ...]) -> tuple[str, ...]:
    """The types, and those that lead on to one of them: what is looked for stops at the first."""
    more = (one for one, (_, found) in _LEADS_ON.items() if not set(found).isdisjoint(types))
    return (*types, *(one for one in more if one not in types))


def _plainly(
    seen: Seen, owner: PlannedResource, attribute: str, types: tuple[str, ...], block: Block | None, value: str
) -> End:
    found = known(seen, owner, value, types)
    if found is None:
        followed = seen.planned.target(owner, attribute, _with_helpers(types), block)
        found = canonical(seen, followed) if isinstance(followed, PlannedResource) else None
    return at(seen, found) if found is not None else called(seen, owner, value, types)


def _types_of(text: str) -> Iterator[str]:
    """Types of what an ARN, or the URL of a queue, may name."""
    parts = _parts(text)
    yield from (type_ for type_, _ in parts[2]) if parts else ()


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[str, str, tuple[tuple[str, str], ...]] | None:
    """Region and account of an ARN or the URL of a queue, and each type with the name of what it may be."""
    url = _QUEUE_URL.match(text)
    if url:
        return (url[1] or url[2], url[3], ((QUEUE, url[4]),))
    arn = _ARN.fullmatch(text)
    if arn is None:
        return None
    named = ((type_, form.match(arn[4])) for form, type_ in _FORMS.get(arn[1], ()))
    return (arn[2], arn[3] or "", tuple((type_, match[1]) for type_, match in named if match))


def _by_parts(seen: Seen, owner: PlannedResource, text: str, types: tuple[str, ...]) -> Iterator[PlannedResource]:
    """What a plan makes, whose ARN it does not know yet: by its name, in the account and region of the ARN."""
    parts = _parts(text)
    for type_, name in parts[2] if parts else ():
        for one in _index(seen.planned).get((type_, name), ()):
            account, region = seen.places.of(one)
            same = account in {"", parts[1]} or not parts[1] if parts else False
            here = region in {"", parts[0]} or not parts[0] if parts else False
            if same and here and (type_ in types or type_ in _LEADS_ON) and one.plan.is_live == owner.plan.is_live:
                yield one


def _index(planned: PlannedWorld) -> Mapping[tuple[str, str], list[PlannedResource]]:
    """Resources by type and own name."""
    return planned.once(_indexed)


def _indexed(planned: PlannedWorld) -> dict[tuple[str, str], list[PlannedResource]]:
    found: dict[tuple[str, str], list[PlannedResource]] = {}
    for plan in planned.plans:
        for one in plan.resources:
            name = one.values.get(_OWN_NAME.get(one.type, "name"))
            if isinstance(name, str) and name:
                type_ = "aws_lb" if one.type == "aws_alb" else one.type
                found.setdefault((type_, name), []).append(one)
    return found


def set_blocks(owner: PlannedResource, name: str, holder: Block | None = None) -> tuple[Block, ...] | Unknown:
    """Blocks that are a set, each with the expressions it was written with: a plan puts them in an order of its own."""
    blocks = (holder or owner).blocks(name)
    written = (holder or owner).expressions.get(name)
    if isinstance(blocks, Unknown) or not isinstance(written, list) or len(written) < 2:
        return blocks
    free = list(written)
    found = []
    for block in blocks:
        same = [one for one in free if _agrees(one, block)] or [one for one in written if _agrees(one, block)]
        likest = min(same, key=lambda one: _unwritten(one, block), default=None)
        if likest in free:
            free.remove(likest)
        found.append(Block(block.values, block.unknown, likest, block.where))
    return tuple(found)


def _unwritten(written: object, block: Block) -> int:
    """How many blocks a block has in it that an expression of the configuration does not write."""
    inner = [name for name, value in block.values.items() if isinstance(value, list) and value]
    inner = [name for name in inner if isinstance(block.values[name][0], dict)]
    return sum(name not in written for name in inner) if isinstance(written, dict) else len(inner)


def _agrees(written: object, block: Block) -> bool:
    """Whether a block may be what an expression of the configuration makes."""
    if not isinstance(written, dict):
        return False
    for key, expression in written.items():
        value = block.values.get(key)
        if isinstance(expression, list):
            inner = value if isinstance(value, list) else []
            if len(inner) == len(expression) and not all(
                _agrees(one, Block(other, None, None)) for one, other in zip(expression, inner, strict=True)
            ):
                return False
            if not inner and expression:
                return False
        elif isinstance(expression, dict) and "constant_value" in expression:
            if value is not None and str(value) != str(expression["constant_value"]):
                return False
        elif value is not None and not any(references_in(expression)):
            continue
    return True
