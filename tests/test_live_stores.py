"""Collectors of tables, databases, search and repositories against a server, through the real SDK."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from denials import connections, flips
from fake_aws import Asked
from live import ACCOUNT, REGION, Faked, Live, settings_of
from scanner.collect.calls import Answer, Request
from scanner.model import Unknown

OPEN = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    }
)
LATER = datetime.now(UTC) + timedelta(days=3, hours=1)
"""Moto dates what is made by the clock."""


def table(aws: Live, name: str, region: str = REGION, **how: Any) -> str:
    """Make a table."""
    made = aws.client("dynamodb", region).create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        **how,
    )
    return str(made["TableDescription"]["TableArn"])


def tables(aws: Live) -> tuple[str, str]:
    """A sound table and a faulty one."""
    dynamodb = aws.client("dynamodb")
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    sound = table(
        aws,
        "sessions",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        Tags=[{"Key": "env", "Value": "prod"}],
    )
    dynamodb.update_continuous_backups(
        TableName="sessions", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    dynamodb.update_time_to_live(
        TableName="sessions", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    faulty = table(aws, "things", Tags=[{"Key": "data-class", "Value": "transcript"}])
    dynamodb.put_resource_policy(ResourceArn=faulty, Policy=OPEN)
    return sound, faulty


def test_tables_sound_and_faulty(faked: Faked) -> None:
    sound, faulty = tables(faked)
    facts = faked.facts("dynamodb", "kms", now=LATER)
    store = facts[sound]
    assert (store.type, store.name, store.region, store.environment) == ("table", "sessions", REGION, "prod")
    assert (store.data, store.encrypted, store.key_owner, store.expires) == (("transcript",), True, "customer", True)
    assert (store.point_in_time_recovery, store.public) == (True, False)
    assert (store.backed_up, store.backup_age_hours) == (True, 72)
    store = facts[faulty]
    assert (store.data, store.environment) == (("transcript",), facts[faulty].environment)
    assert (store.key_owner, store.expires, store.point_in_time_recovery) == ("provider", False, False)
    assert store.public is True
    assert store.backed_up is False


def test_no_refusal_turns_a_verdict_on_tables(faked: Faked) -> None:
    tables(faked)
    assert list(flips(faked, "dynamodb", "kms")) == []


def test_a_backup_on_demand_counts_where_nothing_is_continuous(faked: Faked) -> None:
    arn = table(faked, "things")
    faked.client("dynamodb").create_backup(TableName="things", BackupName="before-the-change")
    assert faked.facts("dynamodb", now=LATER)[arn].backup_age_hours == 72
    last = {"ResourceArn": arn, "ResourceType": "DynamoDB", "LastBackupTime": LATER - timedelta(days=1, hours=1)}
    faked.fake.say("backup", "ListProtectedResources", {"Results": [last]})
    assert faked.facts("dynamodb", now=LATER)[arn].backup_age_hours == 25


def test_the_key_of_a_replica_counts(faked: Faked) -> None:
    """By the table's own answer, else by that of the replica's region."""
    keys = {r: faked.client("kms", r).create_key()["KeyMetadata"]["Arn"] for r in (REGION, "eu-west-1", "eu-west-2")}

    def described(ask: Asked) -> dict[str, Any]:
        encryption = {"SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": keys[ask.region]}}
        silent = ask.region == "eu-west-2"
        others = [{"RegionName": REGION}, {"RegionName": "eu-west-1", "KMSMasterKeyId": keys["eu-west-1"]}]
        replicas = [*others, {"RegionName": "eu-west-2"}] if ask.region == REGION else []
        return {"Table": {"TableName": "sessions", "Replicas": replicas, **({} if silent else encryption)}}

    arn = table(faked, "sessions")
    faked.fake.say("dynamodb", "DescribeTable", described)
    assert faked.facts("dynamodb", "kms")[arn].key_owner == "provider"
    refused = faked.facts("dynamodb", "kms", deny={"dynamodb:DescribeTable"})[arn].key_owner
    assert refused == Unknown(f"AccessDeniedException on dynamodb:DescribeTable in {ACCOUNT} {REGION}")


def databases(aws: Live) -> dict[str, str]:
    """Instances and clusters, sound and faulty."""
    rds = aws.client("rds")
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    for name, value in (("strict", "1"), ("lax", "0")):
        rds.create_db_parameter_group(DBParameterGroupName=name, DBParameterGroupFamily="postgres14", Description=name)
        rds.modify_db_parameter_group(
            DBParameterGroupName=name,
            Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": value, "ApplyMethod": "immediate"}],
        )
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="plain", DBParameterGroupFamily="aurora-mysql8.0", Description="sets nothing"
    )
    shared = {"DBInstanceClass": "db.t3.micro", "MasterUsername": "chat", "MasterUserPassword": "of-a-test"}
    instances: dict[str, dict[str, Any]] = {
        "chats": {
            "Engine": "postgres",
            "EngineVersion": "14.9",
            "StorageEncrypted": True,
            "KmsKeyId": key,
            "BackupRetentionPeriod": 7,
            "PubliclyAccessible": False,
            "DBParameterGroupName": "strict",
            "Tags": [{"Key": "env", "Value": "prod"}],
        },
        "open": {
            "Engine": "postgres",
            "EngineVersion": "14.9",
            "StorageEncrypted": False,
            "BackupRetentionPeriod": 0,
            "PubliclyAccessible": True,
            "DBParameterGroupName": "lax",
        },
    }
    arns = {
        name: rds.create_db_instance(DBInstanceIdentifier=name, AllocatedStorage=20, **shared, **how)["DBInstance"][
            "DBInstanceArn"
        ]
        for name, how in instances.items()
    }
    cluster = rds.create_db_cluster(
        DBClusterIdentifier="messages",
        Engine="aurora-mysql",
        EngineVersion="8.0.mysql_aurora.3.04.0",
        MasterUsername="chat",
        MasterUserPassword="of-a-test",
        DBClusterParameterGroupName="plain",
        StorageEncrypted=False,
    )["DBCluster"]
    rds.create_db_instance(
        DBInstanceIdentifier="messages-1",
        DBClusterIdentifier="messages",
        Engine="aurora-mysql",
        DBInstanceClass="db.t3.medium",
        PubliclyAccessible=False,
    )
    return {**arns, "messages": cluster["DBClusterArn"], "key": key}


def test_databases_sound_and_faulty(faked: Faked) -> None:
    arns = databases(faked)
    facts = faked.facts("rds", "kms", now=LATER)
    store = facts[arns["chats"]]
    assert (store.type, store.name, store.environment, store.data) == ("database", "chats", "prod", ("transcript",))
    assert (store.encrypted, store.key_owner) == (True, "customer")
    assert (store.requires_tls, store.public, store.point_in_time_recovery) == (True, False, True)
    store = facts[arns["open"]]
    assert (store.encrypted, store.key_owner) == (False, "none")
    assert (store.requires_tls, store.public, store.point_in_time_recovery) == (False, True, False)
    assert store.because["public"] == "it has a public address, in front of which only security groups stand"
    store = facts[arns["messages"]]
    assert (store.type, store.name, store.encrypted, store.key_owner) == ("database", "messages", False, "none")
    assert (store.requires_tls, store.public, store.point_in_time_recovery) == (False, False, True)
    assert f"{arns['chats'].rpartition(':')[0]}:messages-1" not in facts


def test_no_refusal_turns_a_verdict_on_databases(faked: Faked) -> None:
    databases(faked)
    assert list(flips(faked, "rds", "kms")) == []


def test_a_replica_is_restored_through_its_source(faked: Faked) -> None:
    arns = databases(faked)
    rds = faked.client("rds")
    replica = rds.create_db_instance_read_replica(DBInstanceIdentifier="copy", SourceDBInstanceIdentifier="chats")
    now = datetime.now(UTC)
    listed = rds.describe_db_instances()["DBInstances"]
    for one in listed:
        one["LatestRestorableTime"] = now - timedelta(days=2, hours=1)
        if one["DBInstanceIdentifier"] != "chats":
            one.pop("LatestRestorableTime")
            one["BackupRetentionPeriod"] = 0
    faked.fake.say("rds", "DescribeDBInstances", {"DBInstances": listed})
    faked.fake.say("rds", "DescribeDBSnapshots", {"DBSnapshots": []})
    facts = faked.facts("rds", now=now)
    copy = facts[replica["DBInstance"]["DBInstanceArn"]]
    assert (copy.point_in_time_recovery, copy.backed_up, copy.backup_age_hours) == (True, True, 49)
    assert facts[arns["open"]].backed_up is False
    taken = {"DBInstanceIdentifier": "open", "Status": "available", "SnapshotCreateTime": now - timedelta(days=9)}
    making = {**taken, "Status": "creating", "SnapshotCreateTime": now}
    faked.fake.say("rds", "DescribeDBSnapshots", {"DBSnapshots": [taken, making]})
    assert faked.facts("rds", now=now)[arns["open"]].backup_age_hours == 9 * 24


def test_what_is_being_made_or_is_stopped_is_not_blamed_for_its_backups(faked: Faked) -> None:
    arns = databases(faked)
    now = datetime.now(UTC)
    one = next(
        found
        for found in faked.client("rds").describe_db_instances()["DBInstances"]
        if found["DBInstanceArn"] == arns["chats"]
    )
    one.pop("LatestRestorableTime", None)
    faked.fake.say("rds", "DescribeDBSnapshots", {"DBSnapshots": []})

    def told(status: str, **more: Any) -> Any:
        faked.fake.say("rds", "DescribeDBInstances", {"DBInstances": [one | {"DBInstanceStatus": status} | more]})
        store = faked.facts("rds", now=now)[arns["chats"]]
        return store.backed_up, store.backup_age_hours

    days_ago, recent = now - timedelta(days=5), now - timedelta(hours=2)
    making = Unknown("it is being made, and had no first backup yet")
    assert told("creating") == (making, making)
    assert told("backing-up") == (making, making)
    assert told("creating", BackupRetentionPeriod=0)[0] is False
    assert told("available")[0] is False
    stopped = Unknown("it is stopped, and nothing is backed up until it is started")
    assert told("stopped", LatestRestorableTime=days_ago) == (stopped, stopped)
    assert told("stopped", LatestRestorableTime=recent) == (True, 2)
    assert told("stopped", BackupRetentionPeriod=0)[0] is False
    assert told("available", LatestRestorableTime=days_ago) == (True, 120)


def test_clusters_of_other_services_are_no_databases_of_rds(aws: Live) -> None:
    rds = aws.client("rds")
    made = rds.create_db_cluster(
        DBClusterIdentifier="graph", Engine="neptune", MasterUsername="chat", MasterUserPassword="of-a-test"
    )["DBCluster"]["DBClusterArn"]
    collected = aws.collect("rds")
    assert [(i.type, i.id) for one in collected for r in one.results for i in r.items] == [
        ("aws_neptune_cluster", made)
    ]


class Tagged:
    """Answers for the tags of services that moto's list of all tags leaves out, though AWS's has them."""

    def __init__(self, arn: str, key: str, value: str) -> None:
        self._source = connections()
        self._page = {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": [{"Key": key, "Value": value}]}]}

    def answer(self, request: Request, /) -> Answer:
        """Answer a request."""
        return Answer(pages=[self._page]) if request.call.operation == "GetResources" else self._source.answer(request)


def repositories(aws: Live) -> tuple[str, str]:
    """A sound repository and a faulty one."""
    ecr = aws.client("ecr")
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    sound = ecr.create_repository(
        repositoryName="chat/app",
        imageTagMutability="IMMUTABLE",
        encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key},
    )["repository"]["repositoryArn"]
    faulty = ecr.create_repository(repositoryName="chat/tools")["repository"]["repositoryArn"]
    ecr.set_repository_policy(repositoryName="chat/tools", policyText=OPEN)
    return sound, faulty


def test_repositories_sound_and_faulty(faked: Faked) -> None:
    sound, faulty = repositories(faked)
    facts = faked.facts("ecr", "kms", source=Tagged(sound, "env", "prod"))
    store = facts[sound]
    assert (store.type, store.name, store.environment) == ("registry", "chat/app", "prod")
    assert (store.encrypted, store.key_owner, store.public, store.immutable) == (True, "customer", False, True)
    store = facts[faulty]
    assert (store.encrypted, store.key_owner, store.public, store.immutable) == (True, "provider", True, False)


def test_no_refusal_turns_a_verdict_on_repositories(aws: Live) -> None:
    repositories(aws)
    assert list(flips(aws, "ecr", "kms")) == []


def domains(aws: Live) -> tuple[str, str]:
    """A sound domain and a faulty one, and four more, so that they are not described by one call."""
    search = aws.client("opensearch")
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    sound = search.create_domain(
        DomainName="knowledge",
        EngineVersion="OpenSearch_2.11",
        EncryptionAtRestOptions={"Enabled": True, "KmsKeyId": key},
        DomainEndpointOptions={"EnforceHTTPS": True},
        LogPublishingOptions={
            "AUDIT_LOGS": {"CloudWatchLogsLogGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:a", "Enabled": True}
        },
        AccessPolicies=OPEN.replace('"AWS": "*"', f'"AWS": "{ACCOUNT}"'),
        VPCOptions={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    )["DomainStatus"]["ARN"]
    faulty = search.create_domain(DomainName="old", EngineVersion="Elasticsearch_7.10", AccessPolicies=OPEN)
    for number in range(4):
        search.create_domain(DomainName=f"other{number}")
    return sound, faulty["DomainStatus"]["ARN"]


def test_domains_sound_and_faulty(aws: Live) -> None:
    sound, faulty = domains(aws)
    collected = aws.collect("opensearch")
    settings = settings_of(collected)
    assert len(settings) == 6
    assert settings[sound]["vpc_options"][0]["security_group_ids"] == ["sg-1"]
    facts = aws.facts("opensearch", "kms")
    store = facts[sound]
    assert (store.type, store.name, store.data) == ("search_domain", "knowledge", ("retrieval_content",))
    assert (store.encrypted, store.key_owner, store.requires_tls, store.access_logged) == (True, "customer", True, True)
    store = facts[faulty]
    assert (store.encrypted, store.key_owner, store.requires_tls) == (False, "none", False)
    assert (store.access_logged, store.public) == (False, True)


def test_an_open_policy_opens_no_domain_whose_users_must_sign_in(aws: Live) -> None:
    search = aws.client("opensearch")
    user = {"MasterUserOptions": {"MasterUserName": "a", "MasterUserPassword": "planted-secret"}}
    options: dict[str, Any] = {
        "users": {"Enabled": True, "InternalUserDatabaseEnabled": True, "AnonymousAuthEnabled": False, **user},
        "anonymous": {"Enabled": True, "AnonymousAuthEnabled": True},
        "off": {"Enabled": False},
    }
    for name, given in options.items():
        search.create_domain(DomainName=name, AccessPolicies=OPEN, AdvancedSecurityOptions=given)
    facts = aws.facts("opensearch")
    found = {name: facts[f"arn:aws:es:{REGION}:{ACCOUNT}:domain/{name}"].public for name in options}
    assert found == {"users": False, "anonymous": True, "off": True}
    (collected,) = aws.collect("opensearch")
    assert "planted-secret" not in repr(collected.results)
    assert list(flips(aws, "opensearch")) == []


def test_no_refusal_turns_a_verdict_on_domains(aws: Live) -> None:
    domains(aws)
    assert list(flips(aws, "opensearch", "kms")) == []


def collections(aws: Faked) -> tuple[str, str]:
    """A collection inside the account with a key of its own, and one that the internet reaches."""
    search = aws.client("opensearchserverless")
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    arns = []
    for name, own, public in (("vectors", key, False), ("docs", "", True)):
        rules = [{"ResourceType": "collection", "Resource": [f"collection/{name}"]}]
        encryption = {"Rules": rules, **({"KmsARN": own} if own else {"AWSOwnedKey": True})}
        search.create_security_policy(name=name, type="encryption", policy=json.dumps(encryption))
        network = [{"Rules": rules, "AllowFromPublic": public}]
        search.create_security_policy(name=name, type="network", policy=json.dumps(network))
        made = search.create_collection(name=name, type="TIMESERIES", tags=[{"key": "env", "value": "dev"}])
        arns.append(made["createCollectionDetail"]["arn"])
    kept = {"Rules": [{"ResourceType": "index", "Resource": ["index/vectors/*"], "MinIndexRetention": "30d"}]}
    summary = {"name": "kept", "type": "retention"}
    aws.fake.say("opensearchserverless", "ListLifecyclePolicies", {"lifecyclePolicySummaries": [summary]})
    detail = {"lifecyclePolicyDetails": [summary | {"policy": kept}]}
    aws.fake.say("opensearchserverless", "BatchGetLifecyclePolicy", detail)
    return arns[0], arns[1]


def test_collections_sound_and_faulty(faked: Faked) -> None:
    sound, faulty = collections(faked)
    facts = faked.facts("opensearchserverless", "kms", source=Tagged(sound, "env", "prod"))
    store = facts[sound]
    assert (store.type, store.name, store.environment) == ("search_collection", "vectors", "prod")
    assert (store.data, store.encrypted, store.key_owner) == (("embedding",), True, "customer")
    assert (store.public, store.expires) == (False, True)
    store = facts[faulty]
    assert (store.key_owner, store.public) == ("provider", True)
    assert isinstance(store.expires, Unknown)


def test_policies_of_another_region_are_not_this_ones(faked: Faked) -> None:
    collections(faked)
    elsewhere = faked.client("opensearchserverless", "eu-west-1")
    rules = [{"ResourceType": "collection", "Resource": ["collection/*"]}]
    elsewhere.create_security_policy(
        name="else", type="encryption", policy=json.dumps({"Rules": rules, "AWSOwnedKey": True})
    )
    network = [{"Rules": [{"ResourceType": "collection", "Resource": ["collection/else"]}], "AllowFromPublic": True}]
    elsewhere.create_security_policy(name="else", type="network", policy=json.dumps(network))
    arn = elsewhere.create_collection(name="vectors")["createCollectionDetail"]["arn"]
    store = faked.facts("opensearchserverless", regions=(REGION, "eu-west-1"))[arn]
    assert store.public == Unknown("no network policy that was seen matches it")


def test_no_refusal_turns_a_verdict_on_collections(faked: Faked) -> None:
    collections(faked)
    assert list(flips(faked, "opensearchserverless", "kms")) == []
