"""A plan before it is applied, and the account after: the same resources, the same facts, the same verdicts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import parity_exceptions
import truth
from parity import Stack
from parity_exceptions import Sorted
from parity_stacks import NAMES, Done, done, stack_config
from scanner import run
from scanner.findings import Status
from scanner.terraform.planfile import Source
from tools import AWS_PROVIDER, TERRAFORM
from worlds import POLICIES, TODAY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("parity"),  # one worker applies the stacks, for all of these tests
    TERRAFORM.needed,
    AWS_PROVIDER.needed,
]

_OF_PLANS = ("this plan", "in the plan", "known only after apply", "after apply", "module.", "terraform")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    """Both stacks, applied and scanned."""
    pytest.importorskip("moto", reason="moto is not installed: pip install 'trustscan[dev]'")
    with done(tmp_path_factory.mktemp("parity")) as result:
        yield result


@pytest.fixture(params=NAMES)
def stack(both: Done, request: pytest.FixtureRequest) -> Stack:
    """Each stack."""
    return both.stacks[request.param]


def _sorted(*stacks: Stack) -> Sorted:
    return parity_exceptions.sort(
        (difference for stack in stacks for difference in stack.differences()), parity_exceptions.load()
    )


def test_plan_and_account_differ_in_nothing_that_is_not_explained(stack: Stack) -> None:
    found = _sorted(stack).unexplained
    assert not found, "\n".join(f"{d.what} | {d.subject} | {d.told}" for d in found)


@pytest.mark.parametrize("name", NAMES)
def test_nor_do_they_where_sources_complete_the_plan(both: Done, name: str) -> None:
    found = _sorted(both.completed[name]).unexplained
    assert not found, "\n".join(f"{d.what} | {d.subject} | {d.told}" for d in found)
    assert len(both.completed[name].facts) > len(both.stacks[name].facts)


def test_every_explanation_is_of_a_difference_that_there_is(both: Done) -> None:
    assert _sorted(*both.stacks.values(), *both.completed.values()).idle == ()


def test_what_is_explained_is_the_smaller_part(both: Done) -> None:
    for stack in both.stacks.values():
        assert len(stack.resources) > 10 * sum(side == "planned" for side, _ in stack.alone)
        assert len(stack.facts) > 20 * len(_sorted(stack).explained)


def test_many_verdicts_are_given_by_both(both: Done) -> None:
    pairs = {(s.name, v.control, v.subject): v for s in both.stacks.values() for v in s.verdicts if v.by_both}
    assert len(pairs) >= 300
    assert {verdict.planned for verdict in pairs.values()} == {Status.PASS, Status.FAIL}
    assert len({verdict.control for verdict in pairs.values()}) >= 30


def test_what_the_sources_tell_is_what_the_apply_made(stack: Stack) -> None:
    assert stack.plan.tree is not None
    found = truth.held(stack.plan.content, stack.plan.tree, stack.made)
    assert found.wrong == []
    assert found.told > 400


def test_with_sources_a_fresh_plan_is_judged_as_one_that_knows_everything(stack: Stack) -> None:
    settings = run.Settings(policies=POLICIES, today=TODAY, config=stack_config(stack.name))
    assert truth.differing_facts(stack.plan, stack.made, settings) == []
    everything = truth.everything_known(stack.plan.content, stack.made)
    assert truth.decided(stack.plan, settings) == truth.decided(Source("plan.json", everything), settings)


def test_the_account_is_read_without_a_gap(stack: Stack, both: Done) -> None:
    assert both.problems[stack.name] == []
    assert [gap.reason for gap in stack.live.run.gaps if gap.call] == []


def test_what_is_said_of_an_account_needs_no_knowledge_of_terraform(stack: Stack) -> None:
    strange = re.compile("|".join(map(re.escape, (*_OF_PLANS, *sorted(stack.state)))), re.IGNORECASE)
    told = {text for f in stack.live.run.findings for text in (f.subject, f.message, f.reason, *f.path)}
    assert sorted(text for text in told | {gap.reason for gap in stack.live.run.gaps} if strange.search(text)) == []
