"""Suggested policies: what is kept, what is taken away, and that Terraform takes them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from commands import call, refused
from saved import saved_plan
from tools import TERRAFORM
from worlds import FIXTURES, change, plan

ACCOUNT = "111122223333"
TRUST = json.dumps(
    {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}}
)


def role(name: str = "chat", **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return change(f"aws_iam_role.{name}", {"name": name, "arn": arn, "assume_role_policy": TRUST, **more})


def function(name: str = "chat", **variables: str) -> dict[str, Any]:
    values = {
        "function_name": name,
        "role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "environment": [{"variables": variables}],
    }
    return change(f"aws_lambda_function.{name}", values)


def table(name: str) -> dict[str, Any]:
    arn = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{name}"
    return change(f"aws_dynamodb_table.{name}", {"name": name, "arn": arn})


def policy(*statements: dict[str, Any], version: str = "2012-10-17", holder: str = "chat") -> dict[str, Any]:
    text = json.dumps({"Version": version, "Statement": list(statements)})
    return change(f"aws_iam_role_policy.{holder}", {"name": "own", "role": holder, "policy": text})


def allow(actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


TABLES = [table("sessions"), table("memory"), table("products")]
EVERY = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/*"


def suggested(tmp_path: Path, *changes: dict[str, Any], options: tuple[str, ...] = ()) -> str:
    file = tmp_path / "plan.json"
    file.write_bytes(plan(*changes))
    done = call("suggest", str(file), "-q", *options)
    assert done.code == 0, done.err
    return done.out


def block(text: str) -> str:
    """What stands in the suggested policies, without comments and space."""
    return " ".join(" ".join(line for line in text.splitlines() if not line.startswith("#")).split())


def test_a_pattern_is_cut_down_to_what_is_wired(tmp_path: Path) -> None:
    text = suggested(tmp_path, role(), function(TABLE="sessions"), *TABLES, policy(allow("dynamodb:GetItem", EVERY)))
    assert block(text) == (
        'data "aws_iam_policy_document" "chat" { statement { actions = [ "dynamodb:GetItem", ] '
        "resources = [ aws_dynamodb_table.sessions.arn, ] } }"
    )
    assert "# acts for aws_lambda_function.chat" in text
    assert "# wired to aws_dynamodb_table.sessions" in text
    assert f"# no more on {EVERY}" in text


def test_of_every_action_of_a_service_reading_writing_and_deleting_stay(tmp_path: Path) -> None:
    text = suggested(tmp_path, role(), function(TABLE="sessions"), *TABLES, policy(allow("dynamodb:*")))
    for kept in ("GetItem", "PutItem", "DeleteItem", "Query"):
        assert f'"dynamodb:{kept}"' in text
    for gone in ("PutResourcePolicy", "CreateTable", "UpdateContinuousBackups"):
        assert f'"dynamodb:{gone}"' not in text
    assert "memory" not in block(text)
    assert "# removed, beyond reading, writing and deleting what a store holds: " in text
    assert "dynamodb:CreateTable" in text


def test_everything_on_everything_keeps_the_services_that_are_wired(tmp_path: Path) -> None:
    text = suggested(tmp_path, role(), function(TABLE="sessions"), *TABLES, policy(allow("*")))
    assert "# removed, every service but dynamodb: *" in text
    assert '"dynamodb:GetItem"' in text
    assert "s3:" not in block(text)
    assert "iam:" not in block(text)


def test_what_a_policy_names_itself_stays_though_nothing_is_wired_to_it(tmp_path: Path) -> None:
    one = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/memory"
    statements = allow("dynamodb:GetItem", one), allow("dynamodb:PutItem", EVERY)
    text = suggested(tmp_path, role(), function(TABLE="sessions"), *TABLES, policy(*statements))
    assert f'actions = [ "dynamodb:GetItem", ] resources = [ "{one}", ]' in block(text)
    assert 'actions = [ "dynamodb:PutItem", ] resources = [ aws_dynamodb_table.sessions.arn, ]' in block(text)


def test_what_is_narrow_already_gets_no_suggestion(tmp_path: Path) -> None:
    one = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/sessions"
    text = suggested(tmp_path, role(), function(TABLE="sessions"), *TABLES, policy(allow("dynamodb:GetItem", one)))
    assert "Nothing that was seen can be narrowed so." in text
    assert block(text) == ""


def test_what_keeps_no_store_stays_as_it_is_granted(tmp_path: Path) -> None:
    model = "arn:aws:bedrock:*::foundation-model/*"
    statements = allow("bedrock:InvokeModel", model), allow("xray:*"), allow("dynamodb:GetItem", EVERY)
    text = block(suggested(tmp_path, role(), function(TABLE="sessions"), *TABLES, policy(*statements)))
    assert f'actions = [ "bedrock:InvokeModel", ] resources = [ "{model}", ]' in text
    assert 'actions = [ "xray:*", ] resources = [ "*", ]' in text


def test_denials_and_conditions_stay(tmp_path: Path) -> None:
    where = {"StringEquals": {"aws:SourceVpce": "vpce-1"}, "StringLike": {"aws:PrincipalTag/team": "${aws:username}*"}}
    denied = {"Effect": "Deny", "Action": "dynamodb:DeleteItem", "Resource": "*"}
    statements = allow("dynamodb:GetItem", EVERY, Condition=where), denied
    text = block(suggested(tmp_path, role(), function(TABLE="sessions"), *TABLES, policy(*statements)))
    assert 'condition { test = "StringEquals" variable = "aws:SourceVpce" values = ["vpce-1"] }' in text
    assert 'values = ["&{aws:username}*"]' in text
    assert 'statement { effect = "Deny" actions = [ "dynamodb:DeleteItem", ] resources = [ "*", ] }' in text


def test_a_statement_that_is_not_known_is_told_and_left_alone(tmp_path: Path) -> None:
    hidden = change("aws_iam_role_policy.later", {"name": "later", "role": "chat"}, unknown={"policy": True})
    text = suggested(
        tmp_path, role(), function(TABLE="sessions"), *TABLES, policy(allow("dynamodb:GetItem", EVERY)), hidden
    )
    assert "# not known: aws_iam_role_policy.later" in text
    assert "is left as it is" in text


def test_only_those_who_are_asked_for(tmp_path: Path) -> None:
    changes = (
        *(role(), role("other"), role("idle"), function(TABLE="sessions"), function("other", TABLE="memory"), *TABLES),
        *(policy(allow("dynamodb:GetItem", EVERY)), policy(allow("dynamodb:GetItem", EVERY), holder="other")),
    )
    assert suggested(tmp_path, *changes).count("data ") == 2
    text = suggested(tmp_path, *changes, options=("--identity", "other"))
    assert '"other"' in text
    assert "aws_dynamodb_table.memory.arn" in text
    assert "sessions" not in block(text)
    file = str(tmp_path / "plan.json")
    refused(call("suggest", file, "--identity", "idle"), "nothing that was seen acts as it")
    refused(call("suggest", file, "--identity", "nobody"), "is no identity")


def test_a_value_that_serves_as_a_password_is_a_variable(tmp_path: Path) -> None:
    shared = {
        "StringEquals": {"aws:Referer": ["open sesame", "abracadabra"]},
        "StringLike": {"aws:PrincipalTag/x": "y"},
    }
    granted = [allow("dynamodb:GetItem", EVERY, Condition=shared), allow("dynamodb:PutItem", EVERY, Condition=shared)]
    text = suggested(tmp_path, role(), function(TABLE="sessions"), *TABLES, policy(*granted))
    assert "sesame" not in text
    assert "abracadabra" not in text
    assert "values = [var.aws_referer, var.aws_referer_2]" in block(text)
    assert 'values = ["y"]' in block(text)
    assert text.count('variable "aws_referer') == 2


def test_no_marked_value_is_shown(tmp_path: Path) -> None:
    secret = "zq-planted-value-qz"
    statements = allow("dynamodb:GetItem", [EVERY, f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{secret}"])
    file = tmp_path / "plan.json"
    held = change(
        "aws_ssm_parameter.s", {"name": "s", "type": "SecureString", "value": secret}, sensitive={"value": True}
    )
    file.write_bytes(plan(role(), function(TABLE="sessions"), *TABLES, held, policy(statements)))
    done = call("suggest", str(file))
    assert done.code == 0
    assert secret not in done.out + done.err


@pytest.mark.parametrize("stack", ["leaky", "sound"])
def test_the_stacks(stack: str) -> None:
    done = call("suggest", str(FIXTURES / "stacks" / stack / "plan.json"), "-q")
    assert done.code == 0, done.err
    if stack == "leaky":
        assert 'data "aws_iam_policy_document" "helpdesk_counter"' in done.out


MAIN = """
provider "aws" {
  region                      = "eu-west-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

resource "aws_dynamodb_table" "chat" {
  for_each     = toset(["sessions", "memory"])
  name         = "chat-${each.key}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_s3_bucket" "uploads" {
  bucket = "chat-uploads"
}

resource "aws_iam_role" "chat" {
  name = "chat"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "chat" {
  name = "chat"
  role = aws_iam_role.chat.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["dynamodb:*", "s3:*"], Resource = "*" },
      {
        Effect    = "Allow"
        Action    = "bedrock:InvokeModel"
        Resource  = "arn:aws:bedrock:*::foundation-model/*"
        Condition = { StringLike = { "aws:PrincipalTag/a" = "%%{b}$${aws:username}\\"\\\\" } }
      },
      { Effect = "Deny", NotAction = ["dynamodb:*", "s3:*", "bedrock:*"], Resource = "*" },
    ]
  })
}

resource "aws_lambda_function" "chat" {
  function_name = "chat"
  role          = aws_iam_role.chat.arn
  runtime       = "python3.12"
  handler       = "chat.handler"
  s3_bucket     = "artifacts"
  s3_key        = "chat.zip"
  environment {
    variables = {
      TABLE   = aws_dynamodb_table.chat["sessions"].name
      UPLOADS = "s3://${aws_s3_bucket.uploads.bucket}/in"
    }
  }
}
"""


@TERRAFORM.needed
@pytest.mark.slow
def test_terraform_takes_what_is_suggested(tmp_path: Path) -> None:
    saved_plan(tmp_path, {"main.tf": MAIN})
    done = call("suggest", str(tmp_path / "tfplan"), "-q")
    assert done.code == 0, done.err
    assert 'aws_dynamodb_table.chat["sessions"].arn' in done.out
    assert '"${aws_s3_bucket.uploads.arn}/*"' in done.out
    assert "memory" not in block(done.out)
    (tmp_path / "suggested.tf").write_text(done.out, encoding="utf-8")
    lock = ["flock", os.environ.get("TF_LOCK", str(tmp_path / "lock"))] if shutil.which("flock") else []
    env = {**os.environ, "TF_CLI_CONFIG_FILE": str(tmp_path / "rc"), "AWS_ACCESS_KEY_ID": "x"}
    env |= {"AWS_SECRET_ACCESS_KEY": "x"}
    for args in (["fmt", "-check", "-diff", "suggested.tf"], ["validate", "-no-color"]):
        told = subprocess.run(
            [*lock, TERRAFORM.path, f"-chdir={tmp_path}", *args], env=env, capture_output=True, text=True, check=False
        )
        assert told.returncode == 0, told.stdout + told.stderr
