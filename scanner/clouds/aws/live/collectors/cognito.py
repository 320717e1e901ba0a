"""Cognito: user pools and their second factor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "cognito"
everywhere = True
types = ("aws_cognito_user_pool",)

POOLS = call("cognito-idp", "ListUserPools", items="UserPools")
POOL = call("cognito-idp", "DescribeUserPool")

_MOST = 60
"""Pools a page, the most the API gives."""


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every user pool."""
    pools = reader.every(POOLS, MaxResults=_MOST)
    yield from pools.unread(types)
    yield from reader.each(pools.items, lambda pool: _pool(reader, pool))


def _pool(reader: Reader, listed: dict[str, Any]) -> Item:
    arn = reader.arn("cognito-idp", f"userpool/{listed['Id']}")
    answer = reader.ask(POOL, UserPoolId=listed["Id"])
    about = answer.get("UserPool", {}) if isinstance(answer, dict) else {}
    why = answer if isinstance(answer, Unknown) else None
    values = {
        "id": listed["Id"],
        "arn": arn,
        "name": listed.get("Name"),
        "mfa_configuration": why or about.get("MfaConfiguration"),
        "tags": why or about.get("UserPoolTags") or {},
    }
    return Item(types[0], arn, values)
