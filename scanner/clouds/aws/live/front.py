"""Puts an AWS Config aggregator, where one is named, in front of what asks the accounts."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import datetime, timedelta

from scanner.clouds.aws.live.accounts import Reached, Wanted
from scanner.clouds.aws.live.aggregator import Aggregator, View
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.pace import Pace
from scanner.collect.reader import Source
from scanner.errors import InputError

# AWS Config API Reference, "SelectAggregateResourceConfig": ConfigurationAggregatorName.
_NAMED = re.compile(r"([\w-]{1,256})(?:@([a-z0-9-]+))?", re.ASCII)

_LONGEST_AGE = 100_000
"""Hours."""


def named(asked: Wanted) -> tuple[str, str]:
    """Name and region of the aggregator; empty where there is none, the region also where it is the caller's.

    Raises InputError.
    """
    match = _NAMED.fullmatch(asked.config_aggregator)
    if asked.config_max_age is not None and not asked.config_max_age <= _LONGEST_AGE:
        raise InputError(f"--config-max-age {asked.config_max_age}: write hours, up to {_LONGEST_AGE:,}")
    if match is not None:
        return match[1], match[2] or ""
    if asked.config_aggregator:
        raise InputError(f"--config-aggregator {asked.config_aggregator!r}: write NAME or NAME@REGION")
    if asked.config_max_age is not None:
        raise InputError("--config-max-age goes with --config-aggregator")
    return "", ""


def behind(
    direct: Source,
    reached: Reached,
    asked: Wanted,
    aggregator: tuple[str, str],
    *,
    now: datetime | None = None,
    pace: Pace | None = None,
) -> Source:
    """Put the aggregator, as `named` gives it, in front of `direct`; without one, that answers alone."""
    caller, hours = reached.caller, asked.config_max_age
    if caller is None:
        return direct
    # Its pages are not kept, so that only their number tells an endless list.
    tuning = replace(asked.tuning, size=sys.maxsize)
    view = View(
        name=aggregator[0],
        account=caller.account,
        region=aggregator[1] or caller.region,
        pages=Connections({caller.account: caller.session}, tuning=tuning, pace=pace),
        accounts=frozenset(reached.sessions),
        models=caller.models,
        max_age=None if hours is None else timedelta(hours=hours),
    )
    return Aggregator(view, direct, now)
