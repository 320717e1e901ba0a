"""Amazon Web Services: one inspector a family of resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scanner.clouds.aws.ai import agents, guardrails, invocation_logging, models
from scanner.clouds.aws.audit import accounts, alarms, trails
from scanner.clouds.aws.compute import actors, workloads
from scanner.clouds.aws.entrypoints import ways_in
from scanner.clouds.aws.iam import (
    boundaries,
    grants,
    key_grants,
    lambda_permissions,
    organizations,
    permission_sets,
    resource_statements,
    roles,
    user_pools,
    users,
)
from scanner.clouds.aws.keys import kms, secrets
from scanner.clouds.aws.naming import identify, locate
from scanner.clouds.aws.network import connections, security_groups
from scanner.clouds.aws.stores import buckets, database, log_groups, queues, registry, search, search_serverless, tables
from scanner.clouds.aws.wiring import wires

if TYPE_CHECKING:
    from scanner.collect.gather import Collector


class AWS:
    """The AWS plugin."""

    name = "aws"
    prefix = "aws_"
    inspectors = (
        accounts,
        actors,
        agents,
        alarms,
        boundaries,
        buckets,
        connections,
        database,
        grants,
        guardrails,
        invocation_logging,
        key_grants,
        kms,
        lambda_permissions,
        log_groups,
        models,
        organizations,
        permission_sets,
        queues,
        registry,
        resource_statements,
        roles,
        search,
        search_serverless,
        secrets,
        security_groups,
        tables,
        trails,
        user_pools,
        users,
        ways_in,
        wires,
        workloads,
    )
    identify = staticmethod(identify)
    locate = staticmethod(locate)

    @property
    def access(self) -> Any:
        """What the access engine asks about AWS."""
        from scanner.clouds.aws.access.language import LANGUAGE

        return LANGUAGE

    @property
    def links(self) -> Any:
        """What tells where data goes in AWS."""
        from scanner.clouds.aws.links.catalogue import linked

        return linked

    @property
    def linked_types(self) -> frozenset[str]:
        """Terraform types that what tells where data goes reads."""
        from scanner.clouds.aws.links.named_types import named_types

        return named_types()

    @property
    def collectors(self) -> Sequence[Collector]:
        """What reads live accounts; needs no SDK, so that a capture is judged without one."""
        from scanner.clouds.aws.live.collectors import COLLECTORS

        return COLLECTORS

    @property
    def permissions(self) -> Mapping[str, Callable[[], str]]:
        """What a scan may do, as text in each of several formats; needs no SDK."""
        from scanner.clouds.aws.live.permission_files import FORMATS

        return FORMATS

    def generated(self) -> dict[str, str]:
        """Files of the repository that are made from the code, by their path in it."""
        from scanner.clouds.aws.live.permission_files import generated

        return generated()

    @property
    def live(self) -> Any:
        """How live accounts are reached.

        Raises ImportError where boto3 is not installed.
        """
        from scanner.clouds.aws.live.service import Live

        return Live()


CLOUD = AWS()
