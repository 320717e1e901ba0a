"""Groups of parameters that databases use: of each, the parameters that refuse connections without TLS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.calls import Call
from scanner.collect.items import Item
from scanner.collect.reader import Listing, Reader
from scanner.model import Unknown

LIST_GROUPS = call("rds", "DescribeDBParameterGroups", items="DBParameterGroups")
LIST_CLUSTER_GROUPS = call("rds", "DescribeDBClusterParameterGroups", items="DBClusterParameterGroups")
LIST_PARAMETERS = call("rds", "DescribeDBParameters", items="Parameters")
LIST_CLUSTER_PARAMETERS = call("rds", "DescribeDBClusterParameters", items="Parameters")

_DEFAULT = "default."
"""How the groups begin that AWS makes, and nobody can change."""

_WANTED = frozenset({"rds.force_ssl", "require_secure_transport"})


@dataclass(frozen=True, slots=True)
class _Sort:
    """What tells groups of instances and of clusters apart."""

    type: str
    groups: Call
    parameters: Call
    name: str
    """The field, and parameter, that holds a group's name."""

    arn: str


_OF_INSTANCES = _Sort("aws_db_parameter_group", LIST_GROUPS, LIST_PARAMETERS, "DBParameterGroupName", "pg")
_OF_CLUSTERS = _Sort(
    "aws_rds_cluster_parameter_group",
    LIST_CLUSTER_GROUPS,
    LIST_CLUSTER_PARAMETERS,
    "DBClusterParameterGroupName",
    "cluster-pg",
)


def of_instances(reader: Reader, used: Iterable[str | None]) -> Iterator[Item]:
    """Groups that instances use; AWS's own ones are known without asking."""
    return _groups(reader, used, _OF_INSTANCES)


def of_clusters(reader: Reader, used: Iterable[str | None]) -> Iterator[Item]:
    """Groups that clusters use."""
    return _groups(reader, used, _OF_CLUSTERS)


def _groups(reader: Reader, used: Iterable[str | None], sort: _Sort) -> Iterator[Item]:
    own = sorted({group for group in used if group and not group.startswith(_DEFAULT)})
    if own:
        listed = reader.every(sort.groups)
        yield from reader.each(own, lambda group: _group(reader, sort, listed, group))


def _group(reader: Reader, sort: _Sort, listed: Listing, group: str) -> Item:
    """A group with what was set in it, which is little; the hundreds of defaults stand in its family's documents."""
    families = (one.get("DBParameterGroupFamily") for one in listed.items if one.get(sort.name) == group)
    family = next(families, None) or listed.missing or Unknown(f"{group} is not among the parameter groups listed")
    parameters = reader.every(sort.parameters, Source="user", **{sort.name: group})
    found: list[dict[str, Any]] = [
        {"name": one["ParameterName"], "value": one.get("ParameterValue")}
        for one in parameters.items
        if str(one.get("ParameterName")).lower() in _WANTED and one.get("ParameterValue") is not None
    ]
    arn = reader.arn("rds", f"{sort.arn}:{group}")
    values = {"arn": arn, "name": group, "family": family, "parameter": parameters.missing or found}
    return Item(sort.type, arn, values)
