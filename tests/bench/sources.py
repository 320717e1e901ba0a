"""The generated estate as a fresh plan leaves it: what names a new resource stands in the sources alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import estate

_ROOT = """
locals {
  bots = { for i in range(%d) : format("bot%%05d", i) => { good = i %% 3 != 0 } }
}

module "bot" {
  source   = "./bot"
  for_each = local.bots

  name = each.key
  good = each.value.good
}
"""

_HEAD = """
variable "name" { type = string }
variable "good" { type = bool }

locals {
  buckets = {
    transcripts = aws_s3_bucket.transcripts
    uploads     = aws_s3_bucket.uploads
    logs        = aws_s3_bucket.logs
  }
  arns    = { for name, bucket in local.buckets : name => bucket.arn }
  actions = var.good ? ["dynamodb:GetItem", "dynamodb:PutItem"] : ["dynamodb:*"]
}
"""

_POLICY = """
resource "aws_s3_bucket_policy" "%s" {
  bucket = aws_s3_bucket.%s.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.arns["%s"], "${local.arns["%s"]}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
"""

_FUNCTION = """
resource "aws_lambda_function" "%(name)s" {
  function_name = "${var.name}-%(name)s"
  role          = aws_iam_role.%(name)s.arn
  environment {
    variables = merge(
      { MODEL_ID = "anthropic.claude-3-5-sonnet", BUCKET = aws_s3_bucket.transcripts.id },
      var.good ? { TABLE = aws_dynamodb_table.sessions.id } : { OPENAI_API_KEY = "sk-proj-%(key)s" },
    )
  }
}

resource "aws_iam_role_policy" "%(name)s" {
  role = aws_iam_role.%(name)s.id
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Action   = local.actions
      Resource = [aws_dynamodb_table.sessions.arn, "${aws_dynamodb_table.sessions.arn}/index/*"]
    }]
  })
}
"""

_SPLIT = """
resource "%(type)s" "%(name)s" {
  %(attribute)s = %(target)s.%(name)s.id
}
"""


def write(folder: Path, resources: int) -> Path:
    """Write sources and plan of an estate with about `resources` managed instances; the plan's path."""
    document = json.loads(estate.plan(resources))
    for change in document["resource_changes"]:
        _hide(change["type"], change["change"])
    called = document["configuration"]["root_module"]["module_calls"]["bot"]
    called["for_each_expression"] = {"references": ["local.bots"]}
    called["expressions"] = {
        "name": {"references": ["each.key"]},
        "good": {"references": ["each.value.good", "each.value"]},
    }
    called["module"]["variables"] = {"name": {}, "good": {}}
    blocks = called["module"]["resources"]
    for block in blocks:
        _refer(block)
    (folder / "bot").mkdir(parents=True)
    bots = len({change["module_address"] for change in document["resource_changes"]})
    (folder / "main.tf").write_text(_ROOT % bots)
    (folder / "bot" / "main.tf").write_text(_HEAD + "".join(map(_block, blocks)))
    plan = folder / "plan.json"
    plan.write_bytes(json.dumps(document).encode())
    return plan


def _hide(type_: str, change: dict[str, Any]) -> None:
    if type_ in {"aws_s3_bucket_policy", "aws_iam_role_policy"}:
        del change["after"]["policy"]
        change["after_unknown"]["policy"] = True
    elif type_ == "aws_lambda_function":
        change["after"]["environment"] = [{}]
        change["after_unknown"] |= {"environment": [{"variables": True}], "role": True}


def _refer(block: dict[str, Any]) -> None:
    if block["type"] == "aws_s3_bucket_policy":
        arn = [f'local.arns["{block["name"]}"]', "local.arns"]
        block["expressions"]["policy"] = {"references": [*arn, *arn]}
    elif block["type"] == "aws_iam_role_policy":
        table = ["aws_dynamodb_table.sessions.arn", "aws_dynamodb_table.sessions"]
        block["expressions"]["policy"] = {"references": ["local.actions", *table, *table]}
    elif block["type"] == "aws_lambda_function":
        bucket, sessions = "aws_s3_bucket.transcripts", "aws_dynamodb_table.sessions"
        read = [f"{bucket}.id", bucket, "var.good", f"{sessions}.id", sessions]
        block["expressions"]["function_name"] = {"references": ["var.name"]}
        block["expressions"]["environment"] = [{"variables": {"references": read}}]
        block["expressions"]["role"] = {"references": [f"aws_iam_role.{block['name']}.arn"]}


def _block(block: dict[str, Any]) -> str:
    type_, name = block["type"], block["name"]
    if type_ == "aws_s3_bucket_policy":
        return _POLICY % (name, name, name, name)
    if type_ == "aws_lambda_function":
        return _FUNCTION % {"name": name, "key": "EXAMPLE" * 6}
    if type_ == "aws_iam_role_policy":
        return ""
    if type_ in estate.JOINS:
        attribute, target = estate.JOINS[type_]
        return _SPLIT % {"type": type_, "name": name, "attribute": attribute, "target": target}
    if type_ == "aws_api_gateway_method":
        return 'resource "aws_api_gateway_method" "post" {\n  rest_api_id = aws_api_gateway_rest_api.api.id\n}\n'
    return f'resource "{type_}" "{name}" {{\n}}\n'
