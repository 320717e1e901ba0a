"""Where requests come in: APIs, stages, domain names, load balancers, distributions, function URLs."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.entrypoints import api_gateway, balancers, cdn, function_urls, http_api, waf
from scanner.clouds.aws.entrypoints.protection import Protection
from scanner.kinds import Entrypoint
from scanner.terraform.planned import PlannedWorld

_SERVICES = (api_gateway, http_api, balancers, cdn, function_urls)

terraform_types = tuple(type_ for service in (*_SERVICES, waf) for type_ in service.terraform_types)
kinds = ("entrypoint",)


def from_plan(planned: PlannedWorld) -> Iterator[Entrypoint]:
    """Read every entry point, service by service."""
    protection = Protection(planned)
    for service in _SERVICES:
        yield from service.from_plan(planned, protection)
