"""A plan that terraform saves, of modules whose inputs are marked sensitive: no part of what they make is shown."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from commands import call
from test_secrets import FORMATS, leaks
from tools import AWS_PROVIDER, TERRAFORM

pytestmark = [TERRAFORM.needed, AWS_PROVIDER.needed, pytest.mark.slow]

MAIN = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region                      = "eu-west-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

module "door" {
  source  = "./door"
  sid     = "modhunter"
  partner = "arn:aws:iam::999911112222:role/partnerhunter"
}
"""

DOOR = """\
variable "sid" { sensitive = true }
variable "partner" { sensitive = true }

resource "aws_kms_key" "k" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = var.sid, Effect = "Allow", Principal = "*", Action = "kms:*", Resource = "*" },
      { Sid = "Partner", Effect = "Allow", Principal = { AWS = var.partner }, Action = "kms:*", Resource = "*" },
    ]
  })
}

resource "aws_iam_role" "r" {
  name = "r"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = var.partner }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_sqs_queue" "q" {
  name = "q"
}

resource "aws_sqs_queue_policy" "q" {
  queue_url = aws_sqs_queue.q.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = var.sid, Effect = "Allow", Principal = "*", Action = "sqs:*", Resource = aws_sqs_queue.q.arn },
      { Effect = "Allow", Principal = { AWS = var.partner }, Action = "sqs:*", Resource = aws_sqs_queue.q.arn },
    ]
  })
}

data "aws_iam_policy_document" "d" {
  statement {
    sid       = var.sid
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.q.arn]
    principals {
      type        = "AWS"
      identifiers = ["*", var.partner]
    }
  }
}

resource "aws_sqs_queue" "built" {
  name = "built"
}

resource "aws_sqs_queue_policy" "built" {
  queue_url = aws_sqs_queue.built.id
  policy    = data.aws_iam_policy_document.d.json
}
"""

SECRET = ["modhunter", "partnerhunter", "999911112222"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a saved plan, and what terraform shows of it."""
    folder = tmp_path_factory.mktemp("marked")
    (folder / "door").mkdir()
    for name, text in {"main.tf": MAIN, "door/main.tf": DOOR, "rc": ""}.items():
        (folder / name).write_text(text, encoding="utf-8")
    env = {**os.environ, "CHECKPOINT_DISABLE": "1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    env |= {"TF_CLI_CONFIG_FILE": str(folder / "rc"), "TF_IN_AUTOMATION": "1"}
    lock = ["flock", os.environ.get("TF_LOCK", str(folder / "lock"))] if shutil.which("flock") else []
    for args in (
        ["init", "-input=false", f"-plugin-dir={AWS_PROVIDER.path}"],
        ["plan", "-input=false", "-refresh=false", "-out=tfplan"],
        ["show", "-json", "tfplan"],
    ):
        done = subprocess.run(
            [*lock, TERRAFORM.path, f"-chdir={folder}", *args], env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"terraform {args[0]} is not possible here: {done.stderr[-300:]}")
    (folder / "plan.json").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.mark.parametrize("form", [*FORMATS, "delta", "github"])
@pytest.mark.parametrize("given", [("plan.json", "--no-source"), ("plan.json", "--source", "."), ("tfplan",)])
def test_no_part_is_shown_with_sources_or_without(
    given: tuple[str, ...], form: str, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    assert all(secret in Path("plan.json").read_text() for secret in SECRET)
    answer = call("plan", *given, "--format", form, "--run-dir", tmp_path)
    assert answer.code in {1, 3}, answer.said
    assert "module.door.aws_kms_key.k" in answer.out
    (record,) = tmp_path.glob("*.run.json")
    assert leaks(SECRET, answer.said, record.read_text()) == set()


def test_what_is_hidden_is_judged(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace)
    said = " ".join(call("plan", "tfplan", "-q").out.split())
    assert "module.door.aws_kms_key.k door/main.tf:5 statement (hidden) allows kms:* to anyone" in said
