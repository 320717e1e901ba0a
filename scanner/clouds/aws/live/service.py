"""What the command line asks of the AWS plugin for a live scan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import botocore

from scanner.clouds.aws.live import front
from scanner.clouds.aws.live.accounts import Reached, Wanted, reach
from scanner.clouds.aws.live.checks import check
from scanner.clouds.aws.live.collectors import COLLECTORS
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.gather import Collector
from scanner.collect.reader import Source
from scanner.collect.shards import Target

EXPIRED = frozenset(
    {
        "CredentialRetrievalError",
        "ExpiredToken",
        "ExpiredTokenException",
        "NoCredentialsError",
        "RequestExpired",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
"""Errors by which AWS, or botocore, says that whoever asked must sign in again (AWS "Common errors" of its APIs)."""


class Live:
    """Live AWS accounts."""

    collectors: Sequence[Collector] = COLLECTORS
    expired: frozenset[str] = EXPIRED

    def reach(self, **wanted: Any) -> tuple[tuple[Target, ...], Source]:
        """Find and enter the accounts that the options of `trustscan live aws` name.

        Raises InputError.
        """
        asked = Wanted(**wanted)
        check(asked)
        aggregator = front.named(asked)
        reached: Reached = reach(asked)
        direct = Connections(reached.sessions, tuning=asked.tuning)
        return reached.targets, front.behind(direct, reached, asked, aggregator)

    def sdk(self) -> str:
        """Name and version of the SDK that asks."""
        return f"botocore {botocore.__version__}"
