"""Each read call of the ways in, refused in turn: nothing that failed passes or vanishes, nothing that passed fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import boto3
import pytest
from botocore.stub import Stubber

from doors import (
    CERTIFICATE,
    COLLECTORS,
    LOG,
    SECURE,
    Replayed,
    Watched,
    balancer,
    distribution,
    forward,
    http_api,
    listener,
    rate_rule,
    rest_api,
    set_stage,
    subnets,
    watched,
    web_acl,
)
from live import ACCOUNT, NOW, REGION, UNHURRIED, Faked
from scanner import run
from scanner.clouds.aws.live import collectors
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.clients import Tuning
from scanner.clouds.aws.live.collectors import wafv2
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.calls import Request
from scanner.collect.gather import Gathering, gather
from scanner.collect.reader import Source
from scanner.collect.shards import Target
from scanner.findings import Finding, Status
from worlds import POLICIES

_POLICIES = [p for p in POLICIES if p.control.id.startswith(("entrypoint-", "identity-"))]


def _furnish(faked: Faked) -> None:
    """Ways in, of each sort a sound and a faulty one."""
    for method in (("GET", "AWS_IAM", True), ("GET", "NONE", False)):
        post = ("POST", *method[1:])
        throttled, bare = rest_api(faked, method, post, checked=True), rest_api(faked, method, post)
        set_stage(faked, throttled, **{"~*~*~throttling~rateLimit": "5", "~accessLogSettings~destinationArn": LOG})
        faked.client("apigateway").create_usage_plan(
            name="p", apiStages=[{"apiId": bare, "stage": "live"}], throttle={"rateLimit": 5, "burstLimit": 5}
        )
    limit = {"ThrottlingRateLimit": 10.0, "ThrottlingBurstLimit": 5}
    http_api(faked, ("GET /a", "AWS_IAM"), RouteSettings={"GET /a": limit}, AccessLogSettings={"DestinationArn": LOG})
    http_api(faked, ("GET /a", "NONE"))
    http_api(faked, ("$connect", "AWS_IAM"), protocol="WEBSOCKET")
    for host, policy in (("old.example.com", "TLS_1_0"), ("new.example.com", "TLS_1_2")):
        faked.client("apigateway").create_domain_name(domainName=host, securityPolicy=policy)
    _furnish_balancers(faked)
    _furnish_edge(faked)
    appsync, pools = faked.client("appsync"), faked.client("cognito-idp")
    for kind, mode in (("AWS_IAM", "ON"), ("API_KEY", "OFF")):
        appsync.create_graphql_api(name="a", authenticationType=kind)
        pools.create_user_pool(PoolName="p", MfaConfiguration=mode)


def _furnish_balancers(faked: Faked) -> None:
    limited, bare = balancer(faked, "limited"), balancer(faked, "bare")
    production = [{"Key": "env", "Value": "prod"}]
    faked.client("elbv2").create_load_balancer(
        Name="dial-in", Type="network", Subnets=subnets(faked)[:1], Tags=production
    )
    acl = web_acl(faked, "limited", rate_rule())
    web_acl(faked, "idle")
    faked.client("wafv2").associate_web_acl(WebACLArn=acl, ResourceArn=limited)
    hand_on = forward(faked)
    listener(faked, limited, 80, SECURE)
    https = {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06", "Certificates": CERTIFICATE}
    listener(faked, limited, 443, hand_on, **https)
    by_rule = listener(faked, bare, 80, SECURE)
    path = [{"Field": "path-pattern", "Values": ["/chat"]}]
    faked.client("elbv2").create_rule(ListenerArn=by_rule, Priority=1, Conditions=path, Actions=[hand_on])
    elb = faked.client("elb")
    one = {"Protocol": "HTTPS", "LoadBalancerPort": 443, "InstancePort": 80, "InstanceProtocol": "HTTP",
           "SSLCertificateId": CERTIFICATE[0]["CertificateArn"]}  # fmt: skip
    for name in ("new", "old"):
        elb.create_load_balancer(LoadBalancerName=name, Listeners=[one], Subnets=subnets(faked)[:1])
    elb.create_load_balancer_policy(
        LoadBalancerName="new", PolicyName="used", PolicyTypeName="SSLNegotiationPolicyType",
        PolicyAttributes=[{"AttributeName": "Reference-Security-Policy",
                           "AttributeValue": "ELBSecurityPolicy-TLS-1-2-2017-01"}],
    )  # fmt: skip
    elb.set_load_balancer_policies_of_listener(LoadBalancerName="new", LoadBalancerPort=443, PolicyNames=["used"])


def _furnish_edge(faked: Faked) -> None:
    acl = web_acl(faked, "edge", rate_rule(), scope="CLOUDFRONT")
    hosts = dict(_function_urls(faked))
    logging = {"Enabled": True, "IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": ""}
    distribution(faked, hosts["AWS_IAM"], WebACLId=acl, Logging=logging)
    arn = distribution(faked, "b.example.com", protocol="allow-all")
    logs = faked.client("logs")
    logs.put_delivery_source(name="one", resourceArn=arn, logType="ACCESS_LOGS")
    target = logs.put_delivery_destination(
        name="to", deliveryDestinationConfiguration={"destinationResourceArn": "arn:aws:s3:::logs"}
    )["deliveryDestination"]["arn"]
    logs.create_delivery(deliverySourceName="one", deliveryDestinationArn=target)


def _function_urls(faked: Faked) -> Iterator[tuple[str, str]]:
    trust = '{"Version": "2012-10-17", "Statement": []}'
    role = faked.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    code = {"ImageUri": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/a:b"}
    client = faked.client("lambda")
    for kind in ("AWS_IAM", "NONE"):
        name = f"f-{kind.replace('_', '-')}"
        client.create_function(FunctionName=name, PackageType="Image", Role=role, Code=code)
        url = client.create_function_url_config(FunctionName=name, AuthType=kind)["FunctionUrl"]
        yield kind, url.removeprefix("https://").rstrip("/")


_Verdicts = dict[tuple[str, str], Finding]


def _judged(source: Source, targets: Sequence[Target]) -> _Verdicts:
    chosen = [one for one in collectors.COLLECTORS if one.name in COLLECTORS]
    collected = gather(targets, Gathering(source=source, collectors=chosen, now=NOW))
    judged = run.judge_accounts(collected, run.Settings(policies=tuple(_POLICIES), today=NOW.date()))
    return {(f.control, f.subject): f for f in judged.run.findings}


def test_a_refused_call_never_turns_or_hides_a_verdict(faked: Faked) -> None:
    _furnish(faked)
    everything, targets = watched(), reach(Wanted(regions=(REGION,))).targets
    whole = _judged(everything, targets)
    statuses = {(control, f.status) for (control, _), f in whole.items()}
    ours = {p.control.id for p in _POLICIES if p.control.id.startswith("entrypoint-")}
    assert {(c, s) for c in ours for s in (Status.PASS, Status.FAIL)} <= statuses, "each control both ways"
    mine = {name for name in everything.asked if not name.startswith(("lambda:List", "lambda:Get"))}
    assert len(mine) >= 29
    again = Replayed(everything.kept)
    assert [
        line for name in sorted(mine) for line in _turned(name, whole, _judged(Watched(again, {name}), targets))
    ] == []


def _turned(name: str, whole: _Verdicts, seen: _Verdicts) -> Iterator[str]:
    """What may not be, once a call is refused."""
    scopes = {c for (c, subject), f in seen.items() if subject.startswith("aws:") and f.status is Status.UNKNOWN}
    for key, before in whole.items():
        after = seen.get(key)
        if after is None:
            if before.status is Status.FAIL and key[0] not in scopes:
                yield f"{name}: {key} vanished"
            continue
        named = after.status is Status.UNKNOWN and "AccessDeniedException on " in after.reason
        if after.status is not before.status and not named:
            yield f"{name}: {key} {before.status} -> {after.status}: {after.reason}"
    yield from (f"{name}: {key} fails" for key, f in seen.items() if f.status is Status.FAIL and key not in whole)


def test_lists_without_a_paginator_are_read_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    session = boto3.Session("a", "b", region_name=REGION)
    connections = Connections({ACCOUNT: session}, tuning=Tuning(), pace=UNHURRIED)
    stub = Stubber(connections.clients.get(ACCOUNT, "wafv2", REGION))
    asked = {"Scope": "REGIONAL"}
    stub.add_response("list_web_acls", {"WebACLs": [{"Name": "a"}], "NextMarker": "a"}, asked)
    stub.add_response("list_web_acls", {"WebACLs": [{"Name": "b"}], "NextMarker": "b"}, {**asked, "NextMarker": "a"})
    stub.add_response("list_web_acls", {"WebACLs": []}, {**asked, "NextMarker": "b"})
    with stub:
        answer = connections.answer(Request(ACCOUNT, REGION, wafv2.ACLS, dict(asked)))
        assert (answer.error, [page["WebACLs"] for page in answer.pages]) == (
            "",
            [[{"Name": "a"}], [{"Name": "b"}], []],
        )
        stub.add_response("list_web_acls", {"WebACLs": [], "NextMarker": "a"}, asked)
        stub.add_response("list_web_acls", {"WebACLs": [], "NextMarker": "a"}, {**asked, "NextMarker": "a"})
        assert connections.answer(Request(ACCOUNT, REGION, wafv2.ACLS, dict(asked))).error == "EndlessPages"
    stub.assert_no_pending_responses()
