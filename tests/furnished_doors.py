"""An account furnished with N of each way in: APIs of both versions, domain names, balancers, distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def open_doors(client: Callable[[str], Any], number: int) -> None:
    """Make `number` of each, with what stands behind them."""
    network = client("ec2").describe_subnets()["Subnets"][:2]
    for i in range(number):
        _rest_api(client("apigateway"), i)
        _http_api(client("apigatewayv2"), i)
        _balancer(client("elbv2"), i, [one["SubnetId"] for one in network])
        _distribution(client("cloudfront"), f"site-{i}.example.com")


def _rest_api(rest: Any, i: int) -> None:
    """An API with a method that a function guards, and a stage; a domain name that leads to it."""
    api = rest.create_rest_api(name=f"rest-{i}")["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    uri = (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f"
    )
    guard = rest.create_authorizer(restApiId=api, name="g", type="TOKEN", authorizerUri=f"{uri}/invocations",
                                   identitySource="method.request.header.A")["id"]  # fmt: skip
    where = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    rest.put_method(**where, authorizationType="CUSTOM", authorizerId=guard)
    rest.put_integration(**where, type="MOCK")
    rest.put_integration_response(**where, statusCode="200")
    rest.create_deployment(restApiId=api, stageName="live")
    rest.create_domain_name(domainName=f"rest-{i}.example.com")
    rest.create_base_path_mapping(domainName=f"rest-{i}.example.com", restApiId=api, stage="live", basePath="v1")


def _http_api(http: Any, i: int) -> None:
    api = http.create_api(Name=f"http-{i}", ProtocolType="HTTP")["ApiId"]
    made = http.create_integration(ApiId=api, IntegrationType="HTTP_PROXY", IntegrationMethod="ANY",
                                   IntegrationUri="https://backend.example.com/")  # fmt: skip
    http.create_route(ApiId=api, RouteKey="GET /", Target=f"integrations/{made['IntegrationId']}")
    http.create_stage(ApiId=api, StageName="live")


def _balancer(elbv2: Any, i: int, subnets: list[str]) -> None:
    made = elbv2.create_load_balancer(Name=f"web-{i}", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    group = elbv2.create_target_group(Name=f"code-{i}", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    action = {"Type": "forward", "TargetGroupArn": group}
    elbv2.create_listener(LoadBalancerArn=made, Port=80, Protocol="HTTP", DefaultActions=[action])


def _distribution(cloudfront: Any, host: str) -> None:
    custom = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}
    config = {
        "CallerReference": host,
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": host, "CustomOriginConfig": custom}]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
    }
    cloudfront.create_distribution(DistributionConfig=config)
