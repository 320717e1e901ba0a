"""Streams of a live account, and what carries records on to them and from them: subscriptions of logs, deliveries."""

from __future__ import annotations

from typing import Any

import pytest

from fake_aws import Asked, Fault
from flows import hidden, told
from live import ACCOUNT, REGION, Faked, settings_of
from test_live_compute import function, role

NAMES = ("iam", "lambda", "s3", "kinesis", "firehose", "logs", "cloudwatch")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/delivers"
STREAM = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/turns"
LAKE, FAILED = "arn:aws:s3:::acme-lake", "arn:aws:s3:::acme-failed"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/chat"
DESTINATION = f"arn:aws:logs:{REGION}:{ACCOUNT}:destination:shared"
RULES = ("aws-delivery-stream", "aws-log-subscription", "aws-metric-stream")


def delivery(name: str) -> str:
    return f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{name}"


def stores(faked: Faked) -> None:
    """A stream and two buckets."""
    faked.client("kinesis").create_stream(StreamName="turns", ShardCount=1)
    for bucket in (LAKE, FAILED):
        faked.client("s3").create_bucket(Bucket=bucket.rpartition(":")[2])


def kept(bucket: str, **more: Any) -> dict[str, Any]:
    return {"RoleARN": ROLE, "BucketARN": bucket, "Prefix": "planted/", **more}


def streams(faked: Faked) -> str:
    """One stream of deliveries of each sort that moto makes; the first changes records with a function."""
    stores(faked)
    work, client = function(faked, "work", role(faked, "work")), faked.client("firehose")
    parameters = [{"ParameterName": "LambdaArn", "ParameterValue": f"{work}:$LATEST"},
                  {"ParameterName": "NumberOfRetries", "ParameterValue": "3"}]  # fmt: skip
    processing = {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": parameters}]}
    backup = {"S3BackupMode": "Enabled", "S3BackupConfiguration": kept(FAILED)}
    client.create_delivery_stream(
        DeliveryStreamName="lake",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": STREAM, "RoleARN": ROLE},
        ExtendedS3DestinationConfiguration=kept(LAKE, ProcessingConfiguration=processing, **backup),
    )
    client.create_delivery_stream(
        DeliveryStreamName="vendor",
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {
                "Url": "https://aws-kinesis-http-intake.logs.datadoghq.com/v1/input?dd-api-key=planted",
                "AccessKey": "planted",
            },
            "S3Configuration": kept(FAILED),
            "RequestConfiguration": {"CommonAttributes": [{"AttributeName": "who", "AttributeValue": "planted"}]},
        },
    )
    client.create_delivery_stream(
        DeliveryStreamName="siem",
        SplunkDestinationConfiguration={
            "HECEndpoint": "https://http-inputs-acme.splunkcloud.com:443/planted",
            "HECEndpointType": "Raw",
            "HECToken": "planted",
            "S3Configuration": kept(FAILED),
        },
    )
    client.create_delivery_stream(
        DeliveryStreamName="warehouse",
        RedshiftDestinationConfiguration={
            "RoleARN": ROLE,
            "ClusterJDBCURL": "jdbc:redshift://acme.abc123.us-east-1.redshift.amazonaws.com:5439/dev?password=planted",
            "CopyCommand": {"DataTableName": "turns", "CopyOptions": "planted"},
            "Username": "planted",
            "Password": "planted",
            "S3Configuration": kept(LAKE),
        },
    )
    return work


def test_where_delivery_streams_deliver(faked: Faked) -> None:
    work = streams(faked)
    world = faked.judge(*NAMES).world
    assert told(world, *RULES) == {
        (STREAM, "reads_from", delivery("lake"), "declared"),
        (delivery("lake"), "invokes", work, "declared"),
        (delivery("lake"), "exports_to", LAKE, "declared"),
        (delivery("lake"), "exports_to", FAILED, "declared"),
        (delivery("vendor"), "exports_to", "ext:api.datadoghq.com", "declared"),
        (delivery("vendor"), "exports_to", FAILED, "declared"),
        (delivery("siem"), "exports_to", "ext:splunkcloud.com", "declared"),
        (delivery("siem"), "exports_to", FAILED, "declared"),
        (delivery("warehouse"), "exports_to", "ext:acme.abc123.us-east-1.redshift.amazonaws.com", "declared"),
        (delivery("warehouse"), "exports_to", LAKE, "declared"),
    }
    assert "planted" not in str(settings_of(faked.collect("firehose", "kinesis")))


DESTINATIONS = {
    "AmazonopensearchserviceDestinationDescription": {
        "DomainARN": f"arn:aws:es:{REGION}:{ACCOUNT}:domain/docs", "S3DestinationDescription": kept(FAILED),
    },
    "AmazonOpenSearchServerlessDestinationDescription": {
        "CollectionEndpoint": f"https://abc123.{REGION}.aoss.amazonaws.com", "S3DestinationDescription": kept(FAILED),
    },
    "SnowflakeDestinationDescription": {
        "AccountUrl": "https://acme.snowflakecomputing.com/planted", "User": "planted",
        "S3DestinationDescription": kept(FAILED),
    },
    "S3DestinationDescription": kept(LAKE),
}  # fmt: skip


@pytest.mark.parametrize(
    ("sort", "target"),
    [
        ("AmazonopensearchserviceDestinationDescription", f"ext:arn:aws:es:{REGION}:{ACCOUNT}:domain/docs"),
        ("AmazonOpenSearchServerlessDestinationDescription", f"ext:https://abc123.{REGION}.aoss.amazonaws.com"),
        ("SnowflakeDestinationDescription", "ext:snowflakecomputing.com"),
        ("S3DestinationDescription", LAKE),
    ],
)
def test_destinations_that_moto_lacks(faked: Faked, sort: str, target: str) -> None:
    stores(faked)
    faked.fake.say("firehose", "ListDeliveryStreams", {"DeliveryStreamNames": ["out"], "HasMoreDeliveryStreams": False})
    given = {**DESTINATIONS[sort]}
    if sort != "S3DestinationDescription":
        inner = given["S3DestinationDescription"]
        given["S3DestinationDescription"] = {**inner, "BufferingHints": {}, "CompressionFormat": "GZIP",
                                             "EncryptionConfiguration": {}}  # fmt: skip
    else:
        key = {"KMSEncryptionConfig": {"AWSKMSKeyARN": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"}}
        given |= {"BufferingHints": {}, "CompressionFormat": "GZIP", "EncryptionConfiguration": key}
    source = {"MSKClusterARN": f"arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/turns/abc", "TopicName": "t",
              "AuthenticationConfiguration": {"RoleARN": ROLE, "Connectivity": "PRIVATE"}}  # fmt: skip
    described = {
        "DeliveryStreamName": "out", "DeliveryStreamARN": delivery("out"), "DeliveryStreamStatus": "ACTIVE",
        "DeliveryStreamType": "MSKAsSource", "VersionId": "1", "HasMoreDestinations": False,
        "Source": {"MSKSourceDescription": source},
        "DeliveryStreamEncryptionConfiguration": {"Status": "ENABLED", "KeyType": "AWS_OWNED_CMK"},
        "Destinations": [{"DestinationId": "1", sort: given}],
    }  # fmt: skip
    faked.fake.say("firehose", "DescribeDeliveryStream", {"DeliveryStreamDescription": described})
    found = told(faked.judge(*NAMES).world, *RULES)
    assert (delivery("out"), "exports_to", target, "declared") in found
    cluster = f"ext:arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/turns/abc"
    assert (cluster, "reads_from", delivery("out"), "declared") in found
    assert "planted" not in str(settings_of(faked.collect("firehose")))


def test_every_page_of_delivery_streams_is_read(faked: Faked) -> None:
    pages = {None: (["a", "b"], True), "b": (["c"], True), "c": ([], False)}

    def listed(ask: Asked) -> dict[str, Any]:
        names, more = pages[ask.parameters.get("ExclusiveStartDeliveryStreamName")]
        return {"DeliveryStreamNames": names, "HasMoreDeliveryStreams": more}

    faked.fake.say("firehose", "ListDeliveryStreams", listed)
    faked.fake.say("firehose", "DescribeDeliveryStream", Fault("ResourceNotFoundException", status=400))
    assert settings_of(faked.collect("firehose")) == {}
    assert [name for _, name in faked.fake.asked].count("DescribeDeliveryStream") == 3


def test_streams_that_may_not_be_read_hide_flows(faked: Faked) -> None:
    streams(faked)
    refused = faked.judge(*NAMES, deny={"firehose:DescribeDeliveryStream"})
    assert "firehose:DescribeDeliveryStream" in hidden(refused.world)[delivery("siem")]
    for action in ("firehose:ListDeliveryStreams", "kinesis:ListStreams", "kinesis:DescribeStreamSummary"):
        assert action in {gap.call for gap in faked.judge(*NAMES, deny={action}).run.gaps}
    found = settings_of(faked.collect("kinesis", deny={"kinesis:DescribeStreamSummary"}))[STREAM]
    assert "kinesis:DescribeStreamSummary" in str(found["kms_key_id"])


def test_a_stream_as_the_provider_has_it(faked: Faked) -> None:
    stores(faked)
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
    faked.client("kinesis").start_stream_encryption(StreamName="turns", EncryptionType="KMS", KeyId=key)
    assert settings_of(faked.collect("kinesis")) == {
        STREAM: {
            "arn": STREAM, "name": "turns", "tags": {}, "encryption_type": "KMS", "kms_key_id": key,
            "retention_period": 24,
        }
    }  # fmt: skip
    faked.fake.say("kinesis", "DescribeStreamSummary", Fault("ResourceNotFoundException", status=400))
    assert settings_of(faked.collect("kinesis")) == {}


def logs(faked: Faked) -> str:
    """A log group that a function and a stream get, and a destination for the logs of others."""
    work, client = function(faked, "work", role(faked, "work")), faked.client("logs")
    stores(faked)
    client.create_log_group(logGroupName="/chat")
    client.put_destination(destinationName="shared", targetArn=STREAM, roleArn=ROLE)
    for name, target in (("work", work), ("shared", STREAM)):
        client.put_subscription_filter(
            logGroupName="/chat", filterName=name, filterPattern="planted", destinationArn=target
        )
    return work


def test_where_logs_are_sent_on(faked: Faked) -> None:
    work = logs(faked)
    firehose = delivery("lake")
    metrics = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:metric-stream/all"
    entry = {"Arn": metrics, "Name": "all", "FirehoseArn": firehose, "State": "running", "OutputFormat": "json"}
    faked.fake.say("cloudwatch", "ListMetricStreams", {"Entries": [entry]})
    world = faked.judge(*NAMES).world
    assert told(world, *RULES) == {
        (GROUP, "exports_to", work, "declared"),
        (GROUP, "exports_to", STREAM, "declared"),
        (metrics, "exports_to", f"ext:{firehose}", "declared"),
    }
    found = settings_of(faked.collect("logs"))
    assert found[DESTINATION] == {"arn": DESTINATION, "name": "shared", "target_arn": STREAM, "role_arn": ROLE}
    assert "planted" not in str(found)


def test_logs_sent_to_a_destination_reach_its_stream(faked: Faked) -> None:
    logs(faked)
    filters = [{"filterName": "out", "logGroupName": "/chat", "destinationArn": DESTINATION}]
    faked.fake.say("logs", "DescribeSubscriptionFilters", {"subscriptionFilters": filters})
    assert told(faked.judge(*NAMES).world, *RULES) == {(GROUP, "exports_to", STREAM, "declared")}


def test_subscriptions_that_may_not_be_read_hide_flows(faked: Faked) -> None:
    logs(faked)
    refused = faked.judge(*NAMES, deny={"logs:DescribeSubscriptionFilters"})
    assert "logs:DescribeSubscriptionFilters" in hidden(refused.world)[GROUP]
    for action in ("logs:DescribeDestinations", "cloudwatch:ListMetricStreams"):
        assert action in {gap.call for gap in faked.judge(*NAMES, deny={action}).run.gaps}


def test_log_groups_that_cannot_be_sent_on_are_not_asked(faked: Faked) -> None:
    logs(faked)
    group = {"logGroupName": "/rare", "arn": f"{GROUP}-rare:*", "logGroupClass": "INFREQUENT_ACCESS"}
    faked.fake.say("logs", "DescribeLogGroups", {"logGroups": [group]})
    faked.fake.say("logs", "DescribeSubscriptionFilters", Fault("AccessDeniedException", status=400))
    assert not [one for one in settings_of(faked.collect("logs")) if ":subscription-filter:" in one]
