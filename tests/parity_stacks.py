"""Both stacks under fixtures/stacks, each planned, applied to an account on loopback, scanned, and judged twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import truth
from live import REGION, UNHURRIED
from parity import Stack, instances
from parity_apply import STACKS, Applied, apply
from parity_rig import Process
from scanner import config, run
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.clients import Tuning
from scanner.clouds.aws.live.collectors import COLLECTORS
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.gather import Gathering, gather
from scanner.collect.shards import Collected
from scanner.config import Config
from scanner.terraform.planfile import Source
from scanner.terraform.sources.zipped import from_saved_plan
from worlds import POLICIES, TODAY, asks_only_accounts

NAMES = ("sound", "leaky")
"""The stacks."""

_TUNING = Tuning(attempts=2, connect_timeout=10, read_timeout=60)


@dataclass(frozen=True)
class Done:
    """What came of it."""

    stacks: Mapping[str, Stack]
    completed: Mapping[str, Stack]
    """The same, with the plan as its sources complete it."""

    problems: Mapping[str, list[str]]
    """Requests that the account did not understand, by stack: of terraform, and of the scan."""


@contextmanager
def done(folder: Path) -> Iterator[Done]:
    """Apply and scan both stacks, working in an empty folder."""
    rigs = {name: Process() for name in NAMES}
    try:
        with ThreadPoolExecutor(len(rigs)) as threads:
            applied = dict(zip(rigs, threads.map(lambda n: _applied(n, rigs[n], folder / n), rigs), strict=True))
        stacks = {name: _stack(name, applied[name], rigs[name].url) for name in rigs}
        completed = {name: with_sources(stack) for name, stack in stacks.items()}
        yield Done(stacks, completed, {name: rig.problems() for name, rig in rigs.items()})
    finally:
        for rig in rigs.values():
            rig.stop()


def _applied(name: str, rig: Process, folder: Path) -> Applied:
    try:
        return apply(name, rig.url, folder)
    except AssertionError as failure:
        raise AssertionError("\n".join((str(failure), *rig.problems()))) from None


def _stack(name: str, applied: Applied, url: str) -> Stack:
    settings = run.Settings(policies=POLICIES, today=TODAY, config=stack_config(name))
    collected = scanned(url)
    return Stack(
        name=name,
        planned=run.judge_plans([Source("plan.json", applied.plan)], settings),
        live=run.judge_accounts(collected, settings),
        made=truth.applied(applied.state),
        plan=Source("plan.json", applied.plan, from_saved_plan(_saved(applied), applied.saved.parent)),
        items=tuple(item for one in collected for result in one.results for item in result.items),
        state=dict(instances(applied.state["values"]["root_module"])),
        live_only=frozenset(policy.control.id for policy in POLICIES if asks_only_accounts(policy)),
    )


def _saved(applied: Applied) -> Source:
    return Source("tfplan", applied.saved.read_bytes())


def with_sources(stack: Stack) -> Stack:
    """The same stack, its plan judged with the sources that it holds."""
    settings = run.Settings(policies=POLICIES, today=TODAY, config=stack_config(stack.name))
    return replace(stack, planned=run.judge_plans([stack.plan], settings))


def stack_config(name: str) -> Config:
    """The configuration beside a stack."""
    settings = STACKS / name / config.DEFAULT_NAME
    return config.load(settings) if settings.is_file() else Config()


def scanned(url: str) -> list[Collected]:
    """Read the account behind an address with every collector, in every region it has."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in _environment(url).items():
            environment.setenv(name, value)
        reached = reach(Wanted(tuning=_TUNING))
        source = Connections(reached.sessions, tuning=_TUNING, pace=UNHURRIED)
        return gather(reached.targets, Gathering(source=source, collectors=COLLECTORS, now=datetime.now(UTC)))


def _environment(url: str) -> dict[str, str]:
    """Every AWS client asks the rig; S3 Control, which is asked at <account>.<host>, by the rig as a proxy."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "HTTP_PROXY": url,
        "http_proxy": url,
        "NO_PROXY": "",
        "no_proxy": "",
    }
