"""One collector a service: from its API's answers to resources in the Terraform provider's words."""

from __future__ import annotations

from scanner.clouds.aws.live.collectors import (
    acm,
    cloudtrail,
    cloudtrail_regions,
    cloudwatch,
    config,
    events,
    guardduty,
    kms,
    logs,
    secretsmanager,
    sns,
    sqs,
    ssm,
)
from scanner.collect.gather import Collector

COLLECTORS: tuple[Collector, ...] = (
    acm,
    cloudtrail,
    cloudtrail_regions,
    cloudwatch,
    config,
    events,
    guardduty,
    kms,
    logs,
    secretsmanager,
    sns,
    sqs,
    ssm,
)
"""Every collector, in the order of the service's name."""
