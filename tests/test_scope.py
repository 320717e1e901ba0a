"""Controls that ask what an account or region holds: what is hidden there, and how that is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner import engine
from scanner.findings import Finding, Status
from scanner.kinds import Alarm, Region
from scanner.model import Gap, Unknown, World
from worlds import POLICIES

CONTROL = [policy for policy in POLICIES if policy.control.id == "guardrail-interventions-alarmed"]
US = Region(
    id="aws:1:us-east-1", type="aws", account="1", region="us-east-1", planned=False, has_guardrails=True
)  # fmt: skip
OFF = Alarm(
    id="off", type="alarm", account="1", region="us-east-1", planned=False,
    watches=("interventions",), enabled=False, notifies=True,
)  # fmt: skip
GAP = Gap(scope="aws:1", kinds=(), reason="not read", hides=("alarm",), account="1")


def _judged(*resources: Region | Alarm, gaps: tuple[Gap, ...] = ()) -> Finding:
    world = World(resources=resources, gaps=gaps, complete=frozenset({"alarm", "region"}))
    (found,) = engine.judge(CONTROL, world)
    return found


@pytest.mark.parametrize(
    ("hidden", "status"),
    [
        ((), Status.FAIL),
        ((GAP,), Status.UNKNOWN),
        ((replace(GAP, region="us-east-1"),), Status.UNKNOWN),
        ((replace(GAP, region="eu-west-1 us-east-1"),), Status.UNKNOWN),
        ((replace(GAP, region="eu-west-1 eu-west-2"),), Status.FAIL),
        ((replace(GAP, account="2"),), Status.FAIL),
        ((replace(GAP, hides=("store",)),), Status.FAIL),
    ],
)
def test_a_region_lacks_something_unless_it_may_be_hidden_there(hidden: tuple[Gap, ...], status: Status) -> None:
    found = _judged(US, gaps=hidden)
    assert found.status is status
    assert ("not read" in found.reason) is (status is Status.UNKNOWN)


@pytest.mark.parametrize("there", [(), (OFF,)])
def test_whether_a_region_is_asked_at_all_says_why_it_is_open(there: tuple[Alarm, ...]) -> None:
    found = _judged(replace(US, has_guardrails=Unknown("refused: bedrock:ListGuardrails")), *there)
    assert found.status is Status.UNKNOWN
    assert "bedrock:ListGuardrails" in found.reason


@pytest.mark.parametrize(("hidden", "status"), [((), Status.FAIL), ((GAP,), Status.UNKNOWN)])
def test_one_that_does_not_do_is_no_failure_while_another_may_be_hidden(
    hidden: tuple[Gap, ...], status: Status
) -> None:
    world = World(resources=(US, OFF), gaps=hidden, complete=frozenset({"alarm", "region"}))
    found = {finding.subject: finding for finding in engine.judge(CONTROL, world)}["off"]
    assert found.status is status
    assert ("another of this region may do, and not all were read: not read" in found.reason) is bool(hidden)


@pytest.mark.parametrize(
    ("gap", "account", "region", "covers"),
    [
        (GAP, "1", None, True),
        (GAP, "2", None, False),
        (GAP, "", None, False),
        (replace(GAP, account=""), "2", "us-east-1", True),
        (replace(GAP, region="eu-west-1 us-east-1"), "1", "us-east-1", True),
        (replace(GAP, region="eu-west-1 us-east-1"), "1", "us-east", False),
        (replace(GAP, region="eu-west-1 us-east-1"), "1", "", False),
        (replace(GAP, region="eu-west-1 us-east-1"), "1", None, True),
        (replace(GAP, region="us-east-1"), "2", "us-east-1", False),
    ],
)
def test_where_a_gap_is(gap: Gap, account: str, region: str | None, *, covers: bool) -> None:
    assert gap.covers(account, region) is covers


def test_what_a_gap_hides_is_what_it_tells_and_what_no_verdict_is_asked_for() -> None:
    gap = replace(GAP, kinds=("store",))
    assert gap.hides_any("alarm")
    assert gap.hides_any("key", "store")
    assert not gap.hides_any("key", "region")
    assert not gap.hides_any()
