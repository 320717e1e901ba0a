"""Entry points by the host name that a distribution's origin gives.

A plan shows which resource an origin's name is taken from. In an account the name itself tells, in the forms that AWS
gives: `<id>.execute-api.<region>.amazonaws.com`, and what a balancer or function URL says of itself. A name of one's
own, which DNS leads there, does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import urlsplit

from scanner.hcl.values import Symbol, mentions
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_API = re.compile(r"([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
_APIS = ("aws_api_gateway_rest_api", "aws_apigatewayv2_api")
_BALANCERS = ("aws_lb", "aws_alb", "aws_elb")


class Hosts:
    """Entry points by host name."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Take the world; names are read when they are first asked for."""
        self._planned = planned

    def origins(self, cdn: PlannedResource) -> Iterator[PlannedResource]:
        """What a distribution's origins name."""
        if not cdn.plan.is_live:
            yield from self._planned.mentioned(cdn, "origin", "domain_name")
            yield from self._told(cdn)
            return
        blocks = cdn.blocks("origin")
        for block in () if isinstance(blocks, Unknown) else blocks:
            host = str(block.values.get("domain_name") or "").lower().removeprefix("dualstack.")
            api = _API.fullmatch(host)
            found = self._planned.by_name(api[1], *_APIS) if api else self._named.get(host)
            if found is not None:
                yield found

    def _told(self, cdn: PlannedResource) -> Iterator[PlannedResource]:
        """What the sources tell of names that wait for apply."""
        blocks = cdn.blocks("origin")
        for block in () if isinstance(blocks, Unknown) else blocks:
            for symbol in mentions(block.get("domain_name")):
                found = self._planned.instance(cdn, symbol) if isinstance(symbol, Symbol) else None
                if found is not None:
                    yield found

    @cached_property
    def _named(self) -> dict[str, PlannedResource]:
        named = {str(one.values.get("dns_name")).lower(): one for one in self._planned.of(*_BALANCERS)}
        for url in self._planned.of("aws_lambda_function_url"):
            named[(urlsplit(str(url.values.get("function_url"))).hostname or "").lower()] = url
        return named
