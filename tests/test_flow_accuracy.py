"""What is told of where data goes is what a person reads in the Terraform: ten stacks, labelled by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import call
from flow_labels import ROOT, Measured, labels, measured, stacks, told, total

STACKS = stacks()
LEAST = 0.95
"""Precision and recall of all stacks together."""


def planned(stack: Path) -> set[str]:
    """Addresses of every instance in a stack's plan."""
    changes = json.loads((stack / "plan.json").read_text(encoding="utf-8"))["resource_changes"]
    return {change["address"] for change in changes if change["mode"] == "managed"}


@pytest.mark.parametrize("stack", STACKS, ids=[stack.name for stack in STACKS])
def test_labels_name_what_there_is(stack: Path) -> None:
    """A label with a typo would count as a flow that was missed, for ever."""
    ends = {end for pair in labels(stack) for end in pair}
    assert {end for end in ends if not end.startswith("ext:")} <= planned(stack)


def test_ten_stacks_are_labelled() -> None:
    """Small and large."""
    assert len(STACKS) == 10
    assert {len(planned(stack)) > 100 for stack in STACKS} == {True, False}


def test_measuring() -> None:
    """Misses lower recall alone, inventions precision alone."""
    true = {("a", "b"), ("b", "c")}
    missed, invented = measured(true, {("a", "b")}), measured(true, {*true, ("b", "a"), ("c", "b")})
    assert (missed.precision, missed.recall) == (1, 0.5)
    assert (invented.precision, invented.recall) == (0.5, 1)
    assert total([missed, invented]) == Measured(true=4, found=5, right=3)


@pytest.fixture(scope="module")
def together() -> Measured:
    """All stacks, as the command tells of them."""
    parts = []
    for stack in STACKS:
        answer = call("graph", stack / "plan.json", "--source", stack, "--format", "json", "--quiet")
        assert answer.code == 0, answer.said
        parts.append(measured(labels(stack), told(answer.out)))
    return total(parts)


def test_few_flows_are_invented(together: Measured) -> None:
    assert together.precision >= LEAST, together


def test_few_flows_are_missed(together: Measured) -> None:
    assert together.recall >= LEAST, together


def test_the_readme_tells_the_figures_of_today(together: Measured) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("<!-- accuracy -->")[2]
    figures = f"| {together.true} | {together.found} | {together.precision:.3f} | {together.recall:.3f} |"
    assert f"| plans with their sources {figures}" in text


def test_the_picture_in_the_readme_is_that_of_today() -> None:
    """Made by `trustscan graph fixtures/flows/support_api/plan.json --source ... -f svg -o docs/flows.svg`."""
    stack = STACKS[0].parent / "support_api"
    answer = call("graph", "fixtures/flows/support_api/plan.json", "--source", stack, "-f", "svg", "--quiet")
    assert answer.code == 0, answer.said
    assert answer.out == (ROOT / "docs" / "flows.svg").read_text(encoding="utf-8")
