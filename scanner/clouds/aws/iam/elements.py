"""Elements of a policy that wait for apply, as text: what of them the sources tell.

`${<id>}` is the ARN of a planned resource, `${<id>}/*` what lies below it. `${<id>}~` is built from one in another
way, and a `~` elsewhere stands for the rest of an element; alone, for all of it. `{account}`, `{region}` and
`{partition}` are those of whoever applies: data sources ask for them, which without a plan nobody has read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from scanner.hcl.values import Symbol, Template
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

NOT_KNOWN = "~"
"""An element that is not known; at the end of an element: what follows is not known."""

OWN_PLACE = re.compile(r"\{(?:account|region|partition)\}")

_PLACES = {
    ("aws_caller_identity", "account_id"): "{account}",
    ("aws_caller_identity", "id"): "{account}",
    ("aws_region", "name"): "{region}",
    ("aws_region", "region"): "{region}",
    ("aws_region", "id"): "{region}",
    ("aws_partition", "partition"): "{partition}",
    ("aws_partition", "id"): "{partition}",
}
_NAMES = re.compile(r"(?:.*_)?(?:arn|arns|id|ids|name|bucket|url|endpoint|ip|block|prefix|domain)")
"""Attributes that the provider makes, or that name a resource: any other text, such as an output, may be a wildcard."""

_RANGE = re.compile(r"/(?!32$|128$)\d+")
"""Behind an address: how many others are meant with it."""

_S3 = re.compile(r"arn:[^:]*:s3:::")
_IS_BUCKET = (("id",), ("bucket",))
_COLONS = 5
"""In an ARN before its resource: with these, service and account are known."""

_ARN_AS_ID = frozenset(
    {
        "aws_acm_certificate",
        "aws_ecs_cluster",
        "aws_iam_openid_connect_provider",
        "aws_iam_policy",
        "aws_iam_saml_provider",
        "aws_kinesis_firehose_delivery_stream",
        "aws_lb",
        "aws_lb_target_group",
        "aws_secretsmanager_secret",
        "aws_sfn_state_machine",
        "aws_sns_topic",
    }
)
"""Types whose id is their ARN, by the provider's documentation."""

_OWN_ARNS = frozenset({("aws_bedrock_provisioned_model_throughput", "provisioned_model_arn")})
"""Attributes that hold a resource's own ARN and are called after less than its type."""


def element(planned: PlannedWorld, owner: PlannedResource, value: Unknown) -> str:
    """One element of `owner`'s policy as text."""
    parts = _placed(planned, owner, value.parts if isinstance(value, Template) else (value,))
    if not all(isinstance(part, (str, Symbol)) for part in parts):
        return NOT_KNOWN
    head, rest = parts[0], parts[1:]
    if isinstance(head, str):
        return _begun(planned, owner, head, rest) if rest else head
    source = planned.instance(owner, head) if isinstance(head, Symbol) else None
    if source is None or not isinstance(head, Symbol):
        return NOT_KNOWN
    if _is_arn(source.type, head.path):
        return _below(f"${{{source.id}}}", rest)
    named = _is_name(planned, owner, head) and not (rest and _RANGE.fullmatch(str(rest[0])))
    return f"${{{source.id}}}{NOT_KNOWN}" if named else NOT_KNOWN


def _is_arn(type_: str, path: tuple[Any, ...]) -> bool:
    """Whether an attribute is the ARN of the resource itself: `arn`, or one called after its type (`guardrail_arn`)."""
    if path == ("id",):
        return type_ in _ARN_AS_ID
    if len(path) != 1 or not isinstance(path[0], str):
        return False
    if (type_, path[0]) in _OWN_ARNS:
        return True
    return path[0] == "arn" or (path[0].endswith("_arn") and f"_{type_}".endswith(f"_{path[0].removesuffix('_arn')}"))


def _is_name(planned: PlannedWorld, owner: PlannedResource, part: Any) -> bool:
    """Whether a part names a resource of AWS, and is no text that may be anything."""
    source = planned.instance(owner, part) if isinstance(part, Symbol) and part.path else None
    if source is None or not isinstance(part, Symbol):
        return False
    return source.type.startswith("aws_") and _NAMES.fullmatch(str(part.path[-1])) is not None


def _begun(planned: PlannedWorld, owner: PlannedResource, head: str, rest: tuple[Any, ...]) -> str:
    """An element that begins with text."""
    bucket = planned.instance(owner, rest[0]) if isinstance(rest[0], Symbol) else None
    named = isinstance(rest[0], Symbol) and rest[0].path in _IS_BUCKET
    if _S3.fullmatch(head) and named and bucket is not None and bucket.type == "aws_s3_bucket":
        return _below(f"${{{bucket.id}}}", rest[1:])
    told = head.count(":") >= _COLONS and _is_name(planned, owner, rest[0]) and not _wild(rest)
    return f"{head}{NOT_KNOWN}" if told else NOT_KNOWN


def _placed(planned: PlannedWorld, owner: PlannedResource, parts: Iterable[str | Unknown]) -> tuple[str | Unknown, ...]:
    """The parts of an element, with its own account, region and partition as text."""
    found: list[str | Unknown] = []
    for part in parts:
        source = planned.instance(owner, part) if isinstance(part, Symbol) else None
        if source is not None and isinstance(part, Symbol) and source.mode == "data" and len(part.path) == 1:
            part = _PLACES.get((source.type, str(part.path[0])), part)  # noqa: PLW2901 - the same part, as text
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)


def _below(base: str, rest: tuple[Any, ...]) -> str:
    """What follows an ARN, up to the next part that is not known."""
    if not rest:
        return base
    return f"{base}{rest[0]}" if len(rest) == 1 and isinstance(rest[0], str) else f"{base}{NOT_KNOWN}"


def _wild(rest: tuple[Any, ...]) -> bool:
    """Whether what follows reaches more than one resource."""
    return any(isinstance(part, str) and set(part) & set("*?") for part in rest)


def written_out(raw: Any, text: Callable[[Unknown], str]) -> Any:
    """A policy's JSON in which every part that is not known is replaced by text that says so."""
    statements = raw.get("Statement") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(statements, (dict, list)):
        return raw
    listed = statements if isinstance(statements, list) else [statements]
    done = [_statement(one, text) if isinstance(one, dict) else one for one in listed]
    return {**raw, "Statement": done}


def _statement(raw: dict[str, Any], text: Callable[[Unknown], str]) -> dict[str, Any]:
    readers: dict[str, Callable[[Unknown], str]] = {
        "Sid": lambda _: "",
        "Effect": lambda _: NOT_KNOWN,
        "Action": lambda _: NOT_KNOWN,
        "NotAction": lambda _: NOT_KNOWN,
        "Condition": lambda value: compared(text(value)),
    }
    return {name: _replaced(item, readers.get(name, text)) for name, item in raw.items()}


def compared(text: str) -> str:
    """An element as the value of a condition, where `${...}` alone stands for a policy variable.

    `${<id>}=~` is the very ARN of a planned resource; `${<id>}~` is built from it in another way.
    """
    if not (text.startswith("${") and "}" in text):
        return text
    return f"{text}={NOT_KNOWN}" if text.endswith("}") else f"{text[: text.index('}') + 1]}{NOT_KNOWN}"


def _replaced(raw: Any, text: Callable[[Unknown], str]) -> Any:
    if isinstance(raw, Unknown):
        return text(raw)
    if isinstance(raw, dict):
        return {name: _replaced(item, text) for name, item in raw.items()}
    return [_replaced(item, text) for item in raw] if isinstance(raw, list) else raw
