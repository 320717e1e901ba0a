"""A folder of sources without a plan: what it makes, what is told of it, and bad input."""

from __future__ import annotations

import json
from pathlib import Path

from commands import call, program, refused
from folders import BUCKET, MODULE, PROVIDER, judged, source, values
from scanner.terraform.read import read_plan
from sourcetree import written
from worlds import FIXTURES, verdicts

# --- instances -------------------------------------------------------------------------------------------------------


def test_blocks_go_over_each_others_instances(tmp_path: Path) -> None:
    main = """
    locals { names = { a = "x", b = "y" } }
    resource "aws_s3_bucket" "b" {
      for_each = local.names
      bucket   = "bot-${each.value}"
    }
    resource "aws_s3_bucket_versioning" "v" {
      for_each = { for key, one in aws_s3_bucket.b : upper(key) => one if one.bucket != "bot-y" }
      bucket   = each.value.id
      versioning_configuration { status = "Enabled" }
    }
    resource "aws_sqs_queue" "q" {
      count = length(module.m[*].name) + length(aws_s3_bucket.b)
      name  = "q-${count.index}"
    }
    """
    inner = """
    variable "n" {}
    output "name" { value = aws_sns_topic.t.name }
    resource "aws_sns_topic" "t" { name = "t-${var.n}" }
    """
    found = values(written(tmp_path, main=main + MODULE, m__main=inner))
    assert sorted(found) == [
        'aws_s3_bucket.b["a"]',
        'aws_s3_bucket.b["b"]',
        'aws_s3_bucket_versioning.v["A"]',
        *(f"aws_sqs_queue.q[{i}]" for i in range(4)),
        "module.m[0].aws_sns_topic.t",
        "module.m[1].aws_sns_topic.t",
    ]
    assert found["module.m[1].aws_sns_topic.t"]["name"] == "t-1"
    assert found['aws_s3_bucket.b["b"]']["bucket"] == "bot-y"
    statuses = verdicts(judged(tmp_path), ["store-versioned"])["store-versioned"]
    assert statuses == {'aws_s3_bucket.b["a"]': "pass", 'aws_s3_bucket.b["b"]': "fail"}


def test_values_of_variables(tmp_path: Path) -> None:
    main = """
    variable "a" { default = "default" }
    variable "b" {}
    resource "aws_sqs_queue" "q" { name = "${var.a}-${var.b}" }
    """
    written(tmp_path, main=main)
    (tmp_path / "terraform.tfvars").write_text('b = "file"\n')
    other = tmp_path / "other.tfvars"
    other.write_text('a = "other"\n')
    assert values(tmp_path)["aws_sqs_queue.q"]["name"] == "default-file"
    assert values(tmp_path, other)["aws_sqs_queue.q"]["name"] == "other-file"
    assert values(tmp_path, other, "b=given")["aws_sqs_queue.q"]["name"] == "other-given"


def test_nested_blocks_written_and_dynamic_in_order(tmp_path: Path) -> None:
    main = """
    resource "aws_security_group" "g" {
      ingress { from_port = 1 }
      dynamic "ingress" {
        for_each = [2, 3]
        content { from_port = ingress.value }
      }
      dynamic "egress" {
        for_each = []
        content { from_port = 0 }
      }
    }
    """
    found = values(written(tmp_path, main=main))["aws_security_group.g"]
    assert [one["from_port"] for one in found["ingress"]] == [1, 2, 3]
    assert found["egress"] == []


def test_tags_of_the_provider(tmp_path: Path) -> None:
    main = """
    provider "aws" {
      region = "us-east-1"
      default_tags { tags = { Environment = "production", Team = "bot" } }
    }
    resource "aws_s3_bucket" "b" { tags = { Team = "data" } }
    """
    found = values(written(tmp_path, main=main))["aws_s3_bucket.b"]
    assert found["tags_all"] == {"Environment": "production", "Team": "data"}


# --- what is told ----------------------------------------------------------------------------------------------------


def test_every_format_says_that_there_was_no_plan(tmp_path: Path) -> None:
    folder = written(tmp_path / "stack", main=BUCKET)
    (folder / "tfplan").write_bytes(b"")
    answer = call("plan", folder, "--format", "json", "--control", "store-versioned")
    document = json.loads(answer.out)
    assert "without a plan" in answer.err
    assert "holds tfplan as well" in answer.err
    assert any("without a plan" in note for note in document["summary"]["notes"])
    (finding,) = document["findings"]
    assert finding["location"]["file"].endswith("main.tf")
    assert finding["location"]["line"] == 2
    assert finding["change"] is None
    (told_,) = judged(folder).findings[:1]
    assert told_.origin.source == "sources"
    for format_ in ("table", "markdown", "sarif"):
        told = call("plan", folder, "--format", format_, "--control", "store-versioned")
        assert "without a plan" in told.out, format_


def test_a_sensitive_value_does_not_leave(tmp_path: Path) -> None:
    main = (
        PROVIDER
        + """
    variable "given" { sensitive = true }
    variable "default" {
      sensitive = true
      default   = "Pl4inDefaultValue"
    }
    resource "aws_db_instance" "d" {
      identifier = "db-${var.default}"
      username   = var.given
      password   = "Pl4inPasswordValue"
    }
    resource "aws_s3_bucket" "b" {
      for_each = toset(["Pl4inPasswordValue", "Pl4inGivenValue", "Pl4inDefaultValue"])
      bucket   = each.key
    }
    """
    )
    folder = written(tmp_path / "stack", main=main)
    for format_ in ("table", "json", "sarif", "markdown", "junit"):
        answer = call("plan", folder, "--var", "given=Pl4inGivenValue", "--format", format_)
        assert answer.code in {1, 3}
        for secret in ("Pl4inPasswordValue", "Pl4inGivenValue", "Pl4inDefaultValue"):
            assert secret not in answer.out + answer.err, format_


def test_a_record_holds_the_digest_of_the_sources(tmp_path: Path) -> None:
    folder, runs = written(tmp_path / "stack", main=BUCKET), tmp_path / "runs"
    digests = []
    for text in (BUCKET, BUCKET, BUCKET + "# changed\n"):
        (folder / "main.tf").write_text(text)
        call("plan", folder, "--run-dir", runs, "--quiet")
        newest = max(runs.rglob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        digests.append(json.loads(newest.read_bytes())["inputs"][0]["sha256"])
    assert digests[0] == digests[1] != digests[2]


def test_nothing_of_it_is_new_or_old(tmp_path: Path) -> None:
    folder = written(tmp_path, main=BUCKET)
    refused(call("plan", folder, "--fail-on-new"), "does not tell what is changed")
    refused(call("plan", folder, "--diff"), "does not tell what is changed")


# --- bad input -------------------------------------------------------------------------------------------------------


def test_values_that_fit_nothing_are_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "stack", main=BUCKET)
    plan = FIXTURES / "stacks" / "sound" / "plan.json"
    refused(call("plan", folder, "--var", "nosuch=1"), "--var nosuch", "declares no such variable")
    refused(call("plan", folder, "--var", "nosuch"), "--var takes NAME=VALUE")
    refused(call("plan", folder, "--var-file", tmp_path / "nosuch.tfvars"), "nosuch.tfvars", "no such file")
    refused(call("plan", plan, "--var", "project=x"), "--var and --var-file are for a folder")
    refused(call("plan", folder, "--source", folder), "--source is for plans")
    refused(call("plan", folder, "--no-source"), "--no-source leaves nothing to judge")
    refused(call("plan", folder, "--chdir", folder), "is no saved plan, and --chdir is for those")
    refused(call("plan", plan, "--chdir", folder), "plan.json", "is no saved plan, and --chdir is for those")
    refused(call("plan", folder, "--output", f"json={folder / 'main.tf'}"), "main.tf", "would replace it")
    refused(call("plan", folder, "--with", "checkov"), "--with is for plans")


def test_a_file_that_is_not_read_is_a_reason_once(tmp_path: Path) -> None:
    found = judged(
        written(tmp_path, main='resource "aws_s3_bucket" "b" { bucket = "chat" }', broken="x {\n  y = \n}\n")
    )
    reasons = [finding.reason for finding in found.findings if finding.subject == "aws_s3_bucket.b"]
    assert any("may hold one: " in reason for reason in reasons)
    assert [reason for reason in reasons if reason.count("may hold one: ") > 1] == []


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    answer = call(
        "plan", written(tmp_path, main='variable "name" {}\nresource "aws_sqs_queue" "q" { name = var.name }')
    )
    assert "var.name: not known" in answer.err


def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path) -> None:
    torn = 'resource "aws_s3_bucket" "torn" {\n  bucket = "a\n}\n'
    result = judged(written(tmp_path, main=BUCKET, torn=torn, latin=b'# \xff\nresource "aws_s3_bucket" "lost" {}\n'))
    reasons = [gap.reason for gap in result.gaps]
    assert any("torn.tf:4:1:" in reason for reason in reasons)
    assert any("latin.tf:1:3: is not UTF-8" in reason for reason in reasons)
    told = verdicts(result, ["store-versioned", "store-encrypted"])
    assert told["store-versioned"]["aws_s3_bucket.b"] == "unknown"
    assert told["store-encrypted"]["aws_s3_bucket.b"] == "pass"
    assert told["store-encrypted"].get("aws_s3_bucket.torn") != "pass"


def test_circles_end(tmp_path: Path) -> None:
    main = """
    locals {
      a = local.b
      b = local.a
    }
    resource "aws_s3_bucket" "x" {
      for_each = aws_s3_bucket.y
      bucket   = local.a
    }
    resource "aws_s3_bucket" "y" {
      for_each = aws_s3_bucket.x
    }
    module "self" { source = "./" }
    """
    result = judged(written(tmp_path, main=main))
    told = verdicts(result, ["store-encrypted"])["store-encrypted"]
    assert told == dict.fromkeys(("aws_s3_bucket.x", "aws_s3_bucket.y", "module.self"), "unknown")


def test_a_resource_declared_twice_is_told(tmp_path: Path) -> None:
    result = judged(written(tmp_path, main=BUCKET + BUCKET))
    assert any('resource "aws_s3_bucket" "b" is declared twice' in gap.reason for gap in result.gaps)


def test_ten_thousand_instances(tmp_path: Path) -> None:
    main = 'resource "aws_s3_bucket" "b" {\n  count  = 10000\n  bucket = "b-${count.index}"\n}\n'
    found = values(written(tmp_path, main=main))
    assert len(found) == 10_000
    assert found["aws_s3_bucket.b[9999]"]["bucket"] == "b-9999"


def test_very_many_instances_are_not_made(tmp_path: Path) -> None:
    main = "".join(f'resource "aws_s3_bucket" "b{i}" {{ count = 99999 }}\n' for i in range(3))
    plan = read_plan(source(written(tmp_path, main=main))).after
    assert len(plan.resources) == 2 * 99_999
    assert [one.address for one in plan.unexpanded] == ["aws_s3_bucket.b2"]


def test_a_folder_by_the_installed_program(tmp_path: Path) -> None:
    folder = written(tmp_path / "stack", main=BUCKET)
    answer = program("plan", ".", "--control", "store-encrypted", "--quiet", cwd=folder)
    assert answer.code == 0, answer.said
    assert "store-encrypted" in answer.out or "pass  1" in answer.out
