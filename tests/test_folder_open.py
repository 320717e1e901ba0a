"""What a folder of sources leaves open without a plan: nothing is decided by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from folders import BLOCK, BUCKET, PROVIDER, judged, said, source
from scanner import run
from scanner.findings import Run
from scanner.hcl.syntax import parse
from scanner.hcl.tree import Attribute, Body
from scanner.terraform.planfile import Source
from sourcetree import written
from worlds import FIXTURES, POLICIES, TODAY, verdicts

# --- what is not known -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [
        "count = var.on ? 1 : 0",
        "for_each = data.aws_s3_buckets.all.names",
        "count = length(aws_sqs_queue.unknown.url)",
        "count = 1000000000",
        "for_each = toset([aws_s3_bucket.b.arn])",
    ],
)
def test_a_companion_of_unknown_number_decides_nothing(tmp_path: Path, number: str) -> None:
    result = judged(written(tmp_path, main='variable "on" {}\n' + BUCKET + BLOCK % number))
    told = verdicts(result, ["store-public-block-declared"])["store-public-block-declared"]
    assert told == {"aws_s3_bucket.b": "unknown", "aws_s3_bucket_public_access_block.p": "unknown"}
    reasons = [one.reason for one in result.findings if one.subject == "aws_s3_bucket.b" and one.status.value != "pass"]
    assert any("main.tf" in reason for reason in reasons)


def test_a_companion_of_another_bucket_does_not_matter(tmp_path: Path) -> None:
    other = 'resource "aws_s3_bucket" "other" {}\n'
    block = (BLOCK % "count = var.on ? 1 : 0").replace("aws_s3_bucket.b.id", "aws_s3_bucket.other.id")
    result = judged(written(tmp_path, main='variable "on" {}\n' + BUCKET + other + block))
    told = verdicts(result, ["store-public-block-declared"])["store-public-block-declared"]
    assert told["aws_s3_bucket.b"] == "fail"
    assert told["aws_s3_bucket.other"] == "unknown"


@pytest.mark.parametrize("absent", [0, 1])
def test_a_number_that_is_known_decides(tmp_path: Path, absent: int) -> None:
    given = f"on={'false' if absent else 'true'}"
    folder = written(tmp_path, main='variable "on" {\n type = bool\n}\n' + BUCKET + BLOCK % "count = var.on ? 1 : 0")
    told = verdicts(judged(folder, given), ["store-public-block-declared"])["store-public-block-declared"]
    assert told == {"aws_s3_bucket.b": "fail" if absent else "pass"}


@pytest.mark.parametrize(
    ("folder", "block", "control", "subject"),
    [
        ("aws/entrypoints/apis", "aws_api_gateway_usage_plan.this", "entrypoint-rate-limited",
         'aws_api_gateway_stage.live["keyed"]'),
        ("aws/entrypoints/doors", "aws_cloudfront_distribution.front", "entrypoint-rate-limited",
         "aws_lambda_function_url.signed_behind"),
        ("aws/models/assistants", "aws_iam_policy.bound", "guardrail-redacts-personal-data",
         "aws_bedrock_guardrail.bound"),
        ("aws/network/balancers", "aws_instance.shared", "network-not-open", 'aws_security_group.this["shared"]'),
        ("aws/audit/together", "aws_cloudtrail.main", "audit-trail-complete", "aws_cloudtrail.abroad"),
        ("aws/identity/grants", "aws_iam_role.limited", "identity-no-wildcard-grants", "aws_iam_policy.boundary"),
    ],
)  # fmt: skip
def test_what_such_a_block_would_change_is_open(
    tmp_path: Path, folder: str, block: str, control: str, subject: str
) -> None:
    """Real sources, of which one block gets a number that is not known."""
    type_, name = block.split(".")
    text = (FIXTURES / folder / "main.tf").read_text()
    head = f'resource "{type_}" "{name}" {{'
    assert head in text
    inner = text[text.index(head) :].partition("\n}")[0]
    for_each = "for_each" in inner
    changed = (
        inner.replace("for_each", "for_each = var.unknown\n  other", 1)
        if for_each
        else inner.replace(head, f"{head}\n  count = var.unknown")
    )
    for path in (FIXTURES / folder).iterdir():
        if path.suffix == ".tf" or path.is_dir():
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / "main.tf").unlink()
    (tmp_path / "main.tf").write_text('variable "unknown" {}\n' + text.replace(inner, changed))
    assert said(judged(tmp_path))[control, subject] == "unknown"


_SAMPLES = ("aws/storage/settings", "aws/queues/new", "aws/database/new", "aws/entrypoints/doors", "aws/keys/policies")


@pytest.mark.parametrize("name", _SAMPLES)
def test_no_verdict_rests_on_an_attribute_that_is_open(name: str) -> None:
    """Each attribute in turn takes a value that nobody gave: what is decided then is decided with its value too."""
    opened = source(FIXTURES / name)
    known = said(_again(opened))
    found: list[tuple[str, str]] = []
    for body, attribute in _attributes(opened):
        body.attributes[attribute.name] = _with(attribute, "var.not_given")
        told = said(_again(opened))
        body.attributes[attribute.name] = attribute
        found += [key for key, status in told.items() if {status, known.get(key, status)} == {"pass", "fail"}]
    assert found == []


@pytest.mark.parametrize("name", _SAMPLES)
def test_no_verdict_rests_on_a_block_whose_number_is_open(name: str) -> None:
    """Each block in turn gets a count that nobody knows: what is decided then is decided with it and without."""
    opened = source(FIXTURES / name)
    known = said(_again(opened))
    assert opened.unplanned is not None
    module = opened.unplanned.modules.by_names[()]
    for (mode, *_), block in module.resources.items():
        if mode != "managed":
            continue
        kept = dict(block.body.attributes)
        block.body.attributes.pop("for_each", None)
        wrong = []
        for number in ("var.not_given", "0"):
            block.body.attributes["count"] = _with(Attribute("count", 1, "", _never), number)
            wrong.append(said(_again(opened)))
        block.body.attributes.clear()
        block.body.attributes.update(kept)
        open_, without = wrong
        for key, status in open_.items():
            if status != "unknown":
                assert known.get(key, status) in {status, "unknown"}, (block.labels, key)
                assert without.get(key, status) in {status, "unknown"}, (block.labels, key)


def _again(opened: Source) -> Run:
    return run.judge_plans([opened], run.Settings(policies=POLICIES, today=TODAY)).run


def _attributes(opened: Source) -> list[tuple[Body, Attribute]]:
    """Attributes of every block, of each type and name the first."""
    assert opened.unplanned is not None
    found: dict[tuple[str, ...], tuple[Body, Attribute]] = {}
    for (_, type_, _), block in opened.unplanned.modules.by_names[()].resources.items():
        for path, body, attribute in _below(block.body, (type_,)):
            if attribute.name not in {"count", "for_each", "provider", "depends_on"}:
                found.setdefault((*path, attribute.name), (body, attribute))
    return list(found.values())


def _below(body: Body, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Body, Attribute]]:
    for attribute in body.attributes.values():
        yield path, body, attribute
    for block in body.blocks:
        if block.type not in {"lifecycle", "provisioner"}:
            yield from _below(block.body, (*path, *block.labels, block.type))


def _with(attribute: Attribute, text: str) -> Attribute:
    """The same attribute with another expression."""
    other = parse(f"x = {text}\n", "x").body.attributes["x"]
    return Attribute(attribute.name, attribute.line, text, lambda: other.expression)


def _never() -> Any:
    raise AssertionError


def test_a_module_that_is_not_on_disk_hides_what_it_may_hold(tmp_path: Path) -> None:
    result = judged(
        written(tmp_path, main=BUCKET + 'module "m" {\n  source = "terraform-aws-modules/s3-bucket/aws"\n}\n')
    )
    controls = {policy.control.id for policy in POLICIES}
    asked = {one.control for one in result.findings if one.subject == "module.m"}
    assert asked == controls
    told = verdicts(result, ["store-public-block-declared", "store-versioned", "store-encrypted"])
    assert told["store-public-block-declared"]["aws_s3_bucket.b"] == "unknown"
    assert told["store-versioned"]["aws_s3_bucket.b"] == "unknown"
    assert told["store-encrypted"]["aws_s3_bucket.b"] == "pass"
    assert any("terraform init" in gap.reason for gap in result.gaps)


def test_very_many_missing_modules_are_told_together(tmp_path: Path) -> None:
    calls = "".join(f'module "m{i}" {{\n  source = "hashicorp/x{i}/aws"\n}}\n' for i in range(3000))
    result = judged(written(tmp_path, main=BUCKET + calls))
    assert len({one.subject for one in result.findings}) == 102
    assert any("2,900 more modules" in one.reason for one in result.findings)


def test_a_module_of_unknown_number(tmp_path: Path) -> None:
    call_ = """
    variable "on" {}
    module "m" {
      source = "./m"
      count  = var.on ? 1 : 0
      bucket = aws_s3_bucket.b.id
    }
    """
    inner = 'variable "bucket" {}\n' + (BLOCK % "").replace("aws_s3_bucket.b.id", "var.bucket")
    result = judged(written(tmp_path, main=BUCKET + call_, m__main=inner))
    told = verdicts(result, ["store-public-block-declared", "key-rotation-enabled"])
    assert told["store-public-block-declared"] == {"aws_s3_bucket.b": "unknown", "module.m": "unknown"}
    assert told.get("key-rotation-enabled", {}) == {}


def test_data_sources_are_not_read(tmp_path: Path) -> None:
    main = (
        PROVIDER
        + """
    data "aws_kms_key" "k" { key_id = "0a1b2c3d-1111-2222-3333-444455556666" }
    data "aws_iam_policy_document" "open" {
      statement {
        actions   = ["s3:GetObject"]
        resources = ["${aws_s3_bucket.b.arn}/*"]
        principals {
          type        = "*"
          identifiers = ["*"]
        }
      }
    }
    resource "aws_s3_bucket" "b" {}
    resource "aws_s3_bucket_policy" "b" {
      bucket = aws_s3_bucket.b.id
      policy = data.aws_iam_policy_document.open.json
    }
    resource "aws_sqs_queue" "q" {
      kms_master_key_id = data.aws_kms_key.k.arn
      tags              = { DataClass = "prompt" }
    }
    """
    )
    told = verdicts(judged(written(tmp_path, main=main)), ["store-not-public", "store-encrypted-with-customer-key"])
    assert told["store-not-public"]["aws_s3_bucket.b"] == "fail"
    assert told["store-encrypted-with-customer-key"]["aws_sqs_queue.q"] == "unknown"


def test_the_own_account_without_a_data_source(tmp_path: Path) -> None:
    main = (
        PROVIDER
        + """
    data "aws_caller_identity" "me" {}
    resource "aws_kms_key" "k" {
      policy = jsonencode({ Statement = [{
        Effect = "Allow", Action = "kms:*", Resource = "*",
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
      }] })
    }
    """
    )
    assert said(judged(written(tmp_path, main=main)))["key-policy-not-open", "aws_kms_key.k"] == "pass"


def test_a_name_that_is_open_may_be_the_one_in_a_policy(tmp_path: Path) -> None:
    main = (
        PROVIDER
        + """
    variable "name" {}
    resource "aws_sqs_queue" "q" {
      name = var.name
      policy = jsonencode({ Statement = [{
        Effect = "Deny", Principal = "*", Action = "sqs:*", Resource = "arn:aws:sqs:us-east-1:123456789012:jobs",
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }] })
    }
    """
    )
    folder = written(tmp_path, main=main)
    assert said(judged(folder))["store-requires-tls", "aws_sqs_queue.q"] == "unknown"
    assert said(judged(folder, "name=jobs"))["store-requires-tls", "aws_sqs_queue.q"] == "pass"
    assert said(judged(folder, "name=other"))["store-requires-tls", "aws_sqs_queue.q"] == "fail"


def test_a_map_with_an_open_element_is_not_empty(tmp_path: Path) -> None:
    main = (
        PROVIDER
        + """
    variable "model" {}
    resource "aws_api_gateway_rest_api" "a" { name = "a" }
    resource "aws_api_gateway_request_validator" "v" {
      rest_api_id           = aws_api_gateway_rest_api.a.id
      name                  = "v"
      validate_request_body = true
    }
    resource "aws_api_gateway_method" "m" {
      rest_api_id          = aws_api_gateway_rest_api.a.id
      resource_id          = aws_api_gateway_rest_api.a.root_resource_id
      http_method          = "POST"
      authorization        = "AWS_IAM"
      request_validator_id = aws_api_gateway_request_validator.v.id
      request_models       = { "application/json" = var.model }
    }
    """
    )
    told = said(judged(written(tmp_path, main=main)))
    assert told["entrypoint-bodies-checked", "aws_api_gateway_rest_api.a"] == "pass"


def test_what_is_imported_was_there_before(tmp_path: Path) -> None:
    main = BUCKET + 'import {\n  to = aws_s3_bucket.b\n  id = "b"\n}\n'
    assert said(judged(written(tmp_path, main=main)))["store-versioned", "aws_s3_bucket.b"] == "unknown"


@pytest.mark.parametrize(
    "bucket",
    ['terraform_data.t.output == "x" ? aws_s3_bucket.e.id : "other"', 'replace(aws_s3_bucket.e.id, "e", "f")'],
)
def test_what_an_attribute_is_made_from_is_not_what_it_points_at(tmp_path: Path, bucket: str) -> None:
    main = (
        'resource "terraform_data" "t" {\n  input = "x"\n}\nresource "aws_s3_bucket" "e" {}\n'
        f'resource "aws_s3_bucket_versioning" "e" {{\n  bucket = {bucket}\n'
        '  versioning_configuration {\n    status = "Enabled"\n  }\n}\n'
    )
    found = said(judged(written(tmp_path, main=main)))
    assert found["store-versioned", "aws_s3_bucket.e"] == "unknown"


@pytest.mark.parametrize(
    "container",
    [
        '{ name = "a", image = "x", environment = terraform_data.t.output }',
        '{ name = "a", image = "x", command = ["run", terraform_data.t.output] }',
        'merge({ name = "a", image = "x" }, terraform_data.t.output)',
        "terraform_data.t.output",
    ],
)
def test_a_container_of_which_a_part_is_not_seen_is_not_judged(tmp_path: Path, container: str) -> None:
    main = (
        'resource "terraform_data" "t" {\n  input = "x"\n}\nresource "aws_ecs_task_definition" "t" {\n  family = "f"\n'
        f'  container_definitions = jsonencode([{container}, {{ name = "b", image = "y" }}])\n}}\n'
    )
    found = said(judged(written(tmp_path, main=main)))
    assert found["compute-no-plaintext-credentials", "aws_ecs_task_definition.t"] == "unknown"
