"""What every inspector makes of a fresh plan whose sources tell what the plan leaves open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import applied
from completions import CASES, STACKS, facts, judged
from scanner import run
from scanner.hcl.values import Unfinished
from scanner.model import Unknown, fact_names
from scanner.terraform.planfile import Source
from scanner.terraform.read import ReadPlan, read_plan
from worlds import FIXTURES

LEAKS = ("Symbol(", "Template(", "Unfinished(", "Hidden(", "LeftOut(", "Failed(", "@aws", "@module", "\0", "\ue000")
NAMES = frozenset({"id", "name", "account", "region", "actions", "resources", "principals", "conditions", "trusts"})
"""Facts that hold names: those that were made up are not known before."""


def _applied(source: Source) -> ReadPlan:
    read = read_plan(source)
    applied.apply(read.after)
    return read


@pytest.mark.parametrize("folder", [*CASES, *STACKS], ids=lambda folder: folder.name)
def test_what_the_sources_tell_is_what_the_applied_plan_tells(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = facts(judged(folder).world)
    monkeypatch.setattr(run, "read_plan", _applied)
    known = facts(judged.__wrapped__(folder).world)
    pairs = {
        key: (told[key], known[key])
        for key in told
        if key in known and key[1] not in NAMES and not key[0].startswith("aws:")  # accounts, which get their number
    }
    assert len(pairs) > 50
    unlike = {key: pair for key, pair in pairs.items() if _differ(*pair)}
    assert unlike == {}


def _differ(told: Any, known: Any) -> bool:
    if isinstance(known, Unfinished):
        return False  # an expression that nobody worked out is not made known either
    if isinstance(told, Unknown) or isinstance(known, Unknown):
        return isinstance(told, Unknown) != isinstance(known, Unknown)
    return bool(told != known)


@pytest.mark.parametrize("folder", [*CASES, *STACKS], ids=lambda folder: folder.name)
def test_nothing_of_how_values_are_kept_inside_gets_out(folder: Path) -> None:
    found = judged(folder)
    said = [text for finding in found.run.findings for text in (finding.message, finding.reason, *finding.path)]
    said += [f"{gap.scope} {gap.reason}" for gap in found.run.gaps] + list(found.run.notes)
    for resource in (*found.world.resources, *found.world.statements):
        values = (getattr(resource, name) for name in fact_names(type(resource)))
        said += [value.reason if isinstance(value, Unknown) else str(value) for value in values]
        said += resource.because.values()
    assert [text for text in said if any(leak in text for leak in LEAKS)] == []
    assert [text for text in said if "\n" in text] == []


def test_documents_of_queues_topics_and_log_groups_are_read() -> None:
    told = facts(judged(FIXTURES / "aws/completed/messages").world)
    for name, fact, value in (
        ('aws_sqs_queue.this["sound"]', "keeps_failures", True),
        ('aws_sqs_queue.this["dead"]', "takes_failures", True),
        ("aws_sqs_queue.failed", "takes_failures", True),
        ('aws_sqs_queue.this["empty"]', "keeps_failures", False),
        ('aws_sqs_queue.this["sound"]', "requires_tls", True),
        ('aws_sqs_queue.this["plain"]', "requires_tls", False),
        ('aws_sqs_queue.this["sound"]', "public", False),
        ('aws_sqs_queue.this["other"]', "public", False),
        ('aws_sqs_queue.this["open"]', "public", True),
        ('aws_sns_topic.this["sound"]', "public", False),
        ('aws_sns_topic.this["open"]', "public", True),
        ('aws_sns_topic.this["sound"]', "masks_personal_data", True),
        ('aws_sns_topic.this["open"]', "masks_personal_data", False),
        ('aws_cloudwatch_log_group.this["sound"]', "masks_personal_data", True),
        ('aws_secretsmanager_secret.this["sound"]', "open", False),
        ('aws_secretsmanager_secret.this["open"]', "open", True),
        ('aws_kms_key.policed["sound"]', "open", False),
        ('aws_kms_key.policed["open"]', "open", True),
        ('aws_ecr_repository.this["sound"]', "public", False),
        ('aws_ecr_repository.this["open"]', "public", True),
        ('aws_sqs_queue.this["sound"]', "environment", "prod"),
        ('aws_sqs_queue.this["sound"]', "data", ("prompt",)),
    ):
        assert told[name, fact] == value, (name, fact, told[name, fact])


def test_documents_and_rules_of_ways_in_are_read() -> None:
    told = facts(judged(FIXTURES / "aws/completed/doors").world)
    for name, fact, value in (
        ('aws_api_gateway_rest_api.this["sound"]', "authenticated", True),
        ('aws_api_gateway_rest_api.this["sound"]', "bodies_checked", True),
        ('aws_api_gateway_rest_api.this["open"]', "authenticated", False),
        ('aws_api_gateway_rest_api.this["open"]', "bodies_checked", False),
        ('aws_api_gateway_rest_api.this["yaml"]', "authenticated", True),
        ('aws_api_gateway_rest_api.this["yaml_open"]', "authenticated", False),
        ("aws_api_gateway_rest_api.guarded", "authenticated", True),
        ('aws_apigatewayv2_api.http["sound"]', "authenticated", True),
        ('aws_apigatewayv2_api.http["open"]', "authenticated", False),
        ('aws_lb.this["sound"]', "rate_limited", True),
        ('aws_lb.this["open"]', "rate_limited", False),
        ('aws_security_group.inline["ours"]', "open", False),
        ('aws_security_group.inline["anybody"]', "open", True),
        ('aws_security_group.inline["network"]', "open", False),
        ('aws_security_group.split["ours"]', "open", False),
        ('aws_security_group.split["anybody"]', "open", True),
        ("aws_security_group.from_group", "open", False),
        ("aws_security_group.balancer", "open", False),
    ):
        assert told[name, fact] == value, (name, fact, told[name, fact])
    assert isinstance(told['aws_api_gateway_rest_api.this["root"]', "authenticated"], Unknown)


def test_what_watches_records_and_tells_is_followed() -> None:
    told = facts(judged(FIXTURES / "aws/completed/watch").world)
    for name, fact, value in (
        ('aws_cloudwatch_metric_alarm.models["errors"]', "watches", ("errors",)),
        ('aws_cloudwatch_metric_alarm.models["slow"]', "watches", ("latency",)),
        ('aws_cloudwatch_metric_alarm.models["slow"]', "notifies", True),
        ('aws_cloudwatch_log_metric_filter.root["sound"]', "notifies", True),
        ('aws_cloudwatch_event_rule.this["sound"]', "notifies", True),
        ('aws_cloudwatch_event_rule.this["silent"]', "notifies", False),
        ('aws_s3_bucket.store["trail"]', "requires_tls", True),
        ('aws_s3_bucket.store["trail"]', "immutable", True),
        ("aws_cloudtrail.part", "destination_immutable", True),
        # Its selector names a part of each bucket.
        ("aws_cloudtrail.part", "conversation_data_events", False),
    ):
        assert told[name, fact] == value, (name, fact, told[name, fact])
    whole = facts(judged(FIXTURES / "aws/completed/record").world)
    assert whole["aws_cloudtrail.whole", "conversation_data_events"] is True


def test_agents_guardrails_and_search_are_read() -> None:
    told = facts(judged(FIXTURES / "aws/completed/models").world)
    for name, fact, value in (
        ('aws_bedrockagent_agent.this["sound"]', "guarded", True),
        ('aws_bedrockagent_agent.this["bare"]', "guarded", False),
        ('aws_bedrockagent_agent_action_group.this["sound"]', "irreversible", True),
        ('aws_bedrockagent_agent_action_group.this["sound"]', "confirmed", True),
        ('aws_bedrockagent_agent_action_group.this["open"]', "irreversible", True),
        ('aws_bedrockagent_agent_action_group.this["open"]', "confirmed", False),
        ("aws_bedrockagent_agent_action_group.yaml", "confirmed", True),
        ('aws_bedrock_guardrail.this["sound"]', "attached", True),
        ('aws_bedrock_guardrail.this["unused"]', "attached", False),
        ("aws_lambda_function.chat", "plaintext_credentials", True),
        ("aws_lambda_function.chat", "credential_names", ("DATABASE_URL",)),
        ("aws_iam_role_policy.invoke#3", "wildcard_action", True),
        ("aws_iam_role_policy.invoke#1", "wildcard_action", False),
        ('aws_opensearchserverless_collection.this["sound"]', "key_owner", "customer"),
        ('aws_opensearchserverless_collection.this["open"]', "key_owner", "provider"),
        ('aws_opensearchserverless_collection.this["sound"]', "public", False),
        ('aws_opensearchserverless_collection.this["open"]', "public", True),
        ('aws_opensearch_domain.this["sound"]', "public", False),
        ('aws_opensearch_domain.this["open"]', "public", True),
    ):
        assert told[name, fact] == value, (name, fact, told[name, fact])


def test_roles_policies_and_buckets_that_name_each_other_are_read() -> None:
    told = facts(judged(FIXTURES / "aws/completed/access").world)
    three = tuple(f"module.{name}.aws_iam_role.this" for name in ("reader", "partner", "bound"))
    for name, fact, value in (
        ("module.reader.aws_iam_role.this", "open", False),
        ("module.writer.aws_iam_role.this", "trusts", ("Service:lambda.amazonaws.com",)),
        # An external id is no secret; a planned role's ARN binds.
        ("module.partner.aws_iam_role.this", "open", True),
        ("module.bound.aws_iam_role.this", "open", False),
        ("aws_iam_policy.narrow#1", "binds", three),
        ("aws_iam_policy.narrow#4", "wildcard_resource", False),
        ("aws_iam_policy.wide#4", "wildcard_action", True),
        ("aws_iam_policy.wide#1", "wildcard_action", False),
        ("module.writer.aws_iam_role_policy.this#1", "wildcard_action", True),
        ("module.bound.aws_iam_role_policy.this#1", "wildcard_action", True),
        ("module.reader.aws_iam_role_policy.this#1", "wildcard_resource", False),
        ('aws_s3_bucket.this["chats"]', "public", False),
        ('aws_s3_bucket.this["open"]', "public", True),
        ('aws_s3_bucket.this["chats"]', "requires_tls", True),
        ('aws_s3_bucket.this["open"]', "requires_tls", False),
        ('aws_s3_bucket.this["logs"]', "access_log_target", True),
        ('aws_s3_bucket.this["chats"]', "access_log_target", False),
        ('aws_s3_bucket.this["chats"]', "shares_key_with_logs", True),
        ('aws_s3_bucket.this["logs"]', "shares_key_with_logs", False),
        ("aws_dynamodb_table.sessions", "key_owner", "customer"),
        ("aws_organizations_policy.guard#1", "effect", "Deny"),
    ):
        assert told[name, fact] == value, (name, fact, told[name, fact])
