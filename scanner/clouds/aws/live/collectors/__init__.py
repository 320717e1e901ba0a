"""One collector a service: from its API's answers to resources in the Terraform provider's words."""

from __future__ import annotations

from scanner.clouds.aws.live.collectors import (
    acm,
    apprunner,
    autoscaling,
    batch,
    cloudtrail,
    cloudtrail_regions,
    cloudwatch,
    codebuild,
    config,
    ec2,
    ecs,
    events,
    glue,
    guardduty,
    kms,
    lambda_,
    logs,
    s3,
    secretsmanager,
    sns,
    sqs,
    ssm,
    vpc,
)
from scanner.collect.gather import Collector

COLLECTORS: tuple[Collector, ...] = (
    acm,
    apprunner,
    autoscaling,
    batch,
    cloudtrail,
    cloudtrail_regions,
    cloudwatch,
    codebuild,
    config,
    ec2,
    ecs,
    events,
    glue,
    guardduty,
    kms,
    lambda_,
    logs,
    s3,
    secretsmanager,
    sns,
    sqs,
    ssm,
    vpc,
)
"""Every collector, in the order of the service's name."""
