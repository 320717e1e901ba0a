"""APIs, their stages and domain names, and user pools of a live account, against a server through the real SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doors import DOMAINS, HTTP, LOG, REST, answers, http_api, rest_api, set_stage
from live import ACCOUNT, REGION, Faked, Live, settings_of
from scanner.kinds import Entrypoint
from scanner.model import Unknown

_NAMED = json.dumps({"Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*",
                                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]})  # fmt: skip


def test_methods_of_a_rest_api_ask_who_calls(aws: Live) -> None:
    asking = rest_api(aws, ("GET", "AWS_IAM", False), ("OPTIONS", "NONE", False))
    open_ = rest_api(aws, ("GET", "AWS_IAM", False), ("POST", "NONE", False))
    inner = rest_api(aws, ("GET", "NONE", False), endpointConfiguration={"types": ["PRIVATE"]}, policy=_NAMED)
    empty = aws.client("apigateway").create_rest_api(name="empty")["id"]
    facts = aws.facts("apigateway")
    told = {id_: (facts[f"{REST}/{id_}"].authenticated, facts[f"{REST}/{id_}"].public)
            for id_ in (asking, open_, inner, empty)}  # fmt: skip
    assert told == {asking: (True, True), open_: (False, True), inner: (True, False), empty: (True, True)}


def test_a_policy_that_comes_with_escaped_quotes_is_read(faked: Faked) -> None:
    api = rest_api(faked, ("GET", "NONE", False))
    listed = faked.client("apigateway").get_rest_apis()["items"][0]
    escaped = json.dumps(_NAMED)[1:-1]
    assert escaped.startswith('{\\"Statement')
    item = {"id": api, "name": "chat", "policy": escaped, "endpointConfiguration": listed["endpointConfiguration"]}
    faked.fake.say("apigateway", "GetRestApis", {"items": [item]})
    assert faked.facts("apigateway")[f"{REST}/{api}"].authenticated is True


def test_stages_of_rest_apis_have_throttle_log_and_web_acl(aws: Live) -> None:
    bare = rest_api(aws, ("GET", "NONE", False))
    throttled = rest_api(aws, ("GET", "NONE", False))
    set_stage(aws, throttled, **{"~*~*~throttling~rateLimit": "50", "~*~*~throttling~burstLimit": "10",
                                 "~accessLogSettings~destinationArn": LOG})  # fmt: skip
    filled_in = rest_api(aws, ("GET", "NONE", False))
    set_stage(aws, filled_in, **{"~*~*~throttling~rateLimit": "10000", "~*~*~throttling~burstLimit": "5000"})
    switched_off = rest_api(aws, ("GET", "NONE", False))
    set_stage(aws, switched_off, **{"~*~*~throttling~rateLimit": "-1", "~*~*~logging~loglevel": "INFO"})
    facts = aws.facts("apigateway")
    stages = {id_: facts[f"{REST}/{id_}/stages/live"] for id_ in (bare, throttled, filled_in, switched_off)}
    assert {id_: (stage.rate_limited, stage.access_logged, stage.public) for id_, stage in stages.items()} == {
        bare: (False, False, True),
        throttled: (True, True, True),
        filled_in: (stages[filled_in].rate_limited, False, True),
        switched_off: (False, False, True),
    }
    assert "fills in" in stages[filled_in].rate_limited.reason


@pytest.mark.parametrize(("key", "limited"), [(True, True), (False, False)])
def test_a_usage_plan_counts_where_every_method_asks_for_its_key(aws: Live, key: bool, limited: bool) -> None:  # noqa: FBT001
    api = rest_api(aws, ("GET", "NONE", key))
    other = rest_api(aws, ("GET", "NONE", True))
    aws.client("apigateway").create_usage_plan(
        name="p", apiStages=[{"apiId": api, "stage": "live"}], throttle={"rateLimit": 5, "burstLimit": 5}
    )
    facts = aws.facts("apigateway")
    assert facts[f"{REST}/{api}/stages/live"].rate_limited is limited
    assert facts[f"{REST}/{other}/stages/live"].rate_limited is False


def test_a_stage_names_its_web_acl_itself(faked: Faked) -> None:
    api = rest_api(faked, ("GET", "NONE", False))
    acl = f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/webacl/w/1"
    faked.fake.say("apigateway", "GetStages", {"item": [{"stageName": "live", "webAclArn": acl}]})
    rule = {"Name": "r", "Priority": 0, "Statement": {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP"}},
            "Action": {"Block": {}}, "VisibilityConfig": _SHOWN}  # fmt: skip
    faked.fake.say("wafv2", "ListWebACLs", {"WebACLs": [{"Name": "w", "Id": "1", "ARN": acl}]})
    faked.fake.say("wafv2", "ListResourcesForWebACL", {"ResourceArns": []})
    answer = {"Name": "w", "Id": "1", "ARN": acl, "DefaultAction": {"Allow": {}}, "VisibilityConfig": _SHOWN}
    faked.fake.say("wafv2", "GetWebACL", {"WebACL": {**answer, "Rules": [rule]}})
    assert faked.facts("apigateway", "wafv2")[f"{REST}/{api}/stages/live"].rate_limited is True
    faked.fake.say("wafv2", "GetWebACL", {"WebACL": {**answer, "Rules": []}})
    assert faked.facts("apigateway", "wafv2")[f"{REST}/{api}/stages/live"].rate_limited is False


_SHOWN = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}


def test_stage_variables_and_integrations_are_never_kept(aws: Live) -> None:
    api = rest_api(aws, ("GET", "NONE", False))
    set_stage(aws, api, **{"~variables~password": "hunter2hunter2"})
    where = {"restApiId": api, "httpMethod": "GET"}
    client = aws.client("apigateway")
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    client.put_integration(**where, resourceId=root, type="HTTP", integrationHttpMethod="GET", uri="https://x.example",
                           requestParameters={"integration.request.header.k": "'hunter2hunter2'"})  # fmt: skip
    kept = answers(aws, "apigateway")
    assert '"stageName":"live"' in kept
    assert '"authorizationType":"NONE"' in kept
    assert "hunter2" not in kept


def test_routes_of_http_and_websocket_apis_ask_who_calls(aws: Live) -> None:
    asking = http_api(aws, ("GET /chat", "AWS_IAM"))
    open_ = http_api(aws, ("GET /chat", "AWS_IAM"), ("POST /chat", "NONE"))
    socket = http_api(aws, ("$connect", "AWS_IAM"), ("send", "NONE"), protocol="WEBSOCKET")
    loose = http_api(aws, ("send", "NONE"), protocol="WEBSOCKET")
    facts = aws.facts("apigatewayv2")
    told = {id_: facts[f"{HTTP}/{id_}"].authenticated for id_ in (asking, open_, socket, loose)}
    assert told == {asking: True, open_: False, socket: True, loose: False}


def test_stages_of_http_apis_have_throttle_and_log(aws: Live) -> None:
    limit = {"ThrottlingRateLimit": 10.0, "ThrottlingBurstLimit": 5}
    bare = http_api(aws, ("GET /chat", "NONE"))
    whole = http_api(aws, ("GET /chat", "NONE"), DefaultRouteSettings=limit, AccessLogSettings={"DestinationArn": LOG})
    each = http_api(aws, ("GET /chat", "NONE"), RouteSettings={"GET /chat": limit})
    some = http_api(aws, ("GET /chat", "NONE"), ("GET /b", "NONE"), RouteSettings={"GET /chat": limit})
    facts = aws.facts("apigatewayv2")
    stages = {id_: facts[f"{HTTP}/{id_}/stages/live"] for id_ in (bare, whole, each, some)}
    assert {id_: (stage.rate_limited, stage.access_logged) for id_, stage in stages.items()} == {
        bare: (False, False),
        whole: (True, True),
        each: (True, False),
        some: (False, False),
    }


def test_two_apis_whose_stages_share_a_name_are_kept_apart(aws: Live) -> None:
    aws.client("apigatewayv2", "eu-west-1").create_api(Name="chat", ProtocolType="HTTP")
    limit = {"ThrottlingRateLimit": 10.0, "ThrottlingBurstLimit": 5}
    ids = [http_api(aws, ("GET /a", "NONE"), RouteSettings={"GET /a": limit}), http_api(aws, ("GET /a", "NONE"))]
    facts = aws.facts("apigatewayv2", regions=(REGION, "eu-west-1"))
    assert [facts[f"{HTTP}/{id_}/stages/live"].rate_limited for id_ in ids] == [True, False]


def test_domain_names_are_read_once_though_both_versions_list_them(aws: Live) -> None:
    rest, http = aws.client("apigateway"), aws.client("apigatewayv2")
    rest.create_domain_name(domainName="old.example.com", securityPolicy="TLS_1_0")
    rest.create_domain_name(domainName="both.example.com", securityPolicy="TLS_1_2")
    for host, policy in (("both.example.com", "TLS_1_2"), ("new.example.com", "TLS_1_2")):
        http.create_domain_name(DomainName=host, DomainNameConfigurations=[{"SecurityPolicy": policy}])
    found = [item for item in aws.judge("apigateway-domains").world.resources if isinstance(item, Entrypoint)]
    told = [(item.id.removeprefix(f"{DOMAINS}/"), item.origin.type, item.tls12) for item in found]
    assert sorted(told) == [
        ("both.example.com", "aws_api_gateway_domain_name", True),
        ("new.example.com", "aws_apigatewayv2_domain_name", True),
        ("old.example.com", "aws_api_gateway_domain_name", False),
    ]


def _mapped(faked: Faked, *hosts: str, **more: Any) -> str:
    """A REST API that is reached through domain names only; `certain.example.com` asks for certificates."""
    api = rest_api(faked, ("GET", "NONE", False))
    item = {
        "id": api,
        "name": "chat",
        "disableExecuteApiEndpoint": True,
        "endpointConfiguration": {"types": ["REGIONAL"]},
    }
    faked.fake.say("apigateway", "GetRestApis", {"items": [item]})
    store = {"mutualTlsAuthentication": {"truststoreUri": "s3://trust/store.pem"}}
    domains = [{"domainName": h, **(store if h.startswith("certain") else {}), **more} for h in hosts]
    faked.fake.say("apigateway", "GetDomainNames", {"items": domains})
    faked.fake.say("apigatewayv2", "GetApiMappings", {"Items": [{"ApiId": api, "Stage": "live"}]})
    faked.fake.say("apigateway", "GetBasePathMappings", {"items": [{"restApiId": api, "stage": "live"}]})
    return f"{REST}/{api}"


def test_an_api_behind_domain_names_that_ask_for_certificates_is_authenticated(faked: Faked) -> None:
    api = _mapped(faked, "certain.example.com")
    assert faked.facts("apigateway", "apigateway-domains")[api].authenticated is True


def test_one_domain_name_that_does_not_ask_lets_everybody_in(faked: Faked) -> None:
    api = _mapped(faked, "certain.example.com", "open.example.com")
    assert faked.facts("apigateway", "apigateway-domains")[api].authenticated is False


def test_routing_rules_may_lead_past_the_certificates(faked: Faked) -> None:
    api = _mapped(faked, "certain.example.com", routingMode="ROUTING_RULE_THEN_BASE_PATH_MAPPING")
    answer = faked.facts("apigateway", "apigateway-domains")[api].authenticated
    assert isinstance(answer, Unknown)
    assert "routing rules" in answer.reason


def test_mappings_are_asked_for_of_both_versions(aws: Live) -> None:
    aws.client("apigateway").create_domain_name(domainName="old.example.com")
    asked = [name for one in aws.collect("apigateway-domains") for result in one.results for name in result.asked]
    assert sorted(asked) == [
        "apigateway:GetBasePathMappings",
        "apigateway:GetDomainNames",
        "apigatewayv2:GetApiMappings",
        "apigatewayv2:GetDomainNames",
    ]


def test_graphql_apis_ask_who_calls(aws: Live) -> None:
    client = aws.client("appsync")
    key = client.create_graphql_api(name="key", authenticationType="API_KEY")["graphqlApi"]["arn"]
    signed = client.create_graphql_api(name="iam", authenticationType="AWS_IAM", visibility="PRIVATE",
                                       tags={"environment": "prod"})["graphqlApi"]["arn"]  # fmt: skip
    both = client.create_graphql_api(
        name="both", authenticationType="AWS_IAM", additionalAuthenticationProviders=[{"authenticationType": "API_KEY"}]
    )["graphqlApi"]["arn"]
    facts = aws.facts("appsync")
    assert {arn: facts[arn].authenticated for arn in (key, signed, both)} == {key: False, signed: True, both: False}
    assert (facts[signed].environment, facts[key].public) == ("prod", True)


@pytest.mark.parametrize(("mode", "second"), [("ON", True), ("OPTIONAL", False), ("OFF", False)])
def test_user_pools_are_read_with_their_second_factor(aws: Live, mode: str, second: bool) -> None:  # noqa: FBT001
    client = aws.client("cognito-idp")
    tags = {"environment": "staging"}
    pool = client.create_user_pool(PoolName="people", MfaConfiguration=mode, UserPoolTags=tags)["UserPool"]["Id"]
    found = aws.facts("cognito")[f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{pool}"]
    assert (found.type, found.name, found.second_factor, found.environment) == (
        "user_pool",
        "people",
        second,
        "staging",
    )


def test_settings_are_the_providers(aws: Live) -> None:
    api = http_api(aws, ("GET /chat", "NONE"))
    settings = settings_of(aws.collect("apigatewayv2"))
    assert settings[f"{HTTP}/{api}"]["api_endpoint"] == f"https://{api}.execute-api.{REGION}.amazonaws.com"
