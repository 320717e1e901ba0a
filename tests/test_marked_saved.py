"""A plan that terraform saves, of modules whose inputs are marked sensitive: no part of what they make is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import call
from saved import saved_plan
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
    shown = saved_plan(folder, {"main.tf": MAIN, "door/main.tf": DOOR})
    (folder / "plan.json").write_text(shown, encoding="utf-8")
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
