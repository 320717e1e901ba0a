"""A folder of sources without a plan: what a plan would say, or that it is not known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from commands import call, program, refused
from scanner import plugins, run
from scanner.config import Config
from scanner.hcl.syntax import parse
from scanner.hcl.tree import Attribute, Body
from scanner.model import Run
from scanner.terraform.planfile import Source, decode
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.read import read_plan
from scanner.terraform.sources.configuration import configuration
from scanner.terraform.sources.folder import from_folder
from scanner.terraform.sources.modules import read_modules
from scanner.terraform.sources.providers import Providers
from scanner.terraform.sources.unplanned import unplanned
from sourcetree import written
from test_completion import truth
from test_references import SHAPES, meaning
from worlds import FIXTURES, POLICIES, TODAY, verdicts

PROVIDER = 'provider "aws" { region = "us-east-1" }\n'
MODULE = '\nmodule "m" {\n  source = "./m"\n  count  = 2\n  n      = count.index\n}\n'

_ODD = frozenset({"destroy", "errored", "target", "ignored"})
"""Plans that do not hold, or take away, what their sources say, or that keep what stood there before."""

FOLDERS = sorted(
    path.parent
    for kind in ("aws/*/*", "stacks/*", "terraform/*/*")
    for path in FIXTURES.glob(f"{kind}/plan.json")
    if (path.parent / "main.tf").exists() and not (path.parent / "before.tf").exists()
    if path.parent.name not in _ODD
)
"""Folders that hold sources and the plan that real terraform made of them, of nothing that was there before."""


def source(folder: Path, *given: str | Path) -> Source:
    """A folder, to be judged without a plan."""
    found = unplanned(folder, from_folder(folder), given)
    return Source(folder.name, found.content, unplanned=found)


def judged(folder: Path, *given: str | Path) -> Run:
    """Every control of ours on a folder."""
    return run.judge_plans([source(folder, *given)], run.Settings(policies=POLICIES, today=TODAY)).run


def said(result: Run) -> dict[tuple[str, str], str]:
    """Status by control and subject."""
    return {(one.control, one.subject): one.status.value for one in result.findings}


def _planned(folder: Path) -> Run:
    """Every control of ours on the plan in a folder, with its sources."""
    plan = Source("plan.json", (folder / "plan.json").read_bytes(), from_folder(folder))
    return run.judge_plans([plan], run.Settings(policies=POLICIES, today=TODAY)).run


def world(folder: Path, *given: str | Path) -> PlannedWorld:
    """What inspectors read of a folder."""
    return run.plan_world([read_plan(source(folder, *given)).after], plugins.load_all("scanner.clouds"), Config(), {})


def values(folder: Path, *given: str | Path) -> dict[str, Any]:
    """What is known of each instance, by its address."""
    plan = read_plan(source(folder, *given)).after
    return {one.address: one.values for one in plan.resources}


# --- beside the plans that real terraform made -----------------------------------------------------------------------


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(FIXTURES).as_posix())
def test_no_verdict_contradicts_that_of_the_plan(folder: Path) -> None:
    planned, found = said(_planned(folder)), said(judged(folder))
    decided = {key: status for key, status in planned.items() if status != "unknown"}
    assert [key for key, status in decided.items() if found.get(key) not in {status, "unknown"}] == []
    invented = [key for key, status in found.items() if key not in planned and status != "unknown"]
    assert invented == []


def test_most_of_what_a_plan_decides_is_decided_without_one() -> None:
    shares: Counter[str] = Counter()
    for name in ("sound", "leaky"):
        folder = FIXTURES / "stacks" / name
        planned, found = said(_planned(folder)), said(judged(folder))
        shares.update("open" if found[key] == "unknown" else "same" for key in planned if planned[key] != "unknown")
    assert shares["open"] <= 0.01 * shares["same"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(FIXTURES).as_posix())
def test_the_instances_are_those_of_the_plan(folder: Path) -> None:
    changes = decode(Source("plan", (folder / "plan.json").read_bytes())).resource_changes or []
    expected = {one.address for one in changes if one.mode == "managed"}
    plan = read_plan(source(folder)).after
    assert {one.address for one in plan.resources} == expected
    assert plan.unexpanded == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(FIXTURES).as_posix())
def test_the_configuration_is_what_terraform_writes(folder: Path) -> None:
    told = decode(Source("plan", (folder / "plan.json").read_bytes())).configuration
    if told is None or not any(block.expressions for block in told.root_module.resources):
        pytest.skip("the plan shows no expressions")
    if any(folder.rglob("*.tf.json")):
        pytest.skip("terraform repeats the text of templates in JSON syntax as constants")
    modules = read_modules(from_folder(folder))
    made = configuration(modules, Providers(modules))
    assert _plain(made.root_module) == _plain(told.root_module)


def _plain(module: Any) -> Any:
    """A module's configuration, but for what depends on schemas: single blocks, and blocks that are attributes."""
    raw = msgspec.to_builtins(module)
    raw.pop("variables")
    for block in raw["resources"]:
        block["provider_config_key"] = block["provider_config_key"].rpartition(":")[2]
        for name in ("ingress", "egress", "logging_config"):
            block["expressions"].pop(name, None)
    raw["resources"].sort(key=lambda block: (block["mode"], block["type"], block["name"]))
    for called in raw["module_calls"].values():
        called["module"] = called["module"] and _plain(msgspec.convert(called["module"], type(module)))
    return raw


@pytest.mark.parametrize("folder", SHAPES, ids=lambda folder: folder.name)
def test_every_join_is_the_one_that_an_apply_makes(folder: Path) -> None:
    planned = world(folder)
    joins = yaml.safe_load((folder / "expected.yaml").read_text())["joins"]
    found = {(j["resource"], j["attribute"]): sorted(meaning(planned, j)) for j in joins}
    assert found == {(j["resource"], j["attribute"]): sorted(truth(j)) for j in joins}


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


# --- what is not known -----------------------------------------------------------------------------------------------

_BUCKET = PROVIDER + 'resource "aws_s3_bucket" "b" {}\n'
_BLOCK = """
resource "aws_s3_bucket_public_access_block" "p" {
  %s
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
"""


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
    result = judged(written(tmp_path, main='variable "on" {}\n' + _BUCKET + _BLOCK % number))
    told = verdicts(result, ["store-public-block-declared"])["store-public-block-declared"]
    assert told == {"aws_s3_bucket.b": "unknown", "aws_s3_bucket_public_access_block.p": "unknown"}
    reasons = [one.reason for one in result.findings if one.subject == "aws_s3_bucket.b" and one.status.value != "pass"]
    assert any("main.tf" in reason for reason in reasons)


def test_a_companion_of_another_bucket_does_not_matter(tmp_path: Path) -> None:
    other = 'resource "aws_s3_bucket" "other" {}\n'
    block = (_BLOCK % "count = var.on ? 1 : 0").replace("aws_s3_bucket.b.id", "aws_s3_bucket.other.id")
    result = judged(written(tmp_path, main='variable "on" {}\n' + _BUCKET + other + block))
    told = verdicts(result, ["store-public-block-declared"])["store-public-block-declared"]
    assert told["aws_s3_bucket.b"] == "fail"
    assert told["aws_s3_bucket.other"] == "unknown"


@pytest.mark.parametrize("absent", [0, 1])
def test_a_number_that_is_known_decides(tmp_path: Path, absent: int) -> None:
    given = f"on={'false' if absent else 'true'}"
    folder = written(tmp_path, main='variable "on" {\n type = bool\n}\n' + _BUCKET + _BLOCK % "count = var.on ? 1 : 0")
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
        written(tmp_path, main=_BUCKET + 'module "m" {\n  source = "terraform-aws-modules/s3-bucket/aws"\n}\n')
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
    result = judged(written(tmp_path, main=_BUCKET + calls))
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
    inner = 'variable "bucket" {}\n' + (_BLOCK % "").replace("aws_s3_bucket.b.id", "var.bucket")
    result = judged(written(tmp_path, main=_BUCKET + call_, m__main=inner))
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
    main = _BUCKET + 'import {\n  to = aws_s3_bucket.b\n  id = "b"\n}\n'
    assert said(judged(written(tmp_path, main=main)))["store-versioned", "aws_s3_bucket.b"] == "unknown"


# --- what is told ----------------------------------------------------------------------------------------------------


def test_every_format_says_that_there_was_no_plan(tmp_path: Path) -> None:
    folder = written(tmp_path / "stack", main=_BUCKET)
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
    folder, runs = written(tmp_path / "stack", main=_BUCKET), tmp_path / "runs"
    digests = []
    for text in (_BUCKET, _BUCKET, _BUCKET + "# changed\n"):
        (folder / "main.tf").write_text(text)
        call("plan", folder, "--run-dir", runs, "--quiet")
        newest = max(runs.rglob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        digests.append(json.loads(newest.read_bytes())["inputs"][0]["sha256"])
    assert digests[0] == digests[1] != digests[2]


def test_nothing_of_it_is_new_or_old(tmp_path: Path) -> None:
    folder = written(tmp_path, main=_BUCKET)
    refused(call("plan", folder, "--fail-on-new"), "does not tell what is changed")
    refused(call("plan", folder, "--diff"), "does not tell what is changed")


# --- bad input -------------------------------------------------------------------------------------------------------


def test_values_that_fit_nothing_are_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "stack", main=_BUCKET)
    plan = FIXTURES / "stacks" / "sound" / "plan.json"
    refused(call("plan", folder, "--var", "nosuch=1"), "--var nosuch", "declares no such variable")
    refused(call("plan", folder, "--var", "nosuch"), "--var takes NAME=VALUE")
    refused(call("plan", folder, "--var-file", tmp_path / "nosuch.tfvars"), "nosuch.tfvars", "no such file")
    refused(call("plan", plan, "--var", "project=x"), "--var and --var-file are for a folder")
    refused(call("plan", folder, "--source", folder), "--source is for plans")
    refused(call("plan", folder, "--output", f"json={folder / 'main.tf'}"), "main.tf", "would replace it")
    refused(call("plan", folder, "--with", "checkov"), "--with is for plans")


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    answer = call(
        "plan", written(tmp_path, main='variable "name" {}\nresource "aws_sqs_queue" "q" { name = var.name }')
    )
    assert "var.name: not known" in answer.err


def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path) -> None:
    torn = 'resource "aws_s3_bucket" "torn" {\n  bucket = "a\n}\n'
    result = judged(written(tmp_path, main=_BUCKET, torn=torn, latin=b'# \xff\nresource "aws_s3_bucket" "lost" {}\n'))
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
    result = judged(written(tmp_path, main=_BUCKET + _BUCKET))
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
    folder = written(tmp_path / "stack", main=_BUCKET)
    answer = program("plan", ".", "--control", "store-encrypted", "--quiet", cwd=folder)
    assert answer.code == 0, answer.said
    assert "store-encrypted" in answer.out or "pass  1" in answer.out
