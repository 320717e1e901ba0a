"""Amazon Web Services: one inspector a family of resources."""

from __future__ import annotations

from scanner.clouds.aws import (
    accounts,
    agents,
    alarms,
    audit,
    compute,
    database,
    entrypoints,
    guardrails,
    iam_policies,
    identity,
    invocation_logging,
    keys,
    log_groups,
    models,
    network,
    organizations,
    queues,
    registry,
    search,
    search_serverless,
    secrets,
    storage,
    tables,
    user_pools,
)
from scanner.clouds.aws.naming import identify, locate


class AWS:
    """The AWS plugin."""

    name = "aws"
    prefix = "aws_"
    inspectors = (
        accounts,
        agents,
        alarms,
        audit,
        compute,
        database,
        entrypoints,
        guardrails,
        iam_policies,
        identity,
        invocation_logging,
        keys,
        log_groups,
        models,
        network,
        organizations,
        queues,
        registry,
        search,
        search_serverless,
        secrets,
        storage,
        tables,
        user_pools,
    )
    identify = staticmethod(identify)
    locate = staticmethod(locate)


CLOUD = AWS()
