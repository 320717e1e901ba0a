"""A plan that terraform saves: lines through modules, suppressions and waivers of what was moved, from its own zip."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands import call
from saved import saved_plan
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

# trustscan:skip=store-requires-tls reason="inside of the VPC alone" approver=eve until=2099-12-31
module "queues" {
  source   = "./queues"
  for_each = toset(["in", "out"])
  name     = each.key
}

resource "aws_kms_key" "now" {
  description         = "chats"
  enable_key_rotation = false
}

moved {
  from = aws_kms_key.then
  to   = aws_kms_key.now
}
"""

QUEUES = """\
variable "name" {}

resource "aws_sqs_queue" "this" {
  name                    = var.name
  sqs_managed_sse_enabled = false # trustscan:skip=store-encrypted reason=temporary approver=bob until=2000-01-01
}
"""

WAIVERS = """\
waivers:
  - control: key-rotation-enabled
    subject: aws_kms_key.then
    requester: ann
    approver: bob
    reason: it goes away
    expires: "2099-12-31"
"""

STATE = {
    "version": 4,
    "terraform_version": "1.5.0",
    "serial": 1,
    "lineage": "11111111-2222-3333-4444-555555555555",
    "outputs": {},
    "resources": [
        {
            "mode": "managed",
            "type": "aws_kms_key",
            "name": "then",
            "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
            "instances": [
                {
                    "schema_version": 0,
                    "attributes": {
                        "id": "1234",
                        "key_id": "1234",
                        "arn": "arn:aws:kms:eu-west-1:123456789012:key/1234",
                        "description": "chats",
                        "enable_key_rotation": False,
                        "is_enabled": True,
                        "key_usage": "ENCRYPT_DECRYPT",
                        "customer_master_key_spec": "SYMMETRIC_DEFAULT",
                        "policy": "{}",
                    },
                }
            ],
        }
    ],
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a saved plan of modules and of a key that was moved."""
    folder = tmp_path_factory.mktemp("moved")
    state = {"terraform.tfstate": json.dumps(STATE)}
    saved_plan(folder, {"main.tf": MAIN, "queues/main.tf": QUEUES, "waivers.yaml": WAIVERS, **state})
    return folder


def findings(workspace: Path) -> tuple[dict[tuple[str, str], Any], dict[str, Any]]:
    """What the saved plan alone gives: findings by control and subject, and the summary."""
    answer = call("plan", "tfplan", "--waivers", "waivers.yaml", "-q", "--format", "json")
    assert answer.code in {0, 1, 3}, answer.said
    document = json.loads(answer.out)
    assert str(workspace) not in answer.out
    return {(f["control"], f["subject"]): f for f in document["findings"]}, document["summary"]


def test_the_saved_plan_tells_lines_and_what_is_accepted(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace)
    found, summary = findings(workspace)

    key = found["key-rotation-enabled", "aws_kms_key.now"]
    assert key["status"] == "fail"
    assert key["waiver"]["subject"] == "aws_kms_key.then"
    line = MAIN.splitlines().index('resource "aws_kms_key" "now" {') + 1
    assert key["location"] == {
        "file": "main.tf",
        "line": line,
        "end": line + 3,
        "attribute": "enable_key_rotation",
        "attribute_line": line + 2,
        "attribute_end": line + 2,
        "called": [],
    }

    call_line = MAIN.splitlines().index('module "queues" {') + 1
    for name in ("in", "out"):
        queue = f'module.queues["{name}"].aws_sqs_queue.this'
        plain = found["store-requires-tls", queue]
        assert plain["waiver"]["where"] == f"main.tf:{call_line - 1}"
        assert plain["waiver"]["reason"] == "inside of the VPC alone"
        assert (plain["location"]["file"], plain["location"]["line"]) == ("queues/main.tf", 3)
        assert plain["location"]["called"] == [{"file": "main.tf", "line": call_line}]
        open_ = found["store-encrypted", queue]
        assert (open_["status"], open_["waiver"]) == ("fail", None)

    (expired,) = summary["expired"]
    assert expired.startswith(
        "trustscan:skip=store-encrypted at queues/main.tf:5 (approved by bob) ended on 2000-01-01;"
    )
    assert expired.endswith("what it covered counts again: 2")
    assert not [note for note in summary["notes"] if "skip" in note]
