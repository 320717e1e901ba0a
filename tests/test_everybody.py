"""Worlds in which everybody may become everybody: they are one class, and what is said of them stays the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from escalations import ROOT, arn, becoming, identity, statement, trust
from scanner.iam.answers import members
from scanner.iam.reach import Reach, alike

ROLES = [f"r{number}" for number in range(12)]


def complete(nodes: int) -> dict[int, int]:
    """Each is led to by all others, and not by itself."""
    everybody = (1 << nodes) - 1
    return {node: everybody & ~(1 << node) for node in range(nodes)}


def test_those_who_can_all_become_each_other_are_one_class() -> None:
    assert set(alike(complete(500)).values()) == {(1 << 500) - 1}


def test_two_such_groups_are_two_classes_and_who_is_alone_stays_alone() -> None:
    into = {0: 0b010, 1: 0b001, 3: 0b10000, 4: 0b01000, 6: 0b00001}
    assert alike(into) == {0: 0b011, 1: 0b011, 3: 0b11000, 4: 0b11000, 6: 0b00001}


@given(st.lists(st.integers(0, 3), min_size=2, max_size=9), st.lists(st.integers(0, 511), min_size=4, max_size=4))
def test_classes_change_nothing_of_who_reaches_whom(groups: list[int], beside: list[int]) -> None:
    nodes = range(len(groups))
    together = [sum(1 << other for other in nodes if groups[other] == group) for group in groups]
    into = {node: (together[node] | beside[groups[node]]) & ~(1 << node) & (1 << len(groups)) - 1 for node in nodes}
    reach = Reach(into)
    for node in nodes:
        seen: set[int] = set()
        following = {*members(into[node])}
        while following - seen:
            seen |= following
            following = {before for one in seen for before in members(into[one])}
        assert {*members(reach.before(node))} == seen


@given(st.integers(0, 2**200))
def test_the_members_of_a_set_are_its_bits(bits: int) -> None:
    assert list(members(bits)) == [number for number in range(bits.bit_length()) if bits >> number & 1]


def test_roles_that_may_assume_all_become_each_other_and_not_themselves() -> None:
    ids = [arn("aws_iam_role", name) for name in ROLES]
    allowed = [part for id_ in ids for part in (trust(id_, ROOT), statement(id_, "sts:AssumeRole"))]
    made = becoming(*(identity("role", name) for name in ROLES), *allowed)
    for id_ in ids:
        reached = made.reach(id_)
        assert sorted(reached.definite) == sorted(other for other in ids if other != id_)
        assert not reached.possible
