"""Laws of the access engine: what a change of the policies, or of what is known, can do to an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import below
from oracle.cases import Case, Policy
from oracle.catalogue import ROLE
from oracle.compare import told_to_engine
from oracle.generate import cases
from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.iam.access import Access
from scanner.kinds import Account, Identity
from scanner.model import Statement, Unknown, World

HIDDEN = Unknown("not seen")
RANK = {False: 0, None: 1, True: 2}

# Not shrunk: a seed that is smaller is no simpler.
seeds = st.integers(0, 10**9)
laws = settings(max_examples=150, deadline=None, derandomize=True)


def _case(seed: int) -> Case:
    return next(cases(seed))


def _can(case: Case, world: World | None = None, without: str = "") -> bool | None:
    access = Access(world or case.world(), VOCABULARY)
    given_ = {key: value for key, value in told_to_engine(case).items() if key.lower() != without}
    found = access.can(case.principal, case.action, case.resource, given_)
    answer = access.who_can(case.action, case.resource, given_)
    assert answer.must & ~answer.may == 0
    if found is None:
        assert answer.why(case.principal).reasons, case.name
    return found


def _changed(case: Case, random: Random, change: Any) -> Case:
    """The case with one of its policies changed."""
    places = [n for n in ("identity", "boundary", "policy", "scps", "rcps") if getattr(case, n)]
    if not places:
        return case
    place = random.choice(places)
    value: Any = getattr(case, place)
    changed: dict[str, Any]
    if place in {"boundary", "policy"}:
        changed = {place: change(value)}
        return replace(case, **changed)
    if place == "identity":
        at = random.randrange(len(value))
        return replace(case, identity=(*value[:at], change(value[at]), *value[at + 1 :]))
    filled = [i for i, level in enumerate(value) if level]
    if not filled:
        return case
    at = random.choice(filled)
    inner = random.randrange(len(value[at]))
    level = (*value[at][:inner], change(value[at][inner]), *value[at][inner + 1 :])
    changed = {place: (*value[:at], level, *value[at + 1 :])}
    return replace(case, **changed)


def _statements(policy: Policy) -> list[dict[str, Any]]:
    statements = policy["Statement"]
    return list(statements) if isinstance(statements, list) else [statements]


@laws
@given(seeds)
def test_a_deny_more_never_lets_in_more(seed: int) -> None:
    case, random = _case(seed), Random(seed)  # noqa: S311
    other = _case(seed + 1)

    def deny(policy: Policy) -> Policy:
        found = [s for p in other.policies for s in _statements(p)]
        one = dict(random.choice(found)) if found else {"Action": "*", "Resource": "*"}
        one = {key: value for key, value in one.items() if key not in {"Principal", "NotPrincipal"}}
        who = {"Principal": "*"} if policy in (case.policy, *(p for level in case.rcps for p in level)) else {}
        return {**policy, "Statement": [*_statements(policy), {**one, "Effect": "Deny", **who}]}

    assert RANK[_can(_changed(case, random, deny))] <= RANK[_can(case)]


@laws
@given(seeds)
def test_a_wider_pattern_of_an_allow_never_lets_in_fewer_and_of_a_deny_never_more(seed: int) -> None:
    case, random = _case(seed), Random(seed)  # noqa: S311
    effects: list[str] = []

    def widen(policy: Policy) -> Policy:
        statements = _statements(policy)
        at = random.randrange(len(statements))
        element = random.choice([e for e in ("Action", "Resource") if e in statements[at]] or [""])
        if not element:
            return policy
        effects.append(statements[at]["Effect"])
        patterns = statements[at][element]
        listed = patterns if isinstance(patterns, list) else [patterns]
        chosen = random.randrange(len(listed))
        listed = [*listed[:chosen], random.choice(("*", f"{listed[chosen]}*")), *listed[chosen + 1 :]]
        statements[at] = {**statements[at], element: listed}
        return {**policy, "Statement": statements}

    before, after = RANK[_can(case)], RANK[_can(_changed(case, random, widen))]
    if "Allow" in effects:
        assert after >= before
    elif effects:
        assert after <= before
    else:
        assert after == before


_ELEMENTS = (
    "effect", "actions", "not_actions", "resources", "not_resources", "principals", "not_principals", "conditions",
    "binds", "policy_kind",
)  # fmt: skip


@laws
@given(seeds)
def test_what_is_not_seen_leaves_possible_what_it_was(seed: int) -> None:
    case, random = _case(seed), Random(seed)  # noqa: S311
    world = case.world()
    known = _can(case)
    for hidden in _less_known(world, random):
        assert _can(case, hidden) in {known, None}
    keys = sorted(case.mentioned - {"aws:securetransport"})
    if keys:
        assert _can(case, without=random.choice(keys)) in {known, None}


def _less_known(world: World, random: Random) -> Iterator[World]:
    if world.statements:
        at = random.randrange(len(world.statements))
        for element in _ELEMENTS:
            own = world.statements[at].policy_kind in {"resource", "trust"}
            # Whom an identity policy is attached to has no principals; that a policy is a thing's own is always known.
            if element == "policy_kind" if own else element.endswith("principals"):
                continue
            gone: dict[str, Any] = {element: HIDDEN}
            one = replace(world.statements[at], **gone)
            yield replace(world, statements=(*world.statements[:at], one, *world.statements[at + 1 :]))
    for at, resource in enumerate(world.resources):
        hidden: dict[str, Any] = {}
        if isinstance(resource, Identity):
            hidden = {"boundary": HIDDEN}
        elif isinstance(resource, Account):
            hidden = {random.choice(("levels", "manages_organization")): HIDDEN}
        if hidden:
            yield replace(
                world, resources=(*world.resources[:at], replace(resource, **hidden), *world.resources[at + 1 :])
            )


@laws
@given(seeds)
def test_neither_the_order_of_statements_nor_the_case_of_actions_matters(seed: int) -> None:
    case, random = _case(seed), Random(seed)  # noqa: S311
    world, known = case.world(), _can(case)
    shuffled = list(world.statements)
    random.shuffle(shuffled)
    assert _can(case, replace(world, statements=tuple(shuffled))) is known
    assert _can(replace(case, action=case.action.swapcase())) is known

    def swap(statement: Statement) -> Statement:
        actions = statement.actions
        return (
            replace(statement, actions=tuple(a.swapcase() for a in actions))
            if isinstance(actions, tuple)
            else statement
        )

    assert _can(case, replace(world, statements=tuple(map(swap, world.statements)))) is known


@laws
@given(seeds)
def test_an_account_that_may_manage_its_organization_may_be_bound_by_it_or_not(seed: int) -> None:
    case = _case(seed)
    manages = {known: _can(case, _managing(case.world(), known)) for known in (True, False)}
    assert _can(case, _managing(case.world(), HIDDEN)) in {*manages.values(), None}
    if manages[True] is not manages[False]:
        assert _can(case, _managing(case.world(), HIDDEN)) is None


def _managing(world: World, manages: bool | Unknown) -> World:  # noqa: FBT001 - the fact it is about
    resources = (replace(r, manages_organization=manages) if isinstance(r, Account) else r for r in world.resources)
    return replace(world, resources=tuple(resources))


def test_an_engine_that_was_asked_before_answers_as_a_fresh_one() -> None:
    made = [case for case, _ in zip(cases(7), range(60), strict=False)]
    questions = [(case.action, case.resource, told_to_engine(case)) for case in made]
    for case in made[:20]:
        world = case.world()
        used = Access(world, VOCABULARY)
        for action, resource, context in questions:
            fresh = Access(world, VOCABULARY).who_can(action, resource, context)
            again = used.who_can(action, resource, context)
            assert (again.must, again.may) == (fresh.must, fresh.may), (case.name, action)


def test_a_control_policy_of_resources_holds_for_its_services_alone_whatever_was_asked_before() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    policy: Policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    shut: Policy = {"Version": "2012-10-17", "Statement": [deny]}
    world = replace(_case(1), principal=ROLE, identity=(policy,), boundary=None, scps=(), rcps=((shut,),)).world()
    for asked in (("ec2:RunInstances", "s3:GetObject"), ("s3:GetObject", "ec2:RunInstances")):
        access = Access(world, VOCABULARY)
        assert {action: access.can(ROLE, action, "*") for action in asked} == {
            "ec2:RunInstances": True,
            "s3:GetObject": None,
        }


def test_of_all_below_something_is_certain_what_a_single_thing_proves() -> None:
    counts: Counter[bool | None] = Counter()
    for case in below.cases(20261121, 1000):
        access = Access(case.world(), VOCABULARY)
        whole = access.can(case.principal, case.action, below.ALL)
        each = {access.can(case.principal, case.action, thing) for thing in below.things(case)}
        counts[whole] += 1
        if whole is False:
            assert each == {False}, case.name
        elif whole:
            assert True in each, case.name
        else:
            assert access.who_can(case.action, below.ALL).why(case.principal).reasons, case.name
    assert counts[None] < counts[True] / 10
