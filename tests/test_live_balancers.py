"""Balancers, distributions and web ACLs of a live account, against a server through the real SDK.

What moto lacks, and which resources a web ACL protects, comes from the strict fake.
"""

from __future__ import annotations

from typing import Any

import pytest

from doors import (
    BALANCERS,
    CERTIFICATE,
    REST,
    SECURE,
    answers,
    balancer,
    distribution,
    forward,
    listener,
    rate_rule,
    rest_api,
    subnets,
    watched,
    web_acl,
)
from live import ACCOUNT, NOW, REGION, Faked, Live
from scanner.model import Unknown

_OLD = "ELBSecurityPolicy-2016-08"
_NEW = "ELBSecurityPolicy-TLS13-1-2-2021-06"
_FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "sesame-sesame"}}


def _signing_in(arn: str, unauthenticated: str = "authenticate") -> dict[str, Any]:
    config = {"UserPoolArn": arn, "UserPoolClientId": "c", "UserPoolDomain": "d",
              "OnUnauthenticatedRequest": unauthenticated}  # fmt: skip
    return {"Type": "authenticate-cognito", "Order": 1, "AuthenticateCognitoConfig": config}


def test_listeners_tell_tls_and_who_may_come_in(aws: Live) -> None:
    web, inner = balancer(aws, "web"), balancer(aws, "inner", Scheme="internal")
    hand_on = forward(aws)
    plain = listener(aws, web, 80, hand_on)
    secure = listener(aws, web, 81, SECURE)
    old = listener(aws, web, 443, hand_on, Protocol="HTTPS", SslPolicy=_OLD, Certificates=CERTIFICATE)
    new = listener(aws, inner, 443, hand_on, Protocol="HTTPS", SslPolicy=_NEW, Certificates=CERTIFICATE)
    facts = aws.facts("elbv2")
    told = {arn: (facts[arn].public, facts[arn].forwards, facts[arn].tls12) for arn in (plain, secure, old, new)}
    assert told == {
        plain: (True, True, False),
        secure: (True, False, True),
        old: (True, True, False),
        new: (False, True, True),
    }
    assert isinstance(facts[old].authenticated, Unknown)
    assert (facts[web].type, facts[web].public, facts[inner].public) == ("load_balancer", True, False)


def test_rules_decide_where_the_default_action_does_not(aws: Live) -> None:
    web, hand_on = balancer(aws, "web"), forward(aws)
    pool = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/p"
    elbv2 = aws.client("elbv2")
    https = {"Protocol": "HTTPS", "SslPolicy": _NEW, "Certificates": CERTIFICATE}
    by_rule, signed, hole = (listener(aws, web, port, _FIXED, **https) for port in (443, 444, 445))
    path = [{"Field": "path-pattern", "Values": ["/chat"]}]
    elbv2.create_rule(ListenerArn=by_rule, Priority=1, Conditions=path, Actions=[hand_on])
    elbv2.create_rule(
        ListenerArn=signed, Priority=1, Conditions=path, Actions=[_signing_in(pool), {**hand_on, "Order": 2}]
    )
    elbv2.create_rule(ListenerArn=hole, Priority=1, Conditions=path,
                      Actions=[_signing_in(pool, "allow"), {**hand_on, "Order": 2}])  # fmt: skip
    facts = aws.facts("elbv2")
    assert {arn: facts[arn].forwards for arn in (by_rule, signed, hole)} == {by_rule: True, signed: True, hole: True}
    assert facts[signed].authenticated is True
    assert isinstance(facts[by_rule].authenticated, Unknown)
    assert isinstance(facts[hole].authenticated, Unknown)


def test_groups_are_asked_for_once_and_each_listener_for_its_rules(aws: Live) -> None:
    web = balancer(aws, "web")
    listener(aws, web, 80, forward(aws))
    listener(aws, web, 81, SECURE)
    asked = [name for one in aws.collect("elbv2") for result in one.results for name in result.asked]
    assert sorted(asked) == [
        "elbv2:DescribeListeners",
        "elbv2:DescribeLoadBalancerAttributes",
        "elbv2:DescribeLoadBalancers",
        "elbv2:DescribeRules",
        "elbv2:DescribeRules",
        "elbv2:DescribeTags",
        "elbv2:DescribeTargetGroups",
    ]


def test_balancers_have_logs_and_tags(aws: Live) -> None:
    logging = balancer(aws, "logging", Tags=[{"Key": "environment", "Value": "prod"}])
    silent = balancer(aws, "silent", Type="network")
    aws.client("s3").create_bucket(Bucket="access-logs")
    on = {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": "access-logs", "access_logs.s3.prefix": "p"}
    policy = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}]}'
    aws.client("s3").put_bucket_policy(Bucket="access-logs", Policy=policy)
    attributes = [{"Key": key, "Value": value} for key, value in on.items()]
    aws.client("elbv2").modify_load_balancer_attributes(LoadBalancerArn=logging, Attributes=attributes)
    facts = aws.facts("elbv2")
    assert (facts[logging].access_logged, facts[logging].environment) == (True, "prod")
    assert (facts[silent].access_logged, facts[silent].type) == (False, "network_load_balancer")


def test_tags_come_in_batches_that_may_fail_alone(aws: Live) -> None:
    arns = [balancer(aws, f"b{i}", Tags=[{"Key": "environment", "Value": "prod"}]) for i in range(21)]
    facts = aws.facts("elbv2")
    assert {facts[arn].environment for arn in arns} == {"prod"}


def _classic(aws: Live, name: str, protocol: str, *, policy: str = "", scheme: str = "internet-facing") -> None:
    client = aws.client("elb")
    one = {"Protocol": protocol, "LoadBalancerPort": 443, "InstancePort": 80, "InstanceProtocol": "HTTP"}
    if protocol == "HTTPS":
        one["SSLCertificateId"] = "arn:aws:iam::123456789012:server-certificate/c"
    client.create_load_balancer(LoadBalancerName=name, Listeners=[one], Subnets=subnets(aws)[:1], Scheme=scheme,
                                Tags=[{"Key": "environment", "Value": "dev"}])  # fmt: skip
    for other, reference in (("unused", _OLD), ("used", policy)):
        client.create_load_balancer_policy(
            LoadBalancerName=name, PolicyName=other, PolicyTypeName="SSLNegotiationPolicyType",
            PolicyAttributes=[{"AttributeName": "Reference-Security-Policy", "AttributeValue": reference}],
        )  # fmt: skip
    if policy:
        client.set_load_balancer_policies_of_listener(LoadBalancerName=name, LoadBalancerPort=443, PolicyNames=["used"])


def test_classic_balancers_are_judged_by_the_policy_in_force(aws: Live) -> None:
    _classic(aws, "new", "HTTPS", policy="ELBSecurityPolicy-TLS-1-2-2017-01", scheme="internal")
    _classic(aws, "old", "HTTPS", policy=_OLD)
    _classic(aws, "bare", "HTTPS")
    _classic(aws, "plain", "HTTP")
    facts = aws.facts("elb")
    told = {name: (facts[f"{BALANCERS}/{name}"].tls12, facts[f"{BALANCERS}/{name}"].public)
            for name in ("new", "old", "bare", "plain")}  # fmt: skip
    assert told == {"new": (True, False), "old": (False, True), "bare": (False, True), "plain": (False, True)}
    assert facts[f"{BALANCERS}/new"].environment == "dev"
    assert facts[f"{BALANCERS}/new"].access_logged is False


@pytest.mark.parametrize(("old", "answer"), [("false", True), ("true", False)])
def test_protocols_that_are_set_one_by_one_are_told_in_an_account(faked: Faked, old: str, answer: bool) -> None:  # noqa: FBT001
    _classic(faked, "own", "HTTPS", policy=_OLD)
    set_ = {"Protocol-SSLv3": "false", "Protocol-TLSv1": old, "Protocol-TLSv1.1": "false", "Protocol-TLSv1.2": "true"}
    told = [{"AttributeName": name, "AttributeValue": value} for name, value in set_.items()]
    described = {
        "PolicyName": "used",
        "PolicyTypeName": "SSLNegotiationPolicyType",
        "PolicyAttributeDescriptions": told,
    }
    faked.fake.say("elb", "DescribeLoadBalancerPolicies", {"PolicyDescriptions": [described]})
    assert faked.facts("elb")[f"{BALANCERS}/own"].tls12 is answer


def test_web_acls_bound_the_rate_of_balancers(faked: Faked) -> None:
    names = ("limited", "counted", "scoped", "grouped", "bare")
    balancers = {name: balancer(faked, name) for name in names}
    waf = faked.client("wafv2")
    group = waf.create_rule_group(Name="g", Scope="REGIONAL", Capacity=10, Rules=[rate_rule()],
                                  VisibilityConfig=rate_rule()["VisibilityConfig"])["Summary"]["ARN"]  # fmt: skip
    reference = {**rate_rule(), "OverrideAction": {"None": {}},
                 "Statement": {"RuleGroupReferenceStatement": {"ARN": group}}}  # fmt: skip
    del reference["Action"]
    by_country = {"GeoMatchStatement": {"CountryCodes": ["CH"]}}
    acls = {
        "limited": web_acl(faked, "limited", rate_rule()),
        "counted": web_acl(faked, "counted", rate_rule("Count")),
        "scoped": web_acl(faked, "scoped", rate_rule(ScopeDownStatement=by_country)),
        "grouped": web_acl(faked, "grouped", reference),
    }
    for name, acl in acls.items():
        waf.associate_web_acl(WebACLArn=acl, ResourceArn=balancers[name])
    facts = faked.facts("elbv2", "wafv2")
    limits = {name: facts[arn].rate_limited for name, arn in balancers.items()}
    assert {name: limit for name, limit in limits.items() if not isinstance(limit, Unknown)} == {
        "limited": True,
        "counted": False,
        "grouped": True,
        "bare": False,
    }
    assert "scope-down" in limits["scoped"].reason


def test_rule_groups_of_firewall_manager_count(faked: Faked) -> None:
    arn = balancer(faked, "web")
    acl = web_acl(faked, "fms")
    faked.client("wafv2").associate_web_acl(WebACLArn=acl, ResourceArn=arn)
    group = f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/rulegroup/g/1"
    shown = rate_rule()["VisibilityConfig"]
    pushed = {"Name": "p", "Priority": 0, "OverrideAction": {"None": {}}, "VisibilityConfig": shown,
              "FirewallManagerStatement": {"RuleGroupReferenceStatement": {"ARN": group}}}  # fmt: skip
    told = {"Name": "fms", "Id": "1", "ARN": acl, "DefaultAction": {"Allow": {}}, "VisibilityConfig": shown}
    faked.fake.say("wafv2", "GetWebACL", {"WebACL": {**told, "PreProcessFirewallManagerRuleGroups": [pushed]}})
    read = {"Name": "g", "Id": "1", "ARN": group, "Capacity": 2, "VisibilityConfig": shown}
    faked.fake.say("wafv2", "GetRuleGroup", {"RuleGroup": {**read, "Rules": [rate_rule()]}})
    assert faked.facts("elbv2", "wafv2")[arn].rate_limited is True


def test_distributions_tell_tls_web_acl_and_logs(faked: Faked) -> None:
    acl = web_acl(faked, "edge", rate_rule(), scope="CLOUDFRONT")
    logging = {"Enabled": True, "IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": ""}
    sound = distribution(faked, "a.example.com", WebACLId=acl, Logging=logging)
    faulty = distribution(faked, "b.example.com", protocol="allow-all")
    standard = {"CloudFrontDefaultCertificate": True}
    own = distribution(faked, "c.example.com", ViewerCertificate=standard)
    facts = faked.facts("cloudfront", "log-delivery")
    told = {arn: (facts[arn].tls12, facts[arn].rate_limited, facts[arn].access_logged) for arn in (sound, faulty, own)}
    assert told == {sound: (True, True, True), faulty: (False, False, False), own: (False, False, False)}


def test_a_delivery_of_access_logs_counts(aws: Live) -> None:
    delivered, half = distribution(aws, "a.example.com"), distribution(aws, "b.example.com")
    logs = aws.client("logs")
    for name, arn in (("one", delivered), ("two", half)):
        logs.put_delivery_source(name=name, resourceArn=arn, logType="ACCESS_LOGS")
    target = logs.put_delivery_destination(
        name="to", deliveryDestinationConfiguration={"destinationResourceArn": "arn:aws:s3:::logs"}
    )["deliveryDestination"]["arn"]
    logs.create_delivery(deliverySourceName="one", deliveryDestinationArn=target)
    facts = aws.facts("cloudfront", "log-delivery", regions=("eu-west-1",))
    assert (facts[delivered].access_logged, facts[half].access_logged) == (True, False)


@pytest.mark.parametrize(("rate", "logged"), [(100, True), (10, False)])
def test_real_time_logs_count_where_they_hold_every_request(aws: Live, rate: int, logged: bool) -> None:  # noqa: FBT001
    log = f"arn:aws:cloudfront::{ACCOUNT}:realtime-log-config/r"
    arn = distribution(aws, "a.example.com", behaviour={"RealtimeLogConfigArn": log})
    listed = aws.client("cloudfront").list_distributions()["DistributionList"]
    listed["Items"][0] |= {"Staging": False, "LastModifiedTime": NOW}
    listed["Items"][0]["DefaultCacheBehavior"]["RealtimeLogConfigArn"] = log
    told = {"ARN": log, "Name": "r", "SamplingRate": rate, "EndPoints": [], "Fields": ["timestamp"]}
    said = {
        "cloudfront:ListDistributions": {"DistributionList": listed},
        "cloudfront:GetRealtimeLogConfig": {"RealtimeLogConfig": told},
    }
    facts = aws.facts("cloudfront", "log-delivery", source=watched(said=said))
    assert facts[arn].access_logged is logged


def test_what_stands_behind_a_limited_distribution_is_known_by_its_host_name(faked: Faked) -> None:
    acl = web_acl(faked, "edge", rate_rule(), scope="CLOUDFRONT")
    api, other = rest_api(faked, ("GET", "NONE", False)), rest_api(faked, ("GET", "NONE", False))
    web = balancer(faked, "web")
    host = faked.client("elbv2").describe_load_balancers()["LoadBalancers"][0]["DNSName"]
    for origin in (f"{api}.execute-api.{REGION}.amazonaws.com", host.upper()):
        distribution(faked, origin, WebACLId=acl)
    facts = faked.facts("cloudfront", "apigateway", "elbv2", "wafv2")
    assert "in front limits the rate" in facts[f"{REST}/{api}/stages/live"].rate_limited.reason
    assert "in front limits the rate" in facts[web].rate_limited.reason
    assert facts[f"{REST}/{other}/stages/live"].rate_limited is False


def test_what_rules_and_origins_compare_is_never_kept(faked: Faked) -> None:
    header = {
        "Field": "http-header",
        "HttpHeaderConfig": {"HttpHeaderName": "x-origin", "Values": ["only-we-know-this"]},
    }
    one = listener(faked, balancer(faked, "web"), 80, _FIXED)
    faked.client("elbv2").create_rule(ListenerArn=one, Priority=1, Conditions=[header], Actions=[forward(faked)])
    compared = {
        "SearchString": b"only-we-know-this",
        "FieldToMatch": {"SingleHeader": {"Name": "x-origin"}},
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
        "PositionalConstraint": "EXACTLY",
    }
    web_acl(faked, "w", {**rate_rule(), "Statement": {"ByteMatchStatement": compared}})
    distribution(faked, "a.example.com")
    kept = answers(faked, "elbv2", "wafv2", "cloudfront")
    assert all(text in kept for text in ('"Conditions":[{"Field":"(hidden)"', "ByteMatchStatement", "a.example.com"))
    assert not any(text in kept for text in ("only-we-know-this", "b25seS13ZS1rbm93LXRoaXM", "sesame"))
