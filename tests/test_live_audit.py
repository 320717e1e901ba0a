"""Audit and monitoring of a live account, through the real SDK."""

from __future__ import annotations

import json
import os
from collections.abc import Container
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from fake_store import Asked
from live import ACCOUNT, NOW, REGION, UNHURRIED, Answering, Denying, Faked
from scanner import run
from scanner.clouds.aws.audit.region_settings import records_global
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.clients import Tuning
from scanner.clouds.aws.live.collectors import COLLECTORS
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.calls import Answer
from scanner.collect.gather import Gathering, gather
from scanner.collect.reader import Source
from scanner.collect.shards import Target
from scanner.config import Config
from scanner.findings import Finding, Status
from scanner.model import Unknown
from scanner.run import Judged
from scanner.terraform.values import Block
from worlds import POLICIES

TRAILS = ("cloudtrail", "cloudtrail_lake", "s3", "dynamodb")
ALARMS = ("cloudwatch", "events", "logs", "sns")
REGIONAL = ("config", "guardduty", "ec2", "sqs", "bedrock", "iam", "lambda_", "s3")
HERE = f"aws:{ACCOUNT}:{REGION}"
OWN = f"aws:{ACCOUNT}"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}"
OPEN = Answer(pages=[], error="NoSuchPublicAccessBlockConfiguration")
BLOCKED = Answer(
    pages=[
        {
            "PublicAccessBlockConfiguration": dict.fromkeys(
                ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
            )
        }
    ]
)
MASK = json.dumps(
    {
        "Name": "mask",
        "Version": "2021-06-01",
        "Statement": [{"DataIdentifier": [], "Operation": {"Deidentify": {"MaskConfig": {}}}}],
    }
)


@pytest.fixture
def account(faked: Faked) -> Faked:
    """An account, without what moto lacks."""
    faked.fake.say("cloudtrail", "ListEventDataStores", {"EventDataStores": []})
    faked.fake.say("sns", "GetDataProtectionPolicy", {})
    return faked


def of(findings: tuple[Finding, ...], control: str) -> dict[str, Status]:
    return {f.subject: f.status for f in findings if f.control == control}


def reason(findings: tuple[Finding, ...], control: str, subject: str) -> str:
    return next(f.reason for f in findings if f.control == control and f.subject == subject)


@cache
def asked(_url: str) -> Source:
    """What asks the account; its clients are made once, which takes longer than all they are asked."""
    tuning = Tuning(attempts=2)
    return Connections(reach(Wanted(regions=(REGION,), tuning=tuning)).sessions, tuning=tuning, pace=UNHURRIED)


def scan(
    _account: Faked,
    *names: str,
    regions: tuple[str, ...] = (REGION,),
    deny: Container[str] = (),
    told: dict[str, Answer] | None = None,
) -> Judged:
    """Judge an account that has these regions alone, so that what is not there is a fact."""
    source = Denying(
        Answering(asked(os.environ["AWS_ENDPOINT_URL"]), {"GetPublicAccessBlock": BLOCKED, **(told or {})}), deny
    )
    chosen = [collector for collector in COLLECTORS if collector.name in names]
    assert len(chosen) == len(names)
    target = Target(account=ACCOUNT, regions=regions)
    collected = gather([target], Gathering(source=source, collectors=chosen, now=NOW))
    settings = run.Settings(policies=POLICIES, today=NOW.date(), config=Config())
    return run.judge_accounts(collected, settings)


def judged(account: Faked, *names: str, **how: Any) -> tuple[Finding, ...]:
    return scan(account, *names, **how).run.findings


def seen(account: Faked, *names: str, **how: Any) -> dict[str, Any]:
    return {item.id: item for item in scan(account, *names, **how).world.resources}


def trail(account: Faked, name: str, *, logging: bool = True, **how: Any) -> str:
    account.client("s3").create_bucket(Bucket=f"{name}-bucket")
    client = account.client("cloudtrail")
    arn = str(client.create_trail(Name=name, S3BucketName=f"{name}-bucket", **how)["TrailARN"])
    if logging:
        client.start_logging(Name=name)
    return arn


def delivered(account: Faked, **told: Any) -> None:
    account.fake.say("cloudtrail", "GetTrailStatus", {"IsLogging": True, **told})


def test_an_account_without_a_trail_fails(account: Faked) -> None:
    found = judged(account, *TRAILS)
    assert of(found, "audit-trail-complete") == {OWN: Status.FAIL}
    assert reason(found, "audit-trail-complete", OWN) == f"there is none in {OWN}"


@pytest.mark.parametrize("action", ["cloudtrail:DescribeTrails", "cloudtrail:ListEventDataStores"])
def test_an_account_whose_trails_were_refused_is_not_decided(account: Faked, action: str) -> None:
    found = judged(account, *TRAILS, deny={action})
    assert of(found, "audit-trail-complete")[OWN] is Status.UNKNOWN
    told = [f for f in found if f.control == "audit-trail-complete" and action in f.reason]
    assert {f.status for f in told} == {Status.UNKNOWN}


def test_an_account_of_which_a_region_was_not_read_is_not_decided(account: Faked) -> None:
    found = account.judge(*TRAILS, regions=(REGION,)).run.findings
    assert of(found, "audit-trail-complete") == {OWN: Status.UNKNOWN}


def test_trails_are_told_once_and_judged_by_what_they_record(account: Faked) -> None:
    main = trail(account, "main", IsMultiRegionTrail=True, EnableLogFileValidation=True)
    one = trail(account, "one")
    account.client("cloudtrail").put_event_selectors(
        TrailName="one", EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    )
    both = (REGION, "eu-west-1")
    trails = [r for r in scan(account, *TRAILS, regions=both).world.resources if r.kind == "audit_trail"]
    assert sorted(t.id for t in trails) == [main, one]
    facts: Any = {t.id: t for t in trails}
    assert (facts[main].all_regions, facts[main].management_events, facts[main].log_validation) == (True, True, True)
    assert (facts[main].account, facts[main].region, facts[one].log_validation) == (ACCOUNT, REGION, False)


def test_a_trail_that_writes_alone_fails(account: Faked) -> None:
    trail(account, "main", IsMultiRegionTrail=True)
    account.client("cloudtrail").put_event_selectors(
        TrailName="main", EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    )
    assert set(of(judged(account, *TRAILS), "audit-trail-complete").values()) == {Status.FAIL}
    denied = judged(account, *TRAILS, deny={"cloudtrail:GetEventSelectors"})
    assert set(of(denied, "audit-trail-complete").values()) == {Status.UNKNOWN}
    assert "cloudtrail:GetEventSelectors" in denied[[f.control for f in denied].index("audit-trail-complete")].reason


def test_a_trail_records_the_stores_of_conversations_that_there_are(account: Faked) -> None:
    main = trail(account, "main", IsMultiRegionTrail=True)
    assert seen(account, *TRAILS)[main].conversation_data_events is True
    denied = seen(account, *TRAILS, deny={"s3:ListAllMyBuckets"})[main].conversation_data_events
    assert isinstance(denied, Unknown)
    assert "s3:ListAllMyBuckets" in denied.reason
    s3 = account.client("s3")
    s3.create_bucket(Bucket="transcripts")
    s3.put_bucket_tagging(Bucket="transcripts", Tagging={"TagSet": [{"Key": "dataclass", "Value": "transcript"}]})
    assert seen(account, *TRAILS)[main].conversation_data_events is False
    objects = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::transcripts/"]}
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [objects]}
    account.client("cloudtrail").put_event_selectors(TrailName="main", EventSelectors=[selector])
    assert seen(account, *TRAILS)[main].conversation_data_events is True


def test_advanced_selectors_are_read_in_the_providers_words(account: Faked) -> None:
    main = trail(account, "main", IsMultiRegionTrail=True)
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "readOnly", "Equals": ["false"]}]
    account.client("cloudtrail").put_event_selectors(
        TrailName="main", AdvancedEventSelectors=[{"Name": "writes", "FieldSelectors": fields}]
    )
    facts = seen(account, *TRAILS)[main]
    assert (facts.management_events, facts.conversation_data_events) == (False, True)


@pytest.mark.parametrize(
    ("status", "expected", "because"),
    [
        ({"LatestDeliveryTime": NOW - timedelta(minutes=9)}, Status.PASS, ""),
        ({"LatestDeliveryTime": NOW - timedelta(days=3)}, Status.FAIL, "its last delivery was 3 days ago"),
        ({"LatestDeliveryTime": NOW - timedelta(hours=23)}, Status.PASS, ""),
        ({"LatestDeliveryTime": NOW - timedelta(hours=46)}, Status.FAIL, "its last delivery was 46 hours ago"),
        (
            {"LatestDeliveryTime": NOW, "LatestDeliveryError": "AccessDenied"},
            Status.FAIL,
            "its last delivery failed: AccessDenied",
        ),
        ({"StartLoggingTime": NOW - timedelta(days=30)}, Status.FAIL, "it never delivered anything"),
        ({"StartLoggingTime": NOW - timedelta(minutes=3)}, Status.UNKNOWN, "switched on less than a day ago"),
        ({"IsLogging": False, "LatestDeliveryTime": NOW}, Status.FAIL, "it is switched off"),
    ],
)
def test_a_trail_delivers(account: Faked, status: dict[str, Any], expected: Status, because: str) -> None:
    main = trail(account, "main")
    delivered(account, **status)
    found = judged(account, *TRAILS)
    assert of(found, "audit-trail-delivers") == {main: expected}
    assert because in reason(found, "audit-trail-delivers", main)


def test_a_refused_status_leaves_delivery_open(account: Faked) -> None:
    main = trail(account, "main")
    found = judged(account, *TRAILS, deny={"cloudtrail:GetTrailStatus"})
    assert of(found, "audit-trail-delivers") == {main: Status.UNKNOWN}
    assert "cloudtrail:GetTrailStatus" in reason(found, "audit-trail-delivers", main)


def test_an_organizations_trail_counts_in_each_of_its_accounts(account: Faked) -> None:
    arn = f"arn:aws:cloudtrail:{REGION}:999999999999:trail/org"
    told = {"Name": "org", "S3BucketName": "archive", "HomeRegion": REGION, "TrailARN": arn}
    how = {"IsMultiRegionTrail": True, "IsOrganizationTrail": True, "HasCustomEventSelectors": False}
    account.fake.say("cloudtrail", "DescribeTrails", {"trailList": [told | how]})
    delivered(account, LatestDeliveryTime=NOW)
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
    account.fake.say("cloudtrail", "GetEventSelectors", {"TrailARN": arn, "EventSelectors": [selector]})
    found = judged(account, *TRAILS)
    here = f"{arn}@{ACCOUNT}"
    assert of(found, "audit-trail-complete") == {here: Status.PASS}
    assert of(found, "audit-trail-immutable") == {here: Status.FAIL}


def test_event_data_stores_are_trails(account: Faked) -> None:
    arn = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:eventdatastore/1"
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}]
    about = {
        "EventDataStoreArn": arn,
        "Name": "lake",
        "Status": "ENABLED",
        "MultiRegionEnabled": True,
        "TerminationProtectionEnabled": False,
        "AdvancedEventSelectors": [{"FieldSelectors": fields}],
    }
    account.fake.say(
        "cloudtrail", "ListEventDataStores", {"EventDataStores": [{"EventDataStoreArn": arn, "Name": "lake"}]}
    )
    account.fake.say("cloudtrail", "GetEventDataStore", about)
    tags = [{"Key": "environment", "Value": "staging"}, {"Key": "dataclass", "Value": "security_log"}]
    account.fake.say("cloudtrail", "ListTags", {"ResourceTagList": [{"ResourceId": arn, "TagsList": tags}]})
    facts = seen(account, *TRAILS)[arn]
    assert (facts.environment, facts.data) == ("staging", ("security_log",))
    untold = seen(account, *TRAILS, deny={"cloudtrail:ListTags"})[arn]
    for fact in (untold.environment, untold.data):
        assert isinstance(fact, Unknown)
        assert "cloudtrail:ListTags" in fact.reason
    assert (facts.all_regions, facts.management_events, facts.delivers) == (True, True, True)
    assert facts.destination_immutable is False
    account.fake.say("cloudtrail", "GetEventDataStore", about | {"Status": "STOPPED_INGESTION"})
    facts = seen(account, *TRAILS)[arn]
    assert (facts.management_events, facts.delivers) == (False, False)
    refused = seen(account, *TRAILS, deny={"cloudtrail:GetEventDataStore"})[arn]
    for fact in (refused.all_regions, refused.management_events, refused.delivers, refused.destination_immutable):
        assert isinstance(fact, Unknown)
        assert "cloudtrail:GetEventDataStore" in fact.reason


def alarm(account: Faked, name: str, *actions: str, enabled: bool = True) -> str:
    account.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="audit",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        ActionsEnabled=enabled,
        AlarmActions=list(actions),
    )
    return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"


def topic(account: Faked, name: str) -> str:
    """A topic; that of who is on call has a receiver who confirmed, which moto does not count."""

    def attributes(ask: Asked) -> dict[str, Any]:
        confirmed = ask.parameters["TopicArn"].endswith(":on-call")
        return {"Attributes": {"TopicArn": ask.parameters["TopicArn"], "SubscriptionsConfirmed": str(int(confirmed))}}

    account.fake.say("sns", "GetTopicAttributes", attributes)
    return str(account.client("sns").create_topic(Name=name)["TopicArn"])


def test_alarms_are_heard_by_who_confirmed(account: Faked) -> None:
    heard, silent = topic(account, "on-call"), topic(account, "nobody")
    alarms = {
        alarm(account, "heard", heard): Status.PASS,
        alarm(account, "unheard", silent): Status.FAIL,
        alarm(account, "either", silent, heard): Status.PASS,
        alarm(account, "off", heard, enabled=False): Status.FAIL,
        alarm(account, "gone", f"{TOPIC}:gone"): Status.FAIL,
        alarm(account, "mute"): Status.FAIL,
        alarm(account, "child"): Status.PASS,
        alarm(account, "scales", f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:1:x"): Status.PASS,
        alarm(account, "elsewhere", f"arn:aws:sns:{REGION}:999999999999:soc"): Status.UNKNOWN,
    }
    parent = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:parent"
    about = {"AlarmName": "parent", "AlarmArn": parent, "AlarmRule": "ALARM(child) OR ALARM(children)"}
    composite = about | {"ActionsEnabled": True, "AlarmActions": [heard]}
    found = judged(
        account, *ALARMS, told={"DescribeAlarms CompositeAlarm": Answer(pages=[{"CompositeAlarms": [composite]}])}
    )
    assert of(found, "alarm-received") == alarms | {parent: Status.PASS}


def test_alarms_are_heard_through_composites_that_act(account: Faked) -> None:
    heard, silent = topic(account, "on-call"), topic(account, "nobody")
    alarms = {
        alarm(account, "child"): Status.PASS,
        alarm(account, "muffled"): Status.FAIL,
        alarm(account, "nested"): Status.PASS,
        alarm(account, "api"): Status.FAIL,
        alarm(account, "api-errors"): Status.PASS,
        alarm(account, "spaced"): Status.PASS,
        alarm(account, "unheard", silent): Status.PASS,
        alarm(account, "twice", silent): Status.FAIL,
    }
    prefix = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:"
    composites = []
    for name, rule, enabled, actions, expected in (
        ("any", f'ALARM("child") OR ALARM({prefix}api-errors) OR ALARM( unheard )', True, [heard], Status.PASS),
        ("off", "ALARM(muffled)", False, [heard], Status.FAIL),
        ("inner", "ALARM(nested) AND NOT ALARM(outer)", True, [], Status.PASS),
        ("outer", "ALARM('inner') OR ALARM( \"spaced\" )", True, [heard], Status.PASS),
        ("mute", "ALARM(twice)", True, [silent], Status.FAIL),
    ):
        told = {"AlarmName": name, "AlarmArn": prefix + name, "AlarmRule": rule, "ActionsEnabled": enabled}
        composites.append(told | {"AlarmActions": actions})
        alarms[prefix + name] = expected
    answers = {"DescribeAlarms CompositeAlarm": Answer(pages=[{"CompositeAlarms": composites}])}
    assert of(judged(account, *ALARMS, told=answers), "alarm-received") == alarms
    facts = seen(account, *ALARMS, told=answers)
    assert {name: facts[prefix + name].notifies for name in ("nested", "muffled", "api")} == {
        "nested": True,
        "muffled": False,
        "api": False,
    }


def test_rules_are_heard_by_their_targets(account: Faked) -> None:
    heard, silent = topic(account, "on-call"), topic(account, "nobody")
    events = account.client("events")
    events.create_event_bus(Name="chat")
    account.client("sqs").create_queue(QueueName="q")
    rules = {}
    for name, bus, target, expected in (
        ("heard", "default", heard, Status.PASS),
        ("unheard", "chat", silent, Status.FAIL),
        ("queued", "default", f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", Status.PASS),
        ("unqueued", "default", f"arn:aws:sqs:{REGION}:{ACCOUNT}:gone", Status.FAIL),
        ("foreign", "default", f"arn:aws:sqs:{REGION}:999999999999:q", Status.UNKNOWN),
        ("idle", "default", "", Status.FAIL),
    ):
        arn = events.put_rule(Name=name, EventBusName=bus, EventPattern='{"source":["aws.iam"]}')["RuleArn"]
        if target:
            sent = {"Id": "1", "Arn": target, "Input": '{"password":"hunter2-hunter2"}'}
            events.put_targets(Rule=name, EventBusName=bus, Targets=[sent])
        rules[arn] = expected
    off = events.put_rule(Name="off", ScheduleExpression="rate(1 day)", State="DISABLED")["RuleArn"]
    found = judged(account, *ALARMS, "sqs")
    assert of(found, "alarm-received") == rules
    assert seen(account, *ALARMS, "sqs")[off].enabled is False
    denied = judged(account, *ALARMS, "sqs", deny={"events:ListTargetsByRule"})
    assert set(of(denied, "alarm-received").values()) == {Status.UNKNOWN}
    assert "events:ListTargetsByRule" in next(f.reason for f in denied if f.control == "alarm-received")
    denied = judged(account, *ALARMS, "sqs", deny={"sqs:ListQueues"})
    queued = next(arn for arn in rules if arn.endswith("/unqueued"))
    assert of(denied, "alarm-received")[queued] is Status.UNKNOWN
    assert "sqs:ListQueues" in reason(denied, "alarm-received", queued)


def test_an_alarm_is_heard_by_a_function_that_is_there(account: Faked) -> None:
    here = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
    account.fake.say(
        "lambda", "ListFunctions", {"Functions": [{"FunctionName": "page", "FunctionArn": f"{here}:page"}]}
    )
    alarms = {
        alarm(account, "whole", f"{here}:page"): Status.PASS,
        alarm(account, "alias", f"{here}:page:live"): Status.PASS,
        alarm(account, "gone", f"{here}:gone"): Status.FAIL,
        alarm(account, "foreign", f"arn:aws:lambda:{REGION}:999999999999:function:page"): Status.UNKNOWN,
    }
    found = judged(account, *ALARMS, "lambda")
    assert of(found, "alarm-received") == alarms
    gone = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:gone"
    assert reason(found, "alarm-received", gone) == f"{here}:gone does not exist"
    denied = judged(account, *ALARMS, "lambda", deny={"lambda:ListFunctions"})
    assert set(of(denied, "alarm-received").values()) == {Status.UNKNOWN}
    assert "lambda:ListFunctions" in reason(denied, "alarm-received", gone)


@pytest.mark.parametrize("action", ["sns:ListTopics", "sns:GetTopicAttributes"])
def test_topics_that_were_refused_decide_no_alarm(account: Faked, action: str) -> None:
    arns = [alarm(account, "heard", topic(account, "on-call")), alarm(account, "gone", f"{TOPIC}:gone")]
    denied = judged(account, *ALARMS, deny={action})
    assert of(denied, "alarm-received")[arns[0]] is Status.UNKNOWN
    assert action in reason(denied, "alarm-received", arns[0])
    expected = Status.UNKNOWN if action == "sns:ListTopics" else Status.FAIL
    assert of(denied, "alarm-received")[arns[1]] is expected


def test_a_metric_filter_needs_an_alarm_of_its_own_region(account: Faked) -> None:
    for region in (REGION, "eu-west-1"):
        logs = account.client("logs", region)
        logs.create_log_group(logGroupName="trail")
        logs.put_metric_filter(
            logGroupName="trail",
            filterName="failures",
            filterPattern="x",
            metricTransformations=[{"metricName": "heard", "metricNamespace": "audit", "metricValue": "1"}],
        )
    alarm(account, "heard", topic(account, "on-call"))
    both = (REGION, "eu-west-1")
    facts = seen(account, *ALARMS, regions=both)
    told = {id_.split(":")[3]: found.notifies for id_, found in facts.items() if "metric-filter" in id_}
    assert told == {REGION: True, "eu-west-1": False}
    denied = seen(account, *ALARMS, regions=both, deny={"cloudwatch:DescribeAlarms"})
    unread = [found.notifies for id_, found in denied.items() if "metric-filter" in id_]
    assert all("cloudwatch:DescribeAlarms" in fact.reason for fact in unread)


def group(account: Faked, name: str, tags: dict[str, str] | None = None, days: int = 0) -> str:
    logs = account.client("logs")
    logs.create_log_group(logGroupName=name, **({"tags": tags} if tags else {}))
    if days:
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"


def test_log_groups_are_read_with_retention_and_tags(account: Faked) -> None:
    kept = group(account, "chat", {"dataclass": "transcript", "env": "prod"}, 30)
    endless = group(account, "other")
    found = judged(account, "logs")
    assert of(found, "store-retention-set") == {kept: Status.PASS, endless: Status.FAIL}
    facts = seen(account, "logs")
    assert (facts[kept].data, facts[kept].retention_days, facts[kept].environment) == (("transcript",), 30, "prod")
    denied = judged(account, "logs", deny={"tag:GetResources"})
    gone = {f.control: f for f in denied if f.subject == HERE}
    assert "tag:GetResources" in gone["store-encrypted-with-customer-key"].reason


def test_a_security_log_comes_in(account: Faked) -> None:
    busy, silent = (group(account, name, {"dataclass": "security_log"}) for name in ("busy", "silent"))
    group(account, "app")
    point = {"Namespace": "AWS/Logs", "MetricName": "IncomingBytes", "Value": 9}
    data = {"MetricData": [point | {"Timestamp": NOW - timedelta(hours=2), "Dimensions": [dimension("busy")]}]}
    old = {"MetricData": [point | {"Timestamp": NOW - timedelta(days=3), "Dimensions": [dimension("silent")]}]}
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_data(Namespace="AWS/Logs", MetricData=[without_space(data)])
    cloudwatch.put_metric_data(Namespace="AWS/Logs", MetricData=[without_space(old)])
    found = judged(account, "logs")
    assert of(found, "security-log-receives") == {busy: Status.PASS, silent: Status.FAIL}
    denied = judged(account, "logs", deny={"cloudwatch:GetMetricData"})
    assert of(denied, "security-log-receives") == {busy: Status.UNKNOWN, silent: Status.UNKNOWN}
    assert "cloudwatch:GetMetricData" in reason(denied, "security-log-receives", silent)


def series(number: int, status: str, *values: float) -> dict[str, Any]:
    """What CloudWatch tells of one metric in a page; without a status it is left out."""
    times = [(NOW - timedelta(hours=2)).isoformat()] * len(values)
    return {"Id": f"g{number}", "Timestamps": times, "Values": [*values], **({"StatusCode": status} if status else {})}


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([[series(0, "Complete")]], Status.FAIL),
        ([[series(0, "InternalError")]], Status.UNKNOWN),
        ([[series(0, "Forbidden")]], Status.UNKNOWN),
        ([[series(0, "PartialData")]], Status.UNKNOWN),
        ([[series(0, "")]], Status.UNKNOWN),
        ([[]], Status.UNKNOWN),
        ([[series(0, "PartialData", 0.0)], [series(0, "Complete")]], Status.FAIL),
        ([[series(0, "Complete")], [series(0, "InternalError")]], Status.UNKNOWN),
        ([[series(0, "PartialData", 9.0)]], Status.PASS),
        ([[series(0, "PartialData")], [series(0, "Complete", 9.0)]], Status.PASS),
    ],
)
def test_what_cloudwatch_did_not_compute_is_not_silence(
    account: Faked, pages: list[list[dict[str, Any]]], expected: Status
) -> None:
    arn = group(account, "audit", {"dataclass": "security_log"})
    told = {"GetMetricData": Answer(pages=[{"MetricDataResults": results} for results in pages])}
    found = judged(account, "logs", told=told)
    assert of(found, "security-log-receives") == {arn: expected}
    if expected is Status.UNKNOWN:
        why = reason(found, "security-log-receives", arn)
        assert f"on cloudwatch:GetMetricData in {ACCOUNT} {REGION}" in why


def dimension(name: str) -> dict[str, str]:
    return {"Name": "LogGroupName", "Value": name}


def without_space(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data["MetricData"][0].items() if key != "Namespace"}


def test_log_groups_mask_by_their_own_policy_or_the_accounts(account: Faked) -> None:
    arns = [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}" for name in ("own", "none")]
    groups = [{"logGroupName": arn.rpartition(":")[2], "logGroupArn": arn, "arn": f"{arn}:*"} for arn in arns]
    groups[0]["dataProtectionStatus"] = "ACTIVATED"
    account.fake.say("logs", "DescribeLogGroups", {"logGroups": groups})
    account.fake.say("logs", "GetDataProtectionPolicy", {"logGroupIdentifier": "own", "policyDocument": MASK})

    def masks(*deny: str) -> list[Any]:
        facts = seen(account, "logs", deny=deny)
        return [facts[arn].masks_personal_data for arn in arns]

    assert masks() == [True, False]
    assert "logs:GetDataProtectionPolicy" in masks("logs:GetDataProtectionPolicy")[0].reason
    assert "logs:DescribeAccountPolicies" in masks("logs:DescribeAccountPolicies")[1].reason
    policy = {"policyName": "all", "policyType": "DATA_PROTECTION_POLICY", "policyDocument": MASK}
    account.fake.say("logs", "DescribeAccountPolicies", {"accountPolicies": [policy]})
    assert masks() == [True, True]


def test_queues_and_topics_are_read_with_encryption_and_policy(account: Faked) -> None:
    sqs, sns = account.client("sqs"), account.client("sns")
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}],
    }
    sqs.create_queue(QueueName="safe", tags={"dataclass": "prompt"})
    sqs.create_queue(QueueName="open", Attributes={"Policy": json.dumps(policy), "SqsManagedSseEnabled": "false"})
    sns.create_topic(Name="plain", Tags=[{"Key": "dataclass", "Value": "prompt"}])
    sns.create_topic(Name="keyed", Attributes={"KmsMasterKeyId": "alias/aws/sns"})
    facts = seen(account, "sqs", "sns")
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}"
    assert (facts[f"{arn}:safe"].encrypted, facts[f"{arn}:safe"].public) == (True, False)
    assert (facts[f"{arn}:safe"].data, facts[f"{arn}:safe"].retention_days) == (("prompt",), 4)
    assert (facts[f"{arn}:open"].encrypted, facts[f"{arn}:open"].public) == (False, True)
    assert (facts[f"{TOPIC}:plain"].encrypted, facts[f"{TOPIC}:plain"].data) == (False, ("prompt",))
    assert (facts[f"{TOPIC}:keyed"].encrypted, facts[f"{TOPIC}:keyed"].key_owner) == (True, "provider")
    assert (facts[f"{TOPIC}:keyed"].public, facts[f"{TOPIC}:keyed"].masks_personal_data) == (False, False)


@pytest.mark.parametrize(
    ("collector", "action", "type_"),
    [
        ("sqs", "sqs:ListQueues", "queue"),
        ("sqs", "sqs:GetQueueAttributes", "queue"),
        ("sqs", "tag:GetResources", "queue"),
        ("sns", "sns:ListTopics", "topic"),
        ("sns", "sns:GetTopicAttributes", "topic"),
        ("sns", "tag:GetResources", "topic"),
        ("logs", "logs:DescribeLogGroups", "log_group"),
        ("logs", "tag:GetResources", "log_group"),
    ],
)
def test_a_refused_call_changes_no_verdict(account: Faked, collector: str, action: str, type_: str) -> None:
    data = {"dataclass": "prompt"}
    account.client("sqs").create_queue(QueueName="q", Attributes={"SqsManagedSseEnabled": "false"}, tags=data)
    account.client("sns").create_topic(Name="t", Tags=[{"Key": "dataclass", "Value": "prompt"}])
    group(account, "g", data)
    before = judged(account, collector)
    after = judged(account, collector, deny={action})
    kept = {(f.control, f.subject): f.status for f in after}
    scopes = {f.control for f in after if f.subject == HERE and f.status is Status.UNKNOWN and action in f.reason}
    assert any(f.status is Status.FAIL for f in before), type_
    for finding in before:
        now = kept.get((finding.control, finding.subject))
        if finding.status is Status.FAIL:
            assert now in {Status.FAIL, Status.UNKNOWN} or finding.control in scopes, finding
        elif finding.status is Status.PASS:
            assert now is not Status.FAIL, finding


def recorder(account: Faked, region: str = REGION, **group: Any) -> None:
    """A recorder that runs and delivers."""
    config = account.client("config", region)
    about = {"name": "default", "roleARN": f"arn:aws:iam::{ACCOUNT}:role/x", "recordingGroup": group}
    config.put_configuration_recorder(ConfigurationRecorder=about)
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "kept"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


def sound_region(account: Faked) -> None:
    account.client("sqs").create_queue(QueueName="used")
    account.client("guardduty").create_detector(Enable=True)
    account.client("ec2").enable_ebs_encryption_by_default()
    recorder(account, allSupported=True, includeGlobalResourceTypes=True)


CONTROLS = ("region-changes-recorded", "region-threats-detected", "region-volumes-encrypted")


def test_a_region_in_use_is_watched(account: Faked) -> None:
    account.client("s3").create_bucket(Bucket="kept")
    sound_region(account)
    found = judged(account, "config", "guardduty", "ec2", "sqs", "s3")
    assert [of(found, control) for control in CONTROLS] == [{HERE: Status.PASS}] * 3
    assert of(found, "account-public-access-blocked") == {OWN: Status.PASS}
    config = account.client("config")
    config.stop_configuration_recorder(ConfigurationRecorderName="default")
    found = judged(account, "config")
    assert of(found, "region-changes-recorded") == {}
    found = judged(account, "config", "sqs")
    assert of(found, "region-changes-recorded") == {HERE: Status.FAIL}


def test_one_region_of_an_account_records_global_types(account: Faked) -> None:
    account.client("s3").create_bucket(Bucket="kept")
    account.client("sqs").create_queue(QueueName="used")
    both, control = (REGION, "eu-west-1"), "region-changes-recorded"
    for region in both:
        recorder(account, region, allSupported=True, includeGlobalResourceTypes=False)
    found = judged(account, "config", "sqs", regions=both)
    assert of(found, control) == {HERE: Status.FAIL}
    assert "records global types" in reason(found, control, HERE)
    recorder(account, "eu-west-1", allSupported=True, includeGlobalResourceTypes=True)
    assert of(judged(account, "config", "sqs", regions=both), control) == {HERE: Status.PASS}
    unread = account.judge("config", "sqs", regions=(REGION,)).run.findings
    assert of(unread, control)[HERE] is Status.UNKNOWN
    account.client("config", "eu-west-1").stop_configuration_recorder(ConfigurationRecorderName="default")
    assert of(judged(account, "config", "sqs", regions=both), control) == {HERE: Status.FAIL}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ({"include_global_resource_types": True}, True),
        ({}, False),
        ({"resource_types": ["AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"]}, True),
        ({"resource_types": ["AWS::IAM::User"]}, False),
        ({"exclusion_by_resource_types": [{"resource_types": ["AWS::EC2::Volume"]}]}, True),
        ({"exclusion_by_resource_types": [{"resource_types": ["AWS::IAM::Role"]}]}, False),
    ],
)
def test_global_types_are_recorded_by_flag_or_by_name(group: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    assert records_global(Block({"recording_group": [group]}, {}, {}, "recorder")) is expected


def test_a_region_in_use_without_anything_fails_and_one_that_is_empty_is_left_alone(account: Faked) -> None:
    account.client("sqs").create_queue(QueueName="used")
    both = (REGION, "eu-west-1")
    found = judged(
        account, "config", "guardduty", "ec2", "sqs", "s3", regions=both, told={"GetPublicAccessBlock": OPEN}
    )
    assert [of(found, control) for control in CONTROLS] == [{HERE: Status.FAIL}] * 3
    assert of(found, "account-public-access-blocked") == {OWN: Status.FAIL}


@pytest.mark.parametrize(
    ("action", "control"),
    [
        ("config:DescribeConfigurationRecorders", "region-changes-recorded"),
        ("config:DescribeConfigurationRecorderStatus", "region-changes-recorded"),
        ("config:DescribeDeliveryChannels", "region-changes-recorded"),
        ("guardduty:ListDetectors", "region-threats-detected"),
        ("guardduty:GetDetector", "region-threats-detected"),
        ("ec2:GetEbsEncryptionByDefault", "region-volumes-encrypted"),
        ("s3:GetAccountPublicAccessBlock", "account-public-access-blocked"),
    ],
)
def test_a_refused_setting_of_a_region_is_not_decided(account: Faked, action: str, control: str) -> None:
    account.client("s3").create_bucket(Bucket="kept")
    sound_region(account)
    found = judged(account, "config", "guardduty", "ec2", "sqs", "s3", deny={action})
    assert set(of(found, control).values()) == {Status.UNKNOWN}
    assert action in next(f.reason for f in found if f.control == control)


def test_models_are_used_where_something_runs_that_may_call_them(account: Faked) -> None:
    both = (REGION, "eu-west-1")
    iam = account.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="chat", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]

    def uses(*deny: str) -> dict[str, Any]:
        facts = seen(account, "iam", "ec2", regions=both, deny=deny)
        return {id_: found.uses_models for id_, found in facts.items() if id_.startswith("aws:")}

    assert uses() == {OWN: False, HERE: False, f"{OWN}:eu-west-1": False}
    refused = uses("iam:GetAccountAuthorizationDetails")
    assert all("iam:GetAccountAuthorizationDetails" in fact.reason for fact in refused.values())
    invoke = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}
    iam.put_role_policy(
        RoleName="chat", PolicyName="call", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [invoke]})
    )
    assert role
    assert uses() == {OWN: True, HERE: False, f"{OWN}:eu-west-1": False}
    ec2 = account.client("ec2")
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)
    assert uses() == {OWN: True, HERE: True, f"{OWN}:eu-west-1": False}
    named = invoke | {"Resource": "arn:aws:bedrock:eu-west-1::foundation-model/x"}
    iam.put_role_policy(
        RoleName="chat", PolicyName="call", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [named]})
    )
    assert uses() == {OWN: True, HERE: False, f"{OWN}:eu-west-1": True}


def test_an_account_tells_whether_it_stores_conversations(account: Faked) -> None:
    def stores(*deny: str) -> Any:
        return seen(account, "sqs", deny=deny)[OWN].stores_conversations

    assert stores() is False
    assert "sqs:ListQueues" in stores("sqs:ListQueues").reason
    account.client("sqs").create_queue(QueueName="q", tags={"dataclass": "prompt"})
    assert stores() is True
    assert "tag:GetResources" in stores("tag:GetResources").reason
