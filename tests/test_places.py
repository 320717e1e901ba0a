"""Every finding has the file and line of its block, and the attribute's line where one can be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from scanner.cli.policies import chosen
from scanner.findings import Finding, Run, Status
from scanner.hcl.syntax import parse
from scanner.model import Origin
from scanner.paths import relative, repository, seen_from, workspace
from scanner.run import Settings, judge_plans
from scanner.terraform.planfile import Source
from scanner.terraform.sources.folder import from_folder
from scanner.terraform.sources.places import Places
from tools import ROOT

LEAKY = ROOT / "fixtures" / "stacks" / "leaky"


@cache
def leaky() -> Run:
    """The stack with planted faults, judged with its sources."""
    source = Source("plan.json", (LEAKY / "plan.json").read_bytes(), from_folder(LEAKY))
    return judge_plans([source], Settings(policies=chosen([], [], []), today=date(2026, 11, 21))).run


def text_at(origin: Origin, line: int) -> str:
    """What stands on a line of a finding's file."""
    return (ROOT / origin.file).read_text(encoding="utf-8").splitlines()[line - 1].strip()


def of(control: str, subject: str) -> Finding:
    """One finding of the leaky stack."""
    return next(f for f in leaky().findings if (f.control, f.subject) == (control, subject))


def test_every_finding_of_a_resource_has_the_file_and_lines_of_its_block() -> None:
    placed = [f for f in leaky().findings if f.origin.address]
    assert len(placed) > 400
    for finding in placed:
        origin = finding.origin
        name = origin.address.rpartition(".")[2].partition("[")[0]
        assert text_at(origin, origin.line) == f'resource "{origin.type}" "{name}" {{'
        assert text_at(origin, origin.end) == "}"
        assert origin.line < origin.end


def test_findings_of_statements_are_placed_at_the_policy_that_holds_them() -> None:
    finding = of("identity-no-wildcard-grants", "module.legacy.aws_iam_user_policy.partner")
    assert finding.origin.file.endswith("leaky/modules/legacy/identity.tf")
    assert text_at(finding.origin, finding.origin.line) == 'resource "aws_iam_user_policy" "partner" {'
    assert text_at(finding.origin, finding.origin.attribute_line) == 'Sid      = "Handouts"'
    support = of("identity-trust-not-open", "module.legacy.aws_iam_role.support")
    assert support.origin.attribute == text_at(support.origin, support.origin.attribute_line).split()[0]
    assert support.origin.attribute == "assume_role_policy"


def test_a_finding_in_a_module_tells_the_calls_that_lead_to_it() -> None:
    origin = of("entrypoint-access-logged", 'module.chatbot["staging"].module.workers.aws_lb.this').origin
    assert [Path(call).name.partition(":")[0] for call in origin.called] == ["main.tf", "main.tf"]
    said = [
        text_at(replace(origin, file=call.rpartition(":")[0]), int(call.rpartition(":")[2])) for call in origin.called
    ]
    assert said == ['module "chatbot" {', 'module "workers" {']


@pytest.mark.parametrize(
    ("control", "subject", "attribute"),
    [
        # Named by the reason.
        ("audit-trail-immutable", "module.legacy.aws_cloudtrail.this", "enable_log_file_validation"),
        ("store-encrypted", "module.legacy.aws_db_instance.accounts", "storage_encrypted"),
        (
            "entrypoint-requires-tls12",
            'module.chatbot["staging"].module.api.aws_api_gateway_domain_name.chat',
            "security_policy",
        ),
        (
            "model-invocations-logged",
            "aws_bedrock_model_invocation_logging_configuration.this",
            "logging_config.text_data_delivery_enabled",
        ),
        # Set otherwise by the Terraform that mends it.
        (
            "key-rotation-enabled",
            'module.chatbot["staging"].module.keys.aws_kms_key.this["data"]',
            "enable_key_rotation",
        ),
        (
            "guardrail-interventions-alarmed",
            'module.model_alarms.aws_cloudwatch_metric_alarm.this["interventions"]',
            "actions_enabled",
        ),
        ("compute-redundant", "module.legacy.aws_ecs_service.importer", "desired_count"),
        ("entrypoint-authenticated", 'module.legacy.aws_lambda_function_url.webhook["public"]', "authorization_type"),
        (
            "entrypoint-access-logged",
            'module.chatbot["staging"].module.workers.aws_lb.this',
            "access_logs.enabled",
        ),
    ],
)
def test_the_attribute_has_its_line(control: str, subject: str, attribute: str) -> None:
    origin = of(control, subject).origin
    assert origin.attribute == attribute
    assert text_at(origin, origin.attribute_line).split()[0] == attribute.rpartition(".")[2]
    assert origin.line < origin.attribute_line <= origin.attribute_end < origin.end


def test_a_dynamic_block_that_makes_nothing_is_where_to_look() -> None:
    table = 'module.chatbot["staging"].module.storage.aws_dynamodb_table.this["memory"]'
    origin = of("store-point-in-time-recovery", table).origin
    assert text_at(origin, origin.attribute_line) == 'dynamic "point_in_time_recovery" {'
    assert text_at(origin, origin.attribute_end) == "}"


@pytest.mark.parametrize(
    ("control", "subject"),
    [
        # What is missing stands on no line: least of all on that of another filter, another name or another key.
        ("guardrail-blocks-prompt-attacks", "module.legacy.aws_bedrock_guardrail.intake"),
        ("store-failed-messages-kept", "module.legacy.aws_sqs_queue.inbox"),
        ("store-images-immutable", "module.legacy.aws_ecr_repository.importer"),
        # It stands on that of another resource.
        ("store-not-public", "module.legacy.module.avatars.aws_s3_bucket.this"),
    ],
)
def test_where_no_attribute_can_be_told_it_is_the_block(control: str, subject: str) -> None:
    origin = of(control, subject).origin
    assert (origin.attribute, origin.attribute_line) == ("", 0)
    assert origin.line > 0


def test_what_passes_and_what_is_of_no_block_has_no_attribute() -> None:
    for finding in leaky().findings:
        if finding.status is Status.PASS or not finding.origin.line:
            assert finding.origin.attribute_line == 0


ROLE = """resource "aws_iam_role_policy" "this" {
  name   = "all"
  policy = jsonencode({
    Statement = [
      { Sid = "Read", Effect = "Allow", Action = "s3:GetObject", Resource = "x" },
      { Sid = "Everything", Effect = "Allow", Action = "*", Resource = "*" },
    ]
  })
}
"""


def pointed(text: str, reason: str, control: str = "c", snippet: str = "", status: Status = Status.FAIL) -> Origin:
    """Where a finding about the first block of a text is pointed at."""
    block = parse(text, "main.tf").body.blocks[0]
    origin = Origin(source="plan", type=block.labels[0], address=".".join(block.labels), plan="p")
    given = Finding(
        control=control,
        subject=origin.address,
        status=status,
        severity="high",
        criteria=("CC6.1",),
        message="m",
        reason=reason,
        fix="f",
        origin=origin,
    )
    return Places({control: [snippet]}).point(given, block).origin


def test_a_statement_has_the_line_of_its_sid_where_the_policy_is_written_out() -> None:
    assert pointed(ROLE, "statement Everything allows *").attribute_line == 6
    # One without a Sid, and one that stands elsewhere: the policy.
    assert pointed(ROLE, "statement 2 allows *").attribute_line == 3
    assert pointed(ROLE, "statement Everything allows *; statement Read allows more").attribute == "policy"


def test_reasons_about_other_resources_point_at_nothing_here() -> None:
    block = 'resource "aws_sqs_queue" "q" {\n  kms_key_id = "a"\n}\n'
    assert pointed(block, "kms_key_id is a").attribute_line == 2
    assert pointed(block, "aws_sqs_queue.q: kms_key_id is a").attribute_line == 2
    assert pointed(block, "aws_sns_topic.t: kms_key_id is a").attribute_line == 0
    assert pointed(block, "aws_sns_topic.t has no key (kms_key_id is a)").attribute_line == 0
    assert pointed(block, 'module.m["x"].aws_sns_topic.t (kms_key_id is a); kms_key_id is b').attribute_line == 2


def test_where_a_value_is_missing_another_is_not_to_blame() -> None:
    snippet = 'resource "aws_x_y" "e" {\n  ssl_policy = "new"\n  key = aws_kms_key.k.arn\n}\n'
    assert pointed('resource "aws_x_y" "o" {\n  key = local.key\n}\n', "old", snippet=snippet).attribute == ""
    given = 'resource "aws_x_y" "o" {\n  ssl_policy = "new"\n  key = local.key\n}\n'
    assert pointed(given, "old", snippet=snippet).attribute == "key"
    assert pointed(given.replace("new", "old"), "old", snippet=snippet).attribute == "ssl_policy"


def test_a_reason_may_name_an_attribute_by_its_whole_path_or_the_block_that_lacks_it() -> None:
    block = 'resource "aws_x_y" "o" {\n  sse_block {\n    kms_key_arn = var.key\n  }\n}\n'
    unknown = "sse_block.kms_key_arn is known only after apply"
    assert pointed(block, unknown, status=Status.UNKNOWN).attribute == "sse_block.kms_key_arn"
    lacking = block.replace("kms_key_arn = var.key", "enabled = true")
    assert pointed(lacking, unknown, status=Status.UNKNOWN).attribute == "sse_block"


def test_what_is_not_decided_is_where_its_reason_says_and_no_snippet_guesses() -> None:
    block = 'resource "aws_kms_key" "k" {\n  enable_key_rotation = var.on\n  policy = var.policy\n}\n'
    snippet = 'resource "aws_kms_key" "e" {\n  enable_key_rotation = true\n}\n'
    assert pointed(block, "policy is known only after apply", status=Status.UNKNOWN).attribute == "policy"
    assert pointed(block, "nobody knows", snippet=snippet, status=Status.UNKNOWN).attribute == ""
    assert pointed(block, "it is off", snippet=snippet).attribute == "enable_key_rotation"


def test_names_and_several_differences_decide_nothing() -> None:
    snippet = 'resource "aws_x_y" "e" {\n  name = "example"\n  period = 300\n  threshold = 5\n}\n'
    block = 'resource "aws_x_y" "o" {\n  name = "mine"\n  period = 60\n  threshold = 1\n}\n'
    assert pointed(block, "it is wrong", snippet=snippet).attribute == ""
    assert pointed(block.replace("= 60", "= 300"), "it is wrong", snippet=snippet).attribute == "threshold"


def test_the_snippets_of_all_controls_are_read_as_terraform() -> None:
    for policy in chosen([], [], []):
        for text in policy.control.snippets.values():
            assert parse(text, policy.control.id).problems == ()


def test_a_path_is_never_one_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert relative(str(tmp_path / "infra" / "main.tf")) == "infra/main.tf"
    assert relative("infra/../main.tf") == "main.tf"
    assert relative("../elsewhere/main.tf") == relative(str(tmp_path.parent / "elsewhere" / "main.tf"))
    assert relative("../elsewhere/main.tf") == "../elsewhere/main.tf"
    assert relative("/of/this/machine/main.tf") == ".../machine/main.tf"
    assert relative("/main.tf") == ".../main.tf"


def test_a_repository_s_file_is_counted_from_its_root_and_no_other_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = tmp_path / "repo" / "stacks" / "prod"
    stack.mkdir(parents=True)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.chdir(stack)
    assert (repository(), workspace()) == (stack, stack)
    (tmp_path / "repo" / ".git").mkdir()
    assert (repository(), workspace()) == (tmp_path / "repo", tmp_path / "repo")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert (repository(), workspace()) == (tmp_path / "repo", tmp_path)
    assert seen_from(repository(), "main.tf") == "stacks/prod/main.tf"
    assert seen_from(repository(), "../../modules/main.tf") == "modules/main.tf"
    assert seen_from(repository(), str(tmp_path / "repo" / "main.tf")) == "main.tf"
    assert seen_from(repository(), "../../../other/main.tf") == seen_from(repository(), "/main.tf") == ""
