"""AppSync: GraphQL APIs, how their callers prove who they are, and their data sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.masks import hiding, origin
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "appsync"
everywhere = True
types = ("aws_appsync_graphql_api", "aws_appsync_datasource")


def _hosts_only(page: Page) -> Page:
    """Of HTTP endpoints, only who answers."""
    for one in page.get("dataSources") or ():
        http = one.get("httpConfig") or {}
        if "endpoint" in http:
            http["endpoint"] = origin(http["endpoint"])
    return hiding("description")(page)


APIS = call("appsync", "ListGraphqlApis", items="graphqlApis")
SOURCES = call("appsync", "ListDataSources", items="dataSources", mask=_hosts_only)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every GraphQL API with its data sources; what resolvers do with these is what their roles may."""
    apis = reader.every(APIS)
    yield from apis.unread(types)
    yield from (Item(types[0], api["arn"], _values(api)) for api in apis.items)
    listings = reader.each(apis.items, lambda api: reader.every(SOURCES, apiId=api["apiId"]))
    for api, listed in zip(apis.items, listings, strict=True):
        yield from listed.unread(types[1:])
        yield from (_source(api, source) for source in listed.items)


def _values(api: dict[str, Any]) -> dict[str, Any]:
    further = api.get("additionalAuthenticationProviders") or ()
    return {
        "id": api["apiId"],
        "arn": api["arn"],
        "name": api.get("name"),
        "visibility": api.get("visibility"),
        "authentication_type": api.get("authenticationType"),
        "lambda_authorizer_config": _authorizer(api),
        "log_config": [_logs(api["logConfig"])] if api.get("logConfig") else [],
        "uris": api.get("uris") or {},
        "additional_authentication_provider": [
            {
                "authentication_type": one.get("authenticationType"),
                "lambda_authorizer_config": _authorizer(one),
            }
            for one in further
        ],
        "tags": api.get("tags") or {},
    }


def _authorizer(given: dict[str, Any]) -> list[dict[str, Any]]:
    function = (given.get("lambdaAuthorizerConfig") or {}).get("authorizerUri")
    return [{"authorizer_uri": function}] if function else []


def _logs(given: dict[str, Any]) -> dict[str, Any]:
    level, brief = given.get("fieldLogLevel"), bool(given.get("excludeVerboseContent"))
    return {"field_log_level": level, "exclude_verbose_content": brief}


def _source(api: dict[str, Any], source: dict[str, Any]) -> Item:
    relational = (source.get("relationalDatabaseConfig") or {}).get("rdsHttpEndpointConfig") or {}
    database = {
        "db_cluster_identifier": relational.get("dbClusterIdentifier"),
        "aws_secret_store_arn": relational.get("awsSecretStoreArn"),
    }
    arn = source["dataSourceArn"]
    values = {
        "arn": arn,
        "api_id": api["apiId"],
        "name": source["name"],
        "type": source.get("type"),
        "service_role_arn": source.get("serviceRoleArn"),
        "lambda_config": _named(source, "lambdaConfig", function_arn="lambdaFunctionArn"),
        "dynamodb_config": _named(source, "dynamodbConfig", table_name="tableName", region="awsRegion"),
        "elasticsearch_config": _named(source, "elasticsearchConfig", endpoint="endpoint"),
        "opensearchservice_config": _named(source, "openSearchServiceConfig", endpoint="endpoint"),
        "event_bridge_config": _named(source, "eventBridgeConfig", event_bus_arn="eventBusArn"),
        "http_config": _named(source, "httpConfig", endpoint="endpoint"),
        "relational_database_config": [{"http_endpoint_config": [database]}] if relational else [],
    }
    return Item(types[1], arn, values)


def _named(source: dict[str, Any], part: str, **names: str) -> list[dict[str, Any]]:
    """A block of the data source, by the provider's names and those of the API."""
    given = source.get(part)
    return [{ours: given.get(theirs) for ours, theirs in names.items()}] if given else []
