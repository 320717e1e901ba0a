"""Ways into an account on loopback, for tests: APIs, stages, balancers, made with the real SDK."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from fake_wire import check, model
from live import ACCOUNT, NOW, REGION, UNHURRIED, Live
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.clients import Tuning
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.calls import Answer, Page, Request
from scanner.collect.reader import Source

COLLECTORS = (
    "apigateway",
    "apigateway-domains",
    "apigatewayv2",
    "appsync",
    "cloudfront",
    "cognito",
    "elb",
    "elbv2",
    "lambda",
    "log-delivery",
    "wafv2",
)
"""Those that read ways in, and those that the ways in depend on."""

LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:access"
REST = f"arn:aws:apigateway:{REGION}::/restapis"
HTTP = f"arn:aws:apigateway:{REGION}::/apis"
DOMAINS = f"arn:aws:apigateway:{REGION}::/domainnames"
BALANCERS = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer"


def rest_api(aws: Live, *methods: tuple[str, str, bool], checked: bool = False, **more: Any) -> str:
    """A REST API with methods (verb, authorization, key required) at its root, deployed to `live`; its id.

    If `checked`, each method has a validator of bodies and a model.
    """
    client = aws.client("apigateway")
    api: str = client.create_rest_api(name="chat", **more)["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    validator: dict[str, Any] = {}
    if checked:
        made = client.create_request_validator(restApiId=api, name="body", validateRequestBody=True)
        validator = {"requestValidatorId": made["id"], "requestModels": {"application/json": "Empty"}}
    for verb, authorization, key in methods:
        where = {"restApiId": api, "resourceId": root, "httpMethod": verb}
        client.put_method(**where, authorizationType=authorization, apiKeyRequired=key, **validator)
        client.put_integration(**where, type="MOCK")
        client.put_integration_response(**where, statusCode="200")
    client.create_deployment(restApiId=api, stageName="live")
    return api


def set_stage(aws: Live, api: str, **values: str) -> None:
    """Change the stage `live`, by paths with `~` for a slash."""
    patches = [{"op": "replace", "path": path.replace("~", "/"), "value": value} for path, value in values.items()]
    aws.client("apigateway").update_stage(restApiId=api, stageName="live", patchOperations=patches)


def http_api(aws: Live, *routes: tuple[str, str], protocol: str = "HTTP", **stage: Any) -> str:
    """An HTTP or WebSocket API with routes (key, authorization) and the stage `live`; its id."""
    client = aws.client("apigatewayv2")
    api: str = client.create_api(Name="chat", ProtocolType=protocol, RouteSelectionExpression="$request.body.action")[
        "ApiId"
    ]
    for key, authorization in routes:
        client.create_route(ApiId=api, RouteKey=key, AuthorizationType=authorization)
    client.create_stage(ApiId=api, StageName="live", **stage)
    return api


def subnets(aws: Live) -> list[str]:
    """Two subnets for a balancer."""
    return [one["SubnetId"] for one in aws.client("ec2").describe_subnets()["Subnets"][:2]]


def balancer(aws: Live, name: str, **more: Any) -> str:
    """A balancer of version 2; its ARN."""
    made = aws.client("elbv2").create_load_balancer(Name=name, Subnets=subnets(aws), **more)
    arn: str = made["LoadBalancers"][0]["LoadBalancerArn"]
    return arn


def listener(aws: Live, balancer_: str, port: int, action: dict[str, Any], **more: Any) -> str:
    """A listener; its ARN."""
    made = aws.client("elbv2").create_listener(
        LoadBalancerArn=balancer_, Port=port, DefaultActions=[action], **{"Protocol": "HTTP", **more}
    )
    arn: str = made["Listeners"][0]["ListenerArn"]
    return arn


def forward(aws: Live) -> dict[str, Any]:
    """An action that hands a request on."""
    client = aws.client("elbv2")
    vpc = aws.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    made = client.create_target_group(Name="bots", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    return {"Type": "forward", "TargetGroupArn": made["TargetGroups"][0]["TargetGroupArn"]}


SHOWN = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
SECURE = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}
CERTIFICATE = [{"CertificateArn": f"arn:aws:iam::{ACCOUNT}:server-certificate/web"}]


def rate_rule(action: str = "Block", **more: Any) -> dict[str, Any]:
    """A rule of a web ACL that limits the rate."""
    statement = {"RateBasedStatement": {"Limit": 1000, "AggregateKeyType": "IP", **more}}
    return {"Name": "rate", "Priority": 0, "Action": {action: {}}, "Statement": statement, "VisibilityConfig": SHOWN}


def web_acl(aws: Live, name: str, *rules: dict[str, Any], scope: str = "REGIONAL") -> str:
    """A web ACL; its ARN."""
    made = aws.client("wafv2").create_web_acl(
        Name=name, Scope=scope, DefaultAction={"Allow": {}}, Rules=list(rules), VisibilityConfig=SHOWN
    )
    arn: str = made["Summary"]["ARN"]
    return arn


def distribution(aws: Live, origin: str, **more: Any) -> str:
    """A distribution whose one origin is `origin`; its ARN."""
    behaviour = {
        "TargetOriginId": "o",
        "ViewerProtocolPolicy": more.pop("protocol", "https-only"),
        "MinTTL": 0,
        "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
        **more.pop("behaviour", {}),
    }
    custom = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}
    headers = {"Quantity": 1, "Items": [{"HeaderName": "x-origin", "HeaderValue": "only-we-know-this"}]}
    config = {
        "CallerReference": origin,
        "Comment": "",
        "Enabled": True,
        "Origins": {
            "Quantity": 1,
            "Items": [{"Id": "o", "DomainName": origin, "CustomOriginConfig": custom, "CustomHeaders": headers}],
        },
        "DefaultCacheBehavior": behaviour,
        "ViewerCertificate": {"CloudFrontDefaultCertificate": False, "ACMCertificateArn": "arn:x",
                              "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"},
        **more,
    }  # fmt: skip
    arn: str = aws.client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]["ARN"]
    return arn


class Watched:
    """A source that keeps what it is answered, refuses some operations, as IAM does, and says a page to others.

    What it says is held to the service's model: the strict fake does not write the XML of CloudFront.
    """

    def __init__(self, source: Source, refused: Collection[str] = (), said: Mapping[str, Page] | None = None) -> None:
        self._source = source
        self._refused = refused
        self._said = said or {}
        for name, page in self._said.items():
            service, _, operation = name.partition(":")
            check(page, model(service).operation_model(operation).output_shape, f"answer {name}")
        self.kept: dict[str, Answer] = {}
        """Answers by request."""

        self.asked: set[str] = set()
        """Operations, as `<service>:<operation>`."""

    def answer(self, request: Request, /) -> Answer:
        """Answer a request, or refuse it."""
        self.asked.add(request.call.name)
        if request.call.name in self._refused:
            message = f"not authorized to perform: {request.call.action}"
            return Answer(pages=[], error="AccessDeniedException", message=message, at=NOW.isoformat())
        if request.call.name in self._said:
            return Answer(pages=[self._said[request.call.name]], at=NOW.isoformat())
        self.kept[request.key] = self._source.answer(request)
        return self.kept[request.key]


def watched(refused: Collection[str] = (), said: Mapping[str, Page] | None = None) -> Watched:
    """The account itself, watched."""
    tuning = Tuning(attempts=2, connect_timeout=5, read_timeout=30)
    reached = reach(Wanted(regions=(REGION,), tuning=tuning))
    return Watched(Connections(reached.sessions, tuning=tuning, pace=UNHURRIED), refused, said)


class Replayed:
    """What was kept, answered again without asking anybody."""

    def __init__(self, kept: Mapping[str, Answer]) -> None:
        self._kept = kept

    def answer(self, request: Request, /) -> Answer:
        """Answer as before; what was never asked is an error of the test."""
        return self._kept[request.key]


def answers(aws: Live, *names: str) -> str:
    """Everything that collectors were answered, as a capture would keep it."""
    source = watched()
    aws.collect(*names, source=source)
    return msgspec.json.encode(source.kept).decode()
