"""AppSync: GraphQL APIs and how their callers prove who they are. The list carries all of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "appsync"
everywhere = True
types = ("aws_appsync_graphql_api",)

APIS = call("appsync", "ListGraphqlApis", items="graphqlApis")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every GraphQL API."""
    apis = reader.every(APIS)
    yield from apis.unread(types)
    for api in apis.items:
        yield Item(types[0], api["arn"], _values(api))


def _values(api: dict[str, Any]) -> dict[str, Any]:
    further = api.get("additionalAuthenticationProviders") or ()
    return {
        "id": api["apiId"],
        "arn": api["arn"],
        "name": api.get("name"),
        "visibility": api.get("visibility"),
        "authentication_type": api.get("authenticationType"),
        "additional_authentication_provider": [
            {"authentication_type": one.get("authenticationType")} for one in further
        ],
        "tags": api.get("tags") or {},
    }
