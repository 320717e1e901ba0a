"""How many calls a scan of a live account makes: so many for each resource, and none twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from furnished import furnish, wire
from furnished_doors import open_doors
from live import REGION, UNHURRIED, Faked
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.clients import Tuning
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.calls import Answer, Request

EACH = {
    "s3:GetBucketLocation": 1,  # S3 tells it with its list; moto does not
    "s3:GetBucketVersioning": 1,
    "s3:GetBucketAcl": 1,
    "s3:GetPublicAccessBlock": 1,
    "s3:GetBucketPolicy": 1,
    "s3:GetBucketEncryption": 1,
    "s3:GetBucketLifecycleConfiguration": 1,
    "s3:GetBucketLogging": 1,
    "s3:GetBucketNotificationConfiguration": 1,
    "s3:GetBucketReplication": 0.5,  # of versioned buckets
    "s3:GetObjectLockConfiguration": 0.5,  # of versioned buckets
    "iam:GenerateServiceLastAccessedDetails": 1,
    "iam:GetServiceLastAccessedDetails": 1,
    "kms:DescribeKey": 1,
    "kms:GetKeyPolicy": 1,
    "kms:GetKeyRotationStatus": 1,
    "kms:ListKeyRotations": 0.5,  # of keys that rotate
    "dynamodb:DescribeTable": 1,
    "dynamodb:DescribeContinuousBackups": 1,
    "dynamodb:DescribeKinesisStreamingDestination": 1,
    "dynamodb:DescribeTimeToLive": 1,
    "dynamodb:GetResourcePolicy": 1,
    "logs:DescribeSubscriptionFilters": 1,
    "lambda:GetPolicy": 1,
    "lambda:ListFunctionEventInvokeConfigs": 1,
    "lambda:ListFunctionUrlConfigs": 1,
    "secretsmanager:GetResourcePolicy": 1,
    "sns:GetTopicAttributes": 1,
    "sns:GetDataProtectionPolicy": 1,
    "sns:GetSubscriptionAttributes": 1,
    "sqs:GetQueueAttributes": 1,
}
"""Calls for one more bucket, key, role, table, function, secret, log group, queue and topic with a subscription, of
which every second is sound; a security group costs none: a list tells all of them."""

WIRED = {
    "athena:GetWorkGroup": 1,
    "backup:GetBackupPlan": 1,
    "backup:GetBackupSelection": 1,
    "backup:ListBackupSelections": 1,
    "events:ListTargetsByRule": 1,
    "firehose:DescribeDeliveryStream": 1,
    "kinesis:DescribeStreamSummary": 1,
    "pipes:DescribePipe": 1,
    "sqs:GetQueueAttributes": 1,
    "stepfunctions:DescribeStateMachine": 1,
}
"""Calls for one more state machine, stream, delivery stream, rule, queue with a pipe, workgroup, and backup plan with a
selection."""

DOORS = {
    "apigateway:GetAuthorizers": 1,
    "apigateway:GetBasePathMappings": 1,
    "apigateway:GetResources": 1,
    "apigateway:GetStages": 1,
    "apigatewayv2:GetApiMappings": 1,
    "apigatewayv2:GetIntegrations": 1,
    "apigatewayv2:GetRoutes": 1,
    "apigatewayv2:GetStages": 1,
    "cloudfront:GetDistributionConfig": 1,
    "elbv2:DescribeListeners": 1,
    "elbv2:DescribeLoadBalancerAttributes": 1,
    "elbv2:DescribeRules": 1,
    "elbv2:DescribeTargetHealth": 1,
}
"""Calls for one more REST API that a function guards, its domain name, HTTP API, distribution, and balancer with a
listener before a function."""

Make: TypeAlias = Callable[[Callable[[str], Any], int], None]


class Counted:
    """Passes on to a source what it is asked, and keeps count."""

    def __init__(self, source: Connections) -> None:
        self.keys: Counter[str] = Counter()
        self.names: Counter[str] = Counter()
        self._source = source
        self._lock = threading.Lock()

    def answer(self, request: Request, /) -> Answer:
        """Answer a request."""
        with self._lock:
            self.keys[f"{request.account} {request.key}"] += 1
            self.names[request.call.name] += 1
        return self._source.answer(request)


def _scanned(account: Faked, number: int, *regions: str, made: Make = furnish) -> Counted:
    account.fake.reset()
    made(account.client, number)
    tuning = Tuning(attempts=1, wait=0.1)
    reached = reach(Wanted(regions=regions, tuning=tuning))
    source = Counted(Connections(reached.sessions, tuning=tuning, pace=UNHURRIED))
    account.collect(source=source, reached=reached)
    return source


def test_calls_grow_by_so_many_for_each_resource(faked: Faked) -> None:
    assert _each(faked, furnish) == EACH


def test_calls_grow_by_so_many_for_each_that_hands_on(faked: Faked) -> None:
    assert _each(faked, wire) == WIRED


def test_calls_grow_by_so_many_for_each_way_in(faked: Faked) -> None:
    assert _each(faked, open_doors) == DOORS


def _each(faked: Faked, made: Make) -> dict[str, float]:
    four, eight = (_scanned(faked, number, REGION, made=made).names for number in (4, 8))
    return {name: (eight[name] - four[name]) / 4 for name in eight | four if eight[name] != four[name]}


@pytest.mark.parametrize("regions", [(REGION,), (REGION, "eu-west-1")])
def test_nothing_is_asked_twice(faked: Faked, regions: tuple[str, ...]) -> None:
    asked = _scanned(faked, 2, *regions).keys
    assert asked
    assert {key: often for key, often in asked.items() if often > 1} == {}
