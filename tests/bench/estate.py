"""A generated estate of chatbots: a plan of any size, shaped like terraform's own, with faults in a known share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

PER_BOT = 46
"""Managed resources of one bot."""


def plan(resources: int) -> bytes:
    """A plan with about `resources` managed instances, as JSON."""
    bots = max(1, round(resources / PER_BOT))
    changes = [change for i in range(bots) for change in _bot(i)]
    document = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"child_modules": [_planned(changes)]}},
        "resource_changes": changes,
        "configuration": {
            "provider_config": {
                "aws": {"name": "aws", "expressions": {"region": {"constant_value": "eu-central-1"}}},
            },
            "root_module": {"module_calls": {"bot": {"for_each_expression": {}, "module": _module()}}},
        },
        "complete": True,
        "errored": False,
    }
    return json.dumps(document).encode()


def _planned(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """What terraform repeats of every instance; readers that need it pay for it."""
    keep = ("address", "mode", "type", "name", "provider_name")
    return {"resources": [{k: c[k] for k in keep} | {"values": c["change"]["after"]} for c in changes]}


def _bot(i: int) -> Iterator[dict[str, Any]]:
    key, good = f"bot{i:05}", i % 3 != 0
    tags = {"Environment": "production" if i % 2 else "staging", "DataClass": "transcript user_identity"}
    for name in ("transcripts", "uploads", "logs"):
        yield from _bucket(key, name, tags, good=good)
    for name in ("data", "logs"):
        yield _new(key, "aws_kms_key", name, {"enable_key_rotation": good, "tags": tags}, {"arn": True, "id": True})
    for name in ("openai", "database"):
        yield _new(
            key, "aws_secretsmanager_secret", name, {"name": f"{key}/{name}"}, {"arn": True, "id": True, "policy": True}
        )
        yield _new(key, "aws_secretsmanager_secret_rotation", name, {"rotation_rules": [{}]}, {"secret_id": True})
    for name in ("chat", "worker", "nightly"):
        yield from _function(key, name, tags, good=good)
    for name in ("sessions", "feedback"):
        recovery = [{"enabled": good}]
        yield _new(
            key, "aws_dynamodb_table", name,
            {"name": f"{key}-{name}", "tags": tags, "point_in_time_recovery": recovery, "ttl": [{"enabled": True}]},
            {"arn": True, "id": True},
        )  # fmt: skip
    yield _new(key, "aws_api_gateway_rest_api", "api", {"name": key}, {"arn": True, "id": True, "policy": True})
    yield _new(
        key, "aws_api_gateway_method", "post",
        {"http_method": "POST", "authorization": "CUSTOM" if good else "NONE"}, {"rest_api_id": True},
    )  # fmt: skip
    ports = {
        "from_port": 443,
        "to_port": 443,
        "protocol": "tcp",
        "cidr_blocks": ["10.0.0.0/8" if good else "0.0.0.0/0"],
    }
    yield _new(key, "aws_security_group", "worker", {"name": key, "ingress": [ports]}, {"arn": True, "id": True})


def _bucket(key: str, name: str, tags: dict[str, str], *, good: bool) -> Iterator[dict[str, Any]]:
    yield _new(
        key, "aws_s3_bucket", name, {"bucket": f"{key}-{name}", "tags": tags}, {"arn": True, "id": True, "policy": True}
    )
    yield _new(
        key, "aws_s3_bucket_versioning", name, {"versioning_configuration": [{"status": "Enabled"}]}, {"bucket": True}
    )
    flags = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    yield _new(key, "aws_s3_bucket_public_access_block", name, dict.fromkeys(flags, good), {"bucket": True})
    rule = {"id": "old", "status": "Enabled", "filter": [{}], "expiration": [{"days": 90}]}
    rule["noncurrent_version_expiration"] = [{"noncurrent_days": 30}]
    yield _new(key, "aws_s3_bucket_lifecycle_configuration", name, {"rule": [rule]}, {"bucket": True})
    deny = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{key}-{name}", f"arn:aws:s3:::{key}-{name}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
    yield _new(key, "aws_s3_bucket_policy", name, {"policy": json.dumps(deny)}, {"bucket": True})


def _function(key: str, name: str, tags: dict[str, str], *, good: bool) -> Iterator[dict[str, Any]]:
    secret = {"TABLE": f"{key}-sessions"} if good else {"OPENAI_API_KEY": "sk-proj-" + "EXAMPLE" * 6}
    yield _new(
        key, "aws_lambda_function", name,
        {"function_name": f"{key}-{name}", "environment": [{"variables": secret}], "tags": tags},
        {"arn": True, "id": True},
    )  # fmt: skip
    yield _new(
        key, "aws_iam_role", name, {"name": f"{key}-{name}", "assume_role_policy": '{"Statement": []}'}, {"arn": True}
    )
    action = ["dynamodb:GetItem", "dynamodb:PutItem"] if good else ["dynamodb:*"]
    grant = {
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": f"arn:aws:dynamodb:*:*:table/{key}-sessions"}]
    }
    yield _new(key, "aws_iam_role_policy", name, {"policy": json.dumps(grant)}, {"role": True, "id": True})
    days = 30 if good else 0
    yield _new(
        key, "aws_cloudwatch_log_group", name, {"name": f"/aws/lambda/{key}-{name}", "retention_in_days": days}, {}
    )


def _new(key: str, type_: str, name: str, after: dict[str, Any], unknown: dict[str, Any]) -> dict[str, Any]:
    address = f'module.bot["{key}"]'
    return {
        "address": f"{address}.{type_}.{name}",
        "module_address": address,
        "mode": "managed",
        "type": type_,
        "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": ["create"],
            "before": None,
            "after": after,
            "after_unknown": unknown,
            "before_sensitive": False,
            "after_sensitive": {},
        },
    }


JOINS = {
    "aws_s3_bucket_versioning": ("bucket", "aws_s3_bucket"),
    "aws_s3_bucket_public_access_block": ("bucket", "aws_s3_bucket"),
    "aws_s3_bucket_lifecycle_configuration": ("bucket", "aws_s3_bucket"),
    "aws_s3_bucket_policy": ("bucket", "aws_s3_bucket"),
    "aws_secretsmanager_secret_rotation": ("secret_id", "aws_secretsmanager_secret"),
    "aws_iam_role_policy": ("role", "aws_iam_role"),
}


def _module() -> dict[str, Any]:
    """The bot's configuration: which block refers to which."""
    blocks = {(c["type"], c["name"]) for c in _bot(0)}
    resources = []
    for type_, name in sorted(blocks):
        expressions: dict[str, Any] = {}
        if type_ in JOINS:
            attribute, target = JOINS[type_]
            expressions[attribute] = {"references": [f"{target}.{name}.id", f"{target}.{name}"]}
        if type_ == "aws_api_gateway_method":
            expressions["rest_api_id"] = {
                "references": ["aws_api_gateway_rest_api.api.id", "aws_api_gateway_rest_api.api"]
            }
        resources.append(
            {"mode": "managed", "type": type_, "name": name, "provider_config_key": "aws", "expressions": expressions}
        )
    return {"resources": resources}
