"""Networks, and what connects them: peering, transit gateways, and services that endpoints in other networks reach.

Sources: Amazon VPC User Guides, "What is VPC peering?", "Transit gateway route tables" (attachments of one default
route table reach each other; with tables of their own they need not), "Share your services through AWS PrivateLink".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.clouds.aws.wiring.names import Named, Names
from scanner.config import Described
from scanner.kinds import Network
from scanner.model import Unknown, Wire
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

_VPCS = ("aws_vpc", "aws_default_vpc")
_PEERING = "aws_vpc_peering_connection"
_GATEWAY = "aws_ec2_transit_gateway"
_ATTACHMENT = "aws_ec2_transit_gateway_vpc_attachment"
_SERVICE = "aws_vpc_endpoint_service"
_ENDPOINT = "aws_vpc_endpoint"
_TYPES = {**dict.fromkeys(_VPCS, "vpc"), _PEERING: "peering", _GATEWAY: "transit_gateway", _SERVICE: "endpoint_service"}
_ACCOUNT = re.compile(r"(?:^arn:[^:]*:iam::|^)(\d{12})(?:$|:)")
_OWN_TABLES = "{} may route by tables of its own, which keep attachments apart"

terraform_types = (*_TYPES, _ATTACHMENT)
kinds = ("network",)


def from_plan(planned: PlannedWorld) -> Iterator[Network | Wire]:
    """Read every network and every connection, and which networks each connects."""
    for type_, sort in _TYPES.items():
        for resource in planned.of(type_):
            yield Network.of(**planned.labels(resource), type=sort)
    connections = _Connections(planned)
    for peering in planned.of(_PEERING):
        yield from connections.peering(peering)
    for attachment in planned.of(_ATTACHMENT):
        yield from connections.attachment(attachment)
    for endpoint in planned.of(_ENDPOINT):
        yield from connections.endpoint(endpoint)
    for service in planned.of(_SERVICE):
        yield from connections.service(service)


class _Connections:
    def __init__(self, planned: PlannedWorld) -> None:
        self._planned = planned
        self._names = Names(planned)

    def peering(self, peering: PlannedResource) -> Iterator[Wire]:
        """Both networks that a peering connects."""
        yield self._side(peering, "vpc_id", str(peering.values.get("owner_id") or ""), Named(peering))
        yield self._side(peering, "peer_vpc_id", str(peering.values.get("peer_owner_id") or ""), Named(peering))

    def attachment(self, attachment: PlannedResource) -> Iterator[Wire]:
        """The network that is attached to a transit gateway."""
        for named in self._names.of(attachment, "transit_gateway_id", (_GATEWAY,)):
            reason = named.reason or self._apart(attachment, named.target)
            yield self._side(attachment, "vpc_id", "", Named(named.target, named.within, reason))

    def endpoint(self, endpoint: PlannedResource) -> Iterator[Wire]:
        """The network from which a service is reached; those of AWS itself are in every network."""
        name = endpoint.get("service_name")
        if isinstance(name, str) and re.match(r"(com|cn\.com|aws)\.", name) and ".vpce-svc-" not in name:
            return
        for named in self._names.of(endpoint, "service_name", (_SERVICE,)):
            if isinstance(named.target, PlannedResource) or ".vpce-svc-" in named.target:
                yield self._side(endpoint, "vpc_id", "", named)

    def service(self, service: PlannedResource) -> Iterator[Wire]:
        """Accounts whose networks may reach a service."""
        allowed = service.texts("allowed_principals")
        for principal in () if isinstance(allowed, Unknown) else allowed:
            account = _ACCOUNT.match(principal)
            if account:
                environment = self._elsewhere(principal, account[1])
                yield self._wire(principal, Named(service), "allowed_principals", environment)

    def _side(self, owner: PlannedResource, attribute: str, account: str, named: Named) -> Wire:
        """One network and the connection that it is part of."""
        found = self._planned.target(owner, attribute, _VPCS)
        if isinstance(found, PlannedResource):
            return self._wire(found.id, named, attribute, self._environment(found))
        if isinstance(found, External):
            return self._wire(found.value, named, attribute, self._elsewhere(found.value, account))
        why = found.reason if isinstance(found, Unknown) else "it is not named"
        return self._wire(owner.id, named, attribute, Unknown(f"which network {attribute} names is not known: {why}"))

    def _apart(self, attachment: PlannedResource, gateway: PlannedResource | str) -> str:
        """Why networks on one gateway may not reach each other; empty where its default table connects them."""
        if not isinstance(gateway, PlannedResource):
            return _OWN_TABLES.format(gateway)
        names = ("default_route_table_association", "default_route_table_propagation")
        tables = [gateway.get(name, "enable") for name in names]
        own = [attachment.get(f"transit_gateway_{name}", absent=True) for name in names]
        # What a plan leaves open is the default; of an account it was not asked.
        live = attachment.plan.is_live
        told = [value for value in (*tables, *own) if live or not isinstance(value, Unknown)]
        return "" if all(value in ("enable", True) for value in told) else _OWN_TABLES.format(gateway.id)

    def _elsewhere(self, name: str, account: str) -> str | Unknown:
        """The environment of what was not read: by the settings for its account."""
        environment, source = self._planned.config.environment(Described(name, name, "", account, {}))
        return environment if source else Unknown(f"{name} was not seen, nor does a setting say of its account")

    def _environment(self, network: PlannedResource) -> str | Unknown:
        found: str | Unknown = self._planned.labels(network)["environment"]
        return found

    def _wire(self, source: str, named: Named, attribute: str, environment: str | Unknown) -> Wire:
        target = named.target
        return Wire(
            how="network",
            source=source,
            target=target.id if isinstance(target, PlannedResource) else target,
            attribute=attribute,
            environment=environment,
            reason=named.reason,
            within=named.within,
        )
