"""What a verdict rests on that the sources alone tell is marked: in its reason, in its finding and in JSON."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

from completions import CASES, STACKS, judged
from scanner import run
from scanner.findings import Finding, Status
from scanner.model import FROM_SOURCES, Completed
from scanner.reports import json_report
from scanner.terraform.planfile import Source
from scanner.terraform.sources.folder import from_folder
from sourcetree import written
from worlds import FIXTURES, ROOT, change, plan


def _findings(folder: str, control: str) -> dict[str, Finding]:
    found = judged(FIXTURES / "aws/completed" / folder).run.findings
    return {finding.subject: finding for finding in found if finding.control == control}


def test_a_finding_says_what_it_rests_on_that_the_sources_alone_tell() -> None:
    queues = _findings("messages", "store-not-public")
    opened = queues['aws_sqs_queue.this["open"]']
    (policy,) = opened.completed
    assert (policy.address, policy.attribute) == ('aws_sqs_queue_policy.this["open"]', "policy")
    assert "policy = jsonencode({" in _line(policy)
    assert opened.reason.endswith(f'this["open"]: policy is read from the sources ({policy.file}:{policy.line})')
    bound = queues['aws_sqs_queue.this["other"]']
    assert {one.attribute for one in bound.completed} == {"statement.resources", "statement.condition.values"}
    assert "are read from the sources" in bound.reason
    # What is known in the plan is not marked, and neither is what only names another resource.
    assert queues["aws_sqs_queue.inline"].completed == ()
    rotating = _findings("messages", "key-rotation-enabled")
    assert [finding for finding in rotating.values() if finding.completed] == []
    trail = _findings("watch", "audit-trail-complete")["aws_cloudtrail.part"]
    assert [one.attribute for one in trail.completed] == ["event_selector.data_resource.values"]


def test_without_sources_and_where_nothing_is_decided_nothing_is_marked() -> None:
    alone = judged(FIXTURES / "aws/completed/messages", sources=False).run.findings
    assert [finding for finding in alone if finding.completed or FROM_SOURCES in finding.reason] == []
    for folder in (*CASES, *STACKS):
        for finding in judged(folder).run.findings:
            assert bool(finding.completed) == (FROM_SOURCES in finding.reason)
            assert finding.status is not Status.UNKNOWN or not finding.completed


def test_a_completed_attribute_is_named_where_it_stands() -> None:
    seen = {one for folder in (*CASES, *STACKS) for finding in judged(folder).run.findings for one in finding.completed}
    assert len(seen) > 50
    for one in seen:
        assert _line(one).split("=")[0].strip().strip('"') == one.attribute.rpartition(".")[2]


def test_json_tells_what_is_completed() -> None:
    out = io.StringIO()
    json_report.write(judged(FIXTURES / "aws/completed/messages").run, out)
    told = {(f["control"], f["subject"]): f["completed"] for f in json.loads(out.getvalue())["findings"]}
    (policy,) = told["store-not-public", 'aws_sqs_queue.this["open"]']
    assert policy["attribute"] == "policy"
    assert policy["file"].endswith("fixtures/aws/completed/messages/main.tf")


def _line(one: Completed) -> str:
    path = Path(one.file) if Path(one.file).is_file() else ROOT / one.file
    return path.read_text().splitlines()[one.line - 1]


KEYS = """
locals { key = aws_kms_key.k.arn }
resource "aws_kms_key" "k" {}
resource "aws_cloudwatch_log_group" "by_local" { kms_key_id = local.key }
resource "aws_cloudwatch_log_group" "by_name" { kms_key_id = aws_kms_key.k.arn }
"""


def test_a_name_is_marked_where_the_plan_alone_does_not_tell_it(tmp_path: Path) -> None:
    written(tmp_path, main=KEYS)
    groups = {"by_local": ["local.key"], "by_name": ["aws_kms_key.k.arn", "aws_kms_key.k"]}
    changes = [change(f"aws_cloudwatch_log_group.{name}", {}, unknown={"kms_key_id": True}) for name in groups]
    blocks: dict[str, dict[str, Any]] = {"aws_kms_key.k": {}}
    blocks |= {f"aws_cloudwatch_log_group.{name}": {"kms_key_id": {"references": r}} for name, r in groups.items()}
    content = plan(change("aws_kms_key.k", {}, unknown={"arn": True}), *changes, config=blocks)
    source = Source("plan.json", content, from_folder(tmp_path))
    found = run.judge_plans([source], run.Settings(policies=(), today=date(2026, 11, 21))).world.resources
    told = {one.name or one.id: (getattr(one, "key_owner", ""), one.completed) for one in found}
    assert told["aws_cloudwatch_log_group.by_name"] == ("customer", {})
    owner, completed = told["aws_cloudwatch_log_group.by_local"]
    assert owner == "customer"
    assert [(one.attribute, one.line) for one in completed["key_owner"]] == [("kms_key_id", 4)]
