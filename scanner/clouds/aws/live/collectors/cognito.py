"""Cognito: user pools, their second factor, and the functions that they hand who signs in."""

from __future__ import annotations

import re
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

_PLAIN = frozenset(
    {"CreateAuthChallenge", "CustomMessage", "DefineAuthChallenge", "PostAuthentication", "PostConfirmation"}
    | {"PreAuthentication", "PreSignUp", "PreTokenGeneration", "UserMigration", "VerifyAuthChallengeResponse"}
)
_NESTED = frozenset({"CustomEmailSender", "CustomSMSSender", "PreTokenGenerationConfig"})
"""Triggers of a pool (Amazon Cognito user pools API Reference, LambdaConfigType)."""

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
        "lambda_config": why or _triggers(about.get("LambdaConfig") or {}),
        "mfa_configuration": why or about.get("MfaConfiguration"),
        "tags": why or about.get("UserPoolTags") or {},
    }
    return Item(types[0], arn, values)


def _triggers(given: dict[str, Any]) -> list[dict[str, Any]]:
    """Functions by what they are asked for; some are named by a structure."""
    named = {name: one for name, one in given.items() if name in _PLAIN and isinstance(one, str)}
    inner = {name: one["LambdaArn"] for name, one in given.items() if name in _NESTED and one.get("LambdaArn")}
    found: dict[str, Any] = {_snake(name): one for name, one in named.items()}
    found |= {_snake(name): [{"lambda_arn": one}] for name, one in inner.items()}
    return [found] if found else []


def _snake(name_: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name_).lower()
