"""Who resources of an account let in: statements of their policies, read through the real SDK, and refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from live import ACCOUNT, REGION, Live
from scanner.model import Statement, Unknown
from test_live_compute import function, role

PARTNER = "arn:aws:iam::444455556666:root"


def text(actions: str, arn: str = "*") -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": PARTNER}, "Action": actions, "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def of_resources(aws: Live, *names: str, **how: Any) -> dict[str, Statement]:
    """Statements of resource policies by what they bind; those that bind nothing by their policy."""
    found = [s for s in aws.judge(*names, **how).world.statements if s.policy_kind in {"resource", "endpoint"}]
    assert all(isinstance(one.binds, tuple) for one in found)
    return {"".join(one.binds) or one.policy: one for one in found if isinstance(one.binds, tuple)}


def furnish(aws: Live) -> dict[str, str]:
    """Make one of everything that has a policy; what each lets the partner do, by its ARN."""
    aws.client("s3").create_bucket(Bucket="chat")
    aws.client("s3").put_bucket_policy(Bucket="chat", Policy=text("s3:GetObject", "arn:aws:s3:::chat/*"))
    key = aws.client("kms").create_key(Policy=text("kms:Decrypt"))["KeyMetadata"]["Arn"]
    secret = aws.client("secretsmanager").create_secret(Name="s", SecretString="planted")["ARN"]
    aws.client("secretsmanager").put_resource_policy(
        SecretId=secret, ResourcePolicy=text("secretsmanager:GetSecretValue")
    )
    queue = aws.client("sqs").create_queue(QueueName="q", Attributes={"Policy": text("sqs:SendMessage")})["QueueUrl"]
    topic = aws.client("sns").create_topic(Name="t", Attributes={"Policy": text("sns:Publish")})["TopicArn"]
    ecr = aws.client("ecr").create_repository(repositoryName="app")["repository"]["repositoryArn"]
    aws.client("ecr").set_repository_policy(repositoryName="app", policyText=text("ecr:BatchGetImage"))
    aws.client("ecr").put_registry_policy(policyText=text("ecr:ReplicateImage"))
    called = function(aws, "chat", role(aws))
    aws.client("lambda").add_permission(
        FunctionName="chat", StatementId="p", Action="lambda:InvokeFunction", Principal="444455556666"
    )
    aws.client("logs").put_resource_policy(policyName="in", policyDocument=text("logs:PutLogEvents"))
    table = aws.client("dynamodb").create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )["TableDescription"]["TableArn"]
    aws.client("dynamodb").put_resource_policy(ResourceArn=table, Policy=text("dynamodb:GetItem"))
    assert queue
    return {
        "arn:aws:s3:::chat": "s3:GetObject",
        key: "kms:Decrypt",
        secret: "secretsmanager:GetSecretValue",
        f"arn:aws:sqs:{REGION}:{ACCOUNT}:q": "sqs:SendMessage",
        topic: "sns:Publish",
        ecr: "ecr:BatchGetImage",
        called: "lambda:InvokeFunction",
        table: "dynamodb:GetItem",
        f"arn:aws:ecr:{REGION}:{ACCOUNT}:registry/policy": "ecr:ReplicateImage",
        f"arn:aws:logs:{REGION}:{ACCOUNT}:resource-policy:in": "logs:PutLogEvents",
    }


NAMES = ("dynamodb", "ecr", "kms", "lambda", "logs", "s3", "secretsmanager", "sns", "sqs")


def test_every_resource_policy_is_in_the_world(aws: Live) -> None:
    wanted = furnish(aws)
    found = of_resources(aws, *NAMES)
    told = {arn: (one.actions, one.written) for arn, one in found.items() if arn in wanted}
    assert told == {arn: ((action,), True) for arn, action in wanted.items()}
    assert {one.principals for arn, one in found.items() if arn in wanted} <= {
        (f"AWS:{PARTNER}",),
        ("AWS:444455556666",),
    }


REFUSED = {
    "s3:GetBucketPolicy": "arn:aws:s3:::chat",
    "kms:GetKeyPolicy": "kms",
    "secretsmanager:GetResourcePolicy": "secretsmanager",
    "ecr:GetRepositoryPolicy": "repository/app",
    "ecr:GetRegistryPolicy": "registry/policy",
    "lambda:GetPolicy": "function:chat",
    "logs:DescribeResourcePolicies": "resource-policy:",
    "dynamodb:GetResourcePolicy": "table/t",
}


@pytest.mark.parametrize("action", REFUSED)
def test_a_policy_that_is_not_shown_is_hidden(aws: Live, action: str) -> None:
    furnish(aws)
    service = action.partition(":")[0]
    found = of_resources(aws, service, deny={action})
    hidden = [one for arn, one in found.items() if REFUSED[action] in arn and isinstance(one.actions, Unknown)]
    assert hidden
    assert all(isinstance(one.actions, Unknown) and action in one.actions.reason for one in hidden)


def test_what_has_no_policy_lets_nobody_in_by_one(aws: Live) -> None:
    called = function(aws, "chat", role(aws))
    aws.client("s3").create_bucket(Bucket="chat")
    aws.client("ecr").create_repository(repositoryName="app")
    aws.client("secretsmanager").create_secret(Name="s", SecretString="planted")
    found = of_resources(aws, "ecr", "lambda", "s3", "secretsmanager")
    assert called not in found
    assert found == {}
