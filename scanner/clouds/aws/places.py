"""The account and region of planned resources, where the plan shows them at all."""

from __future__ import annotations

from typing import TypeAlias

from scanner.clouds.aws.naming import locate, provider_key
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_Provider: TypeAlias = tuple[int, str]


class Places:
    """Accounts and regions by what a plan's own data sources say of each provider configuration."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Read aws_caller_identity and aws_region, which a plan reads before anything is created."""
        self._accounts: dict[_Provider, str] = {}
        self._regions: dict[_Provider, str] = {}
        for source in planned.of("data.aws_caller_identity"):
            _keep(self._accounts, source, "account_id")
        for source in planned.of("data.aws_region"):
            _keep(self._regions, source, "name", "region", "id")

    def of(self, resource: PlannedResource) -> tuple[str, str]:
        """Account and region of a resource, each empty where it is not known."""
        _, account, region = locate(resource)
        provider = provider_of(resource)
        return account or self._accounts.get(provider, ""), region or self._regions.get(provider, "")


def _keep(into: dict[_Provider, str], source: PlannedResource, *names: str) -> None:
    for name in names:
        value = source.values.get(name)
        if isinstance(value, str) and value:
            into.setdefault(provider_of(source), value)


def provider_of(resource: PlannedResource) -> _Provider:
    """The plan and the provider configuration that make a resource."""
    return id(resource.plan), provider_key(resource)
