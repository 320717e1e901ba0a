"""What the generated cases are about: the chat system's things, the actions on them, and the keys of its requests."""

from __future__ import annotations

from dataclasses import dataclass

from oracle.cases import HOME, OTHER, Thing
from scanner.kinds import Identity, Key, Model, Secret

REGION = "eu-central-1"

BUCKET = Thing(arn="arn:aws:s3:::chat-transcripts", provider_type="aws_s3_bucket")
KEY = Thing(
    arn=f"arn:aws:kms:{REGION}:{HOME}:key/11aa22bb-0000-4000-8000-000000000001", provider_type="aws_kms_key", kind=Key
)
SECRET = Thing(
    arn=f"arn:aws:secretsmanager:{REGION}:{HOME}:secret:chat/model-key-AbCdEf",
    provider_type="aws_secretsmanager_secret",
    kind=Secret,
)
QUEUE = Thing(arn=f"arn:aws:sqs:{REGION}:{HOME}:chat-jobs", provider_type="aws_sqs_queue")
TOPIC = Thing(arn=f"arn:aws:sns:{REGION}:{HOME}:chat-alerts", provider_type="aws_sns_topic")
FUNCTION = Thing(arn=f"arn:aws:lambda:{REGION}:{HOME}:function:chat-api", provider_type="aws_lambda_function")
IMAGES = Thing(arn=f"arn:aws:ecr:{REGION}:{HOME}:repository/chat/api", provider_type="aws_ecr_repository")
TABLE = Thing(arn=f"arn:aws:dynamodb:{REGION}:{HOME}:table/chat-sessions", provider_type="aws_dynamodb_table")
MODEL = Thing(
    arn=f"arn:aws:bedrock:{REGION}::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
    provider_type="aws_bedrock_foundation_model",
    kind=Model,
)
LOGS = Thing(arn=f"arn:aws:logs:{REGION}:{HOME}:log-group:/chat/api", provider_type="aws_cloudwatch_log_group")
WORKER = Thing(arn=f"arn:aws:iam::{HOME}:role/chat/ingest-worker", provider_type="aws_iam_role", kind=Identity)

ROLE = f"arn:aws:iam::{HOME}:role/chat-api"
NESTED_ROLE = f"arn:aws:iam::{HOME}:role/service/chat-runner"
USER = f"arn:aws:iam::{HOME}:user/anna"
FOREIGN_ROLE = f"arn:aws:iam::{OTHER}:role/vendor-sync"
FOREIGN_USER = f"arn:aws:iam::{OTHER}:user/eve"
PRINCIPALS = (ROLE, ROLE, NESTED_ROLE, USER, USER, FOREIGN_ROLE, FOREIGN_USER)


@dataclass(frozen=True, slots=True)
class Target:
    """An action and what it acts on."""

    action: str
    resource: str
    thing: Thing | None
    own: bool = False
    """Whether the thing can have a policy of its own."""

    keys: tuple[str, ...] = ()
    """Condition keys of its own that its request may have."""


def _of(thing: Thing, actions: str, *keys: str, below: str = "", own: bool = True) -> tuple[Target, ...]:
    return tuple(Target(action, thing.arn + below, thing, own, keys) for action in actions.split())


TARGETS: tuple[Target, ...] = (
    *_of(BUCKET, "s3:GetObject s3:PutObject s3:DeleteObject", below="/2026/11/talk.json"),
    *_of(BUCKET, "s3:ListBucket", "s3:prefix", "s3:max-keys"),
    *_of(BUCKET, "s3:PutBucketPolicy s3:DeleteBucket"),
    *_of(KEY, "kms:Decrypt kms:Encrypt kms:GenerateDataKey", "kms:ViaService"),
    *_of(KEY, "kms:ScheduleKeyDeletion kms:PutKeyPolicy kms:CreateGrant"),
    *_of(SECRET, "secretsmanager:GetSecretValue", "secretsmanager:VersionStage"),
    *_of(SECRET, "secretsmanager:PutSecretValue"),
    *_of(QUEUE, "sqs:SendMessage sqs:ReceiveMessage sqs:PurgeQueue"),
    *_of(TOPIC, "sns:Publish sns:Subscribe"),
    *_of(FUNCTION, "lambda:InvokeFunction lambda:UpdateFunctionCode"),
    *_of(IMAGES, "ecr:BatchGetImage ecr:PutImage"),
    *_of(TABLE, "dynamodb:GetItem dynamodb:Query", "dynamodb:LeadingKeys", "dynamodb:Attributes", own=False),
    *_of(MODEL, "bedrock:InvokeModel", "bedrock:GuardrailIdentifier", own=False),
    *_of(LOGS, "logs:DeleteLogGroup logs:PutRetentionPolicy", own=False),
    *_of(WORKER, "iam:PassRole", "iam:PassedToService", own=False),
    *_of(WORKER, "iam:UpdateAssumeRolePolicy iam:AttachRolePolicy", own=False),
    *_of(WORKER, "sts:AssumeRole", "sts:ExternalId", "sts:RoleSessionName"),
    *_of(WORKER, "sts:AssumeRole", "sts:ExternalId", "sts:RoleSessionName"),
    Target("s3:ListAllMyBuckets", "*", None),
    Target("kms:ListKeys", "*", None),
    Target("ec2:DescribeInstances", "*", None),
    Target("ecr:GetAuthorizationToken", "*", None),
)

ANYWHERE = (
    "aws:SourceIp", "aws:SecureTransport", "aws:CurrentTime", "aws:PrincipalOrgID", "aws:PrincipalTag/team",
    "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:SourceVpce", "aws:RequestedRegion", "aws:CalledVia",
    "aws:PrincipalOrgPaths", "aws:UserAgent",
)  # fmt: skip
"""Keys that a request to any service may have."""

WHO = ("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:username")
"""Keys that follow from who asks."""

SEVERAL = frozenset({"aws:CalledVia", "aws:PrincipalOrgPaths", "dynamodb:LeadingKeys", "dynamodb:Attributes"})
"""Keys with several values."""

TEXTS: dict[str, tuple[str, ...]] = {
    "aws:SourceIp": ("10.1.2.3", "203.0.113.77", "198.51.100.9", "2001:db8::7"),
    "aws:SecureTransport": ("true", "false"),
    "aws:CurrentTime": ("2026-11-21T22:00:00Z", "2025-01-01T00:00:00Z"),
    "aws:PrincipalOrgID": ("o-chat1234567", "o-other123456"),
    "aws:PrincipalTag/team": ("chat", "data", "Chat"),
    "aws:MultiFactorAuthPresent": ("true", "false"),
    "aws:MultiFactorAuthAge": ("30", "3600", "86400"),
    "aws:SourceVpce": ("vpce-0a1b2c3d", "vpce-99999999"),
    "aws:RequestedRegion": ("eu-central-1", "us-east-1"),
    "aws:CalledVia": ("athena.amazonaws.com", "cloudformation.amazonaws.com", "dynamodb.amazonaws.com"),
    "aws:PrincipalOrgPaths": ("o-chat1234567/r-chat/ou-chat-prod/", "o-chat1234567/r-chat/ou-chat-dev/"),
    "aws:UserAgent": ("aws-cli/2.31", "Boto3/1.44 (lambda)"),
    "s3:prefix": ("2026/", "2026/11/", "private/", ""),
    "s3:max-keys": ("10", "1000"),
    "kms:ViaService": ("s3.eu-central-1.amazonaws.com", "secretsmanager.eu-central-1.amazonaws.com"),
    "secretsmanager:VersionStage": ("AWSCURRENT", "AWSPREVIOUS"),
    "dynamodb:LeadingKeys": ("anna", "bob", "carl"),
    "dynamodb:Attributes": ("id", "text", "mail"),
    "bedrock:GuardrailIdentifier": (f"arn:aws:bedrock:{REGION}:{HOME}:guardrail/gr1234567890",),
    "iam:PassedToService": ("lambda.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com"),
    "sts:ExternalId": ("vendor-4711", "vendor-4712"),
    "sts:RoleSessionName": ("anna", "deploy-42"),
    "aws:PrincipalArn": (ROLE, USER, FOREIGN_ROLE, NESTED_ROLE),
    "aws:PrincipalAccount": (HOME, OTHER),
    "aws:PrincipalType": ("AssumedRole", "User"),
    "aws:username": ("anna", "eve", "bob"),
}
"""Values that a key takes in requests and policies."""

OPERATORS: dict[str, tuple[str, ...]] = {
    "aws:SourceIp": ("IpAddress", "NotIpAddress"),
    "aws:SecureTransport": ("Bool",),
    "aws:MultiFactorAuthPresent": ("Bool",),
    "aws:CurrentTime": (
        "DateGreaterThan", "DateGreaterThanEquals", "DateLessThan", "DateLessThanEquals", "DateEquals",
        "DateNotEquals",
    ),
    "aws:MultiFactorAuthAge": (
        "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
        "NumericEquals", "NumericNotEquals",
    ),
    "s3:max-keys": ("NumericLessThanEquals", "NumericGreaterThan", "NumericEquals"),
    "aws:PrincipalArn": ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringNotLike"),
    "bedrock:GuardrailIdentifier": ("ArnLike", "ArnNotEquals", "StringEquals", "StringNotLike"),
}  # fmt: skip
"""Operators that fit a key; those of strings fit all others."""

STRINGS = (
    "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
)  # fmt: skip
