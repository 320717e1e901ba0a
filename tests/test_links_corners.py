"""Corners of ways in and of events: what few stacks have, and what settings leave open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flows import flows, folder, hidden, told, world_of
from scanner.clouds.aws.links.hosts import host_in
from scanner.model import Unknown
from worlds import change


def names(path: Path, main: str, *rules: str) -> set[tuple[str, str, str]]:
    return {(one[0], one[1], one[2]) for one in told(folder(path, main), *rules)}


def test_known_vendors_that_a_network_lets_out_are_candidates(tmp_path: Path) -> None:
    world = folder(
        tmp_path,
        """
        resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
        resource "aws_networkfirewall_rule_group" "out" {
          name     = "out"
          capacity = 10
          type     = "STATEFUL"
          rule_group {
            rules_source {
              rules_source_list {
                generated_rules_type = "ALLOWLIST"
                target_types         = ["TLS_SNI"]
                targets              = [".openai.com", "mirror.acme.example"]
              }
            }
          }
        }
        resource "aws_networkfirewall_rule_group" "not" {
          name     = "not"
          capacity = 10
          type     = "STATEFUL"
          rule_group {
            rules_source {
              rules_source_list {
                generated_rules_type = "DENYLIST"
                target_types         = ["TLS_SNI"]
                targets              = ["api.mistral.ai"]
              }
            }
          }
        }
        resource "aws_networkfirewall_firewall_policy" "p" {
          name = "p"
          firewall_policy {
            stateless_default_actions          = ["aws:forward_to_sfe"]
            stateless_fragment_default_actions = ["aws:forward_to_sfe"]
            stateful_rule_group_reference { resource_arn = aws_networkfirewall_rule_group.out.arn }
            stateful_rule_group_reference { resource_arn = aws_networkfirewall_rule_group.not.arn }
          }
        }
        resource "aws_networkfirewall_firewall" "f" {
          name                = "f"
          firewall_policy_arn = aws_networkfirewall_firewall_policy.p.arn
          vpc_id              = aws_vpc.v.id
        }
        resource "aws_route53_resolver_firewall_domain_list" "l" {
          name    = "l"
          domains = ["*.anthropic.com.", "acme.example."]
        }
        resource "aws_route53_resolver_firewall_rule_group" "g" { name = "g" }
        resource "aws_route53_resolver_firewall_rule" "r" {
          name                    = "r"
          action                  = "ALLOW"
          firewall_domain_list_id = aws_route53_resolver_firewall_domain_list.l.id
          firewall_rule_group_id  = aws_route53_resolver_firewall_rule_group.g.id
          priority                = 1
        }
        resource "aws_route53_resolver_firewall_rule_group_association" "a" {
          name                   = "a"
          firewall_rule_group_id = aws_route53_resolver_firewall_rule_group.g.id
          priority               = 101
          vpc_id                 = aws_vpc.v.id
        }
        """,
    )
    assert told(world, "aws-network-allowed") == {
        ("aws_vpc.v", "network_reaches", "ext:api.openai.com", "possible"),
        ("aws_vpc.v", "network_reaches", "ext:api.anthropic.com", "possible"),
    }


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://user:pass@api.acme.example:8443/x?key=secret", "api.acme.example"),
        ("dualstack.front.example", "front.example"),
        ("HTTPS://API.Acme.Example", "api.acme.example"),
        ("https://[", ""),
        ("https://${host}/x", ""),
        ("localhost", ""),
        ("", ""),
    ],
)
def test_a_host_is_all_that_is_kept_of_a_url(text: str, host: str) -> None:
    assert host_in(text) == host


def subscription(endpoint: Any, protocol: str = "https", **more: Any) -> Any:
    values = {"topic_arn": "arn:aws:sns:eu-west-1:111122223333:t", "protocol": protocol, "endpoint": endpoint}
    return world_of(change("aws_sns_topic_subscription.s", values, **more))


def test_an_endpoint_that_is_no_url_or_not_known_is_a_gap() -> None:
    topic = "ext:arn:aws:sns:eu-west-1:111122223333:t"
    assert hidden(subscription("not a host"))[topic].endswith("names no host")
    assert topic in hidden(subscription(None, unknown={"endpoint": True}))
    assert told(subscription("no address", "email"), "aws-sns") == {(topic, "sends_to", "ext:email", "declared")}


def test_plain_http_is_not_sealed() -> None:
    found = flows(subscription("http://hooks.acme.example/x", "http"))
    assert next(iter(found.values())).encrypted is False


def test_a_bot_of_an_account_asks_the_function_of_its_alias() -> None:
    hook = [{"lambda_code_hook": [{"lambda_arn": "arn:aws:lambda:eu-west-1:111122223333:function:f"}]}]
    settings = [{"bot_alias_locale_setting": [{"code_hook_specification": hook}]}]
    world = world_of(
        change("aws_lexv2models_bot.b", {"id": "BOT", "name": "b"}),
        change("aws_lexv2models_bot_alias.a", {"bot_id": "BOT", "bot_alias_locale_settings": settings}),
        change("aws_lexv2models_bot_alias.other", {"bot_id": "ELSE", "bot_alias_locale_settings": settings}),
        change("aws_lambda_function.f", {"function_name": "f"}),
    )
    assert told(world, "aws-lex") == {("aws_lexv2models_bot.b", "invokes", "aws_lambda_function.f", "declared")}
    assert next(one for one in world.resources if one.id == "aws_lexv2models_bot.b").type == "bot"


def test_functions_that_graphql_asks_about_callers_and_other_sources(tmp_path: Path) -> None:
    main = """
    resource "aws_lambda_function" "f" { function_name = "f" }
    resource "aws_cloudwatch_event_bus" "b" { name = "b" }
    resource "aws_opensearch_domain" "s" { domain_name = "s" }
    resource "aws_appsync_graphql_api" "a" {
      name                = "a"
      authentication_type = "AWS_LAMBDA"
      lambda_authorizer_config { authorizer_uri = aws_lambda_function.f.arn }
    }
    resource "aws_appsync_datasource" "b" {
      api_id = aws_appsync_graphql_api.a.id
      name   = "b"
      event_bridge_config { event_bus_arn = aws_cloudwatch_event_bus.b.arn }
    }
    resource "aws_appsync_datasource" "s" {
      api_id = aws_appsync_graphql_api.a.id
      name   = "s"
      opensearchservice_config { endpoint = "https://${aws_opensearch_domain.s.endpoint}" }
    }
    """
    api = "aws_appsync_graphql_api.a"
    assert names(tmp_path, main, "aws-api-authorizer", "aws-graphql") == {
        (api, "sends_to", "aws_lambda_function.f"),
        (api, "sends_to", "aws_cloudwatch_event_bus.b"),
        (api, "writes_to", "aws_opensearch_domain.s"),
        ("aws_opensearch_domain.s", "reads_from", api),
    }


def test_groups_of_instances_by_each_way_to_register_them(tmp_path: Path) -> None:
    main = """
    resource "aws_lb" "b" { internal = true }
    resource "aws_lb_target_group" "t" {
      count    = 3
      name     = "t${count.index}"
      protocol = "HTTPS"
    }
    resource "aws_lb_listener" "l" {
      count             = 3
      load_balancer_arn = aws_lb.b.arn
      default_action {
        type             = "forward"
        target_group_arn = aws_lb_target_group.t[count.index].arn
      }
    }
    resource "aws_autoscaling_group" "listed" {
      name              = "listed"
      target_group_arns = [aws_lb_target_group.t[0].arn]
    }
    resource "aws_autoscaling_group" "source" {
      name = "source"
      traffic_source { identifier = aws_lb_target_group.t[1].arn }
    }
    resource "aws_autoscaling_group" "attached" { name = "attached" }
    resource "aws_autoscaling_traffic_source_attachment" "a" {
      autoscaling_group_name = aws_autoscaling_group.attached.name
      traffic_source {
        identifier = aws_lb_target_group.t[2].arn
        type       = "elbv2"
      }
    }
    resource "aws_lb_target_group_attachment" "address" {
      target_group_arn = aws_lb_target_group.t[0].arn
      target_id        = "10.0.0.7"
    }
    """
    assert names(tmp_path, main, "aws-load-balancer") == {
        ("aws_lb.b", "sends_to", f"aws_autoscaling_group.{name}") for name in ("listed", "source", "attached")
    }


def test_a_machine_reaches_an_api_of_ours_and_one_that_its_context_names(tmp_path: Path) -> None:
    main = """
    resource "aws_api_gateway_rest_api" "a" { name = "a" }
    resource "aws_bedrock_guardrail" "g" { name = "g" }
    resource "aws_sfn_state_machine" "m" {
      name = "m"
      definition = jsonencode({ States = {
        Call = {
          Type       = "Task"
          Resource   = "arn:aws:states:::apigateway:invoke"
          Parameters = { ApiEndpoint = "${aws_api_gateway_rest_api.a.id}.execute-api.eu-west-1.amazonaws.com" }
        }
        Ask = {
          Type     = "Task"
          Resource = "arn:aws:states:::bedrock:invokeModel"
          Parameters = { "ModelId.$" = "$.model", GuardrailIdentifier = aws_bedrock_guardrail.g.guardrail_id }
        }
      } })
    }
    """
    world = folder(tmp_path, main)
    assert {one[:3] for one in told(world, "aws-state-machine")} == {
        ("aws_sfn_state_machine.m", "sends_to", "aws_api_gateway_rest_api.a"),
        ("aws_sfn_state_machine.m", "invokes", "ext:bedrock"),
    }
    call = flows(world)["aws_sfn_state_machine.m -> ext:bedrock (invokes)"]
    assert isinstance(call.models, Unknown)
    assert call.guards == ("guardrail",)


def test_origins_that_are_not_known_are_gaps() -> None:
    cdn = "aws_cloudfront_distribution.c"
    open_ = world_of(change(cdn, {"enabled": True}, unknown={"origin": True}))
    assert "origins" in hidden(open_)[cdn]
    origin = [{"origin_id": "a"}]
    one = world_of(change(cdn, {"enabled": True, "origin": origin}, unknown={"origin": [{"domain_name": True}]}))
    assert cdn in hidden(one)


def test_actions_that_are_not_known_are_gaps() -> None:
    lb = {"arn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/b/1", "name": "b"}
    listener = {"load_balancer_arn": lb["arn"]}
    world = world_of(change("aws_lb.b", lb), change("aws_lb_listener.l", listener, unknown={"default_action": True}))
    assert "default_action" in hidden(world)["aws_lb.b"]


def test_a_queue_may_be_named_by_its_url() -> None:
    integration = {
        "api_id": "abc", "integration_type": "AWS_PROXY", "integration_subtype": "SQS-SendMessage",
        "request_parameters": {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/q"},
    }  # fmt: skip
    world = world_of(change("aws_sqs_queue.q", {"name": "q"}), change("aws_apigatewayv2_integration.i", integration))
    assert {one[:3] for one in told(world, "aws-api")} == {("ext:abc", "sends_to", "aws_sqs_queue.q")}


def test_a_quick_api_of_a_host() -> None:
    api = {"name": "a", "protocol_type": "HTTP", "target": "https://backend.acme.example/"}
    world = world_of(change("aws_apigatewayv2_api.a", api))
    assert {one[:3] for one in told(world, "aws-api")} == {
        ("aws_apigatewayv2_api.a", "sends_to", "ext:backend.acme.example")
    }


def test_a_dead_letter_queue_of_which_nothing_is_known_is_a_gap() -> None:
    policy = {"aws_sqs_queue.q": {"redrive_policy": {"references": ["var.policy"]}}}
    world = world_of(change("aws_sqs_queue.q", {"name": "q"}, unknown={"redrive_policy": True}), config=policy)
    assert "redrive_policy" in hidden(world)["aws_sqs_queue.q"]
    none = world_of(change("aws_sqs_queue.q", {"name": "q", "redrive_policy": json.dumps({"maxReceiveCount": 3})}))
    assert not told(none, "aws-dead")


def test_blocks_of_a_notification_that_are_not_known_are_gaps() -> None:
    world = world_of(
        change("aws_s3_bucket.b", {"bucket": "b-1"}),
        change("aws_s3_bucket_notification.n", {"bucket": "b-1"}, unknown={"queue": True}),
    )
    assert "queue" in hidden(world)["aws_s3_bucket.b"]


def test_what_a_data_source_looked_up_goes_by_its_name_in_the_cloud() -> None:
    arn = "arn:aws:sqs:eu-west-1:111122223333:theirs"
    world = world_of(
        change("aws_sns_topic_subscription.s", {"topic_arn": "t", "protocol": "sqs", "endpoint": arn}),
        change("data.aws_sqs_queue.theirs", {"arn": arn, "name": "theirs"}, actions=["read"]),
    )
    assert told(world, "aws-sns") == {("ext:t", "sends_to", f"ext:{arn}", "declared")}


def test_one_of_several_is_only_possible() -> None:
    config = {
        "aws_lambda_function.a": {"function_name": {"constant_value": "a"}},
        "aws_lambda_function.b": {"function_name": {"constant_value": "b"}},
        "aws_scheduler_schedule.s": {
            "target": [{"arn": {"references": ["aws_lambda_function.a.arn", "aws_lambda_function.b.arn"]}}]
        },
    }
    world = world_of(
        change("aws_lambda_function.a", {"function_name": "a"}, unknown={"arn": True}),
        change("aws_lambda_function.b", {"function_name": "b"}, unknown={"arn": True}),
        change("aws_scheduler_schedule.s", {"name": "s", "target": [{}]}, unknown={"target": [{"arn": True}]}),
        config=config,
    )
    assert told(world, "aws-schedule") == {
        ("aws_scheduler_schedule.s", "triggers", f"aws_lambda_function.{name}", "possible") for name in ("a", "b")
    }
    assert "may name any of" in hidden(world)["aws_scheduler_schedule.s"]


def test_names_lead_on_to_names_and_never_in_a_circle(tmp_path: Path) -> None:
    main = """
    resource "aws_lb" "b" { internal = true }
    resource "aws_lambda_function" "f" { function_name = "f" }
    resource "aws_apigatewayv2_api" "a" {
      name          = "a"
      protocol_type = "HTTP"
    }
    resource "aws_route53_record" "first" {
      zone_id = "Z1"
      name    = "first.acme.example"
      type    = "CNAME"
      records = ["second.acme.example"]
    }
    resource "aws_route53_record" "second" {
      zone_id = "Z1"
      name    = "second.acme.example"
      type    = "A"
      alias { name = aws_lb.b.dns_name }
    }
    resource "aws_route53_record" "round" {
      for_each = { a = "b", b = "a" }
      zone_id  = "Z1"
      name     = "${each.key}.acme.example"
      type     = "A"
      alias { name = "${each.value}.acme.example" }
    }
    resource "aws_cloudfront_distribution" "c" {
      enabled = true
      origin {
        origin_id   = "first"
        domain_name = "first.acme.example"
      }
      origin {
        origin_id   = "round"
        domain_name = "a.acme.example"
      }
    }
    resource "aws_apigatewayv2_integration" "i" {
      api_id           = aws_apigatewayv2_api.a.id
      integration_type = "HTTP_PROXY"
      integration_uri  = "https://vendor.example/hook/${aws_lambda_function.f.id}"
    }
    """
    assert names(tmp_path, main, "aws-cdn", "aws-api") == {
        ("aws_cloudfront_distribution.c", "sends_to", "aws_lb.b"),
        ("aws_cloudfront_distribution.c", "sends_to", "ext:a.acme.example"),
        ("aws_apigatewayv2_api.a", "sends_to", "ext:vendor.example"),
    }


ODD: tuple[Any, ...] = (
    None,
    7,
    True,
    [],
    [[]],
    {},
    {"a": 1},
    "",
    "x",
    "$",
    "\x00",
    "-" * 300,
    [None, 1, "x"],
    "\u202e.example",
)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_no_value_of_a_wrong_type_stops_a_rule(odd: Any) -> None:
    state = {"Type": odd, "Resource": odd, "Parameters": odd, "Branches": odd, "ItemReader": odd, "Iterator": odd}
    task_ = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": odd}}
    model = {"Type": "Task", "Resource": "arn:aws:states:::bedrock:invokeModel", "Parameters": {"ModelId": odd}}
    call = {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": {"ApiEndpoint": odd}}
    definition = json.dumps({"States": {"a": state, "b": task_, "c": model, "d": call, "e": odd}})
    body = json.dumps(
        {"paths": {"/": {"post": {"x-amazon-apigateway-integration": {"type": odd, "uri": odd}}, "x": odd}}}
    )
    block = [{"arn": odd, "domain_name": odd, "target_group_arn": odd, "type": odd, "lambda_function_arn": odd}]
    world_of(
        change("aws_sfn_state_machine.m", {"name": odd, "definition": definition}),
        change("aws_sfn_state_machine.n", {"name": odd, "definition": odd}),
        change("aws_api_gateway_rest_api.a", {"name": odd, "body": body}),
        change(
            "aws_api_gateway_integration.i", {"rest_api_id": odd, "type": odd, "uri": odd, "request_templates": odd}
        ),
        change(
            "aws_apigatewayv2_integration.i", {"api_id": "x", "integration_type": "HTTP_PROXY", "integration_uri": odd}
        ),
        change("aws_cloudfront_distribution.c", {"enabled": odd, "origin": block, "aliases": odd, "web_acl_id": odd}),
        change("aws_lb.b", {"security_groups": odd, "dns_name": odd, "internal": odd}),
        change("aws_lb_listener.l", {"load_balancer_arn": odd, "default_action": block, "protocol": odd}),
        change("aws_s3_bucket_notification.n", {"bucket": odd, "lambda_function": block, "queue": odd}),
        change("aws_cloudwatch_event_rule.r", {"name": odd, "event_pattern": json.dumps({"detail": {"bucket": odd}})}),
        change("aws_cloudwatch_event_target.t", {"rule": odd, "arn": odd}),
        change("aws_scheduler_schedule.s", {"target": block}),
        change("aws_pipes_pipe.p", {"source": odd, "target": odd, "enrichment": odd, "target_parameters": odd}),
        change("aws_sns_topic_subscription.s", {"topic_arn": odd, "protocol": odd, "endpoint": odd}),
        change("aws_sns_topic_subscription.h", {"topic_arn": "t", "protocol": "https", "endpoint": odd}),
        change("aws_sqs_queue.q", {"name": odd, "redrive_policy": json.dumps({"deadLetterTargetArn": odd})}),
        change("aws_lex_intent.i", {"name": odd, "dialog_code_hook": [{"uri": odd}]}),
        change("aws_lex_bot.b", {"name": odd, "intent": [{"intent_name": odd}]}),
        change("aws_route53_record.r", {"name": odd, "records": odd, "alias": [{"name": odd}]}),
        change("aws_appsync_datasource.d", {"api_id": odd, "dynamodb_config": [{"table_name": odd}], "name": odd}),
        change("aws_lambda_event_source_mapping.e", {"function_name": odd, "event_source_arn": odd, "enabled": odd}),
    )


def test_hosts_that_are_made_to_be_slow() -> None:
    cdn = "aws_cloudfront_distribution.c"
    origin = {"origin_id": "a", "domain_name": "a.s3" + "-a" * 100 + ".amazonaws.example"}
    assert told(world_of(change(cdn, {"enabled": True, "origin": [origin]})), "aws-cdn")


@pytest.mark.parametrize(("count", "told_of"), [(20, 20), (21, 0)])
def test_one_of_very_many_is_a_gap_alone(count: int, told_of: int) -> None:
    functions = [f'aws_lambda_function.f["{at}"]' for at in range(count)]
    world = world_of(
        *(change(one, {"function_name": f"f-{at}"}, unknown={"arn": True}) for at, one in enumerate(functions)),
        change("aws_scheduler_schedule.s", {"name": "s", "target": [{}]}, unknown={"target": [{"arn": True}]}),
        config={
            "aws_lambda_function.f": {"function_name": {"references": ["each.key"]}},
            "aws_scheduler_schedule.s": {"target": [{"arn": {"references": ["aws_lambda_function.f"]}}]},
        },
    )
    assert len(told(world, "aws-schedule")) == told_of
    assert "aws_scheduler_schedule.s" in hidden(world)


def test_a_queue_that_feeds_nobody_knows_whom_is_a_gap() -> None:
    world = world_of(
        change("aws_sqs_queue.q", {"name": "q"}),
        change("aws_lambda_event_source_mapping.m", {"event_source_arn": "q"}, unknown={"function_name": True}),
    )
    assert hidden(world)["aws_sqs_queue.q"].startswith("which function")
