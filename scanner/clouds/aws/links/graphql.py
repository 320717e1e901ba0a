"""AppSync APIs: functions, tables and services that resolvers read and write.

Sources: AWS AppSync Developer Guide, "Attaching a data source"; "Resolver mapping template reference for DynamoDB".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.clouds.aws.compute.acting import role_at
from scanner.clouds.aws.links.ends import End, gap
from scanner.clouds.aws.links.hosts import host_of
from scanner.clouds.aws.links.leads import Setting, leads, leads_to
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import BUS, FUNCTION, TABLE, at, ends_at
from scanner.clouds.aws.links.workflows import direction
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_API = "aws_appsync_graphql_api"
_SEARCH = ("aws_opensearch_domain", "aws_elasticsearch_domain")
_CLUSTER = ("aws_rds_cluster",)
_OPERATION = re.compile(r"operation[\"']?\s*:\s*[\"'](\w+)")
_TEXTS = ("request_template", "code")
_RESOLVERS = ("aws_appsync_resolver", "aws_appsync_function")
_BOTH = ("reads_from", "writes_to")
_ACTIONS = {
    "reads_from": ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:BatchGetItem"),
    "writes_to": ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"),
}


@dataclass(frozen=True, slots=True)
class _Place:
    """A setting of a data source that names where its data is."""

    path: tuple[str, ...]
    attribute: str
    types: tuple[str, ...]
    hows: tuple[str, ...]


_PLACES = (
    _Place(("lambda_config",), "function_arn", (FUNCTION,), ("sends_to",)),
    _Place(("dynamodb_config",), "table_name", (TABLE,), ()),
    _Place(("elasticsearch_config",), "endpoint", _SEARCH, _BOTH),
    _Place(("opensearchservice_config",), "endpoint", _SEARCH, _BOTH),
    _Place(("relational_database_config", "http_endpoint_config"), "db_cluster_identifier", _CLUSTER, _BOTH),
    _Place(("event_bridge_config",), "event_bus_arn", (BUS,), ("sends_to",)),
)


def flows(seen: Seen) -> Iterator[Linked]:
    """Data sources of every API."""
    for source in seen.planned.of("aws_appsync_datasource"):
        found = ends_at(seen, source, "api_id", (_API,))
        for node in () if isinstance(found, Unknown) else found:
            yield from _source(seen, node, source)
    for api in seen.planned.of(_API):
        for block in blocks_at(api, ("lambda_authorizer_config",)):
            setting = Setting(
                owner=api, block=block, attribute="authorizer_uri", within="lambda_authorizer_config",
                types=(FUNCTION,), rule="aws-api-authorizer", how="sends_to",
                reason="the API asks it whether a caller may come in", facts={"content": False},
            )  # fmt: skip
            yield from leads(seen, at(seen, api), setting)


def _source(seen: Seen, node: End, source: PlannedResource) -> Iterator[Linked]:
    for place in _PLACES:
        for block in blocks_at(source, place.path):
            for how in place.hows or _directions(seen, source, block):
                setting = Setting(
                    owner=source, block=block, attribute=place.attribute, within=".".join(place.path),
                    types=place.types, rule="aws-graphql-source", how=how, reason="resolvers of the API use it",
                )  # fmt: skip
                yield from leads(seen, node, setting, back=how == "reads_from")
    for block in blocks_at(source, ("http_config",)):
        end = host_of(seen, source, "endpoint", block)
        value = block.get("endpoint")
        setting = Setting(
            owner=source, block=block, attribute="endpoint", within="http_config", rule="aws-graphql-source",
            how="sends_to", reason="resolvers of the API use it",
            facts={"encrypted": isinstance(value, str) and value.startswith("https:")},
        )  # fmt: skip
        if isinstance(end, End):
            yield from leads_to(seen, node, end, setting)
        elif end is not None:
            yield gap(node.id, f"endpoint of {source.id} is not known: {end.reason}")


def _directions(seen: Seen, source: PlannedResource, block: Block) -> tuple[str, ...]:
    """How a table is used: as its resolvers say, else as its role may; both ways where neither tells."""
    found: dict[str, None] = {}
    for one in seen.planned.of(*_RESOLVERS):
        if one.plan is not source.plan or one.values.get("data_source") != source.values.get("name"):
            continue
        text = " ".join(str(one.values.get(name) or "") for name in _TEXTS)
        operations = _OPERATION.findall(text)
        if not operations:
            return _allowed(seen, source, block)
        found.update(dict.fromkeys(map(direction, operations)))
    return tuple(found) or _allowed(seen, source, block)


def _allowed(seen: Seen, source: PlannedResource, block: Block) -> tuple[str, ...]:
    """How the role of a data source may use its table."""
    role = role_at(seen.planned, source, ("service_role_arn",))
    table = seen.planned.target(source, "table_name", (TABLE,), block)
    if not isinstance(role, str) or role not in seen.access.people.number or not isinstance(table, PlannedResource):
        return _BOTH
    bit = 1 << seen.access.people.number[role]
    may = {how: any(seen.access.who_can(one, table.id).may & bit for one in asked) for how, asked in _ACTIONS.items()}
    return tuple(how for how, can in may.items() if can) or _BOTH
