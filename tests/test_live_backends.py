"""What APIs and balancers of a live account hand requests on to, against a server through the real SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doors import DOMAINS, HTTP, REST, answers, balancer, distribution, forward, http_api, listener, rest_api, watched
from flows import flows, hidden, told
from live import ACCOUNT, NOW, REGION, Faked, Live
from scanner.clouds.aws.live.collectors import api_integrations
from scanner.model import Unknown, World
from test_live_compute import function, instance, role

PLANTED = "hunter2hunter2"
RULES = ("aws-api", "aws-load-balancer", "aws-instance-group")
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/chats"
INVOKED = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{{}}/invocations"
NAMES = ("apigateway", "apigatewayv2", "lambda", "sqs", "dynamodb", "iam", "elbv2", "elb", "ec2", "ecs", "autoscaling")


def pairs(world: World) -> set[tuple[str, str, str]]:
    return {(source, how, target) for source, how, target, _ in told(world, *RULES)}


def integrate(aws: Live, api: str, verb: str, **integration: Any) -> None:
    """Hand the requests of a method at the root of an API on."""
    client = aws.client("apigateway")
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    client.put_method(restApiId=api, resourceId=root, httpMethod=verb, authorizationType="NONE")
    client.put_integration(restApiId=api, resourceId=root, httpMethod=verb, **integration)


def furnish(aws: Live) -> dict[str, str]:
    """Functions, a queue, a table, and APIs of both versions before them."""
    acts = role(aws)
    made = {name: function(aws, name, acts) for name in ("chat", "asks", "routed", "guard")}
    aws.client("sqs").create_queue(QueueName="jobs")
    key = {"AttributeName": "k", "AttributeType": "S"}
    aws.client("dynamodb").create_table(
        TableName="chats", AttributeDefinitions=[key], BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
    )  # fmt: skip
    made["rest"] = rest_api(aws, ("OPTIONS", "NONE", False))
    put = f"arn:aws:apigateway:{REGION}:dynamodb:action/PutItem"
    template = {"TableName": "chats", "Item": {"k": {"S": PLANTED}}}
    post = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": INVOKED.format(made["chat"])}
    integrate(aws, made["rest"], "POST", **post)
    integrate(aws, made["rest"], "PUT", type="AWS", integrationHttpMethod="POST", uri=put,
              requestTemplates={"application/json": json.dumps(template)})  # fmt: skip
    queue = f"arn:aws:apigateway:{REGION}:sqs:path/{ACCOUNT}/jobs?Action=SendMessage&MessageBody={PLANTED}"
    integrate(aws, made["rest"], "PATCH", type="AWS", integrationHttpMethod="POST", uri=queue)
    integrate(aws, made["rest"], "DELETE", type="HTTP", integrationHttpMethod="POST",
              uri=f"http://me:{PLANTED}@hooks.example.com/{PLANTED}",
              requestParameters={"integration.request.header.k": f"'{PLANTED}'"})  # fmt: skip
    http = aws.client("apigatewayv2")
    made["http"] = http.create_api(Name="chat", ProtocolType="HTTP")["ApiId"]
    for uri, more in (
        (made["routed"], {"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}),
        (f"https://api.openai.com/v1?k={PLANTED}", {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "POST"}),
    ):
        http.create_integration(ApiId=made["http"], IntegrationUri=uri, **more)
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs"
    http.create_integration(
        ApiId=made["http"], IntegrationType="AWS_PROXY", IntegrationSubtype="SQS-SendMessage",
        RequestParameters={"QueueUrl": url, "MessageBody": PLANTED},
    )  # fmt: skip
    return made


def test_what_apis_hand_requests_on_to(aws: Live) -> None:
    made = furnish(aws)
    world = aws.judge(*NAMES).world
    rest, http = f"{REST}/{made['rest']}", f"{HTTP}/{made['http']}"
    assert pairs(world) == {
        (rest, "sends_to", made["chat"]),
        (rest, "writes_to", TABLE),
        (rest, "sends_to", QUEUE),
        (rest, "sends_to", "ext:hooks.example.com"),
        (http, "sends_to", made["routed"]),
        (http, "sends_to", "ext:api.openai.com"),
        (http, "sends_to", QUEUE),
    }
    assert flows(world)[f"{rest} -> ext:hooks.example.com (sends_to)"].encrypted is False
    assert {rest, http}.isdisjoint(hidden(world))
    kept = answers(aws, *NAMES)
    assert "hooks.example.com" in kept
    assert "hunter2" not in kept
    assert "hunter2" not in repr(world)


@pytest.mark.parametrize("verb", ["rest", "http"])
def test_integrations_that_may_not_be_read_leave_open_where_requests_go(aws: Live, verb: str) -> None:
    made = furnish(aws)
    api = {"rest": f"{REST}/{made['rest']}", "http": f"{HTTP}/{made['http']}"}[verb]
    world = aws.judge(*NAMES, deny={"apigateway:GET"}).world
    assert {REGION in gap.scope for gap in world.gaps if gap.call == "apigateway:GET"} == {True}
    world = aws.judge(*NAMES, source=watched(("apigateway:GetResources", "apigatewayv2:GetIntegrations"))).world
    assert not {one for one in pairs(world) if one[0] == api}
    assert "AccessDeniedException on apigateway:GET" in hidden(world)[api]


def test_authorizers_are_asked_for_where_a_method_calls_a_function(faked: Faked) -> None:
    made = furnish(faked)
    rest, http = faked.client("apigateway"), faked.client("apigatewayv2")
    uri = INVOKED.format(made["guard"])
    names = {name for one in faked.collect("apigateway", "apigatewayv2") for it in one.results for name in it.asked}
    assert not {name for name in names if name.endswith("GetAuthorizers")}
    one = rest.create_authorizer(
        restApiId=made["rest"], name="g", type="TOKEN", authorizerUri=uri,
        identitySource="method.request.header.A", identityValidationExpression=PLANTED,
    )["id"]  # fmt: skip
    root = rest.get_resources(restApiId=made["rest"])["items"][0]["id"]
    where = {"restApiId": made["rest"], "resourceId": root, "httpMethod": "GET"}
    rest.put_method(**where, authorizationType="CUSTOM", authorizerId=one)
    http.create_route(ApiId=made["http"], RouteKey="GET /", AuthorizationType="CUSTOM", AuthorizerId="a1")
    told_ = {"AuthorizerId": "a1", "Name": "g", "AuthorizerType": "REQUEST", "AuthorizerUri": uri}
    faked.fake.say("apigatewayv2", "GetAuthorizers", {"Items": [{**told_, "IdentityValidationExpression": PLANTED}]})
    world = faked.judge(*NAMES).world
    apis = (f"{REST}/{made['rest']}", f"{HTTP}/{made['http']}")
    asked = {(api, "sends_to", made["guard"]) for api in apis}
    assert asked <= pairs(world)
    assert "hunter2" not in answers(faked, "apigateway", "apigatewayv2")
    source = watched(("apigateway:GetAuthorizers", "apigatewayv2:GetAuthorizers"))
    world = faked.judge(*NAMES, source=source).world
    assert asked.isdisjoint(pairs(world))
    assert all("AccessDeniedException on apigateway:GET" in hidden(world)[api] for api in apis)


def _linked(faked: Faked, api: str, **integration: Any) -> None:
    """Say of an API what moto does not keep: the link into a network."""
    method = {
        "httpMethod": "GET",
        "authorizationType": "NONE",
        "methodIntegration": {"type": "HTTP_PROXY", **integration},
    }
    faked.fake.say("apigateway", "GetResources", {"items": [{"id": "r", "resourceMethods": {"GET": method}}]})
    assert api


def test_a_link_into_a_network_leads_to_the_balancers_behind_it(faked: Faked) -> None:
    web, api = balancer(faked, "web", Type="network"), rest_api(faked, ("GET", "NONE", False))
    link = {"id": "l1", "name": "in", "targetArns": [web]}
    faked.fake.say("apigateway", "GetVpcLinks", {"items": [link]})
    private = {"uri": "http://chat.internal/x", "connectionType": "VPC_LINK", "connectionId": "l1"}
    _linked(faked, api, **private)
    names, node = ("apigateway", "elbv2"), f"{REST}/{api}"
    assert (node, "sends_to", web) in pairs(faked.judge(*names).world)
    refused = hidden(faked.judge(*names, source=watched({"apigateway:GetVpcLinks"})).world)
    assert "AccessDeniedException on apigateway:GET" in refused[node]
    _linked(faked, api, **{**private, "connectionId": "${stageVariables.link}"})
    assert "was not seen" in hidden(faked.judge(*names).world)[node]
    _linked(faked, api, **private, integrationTarget=web)
    assert (node, "sends_to", web) in pairs(faked.judge(*names).world)
    _linked(faked, api, uri="https://x.example.com/", connectionType="INTERNET")
    assert pairs(faked.judge(*names).world) == {(node, "sends_to", "ext:x.example.com")}


def test_private_integrations_of_http_apis(faked: Faked) -> None:
    web = balancer(faked, "web", Scheme="internal")
    front = listener(faked, web, 80, forward(faked))
    http = faked.client("apigatewayv2")
    apis = {name: http.create_api(Name=name, ProtocolType="HTTP")["ApiId"] for name in ("balanced", "named", "lost")}
    registry = f"arn:aws:servicediscovery:{REGION}:{ACCOUNT}:service/srv-{{}}"
    for api, uri in (("balanced", front), ("named", registry.format("chat")), ("lost", registry.format("gone"))):
        http.create_integration(
            ApiId=apis[api], IntegrationType="HTTP_PROXY", IntegrationMethod="ANY", IntegrationUri=uri,
            ConnectionType="VPC_LINK", ConnectionId="l1", PayloadFormatVersion="1.0",
        )  # fmt: skip
    service = _service(faked, serviceRegistries=[{"registryArn": registry.format("chat")}])
    world = faked.judge("apigatewayv2", "elbv2", "ecs").world
    assert {(f"{HTTP}/{apis['balanced']}", "sends_to", web), (f"{HTTP}/{apis['named']}", "sends_to", service)} <= pairs(
        world
    )
    assert "registers under the name" in hidden(world)[f"{HTTP}/{apis['lost']}"]


def _service(aws: Live, **more: Any) -> str:
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="main")
    container = {"name": "app", "image": "app:1", "memory": 128}
    ecs.register_task_definition(family="app", containerDefinitions=[container])
    made = ecs.create_service(cluster="main", serviceName="app", taskDefinition="app", desiredCount=1, **more)
    return str(made["service"]["serviceArn"])


def _group(aws: Live, name: str, kind: str, **more: Any) -> str:
    vpc = aws.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    place = {} if kind == "lambda" else {"Protocol": "HTTP", "Port": 80, "VpcId": vpc, **more}
    made = aws.client("elbv2").create_target_group(Name=name, TargetType=kind, **place)
    return str(made["TargetGroups"][0]["TargetGroupArn"])


def _to(*groups: str) -> dict[str, Any]:
    if len(groups) == 1:
        return {"Type": "forward", "TargetGroupArn": groups[0]}
    weighed = [{"TargetGroupArn": one, "Weight": 1} for one in groups]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": weighed}}


def _balanced(aws: Live) -> tuple[str, dict[str, str]]:
    """A balancer, and what stands behind it."""
    elbv2 = aws.client("elbv2")
    web = balancer(aws, "web")
    groups = {name: _group(aws, name, kind) for name, kind in
              (("machines", "instance"), ("code", "lambda"), ("tasks", "ip"), ("fleet", "instance"))}  # fmt: skip
    front = listener(aws, web, 80, _to(groups["machines"], groups["tasks"]))
    path = [{"Field": "path-pattern", "Values": ["/chat"]}]
    elbv2.create_rule(ListenerArn=front, Priority=1, Conditions=path, Actions=[_to(groups["code"])])
    elbv2.create_rule(ListenerArn=front, Priority=2, Conditions=path, Actions=[_to(groups["fleet"])])
    behind = {"function": function(aws, "chat", role(aws)), "machine": instance(aws)}
    elbv2.register_targets(TargetGroupArn=groups["code"], Targets=[{"Id": behind["function"]}])
    elbv2.register_targets(TargetGroupArn=groups["machines"], Targets=[{"Id": behind["machine"].rpartition("/")[2]}])
    elbv2.register_targets(TargetGroupArn=groups["tasks"], Targets=[{"Id": "10.0.0.9"}])
    of_service = [{"targetGroupArn": groups["tasks"], "containerName": "app", "containerPort": 80}]
    behind["service"] = _service(aws, loadBalancers=of_service)
    behind["template"], behind["fleet"] = _fleet(aws, groups["fleet"])
    return web, behind


def _fleet(aws: Live, group: str) -> tuple[str, str]:
    scaling, ec2 = aws.client("autoscaling"), aws.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    template = ec2.create_launch_template(LaunchTemplateName="fleet", LaunchTemplateData={"ImageId": image})
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="fleet", MinSize=0, MaxSize=0, VPCZoneIdentifier=subnet, TargetGroupARNs=[group],
        LaunchTemplate={"LaunchTemplateName": "fleet", "Version": "$Latest"},
    )  # fmt: skip
    id_ = template["LaunchTemplate"]["LaunchTemplateId"]
    fleet = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupARN"]
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:launch-template/{id_}", fleet


def test_what_balancers_hand_requests_on_to(aws: Live) -> None:
    web, behind = _balanced(aws)
    world = aws.judge(*NAMES).world
    assert pairs(world) >= {
        (web, "sends_to", behind["function"]),
        (web, "sends_to", behind["machine"]),
        (web, "sends_to", behind["service"]),
        (web, "sends_to", behind["fleet"]),
        (behind["fleet"], "sends_to", behind["template"]),
    }
    assert flows(world)[f"{web} -> {behind['function']} (sends_to)"].encrypted is True
    assert flows(world)[f"{web} -> {behind['service']} (sends_to)"].encrypted is False
    assert web not in hidden(world)
    asked = [name for one in aws.collect("elbv2") for result in one.results for name in result.asked]
    assert asked.count("elbv2:DescribeTargetHealth") == 3, "not of addresses"


@pytest.mark.parametrize(
    ("refused", "lost"),
    [
        ("elbv2:DescribeTargetGroups", {"function", "machine", "service", "fleet"}),
        ("elbv2:DescribeTargetHealth", {"function", "machine"}),
        ("elbv2:DescribeRules", {"function", "fleet"}),
        ("elbv2:DescribeListeners", {"function", "machine", "service", "fleet"}),
        ("ecs:DescribeServices", {"service"}),
        ("ecs:ListServices", {"service"}),
        ("autoscaling:DescribeAutoScalingGroups", {"fleet"}),
    ],
)
def test_what_may_not_be_read_of_balancers_leaves_open_where_requests_go(
    aws: Live, refused: str, lost: set[str]
) -> None:
    web, behind = _balanced(aws)
    world = aws.judge(*NAMES, source=watched({refused})).world
    reached = {target for source, _, target in pairs(world) if source == web}
    assert {name for name, id_ in behind.items() if id_ not in reached} == {*lost, "template"}
    action = refused.replace("elbv2", "elasticloadbalancing")
    assert f"AccessDeniedException on {action}" in hidden(world)[web]


def test_instances_of_a_classic_balancer(aws: Live) -> None:
    machine = instance(aws)
    elb = aws.client("elb")
    one = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}
    elb.create_load_balancer(LoadBalancerName="old", Listeners=[one], AvailabilityZones=[f"{REGION}a"])
    elb.register_instances_with_load_balancer(
        LoadBalancerName="old", Instances=[{"InstanceId": machine.rpartition("/")[2]}]
    )
    old = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/old"
    assert pairs(aws.judge("elb", "ec2").world) == {(old, "sends_to", machine)}


def test_what_was_masked_is_not_known() -> None:
    odd = api_integrations.masked(
        {"uri": "not a place", "type": "AWS", "credentials": PLANTED, "tlsConfig": {"a": [PLANTED, True]}}
    )
    assert odd == {"uri": "(hidden)", "type": "AWS", "credentials": "(hidden)", "tlsConfig": {"a": ["(hidden)", True]}}
    assert isinstance(api_integrations.told(odd["uri"]), Unknown)
    assert api_integrations.told(None) == ""


def _listed(aws: Live, origins: list[dict[str, Any]], **behaviour: Any) -> dict[str, Any]:
    """The list of distributions as CloudFront gives it, with origins and settings that moto does not keep."""
    distribution(aws, "kept.example.com")
    listed = aws.client("cloudfront").list_distributions()["DistributionList"]
    (one,) = listed["Items"]
    one |= {"Staging": False, "LastModifiedTime": NOW, "Origins": {"Quantity": len(origins), "Items": origins}}
    one["DefaultCacheBehavior"] |= {"TargetOriginId": origins[0]["Id"], **behaviour}
    return {"cloudfront:ListDistributions": {"DistributionList": listed}}


def _custom(host: str, policy: str) -> dict[str, Any]:
    config = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": policy}
    header = {"Quantity": 1, "Items": [{"HeaderName": "x-origin", "HeaderValue": PLANTED}]}
    return {"Id": host, "DomainName": host, "CustomOriginConfig": config, "CustomHeaders": header}


def test_origins_and_edge_functions_of_distributions(faked: Faked) -> None:
    inner = balancer(faked, "inner", Scheme="internal")
    listener(faked, inner, 80, forward(faked))
    acts = role(faked)
    edge, open_ = function(faked, "edge", acts), function(faked, "open", acts)
    url = faked.client("lambda").create_function_url_config(FunctionName="open", AuthType="AWS_IAM")["FunctionUrl"]
    control = {"Name": "signs", "SigningProtocol": "sigv4", "SigningBehavior": "always"}
    made = faked.client("cloudfront").create_origin_access_control(
        OriginAccessControlConfig={**control, "OriginAccessControlOriginType": "lambda"}
    )["OriginAccessControl"]["Id"]
    inside = {"Id": "in", "DomainName": "inner.example.com", "VpcOriginConfig": {"VpcOriginId": "vo_1"}}
    signed = {**_custom(url.removeprefix("https://").rstrip("/"), "https-only"), "OriginAccessControlId": made}
    functions = {"Quantity": 1, "Items": [{"LambdaFunctionARN": f"{edge}:1", "EventType": "viewer-request"}]}
    said = _listed(
        faked, [inside, signed, _custom("old.example.com", "http-only")], LambdaFunctionAssociations=functions
    )
    endpoint = {"Name": "in", "Arn": inner, "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"}
    about = {"Id": "vo_1", "Arn": "a", "Status": "Deployed", "CreatedTime": NOW, "LastModifiedTime": NOW}
    said["cloudfront:GetVpcOrigin"] = {"VpcOrigin": {**about, "VpcOriginEndpointConfig": endpoint}}
    names = ("cloudfront", "elbv2", "lambda", "iam")
    world = faked.judge(*names, source=watched(said=said)).world
    (cdn,) = {one for one, *_ in told(world, "aws-cdn")}
    found = {one.target: one for one in flows(world).values() if one.source == cdn}
    assert set(found) == {inner, edge, open_, "ext:old.example.com"}
    assert [found[one].encrypted for one in (inner, open_, "ext:old.example.com")] == [False, True, False]
    assert found[open_].guards == (), "the distribution signs for everybody"
    assert "hunter2" not in repr(world)
    refused = watched({"cloudfront:GetVpcOrigin"}, said)
    assert "AccessDeniedException on cloudfront:GetVpcOrigin" in hidden(faked.judge(*names, source=refused).world)[cdn]
    unsure = faked.judge(*names, source=watched({"cloudfront:ListOriginAccessControls"}, said)).world
    assert isinstance(flows(unsure)[f"{cdn} -> {open_} (sends_to)"].guards, Unknown)


def test_only_what_origins_name_is_asked_for(faked: Faked) -> None:
    asked = watched(said=_listed(faked, [_custom("old.example.com", "http-only")]))
    faked.collect("cloudfront", source=asked)
    assert asked.asked.isdisjoint({"cloudfront:GetVpcOrigin", "cloudfront:ListOriginAccessControls"})


@pytest.mark.parametrize("version", ["rest", "http"])
def test_the_api_behind_a_custom_domain_name(faked: Faked, version: str) -> None:
    host, other = "chat.example.com", "unused.example.com"
    rest, http = faked.client("apigateway"), faked.client("apigatewayv2")
    if version == "rest":
        api = rest_api(faked, ("GET", "NONE", False))
        rest.create_domain_name(domainName=host)
        rest.create_base_path_mapping(domainName=host, restApiId=api, stage="live", basePath="v1")
    else:
        api = http_api(faked, ("GET /", "NONE"))
        http.create_domain_name(DomainName=host, DomainNameConfigurations=[{"SecurityPolicy": "TLS_1_2"}])
        http.create_api_mapping(DomainName=host, ApiId=api, Stage="live")
    http.create_domain_name(DomainName=other, DomainNameConfigurations=[{"SecurityPolicy": "TLS_1_2"}])
    distribution(faked, host)
    names = ("apigateway", "apigateway-domains", "apigatewayv2", "cloudfront")
    world = faked.judge(*names).world
    node = f"{REST if version == 'rest' else HTTP}/{api}"
    assert {target for _, _, target, _ in told(world, "aws-cdn-origin")} == {node}
    assert hidden(world)[f"{DOMAINS}/{other}"] == "which API answers there was not seen"
    assert f"{DOMAINS}/{host}" not in hidden(world)
    refused = watched({"apigateway:GetBasePathMappings", "apigatewayv2:GetApiMappings"})
    world = faked.judge(*names, source=refused).world
    assert "AccessDeniedException on apigateway:GET" in hidden(world)[f"{DOMAINS}/{host}"]


def test_a_route_that_asks_who_calls_guards_what_it_leads_to(aws: Live) -> None:
    made, http = furnish(aws), aws.client("apigatewayv2")
    api = made["http"]
    by_uri = {one.get("IntegrationUri"): one["IntegrationId"] for one in http.get_integrations(ApiId=api)["Items"]}
    for key, kind, uri in (
        ("POST /chat", "AWS_IAM", made["routed"]),
        ("GET /health", "NONE", f"https://api.openai.com/v1?k={PLANTED}"),
    ):
        http.create_route(ApiId=api, RouteKey=key, AuthorizationType=kind, Target=f"integrations/{by_uri[uri]}")
    node = f"{HTTP}/{api}"
    asked, open_ = f"{node} -> {made['routed']} (sends_to)", f"{node} -> ext:api.openai.com (sends_to)"
    found = flows(aws.judge(*NAMES).world)
    assert (found[asked].guards, found[open_].guards) == (("authentication",), ())
    unread = flows(aws.judge(*NAMES, source=watched({"apigatewayv2:GetRoutes"})).world)
    assert unread[asked].guards != ("authentication",)
