"""What each resource's settings make it use, one wire each: what environments share is told from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.clouds.aws.keys.key_owner import KEY_TYPES
from scanner.clouds.aws.wiring.names import Named, Names
from scanner.clouds.aws.wiring.places import KEYS, LOGS, OWNERS, PROFILES, ROLES, SUBNETS, VPCS, Path
from scanner.clouds.aws.wiring.settings import TYPES, SecretSettings, blocks_at
from scanner.clouds.aws.wiring.states import states_read
from scanner.model import Unknown, Wire
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

terraform_types: tuple[str, ...] = ()
kinds: tuple[str, ...] = ()

_ROLE = ("aws_iam_role",)
_PROFILE = ("aws_iam_instance_profile",)
_VPC = ("aws_vpc", "aws_default_vpc")
_SUBNET = ("aws_subnet", "aws_default_subnet")
_OF_NETWORKS = frozenset(
    {"aws_security_group", "aws_vpc_endpoint", "aws_db_subnet_group", "aws_elasticache_subnet_group"}
)
_STORES = ("aws_s3_bucket", "aws_cloudwatch_log_group", "aws_kinesis_stream")


def from_plan(planned: PlannedWorld) -> Iterator[Wire]:
    """Read every setting that names a key, a role, a secret, a store or a network."""
    yield from _Reader(planned).wires()


class _Reader:
    def __init__(self, planned: PlannedWorld) -> None:
        self._planned = planned
        self._names = Names(planned)
        self._environments: dict[PlannedResource, str | Unknown] = {}

    def wires(self) -> Iterator[Wire]:
        """Every wire of the world."""
        yield from self._listed(KEYS, KEY_TYPES, "key")
        yield from self._listed(ROLES, _ROLE, "identity")
        yield from self._listed(LOGS, _STORES, "store")
        yield from self._listed(VPCS, _VPC, "network")
        for owner, named, attribute in self._named(PROFILES, _PROFILE):
            yield from self._through(owner, named, attribute, "role", _ROLE, "identity")
        for owner, named, attribute in self._named(SUBNETS, _SUBNET):
            yield from self._through(owner, named, attribute, "vpc_id", _VPC, "network")
        yield from states_read(self._planned)
        secrets = SecretSettings(self._planned, self._names)
        for owner in self._planned.of(*TYPES):
            for named, attribute in secrets.of(owner):
                yield self._wire(owner, named, attribute, "secret")

    def _listed(self, places: Mapping[str, tuple[Path, ...]], types: tuple[str, ...], how: str) -> Iterator[Wire]:
        for owner, named, attribute in self._named(places, types):
            yield from self._known(self._wire(owner, named, attribute, how), owner)

    @staticmethod
    def _known(wire: Wire, owner: PlannedResource) -> Iterator[Wire]:
        """What belongs to the network that it stands in is of that environment, where nothing says another."""
        if owner.type not in _OF_NETWORKS or isinstance(wire.environment, str):
            yield wire

    def _named(
        self, places: Mapping[str, tuple[Path, ...]], types: tuple[str, ...]
    ) -> Iterator[tuple[PlannedResource, Named, str]]:
        for type_, paths in places.items():
            for owner in self._planned.of(type_):
                if owner.values.get("owning_service"):
                    continue  # a secret that a service made belongs to what it was made for
                for path in paths:
                    for block in blocks_at(owner, path[:-1]):
                        inner = None if block is owner else block
                        for named in self._names.of(owner, path[-1], types, inner):
                            yield owner, named, ".".join(path)

    def _through(
        self, owner: PlannedResource, named: Named, attribute: str, onward: str, types: tuple[str, ...], how: str
    ) -> Iterator[Wire]:
        """What stands behind what is named: the role of a profile, the network of a subnet, or a subnet elsewhere."""
        if not isinstance(named.target, PlannedResource):
            if how == "network":
                yield from self._known(self._wire(owner, named, attribute, how), owner)
        else:
            for one in self._names.of(named.target, onward, types):
                reason = named.reason or one.reason
                wire = self._wire(owner, Named(one.target, one.within, reason), attribute, how)
                yield from self._known(wire, owner)

    def _wire(self, owner: PlannedResource, named: Named, attribute: str, how: str) -> Wire:
        source = self._owner(owner)
        target = named.target
        return Wire(
            how=how,
            source=source.id if source else owner.id,
            target=target.id if isinstance(target, PlannedResource) else target,
            attribute=attribute,
            environment=self._environment(source or owner),
            reason=named.reason,
            within=named.within,
        )

    def _environment(self, owner: PlannedResource) -> str | Unknown:
        if owner not in self._environments:
            self._environments[owner] = self._planned.labels(owner)["environment"]
        return self._environments[owner]

    def _owner(self, owner: PlannedResource) -> PlannedResource | None:
        """The resource that a setting is of, where it stands in a resource of its own."""
        if owner.type not in OWNERS:
            return owner
        attribute, type_ = OWNERS[owner.type]
        found = self._planned.target(owner, attribute, (type_,))
        return found if isinstance(found, PlannedResource) else None
