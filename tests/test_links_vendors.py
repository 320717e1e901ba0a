"""Vendors that code reaches: expected by hand from fixtures/aws/flows/vendors/main.tf."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from flows import fixture, flows, folder, hidden, told, world_of
from scanner.kinds import Flow, Vendor
from scanner.model import Unknown, World
from worlds import change

HOSTS, READER, WORKER = "aws_lambda_function.hosts", "aws_lambda_function.reader", "aws_ecs_task_definition.worker"
F = "aws_lambda_function.f"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret"
SECRETS = ("hunter2", "in-the-query", "pa55", "svc-user", "0123456789abcdef", "hidden.vendor", "spent-at", "made-up")


def vendors(world: World) -> set[tuple[str, str, str, str]]:
    return told(world, "aws-vendor")


@pytest.mark.parametrize("sources", [True, False], ids=["with sources", "plan alone"])
def test_vendors_by_hosts_names_and_secrets(sources: bool) -> None:  # noqa: FBT001 - a parameter
    assert vendors(fixture("vendors", sources=sources)) == {
        (HOSTS, "invokes", "ext:api.openai.com", "likely"),
        (HOSTS, "sends_to", "ext:cloud.langfuse.com", "likely"),
        (HOSTS, "sends_to", "ext:crm.partner.example", "likely"),
        (HOSTS, "sends_to", "ext:mongodb.net", "likely"),
        (HOSTS, "sends_to", "ext:metrics.other.example", "likely"),
        (HOSTS, "sends_to", "ext:api.pinecone.io", "likely"),
        (HOSTS, "invokes", "ext:api.cohere.com", "possible"),
        (READER, "invokes", "ext:api.anthropic.com", "likely"),
        (READER, "invokes", "ext:api.mistral.ai", "possible"),
        (READER, "sends_to", "ext:zendesk.com", "likely"),
        (READER, "invokes", "ext:api.deepgram.com", "likely"),
        (WORKER, "invokes", "ext:api.openai.com", "likely"),
        (WORKER, "invokes", "ext:api.cohere.com", "likely"),
        (WORKER, "sends_to", "ext:api.datadoghq.com", "likely"),
        (WORKER, "sends_to", "ext:sentry.io", "likely"),
        (WORKER, "sends_to", "ext:tool.stranger.example", "possible"),
    }


def test_what_is_told_of_a_vendor() -> None:
    world = fixture("vendors", sources=False)
    found = {one.id: one for one in world.resources if isinstance(one, Vendor)}
    assert (found["ext:api.openai.com"].type, found["ext:api.openai.com"].name) == ("model", "OpenAI")
    assert (found["ext:crm.partner.example"].type, found["ext:zendesk.com"].type) == ("host", "messaging")
    sealed = {one.target: one.encrypted for one in flows(world).values() if one.source == HOSTS}
    assert sealed["ext:crm.partner.example"] is True
    assert sealed["ext:metrics.other.example"] is False
    by_url = flows(world)[f"{HOSTS} -> ext:api.openai.com (invokes)"]
    assert by_url.attribute == f"{HOSTS}.environment.variables.LLM_URL"
    assert by_url.reason == "its setting LLM_URL holds the host"


def test_no_value_leaves() -> None:
    for sources in (True, False):
        world = fixture("vendors", sources=sources)
        # What is told of flows and vendors, not the facts of other resources, which pass the redactor.
        shown = repr([(one.id, one.name, one.reason, one.attribute) for one in world.flows if isinstance(one, Flow)])
        shown += repr([one.id for one in world.resources if isinstance(one, Vendor)]) + repr(hidden(world))
        assert [secret for secret in SECRETS if secret in shown] == []


def test_a_sensitive_setting_may_hold_a_place() -> None:
    assert "HIDDEN_URL is not known: it is sensitive" in hidden(fixture("vendors", sources=False))[HOSTS]


# --- small worlds ----------------------------------------------------------------------------------------------------


def reached(**variables: str) -> set[str]:
    """Vendors that a function with these settings reaches."""
    function = change(F, {"function_name": "f", "environment": [{"variables": variables}]})
    return {flow[2].removeprefix("ext:") for flow in vendors(world_of(function)) if flow[3] != "possible"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("A", "https://api.anthropic.com", {"api.anthropic.com"}),
        ("A", "wss://api.deepgram.com:443/v1/listen", {"api.deepgram.com"}),
        ("A", "HTTPS://API.OPENAI.COM/", {"api.openai.com"}),
        ("A", "api.groq.com", {"api.groq.com"}),
        ("A", "first https://a.one.example/x, then https://b.two.example", {"a.one.example", "b.two.example"}),
        ("A", '{"url": "https://c.three.example/v1"}', {"c.three.example"}),
        ("A", "https://93.184.216.34/x", {"93.184.216.34"}),
        ("CRM_HOST", "crm.partner.example", {"crm.partner.example"}),
        ("CRM", "crm.partner.example", set()),
        ("HANDLER_HOST", "main.handler", set()),
        ("A", "https://10.0.0.1/", set()),
        ("A", "http://192.168.1.1", set()),
        ("A", "http://169.254.169.254/latest/meta-data", set()),
        ("A", "http://[::1]:80/", set()),
        ("A", "http://127.0.0.1", set()),
        ("A", "http://redis", set()),
        ("A", "http://llm.internal/x", set()),
        ("A", "http://a.b.svc.cluster.local", set()),
        ("A", "https://xyz.execute-api.eu-west-1.amazonaws.com/prod", set()),
        ("A", "https://d111.cloudfront.net", set()),
        ("ALLOWED_ORIGINS", "https://chat.customer.example", set()),
        ("FRONTEND_URL", "https://chat.customer.example", set()),
        ("BASE_URL", "https://chat.customer.example", set()),
        ("A", "https://user:pa.ss/wo.rd@db.partner.example/x", set()),
        ("A", "https://user:pa@ss.word@db.partner.example/x", {"db.partner.example"}),
        ("A", "https://sk.proj.key@db.partner.example", {"db.partner.example"}),
        ("A", "https://user.name:hunter2.com@db.partner.example", {"db.partner.example"}),
        ("A", "https://evil.example\u202e.moc", set()),
        ("A", "https://пример.рф/v1", {"xn--e1afmkfd.xn--p1ai"}),
        ("CRM_HOST", "münchen.example:443", {"xn--mnchen-3ya.example"}),
        ("A", "https://api.\u043epenai.com/v1", {"api.xn--penai-iye.com"}),
        ("A", "Grüße an alle", set()),
        ("A", "https://exa mple.com", set()),
        ("A", "https://<script>.example", set()),
        ("A", "https://" + "a" * 300 + ".example", set()),
        ("A", "://", set()),
        ("A", "https://", set()),
    ],
)
def test_hosts_of_others_in_values(name: str, value: str, expected: set[str]) -> None:
    assert reached(**{name: value}) == expected


def test_a_key_that_is_spent_elsewhere_reaches_no_vendor_of_its_name() -> None:
    assert reached(OPENAI_API_KEY="x") == {"api.openai.com"}
    assert reached(OPENAI_API_KEY="x", OPENAI_BASE_URL="https://llm.gateway.example/v1") == {"llm.gateway.example"}
    assert reached(OPENAI_API_KEY="x", OPENAI_BASE_URL="http://litellm:4000") == set()
    assert reached(OPENAI_API_KEY="x", OPENAI_BASE_URL="https://eu.api.openai.com/v1") == {"api.openai.com"}
    assert reached(OPENAI_API_KEY="", ANTHROPIC_ENABLED="false") == set()


@pytest.mark.parametrize("plain", ["A_URL", "B_URL"])
def test_of_two_ways_to_a_vendor_the_one_in_clear_counts(plain: str) -> None:
    urls = {name: f"http{'' if name == plain else 's'}://api.openai.com/v1" for name in ("A_URL", "B_URL")}
    world = world_of(change(F, {"function_name": "f", "environment": [{"variables": urls}]}))
    flow = flows(world)[f"{F} -> ext:api.openai.com (invokes)"]
    assert (flow.encrypted, flow.attribute) == (False, f"{F}.environment.variables.{plain}")


def test_a_flow_names_the_hosts_that_settings_do() -> None:
    urls = {"A": "https://us.cloud.langfuse.com", "B": "https://cloud.langfuse.com", "OPENAI_API_KEY": "x"}
    world = world_of(change(F, {"function_name": "f", "environment": [{"variables": urls}]}))
    found = {flow.target: flow.hosts for flow in flows(world).values() if flow.source == F}
    assert found == {
        "ext:cloud.langfuse.com": ("cloud.langfuse.com", "us.cloud.langfuse.com"),
        "ext:api.openai.com": (),
    }


def test_a_domain_of_ones_own_may_have_other_letters() -> None:
    function = change(F, {"function_name": "f", "environment": [{"variables": {"A": "https://api.пример.рф/x"}}]})
    assert vendors(world_of(function, change("aws_route53_zone.z", {"name": "xn--e1afmkfd.xn--p1ai"}))) == set()


def test_domains_of_ones_own_are_no_vendors() -> None:
    function = change(F, {"function_name": "f", "environment": [{"variables": {"A": "https://api.shop.co.uk/x"}}]})
    certificate = change(
        "aws_acm_certificate.c", {"domain_name": "*.shop.co.uk", "subject_alternative_names": ["a.b.example"]}
    )
    assert vendors(world_of(function, certificate)) == set()
    other = change("aws_acm_certificate.c", {"domain_name": "other.co.uk"})
    assert {flow[2] for flow in vendors(world_of(function, other))} == {"ext:api.shop.co.uk"}


@pytest.mark.parametrize(
    ("type_", "values", "expected"),
    [
        ("aws_apprunner_service",
         {"source_configuration": [{"image_repository": [{"image_configuration": [
             {"runtime_environment_secrets": {"COHERE_API_KEY": f"{SECRET}:x-AbCdEf"},
              "start_command": "serve --at https://api.mistral.ai/v1"}]}]}]},
         {"ext:api.cohere.com", "ext:api.mistral.ai"}),
        ("aws_codebuild_project",
         {"environment": [{"environment_variable": [
             {"name": "SENTRY_DSN", "value": "chat/sentry", "type": "SECRETS_MANAGER"},
             {"name": "API", "value": "https://api.openai.com", "type": "PLAINTEXT"}]}],
          "source": [{"buildspec": "curl https://api.anthropic.com; pip install https://pypi.org/x"}]},
         {"ext:sentry.io", "ext:api.openai.com", "ext:api.anthropic.com"}),
        ("aws_batch_job_definition",
         {"container_properties": json.dumps({"environment": [{"name": "URL", "value": "https://api.openai.com"}]})},
         {"ext:api.openai.com"}),
        ("aws_instance", {"user_data": "#!/bin/sh\nexport URL=https://api.groq.com/openai\n"}, {"ext:api.groq.com"}),
        ("aws_glue_job", {"default_arguments": {"--SNOWFLAKE_PASSWORD": "x"}}, {"ext:snowflakecomputing.com"}),
        ("aws_bedrockagentcore_agent_runtime", {"environment_variables": {"A": "https://api.x.ai/v1"}},
         {"ext:api.x.ai"}),
        ("aws_ecs_task_definition", {"container_definitions": "no JSON"}, set()),
        ("aws_ecs_task_definition", {"container_definitions": "[" * 90 + "]" * 90}, set()),
        ("aws_ecs_task_definition", {"container_definitions": '[{"environment": [7, {"name": 5}, {"value": 1}]}]'},
         set()),
    ],
)  # fmt: skip
def test_every_place_of_settings_is_read(type_: str, values: dict[str, Any], expected: set[str]) -> None:
    found = {flow for flow in vendors(world_of(change(f"{type_}.x", values))) if flow[3] == "likely"}
    assert {flow[2] for flow in found} == expected


def test_settings_that_are_known_only_after_apply_hide_flows() -> None:
    function = change(F, {"function_name": "f", "environment": [{}]}, unknown={"environment": [{"variables": True}]})
    written = {F: {"environment": [{"variables": {"references": ["aws_sqs_queue.q.url", "aws_sqs_queue.q"]}}]}}
    queue = change("aws_sqs_queue.q", {"name": "q"}, unknown={"url": True})
    world = world_of(function, queue, config=written)
    assert "known only after apply" in hidden(world)[F]
    assert told(world, "aws-setting") == {(F, "writes_to", "aws_sqs_queue.q", "possible")}


def test_a_secret_is_of_the_vendor_that_its_name_tags_or_address_say() -> None:
    role = "arn:aws:iam::123456789012:role/f"
    function = change(F, {"function_name": "f", "role": role})
    identity = change("aws_iam_role.f", {"name": "f", "arn": role})
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}

    def reads(resource: str, address: str, **values: Any) -> set[tuple[str, str]]:
        text = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": resource}]})
        policy = change("aws_iam_role_policy.f", {"name": "f", "role": "f", "policy": text})
        secret = change(address, {"arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-AbCdEf", **values})
        return {(flow[2], flow[3]) for flow in vendors(world_of(function, identity, policy, secret))}

    named = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-??????"
    assert reads(named, "aws_secretsmanager_secret.a", name="prod/OpenAI-key") == {("ext:api.openai.com", "likely")}
    assert reads(named, "aws_secretsmanager_secret.a", name="s", tags={"Vendor": "Slack"}) == {
        ("ext:slack.com", "likely")
    }
    assert reads(named, "aws_secretsmanager_secret.okta", name="s") == {("ext:okta.com", "likely")}
    assert reads(named, "aws_secretsmanager_secret.a", name="s") == set()
    assert reads("*", "aws_secretsmanager_secret.okta", name="s") == {("ext:okta.com", "possible")}


def test_a_vendor_by_name_alone_is_called_in_a_way_that_is_not_told() -> None:
    function = change(F, {"function_name": "f", "environment": [{"variables": {"CRM_HOST": "crm.partner.example"}}]})
    assert isinstance(flows(world_of(function))[f"{F} -> ext:crm.partner.example (sends_to)"].encrypted, Unknown)


def test_user_data_of_which_only_a_hash_is_told() -> None:
    text = "#!/bin/sh\ncurl https://api.openai.com/v1\n"
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    instance = change("aws_instance.i", {"user_data": digest})
    written = {"aws_instance.i": {"user_data": {"constant_value": text}}}
    assert {flow[2] for flow in vendors(world_of(instance, config=written))} == {"ext:api.openai.com"}
    world = world_of(instance)
    assert vendors(world) == set()
    assert "only a hash" in hidden(world)["aws_instance.i"]


def test_hosts_of_which_a_part_is_known_only_after_apply(tmp_path: Path) -> None:
    main = """
    resource "aws_sqs_queue" "q" {}
    resource "aws_lb" "gateway" { name = "gateway" }
    resource "aws_lambda_function" "f" {
      function_name = "f"
      role          = "arn:aws:iam::123456789012:role/f"
      environment {
        variables = {
          WHOLE           = "https://api.openai.com/v1/${aws_sqs_queue.q.id}"
          CUT             = "https://api.anthropic.com${aws_sqs_queue.q.id}"
          OPEN            = "https://${aws_sqs_queue.q.id}.cohere.com/"
          QUEUE           = "see ${aws_sqs_queue.q.url}"
          MISTRAL_API_KEY = "x"
          MISTRAL_URL     = "http://${aws_lb.gateway.dns_name}/v1"
        }
      }
    }
    """
    world = folder(tmp_path, main)
    assert {flow[2] for flow in vendors(world)} == {"ext:api.openai.com"}
    assert (F, "writes_to", "aws_sqs_queue.q", "possible") in told(world, "aws-setting")
    assert (F, "sends_to", "aws_lb.gateway", "likely") in told(world, "aws-setting")
