"""What hands on what in a live account by itself: topics to subscribers, buckets to receivers and to their copies."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from denials import connections
from fake_aws import Asked, Fault
from flows import hidden, told
from live import ACCOUNT, REGION, Answering, Faked, settings_of
from scanner.collect.calls import Answer
from test_live_compute import function, role
from test_live_senders import queue

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:refunds"
OTHER = f"{TOPIC}:00000000-0000-4000-8000-000000000001"
HOOK = "https://ann:planted@hooks.example.com/services/planted?token=planted"


def topic(faked: Faked) -> tuple[str, str, str]:
    """A topic with a queue, a function, a URL and an address subscribed; the queue's failures go elsewhere."""
    client = faked.client("sns")
    client.create_topic(Name="refunds")
    jobs, lost, work = queue(faked, "jobs"), queue(faked, "lost"), function(faked, "work", role(faked, "work"))
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": lost}), "FilterPolicy": '{"who": ["planted"]}'}
    client.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=jobs, Attributes=redrive)
    client.subscribe(TopicArn=TOPIC, Protocol="lambda", Endpoint=work)
    client.subscribe(TopicArn=TOPIC, Protocol="https", Endpoint=HOOK)
    client.subscribe(TopicArn=TOPIC, Protocol="email", Endpoint="planted@mail.example.org")
    client.subscribe(TopicArn=TOPIC, Protocol="sms", Endpoint="+15550100")
    return jobs, lost, work


def test_subscribers_of_topics_are_told(faked: Faked) -> None:
    jobs, lost, work = topic(faked)
    judged = faked.judge("iam", "lambda", "sns", "sqs")
    assert told(judged.world, "aws-sns-subscription", "aws-dead-letter") == {
        (TOPIC, "sends_to", jobs, "declared"),
        (TOPIC, "sends_to", lost, "declared"),
        (TOPIC, "triggers", work, "declared"),
        (TOPIC, "sends_to", "ext:hooks.example.com", "declared"),
        (TOPIC, "sends_to", "ext:mail.example.org", "declared"),
        (TOPIC, "sends_to", "ext:sms", "declared"),
    }
    assert TOPIC not in hidden(judged.world)
    assert "planted" not in str(faked.collect("sns"))
    assert "5550100" not in str(faked.collect("sns"))


def test_subscribers_of_other_accounts_are_asked_for_where_a_topic_has_more(faked: Faked) -> None:
    topic(faked)
    faked.fake.say("sns", "GetTopicAttributes", {"Attributes": {"SubscriptionsConfirmed": "6"}})
    theirs = f"arn:aws:sqs:{REGION}:210987654321:theirs"
    more = {"SubscriptionArn": OTHER, "Owner": "210987654321", "Protocol": "sqs", "Endpoint": theirs, "TopicArn": TOPIC}
    pending = {**more, "SubscriptionArn": "PendingConfirmation"}
    faked.fake.say("sns", "ListSubscriptionsByTopic", {"Subscriptions": [more, pending]})
    faked.fake.say("sns", "GetSubscriptionAttributes", {"Attributes": {}})
    names = ("iam", "lambda", "sns", "sqs")
    found = told(faked.judge(*names).world, "aws-sns-subscription")
    assert (TOPIC, "sends_to", f"ext:{theirs}", "declared") in found
    assert len(found) == 6
    why = hidden(faked.judge(*names, deny={"sns:ListSubscriptionsByTopic"}).world)[TOPIC]
    assert "sns:ListSubscriptionsByTopic" in why


@pytest.mark.parametrize("action", ["sns:ListSubscriptions", "sns:GetSubscriptionAttributes"])
def test_subscribers_that_may_not_be_read_hide_flows(faked: Faked, action: str) -> None:
    topic(faked)
    judged = faked.judge("iam", "lambda", "sns", "sqs", deny={action})
    assert action in hidden(judged.world)[TOPIC]
    assert action in {gap.call for gap in judged.run.gaps}


def test_an_endpoint_that_is_odd_is_hidden(faked: Faked) -> None:
    topic(faked)
    odd = {"SubscriptionArn": OTHER, "Owner": ACCOUNT, "TopicArn": TOPIC}
    for protocol, endpoint in (("https", "https://[planted"), ("email", "planted"), ("application", "planted")):
        given = {**odd, "Protocol": protocol, "Endpoint": endpoint}
        faked.fake.say("sns", "ListSubscriptions", {"Subscriptions": [given]})
        faked.fake.say("sns", "GetSubscriptionAttributes", {"Attributes": {}})
        found = settings_of(faked.collect("sns"))[OTHER]
        assert found["protocol"] == protocol
        assert "planted" not in str(found)


NEW = {"Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "planted/"}]}}}
UPLOADS, COPY, OLD = (f"arn:aws:s3:::acme-{name}" for name in ("uploads", "copy", "old"))


def buckets(faked: Faked) -> tuple[str, str]:
    """A bucket that tells a queue, a function and a topic of its objects; it is copied to another, not to a third."""
    client = faked.client("s3")
    for name in ("acme-uploads", "acme-copy", "acme-old"):
        client.create_bucket(Bucket=name)
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    client.create_bucket(Bucket="acme-plain")
    jobs, work = queue(faked, "jobs"), function(faked, "work", role(faked, "work"))
    faked.client("sns").create_topic(Name="refunds")
    told_of = {
        "QueueConfigurations": [{"QueueArn": jobs, **NEW}],
        "LambdaFunctionConfigurations": [{"LambdaFunctionArn": work, **NEW}],
        "TopicConfigurations": [{"TopicArn": TOPIC, **NEW}],
    }
    client.put_bucket_notification_configuration(Bucket="acme-uploads", NotificationConfiguration=told_of)
    rules = [
        {"ID": "all", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": "planted/"}, **copied(COPY)},
        {"ID": "off", "Priority": 2, "Status": "Disabled", "Filter": {"Prefix": ""}, **copied(OLD)},
    ]
    made = {"Role": f"arn:aws:iam::{ACCOUNT}:role/copies", "Rules": rules}
    client.put_bucket_replication(Bucket="acme-uploads", ReplicationConfiguration=made)
    return jobs, work


def copied(bucket: str) -> dict[str, Any]:
    return {"Destination": {"Bucket": bucket}, "DeleteMarkerReplication": {"Status": "Disabled"}}


def test_whom_buckets_tell_and_where_they_are_copied_to(faked: Faked) -> None:
    jobs, work = buckets(faked)
    names = ("iam", "lambda", "s3", "sns", "sqs")
    world = faked.judge(*names).world
    assert told(world, "aws-s3-notification", "aws-replication") == {
        (UPLOADS, "sends_to", jobs, "declared"),
        (UPLOADS, "triggers", work, "declared"),
        (UPLOADS, "sends_to", TOPIC, "declared"),
        (UPLOADS, "replicates_to", COPY, "declared"),
    }
    assert not hidden(world).keys() & {UPLOADS, COPY, OLD}
    found = settings_of(faked.collect("s3"))
    assert "planted" not in str(found)
    assert [one for one in found if one.endswith(("?notification", "?replication"))] == [
        f"{UPLOADS}?notification", f"{UPLOADS}?replication",
    ]  # fmt: skip


def test_a_bucket_that_tells_eventbridge_alone(faked: Faked) -> None:
    faked.client("s3").create_bucket(Bucket="acme-uploads")
    told_of = Answer(pages=[{"EventBridgeConfiguration": {}}])  # moto keeps no rule of EventBridge alone
    source = Answering(connections(), {"GetBucketNotificationConfiguration": told_of})
    found = settings_of(faked.collect("s3", source=source))[f"{UPLOADS}?notification"]
    assert found == {"bucket": "acme-uploads", "eventbridge": True, "lambda_function": [], "queue": [], "topic": []}


@pytest.mark.parametrize("action", ["s3:GetBucketNotification", "s3:GetReplicationConfiguration"])
def test_receivers_of_a_bucket_that_may_not_be_read_hide_flows(faked: Faked, action: str) -> None:
    buckets(faked)
    judged = faked.judge("iam", "lambda", "s3", "sns", "sqs", deny={action})
    assert action in hidden(judged.world)[UPLOADS]
    assert action in {gap.call for gap in judged.run.gaps}


def machine(faked: Faked, *, level: str = "ALL") -> tuple[str, str, str]:
    """A state machine that calls a function, keeps a session, and asks a model and somebody else's API."""
    faked.client("logs").create_log_group(logGroupName="/machines")
    work = function(faked, "work", role(faked, "work"))
    calls: dict[str, dict[str, Any]] = {
        "Ask": {
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": work, "Payload": "planted"},
        },
        "Keep": {"Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": {"TableName": "sessions"}},
        "Say": {
            "Resource": "arn:aws:states:::bedrock:invokeModel",
            "Parameters": {"ModelId": "anthropic.claude-3-haiku-20240307-v1:0", "Body": {"prompt": "planted"}},
        },
        "Tell": {
            "Resource": "arn:aws:states:::http:invoke",
            "Parameters": {"ApiEndpoint": "https://crm.example.com/planted", "Headers": {"X-Key": "planted"}},
        },
    }
    states = {name: {"Type": "Task", "End": True, **call} for name, call in calls.items()}
    branches = {
        "Type": "Parallel",
        "Branches": [{"StartAt": name, "States": {name: one}} for name, one in states.items()],
    }
    made = faked.client("stepfunctions").create_state_machine(
        name="refunds",
        definition=json.dumps({"StartAt": "All", "States": {"All": {**branches, "End": True}}}),
        roleArn=role(faked, "machine"),
        loggingConfiguration={
            "level": level,
            "includeExecutionData": True,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": f"{GROUP}:*"}}],
        },
    )
    return str(made["stateMachineArn"]), work, GROUP


GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/machines"
MACHINES = ("iam", "lambda", "stepfunctions", "logs", "dynamodb")


def test_what_state_machines_call_and_where_they_log(faked: Faked) -> None:
    arn, work, group = machine(faked)
    world = faked.judge(*MACHINES).world
    assert told(world, "aws-state-machine", "aws-execution-log") == {
        (arn, "invokes", work, "declared"),
        (arn, "writes_to", "ext:sessions", "declared"),
        (arn, "invokes", "ext:bedrock", "declared"),
        (arn, "sends_to", "ext:crm.example.com", "declared"),
        (arn, "logs_to", group, "declared"),
    }
    assert arn not in hidden(world)
    assert "planted" not in str(settings_of(faked.collect("stepfunctions")))


def test_a_definition_that_may_not_be_read_hides_flows(faked: Faked) -> None:
    arn, _, group = machine(faked)
    refused = faked.judge(*MACHINES, deny={"states:DescribeStateMachine"})
    assert "states:DescribeStateMachine" in hidden(refused.world)[arn]

    def describe(ask: Asked) -> dict[str, Any]:
        if ask.parameters.get("includedData") != "METADATA_ONLY":
            raise Fault("KmsAccessDeniedException", status=400)
        described = client.describe_state_machine(stateMachineArn=arn)
        kept = ("stateMachineArn", "name", "roleArn", "type", "creationDate", "loggingConfiguration")
        return {**{key: described[key] for key in kept}, "definition": "null"}

    client = boto3.client("stepfunctions", region_name=REGION, endpoint_url=faked.server.url)
    faked.fake.say("stepfunctions", "DescribeStateMachine", describe)
    judged = faked.judge(*MACHINES)
    assert "KmsAccessDeniedException" in hidden(judged.world)[arn]
    assert told(judged.world, "aws-state-machine", "aws-execution-log") == {(arn, "logs_to", group, "declared")}
    facts: dict[str, Any] = {one.id: one for one in judged.world.resources}
    assert facts[arn].acts_as == f"arn:aws:iam::{ACCOUNT}:role/machine"


def test_a_machine_that_is_deleted_meanwhile_is_none(faked: Faked) -> None:
    arn, _, _ = machine(faked)
    faked.fake.say("stepfunctions", "DescribeStateMachine", Fault("StateMachineDoesNotExist", status=400))
    assert arn not in settings_of(faked.collect("stepfunctions"))
