"""Where logs go: expected by hand from fixtures/aws/flows/logs/main.tf."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows import fixture, flows, folder, hidden, reason, told, world_of
from scanner.kinds import Network, Store
from worlds import change

LOGS = "aws_s3_bucket.logs"
SPLUNK = "ext:splunkcloud.com"


def group(name: str) -> str:
    return f'aws_cloudwatch_log_group.this["{name}"]'


def task(name: str) -> str:
    return f'aws_ecs_task_definition.this["{name}"]'


def machine(name: str) -> str:
    return f'aws_sfn_state_machine.this["{name}"]'


EXPECTED: dict[tuple[str, str], object] = {
    ("aws_s3_bucket.site", LOGS): False,
    ("aws_lb.front", "ext:arn:aws:s3:::central-logs"): False,
    ("aws_api_gateway_rest_api.chat", group("access")): False,
    ("aws_api_gateway_rest_api.chat", "aws_cloudwatch_log_group.execution"): True,
    ("aws_apigatewayv2_api.socket", "ext:/aws/apigateway/aws_apigatewayv2_api.socket/live"): True,
    ("aws_wafv2_web_acl.front", group("waf")): False,
    ("aws_vpc.chat", group("network")): False,
    ("aws_cloudtrail.all", LOGS): False,
    ("aws_cloudtrail.all", group("trail")): False,
    (machine("spoken"), group("workflow")): True,
    (machine("terse"), group("workflow")): False,
    ("aws_lambda_function.chat", group("function")): None,
    ("aws_lambda_function.chosen", group("chosen")): None,
    (task("plain"), group("tasks")): None,
    (task("joined"), group("tasks")): None,
    (task("routed"), "ext:api.datadoghq.com"): None,
    (task("sent"), "ext:logs.example.com"): None,
    (task("split"), SPLUNK): None,
    ("ext:bedrock", group("prompts")): True,
    ("ext:bedrock", LOGS): True,
    ("aws_rds_cluster.chat", group("postgres")): None,
    ("aws_opensearch_domain.chat", group("search")): None,
    ("aws_bedrockagent_knowledge_base.manuals", group("knowledge")): None,
}
"""Whether a log holds what people say; None where that is not known. Not flows: the balancer and the index log that are
switched off, the workflow that logs nothing, the function whose role may not write its log."""


@pytest.fixture(params=[True, False], ids=["with sources", "plan alone"])
def sources(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_where_logs_go_and_what_they_hold(sources: bool) -> None:  # noqa: FBT001 - a fixture
    found = [one for one in flows(fixture("logs", sources=sources)).values() if one.how == "logs_to"]
    assert {
        (one.source, one.target): one.content if isinstance(one.content, bool) else None for one in found
    } == EXPECTED
    assert {one.tier for one in found} == {"declared"}


def test_what_logs_and_nobody_reads_is_a_node() -> None:
    known = {one.id: one for one in fixture("logs").resources}
    assert isinstance(known["aws_wafv2_web_acl.front"], Network)
    made = known["ext:/aws/apigateway/aws_apigatewayv2_api.socket/live"]
    assert isinstance(made, Store)
    assert (made.type, made.environment) == ("log_group", "external")


def test_code_alone_says_what_it_logs() -> None:
    found = flows(fixture("logs"))
    one = found[f"aws_lambda_function.chat -> {group('function')} (logs_to)"]
    assert reason(one.content) == "what its code writes to its log is not seen"


def api_group(**names: Any) -> list[dict[str, Any]]:
    stage = {"rest_api_id": "a1", "stage_name": "prod", "id": "ags-a1-prod"}
    return [
        change("aws_api_gateway_rest_api.a", {"id": "a1", "name": "a"}),
        change("aws_api_gateway_stage.s", stage),
        change("aws_api_gateway_method_settings.m", {"rest_api_id": "a1", "stage_name": "prod", **names}),
    ]


@pytest.mark.parametrize(
    ("level", "traced", "content"),
    [("INFO", False, False), ("OFF", True, True), ("ERROR", True, True), ("OFF", False, None)],
)
def test_a_stage_logs_at_its_level(level: str, traced: bool, content: bool | None) -> None:  # noqa: FBT001 - cases
    settings = [{"logging_level": level, "data_trace_enabled": traced}]
    name = "API-Gateway-Execution-Logs_a1/prod"
    group = change("aws_cloudwatch_log_group.g", {"name": name})
    found = flows(world_of(*api_group(settings=settings), group)).values()
    assert [one.content for one in found if one.how == "logs_to"] == ([] if content is None else [content])
    made = {one.target for one in flows(world_of(*api_group(settings=settings))).values()}
    assert (f"ext:{name}" in made) is bool(content), "a group that nobody made is told where it holds what people say"


def test_what_the_provider_fills_in_is_no_logging(sources: bool) -> None:  # noqa: FBT001 - a fixture
    found = flows(fixture("entries", sources=sources)).values()
    assert [one.id for one in found if one.rule == "aws-execution-log"] == []


def recorded(**config: Any) -> object:
    settings = {"s3_config": [{"bucket_name": "prompts"}], **config}
    world = world_of(change("aws_bedrock_model_invocation_logging_configuration.l", {"logging_config": [settings]}))
    return flows(world)["ext:bedrock -> ext:arn:aws:s3:::prompts (logs_to)"].content


def test_a_record_of_calls_without_texts() -> None:
    assert recorded() is True
    none = {"image_data_delivery_enabled": False, "embedding_data_delivery_enabled": False}
    assert recorded(text_data_delivery_enabled=False, **none) is False
    assert "pictures" in reason(recorded(text_data_delivery_enabled=False))


def test_a_record_of_calls_that_is_not_in_a_plan_may_be_there(tmp_path: Path) -> None:
    agent = """
    resource "aws_bedrockagent_agent" "a" {
      agent_name              = "a"
      agent_resource_role_arn = "arn:aws:iam::111122223333:role/a"
      foundation_model        = "amazon.nova-pro-v1:0"
    }
    """
    world = folder(tmp_path, agent)
    assert "once in each region" in hidden(world)["ext:bedrock"]
    assert not any("flow" in gap.kinds for gap in world.gaps if gap.scope == "ext:bedrock"), "no verdict is asked for"


def test_conversations_of_a_bot() -> None:
    settings = {"destination": "CLOUDWATCH_LOGS", "log_type": "TEXT", "resource_arn": "arn:g"}
    world = world_of(
        change("aws_lex_bot.b", {"name": "b", "id": "b"}),
        change("aws_lex_bot_alias.a", {"bot_name": "b", "conversation_logs": [{"log_settings": [settings]}]}),
        change("aws_cloudwatch_log_group.g", {"name": "g", "arn": "arn:g"}),
    )
    assert told(world, "aws-conversation") == {("aws_lex_bot.b", "logs_to", "aws_cloudwatch_log_group.g", "declared")}
    assert flows(world)["aws_lex_bot.b -> aws_cloudwatch_log_group.g (logs_to)"].content is True


def test_verbose_logs_of_graphql() -> None:
    def content(**settings: Any) -> object:
        world = world_of(
            change("aws_appsync_graphql_api.a", {"id": "x", "name": "a", "log_config": [settings]}),
            change("aws_cloudwatch_log_group.g", {"name": "/aws/appsync/apis/x"}),
        )
        return flows(world)["aws_appsync_graphql_api.a -> aws_cloudwatch_log_group.g (logs_to)"].content

    assert content(field_log_level="ALL") is True
    assert content(field_log_level="ALL", exclude_verbose_content=True) is False
    assert content(field_log_level="ERROR") is False


def test_logs_of_single_requests_as_they_come() -> None:
    stream = [{"stream_type": "Kinesis", "kinesis_stream_config": [{"stream_arn": "arn:s", "role_arn": "arn:r"}]}]
    behavior = [{"realtime_log_config_arn": "arn:c"}]
    world = world_of(
        change("aws_cloudfront_distribution.d", {"id": "D", "default_cache_behavior": behavior}),
        change("aws_cloudfront_realtime_log_config.c", {"arn": "arn:c", "name": "c", "endpoint": stream}),
        change("aws_kinesis_stream.s", {"arn": "arn:s", "name": "s"}),
    )
    expected = ("aws_cloudfront_distribution.d", "logs_to", "aws_kinesis_stream.s", "declared")
    assert expected in told(world, "aws-access-log")


def test_pipes_log_what_goes_through_where_it_is_included() -> None:
    logs = {"level": "INFO", "include_execution_data": ["ALL"], "s3_log_destination": [{"bucket_name": "b"}]}
    world = world_of(
        change("aws_pipes_pipe.p", {"name": "p", "log_configuration": [logs]}),
        change("aws_s3_bucket.b", {"bucket": "b"}),
    )
    assert flows(world)["aws_pipes_pipe.p -> aws_s3_bucket.b (logs_to)"].content is True


def test_a_destination_that_is_not_known_hides_flows(tmp_path: Path) -> None:
    main = """
    variable "x" {}
    resource "aws_lambda_function" "f" {
      function_name = "f"
      role          = "arn:aws:iam::111122223333:role/a"
      filename      = "f.zip"
      logging_config {
        log_format = "JSON"
        log_group  = var.x
      }
    }
    resource "aws_ecs_task_definition" "t" {
      family                = "t"
      container_definitions = var.x
    }
    resource "aws_cloudtrail" "c" {
      name           = "c"
      s3_bucket_name = var.x
    }
    """
    assert {"aws_lambda_function.f", "aws_ecs_task_definition.t", "aws_cloudtrail.c"} <= set(
        hidden(folder(tmp_path, main))
    )


def test_a_definition_known_only_after_apply_counts_by_the_group_that_it_is_made_from() -> None:
    references = ["aws_cloudwatch_log_group.g.name", "aws_cloudwatch_log_group.g"]
    world = world_of(
        change("aws_ecs_task_definition.t", {"family": "t"}, unknown={"container_definitions": True}),
        change("aws_cloudwatch_log_group.g", {"name": "g"}),
        config={"aws_ecs_task_definition.t": {"container_definitions": {"references": references}}},
    )
    assert told(world, "aws-code-log") == {
        ("aws_ecs_task_definition.t", "logs_to", "aws_cloudwatch_log_group.g", "declared")
    }
