"""An AWS Config aggregator in front of the accounts: the same facts, and never more than it is known to know."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest

from commands import call, refused
from fake_aws import Fault
from fake_config import CAPTURED, SELECT, Recorded, beans, group, recorder, source, status, tags
from live import ACCOUNT, NOW, REGION, UNHURRIED, Faked, settings_of
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.clients import Tuning
from scanner.clouds.aws.live.collectors import COLLECTORS
from scanner.clouds.aws.live.connections import Connections
from scanner.clouds.aws.live.front import behind, named
from scanner.clouds.aws.live.mirrors import MIRRORS
from scanner.clouds.aws.live.shapes import MisfitError, shaped
from scanner.collect import borrowed
from scanner.collect.calls import Answer, Call, Request, calls_of
from scanner.collect.shards import Collected
from scanner.model import Gap

GROUPS, INTERFACES = "ec2:DescribeSecurityGroups", "ec2:DescribeNetworkInterfaces"
TABLE = "dynamodb:DescribeTable"
BUCKET = {
    "s3:GetPublicAccessBlock",
    "s3:GetBucketEncryption",
    "s3:GetBucketVersioning",
    "s3:GetObjectLockConfiguration",
    "s3:GetBucketLogging",
}
ALL_ON = dict.fromkeys(("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"), True)


class Watched:
    """The accounts themselves, and what they were asked."""

    def __init__(self, direct: Connections) -> None:
        self._direct = direct
        self.asked: Counter[str] = Counter()

    def answer(self, request: Request, /) -> Answer:
        """Pass a request on."""
        self.asked[request.call.name] += 1
        return self._direct.answer(request)


def read(faked: Faked, *names: str, **wanted: Any) -> tuple[list[Collected], Counter[str]]:
    """Read the account with the aggregator in front, and count what the account itself was asked."""
    tuning = Tuning(attempts=2, **wanted.pop("tuning", {}))
    asked = Wanted(regions=(REGION,), tuning=tuning, **{"config_aggregator": "org", **wanted})
    reached = reach(asked)
    watched = Watched(Connections(reached.sessions, tuning=tuning, pace=UNHURRIED))
    front = behind(watched, reached, asked, named(asked), now=NOW, pace=UNHURRIED)
    return faked.collect(*names, source=front, reached=reached), watched.asked


def told(collected: list[Collected]) -> list[Gap]:
    """What a user is told of AWS Config."""
    return list(borrowed.gaps(collected))


@pytest.fixture
def recorded(faked: Faked) -> Recorded:
    """An aggregator that follows the account and has no item yet."""
    return Recorded(faked)


def make_groups(faked: Faked, recorded: Recorded) -> None:
    """A network with groups and an interface, all of them recorded."""
    ec2 = faked.client("ec2")
    (network,) = ec2.describe_vpcs()["Vpcs"]
    web = ec2.create_security_group(GroupName="web", Description="all of it", VpcId=network["VpcId"])["GroupId"]
    rules = [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": web}]},
    ]
    ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=rules)
    ec2.create_tags(Resources=[web], Tags=[{"Key": "env", "Value": "prod"}])
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    made = ec2.create_network_interface(SubnetId=subnet, Groups=[web])["NetworkInterface"]["NetworkInterfaceId"]
    ec2.create_tags(Resources=[made], Tags=[{"Key": "env", "Value": "dev"}])
    for one in ec2.describe_security_groups()["SecurityGroups"]:
        recorded.add("AWS::EC2::SecurityGroup", one["GroupId"], group(one), tags=tags(one.get("Tags", [])))
    for one in ec2.describe_network_interfaces()["NetworkInterfaces"]:
        marks = one.pop("TagSet", [])
        recorded.add("AWS::EC2::NetworkInterface", one["NetworkInterfaceId"], beans(one), tags=tags(marks))


def make_buckets(faked: Faked, recorded: Recorded) -> None:
    """A bucket with everything and one with little, recorded as AWS Config has them."""
    s3 = faked.client("s3")
    key = faked.client("kms").create_key()["KeyMetadata"]["Arn"]
    block = {name[0].upper() + name[1:]: value for name, value in ALL_ON.items()}
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    for name in ("full", "plain"):
        s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=name == "full", ObjectOwnership="BucketOwnerEnforced")
    s3.put_public_access_block(Bucket="full", PublicAccessBlockConfiguration=block)
    s3.put_bucket_encryption(
        Bucket="full", ServerSideEncryptionConfiguration={"Rules": [{**rule, "BucketKeyEnabled": True}]}
    )
    retention = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}
    s3.put_object_lock_configuration(
        Bucket="full", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention}
    )
    s3.put_bucket_acl(Bucket="plain", ACL="log-delivery-write")
    s3.put_bucket_logging(
        Bucket="full", BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "plain", "TargetPrefix": "t/"}}
    )
    recorded.add("AWS::S3::Bucket", "full", {"name": "full"}, supplementaryConfiguration={
        "AccessControlList": '"{\\"grantList\\":[]}"',
        "BucketVersioningConfiguration": {"status": "Enabled", "isMfaDeleteEnabled": None},
        "BucketLoggingConfiguration": {"destinationBucketName": "plain", "logFilePrefix": "t/"},
        "PublicAccessBlockConfiguration": ALL_ON,
        "ObjectLockConfiguration": {
            "objectLockEnabled": "Enabled",
            # None in AWS; moto answers with a zero.
            "rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 30, "years": 0}},
        },
        "ServerSideEncryptionConfiguration": {"rules": [{
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyID": key},
            "bucketKeyEnabled": True,
        }]},
    })  # fmt: skip
    recorded.add("AWS::S3::Bucket", "plain", {"name": "plain"}, supplementaryConfiguration={
        "BucketVersioningConfiguration": '{"status": "Off", "isMfaDeleteEnabled": null}',
        "BucketLoggingConfiguration": '{"destinationBucketName": null, "logFilePrefix": null}',
    })  # fmt: skip


def make_table(faked: Faked, recorded: Recorded) -> dict[str, Any]:
    """A table with a key of one's own."""
    dynamodb = faked.client("dynamodb")
    key = faked.client("kms").create_key()["KeyMetadata"]["Arn"]
    dynamodb.create_table(
        TableName="chats",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        DeletionProtectionEnabled=True,
    )
    answer = dynamodb.describe_table(TableName="chats")["Table"]
    return recorded.add("AWS::DynamoDB::Table", "chats", beans(answer))


def test_what_it_tells_is_what_the_account_tells(faked: Faked, recorded: Recorded) -> None:
    make_groups(faked, recorded)
    make_buckets(faked, recorded)
    make_table(faked, recorded)
    names = ("vpc", "s3", "dynamodb", "kms", "config")
    direct = settings_of(faked.collect(*names))
    collected, asked = read(faked, *names)
    assert settings_of(collected) == direct
    assert any("security-group" in id_ for id_ in direct)
    assert direct["arn:aws:s3:::full?logging"]["target_bucket"] == "plain"
    assert direct[f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/chats"]["deletion_protection_enabled"] is True
    assert not {GROUPS, INTERFACES, TABLE} & asked.keys(), "it knows all of these"
    # Of the bucket without them, Config has neither a block nor encryption: only S3 can say that there is none.
    assert {name: asked[name] for name in BUCKET} == {
        "s3:GetPublicAccessBlock": 1,
        "s3:GetBucketEncryption": 1,
        "s3:GetBucketVersioning": 0,
        "s3:GetObjectLockConfiguration": 0,
        "s3:GetBucketLogging": 0,
    }
    assert not told(collected)


def test_it_is_asked_once_a_type_and_recorders_once_a_region(faked: Faked, recorded: Recorded) -> None:
    make_groups(faked, recorded)
    recorded.page = 100
    _, asked = read(faked, "vpc", "config")
    assert Counter(recorded.queries) == {"AWS::EC2::SecurityGroup": 1, "AWS::EC2::NetworkInterface": 1}
    assert asked["config:DescribeConfigurationRecorders"] == asked["config:DescribeConfigurationRecorderStatus"] == 1


def test_age_is_that_of_the_oldest_item_and_is_told(faked: Faked, recorded: Recorded) -> None:
    make_groups(faked, recorded)
    recorded.items[0]["configurationItemCaptureTime"] = "2026-11-11T02:00:00.000Z"
    collected, _ = read(faked, "vpc")
    (note,) = borrowed.notes(collected)
    assert note == (
        f"{ACCOUNT}: AWS Config answered 2 of 4 requests, as it captured them "
        "10 days (2026-11-11T02:00:00+00:00) to 3 hours (2026-11-21T00:00:00+00:00) before the scan"
    )


def change(place: str, **values: Any) -> Callable[[Recorded], None]:
    """Change what an aggregator has of the first thing of a place."""

    def work(recorded: Recorded) -> None:
        found = {"item": recorded.items, "source": recorded.sources}[place][0]
        found.update(values)

    return work


def settings(**values: Any) -> Callable[[Recorded], None]:
    """Change the configuration of the first item."""
    return lambda recorded: recorded.items[0]["configuration"].update(values)


RANGES = [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipv6Ranges": [], "prefixListIds": [],
           "userIdGroupPairs": [], "ipv4Ranges": [], "ipRanges": ["0.0.0.0/0"]}]  # fmt: skip

DOUBTS: dict[str, tuple[Callable[[Recorded], Any], str]] = {
    "not up to date": (change("source", LastUpdateStatus="OUTDATED"), "not up to date in us-east-1: OUTDATED"),
    "failed": (change("source", LastUpdateStatus="FAILED"), "not up to date in us-east-1: FAILED"),
    "another region": (change("source", AwsRegion="eu-west-1"), "not up to date in us-east-1: unknown to it"),
    "organization": (change("source", SourceType="ORGANIZATION"), "not up to date in us-east-1: unknown to it"),
    "no recorder": (lambda r: r.recorders.clear(), "does not record in us-east-1"),
    "stopped": (lambda r: r.statuses.update({REGION: status(recording=False)}), "does not record in us-east-1"),
    "recorder fails": (lambda r: r.statuses.update({REGION: status(lastStatus="Failure")}), "did not succeed last"),
    "no status": (lambda r: r.statuses.clear(), "does not record in us-east-1"),
    "just started": (
        lambda r: r.statuses.update({REGION: status(lastStartTime=NOW - timedelta(hours=2))}),
        "started less than a day ago",
    ),
    "other types": (
        lambda r: r.recorders.update({REGION: recorder(allSupported=False, resourceTypes=["AWS::S3::Bucket"])}),
        "does not record AWS::EC2::SecurityGroup",
    ),
    "excluded": (
        lambda r: r.recorders.update(
            {
                REGION: recorder(
                    allSupported=False,
                    exclusionByResourceTypes={"resourceTypes": ["AWS::EC2::SecurityGroup"]},
                    recordingStrategy={"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
                )
            }
        ),
        "does not record AWS::EC2::SecurityGroup",
    ),
    "not recorded": (change("item", configurationItemStatus="ResourceNotRecorded"), "does not record it"),
    "no tags": (change("item", tags=None), "it has no tags"),
    "no time": (change("item", configurationItemCaptureTime="yesterday"), "not of its documented form"),
    "no configuration": (change("item", configuration="nonsense"), "text that is no JSON"),
    "no account": (change("item", awsRegion=None), "not of its documented form"),
    "a new member": (settings(quarantined=True), "has no quarantined in the API"),
    "another type": (settings(groupName=7), "SecurityGroups[].GroupName is no string"),
    "another sort": (settings(ipPermissions={"a": 1}), "otherwise than ec2:DescribeSecurityGroups"),
    "a member less": (settings(ipPermissionsEgress=None), ""),
    "no owner": (settings(ownerId=None), "does not tell SecurityGroups.OwnerId"),
    "ranges in text alone": (settings(ipPermissions=RANGES), "IPv4 ranges contradict each other"),
}


@pytest.mark.parametrize("name", DOUBTS)
def test_where_it_may_not_know_the_account_is_asked(faked: Faked, recorded: Recorded, name: str) -> None:
    make_groups(faked, recorded)
    direct = settings_of(faked.collect("vpc"))
    doubt, reason = DOUBTS[name]
    doubt(recorded)
    collected, asked = read(faked, "vpc")
    if name == "a member less":  # null says the same as none: no rule
        assert asked[GROUPS] == 0
        return
    assert asked[GROUPS] == 1
    assert settings_of(collected) == direct
    gaps = [gap for gap in told(collected) if reason in gap.reason]
    assert gaps, [gap.reason for gap in told(collected)]
    assert all(gap.reason.endswith("the account itself was asked") and not gap.kinds for gap in gaps)


def test_no_item_proves_nothing(faked: Faked, recorded: Recorded) -> None:
    assert not recorded.items
    faked.client("s3").create_bucket(Bucket="unrecorded")
    collected, asked = read(faked, "vpc", "s3")
    assert (asked[GROUPS], asked[INTERFACES], asked["s3:GetBucketVersioning"]) == (1, 1, 1)
    assert settings_of(collected) == settings_of(faked.collect("vpc", "s3"))
    assert not told(collected)
    assert not list(borrowed.notes(collected))


def test_what_was_deleted_or_is_another_account_s_is_not_told(faked: Faked, recorded: Recorded) -> None:
    make_groups(faked, recorded)
    direct = settings_of(faked.collect("vpc"))
    gone, theirs = (json.loads(json.dumps(recorded.items[0])) for _ in range(2))
    recorded.items.append({**gone, "resourceId": "sg-gone", "configurationItemStatus": "ResourceDeleted"})
    recorded.items.append({**theirs, "resourceId": "sg-theirs", "accountId": "999999999999"})
    recorded.items.append({**theirs, "resourceId": "sg-far", "awsRegion": "eu-west-1"})
    collected, asked = read(faked, "vpc")
    assert asked[GROUPS] == 0
    assert settings_of(collected) == direct


@pytest.mark.parametrize("hours", [4, 2])
def test_a_limit_of_age_is_kept(faked: Faked, recorded: Recorded, hours: int) -> None:
    make_groups(faked, recorded)
    collected, asked = read(faked, "vpc", config_max_age=hours)
    assert asked[GROUPS] == (0 if hours == 4 else 1)
    assert bool(told(collected)) == (hours == 2)


@pytest.mark.parametrize("operation", [SELECT, "DescribeConfigurationAggregatorSourcesStatus"])
def test_an_aggregator_that_refuses_is_told_once_and_everything_is_asked(
    faked: Faked, recorded: Recorded, operation: str
) -> None:
    make_groups(faked, recorded)
    make_buckets(faked, recorded)
    direct = settings_of(faked.collect("vpc", "s3"))
    faked.fake.say("config", operation, Fault("AccessDeniedException", "not yours", 400))
    collected, asked = read(faked, "vpc", "s3")
    assert settings_of(collected) == direct
    assert (asked[GROUPS], asked["s3:GetBucketVersioning"]) == (1, 2)
    (gap,) = told(collected)
    assert gap.reason == (
        f"AccessDeniedException on config:{operation} of org in {ACCOUNT} {REGION}; the account itself was asked"
    )


def test_one_query_tells_of_every_account(faked: Faked, recorded: Recorded) -> None:
    other = "222222222222"
    roles = tuple(f"arn:aws:iam::{account}:role/trustscan" for account in (ACCOUNT, other))
    made = {"VersioningConfiguration": {"Status": "Suspended"}}
    mine, theirs = faked.client("s3"), entered(faked, other)
    for account, s3 in ((ACCOUNT, mine), (other, theirs)):
        s3.create_bucket(Bucket=f"b-{account}")
        s3.put_bucket_versioning(Bucket=f"b-{account}", **made)
        parts = {"BucketVersioningConfiguration": {"status": "Suspended", "isMfaDeleteEnabled": None}}
        item = recorded.add("AWS::S3::Bucket", f"b-{account}", supplementaryConfiguration=parts)
        item["accountId"] = account
    recorded.sources.append(source(other, REGION))
    collected, asked = read(faked, "s3", role_arns=roles, config_aggregator="org@eu-central-1")
    found = settings_of(collected)
    for account in (ACCOUNT, other):
        kept = found[f"arn:aws:s3:::b-{account}?versioning"]["versioning_configuration"]
        assert kept == [{"status": "Suspended", "mfa_delete": None}]
    assert asked["s3:GetBucketVersioning"] == 0
    assert recorded.queries == ["AWS::S3::Bucket"]
    assert recorded.asked_in == {(ACCOUNT, "eu-central-1")}, "as the caller, where the aggregator lies"
    recorded.sources.pop()
    collected, asked = read(faked, "s3", role_arns=roles)
    assert asked["s3:GetBucketVersioning"] == 1, "the other account is followed no more"
    assert {gap.account for gap in told(collected)} == {other}


def entered(faked: Faked, account: str) -> Any:
    """S3 of another account."""
    role = f"arn:aws:iam::{account}:role/trustscan"
    keys = faked.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return boto3.client(
        "s3",
        region_name=REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def test_one_that_is_not_there_is_told(faked: Faked, recorded: Recorded) -> None:
    make_groups(faked, recorded)
    collected, asked = read(faked, "vpc", config_aggregator="another")
    assert asked[GROUPS] == 1
    assert "NoSuchConfigurationAggregatorException" in told(collected)[0].reason


def test_pages_that_break_off_or_never_end_tell_nothing(faked: Faked, recorded: Recorded) -> None:
    make_groups(faked, recorded)
    direct = settings_of(faked.collect("vpc"))
    whole = recorded.select

    def broken(ask: Any) -> dict[str, Any]:
        if "NextToken" in ask.parameters:
            raise Fault("InvalidNextTokenException", "no more")
        return whole(ask)

    recorded.page = 1
    for answer, error in ((broken, "InvalidNextTokenException"), (endless(whole), "EndlessPages")):
        faked.fake.say("config", SELECT, answer)
        collected, asked = read(faked, "vpc", tuning={"pages": 20})
        assert settings_of(collected) == direct
        assert asked[GROUPS] == 1
        assert any(gap.reason.startswith(f"{error} on config:SelectAggregate") for gap in told(collected))


def endless(whole: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """Pages that always name another one."""
    number = iter(range(10**6))
    return lambda ask: {**whole(_first(ask)), "NextToken": f"t{next(number)}"}


def _first(ask: Any) -> Any:
    ask.parameters.pop("NextToken", None)
    return ask


def test_a_table_with_replicas_is_asked_for(faked: Faked, recorded: Recorded) -> None:
    item = make_table(faked, recorded)
    item["configuration"]["replicas"] = [{"regionName": "eu-west-1", "replicaStatus": "ACTIVE"}]
    _, asked = read(faked, "dynamodb")
    assert asked[TABLE] == 1
    item["configuration"]["replicas"] = []
    del item["configuration"]["deletionProtectionEnabled"]
    collected, asked = read(faked, "dynamodb")
    assert asked[TABLE] == 1
    assert "does not tell Table.DeletionProtectionEnabled" in told(collected)[0].reason


def test_a_capture_keeps_what_it_told_and_when(faked: Faked, recorded: Recorded, tmp_path: Path) -> None:
    make_groups(faked, recorded)
    make_buckets(faked, recorded)
    saved = tmp_path / "night"
    live = call("live", "aws", "--region", REGION, "--config-aggregator", "org", "--save", saved, "--format", "json")
    faked.fake.reset()
    again = call("judge", saved, "--format", "json")
    document = json.loads(live.out)
    assert json.loads(again.out) == document
    assert any("AWS Config answered" in note for note in document["summary"]["notes"])
    assert document["findings"]
    import gzip  # noqa: PLC0415 - only here

    lines = [json.loads(one) for path in saved.rglob("*.gz") for one in gzip.decompress(path.read_bytes()).splitlines()]
    answered = {line["key"].split()[1]: line["answer"] for line in lines if line["answer"]["source"]}
    assert {GROUPS, INTERFACES, "s3:GetBucketVersioning"} <= answered.keys()
    assert answered[GROUPS]["source"] == "AWS Config"
    assert answered[GROUPS]["at"] == CAPTURED.isoformat()


def test_wrong_use_is_refused(faked: Faked) -> None:  # noqa: ARG001 - its environment
    refused(call("live", "aws", "--config-aggregator", "no/name"), "--config-aggregator", "NAME@REGION")
    refused(call("live", "aws", "--config-max-age", "3"), "--config-max-age", "--config-aggregator")


def test_mirrored_operations_are_asked_by_collectors_as_they_stand() -> None:
    declared: dict[str, Call] = {one.name: one for collector in COLLECTORS for one in calls_of(collector)}
    assert MIRRORS.keys() <= declared.keys()
    for name, mirror in MIRRORS.items():
        assert declared[name].mask is None, f"{name}: what Config gives would have to be masked too"
        model = botocore.session.get_session().get_service_model(mirror.service).operation_model(mirror.operation)
        assert not mirror.of or mirror.of in model.input_shape.members
        for path in mirror.needs:
            shape: Any = model.output_shape
            for part in path.split("."):
                shape = shape.member if shape.type_name == "list" else shape
                shape = shape.members[part]


def test_values_are_brought_into_shape_or_refused() -> None:
    model = botocore.session.get_session().get_service_model("dynamodb")
    shape = model.operation_model("DescribeTable").output_shape
    given = {"table": {"ssedescription": {"kmsmasterKeyArn": "k", "status": "ENABLED"}, "itemCount": 3,
                       "creationDateTime": 1498302000000, "latestStreamArn": None}}  # fmt: skip
    assert shaped(given, shape) == {
        "Table": {
            "SSEDescription": {"KMSMasterKeyArn": "k", "Status": "ENABLED"},
            "ItemCount": 3,
            "CreationDateTime": "2017-06-24T11:00:00+00:00",
        }
    }
    wrong: list[Any] = [
        {"itemCount": "3"}, {"itemCount": True}, {"ssedescription": {"status": "On"}}, {"creationDateTime": "soon"},
        {"deletionProtectionEnabled": "false"}, {"keySchema": {}}, {"tableName": 1}, {"unheardOf": 1},
        {"tableName": "a", "TableName": "b"}, {"creationDateTime": 1e300},
    ]  # fmt: skip
    for one in wrong:
        with pytest.raises(MisfitError):
            shaped({"table": one}, shape)
