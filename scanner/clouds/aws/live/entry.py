"""Calls made before an account is read: who asks, which accounts there are, and the way into them."""

from __future__ import annotations

from scanner.clouds.aws.live.calls import call

# Which of them a run makes depends on how it is started; the permissions generated from here cover all.
WHO = call("sts", "GetCallerIdentity")
REGIONS = call("ec2", "DescribeRegions", items="Regions")
ACCOUNTS = call("organizations", "ListAccounts", items="Accounts")
PARENTS = call("organizations", "ListParents", items="Parents")
ASSUME = call("sts", "AssumeRole", resources=("arn:*:iam::*:role/trustscan",))
FOLLOWED = call("config", "DescribeConfigurationAggregatorSourcesStatus", items="AggregatedSourceStatusList")
SELECT = call("config", "SelectAggregateResourceConfig", items="Results")

IN_EACH_ACCOUNT = (WHO, REGIONS)
"""Made in every account that is read."""

BY_THE_CALLER = (ASSUME, ACCOUNTS, PARENTS)
"""Made by whoever starts a scan of several accounts, before it enters them."""

OF_AGGREGATOR = (FOLLOWED, SELECT)
"""Made by whoever starts a scan with an AWS Config aggregator."""
