"""An account furnished with N of everything that a nightly scan meets most, sound and faulty side by side."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
WIDE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NARROW = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data-0/*"}],
}
PUBLIC = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::%s/*"},
    ],
}


def furnish(client: Callable[[str], Any], number: int, *, more: bool = True) -> None:
    """Make `number` of each: keys, buckets, roles, secrets, tables, functions, log groups; queues, topics, groups."""
    keys = _keys(client("kms"), number)
    _buckets(client("s3"), number, keys[0])
    roles = _roles(client("iam"), number)
    secrets, tables = client("secretsmanager"), client("dynamodb")
    functions, logs = client("lambda"), client("logs")
    code = _code()
    for i in range(number):
        sound = i % 2 == 0
        secrets.create_secret(Name=f"vendor/{i}", SecretString="x" * 20, **({"KmsKeyId": keys[i]} if sound else {}))
        _table(tables, i, keys[i], sound=sound)
        variables = {"STAGE": "prod"} if sound else {"API_TOKEN": "correct-horse-battery-staple-9"}
        functions.create_function(
            FunctionName=f"handler-{i}",
            Runtime="python3.12",
            Role=roles[i],
            Handler="main.handler",
            Code={"ZipFile": code},
            Environment={"Variables": variables},
        )
        logs.create_log_group(logGroupName=f"/chat/{i}", **({"kmsKeyId": keys[i]} if sound else {}))
        if sound:
            logs.put_retention_policy(logGroupName=f"/chat/{i}", retentionInDays=30)
    if more:
        _messages(client("sqs"), client("sns"), number)
        _groups(client("ec2"), number)


def wire(client: Callable[[str], Any], number: int) -> None:
    """Make `number` of what hands on: state machines, streams, deliveries, rules, pipes, workgroups, backup plans."""
    role = client("iam").create_role(RoleName="wires", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    client("s3").create_bucket(Bucket="lake")
    client("backup").create_backup_vault(BackupVaultName="nightly")
    queues = client("sqs")
    for i in range(number):
        queues.create_queue(QueueName=f"from-{i}")
        queue = f"arn:aws:sqs:us-east-1:123456789012:from-{i}"
        machine = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
        client("stepfunctions").create_state_machine(name=f"machine-{i}", definition=machine, roleArn=role)
        client("kinesis").create_stream(StreamName=f"turns-{i}", ShardCount=1)
        client("firehose").create_delivery_stream(
            DeliveryStreamName=f"lake-{i}",
            ExtendedS3DestinationConfiguration={"RoleARN": role, "BucketARN": "arn:aws:s3:::lake"},
        )
        client("events").put_rule(Name=f"rule-{i}", ScheduleExpression="rate(1 day)")
        client("pipes").create_pipe(Name=f"pipe-{i}", RoleArn=role, Source=queue, Target=queue)
        client("athena").create_work_group(Name=f"analysts-{i}", Configuration={})
        rule = {"RuleName": "nightly", "TargetBackupVaultName": "nightly"}
        plan = client("backup").create_backup_plan(BackupPlan={"BackupPlanName": f"plan-{i}", "Rules": [rule]})
        chosen = {"SelectionName": "all", "IamRoleArn": role, "Resources": ["*"]}
        client("backup").create_backup_selection(BackupPlanId=plan["BackupPlanId"], BackupSelection=chosen)


def _keys(kms: Any, number: int) -> list[str]:
    made = []
    for i in range(number):
        arn = kms.create_key()["KeyMetadata"]["Arn"]
        if i % 2 == 0:
            kms.enable_key_rotation(KeyId=arn)
        kms.create_alias(AliasName=f"alias/chat-{i}", TargetKeyId=arn)
        made.append(arn)
    return made


def _buckets(s3: Any, number: int, key: str) -> None:
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    closed = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    for i in range(number):
        name = f"transcripts-{i}"
        s3.create_bucket(Bucket=name)
        if i % 2 == 0:
            s3.put_bucket_encryption(
                Bucket=name,
                ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
            )
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
            s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=closed)
            expire = {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
            s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [expire]})
        else:
            s3.put_bucket_policy(Bucket=name, Policy=json.dumps(PUBLIC).replace("%s", name))


def _roles(iam: Any, number: int) -> list[str]:
    made = []
    for i in range(number):
        role = iam.create_role(RoleName=f"worker-{i}", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        document = NARROW if i % 2 == 0 else WIDE
        iam.put_role_policy(RoleName=f"worker-{i}", PolicyName="own", PolicyDocument=json.dumps(document))
        policy = iam.create_policy(PolicyName=f"extra-{i}", PolicyDocument=json.dumps(document))["Policy"]
        iam.attach_role_policy(RoleName=f"worker-{i}", PolicyArn=policy["Arn"])
        made.append(role["Arn"])
    return made


def _table(tables: Any, i: int, key: str, *, sound: bool) -> None:
    extra = {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}} if sound else {}
    tables.create_table(
        TableName=f"sessions-{i}",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **extra,
    )
    if sound:
        tables.update_continuous_backups(
            TableName=f"sessions-{i}", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )


def _messages(queues: Any, topics: Any, number: int) -> None:
    for i in range(number):
        queues.create_queue(QueueName=f"jobs-{i}", Attributes={"SqsManagedSseEnabled": str(i % 2 == 0).lower()})
        topic = topics.create_topic(Name=f"alerts-{i}")["TopicArn"]
        topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:123456789012:jobs-{i}")


def _groups(ec2: Any, number: int) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for i in range(number):
        group = ec2.create_security_group(GroupName=f"web-{i}", Description="x", VpcId=vpc)["GroupId"]
        source = "10.0.0.0/8" if i % 2 == 0 else "0.0.0.0/0"
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": source}]}],
        )


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): pass\n")
    return packed.getvalue()
