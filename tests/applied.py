"""A completed plan in which the attributes that wait for apply are made up: everything that names one is then known.

What is said of a plan with its sources must be said of this one too, and nothing that this one tells may be left open
by the sources but what depends on the very names that were made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.naming import locate
from scanner.hcl.values import Symbol, Template, mentions
from scanner.model import Unknown
from scanner.terraform.instances import Plan, PlannedResource

_ACCOUNT = "111122223333"
_GLOBAL = {"aws_iam": "iam", "aws_cloudfront": "cloudfront"}
_NAMES = (
    "bucket", "function_name", "name", "identifier", "cluster_identifier", "agent_name", "domain_name", "alarm_name",
    "family",
)  # fmt: skip
_RESOURCE = {
    "aws_sqs_queue": "sqs:{name}",
    "aws_sns_topic": "sns:{name}",
    "aws_lambda_function": "lambda:function:{name}",
    "aws_kms_key": "kms:key/{uuid}",
    "aws_secretsmanager_secret": "secretsmanager:secret:{name}-AbCdEf",
    "aws_cloudwatch_log_group": "logs:log-group:{name}",
    "aws_cloudwatch_metric_alarm": "cloudwatch:alarm:{name}",
    "aws_lb": "elasticloadbalancing:loadbalancer/app/{name}/{id}",
    "aws_sfn_state_machine": "states:stateMachine:{name}",
    "aws_bedrock_guardrail": "bedrock:guardrail/{id}",
    "aws_bedrockagent_agent": "bedrock:agent/{id}",
    "aws_bedrock_inference_profile": "bedrock:application-inference-profile/{id}",
    "aws_bedrockagent_knowledge_base": "bedrock:knowledge-base/{id}",
    "aws_cloudtrail": "cloudtrail:trail/{name}",
    "aws_cloudwatch_composite_alarm": "cloudwatch:alarm:{name}",
    "aws_cloudwatch_event_rule": "events:rule/{name}",
    "aws_cognito_user_pool": "cognito-idp:userpool/{id}",
    "aws_db_instance": "rds:db:{name}",
    "aws_ecs_task_definition": "ecs:task-definition/{name}:1",
    "aws_instance": "ec2:instance/{id}",
    "aws_kinesis_firehose_delivery_stream": "firehose:deliverystream/{name}",
    "aws_opensearch_domain": "es:domain/{name}",
    "aws_opensearchserverless_collection": "aoss:collection/{id}",
    "aws_rds_cluster": "rds:cluster:{name}",
    "aws_rds_cluster_instance": "rds:db:{name}",
    "aws_ssm_parameter": "ssm:parameter/{bare}",
    "aws_vpc_endpoint": "ec2:vpc-endpoint/{id}",
    "aws_wafv2_web_acl": "wafv2:regional/webacl/{name}/{uuid}",
}
"""What follows region and account in a type's ARN, after its service. Source: AWS Service Authorization Reference."""

_ARN_AS_ID = frozenset(
    {
        "aws_iam_policy", "aws_lb", "aws_lb_listener", "aws_lb_target_group", "aws_secretsmanager_secret",
        "aws_sfn_state_machine", "aws_sns_topic",
    }
)  # fmt: skip
_NAME_AS_ID = ("aws_s3_bucket", "aws_iam_", "aws_dynamodb_table", "aws_lambda_function", "aws_cloudwatch_", "aws_ecr_")


def apply(plan: Plan) -> None:
    """Make up what is known only after apply, and put it wherever it is named."""
    made = _Made(plan)
    everything = (*plan.resources, *plan.data)
    symbols = {symbol for one in everything for symbol in _symbols(one.unknown)}
    for one in plan.resources:
        wanted = {s.path[0] for s in symbols if s.address == one.address and len(s.path) == 1}
        wanted |= {"arn", "id", *({"bucket"} if one.type == "aws_s3_bucket" else ())}
        for name in wanted:
            if isinstance(one.unknown, dict) and one.unknown.get(name) is True:
                one.values[str(name)] = made.value(Symbol("", one.address, (name,)))
                one.unknown[name] = False
    for one in everything:
        one.values, one.unknown = _known(one.values, one.unknown, made)


class _Made:
    """Names, ids and ARNs as AWS gives them."""

    def __init__(self, plan: Plan) -> None:
        self._resources = {one.address: one for one in (*plan.resources, *plan.data)}
        self._number = {address: number for number, address in enumerate(self._resources)}
        told = (one.values.get("account_id") for one in plan.data if one.type == "aws_caller_identity")
        self._account = str(next(filter(None, told), _ACCOUNT))

    def value(self, symbol: Symbol) -> str | None:
        """An attribute's value; None for what is no text of its own."""
        one = self._resources.get(symbol.address)
        if one is None or one.type == "aws_iam_policy_document" or not symbol.path:
            return None
        known = one.values.get(str(symbol.path[0]))
        if isinstance(known, str):
            return known
        return self._text(one, str(symbol.path[-1]), self._number[one.address])

    def _text(self, one: PlannedResource, last: str, number: int) -> str:
        name = next((one.values[n] for n in _NAMES if isinstance(one.values.get(n), str)), f"made-{number}")
        id_ = f"id{number:08d}"
        if last.endswith("arn") or (last == "id" and one.type in _ARN_AS_ID):
            return self._arn(one, str(name), id_, number)
        if last == "url" or (last == "id" and one.type == "aws_sqs_queue"):
            return f"https://sqs.eu-west-1.amazonaws.com/{self._account}/{name}"
        if last in _NAMES or (last == "id" and one.type.startswith(_NAME_AS_ID)):
            return str(name)
        if last == "key_id" or (last == "id" and one.type == "aws_kms_key"):
            return _uuid(number)
        if "cidr" in last or last.endswith("_ip"):
            return "10.1.0.0/16" if "cidr" in last else "198.18.1.1"
        return id_ if last.endswith("id") else f"{last}-{id_}"

    def _arn(self, one: PlannedResource, name: str, id_: str, number: int) -> str:
        if one.type == "aws_s3_bucket":
            return f"arn:aws:s3:::{name}"
        words = one.type.split("_")
        service, _, resource = _RESOURCE.get(one.type, f"{words[1]}:{words[-1]}/{{name}}").partition(":")
        region = "" if one.type.startswith(tuple(_GLOBAL)) else locate(one)[2] or "eu-west-1"
        filled = resource.format(name=name, bare=name.lstrip("/"), id=id_, uuid=_uuid(number))
        return f"arn:aws:{service}:{region}:{self._account}:{filled}"


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def _symbols(marks: Any) -> Iterator[Symbol]:
    if isinstance(marks, Unknown):
        yield from (one for one in mentions(marks) if isinstance(one, Symbol))
    for inner in marks.values() if isinstance(marks, dict) else marks if isinstance(marks, list) else ():
        yield from _symbols(inner)


def _known(value: Any, mark: Any, made: _Made) -> tuple[Any, Any]:
    """A value and its marks, with what is made up in place of what was open."""
    if isinstance(mark, (Symbol, Template)):
        parts = mark.parts if isinstance(mark, Template) else (mark,)
        texts = [made.value(part) if isinstance(part, Symbol) else part for part in parts]
        known = [text for text in texts if isinstance(text, str)]
        return ("".join(known), False) if len(known) == len(texts) else (value, mark)
    if isinstance(mark, dict):
        values = dict(value) if isinstance(value, dict) else {}
        done = {name: _known(values.get(name), inner, made) for name, inner in mark.items()}
        values.update({name: one for name, (one, _) in done.items() if one is not None})
        return values, {name: open_ for name, (_, open_) in done.items()}
    if isinstance(mark, list) and mark:
        items = value if isinstance(value, list) else [None] * len(mark)
        pairs = [_known(item, mark[i] if i < len(mark) else False, made) for i, item in enumerate(items)]
        return [one for one, _ in pairs], [open_ for _, open_ in pairs]
    return value, mark
