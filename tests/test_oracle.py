"""The access engine beside another evaluation of policies: generated requests, and those that AWS's guide tells of.

What either of them answers otherwise than AWS documents stands in `oracle/differences.py`, with the page that decides.
"""

from __future__ import annotations

from collections import Counter

import pytest

from oracle.compare import as_documented, compare_known, compare_open, compare_outside
from oracle.differences import COMPANION, EVERY_ADDRESS, LITERAL, NULL_VARIABLE, OTHER_FAMILY, SPARES_NOTHING
from oracle.generate import decided, of_services, undecided
from oracle.simulator import simulate
from tools import IAM_SIMULATE, NODE

SEED, COUNT = 20261121, 5_000

asks_the_oracle = [NODE.needed, IAM_SIMULATE.needed]
pytestmark = [*asks_the_oracle, pytest.mark.xdist_group("oracle")]


def test_all_generated_requests_are_answered_alike() -> None:
    tally = compare_known(decided(SEED, COUNT))
    assert not tally.wrong, tally.wrong[:10]
    assert not tally.undecided, tally.undecided[:10]
    assert tally.counts == {"agree": COUNT}
    assert set(tally.differences) == {
        COMPANION, EVERY_ADDRESS, LITERAL, NULL_VARIABLE, OTHER_FAMILY, SPARES_NOTHING,
    }  # fmt: skip


def test_what_aws_leaves_open_is_answered_alike_or_called_possible() -> None:
    tally = compare_known(undecided(SEED, 500))
    assert not tally.wrong, tally.wrong[:10]
    assert not tally.undecided, tally.undecided[:10]


def test_services_are_let_in_alike_by_policies_of_the_thing_itself() -> None:
    tally = compare_outside(of_services(SEED, 1_500))
    assert not tally.wrong, tally.wrong[:10]
    assert not tally.undecided, tally.undecided[:10]


def test_without_a_key_of_the_request_what_is_certain_holds_for_each_of_its_values() -> None:
    tally = compare_open(decided(SEED + 1, 2_500))
    assert not tally.wrong, tally.wrong[:10]
    # A doubt is right where the values tell apart; of values that were not tried this cannot be told.
    assert tally.counts["possible, for the values tried alike"] < 25 < tally.counts["possible, and it depends"]
    assert tally.counts["definite, whatever the value"] > 1_250


def test_the_oracle_takes_each_request_as_it_is_meant_and_they_are_of_all_sorts() -> None:
    made = decided(SEED, COUNT)
    verdicts = simulate(as_documented(case)[0] for case in made)
    assert {v.error for v in verdicts} == {""}
    assert {key for v in verdicts for key in v.ignored} == set()
    results = Counter(v.result for v in verdicts)
    assert min(results[one] for one in ("Allowed", "ImplicitlyDenied", "ExplicitlyDenied")) > COUNT / 5
    for action in {case.action for case in made}:
        assert {v.allowed for c, v in zip(made, verdicts, strict=True) if c.action == action} == {True, False}, action
    assert made == decided(SEED, COUNT)
