"""The access engine beside another evaluation of policies, over generated requests."""

from __future__ import annotations

import pytest

from oracle.generate import cases
from oracle.simulator import simulate
from tools import IAM_SIMULATE, NODE

SEED, COUNT = 20261121, 5_000

pytestmark = [NODE.needed, IAM_SIMULATE.needed, pytest.mark.xdist_group("oracle")]


def test_the_oracle_takes_each_case_as_it_is_meant_and_they_are_of_all_sorts() -> None:
    made = cases(SEED, COUNT)
    verdicts = simulate(case.simulation() for case in made)
    assert len(verdicts) == COUNT
    assert {v.error for v in verdicts} == {""}
    assert {key for v in verdicts for key in v.ignored} == set()
    for result in ("Allowed", "ImplicitlyDenied", "ExplicitlyDenied"):
        assert sum(v.result == result for v in verdicts) > COUNT / 5, result
    assert made == cases(SEED, COUNT)
    for action in {case.action for case in made}:
        assert {v.allowed for c, v in zip(made, verdicts, strict=True) if c.action == action} == {True, False}, action
