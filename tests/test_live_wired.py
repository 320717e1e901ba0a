"""What a live account wires together, one kind of wiring at a time: flows, and what hides them when refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fake_aws import MOMENT
from flows import hidden, told
from live import ACCOUNT, REGION, Faked, settings_of
from test_links_code_live import role
from test_live_compute import function
from test_live_compute import role as acting

_Flow = tuple[str, str, str]
_Made = tuple[tuple[str, ...], str, set[_Flow]]
"""Collectors to ask, what is hidden where a call is refused, and its flows."""

_PLAIN = {"name": "a", "image": "i", "memory": 128}


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def bucket(account: Faked, name: str) -> str:
    account.client("s3").create_bucket(Bucket=name)
    return f"arn:aws:s3:::{name}"


def queue(account: Faked, name: str) -> str:
    account.client("sqs").create_queue(QueueName=name)
    return arn("sqs", name)


def group(account: Faked, name: str) -> str:
    account.client("logs").create_log_group(logGroupName=name)
    return arn("logs", f"log-group:{name}")


def table(account: Faked, name: str, **more: Any) -> str:
    keys: dict[str, Any] = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }
    account.client("dynamodb").create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **keys, **more)
    return arn("dynamodb", f"table/{name}")


def listed(account: Faked, **more: Any) -> None:
    """Let functions be listed with what moto leaves out (AWS Lambda API Reference, FunctionConfiguration)."""
    known = ("FunctionName", "FunctionArn", "Role", "Runtime", "Handler")
    found = account.client("lambda").list_functions()["Functions"]
    functions = [{name: one[name] for name in known} | more for one in found]
    account.fake.say("lambda", "ListFunctions", {"Functions": functions})


def destinations(account: Faked) -> _Made:
    chat, failed = function(account, "chat", acting(account)), queue(account, "failed")
    where = {"OnFailure": {"Destination": failed}}
    account.client("lambda").put_function_event_invoke_config(FunctionName="chat", DestinationConfig=where)
    return ("lambda", "sqs"), chat, {(chat, "sends_to", failed)}


def mappings(account: Faked) -> _Made:
    chat, jobs = function(account, "chat", acting(account)), queue(account, "jobs")
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    talks = table(account, "talks", StreamSpecification=stream)
    changes = account.client("dynamodb").describe_table(TableName="talks")["Table"]["LatestStreamArn"]
    client = account.client("lambda")
    client.create_event_source_mapping(FunctionName="chat", EventSourceArn=jobs)
    client.create_event_source_mapping(FunctionName="chat", EventSourceArn=changes, StartingPosition="LATEST")
    off = client.create_event_source_mapping(FunctionName="chat", EventSourceArn=queue(account, "off"), Enabled=False)
    assert off["State"] == "Disabled"
    return ("lambda", "sqs", "dynamodb"), chat, {(jobs, "reads_from", chat), (talks, "reads_from", chat)}


def flow_logs(account: Faked) -> _Made:
    ec2, groups, kept = account.client("ec2"), group(account, "net"), bucket(account, "net-logs")
    near, far = (ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in (8, 9))
    common = {"ResourceType": "VPC", "TrafficType": "ALL"}
    said = {"LogGroupName": "net", "DeliverLogsPermissionArn": acting(account, "vpc-flow-logs")}
    ec2.create_flow_logs(**common, **said, ResourceIds=[near])
    ec2.create_flow_logs(**common, LogDestinationType="s3", LogDestination=kept, ResourceIds=[far])
    vpcs = [arn("ec2", f"vpc/{one}") for one in (near, far)]
    return ("networks", "logs", "s3"), vpcs[0], {(vpcs[0], "logs_to", groups), (vpcs[1], "logs_to", kept)}


def firewall_logs(account: Faked) -> _Made:
    client, kept = account.client("wafv2"), bucket(account, "aws-waf-logs-chat")
    seen = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    made = client.create_web_acl(Name="chat", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=seen)
    acl = str(made["Summary"]["ARN"])
    config = {
        "ResourceArn": acl, "LogDestinationConfigs": [kept], "RedactedFields": [{"SingleHeader": {"Name": "planted"}}],
    }  # fmt: skip
    client.put_logging_configuration(LoggingConfiguration=config)
    return ("wafv2", "s3"), acl, {(acl, "logs_to", kept)}


def schedules(account: Faked) -> _Made:
    chat, failed, client = function(account, "chat", acting(account)), queue(account, "failed"), "scheduler"
    target: dict[str, Any] = {"Arn": chat, "RoleArn": acting(account, "scheduler"), "Input": '{"token": "planted"}'}
    common = {"FlexibleTimeWindow": {"Mode": "OFF"}, "ScheduleExpression": "rate(1 day)"}
    target["DeadLetterConfig"] = {"Arn": failed}
    made = account.client(client).create_schedule(Name="nightly", Target=target, **common)["ScheduleArn"]
    account.client(client).create_schedule(Name="off", State="DISABLED", Target=target, **common)
    sent = json.dumps({"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/failed", "MessageBody": "planted"})
    universal = {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "RoleArn": target["RoleArn"], "Input": sent}
    other = account.client(client).create_schedule(Name="sends", Target=universal, **common)["ScheduleArn"]
    task = account.client("ecs").register_task_definition(family="job", containerDefinitions=[_PLAIN])
    runs = str(task["taskDefinition"]["taskDefinitionArn"])
    account.client("ecs").create_cluster(clusterName="main")
    tasks = {"Arn": arn("ecs", "cluster/main"), "RoleArn": target["RoleArn"]}
    tasks["EcsParameters"] = {"TaskDefinitionArn": runs, "Tags": [{"Key": "k", "Value": "planted"}]}
    starts = account.client(client).create_schedule(Name="starts", Target=tasks, **common)["ScheduleArn"]
    found = {(made, "triggers", chat), (made, "sends_to", failed), (other, "sends_to", failed)}
    return ("scheduler", "lambda", "sqs", "ecs"), made, found | {(starts, "triggers", runs)}


def graphs(account: Faked) -> _Made:
    log = {"fieldLogLevel": "ALL", "cloudWatchLogsRoleArn": acting(account, "appsync")}
    api = account.client("appsync").create_graphql_api(name="chat", authenticationType="AWS_IAM", logConfig=log)[
        "graphqlApi"
    ]
    chat, talks = function(account, "chat", acting(account)), table(account, "talks")
    made = [
        ("chat", "AWS_LAMBDA", {"lambdaConfig": {"lambdaFunctionArn": chat}}),
        ("talks", "AMAZON_DYNAMODB", {"dynamodbConfig": {"tableName": "talks", "awsRegion": REGION}}),
        ("vendor", "HTTP", {"httpConfig": {"endpoint": "https://api.openai.com/planted"}}),
    ]
    for name, type_, config in made:
        source = {"dataSourceArn": f"{api['arn']}/datasources/{name}", "name": name, "type": type_, **config}
        key = (ACCOUNT, REGION, "graphql source")
        account.fake.state.records.setdefault(key, {})[api["apiId"], name] = source
    id_ = str(api["arn"])
    said = group(account, f"/aws/appsync/apis/{api['apiId']}")
    used = {(id_, "sends_to", chat), (talks, "reads_from", id_), (id_, "writes_to", talks)}
    found = used | {(id_, "sends_to", "ext:api.openai.com"), (id_, "logs_to", said)}
    return ("appsync", "lambda", "dynamodb", "logs"), id_, found


def streams(account: Faked) -> _Made:
    talks, changes = table(account, "talks"), arn("kinesis", "stream/changes")
    kept = account.fake.state.records.setdefault((ACCOUNT, REGION, "streamed"), {})
    for status, stream in (("ACTIVE", changes), ("DISABLED", arn("kinesis", "stream/old"))):
        kept["talks", stream] = {"StreamArn": stream, "DestinationStatus": status}
    return ("dynamodb",), talks, {(talks, "exports_to", f"ext:{changes}")}


def exports(account: Faked) -> _Made:
    talks, kept, client = table(account, "talks"), bucket(account, "exported"), account.client("dynamodb")
    recovery = {"PointInTimeRecoveryEnabled": True}
    client.update_continuous_backups(TableName="talks", PointInTimeRecoverySpecification=recovery)
    one = {"ExportArn": f"{talks}/export/1", "ExportStatus": "COMPLETED"}
    lost = {"ExportArn": f"{talks}/export/2", "ExportStatus": "FAILED"}
    account.fake.say("dynamodb", "ListExports", {"ExportSummaries": [one, lost]})
    chosen = {"FilterExpression": "a = :planted"}
    about = {**one, "TableArn": talks, "S3Bucket": "exported", "FilterSpecification": chosen}
    account.fake.say("dynamodb", "DescribeExport", {"ExportDescription": about})
    return ("dynamodb", "s3"), talks, {(talks, "exports_to", kept)}


def databases(account: Faked) -> _Made:
    client, kept = account.client("rds"), bucket(account, "exported")
    made = client.create_db_instance(
        DBInstanceIdentifier="chat", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
        MasterUsername="app", MasterUserPassword="planted-0", EnableCloudwatchLogsExports=["postgresql"],
    )["DBInstance"]["DBInstanceArn"]  # fmt: skip
    taken = client.create_db_snapshot(DBInstanceIdentifier="chat", DBSnapshotIdentifier="s")["DBSnapshot"]
    client.start_export_task(
        ExportTaskIdentifier="e", SourceArn=taken["DBSnapshotArn"], S3BucketName="exported", KmsKeyId="k",
        IamRoleArn=acting(account, "export"),
    )  # fmt: skip
    place = arn("redshift-serverless", "workgroup/w")
    whole = {"IntegrationArn": arn("rds", "integration:i"), "SourceArn": made, "TargetArn": place}
    account.fake.state.records[ACCOUNT, REGION, "integration"] = {("i",): whole}
    logs = group(account, "/aws/rds/instance/chat/postgresql")
    host = client.describe_db_instances()["DBInstances"][0]["Endpoint"]["Address"]
    asks = function(account, "chat", acting(account), Environment={"Variables": {"DB_HOST": host}})
    found = {(made, "exports_to", kept), (made, "exports_to", f"ext:{place}"), (made, "logs_to", logs)}
    found |= {(made, "reads_from", asks), (asks, "writes_to", made)}
    return ("rds", "s3", "logs", "lambda"), str(made), found


def file_systems(account: Faked) -> _Made:
    efs = account.client("efs")
    made = efs.create_file_system(CreationToken="t")
    point = efs.create_access_point(ClientToken="p", FileSystemId=made["FileSystemId"])
    mounted = [{"Arn": point["AccessPointArn"], "LocalMountPath": "/mnt/x"}]
    chat = function(account, "chat", acting(account))
    listed(account, FileSystemConfigs=mounted)
    volume = {"name": "v", "efsVolumeConfiguration": {"fileSystemId": made["FileSystemId"]}}
    task = account.client("ecs").register_task_definition(
        family="job", containerDefinitions=[_PLAIN], volumes=[volume]
    )["taskDefinition"]["taskDefinitionArn"]
    copy = {
        "SourceFileSystemId": made["FileSystemId"], "SourceFileSystemArn": made["FileSystemArn"],
        "SourceFileSystemRegion": REGION, "OriginalSourceFileSystemArn": made["FileSystemArn"],
        "CreationTime": MOMENT, "Destinations": [{"Status": "ENABLED", "FileSystemId": "fs-2", "Region": "eu-west-1"}],
    }  # fmt: skip
    account.fake.state.records[ACCOUNT, REGION, "copied"] = {("c",): copy}
    system = str(made["FileSystemArn"])
    return (
        ("efs", "lambda", "ecs"),
        system,
        {
            (system, "reads_from", chat),
            (chat, "writes_to", system),
            (system, "reads_from", task),
            (task, "writes_to", system),
            (system, "exports_to", "ext:fs-2"),
        },
    )


def vectors(account: Faked) -> _Made:
    client = account.client("s3vectors")
    client.create_vector_bucket(vectorBucketName="articles")
    named = {"vectorBucketName": "articles", "indexName": "articles"}
    client.create_index(**named, dataType="float32", dimension=8, distanceMetric="cosine")
    index = str(client.list_indexes(vectorBucketName="articles")["indexes"][0]["indexArn"])
    titan = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.titan-embed-text-v2:0"
    made = account.client("bedrock-agent").create_knowledge_base(
        name="docs", roleArn=acting(account, "bedrock"),
        knowledgeBaseConfiguration={"type": "VECTOR", "vectorKnowledgeBaseConfiguration": {"embeddingModelArn": titan}},
        storageConfiguration={"type": "S3_VECTORS", "s3VectorsConfiguration": {"indexArn": index}},
    )["knowledgeBase"]  # fmt: skip
    base = str(made["knowledgeBaseArn"])
    found = {(base, "embeds_into", index), (index, "retrieves_from", base), (base, "invokes", "ext:bedrock")}
    return ("s3vectors", "bedrock_agent"), base, found


def collections(account: Faked) -> _Made:
    client = account.client("opensearchserverless")
    account.fake.say("opensearchserverless", "ListLifecyclePolicies", {"lifecyclePolicySummaries": []})
    encryption = {"Rules": [{"ResourceType": "collection", "Resource": ["collection/articles"]}], "AWSOwnedKey": True}
    client.create_security_policy(name="articles", type="encryption", policy=json.dumps(encryption))
    made = str(client.create_collection(name="articles", type="VECTORSEARCH")["createCollectionDetail"]["arn"])
    chat = function(account, "chat", role(account, "asks", {"Action": "aoss:APIAccessAll", "Resource": made}))
    rule = {"ResourceType": "index", "Resource": ["index/articles/*"], "Permission": ["aoss:ReadDocument"]}
    acts = f"arn:aws:iam::{ACCOUNT}:role/asks"
    client.create_access_policy(
        name="readers", type="data", policy=json.dumps([{"Rules": [rule], "Principal": [acts]}])
    )
    return ("opensearchserverless", "lambda"), chat, {(made, "retrieves_from", chat)}


def bots(account: Faked) -> _Made:
    client = account.client("lexv2-models")
    common = {"dataPrivacy": {"childDirected": False}, "idleSessionTTLInSeconds": 60}
    id_ = client.create_bot(botName="orders", roleArn=acting(account, "lexv2"), **common)["botId"]
    account.fake.say("lexv2-models", "ListBotLocales", {"botLocaleSummaries": []})
    chat, groups = function(account, "chat", acting(account)), group(account, "said")
    hook = {"lambdaCodeHook": {"lambdaARN": chat, "codeHookInterfaceVersion": "1.0"}}
    place = {"cloudWatch": {"cloudWatchLogGroupArn": groups, "logPrefix": "x"}}
    client.create_bot_alias(
        botAliasName="live", botId=id_, description="planted",
        botAliasLocaleSettings={"en_US": {"enabled": True, "codeHookSpecification": hook}},
        conversationLogSettings={"textLogSettings": [{"enabled": True, "destination": place}]},
    )  # fmt: skip
    bot = arn("lex", f"bot/{id_}")
    return ("lex", "lambda", "logs"), bot, {(bot, "invokes", chat), (bot, "logs_to", groups)}


def pools(account: Faked) -> _Made:
    chat = function(account, "chat", acting(account))
    key = arn("kms", "key/00000000-0000-0000-0000-000000000000")
    sms = {"LambdaVersion": "V1_0", "LambdaArn": chat}
    config = {"PreSignUp": chat, "CustomSMSSender": sms, "KMSKeyID": key}
    made = account.client("cognito-idp").create_user_pool(PoolName="people", LambdaConfig=config)["UserPool"]
    pool = str(made["Arn"])
    return ("cognito", "lambda"), pool, {(pool, "triggers", chat)}


def crawlers(account: Faked) -> _Made:
    kept, talks = bucket(account, "lake"), table(account, "talks")
    targets = {"S3Targets": [{"Path": "s3://lake/x"}], "DynamoDBTargets": [{"Path": "talks"}]}
    account.client("glue").create_crawler(
        Name="lake", Role=acting(account, "glue"), Targets=targets, DatabaseName="d", Description="planted"
    )
    crawler = arn("glue", "crawler/lake")
    return ("glue", "s3", "dynamodb"), crawler, {(kept, "reads_from", crawler), (talks, "reads_from", crawler)}


def builds(account: Faked) -> _Made:
    groups, kept = group(account, "builds"), bucket(account, "build-logs")
    logs = {
        "cloudWatchLogs": {"status": "ENABLED", "groupName": "builds"},
        "s3Logs": {"status": "ENABLED", "location": "build-logs/x"},
    }
    made = account.client("codebuild").create_project(
        name="ship", source={"type": "S3", "location": "build-logs/source.zip"}, artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=acting(account, "codebuild"), logsConfig=logs,
    )["project"]["arn"]  # fmt: skip
    return ("codebuild", "logs", "s3"), str(made), {(made, "logs_to", groups), (made, "logs_to", kept)}


def captured(account: Faked) -> _Made:
    client, kept = account.client("sagemaker"), bucket(account, "captured")
    client.create_model(ModelName="m", ExecutionRoleArn=acting(account, "sagemaker"), PrimaryContainer={"Image": "i"})
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.t2.medium", "InitialInstanceCount": 1}
    capture = {
        "EnableCapture": True, "InitialSamplingPercentage": 100, "DestinationS3Uri": "s3://captured/x",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }  # fmt: skip
    client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant], DataCaptureConfig=capture)
    client.create_endpoint(EndpointName="e", EndpointConfigName="c")
    end = arn("sagemaker", "endpoint/e")
    return ("sagemaker", "s3"), end, {(end, "writes_to", kept), (end, "sends_to", arn("sagemaker", "model/m"))}


def log_groups(account: Faked) -> _Made:
    """A task and a function, whose logs go where their settings say."""
    groups, own = group(account, "/ecs/chat"), group(account, "shared")
    log = {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/chat", "awslogs-region": REGION}}
    task = account.client("ecs").register_task_definition(
        family="job", containerDefinitions=[_PLAIN | {"logConfiguration": log}]
    )["taskDefinition"]["taskDefinitionArn"]
    may = {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
    chat = function(account, "chat", role(account, "logs", may))
    listed(account, LoggingConfig={"LogGroup": "shared", "LogFormat": "Text"})
    return ("ecs", "lambda", "logs"), task, {(task, "logs_to", groups), (chat, "logs_to", own)}


MADE: dict[str, tuple[Callable[[Faked], _Made], tuple[str, ...]]] = {
    "destinations": (destinations, ("lambda:ListFunctionEventInvokeConfigs",)),
    "mappings": (mappings, ("lambda:ListEventSourceMappings",)),
    "flow logs": (flow_logs, ("ec2:DescribeFlowLogs",)),
    "firewall logs": (firewall_logs, ("wafv2:ListLoggingConfigurations",)),
    "schedules": (schedules, ("scheduler:GetSchedule",)),
    "graphs": (graphs, ("appsync:ListDataSources",)),
    "streams": (streams, ("dynamodb:DescribeKinesisStreamingDestination",)),
    "exports": (exports, ("dynamodb:ListExports", "dynamodb:DescribeExport")),
    "databases": (databases, ("rds:DescribeExportTasks", "rds:DescribeIntegrations")),
    "file systems": (
        file_systems,
        ("elasticfilesystem:DescribeReplicationConfigurations", "elasticfilesystem:DescribeAccessPoints"),
    ),
    "vectors": (vectors, ()),
    "bots": (bots, ("lex:ListBotAliases", "lex:DescribeBotAlias")),
    "pools": (pools, ("cognito-idp:DescribeUserPool",)),
    "crawlers": (crawlers, ()),
    "builds": (builds, ("codebuild:BatchGetProjects",)),
    "captured": (captured, ("sagemaker:DescribeEndpointConfig",)),
    "log groups": (log_groups, ()),
}
CALLS = [(name, call) for name, (_, calls) in MADE.items() for call in calls]


@pytest.mark.parametrize("name", MADE)
def test_flows_that_an_account_shows(faked: Faked, name: str) -> None:
    names, thing, expected = MADE[name][0](faked)
    world = faked.judge("iam", *names).world
    rules = {(one, how, other) for one, how, other, tier in told(world, "aws-") if tier in {"declared", "likely"}}
    assert {one for one in rules if "aws-code-log" not in one} >= expected
    assert not {one for one in rules - expected if not one[0].endswith(":off") and "internet" not in one[0]}
    assert thing not in hidden(world)
    assert "planted" not in str(settings_of(faked.collect(*names)))


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_a_refused_call_hides_flows_of_the_thing(faked: Faked, name: str, call: str) -> None:
    names, thing, expected = MADE[name][0](faked)
    world = faked.judge("iam", *names, deny={call}).world
    assert call in hidden(world)[thing]
    assert "erraform" not in hidden(world)[thing]
    found = {(one, how, other) for one, how, other, _ in told(world, "aws-")}
    assert not expected <= found


def test_who_may_read_a_collection_is_told_by_its_policy(faked: Faked) -> None:
    names, chat, ((made, how, _),) = collections(faked)
    found = {
        (one, way, tier) for one, way, other, tier in told(faked.judge("iam", *names).world, "aws-") if other == chat
    }
    assert (made, "reads_from", "likely") in found or (made, how, "likely") in found
    assert not [one for one in told(faked.judge("iam", *names).world, "aws-") if one[:2] == (chat, "writes_to")]
    for action in ("aoss:ListAccessPolicies", "aoss:GetAccessPolicy"):
        world = faked.judge("iam", *names, deny={action}).world
        assert {tier for one, _, other, tier in told(world, "aws-") if (one, other) == (made, chat)} == {"possible"}
